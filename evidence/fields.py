"""Reads a decoded object field by field: wrong types, sizes and unknown fields are refused with their place."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import TypeVar

from evidence.canonical import LARGEST_INTEGER, Value
from evidence.errors import FormatError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")
"""Identifiers of cases, devices, boots, versions, libraries."""
DIGEST = re.compile(r"[0-9a-f]{64}")
"""SHA-256 in hex."""
KEY_ID = re.compile(r"[0-9a-f]{16}")
HEX = re.compile(r"(?:[0-9a-f]{2})*")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")

_Choice = TypeVar("_Choice", bound=Enum)


def format_time(moment: datetime) -> str:
    """Spell an aware moment as RFC 3339 in UTC with milliseconds: the only spelling of time in the formats."""
    if moment.tzinfo is None:
        raise FormatError("time", "a moment without a time zone")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def parse_time(text: str, *, place: str) -> datetime:
    """Read that spelling back; raises FormatError for any other, and for days that do not exist."""
    if not _TIME.fullmatch(text):
        raise FormatError(place, "not a UTC time like 2026-01-31T12:00:00.000Z")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise FormatError(place, "a time that does not exist") from None


class Fields:
    """One object being read. Call `done()` last: it refuses what was not asked for."""

    def __init__(self, value: Value, place: str) -> None:
        """Refuse anything but an object."""
        if not isinstance(value, Mapping):
            raise FormatError(place, "not an object")
        self._left = dict(value)
        self._place = place

    def at(self, name: str) -> str:
        """Return the place of a field, for messages."""
        return f"{self._place}.{name}"

    def take(self, name: str) -> Value:
        """Return a field of any type."""
        if name not in self._left:
            raise FormatError(self.at(name), "missing")
        return self._left.pop(name)

    def has(self, name: str) -> bool:
        """Return whether a field that may be left out is there."""
        return name in self._left

    def constant(self, name: str, expected: str) -> None:
        """Require a field to have one value."""
        if self.take(name) != expected:
            raise FormatError(
                self.at(name), f"not {expected!r}", hint="Another version of the format, or another kind of file."
            )

    def text(self, name: str, *, least: int = 0, limit: int = 4096, pattern: re.Pattern[str] | None = None) -> str:
        """Return a string of `least` to `limit` code points that matches `pattern` whole."""
        value = self.take(name)
        if not isinstance(value, str):
            raise FormatError(self.at(name), "not a string")
        if not least <= len(value) <= limit:
            raise FormatError(self.at(name), f"{len(value)} characters, not {least} to {limit}")
        if pattern is not None and not pattern.fullmatch(value):
            raise FormatError(self.at(name), f"not of the form {pattern.pattern}")
        return value

    def optional_text(self, name: str, *, limit: int = 4096) -> str | None:
        """Return a string or None (JSON null: not known)."""
        if self._left.get(name, "") is None:
            self.take(name)
            return None
        return self.text(name, limit=limit)

    def hexadecimal(self, name: str, *sizes: int) -> bytes:
        """Return bytes spelled as lower-case hex, of one of `sizes` bytes (any size when none is given)."""
        value = bytes.fromhex(self.text(name, pattern=HEX))
        if sizes and len(value) not in sizes:
            raise FormatError(self.at(name), f"{len(value)} bytes instead of {' or '.join(map(str, sizes))}")
        return value

    def integer(self, name: str, *, low: int = 0, high: int = LARGEST_INTEGER) -> int:
        """Return an integer from `low` to `high`."""
        value = self.take(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise FormatError(self.at(name), "not an integer")
        if not low <= value <= high:
            raise FormatError(self.at(name), f"not between {low} and {high}")
        return value

    def optional_integer(self, name: str, *, low: int = 0, high: int = LARGEST_INTEGER) -> int | None:
        """Return an integer or None (JSON null: not known)."""
        if self._left.get(name, "") is None:
            self.take(name)
            return None
        return self.integer(name, low=low, high=high)

    def choice(self, name: str, choices: type[_Choice]) -> _Choice:
        """Return a member of an enum of strings."""
        value = self.text(name)
        try:
            return choices(value)
        except ValueError:
            raise FormatError(self.at(name), f"none of {', '.join(str(one.value) for one in choices)}") from None

    def time(self, name: str) -> datetime:
        """Return a moment in UTC."""
        return parse_time(self.text(name), place=self.at(name))

    def objects(self, name: str, *, least: int = 0, most: int) -> list["Fields"]:
        """Return a list of objects, each to be read in turn."""
        items = self._items(name, least, most)
        return [Fields(item, f"{self.at(name)}[{index}]") for index, item in enumerate(items)]

    def texts(self, name: str, *, least: int = 0, most: int, limit: int = 256) -> tuple[str, ...]:
        """Return a list of distinct strings."""
        items = self._items(name, least, most)
        if not all(isinstance(item, str) and 0 < len(item) <= limit for item in items):
            raise FormatError(self.at(name), f"not a list of strings of 1 to {limit} characters")
        texts = tuple(str(item) for item in items)
        if len(set(texts)) != len(texts):
            raise FormatError(self.at(name), "a value stands there twice")
        return texts

    def done(self) -> None:
        """Refuse every field that was not asked for."""
        for name in sorted(self._left):
            raise FormatError(self.at(name), "unknown field", hint="Written by a later version, or altered.")

    def _items(self, name: str, least: int, most: int) -> Sequence[Value]:
        value = self.take(name)
        if not isinstance(value, list):
            raise FormatError(self.at(name), "not a list")
        if not least <= len(value) <= most:
            raise FormatError(self.at(name), f"{len(value)} entries, not {least} to {most}")
        return value

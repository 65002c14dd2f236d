"""Readers of single TOML values: each checks what TOML gave, and returns a value of ours or fails with its place."""

import datetime
import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NoReturn, TypeVar

from engine.errors import LibraryError
from engine.library.places import Path, find_places

E = TypeVar("E", bound=StrEnum)
MAX_TEXT = 200
IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")


@dataclass(frozen=True, slots=True)
class Document:
    """The file being read; it knows how to say where something is wrong."""

    origin: str
    text: str

    def fail(self, path: Path, what: str, hint: str, *, key: bool = False) -> NoReturn:
        place = find_places(self.origin, self.text).of(path, key=key)
        raise LibraryError(place, what, hint)


Reader = Callable[[Document, Any, Path], Any]


@dataclass(frozen=True, slots=True)
class Field:
    """A key of a table: the attribute it fills and the reader of its value."""

    attribute: str
    read: Reader


def read_table(
    document: Document, value: Any, path: Path, fields: Mapping[str, Field], required: Iterable[str] = ()
) -> dict[str, Any]:
    """Read a table with exactly these keys into attributes; keys that are absent stay absent."""
    if not isinstance(value, dict):
        document.fail(path, f"`{path[-1]}` must be a table", "write key = value pairs")
    result = {}
    for key, item in value.items():
        known = fields.get(key)
        if known is None:
            document.fail((*path, key), f"unknown key `{key}`", _suggest(key, fields), key=True)
        result[known.attribute] = known.read(document, item, (*path, key))
    for key in required:
        if key not in value:
            document.fail(path, f"`{key}` is missing", f"add `{key} = …`", key=True)
    return result


def _suggest(key: str, names: Iterable[str]) -> str:
    close = difflib.get_close_matches(key, list(names), n=1)
    return f"did you mean `{close[0]}`?" if close else "known keys: " + ", ".join(sorted(names))


def text(document: Document, value: Any, path: Path) -> str:
    """A string that says something, at most 200 characters unless it is prose."""
    if not isinstance(value, str):
        document.fail(path, f"`{path[-1]}` must be a string", 'write it in "quotes"')
    if not value.strip():
        document.fail(path, f"`{path[-1]}` is empty", "write something or remove it")
    return value


def short_text(document: Document, value: Any, path: Path) -> str:
    if type(value) is str and 0 < len(value) <= MAX_TEXT and not value.isspace():
        return value  # as nearly every one of tens of thousands is
    result = text(document, value, path)
    if len(result) > MAX_TEXT:
        document.fail(path, f"text of {len(result)} characters", f"at most {MAX_TEXT}")
    return result


def prose(document: Document, value: Any, path: Path) -> str:
    """A string of any length, also an empty one: an example is a text as it may be seen."""
    if not isinstance(value, str):
        document.fail(path, f"`{path[-1]}` must be a string", 'write it in "quotes"')
    return value


def identifier(document: Document, value: Any, path: Path) -> str:
    if type(value) is str and IDENTIFIER.fullmatch(value):
        return value
    result = text(document, value, path)
    if not IDENTIFIER.fullmatch(result):
        document.fail(path, f"`{path[-1]}` must be a-z, 0-9 and -", "at most 80 characters, no spaces or capitals")
    return result


def flag(document: Document, value: Any, path: Path) -> bool:
    if not isinstance(value, bool):
        document.fail(path, f"`{path[-1]}` must be true or false", "without quotes")
    return value


def date(document: Document, value: Any, path: Path) -> datetime.date:
    if not isinstance(value, datetime.date) or isinstance(value, datetime.datetime):
        document.fail(path, f"`{path[-1]}` must be a date", "write 2027-11-01, without quotes")
    return value


def whole_number(low: int, high: int) -> Reader:
    """Make a reader of integers in a range."""

    def read(document: Document, value: Any, path: Path) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            document.fail(path, f"`{path[-1]}` must be a whole number from {low} to {high}", f"it is {value!r:.20}")
        return value

    return read


def one_of(kind: type[E]) -> Reader:
    """Make a reader of one name out of an enum."""

    def read(document: Document, value: Any, path: Path) -> E:
        try:
            return kind(value)
        except ValueError:
            names = [str(k) for k in kind]
            document.fail(path, f"`{path[-1]}` cannot be {value!r:.40}", _suggest_value(value, names))

    return read


def _suggest_value(value: object, names: list[str]) -> str:
    close = difflib.get_close_matches(str(value), names, n=1)
    return f"did you mean {close[0]!r}?" if close else "one of " + ", ".join(names)


def list_of(read_one: Reader, *, may_be_empty: bool = False) -> Reader:
    """Make a reader of lists into tuples."""

    def read(document: Document, value: Any, path: Path) -> tuple[Any, ...]:
        if not isinstance(value, list):
            document.fail(path, f"`{path[-1]}` must be a list", "write it in [brackets]")
        if not value and not may_be_empty:
            document.fail(path, f"`{path[-1]}` is empty", "remove it or fill it")
        return tuple(read_one(document, item, (*path, index)) for index, item in enumerate(value))

    return read


def texts(document: Document, value: Any, path: Path) -> tuple[str, ...]:
    """A list of short texts. Lists of tens of thousands are read in one go; only a bad one is looked at singly."""
    if isinstance(value, list) and value and all(isinstance(v, str) and 0 < len(v) <= MAX_TEXT for v in value):
        return tuple(value)
    result: tuple[str, ...] = list_of(short_text)(document, value, path)
    return result


def set_of(kind: type[E]) -> Reader:
    """Make a reader of a list of enum names into a frozenset."""
    read_list = list_of(one_of(kind), may_be_empty=True)

    def read(document: Document, value: Any, path: Path) -> frozenset[E]:
        return frozenset(read_list(document, value, path))

    return read


def text_or_texts(document: Document, value: Any, path: Path) -> tuple[str, ...]:
    return (short_text(document, value, path),) if isinstance(value, str) else texts(document, value, path)

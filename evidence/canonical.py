"""Canonical JSON: one value, one spelling, so that what was signed can be read back and nothing else can.

Sorted keys, no white space, ASCII only, integers within ±(2^53−1), no floats, no duplicate keys, no lone surrogates.
The decoder refuses every other spelling by encoding what it read and comparing.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Never, TypeAlias

from evidence.errors import FormatError

Value: TypeAlias = "str | int | bool | Sequence[Value] | Mapping[str, Value] | None"

LARGEST_INTEGER = 2**53 - 1  # what every JSON reader, JavaScript's included, keeps exactly (RFC 7493)
DEEPEST = 8
_KEY = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_SURROGATE = re.compile("[\ud800-\udfff]")


def encode(value: Value, *, place: str = "value") -> bytes:
    """Return the one spelling of `value`.

    Raises FormatError for what the format has no spelling for.
    """
    _check(value, place, DEEPEST)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii")


def decode(data: bytes, *, place: str, limit: int) -> Value:
    """Read `data`, at most `limit` bytes, refusing every spelling but the canonical one.

    Raises FormatError naming `place`.
    """
    if len(data) > limit:
        raise FormatError(place, f"{len(data)} bytes, more than the {limit} allowed")
    try:
        value: Value = json.loads(
            data.decode("ascii"),
            object_pairs_hook=lambda pairs: _object(pairs, place),
            parse_float=lambda _: _refuse(place, "a number that is not an integer"),
            parse_constant=lambda _: _refuse(place, "a number that is not finite"),
        )
    except (ValueError, RecursionError):
        raise FormatError(place, "not JSON in ASCII") from None
    if encode(value, place=place) != data:
        raise FormatError(place, "not canonical: keys unsorted, white space, or another spelling of a character")
    return value


def without_lone_surrogates(value: Value) -> Value:
    """Replace each lone surrogate by U+FFFD, one code point for one, so that offsets stay true."""
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, Mapping):
        return {key: without_lone_surrogates(one) for key, one in value.items()}
    if isinstance(value, Sequence):
        return [without_lone_surrogates(one) for one in value]
    return value


def _object(pairs: list[tuple[str, Value]], place: str) -> dict[str, Value]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise FormatError(place, "a key stands there twice")
    return found


def _refuse(place: str, problem: str) -> Never:
    raise FormatError(place, problem)


def _check(value: Value, place: str, depth: int) -> None:
    if depth < 0:
        raise FormatError(place, f"nested deeper than {DEEPEST}")
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        _check_text(value, place)
    elif isinstance(value, int):
        _check_integer(value, place)
    elif isinstance(value, Mapping):
        for key, one in value.items():
            _check(one, f"{place}.{_check_key(key, place)}", depth - 1)
    elif isinstance(value, (list, tuple)):
        for index, one in enumerate(value):
            _check(one, f"{place}[{index}]", depth - 1)
    else:
        raise FormatError(place, f"a {type(value).__name__} has no canonical spelling")


def _check_text(value: str, place: str) -> None:
    if _SURROGATE.search(value):
        raise FormatError(place, "half of a surrogate pair", hint="Pass text through without_lone_surrogates first.")


def _check_integer(value: int, place: str) -> None:
    if abs(value) > LARGEST_INTEGER:
        raise FormatError(place, "an integer beyond 2^53-1")


def _check_key(key: object, place: str) -> str:
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise FormatError(place, "a key that is not 1 to 64 letters, digits, '_', '.' or '-'")
    return key

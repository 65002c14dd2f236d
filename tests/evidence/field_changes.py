"""Changes of a document, field by field: left out, of another type, at and beyond every limit of the formats."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import TypeAlias

from evidence.canonical import LARGEST_INTEGER

Path: TypeAlias = tuple[str | int, ...]
LENGTHS = (
    1, 2, 64, 65, 88, 89, 256, 257, 500, 501, 1000, 1001, 4096, 4097, 8192, 8193, 16_384, 16_385, 20_000, 20_001,
    200_000, 200_001,
)  # fmt: skip
NUMBERS = (
    -1, 0, 1, 2, 4, 5, 6, 7, 8, 9, 60, 61, 100, 101, 86_400, 86_401, -86_400, -86_401, 599_999, 600_000, 10_000_000,
    10_000_001, 1 << 20, (1 << 20) + 1, -(1 << 20), -(1 << 20) - 1, 64 << 20, (64 << 20) + 1, LARGEST_INTEGER,
)  # fmt: skip
ENTRIES = (2, 16, 17, 64, 65, 256, 257, 500, 501, 2000, 2001)
NAMED = ("id", "number", "part", "name")
"""Fields that may not repeat in a list."""


def changes(good: object) -> Iterator[tuple[str, str, object]]:
    """Yield the place of a change, what it is, and the changed document."""
    for path, value in _walk(good, ()):
        place = ".".join(map(str, path)) or "(top)"
        for name, changed in _others(value):
            if changed != value or type(changed) is not type(value):
                yield place, name, _put(good, path, changed)
        if path and isinstance(path[-1], str):
            yield place, "left out", _without(good, path)


def _walk(value: object, path: Path) -> Iterator[tuple[Path, object]]:
    yield path, value
    if isinstance(value, Mapping):
        for name, one in value.items():
            yield from _walk(one, (*path, name))
    if isinstance(value, list) and value:
        yield from _walk(value[0], (*path, 0))


def _others(value: object) -> Iterator[tuple[str, object]]:
    yield from (("null", None), ("true", True), ("7", 7), ("?", "?"), ("{}", {}), ("[]", []))
    if isinstance(value, str):
        yield from _texts(value)
    elif isinstance(value, int):
        yield from ((str(number), number) for number in NUMBERS)
    elif isinstance(value, list):
        yield from _lists(value)
    elif isinstance(value, Mapping):
        yield "another field", {**value, "unasked": 1}
        yield from ((f"{count} fields", {f"f{n}": 1 for n in range(count)}) for count in (64, 65, 200, 201))


def _texts(value: str) -> Iterator[tuple[str, object]]:
    yield from (("empty", ""), ("upper", value.upper()), ("spaced", f"{value} "), ("cut", value[:-1]))
    yield "doubled", value * 2
    yield from ((f"{length} long", "a" * length) for length in LENGTHS)


def _lists(value: list[object]) -> Iterator[tuple[str, object]]:
    yield from (("an entry of null", [None]), ("an entry 7", [7]), ("an entry empty", [""]))
    if not value:
        return
    yield "twice", [value[0], value[0]]
    yield from ((f"{length} long", ["a" * length]) for length in LENGTHS if isinstance(value[0], str))
    yield from ((f"{count} entries", [_another(value[0], n) for n in range(count)]) for count in ENTRIES)


def _another(value: object, number: int) -> object:
    if number == 0:
        return value
    if isinstance(value, str):
        return f"{value}{number}"
    if isinstance(value, Mapping):
        own = {name: f"n{number}" for name in NAMED if name in value}
        return {**value, **own, **({"key": f"{number:0{len(value['key'])}x}"} if "key" in value else {})}
    return value


def _put(good: object, path: Path, changed: object) -> object:
    if not path:
        return changed
    copy = deepcopy(good)
    _at(copy, path[:-1])[path[-1]] = changed
    return copy


def _without(good: object, path: Path) -> object:
    copy = deepcopy(good)
    del _at(copy, path[:-1])[path[-1]]
    return copy


def _at(document: object, path: Path) -> object:
    for step in path:
        document = document[step]
    return document

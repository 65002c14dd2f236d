"""Parses a unit of JSON lines at once, and only the fields that are asked for; what is odd is left to the slow way.

With msgspec (the extra [evaluate]) no record becomes a dictionary, which is most of the cost of reading them.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from overt.evaluation.units import TEXT_FIELDS, Reading

try:
    import msgspec
except ImportError:  # then everything goes the slow way
    msgspec = None  # type: ignore[assignment]

NEWLINE, BRACE = b"\n{"


class Columns(NamedTuple):
    """What the lines say, side by side. The first line is number 0; none is empty."""

    texts: Sequence[str]
    labels: Sequence[Any] | None
    """None where no line has one; so for sources."""
    sources: Sequence[Any] | None
    record: Callable[[int], dict[str, Any]]
    """All that one line says."""


def columns(data: bytes, reading: Reading) -> Columns | None:
    """Return the columns of JSON lines; None where a line is empty, broken, no object, or without a text."""
    starts = _starts(data)
    if starts is None:
        return None
    fields = (reading.text_field,) if reading.text_field else TEXT_FIELDS
    found = _read(data, reading, fields[:1])  # nearly always there, and then none of the others is looked at
    if found is None and len(fields) > 1:
        found = _read(data, reading, fields)
    if found is None or len(found[0]) != len(starts):
        return None

    def record(index: int) -> dict[str, Any]:
        end = starts[index + 1] if index + 1 < len(starts) else len(data)
        line: dict[str, Any] = msgspec.json.decode(data[starts[index] : end])
        return line

    return Columns(*found, record)


def _starts(data: bytes) -> npt.NDArray[np.intp] | None:
    """Return where lines begin; None where one does not begin with a brace."""
    codes = np.frombuffer(data, np.uint8)
    starts = np.flatnonzero(codes[:-1] == NEWLINE) + 1
    if not data.startswith(b"{") or not (codes[starts] == BRACE).all():
        return None
    return np.concatenate(([0], starts))


_Found: TypeAlias = tuple[list[str], list[Any] | None, list[Any] | None]


def _read(data: bytes, reading: Reading, fields: Sequence[str]) -> _Found | None:
    """Return texts, labels and sources, where each line has its text in one of these fields."""
    decoder = _decoder(tuple(fields), reading.label_field, reading.source_field)
    if decoder is None:
        return None
    try:
        records = decoder.decode_lines(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    texts = [one.f0 for one in records]
    if len(fields) > 1:
        texts = [_first(one, len(fields)) for one in records]
        if None in texts:
            return None
    labels = [one.label for one in records] if any(one.label is not None for one in records) else None
    return texts, labels, [one.source for one in records] if any(one.source is not None for one in records) else None


def _first(record: Any, fields: int) -> str | None:
    found = (getattr(record, f"f{number}") for number in range(fields))
    return next((text for text in found if text is not None), None)


@lru_cache(maxsize=8)
def _decoder(texts: tuple[str, ...], label: str, source: str) -> Any:
    """Return what decodes just these fields; None where their names cannot stand side by side."""
    names = [*texts, label, source]
    if msgspec is None or len(set(names)) < len(names) or any("." in name for name in texts):
        return None
    alone = len(texts) == 1
    fields: list[Any] = [(f"f{at}", str) if alone else (f"f{at}", str | None, None) for at in range(len(texts))]
    fields += [("label", Any, None), ("source", Any, None)]
    renamed = dict(zip((field[0] for field in fields), names, strict=True))
    record = msgspec.defstruct("Record", fields, rename=renamed, gc=False)
    return msgspec.json.Decoder(record)

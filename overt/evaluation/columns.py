"""Parses a unit of JSON lines at once, and only the fields that are asked for; what is odd is left to the slow way.

With msgspec (the extra [evaluate]) no record becomes a dictionary, which is most of the cost of reading them.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from overt.evaluation.units import TEXT_FIELDS, Reading

try:
    import msgspec
except ImportError:  # then everything goes the slow way
    msgspec = None  # type: ignore[assignment]

OTHERS = ("id", "title", "url")
NEWLINE, BRACE = b"\n{"


class Columns(NamedTuple):
    """What the lines say, side by side. The first line is number 0; none is empty."""

    texts: Sequence[str]
    labels: Sequence[Any]
    sources: Sequence[Any]
    record: Callable[[int], dict[str, Any]]
    """One line's fields by name, as far as they were asked for."""


def columns(data: bytes, reading: Reading) -> Columns | None:
    """Return the columns of JSON lines; None where a line is empty, broken, no object, or without a text."""
    decoder = _decoder(reading)
    starts = _starts(data)
    if decoder is None or starts is None:
        return None
    try:
        records = decoder.decode_lines(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if len(records) != starts:
        return None
    texts = [one.f0 for one in records]
    if None in texts:
        texts = [_first(one) for one in records]
        if None in texts:
            return None
    return Columns(
        texts,
        [one.label for one in records],
        [one.source for one in records],
        lambda index: _asked(records[index], reading),
    )


def _starts(data: bytes) -> int | None:
    """Return how many lines there are; None where one does not begin with a brace."""
    codes = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(codes[:-1] == NEWLINE)
    if not data.startswith(b"{") or not (codes[ends + 1] == BRACE).all():
        return None
    return len(ends) + 1


def _first(record: Any) -> str | None:
    found = (getattr(record, name) for name in record.__struct_fields__ if name[0] == "f")
    return next((text for text in found if text is not None), None)


def _asked(record: Any, reading: Reading) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, field in zip(record.__struct_fields__, record.__struct_encode_fields__, strict=True):
        value = getattr(record, name)
        if value is not msgspec.UNSET and not (value is None and name[0] == "f"):
            found[field] = value
    return {**found, reading.label_field: record.label, reading.source_field: record.source}


@lru_cache(maxsize=4)
def _decoder(reading: Reading) -> Any:
    """Return what decodes just these fields; None where their names cannot stand side by side."""
    texts = (reading.text_field,) if reading.text_field else TEXT_FIELDS
    names = [*texts, reading.label_field, reading.source_field, *OTHERS]
    if msgspec is None or len(set(names)) < len(names) or any("." in name for name in texts):
        return None
    fields: list[tuple[str, Any, Any]] = [(f"f{number}", str | None, None) for number in range(len(texts))]
    fields += [("label", Any, None), ("source", Any, None), *((name, Any, msgspec.UNSET) for name in OTHERS)]
    renamed = dict(zip((field[0] for field in fields), names, strict=True))
    record = msgspec.defstruct("Record", fields, rename=renamed, gc=False)
    return msgspec.json.Decoder(record)

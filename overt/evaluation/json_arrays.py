"""Reads the members of a JSON array one by one, each as a line of JSON, without holding the array."""

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from enum import Enum

from overt.evaluation.sources import SourceError

LONGEST = 16 * 1024 * 1024
"""Characters of one member."""
MARK = b"\xef\xbb\xbf"
BEFORE = "\ufeff \t\r\n"
BETWEEN = re.compile(r"[\s,]*")
AFTER = re.compile(r"\s*[,\]]")
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)  # only where a member ends is asked: no number is too long


class Form(Enum):
    """What a .json file holds."""

    ARRAY = "array"
    """Records, or texts, in an array: each is a document."""
    LINES = "lines"
    """A record a line, as in .jsonl."""
    WHOLE = "whole"
    """Anything else: one document."""


def form_of(start: bytes) -> Form:
    """Tell by its beginning (UTF-8; a block, or all of it) what a .json file holds."""
    start = start.removeprefix(MARK).lstrip()
    if start[:1] == b"[":
        return Form.ARRAY if start[1:].lstrip()[:1] in (b"{", b'"') else Form.WHOLE
    line, _, rest = start.partition(b"\n")
    return Form.LINES if rest.lstrip()[:1] == b"{" and _is_object(line) else Form.WHOLE


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line.decode("utf-8", "replace")), dict)
    except (ValueError, RecursionError):
        return False


def read_members(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield each member as one line without its end. Bytes that are not UTF-8 stay as they are.

    Raises SourceError where the array is broken or cut short; what stood before it was yielded.
    """
    count, held, at, begun = 0, "", 0, False
    for text, whole in _texts(blocks):
        held, at = held[at:] + text, 0
        if not begun and (first := held.lstrip(BEFORE)):
            if first[0] != "[":
                raise SourceError("a file that is no JSON array")
            begun, at = True, len(held) - len(first) + 1
        while (found := _member(held, at, whole=whole)) is not None:
            start, at = found
            if start == at:
                held = held[at + 1 :]
                if held.strip():
                    raise SourceError("a JSON array with more after its end; it was read up to there")
                return
            count += 1
            yield held[start:at].encode("utf-8", "surrogateescape").replace(b"\n", b" ").replace(b"\r", b" ")
        if len(held) - at > LONGEST:
            break
    raise SourceError(f"a JSON array that is broken, cut short or too long at member {count + 1}; it was read up to it")


def _texts(blocks: Iterable[bytes]) -> Iterator[tuple[str, bool]]:
    """Yield the text of each block, and whether nothing follows."""
    codec = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    for block in blocks:
        yield codec.decode(block), False
    yield codec.decode(b"", final=True), True


def _member(held: str, at: int, *, whole: bool) -> tuple[int, int] | None:
    """Return where the next member begins and ends, twice the same place for the array's end, None for no whole one."""
    start = BETWEEN.match(held, at).end()  # type: ignore[union-attr]  # it matches nothing at all, too
    if held[start : start + 1] == "]":
        return (start, start) if whole else None
    try:
        _, end = _DECODER.raw_decode(held, start)
    except (ValueError, RecursionError):
        return None
    return (start, end) if AFTER.match(held, end) else None  # a number that a block ends in goes on: 0, then .5

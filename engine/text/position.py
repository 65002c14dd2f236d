"""Where in its line or message a match stands: kisses at the end are not a word."""

import re

from engine.library.model import Position

LINE_END = re.compile(r"[^\w\n]*(?:\n|$)")
LINE_START = re.compile(r"(?:^|\n)[^\w\n]*$")
FROM = re.compile(r"[^\w\n]*(?:from|love|luv|lots)\b", re.IGNORECASE)
NAME = re.compile(r"[ ,]+[^\W\d_]{1,15}[^\w\n]*(?:\n|$)")
LINE = 200


def stands(text: str, start: int, end: int, position: Position) -> bool:
    """Tell whether a match at start:end stands where the rule wants it."""
    if position is Position.ANYWHERE:
        return True
    first = LINE_START.search(text, max(0, start - LINE), start) is not None if start else True
    last = LINE_END.match(text, end) is not None
    if position is Position.NOT_SIGN_OFF:
        return not (last or (first and FROM.match(text, end)) or _before_a_name(text, end))
    if position is Position.WHOLE_LINE:
        return first and last
    return first if position is Position.LINE_START else last


def _before_a_name(text: str, end: int) -> bool:
    """`… xxx Jen`: one capitalised word closes the line."""
    found = NAME.match(text, end)
    return found is not None and found.group().strip(" ,")[:1].isupper()

"""Pieces of a word that was broken at the end of a line: `Es-⏎sex` is no word *sex*."""

import re

HYPHENS = ("-", "\u2010", "\u00ad", "\u00ac")
BROKEN_BEFORE = re.compile(r"[^\W\d_](?:-|\u2010|\u00ad|\u00ac)\s+$")
BROKEN_AFTER = re.compile(r"(?:-|\u2010|\u00ad|\u00ac)\s+(?!(?:and|or|to|und|oder|et|ou|y|o)\b)[^\W\d_]")


def is_piece(text: str, start: int, end: int) -> bool:
    """Tell whether the match is the rest or the beginning of a broken word."""
    before = text[max(0, start - 12) : start].rstrip()
    if before[-1:] in HYPHENS and BROKEN_BEFORE.search(text, max(0, start - 12), start):
        return True
    return text[end : end + 1] in HYPHENS and BROKEN_AFTER.match(text, end) is not None

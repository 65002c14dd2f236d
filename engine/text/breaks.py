"""Where a thought ends: unrelated lines, table cells, blank lines, sentences. Phrases and context stop there."""

import re

HARD = re.compile(r"[\t\v\f|\u2028\u2029\u2502\u2503\u2022\u25aa\u25e6\u25a0\u25cf]|\n[ \r]*\n")
SENTENCE = re.compile(r"[.!?\u2026\u061f][\"'\u201d\u2019)\]]*\s|[\u3002\uff01\uff1f]")
EITHER = re.compile(f"{HARD.pattern}|{SENTENCE.pattern}|\n")
BLANK_LINE = re.compile(r"\n[ \r]*\n")
CELL = re.compile(rf"[\t\v\f\u2028\u2029]|{BLANK_LINE.pattern}")
"""What even single letters do not stand together across."""

WRAPPED_LINE = 20
"""A line shorter than this was not wrapped: the next line is another thing."""
ABBREVIATIONS = frozenset(
    {"mr", "mrs", "ms", "dr", "st", "no", "vs", "prof", "rev", "sgt", "etc", "inc", "ltd", "jr", "sr", "approx", "tel"}
)  # fmt: skip


def first_break(text: str, start: int, end: int, *, sentence: bool = False) -> int:
    """Return where the first break at or after `start` begins, `end` if there is none before it."""
    for found in EITHER.finditer(text, start, end):
        if is_break(text, found.start(), found.end(), sentence=sentence):
            return found.start()
    return end


def last_break(text: str, start: int, end: int, *, sentence: bool = False) -> int:
    """Return where the last break before `end` ends, `start` if there is none after it."""
    for found in reversed(list(EITHER.finditer(text, start, end))):
        if is_break(text, found.start(), found.end(), sentence=sentence):
            return found.end()
    return start


def is_break(text: str, start: int, end: int, *, sentence: bool) -> bool:
    """Tell whether what stands at start:end, a match of EITHER, is a break."""
    if HARD.match(text, start, end):
        return True
    if text[start] == "\n":
        return not _is_wrap(text, start)
    if _is_abbreviation(text, start):
        return False
    return sentence or ("\n" in text[start:end] and not _is_wrap(text, text.index("\n", start, end)))


def _is_wrap(text: str, newline: int) -> bool:
    """A line wraps into the next when it is long or ends open, and the next goes on in small letters."""
    line_start = text.rfind("\n", 0, newline) + 1
    line = text[line_start:newline].rstrip()
    ends_open = line[-1:] in (",", "-", "\u00ad")
    if not ends_open and (len(line) < WRAPPED_LINE or not line[-1].isalnum()):
        return False
    following = text[newline + 1 : newline + 40].lstrip(" \r")
    return bool(following) and (following[0].islower() or (following[0].isalpha() and not following[0].isupper()))


def _is_abbreviation(text: str, stop: int) -> bool:
    if text[stop] != ".":
        return False
    word_start = stop
    while word_start > 0 and text[word_start - 1].isalpha() and stop - word_start < 8:
        word_start -= 1
    word = text[word_start:stop].casefold()
    return len(word) == 1 or word in ABBREVIATIONS

"""A slow, simple second opinion on where terms stand in a text, written from docs/library-format.md alone.

It shares no code with the engine: it folds one character after the other with the Unicode database, keeps where each
letter came from, writes words with single spaces between, and looks for each term at every place.
"""

import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

# Zero-width, soft hyphen, direction marks, joiners, fillers, variation selectors, skin colours, tags.
UNSEEN_RANGES = (
    "\u00ad\u00ad", "\u034f\u034f", "\u061c\u061c", "\u115f\u1160", "\u17b4\u17b5", "\u180b\u180f", "\u200b\u200f",
    "\u202a\u202e", "\u2060\u206f", "\u2800\u2800", "\u3164\u3164", "\ufe00\ufe0f", "\ufeff\ufeff", "\uffa0\uffa0",
    "\U0001f3fb\U0001f3ff", "\U000e0000\U000e0fff",
)  # fmt: skip
# Han, kana, bopomofo, Thai, Lao, Khmer, Burmese, and pictures.
UNSPACED_RANGES = (
    "\u0e00\u0eff", "\u1000\u109f", "\u1780\u17ff", "\u2600\u27bf", "\u2e80\u2fdf", "\u3005\u3007", "\u3041\u30ff",
    "\u3105\u312f", "\u31a0\u31bf", "\u31f0\u31ff", "\u3400\u4dbf", "\u4e00\u9fff", "\ua9e0\ua9ff", "\uaa60\uaa7f",
    "\uf900\ufaff", "\U0001aff0\U0001b16f", "\U0001f300\U0001f3fa", "\U0001f400\U0001faff", "\U00020000\U000323af",
)  # fmt: skip
PICTURES = ("\u2600\u27bf", "\U0001f300\U0001f3fa", "\U0001f400\U0001faff")
LETTERS_IN_BOXES = "\U0001f150\U0001f170\U0001f1e6"
STROKED = {
    "ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ƀ": "b", "ɨ": "i", "ʉ": "u", "ɇ": "e", "æ": "ae",
    "œ": "oe", "þ": "th", "ŋ": "ng",
}  # fmt: skip


def within(char: str, ranges: Iterable[str]) -> bool:
    return any(ends[0] <= char <= ends[1] for ends in ranges)


def unspaced(char: str) -> bool:
    return within(char, UNSPACED_RANGES)


def vowel_sign(char: str) -> bool:
    """A mark that is a letter of its word, as in Hindi and Thai; not an accent, and not a point over a consonant."""
    rank = unicodedata.combining(char)
    accent = 1 <= rank <= 6 or 10 <= rank <= 83 or rank >= 133
    return not accent and unicodedata.category(char) != "Me"


def letters(char: str) -> str:
    """Return what a character counts as: letters and digits in their plain form, a space, or nothing."""
    kind = unicodedata.category(char)
    if within(char, UNSEEN_RANGES) or kind == "Cf":
        return ""
    for first in LETTERS_IN_BOXES:
        if 0 <= ord(char) - ord(first) < 26:
            return "abcdefghijklmnopqrstuvwxyz"[ord(char) - ord(first)]
    if kind.startswith("M"):
        return char if vowel_sign(char) else ""
    if kind == "So" and within(char, PICTURES):
        return char
    if within(char, ("\uac00\ud7a3", "\u3041\u30ff")):
        return char if char.isalnum() else " "
    return plain(char)


def plain(char: str) -> str:
    """Take a letter apart: width, style, ligature, capital, accent, stroke, digits of any script."""
    whole = unicodedata.normalize("NFKC", char).casefold()
    taken = ""
    for part in unicodedata.normalize("NFKD", whole).casefold():
        if unicodedata.category(part).startswith("M"):
            taken += part if vowel_sign(part) else ""
        elif not within(part, UNSEEN_RANGES):
            taken += plain_letter(part) if part.isalnum() else " "
    return taken if taken.strip() else taken[:1]


def plain_letter(part: str) -> str:
    value = unicodedata.decimal(part, None)
    return STROKED.get(part, part) if value is None else str(value)


class Letter(NamedTuple):
    """A folded letter and the index of the character that it came from."""

    char: str
    origin: int


class Found(NamedTuple):
    """A text that stands at these characters, end exclusive."""

    start: int
    end: int
    text: str


def line_of(text: str, *, with_unspaced: bool) -> list[Letter]:
    """Write the text with single spaces between its words, and one at each end."""
    line = [Letter(" ", -1)]
    for index, char in enumerate(text):
        for letter in letters(char):
            space = letter == " " or (unspaced(letter) and not with_unspaced)
            if not (space and line[-1].char == " "):
                line.append(Letter(" " if space else letter, index))
    if line[-1].char != " ":
        line.append(Letter(" ", len(text)))
    return line


def find(text: str, terms: Iterable[tuple[str, str]]) -> set[Found]:
    """Return every place of every term. A term is (text, kind); kind is word, prefix, suffix or substring."""
    found: set[Found] = set()
    spaced, joined = line_of(text, with_unspaced=False), line_of(text, with_unspaced=True)
    for term, kind in terms:
        folded = " ".join("".join(letters(char) for char in term).split())
        free = any(unspaced(char) for char in folded)
        front = "" if free or kind in ("suffix", "substring") else " "
        back = "" if free or kind in ("prefix", "substring") else " "
        found |= places(joined if free else spaced, front + folded + back, len(front), len(back), term)
    return found


def places(line: list[Letter], pattern: str, front: int, back: int, term: str) -> set[Found]:
    found = set()
    written = "".join(letter.char for letter in line)
    at = written.find(pattern)
    while at >= 0:
        inside = line[at + front : at + len(pattern) - back]
        found.add(Found(inside[0].origin, inside[-1].origin + 1, term))
        at = written.find(pattern, at + 1)
    return found

"""What one character counts as when words are compared: the folding that every text and every term goes through.

A character becomes letters and digits in their plain form (`Ｅ` → `e`, `é` → `e`, `ﬁ` → `fi`, `²` → `2`), a space (what
separates words), or nothing (accents, zero-width characters, soft hyphens). Look-alikes of other scripts are left to
views/homoglyph.py.
"""

import unicodedata
from bisect import bisect_right

SPACE = " "
HANGUL = range(0xAC00, 0xD7A4)
KANA = range(0x3041, 0x3100)

# Invisible although Unicode calls them marks, letters or spaces.
INVISIBLE = frozenset(
    {0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, 0xFEFF}
    | set(range(0x180B, 0x1810)) | set(range(0x200B, 0x2010)) | set(range(0x202A, 0x202F)) | set(range(0x2060, 0x2070))
    | set(range(0xFE00, 0xFE10)) | set(range(0x1F3FB, 0x1F400)) | set(range(0xE0000, 0xE1000))
)  # fmt: skip

# Letters with a stroke or joined, which Unicode does not take apart.
TAKEN_APART = {
    "ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ƀ": "b", "ɨ": "i", "ʉ": "u", "ɇ": "e", "æ": "ae",
    "œ": "oe", "þ": "th", "ŋ": "ng",
}  # fmt: skip

# Runs of 26 letters in circles, boxes and flags, which Unicode calls symbols: first code point of A.
STYLED_ALPHABETS = (0x1F150, 0x1F170, 0x1F1E6)

# Scripts that write no spaces between words, and emoji: first and last code point, in order.
UNSPACED = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x2600, 0x27BF), (0x2E80, 0x2FDF), (0x3005, 0x3007),
    (0x3041, 0x30FF), (0x3105, 0x312F), (0x31A0, 0x31BF), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF),
    (0xA9E0, 0xA9FF), (0xAA60, 0xAA7F), (0xF900, 0xFAFF), (0x1AFF0, 0x1B16F), (0x1F300, 0x1F3FA), (0x1F400, 0x1FAFF),
    (0x20000, 0x323AF),
)  # fmt: skip
_UNSPACED_STARTS = [first for first, _ in UNSPACED]
EMOJI = ((0x2600, 0x27BF), (0x1F300, 0x1F3FA), (0x1F400, 0x1FAFF))


def is_unspaced(char: str) -> bool:
    """Tell whether a folded character is of a script without word boundaries (or an emoji)."""
    code = ord(char)
    at = bisect_right(_UNSPACED_STARTS, code) - 1
    return at >= 0 and code <= UNSPACED[at][1]


def fold_character(char: str) -> str:
    """Return what the character counts as: letters and digits, one space, or nothing."""
    code = ord(char)
    if code in INVISIBLE:
        return ""
    for first in STYLED_ALPHABETS:
        if first <= code < first + 26:
            return chr(ord("a") + code - first)
    return _by_category(char, unicodedata.category(char))


def _by_category(char: str, category: str) -> str:
    code = ord(char)
    if category[0] in "CZ":
        return "" if category == "Cf" else SPACE
    if category[0] == "M":
        return char if _is_vowel_sign(char) else ""
    if category == "So" and any(first <= code <= last for first, last in EMOJI):
        return char
    if code in HANGUL or code in KANA:
        return char if char.isalnum() else SPACE
    return _fold_letters(char)


def _is_vowel_sign(mark: str) -> bool:
    """Marks that are letters of their word (Indic and Thai vowels, viramas), in contrast to accents and points."""
    rank = unicodedata.combining(mark)
    return unicodedata.category(mark) != "Me" and (rank == 0 or 7 <= rank <= 9 or 84 <= rank <= 132)


def _fold_letters(char: str) -> str:
    compatible = unicodedata.normalize("NFKC", char).casefold()
    parts = unicodedata.normalize("NFKD", compatible).casefold()
    letters = []
    for part in parts:
        if unicodedata.category(part)[0] == "M":
            letters.append(part if _is_vowel_sign(part) else "")
        elif ord(part) in INVISIBLE:
            continue
        elif part.isalnum():
            letters.append(_plain(part))
        else:
            letters.append(SPACE)
    folded = "".join(letters)
    return folded if folded.strip() else SPACE if folded or not parts else ""


def _plain(letter: str) -> str:
    digit = unicodedata.decimal(letter, None)
    return TAKEN_APART.get(letter, letter) if digit is None else str(digit)


class _FoldMap(dict[int, str]):
    """Folding for `str.translate`, worked out for each character when it is first met."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = fold_character(chr(code))
        return folded


FOLD = _FoldMap()


def fold(text: str) -> str:
    """Fold a text exactly, one character after the other; separators are not collapsed."""
    return text.translate(FOLD)


def fold_words(text: str) -> str:
    """Fold a text to its words with single spaces between: the normal form of a term."""
    if text.isalnum() and text.isascii():  # a single word without accents: most terms
        return text.lower()
    return " ".join(text.translate(FOLD).split())

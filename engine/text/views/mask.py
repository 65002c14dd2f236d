"""Letters covered by a symbol: `w*ed`, `s#x`. At most two, and neither the first nor the last. Digits may stand for
letters beside it: `h3r*in`.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from engine.text import kernel
from engine.text.characters import FOLD
from engine.text.views.leet import AS_I, AS_L

SIGNS = "*#%"
DIGITS = "0134578"
MOST = 2
SHORTEST = 3
LONGEST = 24
_LETTER = np.array([code == 1 or chr(code).isalpha() for code in range(256)])
_INSIDE = _LETTER | np.array([chr(code) in SIGNS for code in range(256)])
KINDS = np.where(_LETTER, kernel.MASK_LETTER, np.where(_INSIDE, kernel.MASK_SIGN, 0)).astype(np.uint8).tobytes()
"""For each byte of a raw text what it is here: a letter, a sign, or neither."""


def tokens(text: str, signs: Iterable[int]) -> Iterator[tuple[int, str]]:
    """Yield start and text of each word with one or two of these signs inside."""
    for sign in signs:
        found = token_at(text, sign)
        if found is not None:
            yield found


def signs(text: str, raw: bytes, *, short: bool) -> list[int]:
    """Return the signs that may be inside a word. `raw`: the text with one byte a character."""
    return [at for at, char in enumerate(text) if char in SIGNS] if short else _inner_signs(raw)


def _inner_signs(raw: bytes) -> list[int]:
    """Return the signs that follow a letter and are followed by another or by a sign."""
    kinds = np.frombuffer(raw, np.uint8)
    inner = kinds[1:-1]
    found = np.flatnonzero((inner == ord("*")) | (inner == ord("#")) | (inner == ord("%")))
    inside: list[int] = found[_LETTER[kinds[found]] & _INSIDE[kinds[found + 2]]].tolist()
    return [sign + 1 for sign in inside]


def token_at(text: str, sign: int) -> tuple[int, str] | None:
    """Return start and text of the word with the sign at this place inside it, if it is one."""
    before, after = text[sign - 1 : sign], text[sign + 1 : sign + 2]
    if not before.isalpha() or not (after.isalpha() or (after and after in SIGNS)):
        return None
    start = end = sign
    while start > 0 and sign - start < LONGEST and _is_inside(text[start - 1]):
        start -= 1
    while end < len(text) and end - sign < LONGEST and _is_inside(text[end]):
        end += 1
    token = text[start:end]
    inside = token[:1].isalpha() and token[-1:].isalpha() and SHORTEST <= len(token) <= LONGEST
    return (start, token) if inside else None


def _is_inside(char: str) -> bool:
    return char.isalpha() or char in SIGNS or char in DIGITS


def readings(token: str) -> tuple[str, ...]:
    """Return the token as it stands, or where digits are in it, with the letters that they can stand for."""
    if not any(char in DIGITS for char in token):
        return (token,)
    return tuple(dict.fromkeys((token.translate(AS_I), token.translate(AS_L))))


class MaskedWords:
    """The words of a library by length, first and last letter: those a masked word can stand for."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words: dict[tuple[int, str, str], list[str]] = {}
        for word in words:
            if SHORTEST <= len(word) <= LONGEST and word.isalpha():
                self._words.setdefault((len(word), word[0], word[-1]), []).append(word)

    def behind(self, token: str) -> list[str]:
        """Return the words that show what the token shows, if more of it shows than is hidden."""
        shown = [(index, FOLD[ord(char)]) for index, char in enumerate(token) if char not in SIGNS]
        hidden = len(token) - len(shown)
        if not 0 < hidden <= MOST or 2 * hidden > len(token):
            return []
        candidates = self._words.get((len(token), shown[0][1], shown[-1][1]), ())
        return [word for word in candidates if all(word[index] == char for index, char in shown)]

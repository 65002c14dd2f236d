"""Screens many texts at once: one look at all of them together finds the few in which anything stands.

Most texts of a corpus hold no term, and a short text costs mostly the call. Blank lines stand between the texts, and
no term is matched across a blank line, so a text in whose stretch nothing was found has nothing; the others are
screened by themselves, exactly as the agent does it.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from engine.observation import TextObservation
from engine.text.screen import NOTHING, OCR_SOURCES, TextScreener
from engine.verdict import Verdict

APART = "\n\n"


def screen_all(screener: TextScreener, observations: Sequence[TextObservation]) -> list[Verdict]:
    """Return the verdict of each observation."""
    verdicts = [NOTHING] * len(observations)
    texts, sources = [one.text for one in observations], (one.source for one in observations)
    chosen = sorted(worth_a_look(screener, texts, sources))
    for index, verdict in zip(chosen, screener.screen_all([observations[index] for index in chosen]), strict=True):
        verdicts[index] = verdict
    return verdicts


def worth_a_look(screener: TextScreener, texts: Sequence[str], sources: Iterable[str]) -> set[int]:
    """Return the texts in which a term may stand. Texts from OCR are read with more patience and always count.

    Texts in plain ASCII are looked at apart from the others: one odd character would make all of them wide.
    """
    found = {index for index, source in enumerate(sources) if source in OCR_SOURCES}
    plain = list(map(str.isascii, texts))
    if all(plain):
        return found.union(_standing(screener, texts))
    for wide in (False, True):
        chosen = [index for index, ascii_only in enumerate(plain) if ascii_only is not wide]
        found.update(chosen[index] for index in _standing(screener, [texts[index] for index in chosen]))
    return found


def _standing(screener: TextScreener, texts: Sequence[str]) -> list[int]:
    """Return the texts in which something stands, each once or more often."""
    hits = screener.hits(APART.join(texts))
    if not hits:
        return []
    ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)) + len(APART))
    found: list[int] = ends.searchsorted([hit.start for hit in hits], "right").tolist()
    return found

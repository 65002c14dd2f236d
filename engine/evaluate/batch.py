"""Screens many texts at once: one look at all of them together finds the few in which anything stands.

Most texts of a corpus hold no term, and a short text costs mostly the call. Blank lines stand between the texts, and
no term is matched across a blank line, so a text in whose stretch nothing was found has nothing; the others are
screened by themselves, exactly as the agent does it.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate

from engine.observation import TextObservation
from engine.text.screen import NOTHING, OCR_SOURCES, TextScreener
from engine.verdict import Verdict

APART = "\n\n"


def screen_all(screener: TextScreener, observations: Sequence[TextObservation]) -> list[Verdict]:
    """Return the verdict of each observation."""
    verdicts = [NOTHING] * len(observations)
    texts, sources = [one.text for one in observations], (one.source for one in observations)
    for index in sorted(worth_a_look(screener, texts, sources)):
        verdicts[index] = screener.screen(observations[index])
    return verdicts


def worth_a_look(screener: TextScreener, texts: Sequence[str], sources: Iterable[str]) -> set[int]:
    """Return the texts in which a term may stand. Texts from OCR are read with more patience and always count."""
    found = {index for index, source in enumerate(sources) if source in OCR_SOURCES}
    starts = list(accumulate((len(text) + len(APART) for text in texts), initial=0))
    for hit in screener.hits(APART.join(texts)):
        found.add(bisect_right(starts, hit.start) - 1)
    return found

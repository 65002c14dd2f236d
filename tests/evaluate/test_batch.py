"""Screening many texts at once gives what screening each by itself gives."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.evaluate.batch import screen_all
from engine.observation import Provenance, TextObservation
from engine.text.screen import TextScreener
from overt.library_files import load

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SCREENER = TextScreener(load(["weapons", "drugs", "adult"]).compile())
PIECES = [
    "gun", "a g.u.n", "s e x", "sex", "se", "x", "selling", "weed", "w33d", "ｇｕｎ", "need a", "\n", "\n\n", " ", ".",
    "-", "xxx", "pi", "stol", "sh00", "ter", "no licence", "Essex", "нееd", "\u200b", "nug", "|", "\t", "\r",
    "kn-\nife",
]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=6).map("".join), min_size=1, max_size=8))
def test_together_is_as_one_by_one(texts: list[str]) -> None:
    """Words at the seams included: nothing of one text is read with the next."""
    observations = [TextObservation(text, Provenance.TYPED, "file", NOW) for text in texts]
    assert screen_all(SCREENER, observations) == [SCREENER.screen(one) for one in observations]

"""What is lost and invented between a text as it was written and as it was read back from a picture of a screen."""

from collections import Counter
from dataclasses import dataclass

from engine.text.characters import fold_words
from engine.verdict import Verdict


@dataclass(frozen=True, slots=True)
class ReadBack:
    """Words count as often as they stand there. Terms are `library/term`."""

    words: int
    words_lost: int
    words_invented: int
    terms: frozenset[str]
    """What fired in the text as written."""
    terms_lost: frozenset[str]
    terms_invented: frozenset[str]


def compare(written: str, read: str, before: Verdict, after: Verdict) -> ReadBack:
    """Compare a text and its verdict with what was read back. Order and place of words make no difference."""
    wanted, found = (Counter(fold_words(text).split()) for text in (written, read))
    fired, fires = (frozenset(f"{one.library_id}/{one.term_id}" for one in each.findings) for each in (before, after))
    return ReadBack(
        wanted.total(), (wanted - found).total(), (found - wanted).total(), fired, fired - fires, fires - fired
    )

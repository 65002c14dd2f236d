"""The sentence that a finding stands in: what is embedded, when a classifier learns and when it is asked."""

from engine.text.breaks import first_break, last_break

MOST = 120
"""Characters on each side of the match, at most: an embedding of a long text says little about one word of it."""


def sentence_of(text: str, start: int, end: int, term: str | None = None) -> str:
    """Return the sentence around text[start:end], cut at whole words. `term` is put in place of a disguised word."""
    low, high = max(0, start - MOST), min(len(text), end + MOST)
    first, last = last_break(text, low, start, sentence=True), first_break(text, end, high, sentence=True)
    before, after = text[first:start], text[end:last]
    if first == low > 0:
        before = before.partition(" ")[2]
    if last == high < len(text):
        after = after.rpartition(" ")[0]
    return " ".join(f"{before}{text[start:end] if term is None else term}{after}".split())

"""What a reader of pictures makes of a word: `bornb` for bomb, `kil1` for kill. Searched only in text from OCR."""

CONFUSIONS = (
    ("m", "rn"), ("rn", "m"), ("l", "1"), ("l", "i"), ("i", "l"), ("i", "1"), ("o", "0"), ("d", "cl"), ("w", "vv"),
    ("s", "5"), ("b", "8"), ("ll", "11"), ("ll", "ii"), ("oo", "00"),
)  # fmt: skip
SHORTEST = 4
LONGEST = 40


def variants(folded: str) -> set[str]:
    """Return the misreadings of a folded text with one confusion, at one place or at all of them."""
    if not SHORTEST <= len(folded) <= LONGEST:
        return set()
    made = set()
    for right, wrong in CONFUSIONS:
        at = folded.find(right)
        while at >= 0:
            made.add(folded[:at] + wrong + folded[at + len(right) :])
            at = folded.find(right, at + 1)
        made.add(folded.replace(right, wrong))
    made.discard(folded)
    return made

"""Proposes edits of a library from labelled hits: exceptions, context words, severities; each measured on other text.

A proposal is learned from all hits. Its effect is measured by cross-validation: the hits are dealt into folds (alike
ones into the same), and on each fold only counts what would also have been proposed from the other folds.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from math import log

from engine.evaluate.intervals import wilson
from engine.evaluate.tally import CAPTURED

FOLDS = 5
SUPPORT = 3
"""Harmless hits that an exception must explain."""
CERTAIN = 10.83
"""Log-likelihood from which an association is more than chance (p < 0.001, one degree of freedom)."""
MOST_ENTRIES = 40
AROUND = 2
"""Words on each side of the match that an exception may take in."""
ENOUGH = 10
"""Labelled hits from which a term is called always wrong."""
KEPT_RECALL = 0.95
SMALL_WORDS = frozenset(
    """
    a an the of to in on at for with by from and or but is are was were be been it its this that these those i you
    he she we they me my your his her our their us him them as so not no do does did have has had will would can
    could just if then than there here up out what which who when where how all any some very im ive dont s t m re
    ve ll d
    """.split()  # noqa: SIM905  (a list of a hundred lines is no better to read)
)


class Kind(Enum):
    """What a proposal changes in a term."""

    ALLOW = "allow"
    NOT_NEAR = "not-near"
    NEAR = "near"
    SEVERITY = "severity"
    FORMS = "forms"


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where a term fired, in folded words, with what a person said of its text."""

    term: str
    """`library/term`."""
    harmful: bool
    severity: int
    before: tuple[str, ...] = field(repr=False)
    """Within the reach of context, nearest last."""
    matched: str = field(repr=False)
    after: tuple[str, ...] = field(repr=False)
    fold: int = 0

    @property
    def around(self) -> frozenset[str]:
        """The words that context sees."""
        return frozenset((*self.before, *self.after))

    def phrases(self) -> Iterator[str]:
        """Yield the phrases around the match that hold a word with a meaning besides it."""
        for left in range(AROUND + 1):
            for right in range(AROUND + 1):
                before, after = self.before[len(self.before) - left :] if left else (), self.after[:right]
                if len(before) == left and len(after) == right and _has_meaning((*before, *after)):
                    yield " ".join((*before, self.matched, *after))


def _has_meaning(words: Sequence[str]) -> bool:
    return any(word not in SMALL_WORDS and len(word) > 1 for word in words)


@dataclass(frozen=True, slots=True)
class Effect:
    """What an edit does on hits that it was not learned from."""

    false_removed: int
    false_all: int
    true_lost: int
    true_all: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """One edit of one term. `entries` have weights: log odds of harmless against harmful, above 0 for harmless."""

    term: str
    kind: Kind
    entries: tuple[tuple[str, float], ...]
    effect: Effect
    why: str

    @property
    def worth(self) -> float:
        """False flags removed, less what is lost, which counts tenfold."""
        return self.effect.false_removed - 10 * self.effect.true_lost


Learner = Callable[[Sequence[Hit], Sequence[Hit]], tuple[tuple[str, float], ...]]
"""Learns entries from a term's hits, and from all harmful hits of the library as a contrast."""
Silences = Callable[[Hit, frozenset[str]], bool]


def suggest(hits: Sequence[Hit]) -> list[Proposal]:
    """Return proposals that help on text they were not learned from, the most useful first."""
    by_term: dict[str, list[Hit]] = {}
    for hit in hits:
        by_term.setdefault(hit.term, []).append(hit)
    harmful = [hit for hit in hits if hit.harmful]
    found = [one for term, own in by_term.items() for one in _of_term(term, own, harmful)]
    return sorted(found, key=lambda one: (-one.worth, one.term, one.kind.value))


def _of_term(term: str, own: Sequence[Hit], harmful: Sequence[Hit]) -> Iterator[Proposal]:
    kinds: tuple[tuple[Kind, Learner, Silences, str], ...] = (
        (Kind.ALLOW, learn_allow, _in_phrase, "harmless phrases that the word stands in"),
        (Kind.NOT_NEAR, learn_not_near, _beside, "words that stand near it where it is harmless"),
        (Kind.NEAR, learn_near, _alone, "words that stand near it where it is meant"),
        (Kind.SEVERITY, learn_severity, _always, "it is nearly always wrong: count it, and do not capture"),
    )
    for kind, learn, silences, why in kinds:
        entries = learn(own, harmful)
        if entries:
            effect = _held_out(own, harmful, learn, silences, entries)
            if effect.false_removed and effect.true_lost * 20 <= effect.false_removed:
                yield Proposal(term, kind, entries, effect, why)


def _held_out(
    own: Sequence[Hit],
    harmful: Sequence[Hit],
    learn: Learner,
    silences: Silences,
    entries: tuple[tuple[str, float], ...],
) -> Effect:
    chosen = {entry for entry, _ in entries}
    removed = lost = 0
    for fold in range(FOLDS):
        others = learn([h for h in own if h.fold != fold], [h for h in harmful if h.fold != fold])
        known = frozenset(entry for entry, _ in others)
        known = known if silences is _alone else known & chosen  # fewer words that must be near would silence more
        for hit in own:
            if hit.fold == fold and known and silences(hit, known):
                removed += not hit.harmful
                lost += hit.harmful
    count = sum(hit.harmful for hit in own)
    return Effect(removed, len(own) - count, lost, count)


def _in_phrase(hit: Hit, phrases: frozenset[str]) -> bool:
    return not phrases.isdisjoint(hit.phrases())


def _beside(hit: Hit, words: frozenset[str]) -> bool:
    return not words.isdisjoint(hit.around)


def _alone(hit: Hit, words: frozenset[str]) -> bool:
    return words.isdisjoint(hit.around)


def _always(hit: Hit, words: frozenset[str]) -> bool:
    del words
    return hit.severity >= CAPTURED


def learn_allow(own: Sequence[Hit], harmful: Sequence[Hit]) -> tuple[tuple[str, float], ...]:
    """Return phrases that explain harmless hits, and stand in no harmful one."""
    del harmful
    bad = {phrase for hit in own if hit.harmful for phrase in hit.phrases()}
    clean = [frozenset(hit.phrases()) - bad for hit in own if not hit.harmful]
    return _greedy(clean, SUPPORT, len(clean), lambda phrase: (len(phrase.split()), phrase))


def learn_not_near(own: Sequence[Hit], harmful: Sequence[Hit]) -> tuple[tuple[str, float], ...]:
    """Return words that are near the harmless hits more often than chance, and near no harmful hit."""
    clean = [hit.around for hit in own if not hit.harmful]
    fire = [hit.around for hit in (own if any(hit.harmful for hit in own) else harmful) if hit.harmful]
    if not fire:
        return ()
    in_clean, in_fire = _counts(clean), _counts(fire)
    sure = {
        word
        for word, count in in_clean.items()
        if not in_fire[word]
        and count >= SUPPORT
        and (log_likelihood(count, len(clean), 0, len(fire)) >= CERTAIN or count >= 2 * SUPPORT)
    }
    return _greedy([words & sure for words in clean], SUPPORT, len(fire), lambda word: (0, word))


def learn_near(own: Sequence[Hit], harmful: Sequence[Hit]) -> tuple[tuple[str, float], ...]:
    """Return words of which one is near nearly every harmful hit, where at least half of the harmless have none."""
    del harmful
    clean = [hit.around for hit in own if not hit.harmful]
    fire = [hit.around for hit in own if hit.harmful]
    if len(fire) < 2 * SUPPORT or not clean:
        return ()
    in_clean, in_fire = _counts(clean), _counts(fire)
    sure = {w for w, n in in_fire.items() if log_likelihood(n, len(fire), in_clean[w], len(clean)) >= CERTAIN / 2}
    weights = {word: _log_odds(in_clean[word], len(clean), in_fire[word], len(fire)) for word in sure}
    chosen = sorted((one for one in weights.items() if one[1] < 0), key=lambda one: (one[1], one[0]))[:MOST_ENTRIES]
    known = frozenset(word for word, _ in chosen)
    kept = sum(not known.isdisjoint(words) for words in fire)
    quiet = sum(known.isdisjoint(words) for words in clean)
    if kept < KEPT_RECALL * len(fire) or quiet < len(clean) / 2:
        return ()
    return tuple(chosen)


def learn_severity(own: Sequence[Hit], harmful: Sequence[Hit]) -> tuple[tuple[str, float], ...]:
    """Return the severity 2 for a term whose captures are nearly never right."""
    del harmful
    captured = [hit for hit in own if hit.severity >= CAPTURED]
    share = wilson(sum(hit.harmful for hit in captured), len(captured))
    if share is None or share.of < ENOUGH or share.high > 0.35 or share.count * 20 > share.of:
        return ()
    return ((str(CAPTURED - 1), _log_odds(share.of - share.count, share.of, share.count, share.of)),)


def _counts(groups: Iterable[frozenset[str]]) -> Counter[str]:
    return Counter(word for words in groups for word in words if word not in SMALL_WORDS and len(word) > 1)


def _greedy(
    groups: Sequence[frozenset[str]], support: int, contrast: int, order: Callable[[str], tuple[int, str]]
) -> tuple[tuple[str, float], ...]:
    """Take the entry that explains most of what is unexplained, again and again."""
    left = [group for group in groups if group]
    found: list[tuple[str, float]] = []
    while left and len(found) < MOST_ENTRIES:
        counts = Counter(entry for group in left for entry in group)
        best = min(counts, key=lambda entry: (-counts[entry], order(entry)))
        if counts[best] < support:
            break
        total = sum(best in group for group in groups)
        found.append((best, _log_odds(total, len(groups), 0, contrast)))
        left = [group for group in left if best not in group]
    return tuple(found)


def _log_odds(count: int, of: int, other: int, other_of: int) -> float:
    """Return the log odds ratio with half a hit added to each cell (Haldane 1956)."""
    return log((count + 0.5) / (of - count + 0.5)) - log((other + 0.5) / (other_of - other + 0.5))


def log_likelihood(count: int, of: int, other: int, other_of: int) -> float:
    """Return G² of a 2 × 2 table (Dunning 1993): how surely a word belongs to one group more than to the other."""
    total, all_of = count + other, of + other_of
    cells = (
        (count, total * of / all_of),
        (other, total * other_of / all_of),
        (of - count, (all_of - total) * of / all_of),
        (other_of - other, (all_of - total) * other_of / all_of),
    )
    g = 2 * sum(seen * log(seen / expected) for seen, expected in cells if seen)
    return max(0.0, g)


def forms_of(texts: Iterable[str], missed: Sequence[frozenset[str]]) -> list[tuple[str, int]]:
    """Return words of missed texts that are a term's text with an ending, and in how many texts they stand."""
    stems = sorted({text for text in texts if " " not in text and len(text) > 3})
    counts = Counter(word for words in missed for word in words)
    return [(word, count) for word, count in counts.items() if any(word in _endings(stem) for stem in stems)]


def _endings(stem: str) -> set[str]:
    bare = stem.removesuffix("e")
    doubled = stem + stem[-1]
    return {
        *(stem + end for end in ("s", "es", "z", "ed", "ing", "in", "er", "ers", "y", "ies", "head", "heads")),
        *(bare + end for end in ("ed", "ing", "er", "ers", "y")),
        *(doubled + end for end in ("ed", "ing", "er", "ers", "y")),
    }


def dealt(hit: Hit, digest: int) -> Hit:
    """Return the hit in its fold: hits in the same words go into the same one."""
    return replace(hit, fold=digest % FOLDS)

"""Lint of exceptions and context: what can never apply, never be reached, or says yes and no at once."""

from collections.abc import Iterator, Set

from engine.errors import Place
from engine.library.lint_codes import Code, Problem
from engine.library.lint_subject import Subject
from engine.library.lint_texts import PARTIAL
from engine.library.model import Near, Reach, Rules, Score, Side, Term
from engine.library.places import Path
from engine.text.characters import fold_words

SHOWN = 3


def check(subject: Subject) -> Iterator[Problem]:
    """Yield what is wrong with exceptions and context. Rules of a profile are told once, for all of its terms."""
    lists: set[Path] = set()
    told: set[tuple[Place, str]] = set()
    for term in subject.library.terms:
        yield from _allow(subject, term, lists)
        for problem in _rules(subject, term):
            if (problem.place, problem.what) not in told:
                told.add((problem.place, problem.what))
                yield problem


def _allow(subject: Subject, term: Term, seen: set[Path]) -> Iterator[Problem]:
    path = subject.rule_path(term, "allow")
    if path in seen:
        return
    seen.add(path)
    sharing = [term] if path[0] == "term" else [one for one in subject.library.terms if _shares(one, term, subject)]
    texts = [text for one in sharing for text in subject.texts.get(one.term_id, ())]
    whole = {text.folded for text in texts if text.match not in PARTIAL}
    parts = [text.folded for text in texts if text.match in PARTIAL]
    for index, entry in enumerate(term.rules.allow):
        phrases = [fold_words(one) for one in subject.sets.expand((entry,), subject.library, path)]
        if not any(_holds(phrase, whole, parts) for phrase in phrases):
            what, fix = _unused(entry, phrases, whole), "remove it"
            owner = term if path[0] == "term" else None
            place = (*path, index)
            yield subject.problem(Code.ALLOW_UNUSED, place, what, fix, term=owner, remove=place)


def _shares(one: Term, term: Term, subject: Subject) -> bool:
    return one.like == term.like and subject.rule_path(one, "allow")[0] == "profile"


def _holds(phrase: str, whole: set[str], parts: list[str]) -> bool:
    """Tell whether an exception contains a text of the term and something besides."""
    words = phrase.split()
    for start in range(len(words)):
        for end in range(start + 1, len(words) + 1):
            if end - start < len(words) and " ".join(words[start:end]) in whole:
                return True
    return any(part in phrase and part != phrase for part in parts)


def _unused(entry: str, phrases: list[str], whole: set[str]) -> str:
    if entry[:1] == "@":
        return f"No phrase of {entry} contains a text of the term."
    if phrases[0] in whole:
        return f"“{entry}” is the term itself: an exception is a longer phrase around it."
    return f"“{entry}” contains no text of the term: it can never apply."


def _rules(subject: Subject, term: Term) -> Iterator[Problem]:
    rules = term.rules
    if rules.score is not None:
        path = subject.rule_path(term, "score")
        yield from _score(subject, term, rules.score, path)
    yield from _contradictions(subject, term, rules)
    yield from _severities(subject, term, rules)


def _score(subject: Subject, term: Term, score: Score, path: Path) -> Iterator[Problem]:
    counted: dict[str, tuple[int, str]] = {}
    both: list[str] = []
    heavy: set[str] = set()
    for entry, weight in score.words:
        for word in subject.sets.expand((entry,), subject.library, path):
            before, source = counted.get(_key(word), (0, ""))
            if before * weight < 0:
                both.append(f"“{word}” ({before:+d} {source}, {weight:+d} {entry})")
            counted[_key(word)] = (weight, entry)
            heavy |= {_key(word)} if weight else set()
    for entry in (entry for entry, weight in score.words if weight == 0):
        if not any(_takes_back(word, heavy) for word in subject.sets.expand((entry,), subject.library, path)):
            what, place = f"“{entry}” weighs 0: it changes nothing.", (*path, "words", entry)
            yield subject.problem(Code.WEIGHS_NOTHING, place, what, "remove it", term=term, key=True, remove=place)
    if both:
        more = f" and {len(both) - SHOWN} more" if len(both) > SHOWN else ""
        what = f"Counted for and against, and the last one holds: {', '.join(both[:SHOWN])}{more}."
        fix = "take them out of one of the two"
        yield subject.problem(Code.FOR_AND_AGAINST, (*path, "words"), what, fix, term=term, key=True)
    most = score.weight + sum(weight for weight, _ in counted.values() if weight > 0)
    if most < score.threshold:
        what = f"All the evidence together is {most}, and {score.threshold} is needed: the term never fires."
        fix = f"lower `threshold` to {most} or less, or give the words more weight"
        yield subject.problem(Code.OUT_OF_REACH, (*path, "threshold"), what, fix, term=term)


def _takes_back(word: str, heavy: Set[str]) -> bool:
    """Tell whether a word or phrase that weighs nothing keeps something else from counting.

    The longest phrase at a place counts alone, a whole word before a beginning of words, and the last of two weights.
    """
    if word.endswith("*"):
        return False
    words = _key(word).split()
    first = [key.split()[0] for key in heavy if key.strip()]
    return any(
        one in words or (one.endswith("*") and any(each.startswith(one[:-1]) for each in words)) for one in first
    )


def _contradictions(subject: Subject, term: Term, rules: Rules) -> Iterator[Problem]:
    for need in rules.near:
        wanted = _words(subject, need)
        for refuse in rules.not_near:
            if _covers(refuse.reach, need.reach) and wanted <= _words(subject, refuse):
                what = "Every word that `near` asks for is one that `not-near` forbids: the term never fires."
                path = subject.rule_path(term, "not-near")
                yield subject.problem(Code.CONTRADICTION, path, what, "take words out of `not-near`", term=term)


def _words(subject: Subject, near: Near) -> set[str]:
    words = subject.sets.expand(near.entries, subject.library, ())
    return set(map(_key, words))


def _key(word: str) -> str:
    """Return what makes two context words the same."""
    return fold_words(word) + ("*" if word.endswith("*") else "")


def _covers(wide: Reach, narrow: Reach) -> bool:
    """Tell whether whatever is found within the narrow reach is found within the wide one."""
    side = wide.side is Side.EITHER or wide.side is narrow.side
    sentence = narrow.sentence or not wide.sentence
    return (
        side and sentence and wide.within >= narrow.within and wide.chars >= narrow.chars and wide.where >= narrow.where
    )


def _severities(subject: Subject, term: Term, rules: Rules) -> Iterator[Problem]:
    path = subject.rule_path(term, "severity-when")
    own = rules.severity or subject.library.severity
    earlier: list[Near] = []
    for index, when in enumerate(rules.severity_when):
        what = ""
        if when.severity == own and index == len(rules.severity_when) - 1:
            what = f"It sets the severity {own} that the term has anyway."
        elif any(
            _covers(one.reach, when.near.reach) and _words(subject, when.near) <= _words(subject, one)
            for one in earlier
        ):
            what = "An entry before it holds wherever this one does: it never counts."
        if what:
            yield subject.problem(Code.SEVERITY_NEVER, (*path, index), what, "change or remove it", term=term)
        if not when.near.every:
            earlier.append(when.near)

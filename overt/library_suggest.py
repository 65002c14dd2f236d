"""`overt library suggest`: gathers a library's hits on labelled text, and shows proposals made from them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any

from engine.evaluate.suggest import Effect, Hit, Kind, Proposal, dealt, forms_of, suggest
from engine.evaluate.tally import Label, Tally
from engine.library.model import Library, Reach
from engine.text.characters import fold_words
from engine.text.screen import TextScreener
from engine.text.surroundings import Surroundings
from engine.verdict import Finding
from overt.evaluation.labelled import CorpusError, labelled_batches, refuse_nothing
from overt.evaluation.run import UNKNOWN_LABEL, Settings, observation
from overt.evaluation.terminal import problems
from overt.library_files import Loaded
from overt.library_shell import Page, many

REACH = Reach(within=8)
MOST_HITS = 20_000
"""Hits of one term that are learned from."""
NO_LABEL = (
    "No document has a label that counts, so nothing can be learned: --label-field names the field or column, "
    "--label THEIRS=OURS says what its words mean, --presume clean takes all that have none for harmless."
)
SHOWN = 3
SHOWN_TERMS = 15


@dataclass(slots=True)
class Gathered:
    """What a library did on a corpus."""

    documents: int = 0
    unlabelled: int = 0
    hits: list[Hit] = field(default_factory=list)
    counts: Counter[tuple[str, bool]] = field(default_factory=Counter)
    """(term, harmful) → hits."""
    missed: list[frozenset[str]] = field(default_factory=list)
    """Words of documents that should have fired and did not."""
    told: Tally = field(default_factory=Tally)
    """Its problems: what could not be read, labels that are none of ours."""


def gather(loaded: Loaded, corpus: Sequence[str], settings: Settings, presumed: str) -> Gathered:
    """Screen a corpus and keep the hits of the libraries that were asked for, each with its words.

    `presumed`: what a document without a label counts as; one whose label is none of ours stays out.
    Raises CorpusError.
    """
    screener, found = TextScreener(loaded.compile()), Gathered()
    for batch, labels in labelled_batches(corpus, settings, found.told):
        for index, text in enumerate(batch.texts):
            found.documents += 1
            if labels[index] is None:
                continue
            label = labels[index] or presumed
            if not label:
                found.unlabelled += 1
                continue
            findings = screener.screen(observation(batch.document(index))).findings
            own = [one for one in findings if one.library_id in loaded.asked]
            harmful = label == Label.FIRE.value
            if harmful and not own:
                found.missed.append(frozenset(fold_words(text).split()))
            for one in own:
                _keep(found, text, one, harmful=harmful)
    refuse_nothing(found.documents, found.told)
    if found.documents == found.unlabelled + found.told.problems[UNKNOWN_LABEL]:
        raise CorpusError(NO_LABEL)
    return found


def _keep(found: Gathered, text: str, one: Finding, *, harmful: bool) -> None:
    term = f"{one.library_id}/{one.term_id}"
    found.counts[term, harmful] += 1
    if found.counts[term, harmful] > MOST_HITS:
        return
    around = Surroundings(text, one.start, one.end)
    before, after = tuple(around.words_before(REACH)), tuple(around.words_after(REACH))
    matched = fold_words(one.matched)
    digest = int.from_bytes(sha256(" ".join((*before[-4:], matched, *after[:4])).encode()).digest()[:4], "big")
    found.hits.append(dealt(Hit(term, harmful, one.severity, before, matched, after), digest))


def proposals(gathered: Gathered, libraries: Sequence[Library]) -> list[Proposal]:
    """Return all proposals, the most useful first."""
    return [*suggest(gathered.hits), *_forms(gathered, libraries)]


def _forms(gathered: Gathered, libraries: Sequence[Library]) -> list[Proposal]:
    found = []
    for library in libraries:
        for term in library.terms:
            texts = [fold_words(text) for text in term.texts]
            words = [one for one in forms_of(texts, gathered.missed) if one[1] >= 2]
            if words:
                effect = Effect(0, 0, 0, 0)
                why = f"forms in {sum(count for _, count in words)} texts that should have fired and did not"
                entries = tuple((word, float(count)) for word, count in words)
                found.append(Proposal(f"{library.library_id}/{term.term_id}", Kind.FORMS, entries, effect, why))
    return found


def show(page: Page, gathered: Gathered, found: Sequence[Proposal]) -> None:
    """Print what was read, each proposal, and the terms that are always wrong or never there."""
    true = sum(n for (_, harmful), n in gathered.counts.items() if harmful)
    false = gathered.counts.total() - true
    hits = many(gathered.counts.total(), "hit")
    page.line(f"{many(gathered.documents, 'document')}, {hits}: {true:,} right, {false:,} false")
    if gathered.unlabelled:
        page.line(f"{many(gathered.unlabelled, 'document')} without a label left out (--presume clean takes them in)")
    for line in problems(gathered.told):
        page.line(line)
    for number, one in enumerate(found, 1):
        show_one(page, number, one, gathered)
    if not found:
        page.line("Nothing to propose that helps on text it was not learned from.")
    _show_wrong(page, gathered)


def show_one(page: Page, number: int, one: Proposal, gathered: Gathered) -> None:
    """Print one proposal with its effect and lines of the hits that it is about."""
    page.line("")
    page.line((f"{number}. {one.term}: {_named(one)}", "bold"), f"  {one.why}")
    for entry, weight in one.entries:
        if one.kind is not Kind.SEVERITY:
            page.line(f"     {weight:+5.1f}  {entry}")
    if one.kind is not Kind.FORMS:
        effect = one.effect
        page.line(
            f"     on text held out: removes {effect.false_removed:,} of {effect.false_all:,} false, "
            f"loses {effect.true_lost:,} of {effect.true_all:,} right"
        )
    for hit in _examples(one, gathered):
        page.line("     … ", " ".join(hit.before[-5:]), " ", (f"[{hit.matched}]", "bold"), " ", " ".join(hit.after[:5]))


def _named(one: Proposal) -> str:
    return f"severity {one.entries[0][0]}" if one.kind is Kind.SEVERITY else f"add to {one.kind.value}"


def _examples(one: Proposal, gathered: Gathered) -> list[Hit]:
    entries = {entry for entry, _ in one.entries}
    harmful = one.kind is Kind.NEAR
    fitting = (
        hit
        for hit in gathered.hits
        if hit.term == one.term
        and hit.harmful is harmful
        and (one.kind is Kind.SEVERITY or not entries.isdisjoint((*hit.around, *hit.phrases())))
    )
    return [hit for hit, _ in zip(fitting, range(SHOWN), strict=False)] if one.kind is not Kind.FORMS else []


def _show_wrong(page: Page, gathered: Gathered) -> None:
    terms = {term for term, _ in gathered.counts}
    wrong = sorted(
        (term for term in terms if not gathered.counts[term, True]), key=lambda term: -gathered.counts[term, False]
    )
    if wrong:
        page.line("")
        page.line("never right here: ", ", ".join(f"{t} ({gathered.counts[t, False]:,})" for t in wrong[:SHOWN_TERMS]))
    right = sorted(term for term in terms if not gathered.counts[term, False])
    if right:
        page.line("never wrong here: ", ", ".join(right[:SHOWN_TERMS]))


def as_json(gathered: Gathered, found: Sequence[Proposal]) -> dict[str, Any]:
    """Return the same for a program."""
    return {
        "format": "overt-library-suggest-1",
        "documents": gathered.documents,
        "unlabelled": gathered.unlabelled,
        "problems": dict(gathered.told.problems),
        "hits": [{"term": t, "harmful": h, "count": n} for (t, h), n in sorted(gathered.counts.items())],
        "proposals": [
            {
                "number": number,
                "term": one.term,
                "kind": one.kind.value,
                "entries": [{"entry": entry, "weight": round(weight, 3)} for entry, weight in one.entries],
                "held_out": asdict(one.effect),
                "why": one.why,
            }
            for number, one in enumerate(found, 1)
        ],
    }

"""Gathers the sentences that classifiers learn from: sentences by template, a library's own examples, labelled text."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import libraries
from engine.evaluate.functional import Item, items_of
from engine.evaluate.tally import Label, Tally
from engine.library.model import Library
from engine.meaning.classifier import MeaningError
from engine.meaning.learn import Sample
from engine.meaning.sentence import sentence_of
from engine.observation import Provenance, TextObservation
from engine.text.screen import TextScreener
from overt.evaluation.labelled import labelled_batches, refuse_nothing
from overt.evaluation.run import Settings
from overt.library_files import Loaded

EACH = 12
"""Sentences of one template that are learned from; more of the same teach nothing."""
_WHEN = datetime(2000, 1, 1, tzinfo=UTC)


class Gatherer:
    """Finds the marked terms of one library in labelled texts."""

    def __init__(self, loaded: Loaded, library: Library) -> None:
        """Raise MeaningError where the library marks nothing."""
        compiled = loaded.compile()
        self._library_id = library.library_id
        self._screener = TextScreener(compiled)
        self._marked: Mapping[str, str] = {
            text.term.term_id: text.term.rules.category
            for text in compiled.texts
            if text.term.library_id == library.library_id and text.term.rules.ambiguous
        }
        if not self._marked:
            raise MeaningError(f"{library.library_id} marks no term as ambiguous (`ambiguous = 1…3`): nothing to learn")

    def samples(self, text: str, *, meant: bool, group: str) -> Iterator[Sample]:
        """Yield a sample for each marked term that stands in a text, whether it fires or is held back."""
        verdict = self._screener.screen(TextObservation(text, Provenance.TYPED, "file", _WHEN))
        findings = [*verdict.findings, *(one.finding for one in verdict.suppressed)]
        seen = set[str]()
        for one in findings:
            if one.library_id == self._library_id and one.term_id in self._marked and one.term_id not in seen:
                seen.add(one.term_id)
                disguised = one.term if one.rule.endswith(" view") else None
                sentence = sentence_of(text, one.start, one.end, disguised)
                yield Sample(sentence, meant, one.term_id, self._marked[one.term_id], group)

    def of_library(self, library: Library) -> Iterator[Sample]:
        """Yield samples from the hits and misses of the marked terms."""
        for term in library.terms:
            if term.term_id in self._marked:
                for meant, examples in ((True, term.hits), (False, term.misses)):
                    for one in examples:
                        for sample in self.samples(one.text, meant=meant, group=f"example:{one.text}"):
                            if sample.term_id == term.term_id:
                                yield sample

    def of_sentences(self, items: Sequence[Item]) -> Iterator[Sample]:
        """Yield samples from sentences by template, each template a group of its own."""
        taken: dict[str, int] = {}
        for item in sorted(items, key=lambda one: sha256(one.text.encode()).digest()):
            if item.label is Label.LOW or taken.get(item.template, 0) >= EACH:
                continue
            found = list(self.samples(item.text, meant=item.label is Label.FIRE, group=f"template:{item.template}"))
            taken[item.template] = taken.get(item.template, 0) + bool(found)
            yield from found

    def of_corpus(self, corpus: Sequence[str], settings: Settings, told: Tally) -> Iterator[Sample]:
        """Yield samples from labelled documents; what is labelled low, or not at all, says nothing here.

        `told` gets what could not be read. Raises CorpusError, also where nothing could be.
        """
        documents = 0
        for batch, labels in labelled_batches(corpus, settings, told):
            documents += len(batch.texts)
            for text, label in zip(batch.texts, labels, strict=True):
                if label in (Label.FIRE.value, Label.CLEAN.value):
                    group = "document:" + sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
                    yield from self.samples(text, meant=label == Label.FIRE.value, group=group)
        refuse_nothing(documents, told)


def shipped_sentences(languages: Sequence[str]) -> list[Item]:
    """Return the sentences that are shipped for languages (`en`, or `en-GB`)."""
    wanted = {language.partition("-")[0] for language in languages}
    found: list[Item] = []
    for place in sorted((files(libraries) / "meaning").iterdir(), key=lambda one: one.name):
        if place.name.endswith(".toml"):
            data = _toml(place)
            if data.get("language") in wanted:
                found += items_of(data, place.name)
    return found


def sentences_in(path: Path) -> list[Item]:
    """Return the sentences of a file. Raises MeaningError, FunctionalError."""
    return items_of(_toml(path), str(path))


def _toml(place: Path | Traversable) -> Mapping[str, object]:
    try:
        return tomllib.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise MeaningError(f"{place} cannot be read: {problem}") from None

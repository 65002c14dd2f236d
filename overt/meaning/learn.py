"""`overt library learn`: gathers sentences, embeds them, learns, and says what the classifiers are worth."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from engine.evaluate.functional import Item
from engine.evaluate.tally import Tally
from engine.library.model import Library
from engine.meaning.classifier import Classifier, Classifiers, Embedding, MeaningError
from engine.meaning.learn import ENOUGH, ENOUGH_GROUPS, Sample, learn
from engine.meaning.settle import Embedder
from overt.evaluation.run import Settings
from overt.evaluation.terminal import UNDEFINED
from overt.library_files import Loaded
from overt.library_shell import Page, many
from overt.meaning.gather import Gatherer


def samples_for(
    loaded: Loaded, library: Library, items: Sequence[Item], corpus: Sequence[str], settings: Settings, told: Tally
) -> list[Sample]:
    """Return all sentences for a library, each once; `told` gets what could not be read. Raises EngineError."""
    gatherer = Gatherer(loaded, library)
    found = [*gatherer.of_library(library), *gatherer.of_sentences(items)]
    if corpus:
        found += gatherer.of_corpus(corpus, settings, told)
    distinct = {(one.sentence, one.term_id, one.meant): one for one in reversed(found)}
    return list(reversed(distinct.values()))


def learned(library: Library, samples: Sequence[Sample], embedder: Embedder) -> Classifiers:
    """Embed and learn, with progress. Raises MeaningError where there is too little."""
    vectors: list[Embedding] = []
    columns = (TextColumn("Reading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    quiet = not sys.stderr.isatty()
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=quiet) as progress:
        for sample in progress.track(samples):
            vectors += embedder.embed([sample.sentence])
    found = learn(library.library_id, embedder.name, samples, vectors)
    if not found.categories:
        raise MeaningError(
            f"{library.library_id}: too few sentences ({len(samples)}): each category needs {ENOUGH} of each label, "
            f"from {ENOUGH_GROUPS} templates, examples or documents; give more by --sentences or --on"
        )
    return found


def show(page: Page, found: Classifiers) -> None:
    """Print what was learned and what it was worth on templates that were left out."""
    page.line((found.library_id, "bold"), f"  {many(found.sentences, 'sentence')}, {found.embedder}")
    page.line(f"{'on templates left out':<28}{'meant':>7}{'harmless':>10}{'AUC':>7}{'Brier':>8}")
    for kind, group in (("category", found.categories), ("term", found.terms)):
        for name, one in sorted(group.items()):
            measured = one.measured
            figures = f"{measured.meant:>7}{measured.harmless:>10}{_cell(measured.auc):>7}{_cell(measured.brier):>8}"
            page.line(f"{kind + ' ' + name:<28}{figures}")
            _show_calibration(page, one)


def _show_calibration(page: Page, one: Classifier) -> None:
    rows = one.measured.calibration
    said = "  ".join(f"{chance:.0%}→{was:.0%}" for chance, was, _ in rows)
    page.line(f"    says → was meant: {said}")


def _cell(number: float | None) -> str:
    return UNDEFINED if number is None else f"{number:.2f}"


def as_json(found: Classifiers) -> dict[str, Any]:
    """Return the same for a program."""
    return {
        "format": "overt-library-learn-1",
        "library": found.library_id,
        "embedder": found.embedder,
        "training_sha256": found.training_sha256,
        "sentences": found.sentences,
        "categories": {name: asdict(one.measured) for name, one in sorted(found.categories.items())},
        "terms": {name: asdict(one.measured) for name, one in sorted(found.terms.items())},
    }

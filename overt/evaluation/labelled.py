"""Reads labelled documents for the commands that learn from a corpus or compare on it, and keeps what was not read."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.errors import EngineError
from engine.evaluate.tally import Tally
from overt.evaluation.corpus import Batch, batches
from overt.evaluation.run import Settings, labels_of
from overt.evaluation.sources import STDIN, sources
from overt.evaluation.terminal import problems
from overt.evaluation.units import units


class CorpusError(EngineError):
    """A corpus that is not there, or of which nothing can be read."""


def refuse_missing(names: Sequence[str]) -> None:
    """Refuse a corpus of which a part is not there: figures of the rest would look whole. Raises CorpusError."""
    for name in names:
        if name != STDIN and not Path(name).exists():
            raise CorpusError(f"{name}: there is no such file or folder, so there is nothing to read.")


def refuse_missing_or_stdin(names: Sequence[str]) -> None:
    """Refuse what is not there, and standard input, which cannot be read a second time. Raises CorpusError."""
    if STDIN in names:
        raise CorpusError("standard input cannot be read twice: write it into a file and name that")
    refuse_missing(names)


def labelled_batches(
    corpus: Sequence[str], settings: Settings, told: Tally
) -> Iterator[tuple[Batch, Sequence[str | None]]]:
    """Yield the documents of a corpus with their labels: "" for none, None for one that is none of ours.

    `told` gets the problems. Raises CorpusError.
    """
    refuse_missing(corpus)
    for unit in units(sources(list(corpus)), settings.reading):
        for batch in batches(unit, settings.reading):
            for what, name in batch.problems:
                told.problem(what, name)
            if batch.texts:
                yield batch, labels_of(batch, settings, told)


def refuse_nothing(documents: int, told: Tally) -> None:
    """Refuse to go on where no document was read: what examined nothing found nothing. Raises CorpusError."""
    if not documents:
        said = "; ".join(line.strip() for line in list(problems(told))[1:])
        raise CorpusError(f"No document could be read: {said or 'there is none'}.")

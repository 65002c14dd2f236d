"""Screens a corpus on all cores: documents go out in batches, tallies come back and are added up."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import UTC, datetime
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from engine.evaluate.tally import Label, Tally
from engine.observation import Provenance, TextObservation
from engine.text.screen import TextScreener
from overt.evaluate_corpus import CorpusDocument, Reading, documents
from overt.library_files import load

BATCH = 200
"""Documents that one process takes at once."""
_WHEN = datetime(2000, 1, 1, tzinfo=UTC)
_KNOWN = {label.value for label in Label} | {""}
_screener: TextScreener | None = None


def evaluate(
    files: Sequence[Path], reading: Reading, libraries: Sequence[str], *, processes: int, tell: Callable[[int], None]
) -> Iterator[Tally]:
    """Yield the tallies of a corpus's batches; `tell(documents)` hears how many are done. Memory does not grow."""
    batches = _batches(one for path in files for one in documents(path, reading))
    if processes == 1:
        _begin(libraries)
        for batch in batches:
            yield _screen(batch)
            tell(len(batch))
        return
    context = get_context("spawn")
    with ProcessPoolExecutor(processes, context, initializer=_begin, initargs=(libraries,)) as pool:
        waiting: list[tuple[Future[Tally], int]] = []
        for batch in batches:
            waiting.append((pool.submit(_screen, batch), len(batch)))
            if len(waiting) >= 2 * processes:
                yield _finished(waiting.pop(0), tell)
        for one in waiting:
            yield _finished(one, tell)


def default_processes() -> int:
    """Return how many processes this computer has cores for."""
    return max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def _finished(one: tuple[Future[Tally], int], tell: Callable[[int], None]) -> Tally:
    tally = one[0].result()
    tell(one[1])
    return tally


def _batches(source: Iterable[CorpusDocument]) -> Iterator[list[CorpusDocument]]:
    iterator = iter(source)
    while batch := list(islice(iterator, BATCH)):
        yield batch


def _begin(libraries: Sequence[str]) -> None:
    global _screener  # noqa: PLW0603  (one screener a process, made once)
    _screener = TextScreener(load(list(libraries)).compile())


def _screen(batch: Sequence[CorpusDocument]) -> Tally:
    assert _screener is not None  # noqa: S101  (made by _begin)
    tally = Tally()
    for one in batch:
        if one.problem:
            tally.problems[one.problem] += 1
            continue
        label = one.label if one.label in _KNOWN else ""
        if label != one.label:
            tally.problems["a label that is none of clean, low, fire (say what it means: --label THEIRS=OURS)"] += 1
        verdict = _screener.screen(TextObservation(one.text, Provenance.TYPED, "file", _WHEN))
        tally.document(one.name, one.text, label, verdict.findings, [s.reason for s in verdict.suppressed])
    return tally

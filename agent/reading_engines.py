"""The engines that read text out of pictures, behind one protocol. Loaded in the OCR process only."""

from importlib.util import find_spec
from typing import Any, Protocol

import cv2
import numpy as np
import numpy.typing as npt

TESSERACT, PP_OCR = "tesseract", "pp-ocr"
ENGINES = (TESSERACT, PP_OCR)
LANGUAGE = "eng"
SCALE = 1.25
"""Screen text is small for an engine made for print: at 11 px recall on pages is .918 without, .992 with this scale.
More costs a fifth more time for a thousandth of recall (`python -m benchmarks.agent --only recall`)."""
LONGEST_SIDE = 1920
"""Pixels to which PP-OCR brings a picture before it looks for lines: a whole screen stays as it is."""


class Engine(Protocol):
    """Reads."""

    def read(self, paper: npt.NDArray[np.uint8]) -> str:
        """Return the text in a grey picture (height x width) of dark writing on white, line by line."""


def is_installed(engine: str) -> bool:
    """Return whether an engine can be used here. Tesseract always is, with its model."""
    return engine == TESSERACT or find_spec("faster_paddle") is not None


class Tesseract:
    """Tesseract's LSTM engine, with the fast English model."""

    def __init__(self, model_folder: str) -> None:
        """Load the model."""
        import tesserocr  # noqa: PLC0415  (slow to load; the agent's own process never needs it)

        self._engine: Any = tesserocr.PyTessBaseAPI(
            path=model_folder, lang=LANGUAGE, oem=tesserocr.OEM.LSTM_ONLY, psm=tesserocr.PSM.AUTO
        )

    def read(self, paper: npt.NDArray[np.uint8]) -> str:
        """Return the text, line by line."""
        enlarged = cv2.resize(paper, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_CUBIC)
        picture = np.ascontiguousarray(enlarged, dtype=np.uint8)
        height, width = picture.shape
        self._engine.SetImageBytes(picture.tobytes(), width, height, 1, width)
        self._engine.SetSourceResolution(int(96 * SCALE))
        return str(self._engine.GetUTF8Text())


class PpOcr:
    """PP-OCRv6 tiny (faster-paddle, its model inside the package): Latin letters, Chinese and Japanese in one model."""

    def __init__(self) -> None:
        """Load the model."""
        import faster_paddle  # noqa: PLC0415  (the extra [pp-ocr])

        self._engine: Any = faster_paddle.OcrEngine(model_size="tiny", threads=1, det_max_side=LONGEST_SIDE)

    def read(self, paper: npt.NDArray[np.uint8]) -> str:
        """Return the text, line by line."""
        _, encoded = cv2.imencode(".bmp", cv2.cvtColor(paper, cv2.COLOR_GRAY2BGR))
        return str(self._engine.ocr(encoded.tobytes())["text"])


def make_engine(engine: str, model_folder: str) -> Engine:
    """Return an engine by its name, its model loaded."""
    return PpOcr() if engine == PP_OCR else Tesseract(model_folder)

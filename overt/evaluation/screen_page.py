"""Draws a text as a page on a screen, and has it read back by the OCR of the agent."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from agent.reading import model_folder
from agent.reading_engines import Tesseract
from agent.reading_worker import cut, on_paper, read
from engine.errors import BackEndError

FONTS = {"sans": "DejaVuSans.ttf", "serif": "DejaVuSerif.ttf", "mono": "DejaVuSansMono.ttf"}
"""Free fonts that come inside matplotlib: the same on every computer."""
SIZES = (12, 14, 18)
"""Pixels of a letter's box: small print, usual text, large text."""
PAPER, INK = {False: 255, True: 30}, {False: 20, True: 225}
WIDTH, MARGIN, LINES = 900, 16, 50


@dataclass(frozen=True, slots=True)
class Look:
    """How a page looks."""

    font: str
    size: int
    dark: bool

    @property
    def name(self) -> str:
        """As reports call it."""
        return f"{self.font} {self.size} px, {'dark' if self.dark else 'light'}"


LOOKS = [Look(*one) for one in product(FONTS, SIZES, (False, True))]


def look_of(text: str) -> Look:
    """Choose a look by the hash of the text: by lot, and the same in each run."""
    digest = sha256(text.encode("utf-8", "surrogatepass")).digest()
    return LOOKS[int.from_bytes(digest[:8], "big") % len(LOOKS)]


class ScreenReader:
    """Fonts and an OCR engine, made once a process."""

    def __init__(self) -> None:
        """Raise BackEndError where Pillow and the fonts are not installed, PlatformError for the OCR model."""
        try:
            from matplotlib import get_data_path  # noqa: PLC0415  (the extra [evaluate])
            from matplotlib.ft2font import FT2Font  # noqa: PLC0415
            from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415
        except ImportError:
            raise BackEndError("--through-screen needs: pip install 'overt[evaluate]'") from None
        os.environ.setdefault("OMP_THREAD_LIMIT", "1")  # a process a core is there already
        folder = Path(get_data_path(), "fonts", "ttf")
        self._image: Any = Image
        self._draw: Any = ImageDraw
        self._fonts: Any = {
            (font, size): ImageFont.truetype(str(folder / file), size)
            for (font, file), size in product(FONTS.items(), SIZES)
        }
        self._known = {font: frozenset(FT2Font(folder / file).get_charmap()) for font, file in FONTS.items()}
        cv2.setNumThreads(1)
        self._engine = Tesseract(str(model_folder()))

    def recognise(self, text: str, look: Look) -> str:
        """Return what the OCR makes of the text as it stands on pages of this look."""
        return "\n".join(self._read(page) for page in self.pages(text, look)).strip()

    def drawable(self, text: str, look: Look) -> bool:
        """Tell whether the font has every character of the text."""
        return all(ord(char) in self._known[look.font] or char.isspace() for char in text)

    def pages(self, text: str, look: Look) -> Iterator[npt.NDArray[np.uint8]]:
        """Draw the text, wrapped as a window would, on grey pages."""
        font = self._fonts[look.font, look.size]
        lines = [part for line in text.splitlines() for part in _wrapped(line, font)]
        step = round(look.size * 1.5)
        for at in range(0, len(lines), LINES):
            chosen = lines[at : at + LINES]
            page = self._image.new("L", (WIDTH, step * len(chosen) + 2 * MARGIN), PAPER[look.dark])
            draw = self._draw.Draw(page)
            for number, line in enumerate(chosen):
                draw.text((MARGIN, MARGIN + number * step), line, fill=INK[look.dark], font=font)
            yield np.asarray(page)

    def _read(self, page: npt.NDArray[np.uint8]) -> str:
        paper = on_paper(page)
        return read(self._engine, cut(paper)) if (paper < 150).any() else ""


def _wrapped(line: str, font: Any) -> Sequence[str]:
    """Break a line where the window ends; a word that is wider than the window is cut."""
    found, held = [], ""
    for word in line.split(" "):
        tried = f"{held} {word}" if held else word
        while font.getlength(tried) > WIDTH - 2 * MARGIN:
            if held:
                found.append(held)
                held, tried = "", word
                continue
            most = max(1, int(len(tried) * (WIDTH - 2 * MARGIN) / font.getlength(tried)))
            found.append(tried[:most])
            tried = tried[most:]
        held = tried
    return [*found, held]

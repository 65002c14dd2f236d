"""How much of a picture has the colours of skin, faces left out: a prefilter, never an accusation.

Chai and Ngan's fixed box in Cr and Cb (1999) is kept because it can be explained. Its rates differ between skin tones
and with the light (docs/accuracy-images.md), and wood, sand and fur have the same colours; so what it finds is of the
lowest severity and off unless a case asks for it.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.image.faces import Faces
from engine.image.pixels import Pixels, colour
from engine.image.prefilter import Weight
from engine.image.regions import Region

SKIN = "skin-colours"
VERSION = "1"
_LOW = (0, 133, 77)
_HIGH = (255, 173, 127)
WORKING_SIDE = 320
"""Pictures are scaled to this longest side first."""
DEFAULT_THRESHOLD = 0.30
_FLAT_STEP = 1


@dataclass(frozen=True, slots=True)
class Skin:
    """Shares of a picture, 0 to 1. Where there are faces, the shares count only what lies outside their zones."""

    share: float
    largest: float
    """The largest connected patch."""
    faces: int

    def explanation(self) -> str:
        """Return one plain sentence with the numbers behind the score."""
        faces = "no face" if not self.faces else f"{self.faces} {'face' if self.faces == 1 else 'faces'} left out"
        return (
            f"{round(100 * self.share)} % of it has colours of skin; {faces}; largest patch "
            f"{round(100 * self.largest)} %. Such colours also occur in wood, sand and fur."
        )


class SkinPrefilter:
    """The share of skin colours as a prefilter."""

    def __init__(self, faces: Faces) -> None:
        self._faces = faces

    @property
    def id(self) -> str:
        return SKIN

    @property
    def version(self) -> str:
        return VERSION

    def weigh(self, pixels: NDArray[Any]) -> Weight:
        """Return the share, 0 to 1; raises `PictureError` for an array that is no picture."""
        skin = measure(pixels, self._faces)
        return Weight(skin.share, skin.explanation())


def measure(pixels: NDArray[Any], faces: Faces) -> Skin:
    """Return the shares of skin colours in a picture; raises `PictureError` for an array that is none."""
    small = _scaled(colour(pixels))
    mask = _coloured(small) & _textured(small)
    if not mask.any():
        return Skin(0.0, 0.0, 0)
    found = faces.find(small)
    for face in found:
        _clear(mask, face)
    return Skin(float(mask.mean()), _largest(mask), len(found))


def _scaled(picture: Pixels) -> Pixels:
    height, width = picture.shape[:2]
    scale = min(1.0, WORKING_SIDE / max(height, width))
    if scale == 1.0:
        return picture
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _coloured(picture: Pixels) -> NDArray[np.bool_]:
    return np.asarray(cv2.inRange(cv2.cvtColor(picture, cv2.COLOR_BGR2YCrCb), _LOW, _HIGH)) > 0


def _textured(picture: Pixels) -> NDArray[np.bool_]:
    """Leave out colours of interfaces: there, a pixel and all around it are exactly the same."""
    box = np.ones((5, 5), np.uint8)
    spread = cv2.subtract(cv2.dilate(picture, box), cv2.erode(picture, box))
    return np.asarray(spread.max(axis=2) >= _FLAT_STEP)


def _clear(mask: NDArray[np.bool_], face: Region) -> None:
    """Take out a face with hair, neck and shoulders."""
    left, right = face.left - int(0.35 * face.width), face.left + int(1.35 * face.width)
    top, bottom = face.top - int(0.35 * face.height), face.top + int(1.6 * face.height)
    mask[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = False


def _largest(mask: NDArray[np.bool_]) -> float:
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(opened)
    return float(stats[1:, 4].max()) / mask.size if count > 1 else 0.0

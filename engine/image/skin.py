"""How much of a picture has the colours of skin, faces left out: a prefilter, never an accusation.

Each pixel is judged by a small model that was trained for all tones (engine/image/skin_tones.py); where there is a
face, only its colour counts, outside of its zone; the score is the largest patch. Its rates still differ between tones
and with the light, and wood, sand and fur have the same colours; so what it
finds is of the lowest severity and off unless a case asks for it.
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
from engine.image.skin_tones import Measures, like, measures, odds

SKIN = "skin-colours"
VERSION = "2"
WORKING_SIDE = 320
"""Pictures are scaled to this longest side first; colours are judged at half of it."""
DEFAULT_THRESHOLD = 0.24
_SURE = 0.0
"""Logarithm of the odds from which on a pixel counts."""
_FLAT_STEP = 1
_GRAIN, _TINY, _SHADE = 1.0, 24, 1.5
"""Of a shade of colour: less grain than so many levels; side of a small copy; less spread in that than so many."""
_BODY = 2.5
"""Times the faces' area: a smaller patch beside faces is what neck and arms of a portrait show; it counts half."""


@dataclass(frozen=True, slots=True)
class Skin:
    """Shares of a picture, 0 to 1. Where there are faces, the shares count only what lies outside their zones."""

    share: float
    largest: float
    """The largest connected patch."""
    faces: int
    face_area: float = 0.0

    @property
    def score(self) -> float:
        """The largest patch; half of it where there is no more skin than portraits show."""
        portrait = self.faces and self.largest < _BODY * self.face_area
        return self.largest / 2 if portrait else self.largest

    def explanation(self) -> str:
        """Return one plain sentence with the numbers behind the score."""
        faces = "no face" if not self.faces else f"{self.faces} {'face' if self.faces == 1 else 'faces'} left out"
        halved = ", counted half as in portraits" if self.score < self.largest else ""
        return (
            f"{round(100 * self.share)} % of it has colours of skin; {faces}; largest patch "
            f"{round(100 * self.largest)} %{halved}. Such colours also occur in wood, sand and fur."
        )


class SkinPrefilter:
    """The largest patch of skin colours as a prefilter."""

    def __init__(self, faces: Faces) -> None:
        self._faces = faces

    @property
    def id(self) -> str:
        return SKIN

    @property
    def version(self) -> str:
        return VERSION

    def weigh(self, pixels: NDArray[Any]) -> Weight:
        """Return the score, 0 to 1; raises `PictureError` for an array that is no picture."""
        skin = measure(pixels, self._faces)
        return Weight(skin.score, skin.explanation())


def measure(pixels: NDArray[Any], faces: Faces) -> Skin:
    """Return the shares of skin colours in a picture; raises `PictureError` for an array that is none."""
    small = scaled(colour(pixels))
    textured = _textured(small)
    if not textured.any() or _is_gradient(small):
        return Skin(0.0, 0.0, 0)
    half = _halved(small)
    values = measures(half)
    mask = (odds(values) > _SURE) & (cv2.resize(textured.astype(np.uint8), half.shape[1::-1]) > 0)
    if not mask.any():
        return Skin(0.0, 0.0, 0)
    found = faces.find(small)
    if found:
        mask &= _of_the_faces(values, found)
    for face in found:
        _clear(mask, face)
    area = sum(face.area for face in found) / (small.shape[0] * small.shape[1])
    return Skin(float(mask.mean()), _largest(mask), len(found), area)


def _of_the_faces(values: Measures, faces: list[Region]) -> NDArray[np.bool_]:
    """Return which pixels have the colour of one of the faces: walls behind a person have the colour of nobody's."""
    alike = np.zeros(values.shape[:2], np.bool_)
    for face in faces:
        left, top = (face.left + face.width // 4) // 2, (face.top + face.height // 4) // 2
        inner = Region(left, top, face.width // 4, int(0.65 * face.height) // 2).crop(values)
        alike |= like(values, inner) if inner.size else True
    return alike


def scaled(picture: Pixels) -> Pixels:
    """Return a picture with its longest side at most `WORKING_SIDE`."""
    height, width = picture.shape[:2]
    scale = min(1.0, WORKING_SIDE / max(height, width))
    if scale == 1.0:
        return picture
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _halved(picture: Pixels) -> Pixels:
    size = (max(1, picture.shape[1] // 2), max(1, picture.shape[0] // 2))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _textured(picture: Pixels) -> NDArray[np.bool_]:
    """Leave out colours of interfaces: there, a pixel and all around it are exactly the same."""
    box = np.ones((5, 5), np.uint8)
    spread = cv2.subtract(cv2.dilate(picture, box), cv2.erode(picture, box))
    return np.asarray(spread.max(axis=2) >= _FLAT_STEP)


def _is_gradient(picture: Pixels) -> bool:
    """Return whether a picture is a shade from one colour to another: browsers dither those, which looks like texture.

    Then it has no grain, and what rows and columns by themselves do not explain is nearly nothing.
    """
    if float(cv2.absdiff(picture, cv2.blur(picture, (5, 5))).mean()) >= _GRAIN:
        return False
    tiny = cv2.resize(picture, (_TINY, _TINY), interpolation=cv2.INTER_AREA).astype(np.float32)
    rest = tiny - tiny.mean(axis=0, keepdims=True) - tiny.mean(axis=1, keepdims=True) + tiny.mean(axis=(0, 1))
    return float(rest.std()) < _SHADE


def _clear(mask: NDArray[np.bool_], face: Region) -> None:
    """Take out a face with hair, neck and shoulders; the mask has half the face's scale."""
    left, right = face.left - int(0.35 * face.width), face.left + int(1.35 * face.width)
    top, bottom = face.top - int(0.35 * face.height), face.top + int(1.6 * face.height)
    mask[max(0, top) // 2 : max(0, bottom) // 2, max(0, left) // 2 : max(0, right) // 2] = False


def _largest(mask: NDArray[np.bool_]) -> float:
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(opened)
    return float(stats[1:, 4].max()) / mask.size if count > 1 else 0.0

"""How the skin prefilter does: by Monk tone on drawn skin, on pixels of real faces, and by kind of benign picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.drawn_skin import Picture, series
from benchmarks.skin_training import face_masks, pictures
from engine.image.faces import NoFaces
from engine.image.skin import DEFAULT_THRESHOLD, _halved, measure
from engine.image.skin_tones import measures, odds
from overt.picture_models import faces

EACH = 40
"""Drawn pictures a tone and kind of shape."""
BOX = ((0, 133, 77), (255, 173, 127))
"""Chai and Ngan's fixed box in Y, Cr, Cb: the peer."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many."""

    name: str
    hits: int
    of: int

    @property
    def share(self) -> float:
        return self.hits / self.of


def drawn_by_tone(photographs: list[Picture]) -> list[Rate]:
    """Return for each tone how many drawn pictures are flagged, both kinds of shapes together."""
    hits = np.zeros(10, int)
    for kind in (0, 1):
        for one in series(5 + kind, photographs, kind, EACH):
            hits[one.tone] += measure(one.picture, NoFaces()).score >= DEFAULT_THRESHOLD
    return [Rate(f"{tone + 1}", int(count), 2 * EACH) for tone, count in enumerate(hits)]


def boxed_by_tone(photographs: list[Picture]) -> list[Rate]:
    """Return the same of the fixed box, at a share of 30 % as it was used."""
    hits = np.zeros(10, int)
    for kind in (0, 1):
        for one in series(5 + kind, photographs, kind, EACH):
            found = cv2.inRange(cv2.cvtColor(one.picture, cv2.COLOR_BGR2YCrCb), *BOX) > 0
            hits[one.tone] += found.mean() >= 0.3
    return [Rate(f"{tone + 1}", int(count), 2 * EACH) for tone, count in enumerate(hits)]


def benign(folder: Path) -> list[Rate]:
    """Return by category how many pictures are flagged; those that the model was trained on are left out."""
    detector, found = faces(), []
    for category in sorted(one for one in folder.iterdir() if one.is_dir()):
        trained = category.name in {"photographs", "portraits"}
        kept = pictures(category, kept=1) if trained else pictures(category, kept=0, step=1)
        flagged = sum(measure(one, detector).score >= DEFAULT_THRESHOLD for one in kept)
        found.append(Rate(category.name, flagged, len(kept)))
    return found


def face_pixels(folder: Path) -> list[tuple[str, int, float]]:
    """Return for light, middle and dark faces: how many, and the share of their pixels that counts as skin.

    Groups by the individual typology angle of the median colour (Chardon 1991): above 28, 10 to 28, at most 10.
    """
    detector = faces()
    shares: dict[str, list[float]] = {"light": [], "middle": [], "dark": []}
    for picture in pictures(folder / "portraits", kept=1):
        sure = odds(measures(_halved(picture))) > 0
        for mask in face_masks(picture, detector):
            half = cv2.resize(mask.astype(np.uint8), sure.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
            angle = _angle(picture[mask])
            shares["light" if angle > 28 else "middle" if angle > 10 else "dark"].append(float(sure[half].mean()))
    return [(name, len(found), float(np.mean(found))) for name, found in shares.items() if found]


def _angle(pixels: Picture) -> float:
    median = (np.median(pixels, axis=0)[None, None] / 255).astype(np.float32)
    light, _, yellow = cv2.cvtColor(median, cv2.COLOR_BGR2LAB)[0, 0]
    return float(np.degrees(np.arctan2(light - 50, yellow)))


def evenness(rates: Sequence[Rate]) -> float:
    """Return the worst share over the best."""
    return min(one.share for one in rates) / max(one.share for one in rates)

"""Makes the numbers of `engine/image/skin_weights.py`.

    python -m benchmarks.picture_material FOLDER
    python -m benchmarks.skin_training FOLDER

Positives: drawn skin (`benchmarks.drawn_skin`), and the faces that are found in portraits, so that real skin counts
too: a model of drawn skin alone found 23 % of the pixels of real faces. Negatives: photographs. Only every second
picture of the folder is used; accuracy is measured on the others. The tones at both ends weigh more, since they are the
hard ones.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.drawn_skin import Picture, lit, series
from engine.image.faces import Faces
from engine.image.pixels import Pixels
from engine.image.skin import scaled
from engine.image.skin_tones import MEASURES, measures
from overt.picture_models import faces

TONE_WEIGHTS = (2.4, 1.8, 1.3, 1.1, 1.0, 1.0, 1.0, 1.0, 1.3, 3.2)
DRAWN_SHARE, FACE_SHARE = 0.7, 0.18
"""Weight of drawn skin and of faces, in all, against 1 for what is no skin."""
PIXELS = 150
Rows = NDArray[np.float64]
WEIGHTS_FILE = Path(__file__).parents[1] / "engine" / "image" / "skin_weights.py"


def pictures(folder: Path, *, kept: int, step: int = 2) -> list[Pixels]:
    """Return every second picture of a folder, scaled as the prefilter scales: 0 for training, 1 for measuring."""
    paths = sorted(folder.glob("*.png"))[kept::step]
    return [scaled(np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR), np.uint8)) for path in paths]


def face_masks(picture: Pixels, detector: Faces) -> Iterator[NDArray[np.bool_]]:
    """Yield the inner part of each face, without hair and ears."""
    for face in detector.find(picture):
        mask = np.zeros(picture.shape[:2], np.bool_)
        top, bottom = max(0, face.top + face.height // 4), face.top + int(0.9 * face.height)
        mask[top:bottom, max(0, face.left + face.width // 4) : face.left + 3 * face.width // 4] = True
        if mask.sum() > PIXELS:
            yield mask


def some(source: np.random.Generator, values: NDArray[np.floating], count: int) -> Rows:
    return np.asarray(values[source.integers(len(values), size=count)], np.float64)


def samples(folder: Path) -> tuple[Rows, Rows, Rows]:
    """Return measures, labels and weights, one row a pixel."""
    source, detector = np.random.default_rng(3), faces()
    photographs = pictures(folder / "photographs", kept=0)
    skin, tones = [], []
    for kind in (0, 1):
        for one in series(100 + kind, photographs, kind, 30):
            skin.append(some(source, measures(one.picture)[one.mask], 100))
            tones += [one.tone] * 100
    face = [
        some(source, measures(_in_light(source, portrait, 0.08))[mask], PIXELS)
        for portrait in pictures(folder / "portraits", kept=0)
        for mask in face_masks(portrait, detector)
        for _ in range(4)
    ]
    other = [some(source, measures(_in_light(source, one, 0.1)).reshape(-1, MEASURES), 300) for one in photographs * 4]
    drawn, real, no_skin = np.concatenate(skin), np.concatenate(face), np.concatenate(other)
    weights = [
        np.array(TONE_WEIGHTS)[tones] * (DRAWN_SHARE * len(no_skin) / len(drawn)),
        np.full(len(real), FACE_SHARE * len(no_skin) / len(real)),
        np.ones(len(no_skin)),
    ]
    labels = np.concatenate([np.ones(len(drawn) + len(real)), np.zeros(len(no_skin))])
    return np.concatenate([drawn, real, no_skin]), labels, np.concatenate(weights)


def _in_light(source: np.random.Generator, picture: Picture, warmth: float) -> Picture:
    return lit(picture, source.uniform(-warmth, warmth), source.uniform(0.7, 1.1)).astype(np.uint8)


def with_products(rows: Rows) -> Rows:
    pairs = [(a, b) for a in range(MEASURES) for b in range(a, MEASURES)]
    return np.concatenate([rows, np.stack([rows[:, a] * rows[:, b] for a, b in pairs], axis=1)], axis=1)


def fit(rows: Rows, labels: Rows, weights: Rows) -> tuple[Rows, float]:
    """Return coefficients and constant of a logistic regression, by Newton's method with a slight ridge."""
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    design = np.concatenate([(rows - mean) / spread, np.ones((len(rows), 1))], axis=1)
    found, ridge = np.zeros(design.shape[1]), 1e-6 * len(rows)
    for _ in range(20):
        chance = 1 / (1 + np.exp(-np.clip(design @ found, -30, 30)))
        curve = (design * (weights * chance * (1 - chance) + 1e-9)[:, None]).T @ design
        slope = design.T @ (weights * (chance - labels)) + ridge * found
        found -= np.linalg.solve(curve + ridge * np.eye(len(found)), slope)
    return found[:-1] / spread, float(found[-1] - (mean / spread) @ found[:-1])


def written(coefficients: Rows, constant: float) -> str:
    """Return the module with the numbers."""
    square, at = np.zeros((MEASURES, MEASURES)), MEASURES
    for a in range(MEASURES):
        for b in range(a, MEASURES):
            square[a, b], at = coefficients[at], at + 1
    return (
        '"""Numbers made by `python -m benchmarks.skin_training`; not to be edited by hand."""\n\n'
        f"LINEAR = (\n{_lines(coefficients[:MEASURES])})\n"
        f"SQUARE = (\n{_lines(square.ravel())})\n"
        f"CONSTANT = {constant:.5g}\n"
    )


def _lines(values: Rows) -> str:
    rows = [values[at : at + MEASURES] for at in range(0, len(values), MEASURES)]
    return "".join("    " + ", ".join(f"{value:.5g}" for value in row) + ",\n" for row in rows)


def main() -> int:
    """Train and write the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="what benchmarks.picture_material made")
    rows, labels, weights = samples(parser.parse_args().folder)
    coefficients, constant = fit(with_products(rows), labels, weights)
    WEIGHTS_FILE.write_text(written(coefficients, constant))
    print(f"{len(rows):,} pixels; written to {WEIGHTS_FILE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

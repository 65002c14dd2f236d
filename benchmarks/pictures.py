"""Benign pictures for measuring: drawn from random numbers, and photographs inside the scikit-image wheel."""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage import data

Picture = NDArray[np.uint8]
PHOTOGRAPHS = ("astronaut", "coffee", "chelsea", "rocket", "retina", "immunohistochemistry", "hubble_deep_field")


def photographs() -> Iterator[Picture]:
    """Yield photographs, blue-green-red."""
    for name in PHOTOGRAPHS:
        yield np.ascontiguousarray(getattr(data, name)()[..., :3][..., ::-1])


def drawn(seed: int, width: int = 640, height: int = 480) -> Picture:
    """Return a scene of soft noise at several scales, shaded shapes, and fine grain, as photographs have."""
    source = np.random.default_rng(seed)
    picture = np.zeros((height, width, 3), np.float32)
    for cells, weight in ((2, 90), (4, 60), (9, 40), (24, 22), (80, 12)):
        noise = source.normal(0, 1, (cells, cells + cells // 3 + 1, 3)).astype(np.float32)
        picture += weight * cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    picture += 128
    for _ in range(int(source.integers(3, 9))):
        _shape(picture, source)
    picture += source.normal(0, 3, picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)


def _shape(picture: NDArray[np.float32], source: np.random.Generator) -> None:
    """Draw one shaded ellipse."""
    height, width = picture.shape[:2]
    mask = np.zeros((height, width), np.float32)
    centre = (int(source.integers(0, width)), int(source.integers(0, height)))
    axes = (int(source.integers(width // 20, width // 4)), int(source.integers(height // 20, height // 3)))
    cv2.ellipse(mask, centre, axes, float(source.uniform(0, 180)), 0, 360, 1, -1)
    shade = np.linspace(0.7, 1.2, width, dtype=np.float32)[None, :, None]
    colour = source.uniform(0, 255, 3).astype(np.float32) * shade
    soft = cv2.GaussianBlur(mask, (0, 0), 1.5)[..., None]
    picture[:] = picture * (1 - soft) + colour * soft


def collection(count: int) -> list[Picture]:
    """Return so many different pictures, the photographs first."""
    found = list(photographs())
    return found[:count] + [drawn(seed) for seed in range(max(0, count - len(found)))]

"""Drawn skin: shaded shapes in the ten Monk tones over benign photographs, the whole picture in varied light.

No picture of a body is used anywhere. Shapes are ellipses (kind 0) or limb-like strokes (kind 1); light varies in
brightness (0.6 to 1.1) and colour (up to 10 % more red and less blue, or the reverse), as between shade and lamp light.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
MONK = (
    "f6ede4", "f3e7db", "f7ead0", "eadaba", "d7bd96", "a07e56", "825c43", "604134", "3a312a", "292420",
)  # fmt: skip
"""The Monk Skin Tone Scale (Ellis Monk, CC BY 4.0), lightest first."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture with drawn skin; `mask` is true well inside of it."""

    tone: int
    picture: Picture
    mask: NDArray[np.bool_]


def lit(picture: NDArray[np.floating] | Picture, warmth: float, gain: float) -> NDArray[np.float32]:
    """Return a picture in another light: `warmth` above 0 is redder."""
    light = np.array([1 - warmth, 1, 1 + warmth], np.float32) * np.float32(gain)
    return np.asarray(np.clip(picture.astype(np.float32) * light, 0, 255), np.float32)


def drawn(source: np.random.Generator, tone: int, backgrounds: list[Picture], kind: int) -> Drawn:
    """Return skin of a tone (0 to 9) that covers 35 to 70 % of a background."""
    background = backgrounds[source.integers(len(backgrounds))]
    height, width = background.shape[:2]
    mask = _shapes(source, height, width, kind)[..., None]
    noise = cv2.GaussianBlur(source.normal(0, 1, (height, width)).astype(np.float32), (0, 0), 25 if kind == 0 else 14)
    shade = 1 + 0.25 * noise / (np.abs(noise).max() + 1e-6)
    if kind == 1:
        shade = shade * np.linspace(source.uniform(0.6, 0.9), 1.1, width)[None]
    colour = np.array([int(MONK[tone][at : at + 2], 16) for at in (4, 2, 0)], np.float32)
    whole = background * (1 - mask) + colour * shade[..., None] * mask
    seen = lit(whole, source.uniform(-0.1, 0.1), source.uniform(0.6, 1.1)) + source.normal(0, 4, whole.shape)
    packed = cv2.imencode(".jpg", np.clip(seen, 0, 255).astype(np.uint8), (cv2.IMWRITE_JPEG_QUALITY, 80))[1]
    return Drawn(tone, np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8), mask[..., 0] > 0.9)


def series(seed: int, backgrounds: list[Picture], kind: int, each: int) -> list[Drawn]:
    """Return so many pictures of each tone, the same ones for the same seed."""
    source = np.random.default_rng(seed)
    return [drawn(source, tone, backgrounds, kind) for tone in range(len(MONK)) for _ in range(each)]


def _shapes(source: np.random.Generator, height: int, width: int, kind: int) -> NDArray[np.float32]:
    covered = source.uniform(0.35, 0.7)
    mask = np.zeros((height, width), np.float32)
    for _ in range(14):
        if mask.mean() >= covered:
            break
        shape = np.zeros((height, width), np.float32)
        _shape(shape, source, kind)
        mask = np.maximum(mask, shape)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 1.2), np.float32)


def _shape(shape: NDArray[np.float32], source: np.random.Generator, kind: int) -> None:
    height, width = shape.shape
    if kind == 0:
        centre = (int(source.uniform(0.15, 0.85) * width), int(source.uniform(0.15, 0.85) * height))
        axes = (int(source.uniform(0.1, 0.3) * width), int(source.uniform(0.2, 0.45) * height))
        cv2.ellipse(shape, centre, axes, source.uniform(0, 180), 0, 360, 1, -1)
        return
    ends = [(int(source.uniform(0, 1) * width), int(source.uniform(0, 1) * height)) for _ in range(2)]
    cv2.line(shape, ends[0], ends[1], 1, int(source.uniform(0.15, 0.4) * min(height, width)))

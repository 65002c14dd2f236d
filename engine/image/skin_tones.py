"""How likely a pixel shows skin, of any tone and in any light: a small trained model, applied to a whole picture.

It replaced a fixed box in Cr and Cb (Chai and Ngan 1999), which found 7 to 13 % of the darkest and 40 to 50 % of the
lightest of the ten Monk tones where it found all of the middle ones. Seven measures of a pixel and its surroundings:
two colour ratios, brightness, the same two ratios after the picture's light was evened out, and the grain at two scales
(skin is smooth; wood, fur and leaves are not). Logistic regression on them and their products;
`benchmarks.skin_training` made the numbers in `skin_weights.py`, out of drawn skin of the ten tones and of faces,
against benign photographs.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.image.pixels import Pixels
from engine.image.skin_weights import CONSTANT, LINEAR, SQUARE

MEASURES = 7
_LIFT = 8.0
"""Added before logarithms: dark pixels are mostly noise."""
_POWER = 4
_MOST_GAIN = 1.25
Measures = NDArray[np.float32]


def measures(picture: Pixels) -> Measures:
    """Return seven numbers a pixel of a blue-green-red picture: height x width x 7."""
    raw = picture.astype(np.float32)
    red_green, green_blue, light = _ratios(raw)
    even_red_green, even_green_blue, _ = _ratios(_evened(raw))
    fine, coarse = _grain(picture)
    return np.stack(
        [3 * red_green, 3 * green_blue, light, 3 * even_red_green, 3 * even_green_blue, fine, coarse], axis=-1
    )


def odds(found: Measures) -> NDArray[Any]:
    """Return for each pixel the logarithm of the odds that it shows skin: 0 means even odds."""
    values = found.reshape(-1, MEASURES)
    logs = values @ _LINEAR + np.einsum("ij,ij->i", values @ _SQUARE, values) + np.float32(CONSTANT)
    return np.asarray(logs.reshape(found.shape[:2]))


def like(found: Measures, part: Measures) -> NDArray[np.bool_]:
    """Return which pixels have nearly the colour and brightness that a part (a face) has in the middle."""
    middle = np.median(part.reshape(-1, MEASURES)[:, :3], axis=0)
    return np.asarray((np.abs(found[..., :3] - middle) < _LIKE).all(axis=-1))


_LIKE = np.array([0.35, 0.35, 1.0], np.float32)
"""How far colour ratios and brightness may differ from a face's, in the units of `measures`."""


_LINEAR = np.array(LINEAR, np.float32)
_SQUARE = np.array(SQUARE, np.float32).reshape(MEASURES, MEASURES)


def _ratios(values: NDArray[np.float32]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    logs = np.log(values + np.float32(_LIFT))
    blue, green, red = logs[..., 0], logs[..., 1], logs[..., 2]
    return red - green, green - blue, (blue + green + red) / 3 - np.float32(4.8)


def _evened(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Even the colour of the light out (shades of grey, Finlayson and Trezzi 2004), by at most a quarter."""
    mean = (values.reshape(-1, 3) ** _POWER).mean(axis=0) ** (1 / _POWER)
    gain = np.clip(mean.mean() / np.maximum(mean, 1e-3), 1 / _MOST_GAIN, _MOST_GAIN)
    return np.asarray(values * gain, np.float32)


def _grain(picture: Pixels) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return how much brightness varies close by and further off, in steps that do not depend on brightness."""
    logs = np.log(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float32) + 16)
    near = cv2.GaussianBlur(np.abs(logs - cv2.GaussianBlur(logs, (0, 0), 1)), (0, 0), 2)
    far = cv2.GaussianBlur(np.abs(logs - cv2.GaussianBlur(logs, (0, 0), 3)), (0, 0), 4)
    return np.log1p(50 * near), np.log1p(25 * far)

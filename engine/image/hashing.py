"""Perceptual hashes: PDQ (256 bit) and pHash (64 bit), and their mirrored and turned variants.

PDQ is written from the published description ("The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing
Algorithm", Facebook 2019): two box filters, 64 x 64 samples, a 16 x 16 discrete cosine transform, one bit a coefficient
above the median. The tests compare it with the `pdqhash` package bit by bit.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.image.axes import CELLS, LONGEST, PDQ_BASIS, PDQ_KEPT, PHASH_BASIS, PHASH_KEPT, Matrix, pdq_samples
from engine.image.pixels import Pixels, grey

LEAST_SIDE = 5
"""Smaller pictures have no hash (the published limit): all bits zero, quality zero."""
GOOD_QUALITY = 50
"""Below this PDQ says little: plain surfaces, gradients. The published advice is to drop them."""


class Algorithm(Enum):
    """A perceptual hash; the value is its name in files, `bits` its length."""

    PDQ = "pdq"
    PHASH = "phash"

    @property
    def bits(self) -> int:
        return 256 if self is Algorithm.PDQ else 64


class Turn(Enum):
    """How a picture was laid before it was hashed; the value is said in explanations."""

    AS_IS = "as it is"
    MIRRORED = "mirrored"
    FLIPPED = "upside down, mirrored"
    HALF = "turned by 180 degrees"
    TRANSPOSED = "mirrored and turned by 90 degrees"
    LEFT = "turned by 90 degrees to the left"
    RIGHT = "turned by 90 degrees to the right"
    ANTI = "mirrored and turned by 270 degrees"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The hashes of one picture. `pdq` and `phash` hold one row a `Turn` (packed bytes, most significant bit first)."""

    pdq: NDArray[np.uint8]
    phash: NDArray[np.uint8]
    quality: int
    """0 (plain) to 100 (much detail), as PDQ defines it."""

    def rows(self, algorithm: Algorithm) -> NDArray[np.uint8]:
        """Return the rows of one algorithm, 8 x 32 or 8 x 8 bytes, in the order of `Turn`."""
        return self.pdq if algorithm is Algorithm.PDQ else self.phash


def fingerprint(pixels: NDArray[Any], *, with_phash: bool = True) -> Fingerprint:
    """Return all hashes of a picture, zeros for a pHash not asked for; `PictureError` for an array that is none."""
    luminance = _bounded(grey(pixels))
    if min(luminance.shape) < LEAST_SIDE:
        return Fingerprint(np.zeros((8, 32), np.uint8), np.zeros((8, 8), np.uint8), 0)
    samples = _samples(luminance)
    pdq = _variants(PDQ_BASIS @ samples @ PDQ_BASIS.T)
    phash = _phash_rows(luminance) if with_phash else np.zeros((8, 8), np.uint8)
    return Fingerprint(pdq, phash, _quality(samples))


def _bounded(luminance: Pixels) -> Pixels:
    """Return a picture with no side longer than `LONGEST`: larger ones are averaged down, and bits may differ."""
    height, width = luminance.shape
    if max(height, width) <= LONGEST:
        return luminance
    size = (min(width, LONGEST), min(height, LONGEST))
    return np.asarray(cv2.resize(luminance, size, interpolation=cv2.INTER_AREA), np.uint8)


def pdq(pixels: NDArray[Any]) -> tuple[bytes, int]:
    """Return the PDQ hash as 32 bytes (as ThreatExchange writes it in hex) and its quality."""
    found = fingerprint(pixels)
    return bytes(found.pdq[0]), found.quality


def phash(pixels: NDArray[Any]) -> bytes:
    """Return the pHash, 8 bytes."""
    return bytes(fingerprint(pixels).phash[0])


def _phash_rows(luminance: Pixels) -> NDArray[np.uint8]:
    small: Matrix = np.asarray(cv2.resize(luminance, (CELLS, CELLS), interpolation=cv2.INTER_AREA), np.float32)
    return _variants(PHASH_BASIS @ small @ PHASH_BASIS.T)


def _samples(luminance: Pixels) -> Matrix:
    """Return 64 x 64 samples of the picture after two box filters along each axis."""
    height, width = luminance.shape
    return np.asarray(pdq_samples(height) @ luminance.astype(np.float32) @ pdq_samples(width).T)


def _quality(samples: NDArray[np.float32]) -> int:
    steps = (np.diff(samples, axis=axis) * 100 / 255 for axis in (0, 1))
    total = sum(int(np.abs(np.trunc(step)).sum()) for step in steps)
    return min(100, total // 90)


def from_hashes(pdq_bits: bytes, phash_bits: bytes, quality: int) -> Fingerprint:
    """Return the fingerprint of a picture of which only the hashes as it lay are left (32 and 8 bytes).

    The other lays are near what hashing the picture would give, not the same (up to 18 bits of 256 differed in 25
    pictures): a mirror turns the signs of odd frequencies, and bits stand for signs only where the median is nought.
    """
    return Fingerprint(_lays_of_bits(pdq_bits, PDQ_KEPT), _lays_of_bits(phash_bits, PHASH_KEPT), quality)


def _lays_of_bits(packed: bytes, side: int) -> NDArray[np.uint8]:
    bits = np.unpackbits(np.frombuffer(packed, np.uint8))[::-1].reshape(side, side)
    return _packed(_lays(bits.astype(np.float32) - np.float32(0.5)) > 0)


def as_bits(coefficients: NDArray[Any]) -> NDArray[np.uint8]:
    """Return packed bits, one a coefficient above the median; one hash a row (n x 256 or n x 64 coefficients)."""
    return _packed(coefficients > np.median(coefficients, axis=1, keepdims=True))


def _variants(transform: NDArray[Any]) -> NDArray[np.uint8]:
    """Return the packed bits of eight lays."""
    return as_bits(_lays(transform))


def _packed(bits: NDArray[np.bool_]) -> NDArray[np.uint8]:
    return np.packbits(bits[:, ::-1], axis=1)


def _lays(transform: NDArray[Any]) -> NDArray[Any]:
    """Return eight lays, one a row: a mirror changes the sign of odd frequencies, a turn also transposes."""
    odd = np.where(np.arange(1, len(transform) + 1) % 2, -1, 1).astype(np.float32)
    across, down = odd[None, :], odd[:, None]
    turned = transform.T
    lays = (
        transform, transform * across, transform * down, transform * across * down,
        turned, turned * down, turned * across, turned * across * down,
    )  # fmt: skip
    return np.stack([lay.ravel() for lay in lays])

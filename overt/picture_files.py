"""Reads picture files: formats that OpenCV decodes, with a bound on size before anything is decoded."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from engine.errors import PictureError
from engine.image.pixels import MOST_PIXELS, Pixels
from overt.picture_sizes import claimed_size

MOST_BYTES = 200_000_000
SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".avif", ".jp2"}
)
_LONGEST_SIDE = 1 << 20
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # damaged files are told in our own words


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A decoded picture and the hashes of its bytes. An animation gives its first picture."""

    pixels: Pixels
    md5: bytes
    sha1: bytes
    sha256: bytes


def decode(path: Path) -> PictureFile:
    """Read and decode a picture file; raises `PictureError` that names the file, and OSError."""
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise PictureError(f"{path}: {size:,} bytes; at most {MOST_BYTES:,} are read")
    return decode_bytes(path.read_bytes(), str(path))


def decode_bytes(data: bytes, name: str) -> PictureFile:
    """Decode a picture that is in memory; raises `PictureError` that names it."""
    digests = (hashlib.new(kind, data, usedforsecurity=False).digest() for kind in ("md5", "sha1", "sha256"))
    return PictureFile(pixels_of(data, name), *digests)


def pixels_of(data: bytes, name: str) -> Pixels:
    """Return blue, green, red, 8 bits each, whatever the file has (grey, CMYK, 16 bits); raises `PictureError`."""
    if not data:
        raise PictureError(f"{name}: the file is empty")
    if len(data) > MOST_BYTES:
        raise PictureError(f"{name}: {len(data):,} bytes; at most {MOST_BYTES:,} are read")
    _refuse_bombs(name, data)
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise PictureError(f"{name}: too large, or its data is damaged") from error
    if pixels is None:
        raise PictureError(f"{name}: is no picture that can be decoded, or damaged")
    return np.asarray(pixels, np.uint8)


def _refuse_bombs(name: str, data: bytes) -> None:
    """A few bytes may claim billions of pixels."""
    width, height = claimed_size(data) or (0, 0)
    if width * height > MOST_PIXELS or max(width, height) > _LONGEST_SIDE:
        raise PictureError(f"{name}: claims {width} x {height} pixels; at most {MOST_PIXELS:,} are decoded")

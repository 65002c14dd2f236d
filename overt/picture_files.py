"""Reads picture files: formats that OpenCV decodes, with a bound on size before anything is decoded."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from engine.errors import PictureError
from engine.image.pixels import MOST_PIXELS, Pixels

MOST_BYTES = 200_000_000
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".avif", ".jp2"})
_SIZES = (
    (re.compile(rb"\x89PNG\r\n\x1a\n.{8}(.{4})(.{4})", re.DOTALL), "big"),
    (re.compile(rb"GIF8[79]a(..)(..)", re.DOTALL), "little"),
    (re.compile(rb"BM.{16}(.{4})(.{4})", re.DOTALL), "little"),
)


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
    if size == 0:
        raise PictureError(f"{path}: the file is empty")
    if size > MOST_BYTES:
        raise PictureError(f"{path}: {size:,} bytes; at most {MOST_BYTES:,} are read")
    data = path.read_bytes()
    _refuse_bombs(path, data)
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise PictureError(f"{path}: too large, or its data is damaged") from error
    if pixels is None:
        raise PictureError(f"{path}: is no picture that can be decoded, or damaged")
    digests = (hashlib.new(name, data, usedforsecurity=False).digest() for name in ("md5", "sha1", "sha256"))
    return PictureFile(np.asarray(pixels, np.uint8), *digests)


def _refuse_bombs(path: Path, data: bytes) -> None:
    """A few bytes may claim billions of pixels: formats that compress so well say their size first."""
    for pattern, order in _SIZES:
        found = pattern.match(data)
        if found:
            width, height = (int.from_bytes(part, "big" if order == "big" else "little") for part in found.groups())
            if width * height > MOST_PIXELS:
                raise PictureError(f"{path}: claims {width} x {height} pixels; at most {MOST_PIXELS:,} are decoded")

"""Turns a picture that was copied (PNG, TIFF, or a bitmap of Windows) into pixels, bounded before it is decoded."""

import struct

import cv2
import numpy as np

from agent.ports import Pixels

MOST_BYTES = 32 * 2**20
"""Of a picture that is compressed."""
MOST_PIXELS = 50_000_000
MOST_BITMAP_BYTES = 4 * MOST_PIXELS + 2_048
"""Of a bitmap, which is not: four bytes each, with head and colour table."""
LONGEST_SIDE = 1920
"""Pixels: what is larger is made smaller; hashes of pictures do not mind."""
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEAD = 24
_BITMAP_HEAD, _FILE_HEAD = 40, 14  # BITMAPINFOHEADER, BITMAPFILEHEADER
_PLAIN, _MASKS = 0, 3  # BI_RGB, BI_BITFIELDS
_DEPTHS = frozenset({1, 4, 8, 16, 24, 32})
_TIFF = {b"II*\0": "<", b"MM\0*": ">"}
_WIDTH, _HEIGHT, _SHORT, _LONG = 256, 257, 3, 4  # TIFF 6.0: ImageWidth, ImageLength, and the types of their values
_MOST_TAGS = 1_000


def decoded(data: bytes) -> Pixels | None:
    """Return blue, green, red, unused; None for what is no PNG, damaged, or claims more pixels than are decoded."""
    if len(data) < _HEAD or not data.startswith(_SIGNATURE):
        return None
    width, height = struct.unpack(">II", data[16:_HEAD])  # the first chunk of every PNG begins with them
    return _pixels(data, width, height)


def decoded_bitmap(data: bytes) -> Pixels | None:
    """Return the same of CF_DIB: a head, masks or a colour table, and rows that are not compressed, as a rule."""
    if len(data) < _BITMAP_HEAD or len(data) > MOST_BITMAP_BYTES:
        return None
    head, width, height, _planes, depth, kind = struct.unpack_from("<IiiHHI", data)
    (colours,) = struct.unpack_from("<I", data, 32)
    if not _BITMAP_HEAD <= head <= len(data) or depth not in _DEPTHS or kind not in (_PLAIN, _MASKS) or width < 1:
        return None
    table = 4 * min(colours or (1 << depth if depth <= 8 else 0), 256)
    start = head + (12 if kind == _MASKS and head == _BITMAP_HEAD else 0) + table
    row = (width * depth + 31) // 32 * 4  # rows are filled up to whole groups of four bytes
    if len(data) < start + row * abs(height):
        return None
    file = b"BM" + struct.pack("<IHHI", _FILE_HEAD + len(data), 0, 0, _FILE_HEAD + start)
    return _pixels(file + data, width, abs(height))


def decoded_tiff(data: bytes) -> Pixels | None:
    """Return the same of the first picture in a TIFF, which macOS keeps beside or instead of PNG."""
    try:
        width, height = _tiff_size(data)
    except (KeyError, struct.error):
        return None
    return _pixels(data, width, height)


def _tiff_size(data: bytes) -> tuple[int, int]:
    """Read width and height of the first directory; raises KeyError, struct.error for what is no TIFF."""
    order = _TIFF[data[:4]]
    (directory,) = struct.unpack_from(order + "I", data, 4)
    (count,) = struct.unpack_from(order + "H", data, directory)
    sizes = {}
    for number in range(min(count, _MOST_TAGS)):
        place = directory + 2 + 12 * number
        tag, kind = struct.unpack_from(order + "HH", data, place)
        if tag in (_WIDTH, _HEIGHT):
            (sizes[tag],) = struct.unpack_from(order + {_SHORT: "H", _LONG: "I"}[kind], data, place + 8)
    return sizes[_WIDTH], sizes[_HEIGHT]


def _pixels(data: bytes, width: int, height: int) -> Pixels | None:
    if not 0 < width * height <= MOST_PIXELS:
        return None
    try:
        colour = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    return None if colour is None else _with_room(np.asarray(colour, np.uint8))


def _with_room(colour: Pixels) -> Pixels:
    height, width = colour.shape[:2]
    share = LONGEST_SIDE / max(height, width)
    if share < 1:
        size = (max(1, round(width * share)), max(1, round(height * share)))
        colour = np.asarray(cv2.resize(colour, size, interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.cvtColor(colour, cv2.COLOR_BGR2BGRA), np.uint8)

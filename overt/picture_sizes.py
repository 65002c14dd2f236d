"""How many pixels a picture file says it has, read from its first bytes: a bomb is refused before it is decoded."""

import re
import struct
from collections.abc import Callable

_JPEG_SIZES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
_JPEG_ALONE = frozenset({0x01, 0xD8, *range(0xD0, 0xD8)})
_LOOK_AT = 1 << 20
"""Bytes in which a header has to be."""


def claimed_size(data: bytes) -> tuple[int, int] | None:
    """Return width and height as the file claims them; None where the format is not known or does not say."""
    head = data[:_LOOK_AT]
    try:
        return next((size(head) for beginning, size in _KINDS if beginning.match(head)), None)
    except (struct.error, IndexError):
        return None


def _png(head: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from(">II", head, 16)
    return width, height


def _gif(head: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<HH", head, 6)
    return width, height


def _bmp(head: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<ii", head, 18)
    return abs(width), abs(height)


def _jpeg(head: bytes) -> tuple[int, int] | None:
    """Walk the segments to the first that names a size."""
    at = 2
    while at + 9 < len(head):
        if head[at] != 0xFF:
            return None
        marker = head[at + 1]
        if marker in _JPEG_SIZES:
            height, width = struct.unpack_from(">HH", head, at + 5)
            return width, height
        at += 2 if marker in _JPEG_ALONE else 1 if marker == 0xFF else 2 + int.from_bytes(head[at + 2 : at + 4])
    return None


def _webp(head: bytes) -> tuple[int, int] | None:
    kind = head[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack_from("<HH", head, 26)
    return width & 0x3FFF, height & 0x3FFF


def _tiff(head: bytes) -> tuple[int, int] | None:
    """Look width (256) and height (257) up in the first directory."""
    order = "<" if head[:2] == b"II" else ">"
    (start,) = struct.unpack_from(order + "I", head, 4)
    (count,) = struct.unpack_from(order + "H", head, start)
    found: dict[int, int] = {}
    for entry in range(min(count, 512)):
        tag, kind, _ = struct.unpack_from(order + "HHI", head, start + 2 + 12 * entry)
        (value,) = struct.unpack_from(order + ("H" if kind == 3 else "I"), head, start + 10 + 12 * entry)
        found[tag] = value
    return (found[256], found[257]) if {256, 257} <= found.keys() else None


def _boxes(head: bytes) -> tuple[int, int] | None:
    """AVIF (`ispe`: width, height) and JPEG 2000 (`ihdr`: height, width): the largest of the boxes counts."""
    sizes = [struct.unpack_from(">II", head, found.end() + 4) for found in re.finditer(b"ispe", head)]
    sizes += [struct.unpack_from(">II", head, found.end())[::-1] for found in re.finditer(b"ihdr", head)]
    width, height = max(sizes, key=lambda size: int(size[0]) * int(size[1]), default=(0, 0))
    return (width, height) if sizes else None


def _codestream(head: bytes) -> tuple[int, int]:
    """JPEG 2000 without boxes: the SIZ segment comes first."""
    width, height = struct.unpack_from(">II", head, 8)
    return width, height


_KINDS: tuple[tuple[re.Pattern[bytes], Callable[[bytes], tuple[int, int] | None]], ...] = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), _png),
    (re.compile(rb"GIF8[79]a"), _gif),
    (re.compile(rb"BM"), _bmp),
    (re.compile(rb"\xff\xd8\xff"), _jpeg),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), _webp),
    (re.compile(rb"II\*\0|MM\0\*"), _tiff),
    (re.compile(rb"....ftyp|\0\0\0\x0cjP  ", re.DOTALL), _boxes),
    (re.compile(rb"\xff\x4f\xff\x51"), _codestream),
)

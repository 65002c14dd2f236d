"""Pictures inside thumbnail caches: what was once looked at, even where the picture itself is gone.

Freedesktop keeps a PNG a picture that names its original. Windows (Thumbs.db, thumbcache_*.db) and phones (.thumbdata)
keep many in one file: these are cut out by their beginnings and ends, without reading the cache's own tables.
"""

import re
import struct
from collections.abc import Iterator
from urllib.parse import unquote

_CACHES = re.compile(r"(?:thumbs\.db|thumbcache_.*\.db|iconcache.*\.db|\.?thumbdata.*|ehthumbs.*\.db)\Z", re.IGNORECASE)
MOST = 20_000
LARGEST = 8 * 2**20
_BEGINNING = re.compile(rb"\xff\xd8\xff[\xc0-\xfe]|\x89PNG\r\n\x1a\n")
_JPEG_END, _PNG_END = b"\xff\xd9", b"IEND\xaeB`\x82"


def is_cache(name: str) -> bool:
    """Return whether a file of this name holds many thumbnails."""
    return _CACHES.match(name) is not None


def cut_out(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the place and the bytes of each picture in a cache, at most `MOST`."""
    at = 0
    for _ in range(MOST):
        found = _BEGINNING.search(data, at)
        if found is None:
            return
        mark = _JPEG_END if found[0][:1] == b"\xff" else _PNG_END
        end = data.find(mark, found.end(), found.start() + LARGEST)
        if end < 0:
            at = found.end()
            continue
        at = end + len(mark)
        yield found.start(), data[found.start() : at]


def original_of(data: bytes) -> str | None:
    """Return what a freedesktop thumbnail says it was made from; None for any other file."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return None
    at = 8
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + length]
        if kind == b"tEXt" and body.startswith(b"Thumb::URI\0"):
            return unquote(body[11:].decode("latin-1"))
        if kind == b"IDAT":
            return None
        at += 12 + length
    return None

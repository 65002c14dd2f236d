"""Lists of recently used files: freedesktop's recently-used.xbel, and Windows shortcuts (.lnk) of the Recent folder."""

import re
import struct
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import unquote

LARGEST = 32 * 2**20
_BOOKMARK = re.compile(rb"<bookmark\s[^>]{0,20000}>")
_ATTRIBUTE = re.compile(rb'(href|visited|modified)="([^"]{0,16384})"')
_SHORTCUT = b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F"
_HAS_LIST, _HAS_PLACE = 0x1, 0x2


@dataclass(frozen=True, slots=True)
class Used:
    """A file that was opened: its name, and when as the list spells it (empty where it does not say)."""

    name: str = field(repr=False)
    when: str


def is_list(name: str) -> bool:
    """Return whether a file of this name lists recently used files."""
    low = name.lower()
    return low.endswith((".xbel", ".lnk"))


def used_in(data: bytes) -> list[Used]:
    """Return the files that a list names; nothing for what is no such list, or damaged."""
    if data.startswith(_SHORTCUT):
        target = _target(data)
        return [Used(target, "")] if target else []
    return [_bookmark(found[0]) for found in _BOOKMARK.finditer(data[:LARGEST])]


def _bookmark(tag: bytes) -> Used:
    attributes = {name.decode(): value.decode("utf-8", "replace") for name, value in _ATTRIBUTE.findall(tag)}
    name = unquote(unescape(attributes.get("href", ""))).removeprefix("file://")
    return Used(name, attributes.get("visited", attributes.get("modified", "")))


def _target(data: bytes) -> str:
    """Return the local path of a shortcut (MS-SHLLINK 2.3, LinkInfo: LocalBasePath)."""
    try:
        (flags,) = struct.unpack_from("<I", data, 20)
        at = 76
        if flags & _HAS_LIST:
            at += 2 + int(struct.unpack_from("<H", data, at)[0])
        if not flags & _HAS_PLACE:
            return ""
        size, header, kinds, _, base = struct.unpack_from("<5I", data, at)
        if not kinds & 1 or base >= size:
            return ""
        if header >= 0x24:
            (wide,) = struct.unpack_from("<I", data, at + 28)
            return data[at + wide : at + size].decode("utf-16-le", "replace").partition("\0")[0]
        return data[at + base : at + size].partition(b"\0")[0].decode("cp1252", "replace")
    except struct.error:
        return ""

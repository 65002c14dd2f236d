"""The layout of an envelope file, and the reading of its head.

`MAGIC | u32 header length | header | u32 stanza length | stanzas | signature (64) | parts …`, integers big-endian.
Everything before the parts is the *head*: enough to check the signature and to unwrap the content key.
"""

import hashlib
from dataclasses import dataclass, field

from evidence import stanzas
from evidence.errors import FormatError, UsageError
from evidence.header import HEADER_LIMIT, Header, ListedPart, parse_header

MAGIC = b"OVERTEN1"
SIGNATURE_SIZE = 64
STANZAS_LIMIT = 32_768
HEAD_LIMIT = len(MAGIC) + 4 + HEADER_LIMIT + 4 + STANZAS_LIMIT + SIGNATURE_SIZE
"""No head is longer: a reader can fetch this much first."""


@dataclass(frozen=True, slots=True)
class ParsedHead:
    """An envelope's head, read but not yet verified."""

    header: Header
    stanzas: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    length: int
    """Bytes of the head: the first part begins here."""

    @property
    def header_digest(self) -> str:
        """SHA-256 of the header in hex: what the next record's `prev` has to be."""
        return hashlib.sha256(self.header.raw).hexdigest()

    @property
    def total_length(self) -> int:
        """Bytes of the whole envelope."""
        return self.length + sum(part.size for part in self.header.manifest.parts)

    def index(self, name: str) -> int:
        """Return a part's place in the list of parts."""
        for index, part in enumerate(self.header.manifest.parts):
            if part.name == name:
                return index
        raise UsageError(f"there is no part {name!r} in this envelope")

    def part(self, name: str) -> ListedPart:
        """Return a part as the header lists it."""
        return self.header.manifest.parts[self.index(name)]

    def span(self, name: str) -> slice:
        """Return where a part's ciphertext stands in the envelope."""
        index = self.index(name)
        start = self.length + sum(part.size for part in self.header.manifest.parts[:index])
        return slice(start, start + self.header.manifest.parts[index].size)


def assemble(header: bytes, section: bytes, signature: bytes) -> bytes:
    """Return the bytes of a head; raises FormatError where it would be too long to be read again."""
    if len(header) > HEADER_LIMIT:
        raise FormatError("header", f"{len(header)} bytes, more than the {HEADER_LIMIT} allowed")
    return b"".join([MAGIC, _u32(len(header)), header, _u32(len(section)), section, signature])


def head_length(start: bytes) -> int | None:
    """Return how long the head is, from its first bytes; None while they are too few to tell."""
    if start[: len(MAGIC)] != MAGIC[: len(start)]:
        raise FormatError("magic", "not an Overt envelope")
    at = len(MAGIC)
    for place, limit in (("header", HEADER_LIMIT), ("stanzas", STANZAS_LIMIT)):
        if len(start) < at + 4:
            return None
        size = int.from_bytes(start[at : at + 4], "big")
        if size > limit:
            raise FormatError(place, f"{size} bytes, more than the {limit} allowed")
        at += 4 + size
    return at + SIGNATURE_SIZE


def parse(data: bytes) -> ParsedHead:
    """Read a head, or the head of a whole envelope, strictly.

    Raises FormatError. Nothing is verified yet: neither signature nor parts.
    """
    length = head_length(data)
    if length is None or len(data) < length:
        raise FormatError("head", "cut short")
    header, at = _counted(data, len(MAGIC))
    section, at = _counted(data, at)
    head = ParsedHead(parse_header(header), section, data[at:length], length)
    stanzas.check_size(section, head.header.context)
    if len(data) not in (length, head.total_length):
        raise FormatError("parts", f"{len(data) - length} bytes instead of {head.total_length - length}")
    return head


def _counted(data: bytes, at: int) -> tuple[bytes, int]:
    size = int.from_bytes(data[at : at + 4], "big")
    return data[at + 4 : at + 4 + size], at + 4 + size


def _u32(number: int) -> bytes:
    return number.to_bytes(4, "big")

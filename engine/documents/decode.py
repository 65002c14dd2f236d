"""Bytes to text: which encoding, and decoding block by block with every undecodable byte counted."""

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from charset_normalizer import from_bytes

from engine.documents.errors import NotTextError, OptionError
from engine.documents.piece import WHOLE, Loss, Part, Remark

SAMPLE = 128 * 1024
"""Bytes at the start of a document from which its encoding is judged."""
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
USUAL = "cp1252"
"""Western Windows: what nearly all old English text is in. Wins where the evidence is even."""
CANDIDATES = [
    USUAL, "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "iso8859_2", "koi8_r",
    "cp932", "euc_jp", "gb18030", "big5", "cp949", "mac_roman",
]  # fmt: skip
NOT_SCREENED = "pictures, programs and databases are not screened"
MAX_CONTROL_SHARE = 0.1
EVEN = 0.02
"""Difference in disorder (0 to 1) that charset-normalizer shows also for right guesses."""
REPLACED = "\ufffd"
MARKER = "\udfff"
"""Stands for an undecodable byte until it is counted: no codec gives it out for valid bytes."""
HANDLER = "overt-count-undecodable"


class How(StrEnum):
    """How sure an encoding is."""

    GIVEN = "given"
    MARK = "mark"
    VALID = "valid"
    GUESSED = "guessed"


@dataclass(frozen=True, slots=True)
class Encoding:
    """A Python codec name and how it was found."""

    name: str
    how: How


def given(name: str) -> Encoding:
    """Check an encoding that the caller, or the document itself, names."""
    try:
        codec = codecs.lookup(name)
        "".encode(codec.name)
    except (LookupError, ValueError):
        raise OptionError(f"there is no text encoding {name!r}", "for example utf-8, cp1252, utf-16") from None
    return Encoding(codec.name, How.GIVEN)


def detect(head: bytes) -> Encoding:
    """Judge by the first bytes: a byte order mark, valid UTF-8, UTF-16 without a mark, then the likeliest code page.

    Raises NotTextError for bytes that are no text.
    """
    for mark, name in BOMS:
        if head.startswith(mark):
            return Encoding(name, How.MARK)
    head = head[:SAMPLE]
    wide = _wide(head)
    if wide is not None:
        return Encoding(wide, How.GUESSED)
    if b"\0" in head:
        raise NotTextError("not a text: it holds zero bytes", NOT_SCREENED)
    if _control_share(head) > MAX_CONTROL_SHARE:
        raise NotTextError("not a text: it is full of control bytes", NOT_SCREENED)
    if _is_utf8(head):
        return Encoding("utf-8", How.VALID)
    return Encoding(_code_page(head), How.GUESSED)


def _is_utf8(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, final=len(head) < SAMPLE)
    except UnicodeDecodeError:
        return False
    return True


def _wide(head: bytes) -> str | None:
    """Return the UTF-16 byte order of text without a mark: in nearly every script one byte of most pairs is zero."""
    pairs = len(head) // 2
    if pairs == 0 or b"\0" not in head:
        return None
    high_zero, low_zero = head[1::2].count(0), head[0::2].count(0)
    for many, few, name in ((high_zero, low_zero, "utf-16-le"), (low_zero, high_zero, "utf-16-be")):
        if many >= 0.4 * pairs and few <= 0.01 * pairs:
            try:
                text = head[: pairs * 2].decode(name)
            except UnicodeDecodeError:
                return None
            return name if _mostly_printable(text) else None
    return None


def _mostly_printable(text: str) -> bool:
    printable = sum(c.isprintable() or c in "\r\n\t\f" for c in text)
    return printable >= 0.95 * len(text)


def _code_page(head: bytes) -> str:
    matches = list(from_bytes(head, cp_isolation=CANDIDATES, preemptive_behaviour=False))
    if not matches or any(USUAL in match.could_be_from_charset for match in matches[:1]):
        return USUAL
    best = min(matches, key=lambda match: (match.chaos, -match.coherence))
    for match in matches:
        if match.encoding == USUAL and match.chaos <= best.chaos + EVEN and match.coherence >= best.coherence - 0.2:
            return USUAL
    return best.encoding


def _control_share(head: bytes) -> float:
    controls = sum(head.count(byte) for byte in range(32) if byte not in b"\t\n\f\r\x1b")
    return controls / max(len(head), 1)


def _mark_undecodable(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return MARKER * (error.end - error.start), error.end


codecs.register_error(HANDLER, _mark_undecodable)


class Decoder:
    """Decodes a stream of byte blocks and counts the bytes that it could not decode; each becomes U+FFFD."""

    def __init__(self, encoding: Encoding) -> None:
        self.encoding = encoding
        self.undecodable = 0
        self._decode = codecs.getincrementaldecoder(encoding.name)(errors=HANDLER).decode

    def decode(self, chunks: Iterable[bytes]) -> Iterator[str]:
        """Give out the text in blocks as they come."""
        for chunk in chunks:
            yield self._counted(self._decode(chunk))
        yield self._counted(self._decode(b"", True))

    def _counted(self, text: str) -> str:
        found = text.count(MARKER)
        self.undecodable += found
        return text.replace(MARKER, REPLACED) if found else text

    def remarks(self, part: Part = WHOLE) -> Iterator[Remark]:
        """Say what is to be said after the last block."""
        if self.encoding.how is How.GUESSED:
            says = f"the encoding is not certain; read as {self.encoding.name}"
            yield Remark(Loss.GUESSED_ENCODING, 1, part, None, says)
        if self.undecodable:
            says = f"{self.undecodable} bytes are not valid {self.encoding.name} and were read as U+FFFD"
            yield Remark(Loss.UNDECODABLE_BYTES, self.undecodable, part, None, says)

"""Checkpoints: one signed line that fixes all of a device's records so far (C2SP tlog-checkpoint, a signed note).

The server signs; witnesses (the defence, another agency) may cosign with the time at which they saw it. Whoever keeps a
checkpoint can later be shown that nothing before it was dropped or changed.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence.errors import FormatError, SignatureError, UsageError
from evidence.keys import check_signature, verifying_key
from evidence.statement import decode_base64

NOTE_LIMIT = 16_384
SERVER_NAME = "overt-server"
"""Name of a server's key in checkpoints."""
_PLACE = "checkpoint"
_ED25519, _COSIGNATURE = 1, 4  # kinds of signature in signed notes
_LINE = re.compile(r"— ([^\s+]+) (\S+)")
_SIZE = re.compile(r"0|[1-9][0-9]{0,15}")
_KEY_NAME = re.compile(r"[^\s+]{1,200}")
_ORIGIN = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What is fixed: the log's name, how many records it has, and the root over them."""

    origin: str
    size: int
    root: bytes

    def to_text(self) -> str:
        """Return the text that is signed; raises UsageError for an origin that is not one printable word."""
        if not _ORIGIN.fullmatch(self.origin):
            raise UsageError("the origin of a checkpoint is one printable word, like example.org/device-1")
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode('ascii')}\n"


@dataclass(frozen=True, slots=True)
class NamedKey:
    """A verifying key with the name that it has in notes."""

    name: str
    public: bytes

    def id(self, kind: int) -> bytes:
        """Return the four bytes that stand before a signature."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([kind]) + self.public).digest()[:4]


def sign_checkpoint(checkpoint: Checkpoint, name: str, key: Ed25519PrivateKey) -> bytes:
    """Return the note."""
    text = checkpoint.to_text()
    return f"{text}\n{_line(name, _ED25519, key, key.sign(text.encode()))}".encode()


def cosign_checkpoint(note: bytes, name: str, key: Ed25519PrivateKey, *, seen_at: datetime) -> bytes:
    """Return the note with a witness's word added that it saw this checkpoint at that time."""
    text = _split(note)[0]
    stamp = int(seen_at.timestamp())
    signature = stamp.to_bytes(8, "big") + key.sign(_cosigned(text, stamp))
    return note + _line(name, _COSIGNATURE, key, signature).encode()


def verify_checkpoint(note: bytes, signer: NamedKey) -> Checkpoint:
    """Check the signature and read the checkpoint; raises SignatureError or FormatError."""
    text, lines = _split(note)
    check_signature(signer.public, _signature(lines, signer, _ED25519, 64), text.encode(), what=_PLACE)
    return _read(text)


def verify_cosignature(note: bytes, witness: NamedKey) -> datetime:
    """Return when a witness saw the checkpoint; raises SignatureError or FormatError."""
    text, lines = _split(note)
    stamped = _signature(lines, witness, _COSIGNATURE, 72)
    stamp = int.from_bytes(stamped[:8], "big")
    check_signature(witness.public, stamped[8:], _cosigned(text, stamp), what="cosignature")
    try:
        return datetime.fromtimestamp(stamp, UTC)
    except (ValueError, OverflowError, OSError):
        raise FormatError("cosignature", "a time that does not exist") from None


def _cosigned(text: str, stamp: int) -> bytes:
    return f"cosignature/v1\ntime {stamp}\n{text}".encode()


def _line(name: str, kind: int, key: Ed25519PrivateKey, signature: bytes) -> str:
    if not _KEY_NAME.fullmatch(name):
        raise UsageError("the name of a key in a note has neither spaces nor '+'")
    identified = NamedKey(name, verifying_key(key)).id(kind) + signature
    return f"— {name} {base64.b64encode(identified).decode('ascii')}\n"


def _split(note: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    """Return the signed text and the signatures, each with its key's name."""
    if len(note) > NOTE_LIMIT:
        raise FormatError(_PLACE, f"{len(note)} bytes, more than the {NOTE_LIMIT} allowed")
    try:
        text, separator, rest = note.decode("utf-8").rpartition("\n\n")
    except UnicodeDecodeError:
        raise FormatError(_PLACE, "not UTF-8") from None
    lines = [_LINE.fullmatch(line) for line in rest.removesuffix("\n").split("\n")]
    if not separator or not rest.endswith("\n"):
        raise FormatError(_PLACE, "not a signed note")
    found = [(match[1], decode_base64(match[2], place=f"{_PLACE}.signature")) for match in lines if match]
    if len(found) != len(lines):
        raise FormatError(_PLACE, "a line of signatures that is none")
    return text + "\n", found


def _signature(lines: list[tuple[str, bytes]], signer: NamedKey, kind: int, size: int) -> bytes:
    prefix = signer.id(kind)
    for name, signature in lines:
        if name == signer.name and signature[:4] == prefix and len(signature) == 4 + size:
            return signature[4:]
    raise SignatureError(f"{_PLACE}: no signature by {signer.name}")


def _read(text: str) -> Checkpoint:
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not _ORIGIN.fullmatch(lines[0]) or not _SIZE.fullmatch(lines[1]):
        raise FormatError(_PLACE, "not origin, size and root, each on a line")
    root = decode_base64(lines[2], place=f"{_PLACE}.root")
    if len(root) != 32:
        raise FormatError(f"{_PLACE}.root", "not 32 bytes")
    return Checkpoint(lines[0], int(lines[1]), root)

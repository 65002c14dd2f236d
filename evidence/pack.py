"""The export pack: one device's records with everything that a stranger needs to check them (SPEC.md, “Export pack”).

A pack is a BagIt bag (RFC 8493). What is sealed stays as it is; what a court is to see stands beside it in the clear,
with the content key that proves it is the same. The files are made here as names and bytes; writing them is the
caller's.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from evidence import envelope, merkle
from evidence.envelope import ParsedHead
from evidence.errors import UsageError
from evidence.fields import format_time
from evidence.header import Header
from evidence.keys import OpeningKey
from evidence.receipt import SignedReceipt
from evidence.record import META, THUMB, AnyRecord, CaptureRecord, read_record

EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
DATA = "data/"
CONTENT_KEY = "content-key"
"""Name of the file with the key of a record that is shown."""
MANIFEST, TAG_MANIFEST = "manifest-sha256.txt", "tagmanifest-sha256.txt"
TAGS = ("bagit.txt", "bag-info.txt", MANIFEST, "verify.sh", "report.html", "case.jsonld")
"""The files beside the data. The tag manifest lists them all, and its digest names the pack."""


@dataclass(frozen=True, slots=True)
class PackedRecord:
    """One record as the server stored it."""

    epoch: int
    seq: int
    envelope: bytes = field(repr=False)
    receipt: SignedReceipt

    @property
    def name(self) -> str:
        """What people call it: epoch/number."""
        return f"{self.epoch}/{self.seq}"

    @property
    def place(self) -> str:
        """The record's folder and file without extension; they sort as the chain goes."""
        return f"{self.epoch:010d}/{self.seq:020d}"


@dataclass(frozen=True, slots=True)
class Entry:
    """What is said about a record without holding its content: a pack of 30,000 records is made one by one."""

    place: str
    header: Header
    size: int
    digest: str
    """SHA-256 of the envelope in hex."""
    whole: bool
    """False where only the head is left: its content was destroyed."""

    @classmethod
    def of(cls, record: PackedRecord) -> "Entry":
        """Read a record's head; raises FormatError."""
        head = envelope.parse(record.envelope)
        size = len(record.envelope)
        digest = hashlib.sha256(record.envelope).hexdigest()
        return cls(record.place, head.header, size, digest, size > head.length)


@dataclass(frozen=True, slots=True)
class FormerServer:
    """A server that had the case before: its verifying keys, and the hand-over with which it gave the device away."""

    issuer: bytes
    receipt: bytes
    handover: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PackKeys:
    """The 32-byte verifying keys that everything in the pack is checked with."""

    issuer: bytes
    device: bytes
    receipt: bytes
    former: tuple[FormerServer, ...] = ()
    """The servers before, oldest first; empty where the case was never handed over."""

    @property
    def receipts(self) -> tuple[bytes, ...]:
        """The keys of receipts of all servers, the newest first."""
        return (self.receipt, *(one.receipt for one in reversed(self.former)))


@dataclass(frozen=True, slots=True)
class Fixed:
    """What fixes the history: a checkpoint over all of the pack, the daily ones, time-stamps by a daily one's name."""

    checkpoint: bytes
    daily: Sequence[tuple[str, bytes]] = ()
    tokens: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Disclosed:
    """A record that was opened for the pack."""

    record: PackedRecord
    head: ParsedHead
    content_key: bytes = field(repr=False)
    words: AnyRecord = field(repr=False)
    parts: Mapping[str, bytes] = field(repr=False)


def disclose(record: PackedRecord, keys: Sequence[OpeningKey]) -> Disclosed:
    """Open a record with that of the keys that it is sealed to; raises as `envelope.open_all` does."""
    if not keys:
        raise UsageError("no key to open records with")
    head = envelope.parse(record.envelope)
    recipients = {one.key_id for one in head.header.context.recipients}
    key = next((key for key in keys if key.id in recipients), keys[0])
    parts = envelope.open_all(head, key, record.envelope)
    return Disclosed(record, head, envelope.content_key_to_disclose(head, key), read_record(parts[META]), parts)


def evidence_files(
    keys: PackKeys,
    authorities: Mapping[str, bytes],
    fixed: Fixed,
    *,
    withdrawals: Mapping[str, bytes] | None = None,
    certificates: Sequence[bytes] = (),
) -> Iterator[tuple[str, bytes]]:
    """Yield the files that need no secret, beside those of records.

    Keys, authorities (by digest), withdrawals (by the digest of the authority that they end), checkpoints, and
    certificates of destruction.
    """
    for name, public in (("issuer", keys.issuer), ("device", keys.device), ("receipt", keys.receipt)):
        yield f"{DATA}keys/{name}.pem", public_key_pem(public)
    for number, before in enumerate(keys.former):
        yield f"{DATA}former/{number}/issuer.pem", public_key_pem(before.issuer)
        yield f"{DATA}former/{number}/receipt.pem", public_key_pem(before.receipt)
        yield f"{DATA}former/{number}/handover.json", before.handover
    for digest, file in sorted(authorities.items()):
        yield f"{DATA}authorities/{digest}.json", file
    for digest, file in sorted((withdrawals or {}).items()):
        yield f"{DATA}withdrawals/{digest}.json", file
    yield f"{DATA}checkpoint", fixed.checkpoint
    for name, note in fixed.daily:
        yield f"{DATA}checkpoints/{name}", note
    for name, token in fixed.tokens.items():
        yield f"{DATA}checkpoints/{name.removesuffix('.checkpoint')}.tsr", token
    for number, certificate in enumerate(certificates):
        yield f"{DATA}destructions/{number:06d}.json", certificate


def record_files(record: PackedRecord) -> Iterator[tuple[str, bytes]]:
    """Yield a record's files: the envelope as it was received, and its receipt."""
    yield f"{DATA}records/{record.place}.overt", record.envelope
    yield f"{DATA}receipts/{record.place}.json", record.receipt.receipt
    yield f"{DATA}receipts/{record.place}.sig", record.receipt.signature


def disclosed_files(disclosed: Disclosed) -> Iterator[tuple[str, bytes]]:
    """Yield an opened record's files: its content key in hex, and every part as it was sealed."""
    folder = f"{DATA}disclosed/{disclosed.record.place}"
    yield f"{folder}/{CONTENT_KEY}", disclosed.content_key.hex().encode()
    for name, data in disclosed.parts.items():
        yield f"{folder}/{name}.{_extension(name, disclosed.words)}", data


def chain_root(headers: Iterable[Header]) -> bytes:
    """Return the root over records' headers, in the order of the chain: what a checkpoint fixes."""
    return merkle.root([merkle.leaf_hash(header.raw) for header in headers])


def manifests(
    payload: Iterable[tuple[str, str]], tags: Iterable[tuple[str, str]], *, made_at: datetime, size: int, count: int
) -> Iterator[tuple[str, bytes]]:
    """Yield BagIt's own files. `payload`: name and SHA-256 (hex) of each file under data/; `tags`: of the others."""
    info = f"Bagging-Date: {made_at:%Y-%m-%d}\nPayload-Oxum: {size}.{count}\nOvert-Made-At: {format_time(made_at)}\n"
    manifest = "".join(f"{digest}  {name}\n" for name, digest in sorted(payload))
    own = {
        "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "bag-info.txt": info.encode(),
        MANIFEST: manifest.encode(),
    }
    yield from own.items()
    digests = [*tags, *((name, hashlib.sha256(data).hexdigest()) for name, data in own.items())]
    yield TAG_MANIFEST, "".join(f"{digest}  {name}\n" for name, digest in sorted(digests)).encode()


def public_key_pem(public: bytes) -> bytes:
    """Return a 32-byte Ed25519 key as openssl reads it."""
    return Ed25519PublicKey.from_public_bytes(public).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _extension(name: str, words: AnyRecord) -> str:
    if name == META:
        return "json"
    if not isinstance(words, CaptureRecord):
        return "bin"
    types = {frame.part: frame.media_type for frame in words.frames}
    if words.thumb is not None:
        types[THUMB] = words.thumb.media_type
    return EXTENSIONS.get(types.get(name, ""), "bin")

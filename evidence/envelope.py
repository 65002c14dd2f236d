"""The sealed record: seal it on the device, verify it without any secret, open its parts with a recipient's key."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence import stanzas
from evidence.content import ContentKey
from evidence.errors import DigestError, FormatError, UsageError
from evidence.head import HEAD_LIMIT, MAGIC, ParsedHead, assemble, head_length, parse
from evidence.header import (
    GENESIS,
    Context,
    Header,
    HeaderFields,
    Kind,
    ListedPart,
    ListedRecipient,
    Manifest,
    Origin,
    Role,
    encode_context,
    encode_manifest,
)
from evidence.keys import Entropy, OpeningKey, check_signature, key_id
from evidence.suite import SECRET_SIZE, suite_of_public

__all__ = [
    "GENESIS",
    "HEAD_LIMIT",
    "MAGIC",
    "Header",
    "HeaderFields",
    "Kind",
    "Origin",
    "ParsedHead",
    "Part",
    "Recipient",
    "Role",
    "Sealed",
    "content_key_to_disclose",
    "head_length",
    "open_all",
    "open_part",
    "parse",
    "part_bytes",
    "seal",
    "verify",
    "verify_parts",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """Something to seal."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Recipient:
    """A public key to seal to; X25519 has 32 bytes, X-Wing 1216."""

    public_key: bytes = field(repr=False)
    role: Role = Role.CASE


@dataclass(frozen=True, slots=True)
class Sealed:
    """A finished envelope."""

    chunks: tuple[bytes | bytearray, ...] = field(repr=False)
    """The head and the sealed parts, one after the other."""
    header: bytes = field(repr=False)
    head_length: int

    @property
    def envelope(self) -> bytes:
        """The whole envelope; joined when asked for."""
        return b"".join(self.chunks)

    @property
    def digest(self) -> str:
        """SHA-256 of the envelope in hex: what a receipt names. Hashed when asked for: sealing need not wait for it."""
        digest = hashlib.sha256()
        for chunk in self.chunks:
            digest.update(chunk)
        return digest.hexdigest()

    @property
    def header_digest(self) -> str:
        """SHA-256 of the header in hex: the next record's `prev`."""
        return _sha256(self.header)


def seal(
    fields: HeaderFields,
    parts: Sequence[Part],
    recipients: Sequence[Recipient],
    device_key: Ed25519PrivateKey,
    *,
    entropy: Entropy,
) -> Sealed:
    """Seal parts to recipients and sign the header.

    Raises UsageError for recipients of mixed suites or none, FormatError for fields that the format does not allow.
    """
    context = _context(fields, recipients)
    context_line = encode_context(context)
    key = ContentKey(entropy(SECRET_SIZE), context_line)
    publics = [one.public_key for one in recipients]
    section = stanzas.wrap_for_all(context.suite, key, publics)
    sealed = [key.seal(index, part.name, part.data) for index, part in enumerate(parts)]
    listed = tuple(ListedPart(part.name, len(one), _sha256(one)) for part, one in zip(parts, sealed, strict=True))
    header = context_line + encode_manifest(Manifest(key.commitment().hex(), _sha256(section), listed))
    head = assemble(header, section, device_key.sign(header))
    return Sealed((head, *sealed), header, len(head))


def verify(head: ParsedHead, device_public_key: bytes) -> None:
    """Check the device's signature and that the stanzas are those it signed; raises SignatureError or DigestError."""
    check_signature(device_public_key, head.signature, head.header.raw, what="header")
    if _sha256(head.stanzas) != head.header.manifest.stanzas:
        raise DigestError("stanzas: not those that were signed")


def verify_parts(head: ParsedHead, envelope: bytes) -> None:
    """Check that a whole envelope holds the ciphertexts that were signed; raises DigestError or FormatError."""
    if len(envelope) != head.total_length:
        raise FormatError("parts", f"{len(envelope)} bytes in all instead of {head.total_length}")
    for part in head.header.manifest.parts:
        _check_part(part, part_bytes(head, envelope, part.name))


def part_bytes(head: ParsedHead, envelope: bytes, name: str) -> bytes:
    """Return one part's ciphertext out of a whole envelope."""
    return envelope[head.span(name)]


def open_part(head: ParsedHead, key: OpeningKey, name: str, ciphertext: bytes) -> bytes:
    """Open one part; what it returns is what was sealed.

    Raises NotARecipientError, OpenError, CommitmentError, DigestError or FormatError. It does not check the
    signature: call `verify` first.
    """
    _check_part(head.part(name), ciphertext)
    return _content_key(head, key).open(head.index(name), name, ciphertext)


def open_all(head: ParsedHead, key: OpeningKey, envelope: bytes) -> Mapping[str, bytes]:
    """Open every part of a whole envelope, by name in stored order; raises as `open_part` does."""
    verify_parts(head, envelope)
    content_key = _content_key(head, key)
    return {
        part.name: content_key.open(index, part.name, part_bytes(head, envelope, part.name))
        for index, part in enumerate(head.header.manifest.parts)
    }


def content_key_to_disclose(head: ParsedHead, key: OpeningKey) -> bytes:
    """Return the secret that opens this record and no other, for a court to check with; raises as `open_part` does."""
    return _content_key(head, key).secret


def _context(fields: HeaderFields, recipients: Sequence[Recipient]) -> Context:
    suites = {suite_of_public(one.public_key) for one in recipients}
    if len(suites) != 1:
        raise UsageError("an envelope needs recipients, all of one suite", hint="X25519 keys: 32 bytes, X-Wing: 1216.")
    listed = tuple(ListedRecipient(key_id(one.public_key), one.role) for one in recipients)
    return Context(suites.pop(), fields, listed)


def _content_key(head: ParsedHead, key: OpeningKey) -> ContentKey:
    commitment = bytes.fromhex(head.header.manifest.commitment)
    secret = stanzas.unwrap(head.stanzas, head.header.context, head.header.context_line, commitment, key)
    content_key = ContentKey(secret, head.header.context_line)
    content_key.check(commitment)
    return content_key


def _check_part(part: ListedPart, ciphertext: bytes) -> None:
    if len(ciphertext) != part.size or _sha256(ciphertext) != part.sha256:
        raise DigestError(f"part {part.name}: not the ciphertext that was signed")


def _sha256(data: bytes | bytearray) -> str:
    return hashlib.sha256(data).hexdigest()

"""The clear part of an envelope: two lines of canonical JSON, signed as the bytes that are stored.

The *context* line says what the record is and where it stands in its device's chain. The *manifest* line commits to the
content key and lists the sealed parts by the digests of their ciphertexts. Nothing here tells what was captured.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from evidence import canonical
from evidence.canonical import Value
from evidence.errors import FormatError
from evidence.fields import DIGEST, KEY_ID, NAME, Fields, format_time
from evidence.suite import Suite

FORMAT = "overt-envelope-1"
GENESIS = "0" * 64
"""`prev` of the first record of an epoch."""
HEADER_LIMIT = 16_384
MOST_RECIPIENTS = 16
MOST_PARTS = 64
LARGEST_PART = 64 * 2**20
"""Bytes of one part's ciphertext."""
PART_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_CONTEXT, _MANIFEST = "header.context", "header.manifest"
_GROUP = re.compile(r"[0-9a-f]{0,64}")
_NANOSECONDS = re.compile(r"0|[1-9][0-9]{0,18}")


class Kind(Enum):
    """Coarse kinds of records."""

    CAPTURE = "capture"
    HEARTBEAT = "heartbeat"
    COVERAGE = "coverage"
    EVENT = "event"
    GAP = "gap"
    NOTE = "note"


class Origin(Enum):
    """Where the pixels came from: a screen, or a folder of pictures for evaluation."""

    SCREEN = "screen"
    REPLAY = "replay"


class Role(Enum):
    """Why a key is among the recipients."""

    CASE = "case"
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True)
class HeaderFields:
    """What a device says in the clear about one record."""

    authority: str
    """SHA-256 of the authority file in hex."""
    case: str
    device: str
    epoch: int
    """Counts the device's chains: a device that lost its state starts the next one."""
    seq: int
    prev: str
    """SHA-256 of the previous record's header in hex; GENESIS for seq 0."""
    time: datetime
    monotonic_ns: int
    boot: str
    agent: str
    libraries: str
    """Digest of the library set in hex."""
    kind: Kind
    severity: int
    """0 (none) to 5."""
    group: str = ""
    """Opaque hex that near-identical captures share; empty for none."""
    origin: Origin = Origin.SCREEN


@dataclass(frozen=True, slots=True)
class ListedRecipient:
    """A recipient as the header names it."""

    key_id: str
    role: Role


@dataclass(frozen=True, slots=True)
class Context:
    """The first line."""

    suite: Suite
    fields: HeaderFields
    recipients: tuple[ListedRecipient, ...]


@dataclass(frozen=True, slots=True)
class ListedPart:
    """A sealed part as the header lists it: size and SHA-256 of its ciphertext."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The second line."""

    commitment: str
    stanzas: str
    """SHA-256 of the stanza section in hex."""
    parts: tuple[ListedPart, ...]


@dataclass(frozen=True, slots=True)
class Header:
    """Both lines, read, with the bytes they were read from."""

    context: Context
    manifest: Manifest
    context_line: bytes
    raw: bytes
    """Both lines as stored: what is signed, and what the next record's `prev` is the digest of."""


def encode_context(context: Context) -> bytes:
    """Return the context line; raises FormatError for what the format does not allow."""
    recipients: Value = [{"key": one.key_id, "role": one.role.value} for one in context.recipients]
    value: dict[str, Value] = {"format": FORMAT, "suite": context.suite.value, "recipients": recipients}
    line = canonical.encode(value | _spell(context.fields), place=_CONTEXT) + b"\n"
    parse_context(line)
    return line


def encode_manifest(manifest: Manifest) -> bytes:
    """Return the manifest line; raises FormatError for what the format does not allow."""
    parts: Value = [{"name": part.name, "size": part.size, "sha256": part.sha256} for part in manifest.parts]
    value: Value = {"commitment": manifest.commitment, "stanzas": manifest.stanzas, "parts": parts}
    line = canonical.encode(value, place=_MANIFEST) + b"\n"
    parse_manifest(line)
    return line


def parse_header(raw: bytes) -> Header:
    """Read both lines strictly; raises FormatError naming the field."""
    if len(raw) > HEADER_LIMIT:
        raise FormatError("header", f"{len(raw)} bytes, more than the {HEADER_LIMIT} allowed")
    lines = raw.splitlines(keepends=True) if raw.isascii() else []
    if len(lines) != 2 or raw.count(b"\n") != 2 or not raw.endswith(b"\n"):
        raise FormatError("header", "not two lines of ASCII")
    return Header(parse_context(lines[0]), parse_manifest(lines[1]), lines[0], raw)


def parse_context(line: bytes) -> Context:
    """Read the context line."""
    fields = Fields(canonical.decode(line.removesuffix(b"\n"), place=_CONTEXT, limit=HEADER_LIMIT), _CONTEXT)
    fields.constant("format", FORMAT)
    context = Context(fields.choice("suite", Suite), _read(fields), _recipients(fields))
    fields.done()
    return context


def parse_manifest(line: bytes) -> Manifest:
    """Read the manifest line."""
    fields = Fields(canonical.decode(line.removesuffix(b"\n"), place=_MANIFEST, limit=HEADER_LIMIT), _MANIFEST)
    commitment, stanzas = fields.text("commitment", pattern=DIGEST), fields.text("stanzas", pattern=DIGEST)
    parts = tuple(_part(one) for one in fields.objects("parts", least=1, most=MOST_PARTS))
    fields.done()
    if len({part.name for part in parts}) != len(parts):
        raise FormatError(fields.at("parts"), "a name stands there twice")
    return Manifest(commitment, stanzas, parts)


def _spell(fields: HeaderFields) -> dict[str, Value]:
    return {
        "authority": fields.authority,
        "case": fields.case,
        "device": fields.device,
        "epoch": fields.epoch,
        "seq": fields.seq,
        "prev": fields.prev,
        "time": format_time(fields.time),
        "monotonic_ns": str(fields.monotonic_ns),  # may pass 2^53 after 104 days without a restart: a string
        "boot": fields.boot,
        "agent": fields.agent,
        "libraries": fields.libraries,
        "kind": fields.kind.value,
        "severity": fields.severity,
        "group": fields.group,
        "origin": fields.origin.value,
    }


def _read(fields: Fields) -> HeaderFields:
    found = HeaderFields(
        authority=fields.text("authority", pattern=DIGEST),
        case=fields.text("case", pattern=NAME),
        device=fields.text("device", pattern=NAME),
        epoch=fields.integer("epoch"),
        seq=fields.integer("seq"),
        prev=fields.text("prev", pattern=DIGEST),
        time=fields.time("time"),
        monotonic_ns=int(fields.text("monotonic_ns", pattern=_NANOSECONDS)),
        boot=fields.text("boot", pattern=NAME),
        agent=fields.text("agent", pattern=NAME),
        libraries=fields.text("libraries", pattern=DIGEST),
        kind=fields.choice("kind", Kind),
        severity=fields.integer("severity", high=5),
        group=fields.text("group", pattern=_GROUP),
        origin=fields.choice("origin", Origin),
    )
    if (found.seq == 0) != (found.prev == GENESIS):
        raise FormatError(fields.at("prev"), "zeros stand at the start of an epoch, and only there")
    return found


def _recipients(fields: Fields) -> tuple[ListedRecipient, ...]:
    recipients = []
    for one in fields.objects("recipients", least=1, most=MOST_RECIPIENTS):
        recipients.append(ListedRecipient(one.text("key", pattern=KEY_ID), one.choice("role", Role)))
        one.done()
    if len({one.key_id for one in recipients}) != len(recipients):
        raise FormatError(fields.at("recipients"), "a key stands there twice")
    return tuple(recipients)


def _part(fields: Fields) -> ListedPart:
    part = ListedPart(
        name=fields.text("name", pattern=PART_NAME),
        size=fields.integer("size", low=1, high=LARGEST_PART),
        sha256=fields.text("sha256", pattern=DIGEST),
    )
    fields.done()
    return part

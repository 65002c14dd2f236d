"""One good document of each format, with every field that it may have, and the function that reads it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from evidence import canonical
from evidence.authority import check_withdrawal
from evidence.coverage import CoverageRecord, State
from evidence.destruction import DestroyedRecord, Destruction, read_destruction
from evidence.fields import format_time
from evidence.handover import Handover, ServerIdentity, read_handover
from evidence.header import parse_context, parse_manifest
from evidence.keys import LockedKey, OpeningKey, generate_signing_key, key_id, verifying_key
from evidence.passkey import PasskeyLock, lock_with_passkey
from evidence.receipt import Receipt, SignedReceipt, sign_receipt
from evidence.record import CaptureRecord, EventRecord, read_record
from evidence.statement import read_statement, sign_statement
from evidence.terms import AuthorityTerms
from tests.evidence.conftest import NOON, stream

ENTROPY = stream("specimens")
KEY = generate_signing_key(ENTROPY)
PUBLIC = verifying_key(KEY)
OWN = OpeningKey.generate(ENTROPY)
DIGEST = "0123456789abcdef" * 4
PLACE = {"monitor": 0, "left": 1, "top": 2, "width": 3, "height": 4}
FINDING = {
    "library_id": "weapons", "library_version": "1", "term_id": "weapons.knife", "term": "marker", "rule": "term",
    "category": "weapons", "severity": 3, "condition": "4", "start": 2, "end": 8, "explanation": "It stands there.",
    "place": PLACE,
}  # fmt: skip
CAPTURE = {
    "format": "overt-capture-1", "why": "A word.", "observed_at": format_time(NOON), "source": "ocr",
    "provenance": "visible", "app": "Editor", "title": "A page", "url": "https://example.org/", "account": "kim",
    "monitor": 0, "severity": 3, "text": "a marker in a text", "findings": [FINDING],
    "suppressed": [{**FINDING, "reason": "an exception"}], "decision": {"action": "capture", "reason": "severity"},
    "frames": [{**PLACE, "part": "frame-0", "media_type": "image/png", "seconds": -5}],
    "thumb": {"media_type": "image/webp", "width": 320, "height": 180},
    "pictures": [{"place": PLACE, "pdq": "ab" * 32, "phash": "cd" * 8, "quality": 90}],
}  # fmt: skip
TERMS = {
    "format": "overt-authority-1", "authority_id": "order-12", "case": "case-7", "device": "device-1",
    "device_key": PUBLIC.hex(), "accounts": ["kim"], "sources": ["screen-text"],
    "libraries": [{"id": "weapons", "condition": "3"}], "conditions": [{"number": "3", "text": "No weapons."}],
    "recipients": [{"key": OWN.public.hex(), "role": "case"}], "not_before": format_time(NOON),
    "not_after": format_time(NOON + timedelta(days=90)), "notice": "Monitored.", "issued_by": "A court",
    "contact": "01632 960000", "policy": "x = 1",
    "pictures": {
        "hashes": "seen",
        "prefilters": [{"id": "skin-colours", "act": "count", "percent": 50, "condition": "3"}],
    },
}  # fmt: skip
CONTEXT = {
    "format": "overt-envelope-1", "suite": "X25519-HKDF-SHA256-AES-256-GCM", "authority": DIGEST, "case": "case-7",
    "device": "device-1", "epoch": 0, "seq": 7, "prev": DIGEST, "time": format_time(NOON), "monotonic_ns": "12",
    "boot": "boot-1", "agent": "0.1.0", "libraries": DIGEST, "kind": "capture", "severity": 3, "group": "ab",
    "origin": "screen", "recipients": [{"key": key_id(OWN.public), "role": "case"}],
}  # fmt: skip
MANIFEST = {"commitment": DIGEST, "stanzas": DIGEST, "parts": [{"name": "meta", "size": 272, "sha256": DIGEST}]}
WITHDRAWAL = {
    "format": "overt-withdrawal-1", "authority": DIGEST, "withdrawn_at": format_time(NOON), "reason": "consent ended"
}  # fmt: skip
COVERED = CoverageRecord(
    NOON, NOON + timedelta(minutes=3), {State.WATCHED: (60, 60, 12), State.IDLE: (0, 0, 48)}, {"typed": (1, 2, 3)},
    {"badge-lost": (1, 1, 1)},
)  # fmt: skip
DESTROYED = Destruction("d-1", "case-7", "retention", "officer-1", NOON, [DestroyedRecord("device-1", 0, 7, DIGEST)])
SERVER = ServerIdentity("https://example.org:8443", "a certificate", PUBLIC, PUBLIC, "{}")
RECEIPT = Receipt("device-1", 0, 7, DIGEST, DIGEST, NOON)
LOCKED = LockedKey(b"\1" * 16, b"\2" * 12, b"\3" * 48, OWN.public)
PASSKEY = lock_with_passkey(OWN, b"\1" * 32, credential=b"\2" * 20, prf_salt=b"\3" * 32, entropy=ENTROPY)


@dataclass(frozen=True)
class Specimen:
    """A good document, and what reads its canonical form."""

    good: canonical.Value
    read: Callable[[bytes], object]


def signed(read: Callable[[bytes], object]) -> Callable[[bytes], object]:
    """Return a reader of payloads: each is signed first, as whoever has the key can."""
    return lambda payload: read(sign_statement(payload, KEY))


def decoded(data: bytes) -> canonical.Value:
    return canonical.decode(data, place="specimen", limit=2**20)


SPECIMENS = {
    "context": Specimen(CONTEXT, lambda data: parse_context(data + b"\n")),
    "manifest": Specimen(MANIFEST, lambda data: parse_manifest(data + b"\n")),
    "capture": Specimen(CAPTURE, CaptureRecord.from_bytes),
    "event": Specimen(decoded(EventRecord("badge-lost", "words", {"n": 1, "why": "x"}).to_bytes()), read_record),
    "coverage": Specimen(decoded(COVERED.to_bytes()), read_record),
    "terms": Specimen(TERMS, AuthorityTerms.from_bytes),
    "withdrawal": Specimen(WITHDRAWAL, signed(lambda file: check_withdrawal(file, issuer_key=PUBLIC))),
    "hand-over": Specimen(
        decoded(Handover("case-7", "device-1", PUBLIC, NOON, PUBLIC, SERVER).to_bytes()),
        signed(lambda file: read_handover(file, issuer_key=PUBLIC)),
    ),
    "destruction": Specimen(decoded(DESTROYED.to_bytes()), signed(lambda file: read_destruction(file, PUBLIC))),
    "receipt": Specimen(decoded(RECEIPT.to_bytes()), Receipt.from_bytes),
    "receipt on the wire": Specimen(decoded(sign_receipt(RECEIPT, KEY).to_wire()), SignedReceipt.from_wire),
    "statement": Specimen(decoded(sign_statement(b"{}", KEY)), lambda data: read_statement(data, place="statement")),
    "locked key": Specimen(decoded(LOCKED.to_bytes()), LockedKey.from_bytes),
    "passkey lock": Specimen(decoded(PASSKEY.to_bytes()), PasskeyLock.from_bytes),
}


def encoded(document: canonical.Value) -> bytes:
    """Return a document's canonical form."""
    return canonical.encode(document)

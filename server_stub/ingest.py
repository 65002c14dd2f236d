"""Takes a sealed record from a device: checks it without opening it, stores it durably, signs a receipt.

The steps, in the order of the code: 1 the request's signature and nonce, 2 the envelope's form, 3 its place, 4 its
signature and digests, 5 whether it is here already, 6 the chain, 7 the authority, 8 store, 9 receipt.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from evidence import envelope
from evidence.envelope import ParsedHead
from evidence.errors import EvidenceError, RequestError
from evidence.ledger import Break, BrokenChainError, ChainHead, follow, head_of
from evidence.receipt import Receipt, SignedReceipt, sign_receipt
from evidence.request import CLOCK_SKEW, SignedHeaders, VerifiedRequest, verify_request
from server_stub import alerts, audit, groups
from server_stub.audit import Outcome
from server_stub.blobs import Blobs
from server_stub.database import Database
from server_stub.errors import ConflictError, NotFoundError, SignInError, UnacceptableError
from server_stub.permission import check_permitted
from server_stub.rates import Caller, Rates
from server_stub.tables import Device, Nonce, Record, columns_of


@dataclass(frozen=True, slots=True)
class Place:
    """Where in which device's chain a record belongs."""

    device: str
    epoch: int
    seq: int

    def __str__(self) -> str:
        """Spell it as the audit record does."""
        return f"{self.device}/{self.epoch}/{self.seq}"


@dataclass(frozen=True, slots=True)
class Ingested:
    """A record that is stored. `new` is False where it had been stored before."""

    receipt: SignedReceipt
    new: bool


class Ingest:
    """The one way in for records."""

    def __init__(self, database: Database, blobs: Blobs, receipt_key: Ed25519PrivateKey, *, issuer_key: bytes) -> None:
        """Store in these, sign receipts with this key, believe authorities that `issuer_key` verifies."""
        self._database = database
        self._blobs = blobs
        self._receipt_key = receipt_key
        self._issuer_key = issuer_key

    def put(
        self,
        place: Place,
        data: bytes,
        *,
        digest: str,
        now: datetime,
        missing: int = 0,
        request: VerifiedRequest | None = None,
    ) -> Ingested:
        """Store a record whose request was verified. `digest` is the SHA-256 of `data` in hex.

        The nonce of `request` is used up in the transaction that stores the record: one wait for the disk, not two.
        The same request again finds the record here and gets the same receipt, which does no harm.

        `missing` is how many records before it the device says it cannot deliver any more, because they were damaged
        on its disk. Without these words a gap is refused; with them it is kept, and shows in the chain for ever.

        Raises UnacceptableError, ConflictError, NotFoundError, SignInError or StoreError; nothing is kept then.
        """
        head = _read(place, data)
        with self._database.reading() as session:
            device = session.execute(_DEVICE, {"device": place.device}).first()
            if device is None:
                raise NotFoundError("no such device")
            self._check(session, head, device.public_key, device.case_id, data)
            known = _existing(session, place, digest)
            if known is not None:
                return known
            _check_chain(session, place, head, missing)
        self._blobs.put(digest, data)
        receipt = self._receipt(place, head, digest, now)
        row = _columns(place, head, device.case_id, receipt, digest=digest, now=now)
        return self._record(place, head, row, missing, request)

    def _receipt(self, place: Place, head: ParsedHead, digest: str, now: datetime) -> SignedReceipt:
        receipt = Receipt(place.device, place.epoch, place.seq, digest, head.header_digest, now)
        return sign_receipt(receipt, self._receipt_key)

    def _check(self, session: Session, head: ParsedHead, public_key: bytes, case: str, data: bytes) -> None:
        fields = head.header.context.fields
        try:
            envelope.verify(head, public_key)
            envelope.verify_parts(head, data)
        except EvidenceError as problem:
            raise UnacceptableError(str(problem)) from None
        if fields.case != case:
            raise UnacceptableError("the record names another case than the device's")
        check_permitted(session, head.header.context, fields.device, issuer_key=self._issuer_key)

    def _record(
        self, place: Place, head: ParsedHead, row: Mapping[str, Any], missing: int, request: VerifiedRequest | None
    ) -> Ingested:
        def store(session: Session) -> None:
            if request is not None:
                use_up(session, request, now=row["received_at"])
            _check_chain(session, place, head, missing)
            if missing:
                _note_gap(session, place, missing, row["received_at"])
            session.execute(_INSERT_RECORD, row)
            groups.add_capture(session, row)
            alerts.raise_for(session, row)

        try:
            if missing:  # a declared gap is an entry of the audit chain, for which all writers take turns
                with self._database.writing() as session:
                    store(session)
            else:
                self._database.together(store, device=place.device)
        except IntegrityError:
            raise ConflictError("another request stored a record in this place at the same moment") from None
        return Ingested(SignedReceipt.from_wire(row["receipt"]), new=True)


class RequestGate:
    """Checks that a request comes from an enrolled device and was not seen before."""

    def __init__(self, database: Database, rates: Rates) -> None:
        """Know the devices of this database, and count what each asks."""
        self._database = database
        self._rates = rates

    def admit(
        self, method: str, path: str, body: bytes, headers: SignedHeaders, *, device: str, now: datetime
    ) -> VerifiedRequest:
        """Verify the signature and use up its nonce; raises SignInError."""
        request = self.verify(method, path, body, headers, device=device, now=now)
        self._database.together(lambda session: use_up(session, request, now=now), device=device)
        return request

    def verify(
        self, method: str, path: str, body: bytes, headers: SignedHeaders, *, device: str, now: datetime
    ) -> VerifiedRequest:
        """Verify the signature; whoever acts on the request calls `use_up`. Raises SignInError."""
        revoked = set[str]()

        def key_of(name: str) -> bytes | None:
            with self._database.reading() as session:
                found = session.execute(_DEVICE, {"device": name}).first()
            if found is None:
                return None
            if found.revoked_at is not None:
                revoked.add(name)
            return bytes(found.public_key)

        try:
            request = verify_request(method, path, body, headers, key_of=key_of, now=now)
        except RequestError as problem:
            raise SignInError(str(problem)) from None
        if request.device != device:
            raise SignInError("the request is signed by another device")
        if device in revoked:
            raise SignInError("this device was revoked: nothing is taken from it any more")
        self._rates.count(Caller.DEVICE, device)  # only now: nobody else can use a device's share up
        return request


def use_up(session: Session, request: VerifiedRequest, *, now: datetime) -> None:
    """Take a request's nonce out of circulation, in the transaction that acts on it; raises SignInError."""
    # It may come back until the last moment at which verify_request would take it.
    until = request.expires + CLOCK_SKEW
    if int.from_bytes(hashlib.sha256(request.nonce.encode()).digest()[:1]) < _SWEEP:
        session.execute(delete(Nonce).where(Nonce.device_id == request.device, Nonce.expires_at < now))
    wanted = {"device": request.device, "nonce": request.nonce}
    if session.execute(_NONCE, wanted).first() is not None:
        raise SignInError("this request was received before")
    row = {"device_id": request.device, "nonce": request.nonce, "expires_at": until}
    session.execute(_INSERT_NONCE, row)


def _note_gap(session: Session, place: Place, missing: int, now: datetime) -> None:
    what = f"{place.device}/{place.epoch}/{place.seq - missing}"
    audit.write(session, at=now, actor=place.device, action="gap-declared", subject=what, outcome=Outcome.DONE)


def _read(place: Place, data: bytes) -> ParsedHead:
    try:
        head = envelope.parse(data)
    except EvidenceError as problem:
        raise UnacceptableError(str(problem)) from None
    fields = head.header.context.fields
    if (fields.device, fields.epoch, fields.seq) != (place.device, place.epoch, place.seq):
        raise UnacceptableError("the record's header names another place than the address")
    return head


def _existing(session: Session, place: Place, digest: str) -> Ingested | None:
    found = session.execute(_AT, {"device": place.device, "epoch": place.epoch, "seq": place.seq}).first()
    if found is None:
        return None
    if found.digest != digest:
        raise ConflictError(f"record {place.epoch}/{place.seq} is here already and is another one")
    return Ingested(SignedReceipt.from_wire(found.receipt), new=False)


def _check_chain(session: Session, place: Place, head: ParsedHead, missing: int) -> None:
    last = session.execute(_LAST, {"device": place.device}).first()
    before = None if last is None else ChainHead(place.device, last.epoch, last.seq, last.header_digest)
    if before is not None and place.epoch == before.epoch + 1:
        before = None  # the device began a new chain: it is judged from its own beginning
    expected = 0 if before is None else before.next_seq
    try:
        follow(before, head.header)
    except BrokenChainError as broken:
        if broken.kind is Break.MISSING and missing == place.seq - expected:
            return
        raise ConflictError(str(broken), expected=expected) from None


def _columns(
    place: Place, head: ParsedHead, case: str, receipt: SignedReceipt, *, digest: str, now: datetime
) -> dict[str, Any]:
    fields = head.header.context.fields
    return {
        "device_id": place.device,
        "epoch": place.epoch,
        "seq": place.seq,
        "case_id": case,
        "kind": fields.kind.value,
        "severity": fields.severity,
        "fold_group": fields.group,
        "origin": fields.origin.value,
        "recorded_at": fields.time,
        "received_at": now,
        "digest": digest,
        "header_digest": head_of(head.header).digest,
        "head_length": head.length,
        "receipt": receipt.to_wire(),
    }


# Plain statements, made once: every record that comes in runs them.
_of_device = Record.device_id == bindparam("device")
_DEVICE = select(Device.public_key, Device.case_id, Device.revoked_at).where(Device.id == bindparam("device"))
_AT = select(Record.digest, Record.receipt).where(
    _of_device, Record.epoch == bindparam("epoch"), Record.seq == bindparam("seq")
)
_LAST = (
    select(Record.epoch, Record.seq, Record.header_digest)
    .where(_of_device)
    .order_by(Record.epoch.desc(), Record.seq.desc())
    .limit(1)
)
_NONCE = select(Nonce.nonce).where(Nonce.device_id == bindparam("device"), Nonce.nonce == bindparam("nonce"))
_INSERT_RECORD, _INSERT_NONCE = insert(columns_of(Record)), insert(columns_of(Nonce))
_SWEEP = 8
"""Of 256 requests so many take away what is older than any request may be."""

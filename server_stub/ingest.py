"""Takes a sealed record from a device: checks it without opening it, stores it durably, signs a receipt.

The steps, in the order of the code: 1 the request's signature and nonce, 2 the envelope's form, 3 its place, 4 its
signature and digests, 5 whether it is here already, 6 the chain, 7 the authority, 8 store, 9 receipt.
"""

from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import ColumnElement, and_, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from evidence import envelope
from evidence.envelope import ParsedHead
from evidence.errors import EvidenceError, RequestError
from evidence.ledger import Break, BrokenChainError, ChainHead, follow, head_of
from evidence.receipt import Receipt, SignedReceipt, sign_receipt
from evidence.request import CLOCK_SKEW, SignedHeaders, VerifiedRequest, verify_request
from server_stub import audit, groups
from server_stub.audit import Outcome
from server_stub.blobs import Blobs
from server_stub.database import Database
from server_stub.errors import ConflictError, NotFoundError, SignInError, UnacceptableError
from server_stub.permission import check_permitted
from server_stub.tables import Device, Nonce, Record


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

    def put(self, place: Place, data: bytes, *, digest: str, now: datetime, missing: int = 0) -> Ingested:
        """Store a record whose request was verified. `digest` is the SHA-256 of `data` in hex.

        `missing` is how many records before it the device says it cannot deliver any more, because they were damaged
        on its disk. Without these words a gap is refused; with them it is kept, and shows in the chain for ever.

        Raises UnacceptableError, ConflictError, NotFoundError or StoreError; nothing is kept then.
        """
        head = _read(place, data)
        with self._database.reading() as session:
            device = session.get(Device, place.device)
            if device is None:
                raise NotFoundError("no such device")
            self._check(session, head, device, data)
            known = _existing(session, place, digest)
            if known is not None:
                return known
            _check_chain(session, place, head, missing)
        self._blobs.put(digest, data)
        return self._record(place, head, device.case_id, digest, now, missing)

    def _check(self, session: Session, head: ParsedHead, device: Device, data: bytes) -> None:
        fields = head.header.context.fields
        try:
            envelope.verify(head, device.public_key)
            envelope.verify_parts(head, data)
        except EvidenceError as problem:
            raise UnacceptableError(str(problem)) from None
        if fields.case != device.case_id:
            raise UnacceptableError("the record names another case than the device's")
        check_permitted(session, head.header.context, device, issuer_key=self._issuer_key)

    def _record(self, place: Place, head: ParsedHead, case: str, digest: str, now: datetime, missing: int) -> Ingested:
        receipt = sign_receipt(
            Receipt(place.device, place.epoch, place.seq, digest, head.header_digest, now), self._receipt_key
        )
        try:
            with self._database.writing() as session:
                _check_chain(session, place, head, missing)
                if missing:
                    what = f"{place.device}/{place.epoch}/{place.seq - missing}"
                    audit.write(
                        session, at=now, actor=place.device, action="gap-declared", subject=what, outcome=Outcome.DONE
                    )
                row = _row(place, head, case, receipt, digest=digest, now=now)
                session.add(row)
                groups.add_capture(session, row)
        except IntegrityError:
            raise ConflictError("another request stored a record in this place at the same moment") from None
        return Ingested(receipt, new=True)


class RequestGate:
    """Checks that a request comes from an enrolled device and was not seen before."""

    def __init__(self, database: Database) -> None:
        """Know the devices of this database."""
        self._database = database

    def admit(
        self, method: str, path: str, body: bytes, headers: SignedHeaders, *, device: str, now: datetime
    ) -> VerifiedRequest:
        """Verify the signature and use up its nonce; raises SignInError."""
        revoked = set[str]()

        def key_of(name: str) -> bytes | None:
            with self._database.reading() as session:
                found = session.get(Device, name)
            if found is not None and found.revoked_at is not None:
                revoked.add(name)
            return None if found is None else found.public_key

        try:
            request = verify_request(method, path, body, headers, key_of=key_of, now=now)
        except RequestError as problem:
            raise SignInError(str(problem)) from None
        if request.device != device:
            raise SignInError("the request is signed by another device")
        if device in revoked:
            raise SignInError("this device was revoked: nothing is taken from it any more")
        try:
            with self._database.writing() as session:
                session.execute(delete(Nonce).where(Nonce.expires_at < now))
                # It may come back until the last moment at which verify_request would take it.
                session.add(Nonce(device_id=device, nonce=request.nonce, expires_at=request.expires + CLOCK_SKEW))
        except IntegrityError:
            raise SignInError("this request was received before") from None
        return request


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
    found = session.scalars(select(Record).where(_at(place))).first()
    if found is None:
        return None
    if found.digest != digest:
        raise ConflictError(f"record {place.epoch}/{place.seq} is here already and is another one")
    return Ingested(SignedReceipt.from_wire(found.receipt), new=False)


def _check_chain(session: Session, place: Place, head: ParsedHead, missing: int) -> None:
    last = session.scalars(
        select(Record).where(Record.device_id == place.device).order_by(Record.epoch.desc(), Record.seq.desc()).limit(1)
    ).first()
    before = None if last is None else ChainHead(last.device_id, last.epoch, last.seq, last.header_digest)
    if before is not None and place.epoch == before.epoch + 1:
        before = None  # the device began a new chain: it is judged from its own beginning
    expected = 0 if before is None else before.next_seq
    try:
        follow(before, head.header)
    except BrokenChainError as broken:
        if broken.kind is Break.MISSING and missing == place.seq - expected:
            return
        raise ConflictError(str(broken), expected=expected) from None


def _row(place: Place, head: ParsedHead, case: str, receipt: SignedReceipt, *, digest: str, now: datetime) -> Record:
    fields = head.header.context.fields
    return Record(
        device_id=place.device,
        epoch=place.epoch,
        seq=place.seq,
        case_id=case,
        kind=fields.kind.value,
        severity=fields.severity,
        fold_group=fields.group,
        origin=fields.origin.value,
        recorded_at=fields.time,
        received_at=now,
        digest=digest,
        header_digest=head_of(head.header).digest,
        head_length=head.length,
        receipt=receipt.to_wire(),
    )


def _at(place: Place) -> ColumnElement[bool]:
    return and_(Record.device_id == place.device, Record.epoch == place.epoch, Record.seq == place.seq)

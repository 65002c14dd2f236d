"""Takes a sealed record from a device: checks it without opening it, stores it durably, signs a receipt.

The steps, in the order of the code: 1 the request's signature and nonce, 2 the envelope's form, 3 its place, 4 its
signature and digests, 5 whether it is here already, 6 the chain, 7 the authority, 8 store, 9 receipt.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, bindparam, delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from evidence import envelope
from evidence.envelope import ParsedHead
from evidence.errors import EvidenceError, RequestError, SignatureError
from evidence.keys import check_signature, verifying_key
from evidence.ledger import Break, BrokenChainError, ChainHead, follow, head_of
from evidence.receipt import Receipt, SignedReceipt, sign_receipt
from evidence.request import CLOCK_SKEW, SignedHeaders, VerifiedRequest, verify_request
from server_stub import alerts, audit, groups
from server_stub.audit import Outcome
from server_stub.blobs import Blobs
from server_stub.database import Database
from server_stub.errors import ConflictError, MovedError, NotFoundError, SignInError, UnacceptableError
from server_stub.group_commit import GroupCommit
from server_stub.permission import check_permitted
from server_stub.place import Place
from server_stub.rates import Caller, Rates
from server_stub.tables import Device, Nonce, Record, columns_of


@dataclass(frozen=True, slots=True)
class Ingested:
    """A record that is stored. `new` is False where it had been stored before."""

    receipt: bytes
    """The signed receipt, as it goes to the device."""
    new: bool


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A record whose envelope is on the disk, and what is left to be written: its row."""

    place: Place
    head: ParsedHead
    digest: str
    row: Mapping[str, Any]
    missing: int
    request: VerifiedRequest | None


class Ingest:
    """The one way in for records."""

    def __init__(self, database: Database, blobs: Blobs, receipt_key: Ed25519PrivateKey, *, issuer_key: bytes) -> None:
        """Store in these, sign receipts with this key, believe authorities that `issuer_key` verifies."""
        self._database = database
        self._blobs = blobs
        self._receipt_key = receipt_key
        self._receipt_public = verifying_key(receipt_key)
        self._issuer_key = issuer_key
        self._rows = GroupCommit(database, together=_store_all, alone=_store, device_of=lambda one: one.place.device)

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
        with self._database.looking() as connection:
            found = connection.execute(_PLACE, {"device": place.device, "epoch": place.epoch, "seq": place.seq}).first()
            if found is None:
                raise NotFoundError("no such device")
            self._check(connection, head, found.public_key, found.case_id, data)
        known = _known(found, place, digest)
        if known is not None:
            return self._answer_for(known, place, digest, found.header_digest, now)
        _check_chain(_head_in(found), place, head, missing)
        self._blobs.put(digest, data)
        receipt = self._receipt(place, head, digest, now)
        row = _columns(place, head, found.case_id, receipt, digest=digest, now=now)
        return self._record(_Arrival(place, head, digest, row, missing, request))

    def _answer_for(self, known: Ingested, place: Place, digest: str, header: str, now: datetime) -> Ingested:
        """Return this server's own word for a record that came with its case from another server."""
        signed = SignedReceipt.from_wire(known.receipt)
        try:
            check_signature(self._receipt_public, signed.signature, signed.receipt, what="receipt")
        except SignatureError:  # the device, which never had the answer, believes this server now
            receipt = Receipt(place.device, place.epoch, place.seq, digest, header, now)
            return Ingested(sign_receipt(receipt, self._receipt_key).to_wire(), new=False)
        return known

    def _receipt(self, place: Place, head: ParsedHead, digest: str, now: datetime) -> SignedReceipt:
        receipt = Receipt(place.device, place.epoch, place.seq, digest, head.header_digest, now)
        return sign_receipt(receipt, self._receipt_key)

    def _check(self, connection: Connection, head: ParsedHead, public_key: bytes, case: str, data: bytes) -> None:
        fields = head.header.context.fields
        try:
            envelope.verify(head, public_key)
            envelope.verify_parts(head, data)
        except EvidenceError as problem:
            raise UnacceptableError(str(problem)) from None
        if fields.case != case:
            raise UnacceptableError("the record names another case than the device's")
        check_permitted(connection, head.header.context, fields.device, issuer_key=self._issuer_key)

    def _record(self, arrival: _Arrival) -> Ingested:
        try:
            if not arrival.missing:
                return self._rows.do(arrival)
            # A declared gap is an entry of the audit chain, for which all writers take turns.
            with self._database.writing() as session:
                stored = _store(session.connection(), arrival)
                if stored.new:
                    _note_gap(session, arrival.place, arrival.missing, arrival.row["received_at"])
                return stored
        except IntegrityError:
            raise ConflictError("another request stored a record in this place at the same moment") from None


def _store_all(connection: Connection, arrivals: Sequence[_Arrival]) -> list[Ingested]:
    """Write the rows of many records; raises where one of them cannot be: then nothing of it is kept."""
    devices = sorted({one.place.device for one in arrivals})
    heads = {row.device: _head_in(row) for row in connection.execute(_LAST, {"devices": devices})}
    for one in arrivals:
        _check_chain(heads[one.place.device], one.place, one.head, one.missing)
        heads[one.place.device] = head_of(one.head.header)
    _use_up_all(connection, [(one.request, one.row["received_at"]) for one in arrivals if one.request is not None])
    rows = [one.row for one in arrivals]
    connection.execute(_INSERT_RECORD, rows)
    groups.add_captures(connection, rows)
    alerts.raise_for_all(connection, rows)
    return [Ingested(one.row["receipt"], new=True) for one in arrivals]


def _store(connection: Connection, arrival: _Arrival) -> Ingested:
    """Write the row of one record, after everything that can be wrong with it by now was looked at."""
    if arrival.request is not None:
        require_unused(connection, arrival.request)
    place = arrival.place
    found = connection.execute(_PLACE, {"device": place.device, "epoch": place.epoch, "seq": place.seq}).one()
    known = _known(found, place, arrival.digest)  # the same record may have come twice at the same moment
    return known if known is not None else _store_all(connection, [arrival])[0]


class RequestGate:
    """Checks that a request comes from an enrolled device and was not seen before."""

    def __init__(self, database: Database, rates: Rates) -> None:
        """Know the devices of this database, and count what each asks."""
        self._database = database
        self._rates = rates
        self._nonces = GroupCommit(database, together=_admit_all, alone=_admit, device_of=lambda one: one[0].device)

    def admit(
        self, method: str, path: str, body: bytes, headers: SignedHeaders, *, device: str, now: datetime,
        moved: bool = False,
    ) -> VerifiedRequest:  # fmt: skip
        """Verify the signature and use up its nonce; raises SignInError, or MovedError unless `moved` is allowed."""
        request = self.verify(method, path, body, headers, device=device, now=now, moved=moved)
        return self._nonces.do((request, now))

    def verify(
        self, method: str, path: str, body: bytes, headers: SignedHeaders, *, device: str, now: datetime,
        moved: bool = False,
    ) -> VerifiedRequest:  # fmt: skip
        """Verify the signature; whoever acts on the request uses its nonce up. Raises SignInError, or MovedError.

        `moved`: a device that reports to another server now may ask this.
        """
        revoked, gone = set[str](), set[str]()

        def key_of(name: str) -> bytes | None:
            with self._database.looking() as connection:
                found = connection.execute(_DEVICE, {"device": name}).first()
            if found is None:
                return None
            if found.revoked_at is not None:
                revoked.add(name)
            if found.moved_at is not None:
                gone.add(name)
            return bytes(found.public_key)

        try:
            request = verify_request(method, path, body, headers, key_of=key_of, now=now)
        except RequestError as problem:
            raise SignInError(str(problem)) from None
        if request.device != device:
            raise SignInError("the request is signed by another device")
        if device in revoked:
            raise SignInError("this device was revoked: nothing is taken from it any more")
        if device in gone and not moved:
            raise MovedError("moved: this device reports to another server now")
        self._rates.count(Caller.DEVICE, device)  # only now: nobody else can use a device's share up
        return request


_Used = tuple[VerifiedRequest, datetime]
"""A request whose nonce is used up at a moment."""


def _admit_all(connection: Connection, used: Sequence[_Used]) -> list[VerifiedRequest]:
    _use_up_all(connection, used)
    return [request for request, _ in used]


def _admit(connection: Connection, used: _Used) -> VerifiedRequest:
    require_unused(connection, used[0])
    return _admit_all(connection, [used])[0]


def require_unused(connection: Connection, request: VerifiedRequest) -> None:
    """Raise SignInError for a request that was received before."""
    wanted = {"device": request.device, "nonce": request.nonce}
    if connection.execute(_NONCE, wanted).first() is not None:
        raise SignInError("this request was received before")


def _use_up_all(connection: Connection, used: Iterable[_Used]) -> None:
    """Take nonces out of circulation, in the transaction that acts on the requests; IntegrityError for a used one."""
    rows = []
    for request, now in used:
        if int.from_bytes(hashlib.sha256(request.nonce.encode()).digest()[:1]) < _SWEEP:
            connection.execute(_DELETE_NONCES, {"device": request.device, "now": now})
        # It may come back until the last moment at which verify_request would take it.
        until = request.expires + CLOCK_SKEW
        rows.append({"device_id": request.device, "nonce": request.nonce, "expires_at": until})
    if rows:
        connection.execute(_INSERT_NONCE, rows)


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


def _known(found: Any, place: Place, digest: str) -> Ingested | None:
    """Return the receipt of a record that is here already; `found` is a row of _PLACE."""
    if found.digest is None:
        return None
    if found.digest != digest:
        raise ConflictError(f"record {place.epoch}/{place.seq} is here already and is another one")
    return Ingested(found.receipt, new=False)


def _head_in(found: Any) -> ChainHead | None:
    """Return the device's last record out of a row of _PLACE or _LAST; None where it has none.

    Raises ConflictError while its case is being handed over to another server.
    """
    if found.given_at is not None:
        raise ConflictError("this case is being handed over to another server: nothing is taken here meanwhile")
    if found.last_seq is None:
        return None
    return ChainHead(found.device, found.last_epoch, found.last_seq, found.last_digest)


def _check_chain(before: ChainHead | None, place: Place, head: ParsedHead, missing: int) -> None:
    """Raise ConflictError for a record that does not come next after the device's last one."""
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
_DEVICE = select(Device.public_key, Device.revoked_at, Device.moved_at).where(Device.id == bindparam("device"))
_last, _at, _any = aliased(Record), aliased(Record), aliased(Record)
_newest = (
    select(_any.id).where(_any.device_id == Device.id).order_by(_any.epoch.desc(), _any.seq.desc()).limit(1)
).scalar_subquery()
_LAST = (
    select(
        Device.id.label("device"),
        Device.given_at,
        _last.epoch.label("last_epoch"),
        _last.seq.label("last_seq"),
        _last.header_digest.label("last_digest"),
    )
    .select_from(Device)
    .join(_last, _last.id == _newest, isouter=True)
    .where(Device.id.in_(bindparam("devices", expanding=True)))
)
"""The last record of each of some devices."""
_here = (_at.device_id == Device.id) & (_at.epoch == bindparam("epoch")) & (_at.seq == bindparam("seq"))
_PLACE = (
    select(
        Device.id.label("device"),
        Device.public_key,
        Device.case_id,
        Device.given_at,
        _at.digest,
        _at.header_digest,
        _at.receipt,
        _last.epoch.label("last_epoch"),
        _last.seq.label("last_seq"),
        _last.header_digest.label("last_digest"),
    )
    .select_from(Device)
    .join(_last, _last.id == _newest, isouter=True)
    .join(_at, _here, isouter=True)
    .where(Device.id == bindparam("device"))
)
"""A device, its last record, and the record that is in a place already: one question for all that a record needs."""
_NONCE = select(Nonce.nonce).where(Nonce.device_id == bindparam("device"), Nonce.nonce == bindparam("nonce"))
_DELETE_NONCES = delete(columns_of(Nonce)).where(
    columns_of(Nonce).c.device_id == bindparam("device"), columns_of(Nonce).c.expires_at < bindparam("now")
)
_INSERT_RECORD, _INSERT_NONCE = insert(columns_of(Record)), insert(columns_of(Nonce))
_SWEEP = 8
"""Of 256 requests so many take away what is older than any request may be."""

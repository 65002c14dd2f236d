"""Gives a case away: its keys are sealed to the invited officers, its devices are handed over, a parcel is written.

From the moment in which the case is given, this server takes nothing from its devices: the parcel holds their chains to
the end. `prepare` copies most envelopes before, so that this time is short. Broken off anywhere, it is run again.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from evidence.handover import Handover, sign_handover
from evidence.keys import LockedKey, OpeningKey, unlock_officer_key, unwrap_case_key, verifying_key, wrap_case_key
from evidence.statement import sign_statement
from evidence.suite import Suite
from server_stub import approvals, audit, checkpoints
from server_stub.accounts import MACHINE, find_officer
from server_stub.approvals import Kind, Wish
from server_stub.audit import Outcome
from server_stub.blobs_folder import BlobFolder
from server_stub.errors import NotFoundError, StoreError, UnacceptableError
from server_stub.server import Server
from server_stub.tables import (
    AuthorityFile,
    Case,
    CaseWrap,
    Departure,
    Device,
    FormerServer,
    HandoverFile,
    Preparation,
    Record,
)
from server_stub.transfer import rows
from server_stub.transfer.invitation import Invitation, fingerprint, identity_of, read_invitation
from server_stub.transfer.parcel import Parcel, ParcelFolder, SealedKey, digest_of
from server_stub.transfer.standing import former_count

Progress = Callable[[int, int], None]
"""Told after each envelope how many are done, of how many."""


@dataclass(frozen=True, slots=True)
class Giver:
    """Who gives: an officer of the case, by passphrase, and the issuer, by key."""

    officer: str
    passphrase: str
    issuing_key: Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class Given:
    """What was written. `fingerprint` is read out to the receiving agency."""

    fingerprint: str
    records: int
    devices: tuple[str, ...]


def asked_for(case: str, invitation: bytes, invited: Invitation) -> Wish:
    """Return what a second person has to approve before a case is given to who invited."""
    details = approvals.parcel_details(
        Kind.TRANSFER, case, hashlib.sha256(invitation).hexdigest(),
        address=invited.server.address, fingerprint=fingerprint(invitation),
    )  # fmt: skip
    return Wish(Kind.TRANSFER, case, details, "")


def foreign_invitation(server: Server, invitation: bytes, *, now: datetime) -> Invitation:
    """Read another server's invitation; raises as `read_invitation`, and UnacceptableError for one of our own."""
    invited = read_invitation(invitation, now=now)
    if invited.server.receipt_key == verifying_key(server.folder.receipt_key()):
        raise UnacceptableError("this invitation was made by this very server")
    return invited


def prepare(server: Server, case: str, folder: ParcelFolder, progress: Progress, *, now: datetime) -> int:
    """Copy the envelopes that are here so far; the case stays here. Return how many. Raises NotFoundError."""
    with server.database.reading() as session:
        if session.get(Case, case) is None:
            raise NotFoundError(f"there is no case {case}")
    count = _copy_envelopes(server, case, folder, progress)
    with server.database.writing() as session:
        session.merge(Preparation(case_id=case, prepared_at=now, envelopes=count))
        audit.write(session, at=now, actor=MACHINE, action="prepare-transfer", subject=case, outcome=Outcome.DONE)
    return count


def give(
    server: Server,
    case: str,
    invitation: bytes,
    folder: ParcelFolder,
    *,
    giver: Giver,
    now: datetime,
    progress: Progress,
    request: str | None = None,
) -> Given:
    """Give a case to who invited, and write the parcel; return its fingerprint.

    Raises:
        NotFoundError: no such case, or the officer is not on it.
        UnacceptableError: it was given to somebody else, its keys were destroyed, the issuing key is another server's,
            or four eyes are needed and `request` is no approved request for exactly this.
        evidence.errors.PassphraseError: wrong passphrase.
        StoreError: an envelope is missing or damaged; run it again when that is mended.
    """
    invited = foreign_invitation(server, invitation, now=now)
    if verifying_key(giver.issuing_key) != server.folder.issuer_key():
        raise UnacceptableError("this is not the issuing key that the devices of this server trust")
    with server.database.writing() as session:
        keys = _sealed_keys(session, case, giver, invited)
        officer = find_officer(session, giver.officer).id
        given_at = _hand_over(session, server, case, invitation, invited, giver, officer, now, request)
    records = _copy_envelopes(server, case, folder, progress)
    parcel = _write(server, case, invitation, folder, keys, given_at, records)
    with server.database.reading() as session:
        devices = session.scalars(select(Device.id).where(Device.case_id == case, Device.given_at.is_not(None)))
        return Given(fingerprint(parcel), records, tuple(devices))


def _sealed_keys(session: Session, case: str, giver: Giver, invited: Invitation) -> tuple[SealedKey, ...]:
    """Open every key of the case with the officer's, and seal it to each receiver and to the recovery key."""
    officer = find_officer(session, giver.officer)
    query = select(CaseWrap).where(CaseWrap.case_id == case, CaseWrap.officer_id == officer.id)
    wraps = session.scalars(query.order_by(CaseWrap.epoch)).all()
    if not wraps:
        raise NotFoundError(f"{giver.officer} is no officer of case {case}")
    own = unlock_officer_key(LockedKey.from_bytes(officer.locked_key), giver.passphrase)
    receivers = [(one.officer, one.public_key) for one in invited.officers] + [("", invited.recovery_key)]
    sealed = []
    for row in wraps:
        key = unwrap_case_key(row.wrap, own, case=case, epoch=row.epoch, suite=Suite(row.suite))
        sealed += [_seal(key, name, public, case, row.epoch) for name, public in receivers]
    return tuple(sealed)


def _seal(key: OpeningKey, officer: str, public: bytes, case: str, epoch: int) -> SealedKey:
    return SealedKey(officer, epoch, key.suite, wrap_case_key(key, public, case=case, epoch=epoch))


def _hand_over(
    session: Session, server: Server, case: str, invitation: bytes, invited: Invitation, giver: Giver, officer: str,
    now: datetime, request: str | None,
) -> datetime:  # fmt: skip
    """Freeze the case's devices and sign a hand-over for each; done before to the same server, nothing is changed."""
    standing = session.get(Departure, case)
    if standing is not None:
        if standing.invitation != invitation:
            raise UnacceptableError(
                f"case {case} was given to another server already",
                hint="overt server case transfer undo takes it back while no device has moved.",
            )
        return standing.given_at
    if session.get_one(Case, case).shredded_at is not None:
        raise UnacceptableError(f"the keys of case {case} were destroyed: nobody could open anything of it")
    approvals.spend(session, request, asked_for(case, invitation, invited), at=now)
    receipt_key = verifying_key(server.folder.receipt_key())
    for device in session.scalars(select(Device).where(Device.case_id == case, Device.revoked_at.is_(None))):
        word = Handover(case, device.id, device.public_key, now, receipt_key, invited.server)
        device.given_at, device.moved_at = now, None
        file = sign_handover(word, giver.issuing_key)
        session.merge(HandoverFile(device_id=device.id, number=former_count(session, case), file=file))
    session.execute(delete(Preparation).where(Preparation.case_id == case))
    session.add(Departure(case_id=case, invitation=invitation, given_at=now, by_id=officer))
    subject = f"{case} {invited.invitation}"
    audit.write(session, at=now, actor=officer, action="give-case-away", subject=subject, outcome=Outcome.DONE)
    return now


def _copy_envelopes(server: Server, case: str, folder: ParcelFolder, progress: Progress) -> int:
    target = BlobFolder(folder.blobs)
    with server.database.reading() as session:
        query = select(Record.digest).where(Record.case_id == case, Record.tombstone.is_(None))
        digests = list(session.scalars(query.order_by(Record.id)))
        query = select(Record.digest).where(Record.case_id == case, Record.tombstone.is_not(None))
        destroyed = session.scalars(query).all()
    for digest in destroyed:  # copied by an earlier run, and destroyed since: it may not travel on
        target.delete(digest)
    for number, digest in enumerate(digests, 1):
        if not target.holds(digest):
            data = server.blobs.read(digest)
            if hashlib.sha256(data).hexdigest() != digest:
                raise StoreError(f"envelope {digest[:16]} is damaged: its bytes are not those that were stored")
            target.put(digest, data)
        progress(number, len(digests))
    return len(digests)


def _write(
    server: Server, case: str, invitation: bytes, folder: ParcelFolder, keys: tuple[SealedKey, ...],
    given_at: datetime, records: int,
) -> bytes:  # fmt: skip
    folder.list_file.unlink(missing_ok=True)  # a list of an earlier run does not fit what is written now
    folder.invitation_file.write_bytes(invitation)
    own = identity_of(server.folder)
    with server.database.reading() as session, folder.rows_file.open("wb") as file:
        found = session.get_one(Case, case)
        for table, row in rows.of_case(session, case):
            file.write(rows.spell(table, _as_seen_from_elsewhere(table, row, own.issuer_key)))
        number = former_count(session, case)
        itself = {"case_id": case, "number": number, "address": own.address}
        itself |= {"issuer_key": own.issuer_key, "receipt_key": own.receipt_key}
        file.write(rows.spell(FormerServer.__tablename__, itself))
        devices = list(session.scalars(select(Device.id).where(Device.case_id == case)))
        parcel = Parcel(
            case, found.public_key, found.key_epoch, found.created_at, hashlib.sha256(invitation).hexdigest(), given_at,
            own.address, own.issuer_key, own.receipt_key, "", records, keys, _copy_checkpoints(server, devices, folder),
        )  # fmt: skip
    signed = sign_statement(replace(parcel, rows=digest_of(folder.rows_file)).to_bytes(), server.folder.receipt_key())
    folder.list_file.write_bytes(signed)
    return signed


def _as_seen_from_elsewhere(table: str, row: rows.Row, issuer_key: bytes) -> rows.Row:
    """Name this server's issuer where a row leaves it out, and leave out what is this server's own affair."""
    if table == AuthorityFile.__tablename__:
        return row | {"issuer_key": row["issuer_key"] or issuer_key}
    if table == Device.__tablename__:
        return row | {"given_at": None, "moved_at": None}
    return row


def _copy_checkpoints(server: Server, devices: list[str], folder: ParcelFolder) -> tuple[tuple[str, str], ...]:
    files = []
    for device in devices:
        for file, content in sorted(checkpoints.files_of(server.database, device).items()):
            name = f"{device}/{file}"
            target = folder.checkpoints / name
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            target.write_bytes(content)
            files.append((name, digest_of(target)))
    return tuple(files)

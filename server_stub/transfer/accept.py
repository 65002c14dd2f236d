"""Takes a case from another server: everything in the parcel is checked, its rows become this server's, and the case
gets a new key, so that the officers who had it before open nothing that is captured from now on.

The steps, in the order of the code: 1 the list and the invitation, 2 rows and files as they were signed, 3 each
envelope by its digest, 4 in one transaction the rows, each record by its device's signature and its receipt, 5 the
keys, 6 a checkpoint. Broken off before the transaction, it is simply run again; after it, the case is here.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from evidence.keys import Entropy, LockedKey, verifying_key
from evidence.statement import read_statement
from server_stub import approvals, audit, checkpoints, retention
from server_stub.accounts import MACHINE, find_officer
from server_stub.approvals import Kind, Wish
from server_stub.audit import Outcome
from server_stub.blobs_folder import BlobFolder
from server_stub.cases import rotate_in
from server_stub.errors import StoreError, UnacceptableError
from server_stub.server import Server
from server_stub.tables import Arrival, Case, CaseWrap, Departure, Device, RecoveryWrap
from server_stub.tables import Invitation as OwnInvitation
from server_stub.transfer import rows
from server_stub.transfer.give import Progress
from server_stub.transfer.invitation import Invitation, fingerprint, read_invitation
from server_stub.transfer.parcel import Parcel, ParcelFolder, digest_of, keys_for, read_parcel
from server_stub.transfer.rows_in import RowsIn


@dataclass(frozen=True, slots=True)
class Accepted:
    """A case that is here now. `devices` need an authority of this server before they come."""

    case: str
    records: int
    devices: tuple[str, ...]
    officers: tuple[str, ...]


def asked_for(signed: bytes, parcel: Parcel) -> Wish:
    """Return what a second person has to approve before a parcel, by its signed list, is accepted."""
    digest = hashlib.sha256(signed).hexdigest()
    details = approvals.parcel_details(
        Kind.ARRIVAL, parcel.case, digest, address=parcel.address, fingerprint=fingerprint(signed)
    )
    return Wish(Kind.ARRIVAL, digest, details, "")


def accept(
    server: Server,
    folder: ParcelFolder,
    *,
    now: datetime,
    entropy: Entropy,
    progress: Progress,
    request: str | None = None,
) -> Accepted:
    """Take the case of a parcel whose fingerprint was compared.

    Raises:
        SetupError: no finished parcel.
        UnacceptableError: it answers no invitation of this server, is not as it was signed, or is here already; or four
            eyes are needed and `request` is no approval of this parcel.
        StoreError: an envelope is missing or damaged.
        evidence.errors.EvidenceError: a signature does not hold.
    """
    signed = folder.read_list()
    parcel, invited = read_parcel(signed), _own_invitation(server, folder, now)
    _check_files(folder, parcel)
    _take_envelopes(server, folder, progress)
    with server.database.writing() as session:
        returned = _make_room(session, parcel)
        approvals.spend(session, request, asked_for(signed, parcel), at=now)
        taken = RowsIn(session, server.blobs, parcel, own_issuer=server.folder.issuer_key(), returned=returned, now=now)
        taken.take_all(_read_rows(folder))
        taken.check_handovers(verifying_key(server.folder.receipt_key()))
        names = _take_keys(session, parcel, invited)
        session.flush()
        rotate_in(session, parcel.case, now=now, entropy=entropy)
        retention.carry_on(session, parcel.case, now=now)
        digest = hashlib.sha256(signed).hexdigest()
        arrival = Arrival(
            case_id=parcel.case, parcel=digest, address=parcel.address, accepted_at=now, returned=returned
        )
        session.merge(arrival)
        answered = update(OwnInvitation).where(OwnInvitation.digest == parcel.invitation)
        session.execute(answered.values(answered=parcel.case))
        subject = f"{parcel.case} {digest[:32]}"
        audit.write(session, at=now, actor=MACHINE, action="accept-case", subject=subject, outcome=Outcome.DONE)
        devices = taken.devices_in_use
    _take_checkpoints(server, folder, parcel, now)
    return Accepted(parcel.case, taken.records, devices, names)


def _own_invitation(server: Server, folder: ParcelFolder, now: datetime) -> Invitation:
    file = folder.invitation_file.read_bytes()
    read_statement(file, place="invitation").check(verifying_key(server.folder.receipt_key()), what="invitation")
    parcel = read_parcel(folder.read_list())
    if hashlib.sha256(file).hexdigest() != parcel.invitation:
        raise UnacceptableError("the parcel was made for another invitation than the one that lies in it")
    return read_invitation(file, now=min(now, parcel.given_at))  # it was good when the case was given


def _check_files(folder: ParcelFolder, parcel: Parcel) -> None:
    if digest_of(folder.rows_file) != parcel.rows:
        raise UnacceptableError("the rows in the parcel are not those that were signed")
    for name, digest in parcel.files:
        path = folder.checkpoints / name
        if ".." in Path(name).parts or Path(name).is_absolute() or not path.is_file() or digest_of(path) != digest:
            raise UnacceptableError(f"the file {name} in the parcel is not the one that was signed")


def _read_rows(folder: ParcelFolder) -> Iterator[tuple[str, rows.Row]]:
    with folder.rows_file.open("rb") as file:
        yield from rows.read(iter(lambda: file.readline(rows.LONGEST_LINE), b""))


def _take_envelopes(server: Server, folder: ParcelFolder, progress: Progress) -> None:
    source = BlobFolder(folder.blobs)
    wanted = [row["digest"] for table, row in _read_rows(folder) if table == "records" and row["tombstone"] is None]
    for number, digest in enumerate(wanted, 1):
        data = source.read(digest)
        if hashlib.sha256(data).hexdigest() != digest:
            raise StoreError(f"envelope {digest[:16]} is damaged: its bytes are not those that were stored")
        server.blobs.put(digest, data)
        progress(number, len(wanted))


def _make_room(session: Session, parcel: Parcel) -> bool:
    """Make the case, or take it up again where it had been given away; return whether it had been here before."""
    found = session.get(Case, parcel.case)
    if found is None:
        session.add(
            Case(
                id=parcel.case,
                public_key=parcel.public_key,
                key_epoch=parcel.key_epoch,
                created_at=parcel.created_at,
            )
        )
        session.flush()
        return False
    if session.get(Departure, parcel.case) is None:
        raise UnacceptableError(f"case {parcel.case} is here already")
    session.execute(delete(Departure).where(Departure.case_id == parcel.case))
    found.public_key, found.key_epoch = parcel.public_key, parcel.key_epoch
    for device in session.query(Device).where(Device.case_id == parcel.case):
        device.given_at = device.moved_at = None
    return True


def _take_keys(session: Session, parcel: Parcel, invited: Invitation) -> tuple[str, ...]:
    """Keep what was sealed to the invited officers and to the recovery key; return the officers' names."""
    names = []
    for receiver in invited.officers:
        officer = find_officer(session, receiver.officer)
        sealed = keys_for(parcel.keys, receiver.officer)
        if LockedKey.from_bytes(officer.locked_key).public != receiver.public_key or not sealed:
            raise UnacceptableError(f"the case was not sealed to {officer.name}'s key")
        for one in sealed:
            wrap = CaseWrap(
                case_id=parcel.case, epoch=one.epoch, officer_id=officer.id, wrap=one.wrap, suite=one.suite.value
            )
            session.merge(wrap)
        names.append(officer.name)
    for one in keys_for(parcel.keys, ""):
        kept = RecoveryWrap(
            case_id=parcel.case, epoch=one.epoch, suite=one.suite.value, recovery_key=invited.recovery_key,
            wrap=one.wrap,
        )  # fmt: skip
        session.merge(kept)
    return tuple(names)


def _take_checkpoints(server: Server, folder: ParcelFolder, parcel: Parcel, now: datetime) -> None:
    """Keep the checkpoints of before, and sign one that goes on from them: devices ask for it when they come."""
    files: dict[str, dict[str, bytes]] = {}
    for name, _ in parcel.files:
        device, _, file = name.partition("/")
        files.setdefault(device, {})[file] = (folder.checkpoints / name).read_bytes()
    for device, found in files.items():
        checkpoints.keep_former(server.database, device, found, now=now)
    checkpoints.sign_case(server.folder, server.database, parcel.case, now=now)

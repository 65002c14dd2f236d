"""Reads a server's folder for an export: records in the order of their chain, receipts, authorities, keys."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select

from evidence.keys import LockedKey, OpeningKey, unlock_officer_key, unwrap_case_key, verifying_key
from evidence.pack import FormerServer, PackedRecord, PackKeys
from evidence.receipt import SignedReceipt
from evidence.suite import Suite
from overt.evidence_files import InputError
from server_stub import audit, checkpoints
from server_stub.approvals import Kind, Wish, check_approved, plain_details, spend
from server_stub.audit import Outcome
from server_stub.errors import UnacceptableError
from server_stub.folder import ServerFolder
from server_stub.server import Server, open_server
from server_stub.tables import (
    AuthorityFile,
    CaseWrap,
    DestroyedRecord,
    Destruction,
    Device,
    HandoverFile,
    Officer,
    Record,
)
from server_stub.tables import FormerServer as FormerRow


@dataclass(frozen=True, slots=True)
class StoredDevice:
    """A device as the server knows it."""

    device: str
    case: str
    public_key: bytes


class Store:
    """A server's folder, opened for an export."""

    def __init__(self, data: Path) -> None:
        """Open it; raises SetupError where there is no server."""
        self._folder = ServerFolder(data)
        self._server: Server = open_server(self._folder)

    def close(self) -> None:
        """Give the database back."""
        self._server.database.close()

    def device(self, name: str) -> StoredDevice:
        """Return a device; raises InputError where there is none of this name."""
        with self._server.database.reading() as session:
            found = session.get(Device, name)
            if found is None:
                raise InputError(
                    f"there is no device {name} on this server", hint="overt server device list names them."
                )
            return StoredDevice(found.id, found.case_id, found.public_key)

    def devices(self) -> list[StoredDevice]:
        """Return every device that has joined."""
        with self._server.database.reading() as session:
            found = session.scalars(select(Device).order_by(Device.enrolled_at))
            return [StoredDevice(row.id, row.case_id, row.public_key) for row in found]

    def keys(self, device: StoredDevice) -> PackKeys:
        """Return the keys that the pack is checked with."""
        receipt_key = verifying_key(self._folder.receipt_key())
        return PackKeys(self._folder.issuer_key(), device.public_key, receipt_key, self._former(device))

    def _former(self, device: StoredDevice) -> tuple[FormerServer, ...]:
        """Return the servers that had the device's case before, oldest first."""
        query = (
            select(FormerRow.issuer_key, FormerRow.receipt_key, HandoverFile.file)
            .join(HandoverFile, HandoverFile.number == FormerRow.number)
            .where(FormerRow.case_id == device.case, HandoverFile.device_id == device.device)
            .order_by(FormerRow.number)
        )
        with self._server.database.reading() as session:
            return tuple(FormerServer(*row) for row in session.execute(query))

    def checkpoint_key(self) -> Ed25519PrivateKey:
        """Return the key that signs checkpoints: the one that signs receipts."""
        return self._folder.receipt_key()

    def authorities(self, device: StoredDevice) -> dict[str, bytes]:
        """Return the device's authority files by digest."""
        with self._server.database.reading() as session:
            found = session.scalars(select(AuthorityFile).where(AuthorityFile.device_id == device.device))
            return {row.digest: row.file for row in found}

    def withdrawals(self, device: StoredDevice) -> dict[str, bytes]:
        """Return the withdrawals of the device's authorities, by the digest of the authority that each ends."""
        with self._server.database.reading() as session:
            found = session.scalars(select(AuthorityFile).where(AuthorityFile.device_id == device.device))
            return {row.digest: row.withdrawal for row in found if row.withdrawal is not None}

    def count(self, device: StoredDevice) -> int:
        """Return how many records a device has."""
        with self._server.database.reading() as session:
            query = select(func.count()).select_from(Record).where(Record.device_id == device.device)
            return session.scalar(query) or 0

    def records(self, device: StoredDevice) -> Iterator[PackedRecord]:
        """Yield the device's records in the order of their chain."""
        with self._server.database.reading() as session:
            query = select(Record).where(Record.device_id == device.device).order_by(Record.epoch, Record.seq)
            for row in session.scalars(query.execution_options(yield_per=500)):
                sealed = self._server.blobs.read(row.digest) if row.tombstone is None else row.tombstone
                yield PackedRecord(row.epoch, row.seq, sealed, SignedReceipt.from_wire(row.receipt))

    def certificates(self, device: StoredDevice) -> list[bytes]:
        """Return the certificates of destruction that name records of this device, oldest first."""
        with self._server.database.reading() as session:
            named = select(DestroyedRecord.destruction_id).join(Record, Record.id == DestroyedRecord.record_id)
            query = (
                select(Destruction.certificate)
                .where(Destruction.id.in_(named.where(Record.device_id == device.device)))
                .order_by(Destruction.finished_at, Destruction.id)
            )
            return [one for one in session.scalars(query) if one is not None]

    def case_keys(self, device: StoredDevice, officer: str, passphrase: str) -> list[OpeningKey]:
        """Return the case's keys that an officer holds, newest first; raises InputError, or PassphraseError."""
        with self._server.database.reading() as session:
            found = session.scalars(select(Officer).where(Officer.name == officer)).first()
            wraps = [] if found is None else session.scalars(
                select(CaseWrap)
                .where(CaseWrap.officer_id == found.id, CaseWrap.case_id == device.case)
                .order_by(CaseWrap.epoch.desc())
            ).all()  # fmt: skip
            if found is None or not wraps:
                raise InputError(f"{officer} is no officer of case {device.case}")
            own = unlock_officer_key(LockedKey.from_bytes(found.locked_key), passphrase)
            return [
                unwrap_case_key(wrap.wrap, own, case=wrap.case_id, epoch=wrap.epoch, suite=Suite(wrap.suite))
                for wrap in wraps
            ]

    def kept_checkpoints(self, device: StoredDevice) -> list[tuple[str, bytes]]:
        """Return the device's daily checkpoints with their names, oldest first."""
        return checkpoints.kept(self._server.database, device.device)

    def timestamps(self, device: StoredDevice) -> dict[str, bytes]:
        """Return the time-stamps of daily checkpoints by the checkpoint's name."""
        return checkpoints.tokens(self._server.database, device.device)

    def check_export(self, device: StoredDevice, request: str | None, now: datetime) -> None:
        """Check the approval of an export where the server demands four eyes; raises InputError."""
        try:
            with self._server.database.reading() as session:
                check_approved(session, request, _export_of(device), at=now)
        except UnacceptableError as problem:
            raise InputError(str(problem), hint=problem.hint) from None

    def note_export(
        self, device: StoredDevice, officer: str, disclosed: int, now: datetime, *, request: str | None = None
    ) -> None:
        """Write the export into the audit chain, and use up its approval: who, of which device, how much in the clear.

        Raises UnacceptableError where another export used the approval up meanwhile.
        """
        with self._server.database.writing() as session:
            found = session.scalars(select(Officer).where(Officer.name == officer)).first()
            spend(session, request, _export_of(device), at=now)
            actor = "cli" if found is None else found.id
            subject = f"{device.device}, {disclosed} disclosed"
            audit.write(session, at=now, actor=actor, action="export", subject=subject, outcome=Outcome.DONE)


def _export_of(device: StoredDevice) -> Wish:
    return Wish(Kind.EXPORT, device.device, plain_details(Kind.EXPORT, device.device), "")

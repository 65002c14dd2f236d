"""Puts a parcel's rows into this server's tables, each checked; numbers that are this server's own are given anew."""

import secrets
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from evidence import envelope
from evidence.authority import read_authority
from evidence.errors import EvidenceError, SignatureError
from evidence.handover import read_handover
from evidence.keys import LockedKey
from evidence.ledger import head_of
from evidence.receipt import SignedReceipt, read_receipt
from evidence.suite import SECRET_SIZE
from server_stub.blobs import Blobs
from server_stub.errors import UnacceptableError
from server_stub.tables import (
    Absence,
    Assignment,
    AuthorityFile,
    CaptureGroup,
    CaseNote,
    DecidedRecord,
    Decision,
    DestroyedRecord,
    Destruction,
    Device,
    FormerServer,
    HandoverFile,
    LegalHold,
    Officer,
    Record,
    Table,
    columns_of,
)
from server_stub.transfer.parcel import Parcel
from server_stub.transfer.rows import PEOPLE, Row

_TAG, _SALT, _NONCE = 16, 16, 12
LARGEST_HEAD = 64 * 1024


class RowsIn:
    """One case on its way in, in the transaction of the caller."""

    def __init__(
        self, session: Session, blobs: Blobs, parcel: Parcel, *, own_issuer: bytes, returned: bool, now: datetime
    ) -> None:
        """Read heads of envelopes from `blobs`, where they were put before.

        `returned`: the case was here before, and what is here already is only brought up to date.
        """
        self._session = session
        self._blobs = blobs
        self._parcel = parcel
        self._own_issuer = own_issuer
        self._returned = returned
        self._now = now
        self._devices: dict[str, Row] = {}
        self._records: dict[int, int] = {}
        self._groups: dict[int, int] = {}
        self._decisions: set[str] = set()
        self._destructions: set[str] = set()
        self._receipt_keys: dict[int, bytes] = {}
        self._handovers: dict[tuple[str, int], bytes] = {}
        self._unchecked: list[Row] = []
        """Records whose receipts are checked when all servers of before are known."""

    @property
    def records(self) -> int:
        """How many records came."""
        return len(self._records)

    @property
    def devices_in_use(self) -> tuple[str, ...]:
        """The devices that were not revoked."""
        return tuple(name for name, row in self._devices.items() if row["revoked_at"] is None)

    def take_all(self, found: Iterable[tuple[str, Row]]) -> None:
        """Take every row; raises UnacceptableError or EvidenceError, and nothing may be kept then."""
        take: dict[str, Callable[[Row], None]] = {
            PEOPLE: self._person,
            "devices": self._device,
            "authorities": self._authority,
            "records": self._record,
            "capture_groups": self._group,
            "decisions": self._decision,
            "decided_records": self._decided,
            "assignments": self._assignment,
            "case_notes": lambda row: self._of_case(CaseNote, row, row["id"]),
            "absences": lambda row: self._of_case(Absence, row, row["id"]),
            "legal_holds": lambda row: self._of_case(LegalHold, row, row["id"]),
            "destructions": self._destruction,
            "destroyed_records": self._destroyed,
            "former_servers": self._former,
            "handovers": self._handover,
        }
        for table, row in found:
            take[table](row)
        for row in self._unchecked:
            self._check_receipt(row)
        for name, row in self._devices.items():
            if row["replaces_id"] is not None:
                self._require(row["replaces_id"] in self._devices, "a device continues one of another case")
                self._session.execute(update(Device).where(Device.id == name).values(replaces_id=row["replaces_id"]))

    def check_handovers(self, own_receipt_key: bytes) -> None:
        """Check that the giver's issuer handed each device over to this very server."""
        number = max(self._receipt_keys, default=-1)
        self._require(self._receipt_keys.get(number) == self._parcel.receipt_key, "it does not name who gave it")
        for device in self.devices_in_use:
            file = self._handovers.get((device, number))
            self._require(file is not None, "a device is not handed over")
            handover = read_handover(file or b"", issuer_key=self._parcel.issuer_key)
            fits = (handover.device, handover.to.receipt_key) == (device, own_receipt_key)
            self._require(fits, "a device is handed over to another server")

    def _person(self, row: Row) -> None:
        """Keep the name behind decisions of before: a closed account that nobody can log in to."""
        known = self._session.get(Officer, row["id"])
        if known is not None:
            same = LockedKey.from_bytes(known.locked_key).public == row["public_key"]
            self._require(same and (self._returned or known.closed_at is not None), "an account of its names is here")
            return
        nobody = LockedKey(
            secrets.token_bytes(_SALT), secrets.token_bytes(_NONCE), secrets.token_bytes(SECRET_SIZE + _TAG),
            row["public_key"],
        )  # fmt: skip
        where = self._parcel.address.removeprefix("https://")
        name = f"{row['name']} ({where}, {row['id'][-6:]})"[-100:]
        officer = Officer(
            id=row["id"], name=name, locked_key=nobody.to_bytes(), secret_hash=_nobodys_hash(), created_at=self._now,
            closed_at=self._now,
        )  # fmt: skip
        self._session.add(officer)
        self._session.flush()

    def _device(self, row: Row) -> None:
        self._require(row["case_id"] == self._parcel.case, "a device of another case")
        self._devices[row["id"]] = row
        known = self._session.get(Device, row["id"])
        if known is not None:
            same = (known.case_id, known.public_key) == (row["case_id"], row["public_key"])
            self._require(self._returned and same, "a device of its names is here")
            known.revoked_at = row["revoked_at"]
            return
        self._insert(Device, row | {"replaces_id": None, "given_at": None, "moved_at": None})

    def _authority(self, row: Row) -> None:
        device = self._own_device(row)
        issuer = row["issuer_key"] or b""
        authority = read_authority(row["file"], issuer_key=issuer)
        self._require(authority.digest == row["digest"], "an authority is not the file of its digest")
        self._require(authority.terms.device_key == device["public_key"], "an authority is for another device's key")
        known = self._session.get(AuthorityFile, row["digest"])
        if known is not None:
            known.withdrawal = row["withdrawal"]
            return
        self._insert(AuthorityFile, row | {"issuer_key": None if issuer == self._own_issuer else issuer})

    def _record(self, row: Row) -> None:
        device = self._own_device(row)
        self._require(row["case_id"] == self._parcel.case, "a record of another case")
        place = f"record {row['device_id']}/{row['epoch']}/{row['seq']}"
        self._unchecked.append(row)
        head = row["tombstone"]
        if head is None:
            self._require(0 < row["head_length"] <= LARGEST_HEAD, f"{place} is not what its row says")
            head = self._blobs.read(row["digest"], 0, row["head_length"])
        self._check_head(row, device, head, place)
        at = (Record.device_id == row["device_id"], Record.epoch == row["epoch"], Record.seq == row["seq"])
        known = self._session.scalars(select(Record).where(*at)).first() if self._returned else None
        if known is None:
            self._records[row["id"]] = self._insert_numbered(Record, row)
            return
        self._require(known.digest == row["digest"], f"{place} is another one than the one that is here")
        known.tombstone = row["tombstone"] or known.tombstone
        self._records[row["id"]] = known.id

    def _check_head(self, row: Row, device: Row, head_bytes: bytes, place: str) -> None:
        try:
            head = envelope.parse(head_bytes)
            envelope.verify(head, device["public_key"])
        except EvidenceError as problem:
            raise UnacceptableError(f"{place}: {problem}") from None
        fields = head.header.context.fields
        stated = (row["device_id"], row["epoch"], row["seq"], row["case_id"], row["kind"], row["severity"])
        found = (fields.device, fields.epoch, fields.seq, fields.case, fields.kind.value, fields.severity)
        self._require(stated == found, f"{place} is not what its row says")
        self._require(
            (row["header_digest"], row["head_length"]) == (head_of(head.header).digest, head.length),
            f"{place} is not what its row says",
        )

    def _check_receipt(self, row: Row) -> None:
        signed = SignedReceipt.from_wire(row["receipt"])
        for key in self._receipt_keys.values():
            try:
                receipt = read_receipt(signed, key)
            except SignatureError:
                continue
            stated = (receipt.device, receipt.epoch, receipt.seq, receipt.record)
            self._require(
                stated == (row["device_id"], row["epoch"], row["seq"], row["digest"]), "a receipt of another record"
            )
            return
        raise UnacceptableError("the parcel holds a record without a receipt of a server that had the case")

    def _group(self, row: Row) -> None:
        self._own_device(row)
        self._require(row["case_id"] == self._parcel.case, "a group of another case")
        at = (CaptureGroup.device_id == row["device_id"], CaptureGroup.name == row["name"])
        known = self._session.scalars(select(CaptureGroup).where(*at)).first() if self._returned else None
        fresh = row | {"assignee_id": None}
        if known is None:
            self._groups[row["id"]] = self._insert_numbered(CaptureGroup, fresh)
            return
        for name, value in fresh.items():
            if name != "id":
                setattr(known, name, value)
        self._groups[row["id"]] = known.id

    def _decision(self, row: Row) -> None:
        self._of_case(Decision, row, row["id"])
        self._decisions.add(row["id"])

    def _decided(self, row: Row) -> None:
        self._require(row["decision_id"] in self._decisions, "a decision of another case")
        record = self._mapped(self._records, row["record_id"])
        self._merge(DecidedRecord, row | {"record_id": record}, (row["decision_id"], record))

    def _assignment(self, row: Row) -> None:
        group = self._mapped(self._groups, row["group_id"])
        self._merge(Assignment, row | {"group_id": group}, (row["id"], group))

    def _destruction(self, row: Row) -> None:
        self._of_case(Destruction, row, row["id"])
        self._destructions.add(row["id"])

    def _destroyed(self, row: Row) -> None:
        self._require(row["destruction_id"] in self._destructions, "a destruction of another case")
        record = self._mapped(self._records, row["record_id"])
        self._merge(DestroyedRecord, row | {"record_id": record}, (row["destruction_id"], record))

    def _former(self, row: Row) -> None:
        self._of_case(FormerServer, row, (row["case_id"], row["number"]))
        self._receipt_keys[row["number"]] = row["receipt_key"]

    def _handover(self, row: Row) -> None:
        self._own_device(row)
        self._handovers[row["device_id"], row["number"]] = row["file"]
        self._merge(HandoverFile, row, (row["device_id"], row["number"]))

    def _of_case(self, table: type[Table], row: Row, key: Any) -> None:
        self._require(row["case_id"] == self._parcel.case, f"a row of {columns_of(table).name} of another case")
        self._merge(table, row, key)

    def _merge(self, table: type[Table], row: Row, key: Any) -> None:
        known = self._session.get(table, key)
        if known is None:
            self._insert(table, row)
            return
        self._require(self._returned, f"a row of {columns_of(table).name} is here already")
        for name, value in row.items():
            setattr(known, name, value)

    def _insert(self, table: type[Table], row: Row) -> None:
        self._session.execute(insert(columns_of(table)), row)

    def _insert_numbered(self, table: type[Table], row: Row) -> int:
        fresh = {name: value for name, value in row.items() if name != "id"}
        number = self._session.execute(insert(columns_of(table)).returning(columns_of(table).c.id), fresh).scalar_one()
        return int(number)

    def _own_device(self, row: Row) -> Row:
        self._require(row["device_id"] in self._devices, "a row of a device of another case")
        return self._devices[row["device_id"]]

    def _mapped(self, known: dict[int, int], number: int) -> int:
        self._require(number in known, "a row that refers to nothing of the case")
        return known[number]

    def _require(self, holds: bool, what: str) -> None:
        if not holds:
            raise UnacceptableError(f"the parcel is not accepted: {what}")


def _nobodys_hash() -> str:
    return PasswordHasher().hash(secrets.token_hex(SECRET_SIZE))

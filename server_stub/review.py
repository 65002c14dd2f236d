"""What officers may see: captures of their own cases. Every query takes a Principal; every view is an audit entry."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy import ColumnElement, Select, and_, or_, select, text
from sqlalchemy.orm import Session

from evidence import envelope
from evidence.errors import EvidenceError
from evidence.header import Kind
from server_stub import audit, exposure
from server_stub.access import Principal, in_own_cases, own_cases, running
from server_stub.audit import Outcome
from server_stub.blobs import Blobs
from server_stub.database import Database
from server_stub.errors import NotFoundError
from server_stub.place import Place
from server_stub.tables import CaptureGroup, CaseWrap, Cover, CoverWrap, Device, Record

MOST_LISTED = 200
AROUND = timedelta(minutes=30)
"""How far before and after a capture the other records of the device are shown."""
MOST_AROUND = 120
_CAPTURES = text("records.kind = 'capture'")
"""As the index spells it: a database compares it with the words of a query, not with its values."""


NOT_PICTURES = {"record", "meta", "thumb"}
"""What may be looked at without counting as a picture that was opened: heads, words, blurred thumbnails."""


class Purpose(Enum):
    """What many records are opened for at once, as the browser says it; the audit record tells them apart."""

    READ = "view-record"
    LIST = "view-in-list"
    RANK = "open-to-rank"
    SEARCH = "open-to-search"
    MATCH = "open-to-match"
    COUNT = "open-to-count"
    AROUND = "view-around"
    PERSON = "open-for-person"


@dataclass(frozen=True, slots=True)
class Nearby:
    """A record that is no capture, from the minutes around one: coverage, an event, a note."""

    place: Place
    kind: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """A capture as the list shows it, before anything is opened."""

    cursor: int
    place: Place
    case: str
    severity: int
    group: str
    group_size: int
    origin: str
    recorded_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Wrap:
    """A case key, sealed to the asking officer."""

    case: str
    epoch: int
    wrap: bytes
    suite: str


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A device of one of the officer's cases, with the key that checks its signatures."""

    device: str
    case: str
    public_key: bytes


class Review:
    """The officers' side of the store."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        """Show what is in these."""
        self._database = database
        self._blobs = blobs

    def captures(self, principal: Principal, *, before: int | None, limit: int, now: datetime) -> list[Listed]:
        """Return captures of the officer's cases, newest first, before a cursor."""
        query = select(Record).where(_CAPTURES, Record.tombstone.is_(None))
        if before is not None:
            query = query.where(Record.id < before)
        query = query.order_by(Record.id.desc()).limit(min(limit, MOST_LISTED))
        with self._database.reading() as session:
            rows = session.scalars(query.where(in_own_cases(session, principal, Record.case_id.expression))).all()
            sizes = _group_sizes(session, rows)
        with self._database.writing() as session:
            _note(session, principal, "list-captures", "captures", outcome=Outcome.DONE, now=now)
        return [_listed(row, sizes) for row in rows]

    def head(self, principal: Principal, place: Place, *, now: datetime) -> bytes:
        """Return an envelope's head; raises NotFoundError for other people's cases, and notes the try."""
        row = self._view(principal, place, "view-record", now)
        return self._blobs.read(row.digest, 0, row.head_length)

    def part(self, principal: Principal, place: Place, name: str, *, now: datetime) -> bytes:
        """Return the ciphertext of one part; raises NotFoundError."""
        row = self._view(principal, place, f"view-{name}"[:64], now)
        try:
            head = envelope.parse(self._blobs.read(row.digest, 0, row.head_length))
            span = head.span(name)
        except EvidenceError as problem:
            raise NotFoundError(str(problem)) from None
        return self._blobs.read(row.digest, span.start, span.stop - span.start)

    def bundle(
        self,
        principal: Principal,
        places: Sequence[Place],
        names: Sequence[str],
        *,
        now: datetime,
        purpose: Purpose = Purpose.LIST,
    ) -> Iterator[bytes]:
        """Yield, for each record in turn, its head and then the named parts; empty for a part that it has not.

        One transaction notes all views. Raises NotFoundError where one record is not the officer's; nothing is given.
        """
        rows = self._view_all(principal, places, purpose, now)
        for row in rows:
            raw = self._blobs.read(row.digest, 0, row.head_length)
            yield raw
            head = envelope.parse(raw)
            held = {part.name for part in head.header.manifest.parts}
            for name in names:
                span = head.span(name) if name in held else slice(0, 0)
                yield self._blobs.read(row.digest, span.start, span.stop - span.start)

    def note_views(self, principal: Principal, places: Sequence[Place], *, now: datetime) -> None:
        """Note that an officer read captures that his browser had opened before; raises NotFoundError."""
        self._view_all(principal, places, Purpose.READ, now)

    def around(self, principal: Principal, place: Place, *, now: datetime) -> list[Nearby]:
        """Return what the device recorded beside captures around one of its records, oldest first; NotFoundError."""
        row = self._view(principal, place, "list-around", now)
        with self._database.reading() as session:
            query = _own(principal, select(Record)).where(
                Record.device_id == row.device_id,
                Record.kind != Kind.CAPTURE.value,
                Record.recorded_at >= row.recorded_at - AROUND,
                Record.recorded_at <= row.recorded_at + AROUND,
            )
            found = session.scalars(query.order_by(Record.recorded_at, Record.seq).limit(MOST_AROUND)).all()
            return [Nearby(_place(one), one.kind, one.recorded_at) for one in found]

    def wraps(self, principal: Principal) -> list[Wrap]:
        """Return the case keys that were sealed to this officer, for good or for a cover that runs now."""
        own = select(CaseWrap.case_id, CaseWrap.epoch, CaseWrap.wrap, CaseWrap.suite).where(
            CaseWrap.officer_id == principal.officer, CaseWrap.case_id.in_(own_cases(principal))
        )
        covered = (
            select(Cover.case_id, CoverWrap.epoch, CoverWrap.wrap, CoverWrap.suite)
            .join(CoverWrap, CoverWrap.cover_id == Cover.id)
            .where(
                Cover.officer_id == principal.officer, Cover.case_id.in_(own_cases(principal)), running(principal.at)
            )
        )
        with self._database.reading() as session:
            rows = [*session.execute(own), *session.execute(covered)]
            return [Wrap(case, epoch, wrap, suite) for case, epoch, wrap, suite in rows]

    def devices(self, principal: Principal) -> list[KnownDevice]:
        """Return the devices of the officer's cases."""
        with self._database.reading() as session:
            found = session.scalars(select(Device).where(Device.case_id.in_(own_cases(principal))))
            return [KnownDevice(row.id, row.case_id, row.public_key) for row in found]

    def _view_all(self, principal: Principal, places: Sequence[Place], purpose: Purpose, now: datetime) -> list[Record]:
        with self._database.writing() as session:
            found = {_place(row): row for row in session.scalars(_own(principal, select(Record)).where(_in(places)))}
            subjects = [(str(place), Outcome.DONE if place in found else Outcome.REFUSED) for place in places]
            audit.write_all(session, subjects, at=now, actor=principal.officer, action=purpose.value)
        if not all(place in found for place in places):
            raise NotFoundError("there is no such record")
        return [found[place] for place in places]

    def _view(self, principal: Principal, place: Place, action: str, now: datetime) -> Record:
        with self._database.writing() as session:
            at = Record.device_id == place.device, Record.epoch == place.epoch, Record.seq == place.seq
            row = session.scalars(_own(principal, select(Record)).where(*at)).first()
            outcome = Outcome.REFUSED if row is None else Outcome.DONE
            _note(session, principal, action, str(place), outcome=outcome, now=now)
            if row is not None and action.startswith("view-") and action[5:] not in NOT_PICTURES:
                exposure.count_picture(session, principal.officer, severity=row.severity, now=now)
        if row is None:
            raise NotFoundError("there is no such record")
        return row


def _own(principal: Principal, query: Select[Record]) -> Select[Record]:
    # What was destroyed is not there any more: the tombstone is for who checks the chain.
    return query.where(Record.case_id.in_(own_cases(principal)), Record.tombstone.is_(None))


def _place(row: Record) -> Place:
    return Place(row.device_id, row.epoch, row.seq)


def _in(places: Sequence[Place]) -> ColumnElement[bool]:
    """Return the condition that a record stands in one of these places: by chain, because SQLite indexes no triples."""
    chains: dict[tuple[str, int], list[int]] = {}
    for one in places:
        chains.setdefault((one.device, one.epoch), []).append(one.seq)
    return or_(
        *(
            and_(Record.device_id == device, Record.epoch == epoch, Record.seq.in_(numbers))
            for (device, epoch), numbers in chains.items()
        )
    )


def _group_sizes(session: Session, rows: Sequence[Record]) -> dict[tuple[str, str], int]:
    """Return how many captures there are in each group of these captures, by device and name."""
    folded = [row for row in rows if row.fold_group]
    query = select(CaptureGroup.device_id, CaptureGroup.name, CaptureGroup.captures).where(
        CaptureGroup.device_id.in_({row.device_id for row in folded}),
        CaptureGroup.name.in_({row.fold_group for row in folded}),
    )
    found = session.execute(query)
    return {(device, name): captures for device, name, captures in found}


def _listed(row: Record, sizes: dict[tuple[str, str], int]) -> Listed:
    return Listed(
        cursor=row.id,
        place=_place(row),
        case=row.case_id,
        severity=row.severity,
        group=row.fold_group,
        group_size=sizes.get((row.device_id, row.fold_group), 1),
        origin=row.origin,
        recorded_at=row.recorded_at,
        received_at=row.received_at,
    )


def _note(
    session: Session, principal: Principal, action: str, subject: str, *, outcome: Outcome, now: datetime
) -> None:
    audit.write(session, at=now, actor=principal.officer, action=action, subject=subject, outcome=outcome)

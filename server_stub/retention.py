"""How long records are kept, as data; what is due for destruction; and destroying it so that the chain still verifies.

A rule gives days to a class: a disposition that stands, `undecided` for captures, or another kind of record (heartbeat,
coverage, event, …). What has no rule is kept. Whatever is due waits for a person to confirm it: nothing is destroyed by
the clock alone. Only third-party material is: deciding that a capture shows somebody else is itself the decision, and
after some minutes in which it can be undone the content goes. A legal hold stops all of it.

What goes is the sealed content. The head of the envelope stays as a tombstone (header, stanzas, signature), the receipt
stays, and the server signs a certificate that names each record (evidence.destruction).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import ColumnElement, Select, and_, delete, func, select
from sqlalchemy.orm import Session

from evidence.destruction import MOST_RECORDS, DestroyedRecord, sign_destruction
from evidence.destruction import Destruction as Certificate
from evidence.header import Kind
from server_stub import approvals, audit, groups, jobs
from server_stub.access import Principal, Right, overseen_cases, refuse
from server_stub.audit import Outcome
from server_stub.blobs import Blobs
from server_stub.database import Database
from server_stub.errors import NotFoundError, UnacceptableError
from server_stub.identifiers import new_id
from server_stub.jobs import Taken
from server_stub.tables import (
    Case,
    DecidedRecord,
    Decision,
    Destruction,
    LegalHold,
    Record,
    RetentionRule,
)
from server_stub.tables import DestroyedRecord as DestroyedRow

JOB = "destroy"
UNDO_TIME = timedelta(minutes=10)
"""For how long deciding `third-party` can be undone before the content goes."""
UNDECIDED = "undecided"
THIRD_PARTY = "third-party"
DECIDED = ("no-concern", "false-alarm", "intelligence", "concern", "breach")
OTHER_KINDS = tuple(kind.value for kind in Kind if kind is not Kind.CAPTURE)
CLASSES = (UNDECIDED, *DECIDED, *OTHER_KINDS)
LONGEST = 36_525


@dataclass(frozen=True, slots=True)
class Due:
    """Records of one case and class whose time is over. `held`: a legal hold keeps them."""

    case: str
    record_class: str
    records: int
    oldest: datetime
    held: bool


@dataclass(frozen=True, slots=True)
class Begun:
    """A destruction that was decided; its job does it. None of it is gone yet."""

    destruction: str
    records: int


class Retention:
    """Rules, holds, what is due, and destroying it."""

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        receipt_key: Ed25519PrivateKey,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Work on these; certificates are signed with the key that signs receipts."""
        self._database = database
        self._blobs = blobs
        self._key = receipt_key
        self._clock = clock

    def set_rules(self, days: Mapping[str, int | None], *, by: Principal) -> None:
        """Set for how many days classes are kept; None: for ever. Raises UnacceptableError for an unknown class."""
        for name, wanted in days.items():
            if name not in CLASSES:
                raise UnacceptableError(f"there is no class {name}", hint=f"There are {', '.join(CLASSES)}.")
            if wanted is not None and not 1 <= wanted <= LONGEST:
                raise UnacceptableError(f"{name}: from 1 to {LONGEST} days")
        with self._database.writing() as session:
            for name, wanted in days.items():
                row = session.get(RetentionRule, name)
                if row is not None:
                    session.delete(row)
                    session.flush()
                if wanted is not None:
                    session.add(RetentionRule(record_class=name, days=wanted, set_at=by.at))
                _note(session, by, "set-retention", f"{name} {'for ever' if wanted is None else wanted}")

    def rules(self) -> dict[str, int | None]:
        """Return the days of each class; None: kept for ever."""
        with self._database.reading() as session:
            found = {row.record_class: row.days for row in session.scalars(select(RetentionRule))}
        return {name: found.get(name) for name in CLASSES}

    def hold(self, case: str, reason: str, *, by: Principal) -> str:
        """Keep everything of a case from now on; return the hold's id. Raises NotFoundError."""
        with self._database.writing() as session:
            if session.get(Case, case) is None:
                raise NotFoundError(f"there is no case {case}")
            row = LegalHold(id=new_id("hold"), case_id=case, reason=reason[:500], by_id=by.officer, since=by.at)
            session.add(row)
            _note(session, by, "hold", f"{row.id} {case}")
        return row.id

    def release(self, hold: str, *, by: Principal) -> None:
        """End a hold; raises NotFoundError where it does not last."""
        with self._database.writing() as session:
            row = session.get(LegalHold, hold)
            if row is None or row.ended_at is not None:
                raise NotFoundError(f"there is no hold {hold} that lasts")
            row.ended_at = by.at
            _note(session, by, "release-hold", f"{hold} {row.case_id}")

    def due(self, *, now: datetime) -> list[Due]:
        """Return what a person may now decide to destroy, by case and class."""
        found = []
        with self._database.reading() as session:
            for rule in session.scalars(select(RetentionRule).order_by(RetentionRule.record_class)):
                query = select(Record.case_id, func.count(), func.min(Record.received_at)).where(_is_due(rule, now))
                for case, count, oldest in session.execute(query.group_by(Record.case_id).order_by(Record.case_id)):
                    found.append(Due(case, rule.record_class, count, oldest, held=is_held(session, case)))
        return found

    def destroy_due(self, case: str, *, by: Principal, request: str | None = None) -> Begun:
        """Decide to destroy what is due in a case; at most MOST_RECORDS at once, the oldest first.

        Raises:
            NotFoundError: nothing of this case is due, or it is not the account's; such a try is noted.
            UnacceptableError: a hold keeps it, or four eyes are needed and `request` is no approval of this.
        """
        self._require_reach(by, case)
        with self._database.writing() as session:
            if is_held(session, case):
                raise UnacceptableError(f"a legal hold keeps everything of {case}")
            found: dict[int, None] = {}
            for rule in session.scalars(select(RetentionRule)):
                query = select(Record.id).where(Record.case_id == case, _is_due(rule, by.at))
                found |= dict.fromkeys(session.scalars(query.order_by(Record.id).limit(MOST_RECORDS)))
            if not found:
                raise NotFoundError(f"nothing of {case} is due")
            details = approvals.plain_details(approvals.Kind.DELETION, case)
            approvals.spend(session, request, approvals.Wish(approvals.Kind.DELETION, case, details, ""), at=by.at)
            return _begin(session, case, "retention", sorted(found)[:MOST_RECORDS], by=by, due=by.at)

    def _require_reach(self, by: Principal, case: str) -> None:
        """Raise NotFoundError unless the account is on the case, oversees it, or administers."""
        query = select(Case.id) if by.may(Right.ADMINISTER) else overseen_cases(by)
        with self._database.reading() as session:
            known = session.scalars(query.where(Case.id == case)).first() is not None
        if not known:
            refuse(self._database, by, action="destroy", subject=case)

    def work(self, taken: Taken) -> None:
        """Carry a destruction out; may be called again after it was cut off anywhere."""
        with self._database.writing() as session:
            row = session.get(Destruction, taken.subject)
            if row is None or row.finished_at is not None:
                return
            if not _still_wanted(session, row):
                _note_by(session, row, "destroy-dropped", Outcome.REFUSED, self._clock())
                session.execute(delete(DestroyedRow).where(DestroyedRow.destruction_id == row.id))
                session.delete(row)
                return
            ids = list(session.scalars(_records_of(row.id)))
        for record in ids:
            self._destroy(record)
        self._finish(taken.subject, now=self._clock())

    def _destroy(self, record_id: int) -> None:
        """First the tombstone, then the content: cut off in between, the content goes at the next try."""
        with self._database.reading() as session:
            record = session.get_one(Record, record_id)
            digest, length, tombstone = record.digest, record.head_length, record.tombstone
        if tombstone is None:
            head = self._blobs.read(digest, 0, length)
            with self._database.writing() as session:
                record = session.get_one(Record, record_id)
                record.tombstone = head
                groups.forget(session, record, decided=_stands(session, record_id))
        self._blobs.delete(digest)

    def _finish(self, destruction: str, *, now: datetime) -> None:
        with self._database.writing() as session:
            row = session.get_one(Destruction, destruction)
            records = session.scalars(select(Record).where(Record.id.in_(_records_of(row.id))).order_by(Record.id))
            named = [DestroyedRecord(one.device_id, one.epoch, one.seq, one.digest) for one in records]
            done = Certificate(row.id, row.case_id, row.reason, row.by_id, now, named)
            row.finished_at, row.certificate = now, sign_destruction(done, self._key)
            _note_by(session, row, f"destroy-{row.reason}", Outcome.DONE, now)

    def certificate(self, destruction: str) -> bytes:
        """Return the signed certificate of a finished destruction; raises NotFoundError."""
        with self._database.reading() as session:
            row = session.get(Destruction, destruction)
            if row is None or row.certificate is None:
                raise NotFoundError(f"there is no finished destruction {destruction}")
            return row.certificate


def carry_on(session: Session, case: str, *, now: datetime) -> None:
    """Have the destructions done here that were decided, and not done, where a case came from; jobs do not travel."""
    query = select(Destruction).where(Destruction.case_id == case, Destruction.finished_at.is_(None))
    for row in session.scalars(query):
        due = now if row.decision_id is None else max(now, row.decided_at + UNDO_TIME)
        jobs.add(session, JOB, row.id, now=now, due=due)


def destroy_after_decision(
    session: Session, decision: Decision, records: Sequence[Record], *, by: Principal, now: datetime
) -> None:
    """Have third-party material destroyed once the decision about it cannot be undone any more."""
    whole = [one.id for one in records if one.tombstone is None]
    if whole:
        _begin(session, decision.case_id, THIRD_PARTY, whole, by=by, due=now + UNDO_TIME, decision=decision.id)


def _begin(
    session: Session,
    case: str,
    reason: str,
    records: Sequence[int],
    *,
    by: Principal,
    due: datetime,
    decision: str | None = None,
) -> Begun:
    row = Destruction(
        id=new_id("destruction"), case_id=case, reason=reason, by_id=by.officer, decision_id=decision, decided_at=by.at
    )
    session.add(row)
    session.flush()
    session.add_all(DestroyedRow(destruction_id=row.id, record_id=one) for one in records)
    _note(session, by, f"decide-to-destroy-{reason}", f"{row.id} {case} {len(records)}")
    jobs.add(session, JOB, row.id, now=by.at, due=due)
    return Begun(row.id, len(records))


def _still_wanted(session: Session, row: Destruction) -> bool:
    """Return whether nothing came in between: a hold, or the decision taken back."""
    if is_held(session, row.case_id):
        return False
    decision = None if row.decision_id is None else session.get_one(Decision, row.decision_id)
    return decision is None or decision.undone_at is None


def is_held(session: Session, case: str) -> bool:
    """Return whether a legal hold keeps everything of a case."""
    lasting = select(LegalHold.id).where(LegalHold.case_id == case, LegalHold.ended_at.is_(None)).limit(1)
    return session.scalars(lasting).first() is not None


def _is_due(rule: RetentionRule, now: datetime) -> ColumnElement[bool]:
    """Return the condition that a record's time under a rule is over: from its decision, else from its arrival."""
    before = now - timedelta(days=rule.days)
    whole = Record.tombstone.is_(None) & Record.id.not_in(select(DestroyedRow.record_id))
    standing = select(DecidedRecord.record_id).join(Decision, Decision.id == DecidedRecord.decision_id)
    standing = standing.where(Decision.undone_at.is_(None))
    if rule.record_class in OTHER_KINDS:
        return and_(whole, Record.kind == rule.record_class, Record.received_at < before)
    capture = and_(whole, Record.kind == Kind.CAPTURE.value)
    if rule.record_class == UNDECIDED:
        return and_(capture, Record.received_at < before, Record.id.not_in(standing))
    # Another decision that keeps it longer counts: what is a breach to one officer is no false alarm.
    fitting = standing.where(Decision.disposition == rule.record_class, Decision.decided_at < before)
    others = standing.where(Decision.disposition != rule.record_class)
    return and_(capture, Record.id.in_(fitting), Record.id.not_in(others))


def _stands(session: Session, record: int) -> bool:
    query = select(Decision.id).join(DecidedRecord, DecidedRecord.decision_id == Decision.id)
    query = query.where(DecidedRecord.record_id == record, Decision.undone_at.is_(None)).limit(1)
    return session.scalars(query).first() is not None


def _records_of(destruction: str) -> Select[int]:
    return select(DestroyedRow.record_id).where(DestroyedRow.destruction_id == destruction)


def _note(session: Session, by: Principal, action: str, subject: str) -> None:
    audit.write(session, at=by.at, actor=by.officer, action=action[:64], subject=subject, outcome=Outcome.DONE)


def _note_by(session: Session, row: Destruction, action: str, outcome: Outcome, now: datetime) -> None:
    audit.write(session, at=now, actor=row.by_id, action=action, subject=f"{row.id} {row.case_id}", outcome=outcome)

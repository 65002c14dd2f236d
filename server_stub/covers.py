"""Leave cover: one officer stands in for another on some cases, from a moment to a moment (FIELD R32).

It needs the case's key, so it is prepared by somebody who has it: the browser or the command line seals that key to the
officer who stands in. Outside its time the server gives him nothing, and when it has ended his wraps are deleted. What
he looked at meanwhile he has seen: whoever wants more than that changes the case's key afterwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, or_, select
from sqlalchemy.orm import Session

from evidence.keys import LockedKey, OpeningKey, unlock_officer_key, unwrap_case_key, wrap_case_key
from evidence.suite import Suite
from server_stub.access import Principal, Role, note, own_cases, refuse
from server_stub.accounts import can_review, find_officer
from server_stub.database import Database
from server_stub.errors import NotFoundError, UnacceptableError
from server_stub.identifiers import new_id
from server_stub.tables import CaseWrap, Cover, CoverWrap, Officer

LONGEST = timedelta(days=92)
"""A quarter: whoever is away for longer hands the case over."""
LARGEST_WRAP = 2048


@dataclass(frozen=True, slots=True)
class Wish:
    """A cover of one case. `wraps` are the case's keys by their number, sealed to the officer who stands in."""

    case: str
    officer: str
    since: datetime
    until: datetime
    wraps: Mapping[int, bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class CoverView:
    """A cover as those whom it concerns see it. `ended_at`: None unless it was ended before its time."""

    cover: str
    case: str
    officer: str
    by: str
    since: datetime
    until: datetime
    ended_at: datetime | None


class Covers:
    """Makes, ends and lists covers. Every query takes a Principal."""

    def __init__(self, database: Database) -> None:
        """Keep them in this database."""
        self._database = database

    def make(self, principal: Principal, wish: Wish) -> str:
        """Let an officer stand in on a case; return the cover's id.

        Raises:
            NotFoundError: a case that the asking account has no key of, or an unknown officer; the try is noted.
            UnacceptableError: a time that is over or too long, keys that are missing, or who cannot stand in.
        """
        with self._database.reading() as session:
            known = {row.epoch: row.suite for row in session.execute(_kept(principal, wish.case))}
        if not known:
            refuse(self._database, principal, action="cover", subject=wish.case)
        _check_time(wish, principal.at)
        with self._database.writing() as session:
            taker = find_officer(session, wish.officer)
            _check_can_stand_in(session, taker, wish)
            if set(wish.wraps) != set(known) or not all(0 < len(one) <= LARGEST_WRAP for one in wish.wraps.values()):
                raise UnacceptableError("a cover needs every key of the case, sealed to who stands in")
            cover = _row(principal, wish, taker)
            session.add(cover)
            session.flush()
            session.add_all(
                CoverWrap(cover_id=cover.id, epoch=epoch, wrap=one, suite=known[epoch])
                for epoch, one in wish.wraps.items()
            )
            note(session, principal, "cover", f"{cover.case_id} {cover.officer_id}")
            _forget_ended(session, principal.at)
        return cover.id

    def end(self, principal: Principal, cover: str) -> None:
        """End a cover now: by an officer of the case, or by who stands in. Raises NotFoundError, and notes the try."""
        with self._database.writing() as session:
            found = session.scalars(_concerning(principal).where(Cover.id == cover, Cover.ended_at.is_(None))).first()
            if found is not None:
                found.ended_at = principal.at
                session.flush()
                note(session, principal, "end-cover", f"{found.case_id} {found.officer_id}")
                _forget_ended(session, principal.at)
        if found is None:
            refuse(self._database, principal, action="end-cover", subject=cover)

    def listed(self, principal: Principal) -> list[CoverView]:
        """Return the covers that concern the asking account and are not over, the soonest first."""
        query = _concerning(principal).where(Cover.until > principal.at, Cover.ended_at.is_(None)).order_by(Cover.since)
        with self._database.reading() as session:
            return [
                CoverView(row.id, row.case_id, row.officer_id, row.by_id, row.since, row.until, row.ended_at)
                for row in session.scalars(query)
            ]


def seal_for(
    database: Database, by: str, passphrase: str, officer: str, cases: Sequence[str], span: tuple[datetime, datetime],
    now: datetime,
) -> tuple[Principal, list[Wish]]:  # fmt: skip
    """Unlock `by`'s keys and seal those of `cases` (all of his, if empty) to `officer`; return who asks, and wishes.

    Raises:
        NotFoundError: an unknown account, or a case that `by` has no key of.
        evidence.errors.PassphraseError: wrong passphrase.
    """
    with database.reading() as session:
        giver, taker = find_officer(session, by), find_officer(session, officer)
        rows = session.scalars(select(CaseWrap).where(CaseWrap.officer_id == giver.id)).all()
        wanted = list(cases) or sorted({row.case_id for row in rows})
        for missing in set(wanted) - {row.case_id for row in rows}:
            raise NotFoundError(f"{by} is no officer of case {missing}")
        principal = Principal(giver.id, "", Role(giver.role), now)
        own = unlock_officer_key(LockedKey.from_bytes(giver.locked_key), passphrase)
        public = LockedKey.from_bytes(taker.locked_key).public
        wishes = [
            Wish(case, taker.id, *span, {row.epoch: _reseal(row, own, public) for row in rows if row.case_id == case})
            for case in wanted
        ]
    return principal, wishes


def add_new_key(session: Session, case: str, key: OpeningKey, epoch: int, *, now: datetime) -> None:
    """Seal a case's new key to everybody who stands in on it, now or later."""
    for cover in session.scalars(
        select(Cover).where(Cover.case_id == case, Cover.until > now, Cover.ended_at.is_(None))
    ):
        public = LockedKey.from_bytes(session.get_one(Officer, cover.officer_id).locked_key).public
        wrap = wrap_case_key(key, public, case=case, epoch=epoch)
        session.add(CoverWrap(cover_id=cover.id, epoch=epoch, wrap=wrap, suite=key.suite.value))


def _reseal(row: CaseWrap, own: OpeningKey, public: bytes) -> bytes:
    key = unwrap_case_key(row.wrap, own, case=row.case_id, epoch=row.epoch, suite=Suite(row.suite))
    return wrap_case_key(key, public, case=row.case_id, epoch=row.epoch)


def _kept(principal: Principal, case: str) -> Select[int, str]:
    return select(CaseWrap.epoch, CaseWrap.suite).where(
        CaseWrap.case_id == case, CaseWrap.officer_id == principal.officer, CaseWrap.case_id.in_(own_cases(principal))
    )


def _concerning(principal: Principal) -> Select[Cover]:
    kept = select(CaseWrap.case_id).where(
        CaseWrap.officer_id == principal.officer, CaseWrap.case_id.in_(own_cases(principal))
    )
    return select(Cover).where(or_(Cover.case_id.in_(kept), Cover.officer_id == principal.officer))


def _check_time(wish: Wish, now: datetime) -> None:
    if not wish.since < wish.until or wish.until <= now:
        raise UnacceptableError("a cover ends after it begins, and not in the past")
    if wish.until - wish.since > LONGEST:
        raise UnacceptableError(
            f"a cover lasts at most {LONGEST.days} days",
            hint="For longer, overt server case add-officer hands it over.",
        )


def _check_can_stand_in(session: Session, taker: Officer, wish: Wish) -> None:
    if not can_review(taker):
        raise UnacceptableError(f"{taker.name} is {taker.role}: that role opens no captures")
    if session.scalars(
        select(CaseWrap.epoch).where(CaseWrap.case_id == wish.case, CaseWrap.officer_id == taker.id)
    ).first() is not None:  # fmt: skip
        raise UnacceptableError(f"{taker.name} is on case {wish.case} already")


def _row(principal: Principal, wish: Wish, taker: Officer) -> Cover:
    return Cover(
        id=new_id("cover"),
        case_id=wish.case,
        officer_id=taker.id,
        by_id=principal.officer,
        since=wish.since,
        until=wish.until,
        made_at=principal.at,
    )


def _forget_ended(session: Session, now: datetime) -> None:
    over = select(Cover.id).where(or_(Cover.until <= now, Cover.ended_at.is_not(None)))
    session.execute(delete(CoverWrap).where(CoverWrap.cover_id.in_(over)))

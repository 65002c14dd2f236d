"""For how long which officer looked at which capture (FIELD R26): an entry of the audit chain for each look.

The page says so while the capture is before the officer, every few seconds, and once more when it goes. A browser that
crashes, a lid that is closed, a network that is lost: what was said last is then written down as a look that was cut
off. Seconds count only while the page can be seen.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from server_stub import audit
from server_stub.access import Principal, own_cases, refuse
from server_stub.audit import Outcome
from server_stub.database import Database
from server_stub.place import Place
from server_stub.tables import Record, ViewTime

LOST_AFTER = timedelta(minutes=2)
"""After so long without a word a look is taken to be over."""
_KEPT = timedelta(days=1)
LONGEST = 24 * 3600
ENDED, CUT_OFF = "viewed", "viewed-cut-off"


@dataclass(frozen=True, slots=True)
class Look:
    """What a page says of one look: so many seconds so far, the picture uncovered for some of them."""

    view: str
    place: Place
    seconds: int
    picture_seconds: int
    ended: bool


class ViewTimes:
    """Takes what pages say, and writes looks that are over into the audit chain."""

    def __init__(self, database: Database) -> None:
        """Keep looks that go on in this database."""
        self._database = database

    def tell(self, principal: Principal, look: Look) -> None:
        """Take a word of a page; told again, or in another order, the longest counts. Raises NotFoundError."""
        with self._database.writing() as session:
            known = _is_own(session, principal, look.place)
            if known:
                row = _row(session, principal, look)
                if row.officer_id == principal.officer and not row.ended:
                    row.seconds = max(row.seconds, look.seconds)
                    row.picture_seconds = max(row.picture_seconds, look.picture_seconds)
                    row.told_at = principal.at
                    if look.ended:
                        _write(session, row, ENDED, principal.at)
                _sweep(session, principal.at)
        if not known:
            refuse(self._database, principal, action=ENDED, subject=str(look.place))

    def sweep(self, *, now: datetime) -> None:
        """Write down looks that nobody speaks of any more."""
        with self._database.writing() as session:
            _sweep(session, now)


def _is_own(session: Session, principal: Principal, place: Place) -> bool:
    at = Record.device_id == place.device, Record.epoch == place.epoch, Record.seq == place.seq
    query = select(Record.id).where(*at, Record.case_id.in_(own_cases(principal)))
    return session.scalars(query.limit(1)).first() is not None


def _row(session: Session, principal: Principal, look: Look) -> ViewTime:
    row = session.get(ViewTime, look.view)
    if row is None:
        row = ViewTime(
            id=look.view, officer_id=principal.officer, place=str(look.place), seconds=0, picture_seconds=0,
            told_at=principal.at, ended=False,
        )  # fmt: skip
        session.add(row)
    return row


def _sweep(session: Session, now: datetime) -> None:
    lost = select(ViewTime).where(ViewTime.told_at < now - LOST_AFTER, ViewTime.ended.is_(False))
    for row in session.scalars(lost.order_by(ViewTime.told_at, ViewTime.id)):
        _write(session, row, CUT_OFF, now)
    session.execute(delete(ViewTime).where(ViewTime.told_at < now - _KEPT, ViewTime.ended.is_(True)))


def _write(session: Session, row: ViewTime, action: str, now: datetime) -> None:
    row.ended = True
    picture = f", picture {row.picture_seconds} s" if row.picture_seconds else ""
    subject = f"{row.place} {row.seconds} s{picture}"
    audit.write(session, at=now, actor=row.officer_id, action=action, subject=subject, outcome=Outcome.DONE)

"""Weeks of a made-up person's life with a device: evenings of use, captures now and then, one change to be noticed.

Heartbeats are rows of the store only, since nobody opens them; everything else is sealed as ever and put in at once.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from evidence import envelope
from evidence.coverage import CoverageRecord, State
from evidence.envelope import Kind, Part
from evidence.record import EventRecord
from server_stub import groups
from server_stub.access import Principal, Role
from server_stub.accounts import find_officer
from server_stub.tables import Record, columns_of
from tests.console.many import ManySite
from tests.console.site import OFFICER, Seed

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
DAYS = 35


@dataclass(frozen=True, slots=True)
class Evening:
    """When a device was on, on a day so many days ago; whether it had a network, and what its run ended with."""

    ago: int
    begin: int
    """Hour of the day (UTC)."""
    hours: int
    online: bool = True
    seen: int = 60
    """Minutes of each hour of use that could be watched; the rest is not."""
    killed: bool = False
    """Whether it broke off without an orderly end."""


Life = Sequence[Evening]


def steady(*, until: int = 1, hours: int = 5) -> Life:
    """Return an evening on each of the last weeks' days, up to so many days ago."""
    return [Evening(ago, 17, hours) for ago in range(DAYS, until - 1, -1)]


def better(*, until: int = 1) -> Life:
    """Return four weeks of nights up to two o'clock, then a week that ends at ten."""
    nights = [Evening(ago, 20, 6, seen=57) for ago in range(DAYS, 7, -1)]
    return [*nights, *(Evening(ago, 18, 4) for ago in range(7, until - 1, -1))]


_NOTHING = Seed("", "", 0)


class WeeksSite(ManySite):
    """A case whose device has lived for some weeks. `today` is the midnight (UTC) before the site was made."""

    _bare = False
    _ended: datetime | None = None
    _killed = False

    def join_device(self) -> None:
        """Enrol a device that has recorded nothing."""
        super().join_device()
        self._rows: list[dict[str, Any]] = []

    @property
    def today(self) -> datetime:
        return self.begin.replace(hour=0, minute=0, second=0)

    def live(
        self, life: Life, *, seeds: Callable[[Evening], Sequence[Seed]] = lambda _: (), bare: bool = False
    ) -> None:
        """Put in what the device recorded in these evenings; `seeds` gives the captures of one.

        `bare`: only what headers tell is put in, which is much quicker; nothing of it can be opened.
        """
        self._bare = bare
        self.prev, self.seq = "1" * 64, max(1, self.seq)  # heartbeats take numbers of the chain without being sealed
        for evening in life:
            self._evening(evening, seeds(evening))
        self._flush()
        self._bare = False

    def _evening(self, evening: Evening, seeds: Sequence[Seed]) -> None:
        begin = self.today - evening.ago * DAY + evening.begin * HOUR
        end = begin + evening.hours * HOUR
        self._since_the_last(begin)
        late = None if evening.online else end + 2 * DAY  # later than any hour at which a test looks
        self._add(Kind.EVENT, _meta(EventRecord("agent-started", "", {"libraries": 1})), _NOTHING, begin, late)
        for quarter in range(evening.hours * 4):
            since = begin + quarter * 15 * MINUTE
            self._beats(since, late)
            for one in seeds[quarter // 3 : quarter // 3 + 1] if quarter % 3 == 0 else ():
                at = since + MINUTE
                seed = replace(one, seconds=int((at - self.begin).total_seconds()))
                self._add(Kind.CAPTURE, self.parts(seed), seed, at, late)
            self._add(
                Kind.COVERAGE,
                _meta(_coverage(since, evening.seen, min(14, 3 + evening.ago * 5 % 4 + quarter // 4 * 2))),
                _NOTHING,
                since + 15 * MINUTE,
                late,
            )
        if not evening.killed:
            stopped = EventRecord("agent-stopped", "It stopped: it was told to.")
            self._add(Kind.EVENT, _meta(stopped), _NOTHING, end, late)
        self._ended, self._killed = end, evening.killed

    def _since_the_last(self, begin: datetime) -> None:
        """Account for the time since the run before, as an agent does when it starts."""
        if self._ended is None:
            return
        minutes = int((begin - self._ended) / MINUTE)
        state = State.DOWN if self._killed else State.OFF
        span = CoverageRecord(self._ended, begin, {state: (60,) * minutes}, {}, {})
        self._add(Kind.COVERAGE, _meta(span), _NOTHING, begin, None)
        if self._killed:
            killed = EventRecord("agent-cut-off", "The run before was killed.")
            self._add(Kind.EVENT, _meta(killed), replace(_NOTHING, severity=3), begin, None)

    def event(
        self, kind: Kind, record: EventRecord | CoverageRecord, at: datetime, *, severity: int = 0
    ) -> None:  # fmt: skip
        """Seal a record that is no capture as of a moment and put it in."""
        self._add(kind, _meta(record), replace(_NOTHING, severity=severity), at, None)
        self._flush()

    def _beats(self, since: datetime, received: datetime | None) -> None:
        for minute in range(15):
            at = since + minute * MINUTE
            self._row(Kind.HEARTBEAT, _NOTHING, at, received or at)

    def _add(self, kind: Kind, parts: Sequence[Part], seed: Seed, at: datetime, received: datetime | None) -> None:
        if self._bare:
            self._row(kind, seed, at, received or at)
            return
        fields = replace(self.fields(seed, seq=self.seq, prev=self.prev), kind=kind, time=at, severity=seed.severity)
        sealed = envelope.seal(fields, parts, self.recipients, self.device_key, entropy=Random(self.seq).randbytes)
        path = self.folder.blobs / sealed.digest[:2] / sealed.digest
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(sealed.envelope)
        self.prev = sealed.header_digest
        head = envelope.parse(sealed.envelope).length
        self._row(kind, seed, at, received or at, digest=sealed.digest, head_length=head)

    def _row(
        self, kind: Kind, seed: Seed, at: datetime, received: datetime, *, digest: str = "0" * 64, head_length: int = 0
    ) -> None:
        row = {
            "device_id": self.device, "epoch": 0, "seq": self.seq, "case_id": self.case, "kind": kind.value,
            "severity": seed.severity, "fold_group": seed.group, "origin": "screen", "recorded_at": at,
            "received_at": received, "digest": digest, "header_digest": self.prev, "head_length": head_length,
            "receipt": b"",
        }  # fmt: skip
        self._rows.append(row)
        self.seq += 1

    def _flush(self) -> None:
        """Write all that was made in one transaction."""
        rows, self._rows = self._rows, []
        with self.server.database.writing() as session:
            session.execute(insert(columns_of(Record)), rows)
            groups.add_captures(session.connection(), rows)


def _meta(record: EventRecord | CoverageRecord) -> list[Part]:
    return [Part("meta", record.to_bytes())]


def _coverage(since: datetime, seen: int, used: int) -> CoverageRecord:
    """A quarter of an hour: used for some minutes, of which a part could be seen, then left alone."""
    watched = max(0, used - (60 - seen) // 3)
    columns = {
        State.WATCHED: (60,) * watched + (0,) * (15 - watched),
        State.UNWATCHED: (0,) * watched + (60,) * (used - watched) + (0,) * (15 - used),
        State.IDLE: (0,) * used + (60,) * (15 - used),
    }
    reasons = {} if watched == used else {"badge-lost": columns[State.UNWATCHED]}
    return CoverageRecord(since, since + 15 * MINUTE, columns, {}, reasons)


def captures_of(evening: Evening) -> list[Seed]:
    """Return the captures of an evening: many in late nights, few in short evenings, some of every kind."""
    return list(_captures_of(evening))


def _captures_of(evening: Evening) -> Iterator[Seed]:
    late = evening.begin + evening.hours > 24
    yield Seed("Car parts", f"a staple gun for the boot, no {evening.ago}", 2)
    if evening.ago % 3 == 0:
        yield Seed("Messages", f"can you get me a gun, no {evening.ago}", 4, provenance="typed", source="typed")
    for number in range(4 if late else 1):
        yield Seed("Odds", f"no bookie takes this {evening.ago} {number}", 3, term="bookie", library="gambling")
    if evening.ago % 9 == 4:
        yield Seed("Search", f"kim probation officer address {evening.ago}", 4, term="kim", library="staff-safety")


def fill(site: WeeksSite) -> None:
    """Give a site five weeks in which much happened: late nights that grew fewer, a killed agent, a stick, a screen."""
    site.live([*better(until=4), Evening(3, 17, 3)], seeds=captures_of)
    evening = site.today - 3 * DAY + 20 * HOUR
    for minute, event, text, severity in SIGNS:
        site.event(Kind.EVENT, EventRecord(event, text), evening + minute * MINUTE, severity=severity)
    site.event(Kind.NOTE, EventRecord("note", "My brother used the laptop on Sunday."), evening + 80 * MINUTE)
    rest = [
        Evening(3, 22, 1),
        Evening(2, 18, 3),
        Evening(1, 13, 2, killed=True),  # its return is told for two days: at any hour of the day of a test
        Evening(1, 16, 1),
        Evening(1, 18, 3, online=False),
    ]
    site.live(rest, seeds=captures_of)


SIGNS = (
    (5, "media-inserted", "A stick, a disk or an image of one was connected.", 1),
    (25, "media-removed", "A stick, a disk or an image of one was taken away.", 0),
    (30, "display-added", "A monitor of 1920 x 1080 pixels was added or changed; it is watched as well.", 1),
    (40, "evasion-sign", "The Tor network is in use: it hides which sites are visited.", 3),
    (52, "evasion-sign", "The Tor network is in use: it hides which sites are visited.", 3),
    (70, "badge-lost", "The badge cannot be seen; watching stopped.", 2),
    (71, "badge-back", "The badge can be seen again; watching goes on.", 0),
)


def officer(session: Session) -> Principal:
    """Return the site's officer as somebody who asks now."""
    found = find_officer(session, OFFICER)
    return Principal(found.id, "", Role(found.role), datetime.now(UTC))

"""People: heartbeats are counted once, silence is judged and told, absences explain it; for its own officers only."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evidence.header import Kind
from evidence.record import EventRecord
from server_stub import accounts, authorities
from server_stub.access import Principal, Role
from server_stub.accounts import at_the_machine
from server_stub.alert_delivery import Message, _is_settled
from server_stub.alerts import About, Rule
from server_stub.errors import NotFoundError, UnacceptableError
from server_stub.jobs import Jobs, Worker
from server_stub.people import LEAD_UP, AbsenceWish
from server_stub.place import Place
from server_stub.presence import EVERY, PresenceWatch, hours_of
from server_stub.server import entropy
from server_stub.setup import OfflineFolder
from server_stub.tables import Alert, AuditEntry, AuthorityFile, Departure, Job, Presence, Silence
from tests.console.site import OFFICER, PASSPHRASE, Seed
from tests.console.weeks import DAY, HOUR, MINUTE, Evening, WeeksSite, steady
from tests.server_stub.conftest import NewDatabase


class Town:
    """A site whose watch looks at whatever moment the test names."""

    def __init__(self, site: WeeksSite) -> None:
        self.site = site
        self.at = site.begin
        self.watch = PresenceWatch(site.server.database, issuer_key=site.folder.issuer_key(), clock=lambda: self.at)

    def asking(self, name: str = OFFICER) -> Principal:
        with self.site.server.database.reading() as session:
            found = accounts.find_officer(session, name)
            return Principal(found.id, "", Role(found.role), self.at)

    def judged(self, at: datetime) -> str:
        """Look at a moment; return what is said of the device."""
        self.at = at
        self.watch.look()
        ((device,),) = [one.devices for one in self.site.server.people.listed(self.asking())]
        assert device.evidence
        return device.meaning

    def alerts(self) -> list[Alert]:
        with self.site.server.database.reading() as session:
            return list(session.query(Alert).order_by(Alert.raised_at))


@pytest.fixture
def town(tmp_path: Path, new_database: NewDatabase) -> Iterator[Town]:
    """Return a town on each kind of database."""
    with closing(WeeksSite(tmp_path, database=new_database())) as site:
        yield Town(site)


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Town]:
    """Return the same on SQLite, for what no database does differently."""
    with closing(WeeksSite(tmp_path)) as site:
        yield Town(site)


def test_every_heartbeat_is_counted_once(town: Town) -> None:
    """Looking again adds nothing; what came since is added; an hour knows how many came late."""
    town.site.live([Evening(2, 18, 2), Evening(1, 18, 1, online=False)], bare=True)
    town.at = town.site.today + 12 * HOUR  # the records of the evening without a network come at 19:00
    for _ in range(2):
        town.watch.look()
    with town.site.server.database.reading() as session:
        assert sorted(row.beats for row in session.query(Presence)) == [60, 60]
    town.at = town.site.begin + 2 * DAY
    town.watch.look()
    with town.site.server.database.reading() as session:
        assert sorted((row.beats, row.late) for row in session.query(Presence)) == [(60, 0), (60, 0), (60, 60)]


def test_a_clock_that_runs_ahead_is_not_believed() -> None:
    """What claims to be from the future belongs to the hour in which it arrived; what is too old is left out."""
    now = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    counts = hours_of(
        [("d", now + 400 * DAY, now), ("d", now - MINUTE, now), ("d", now - 900 * DAY, now)], since=now - DAY
    )
    assert list(counts.values()) == [(2, 0)]


def test_silence_is_told_once_taken_back_and_told_again(town: Town) -> None:
    """A rule of severity 3; a silence beyond the routine raises one alert, however often one looks."""
    rule = Rule("duty@example.org", 3, timedelta(minutes=30), case=town.site.case)
    town.site.server.alerts.add_rule(at_the_machine(town.at), rule)
    town.site.live(steady(), bare=True)
    morning = town.site.today + 9 * HOUR
    assert town.judged(morning) == "usual"
    assert town.alerts() == []
    for hours in (72, 73, 96):
        assert town.judged(morning + hours * HOUR) == "off"
    (raised,) = town.alerts()
    assert (raised.about, raised.severity) == ("silence", 3)
    with town.site.server.database.reading() as session:
        assert not _is_settled(session, raised)
    town.site.event(Kind.HEARTBEAT, EventRecord("heartbeat", ""), morning + 97 * HOUR)
    assert town.judged(morning + 97 * HOUR + 2 * MINUTE) == "reporting"
    with town.site.server.database.reading() as session:
        assert _is_settled(session, raised), "it is over: nobody is called any more"


def test_the_message_about_a_silence_names_nobody_and_no_reason() -> None:
    """Severity, case, and where to look: what is known of it stands in the console."""
    message = Message("alert-1", "case-1", 4, datetime(2026, 3, 1, tzinfo=UTC), 0, About.SILENCE)
    assert "not its routine (severity 4" in message.body("https://console/")
    assert "capture of severity" not in message.body("https://console/")


def test_an_absence_keeps_a_silence_quiet(town: Town) -> None:
    """Noted: away. Taken back: told. Both are in the audit record."""
    town.site.live(steady(until=5), bare=True)
    at = town.site.today + 9 * HOUR
    assert town.judged(at) == "off"
    wish = AbsenceWish("ab" * 16, town.site.case, at - 5 * DAY, at + DAY, b"sealed")
    for _ in range(2):
        town.site.server.people.note_absence(town.asking(), wish)
    with town.site.server.database.reading() as session:
        assert session.query(AuditEntry).filter_by(action="note-absence").count() == 1, "sent again, it changes nothing"
    assert town.judged(at) == "away"
    ((noted,),) = [one.absences for one in town.site.server.people.listed(town.asking())]
    assert (noted.until, noted.note) == (at + DAY, b"sealed")
    town.site.server.people.withdraw_absence(town.asking(), wish.id)
    assert town.judged(at) == "off"
    with pytest.raises(UnacceptableError):
        town.site.server.people.note_absence(town.asking(), AbsenceWish("cd" * 16, town.site.case, at, at, None))


def test_a_withdrawn_authority_ends_the_watching(village: Town) -> None:
    """Nothing is expected, and nobody is called."""
    village.site.live(steady(until=5), bare=True)
    issuing = OfflineFolder(village.site.folder.root.parent / "offline").issuing_key()
    database, digest = village.site.server.database, village.site.authority
    authorities.withdraw(database, digest, "Consent taken back", issuing_key=issuing, now=village.at)
    assert village.judged(village.site.today + 30 * HOUR) == "ended"


def test_a_case_that_was_given_away_is_not_watched_here(village: Town) -> None:
    """The devices report elsewhere: their silence is none."""
    village.site.live(steady(until=5), bare=True)
    assert village.judged(village.site.today + 9 * HOUR) == "off"
    with village.site.server.database.writing() as session:
        session.add(Departure(case_id=village.site.case, invitation=b"", given_at=village.at, by_id="officer-1"))
    assert village.judged(village.site.today + 10 * HOUR) == "ended"


def test_one_authority_that_cannot_be_read_stops_no_watching(village: Town) -> None:
    """What its issuer did not sign ends nothing: the device is judged on."""
    village.site.live(steady(until=5), bare=True)
    with village.site.server.database.writing() as session:
        session.get_one(AuthorityFile, village.site.authority).issuer_key = b"\1" * 32
    assert village.judged(village.site.today + 9 * HOUR) == "off"


def test_killed_and_back_is_an_alarm_at_return(village: Town) -> None:
    """The event of severity 3 in the hour of the return is what headers show of it."""
    village.site.live(steady(), bare=True)
    back = village.site.today + 9 * HOUR
    killed = EventRecord("agent-cut-off", "The run before was killed.")
    village.site.event(Kind.EVENT, killed, back + MINUTE, severity=3)
    village.site.event(Kind.HEARTBEAT, EventRecord("heartbeat", ""), back + 2 * MINUTE)
    assert village.judged(back + 5 * MINUTE) == "alarm-at-return"


def test_the_timeline_tells_hours_and_what_can_be_opened(town: Town) -> None:
    """Captures by hour and severity, hours alive, and every record but heartbeats; nothing of another time."""
    town.site.live([Evening(3, 18, 2), Evening(1, 18, 2)], seeds=lambda _: [Seed("Page", "a gun", 4)] * 2, bare=True)
    town.watch.look()
    since, until = town.site.today - 2 * DAY, town.site.today
    found = town.site.server.people.timeline(town.asking(), town.site.case, since, until)
    evening = since + DAY + 18 * HOUR
    assert [(one.begin, one.severity, one.captures) for one in found.captures] == [(evening, 4, 2)]
    assert [(one.begin, one.beats) for one in found.alive] == [(evening, 60), (evening + HOUR, 60)]
    assert sorted({one.kind for one in found.records}) == ["coverage", "event"]
    assert len(found.records) == 8 + 3, "a quarter of an hour each, the time off before, start and stop"
    assert not found.more
    with pytest.raises(UnacceptableError):
        town.site.server.people.timeline(town.asking(), town.site.case, since, since + 101 * DAY)


def test_what_led_up_to_a_capture_is_its_chain_backwards(village: Town) -> None:
    """The capture last, the records before it in their order, no heartbeat, and not more than fit."""
    village.site.live([Evening(1, 8, 15)], seeds=lambda _: [Seed("Page", "a gun")] * 32, bare=True)
    newest = max(one.seq for one in _captures(village.site))
    found = village.site.server.people.lead_up(village.asking(), Place(village.site.device, 0, newest))
    assert [one.place.seq for one in found] == sorted(one.place.seq for one in found)
    assert (found[-1].place.seq, found[-1].kind) == (newest, "capture")
    assert len(found) == LEAD_UP + 1
    assert "heartbeat" not in {one.kind for one in found}


def _captures(site: WeeksSite) -> list[Place]:
    return [one.place for one in site.server.review.captures(_officer(site), before=None, limit=200, now=site.begin)]


def _officer(site: WeeksSite) -> Principal:
    with site.server.database.reading() as session:
        found = accounts.find_officer(session, OFFICER)
        return Principal(found.id, "", Role(found.role), site.begin)


def test_a_stranger_learns_nothing_of_a_person(village: Town) -> None:
    """Every way in: not there, and the try is noted."""
    village.site.live([Evening(1, 18, 1)], bare=True)
    village.site.server.officers.add("lee", PASSPHRASE, now=village.at, entropy=entropy)
    lee, people = village.asking("lee"), village.site.server.people
    assert people.listed(lee) == []
    for attempt in (
        lambda: people.timeline(lee, village.site.case, village.at - DAY, village.at),
        lambda: people.lead_up(lee, Place(village.site.device, 0, 0)),
        lambda: people.note_absence(lee, AbsenceWish("ab" * 16, village.site.case, village.at, village.at + DAY, None)),
        lambda: people.withdraw_absence(lee, "ab" * 16),
    ):
        with pytest.raises(NotFoundError):
            attempt()
    with village.site.server.database.reading() as session:
        assert session.query(AuditEntry).filter_by(actor=lee.officer, outcome="refused").count() == 4


def test_the_job_plans_its_next_round_before_it_looks(town: Town) -> None:
    """Begun twice: one job. Worked off: the next one waits, ten minutes later."""
    town.watch.begin()
    town.watch.begin()
    worker = Worker(town.site.server.database, town.watch.handlers(), clock=lambda: town.at)
    assert worker.run_due() == 1
    with town.site.server.database.reading() as session:
        (job,) = session.query(Job)
        assert job.due_at == town.at + EVERY
        assert session.query(Silence).count() == 1
    assert Jobs(town.site.server.database).waiting(now=town.at).due == 0

"""The force's figures: counted from real decisions, for who may have them, and never about a few people."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from overt.cli import app
from server_stub import accounts, figures_csv, teams
from server_stub.access import Principal, Role
from server_stub.decisions import Disposition, Wish
from server_stub.errors import NotFoundError, UnacceptableError
from server_stub.exposure import count_picture
from server_stub.figures import Figures, Grid, figures_of, force_figures, read_month
from server_stub.figures_facts import CaptureFact, DeviceFact, Facts, OfficerFact, Period, read
from server_stub.tables import AuditEntry, Departure, Officer, Record
from tests.console.site import OFFICER, CaseSite, Seed
from tests.server_stub.conftest import NewDatabase

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MONTH = Period.month(2026, 11)


def grid(figures: Figures, name: str) -> Grid:
    """Return a table by its name."""
    return next(one for one in figures.grids if one.name == name)


def value(figures: Figures, name: str) -> float | None:
    """Return a number by its name; it must not be hidden."""
    (found,) = [one for one in figures.numbers if one.name == name]
    assert not found.hidden
    return found.value


def force(people: int = 12, *, captures: int = 3) -> Facts:
    """Return a force of two teams: everybody has captures, the first of them false alarms, one person a breach."""
    names = {f"case-{number:02}": "north" if number % 3 else "south" for number in range(people)}
    received = NOW - timedelta(days=2)
    found = []
    for case in names:
        for number in range(captures):
            what = "false-alarm" if number == 0 else "no-concern" if number == 1 else None
            decided = None if what is None else received + timedelta(hours=6)
            found.append(CaptureFact(case, received, what, decided, None if what is None else "kim"))
    found.append(CaptureFact("case-00", received, "breach", received + timedelta(hours=1), "kim"))
    return Facts(
        teams=names,
        devices=tuple(DeviceFact(case, 15, 20, NOW - timedelta(hours=3)) for case in names),
        captures=tuple(found),
        waiting=tuple(one for one in found if one.disposition is None),
        officers=tuple(OfficerFact(f"officer-{number}", (20 + number, 70)) for number in range(6)),
    )


def test_what_is_counted() -> None:
    """Tables add up where nothing is hidden; middles and shares follow from their facts."""
    found = figures_of(force(), MONTH, scope="the whole force", now=NOW)
    assert grid(found, "people").rows == ("north", "south", "all")
    assert grid(found, "backlog").counts == ((0, 12, 0, 0, 0, 12),)
    assert value(found, "captures-per-person") == 3
    assert value(found, "coverage") == 75
    assert value(found, "delay-middle") == 6
    assert value(found, "within-day") == 100
    assert value(found, "false-share") == pytest.approx(48, abs=0.1)
    assert value(found, "over-limit") == 6


def test_one_persons_breach_is_not_to_be_found() -> None:
    """The one breach is in no table and in no number, and cannot be subtracted out of the totals."""
    found = figures_of(force(), MONTH, scope="the whole force", now=NOW)
    captures = grid(found, "captures")
    breach = captures.columns.index("breach")
    assert [row[breach] for row in captures.counts] == [0, None, None]
    for row in captures.counts:
        assert sum(count is None for count in row) != 1
    people = next(one for one in found.numbers if one.name == "breach-people")
    assert people.hidden
    assert people.value is None


@pytest.mark.parametrize("people", [1, 4])
def test_of_a_few_people_nothing_is_shown(people: int) -> None:
    """Every count and number about them is hidden; zeros and officers' own numbers are not about them."""
    found = figures_of(force(people), MONTH, scope="your teams", now=NOW)
    assert {count for one in found.grids for row in one.counts for count in row} <= {None, 0}
    about_people = [one for one in found.numbers if one.name not in ("officers", "pictures-a-day", "over-limit")]
    assert [one.name for one in about_people if one.value is not None] == ["decided-per-officer"]


def test_nothing_measured_is_not_called_hidden() -> None:
    """A force without captures has no delay; nobody hides it."""
    found = figures_of(replace(force(), captures=(), waiting=()), MONTH, scope="the whole force", now=NOW)
    delay = next(one for one in found.numbers if one.name == "delay-middle")
    assert (delay.value, delay.hidden) == (None, False)


def test_a_month_is_a_month() -> None:
    """December ends with the year; a month to come, or none at all, is refused in words."""
    assert read_month("2025-12", now=NOW) == Period(datetime(2025, 12, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))
    assert read_month(None, now=NOW) == MONTH
    for text in ("2026-13", "0000-01", "soon"):
        with pytest.raises(UnacceptableError):
            read_month(text, now=NOW)
    with pytest.raises(UnacceptableError, match="not begun"):
        read_month("2027-01", now=NOW)


def test_the_file_says_everything_once() -> None:
    """One line a number, hidden ones marked, and a team's name is no formula to a spreadsheet."""
    facts = force()
    facts = replace(facts, teams=dict.fromkeys(facts.teams, "=1+1"))
    found = figures_of(facts, MONTH, scope="the whole force", now=NOW)
    lines = list(csv.DictReader(io.StringIO(figures_csv.spell(found))))
    assert len(lines) == len(found.numbers) + sum(len(one.rows) * len(one.columns) for one in found.grids)
    assert {line["row"] for line in lines if line["figure"] == "people"} == {"'=1+1"}
    (breaches,) = [line for line in lines if line["figure"] == "breach-people"]
    assert (breaches["value"], breaches["hidden"]) == ("", "hidden")


# --- out of a real database ---


@pytest.fixture
def site(tmp_path: Path, new_database: NewDatabase) -> Iterator[CaseSite]:
    """Return a server with one case of six captures, on each kind of database."""
    with closing(CaseSite(tmp_path, database=new_database())) as site:
        site.add([Seed("A page", f"words {number}") for number in range(6)])
        teams.add_team(site.server.database, accounts.at_the_machine(site.begin), "north")
        yield site


def principal(site: CaseSite, name: str, role: Role) -> Principal:
    """Return an account as it asks; the officer that is there already, or a new one."""
    with site.server.database.reading() as session:
        found = session.query(Officer).filter_by(name=name).first()
    account = name if found is None else found.id
    return Principal(account, "", role, site.begin + timedelta(minutes=5))


def test_facts_come_from_decisions_that_stand(site: CaseSite) -> None:
    """Undone decisions do not count; of two the newer does; what waits is what nobody decided."""
    kim = principal(site, OFFICER, Role.OFFICER)
    places = [replace(site.last_place, seq=seq) for seq in range(6)]
    later = site.begin
    for number, (seqs, what) in enumerate(
        [((0, 1), Disposition.NO_CONCERN), ((1,), Disposition.BREACH), ((2,), Disposition.CONCERN)]
    ):
        wish = Wish(f"{number:032}", what, [places[seq] for seq in seqs], None)
        later += timedelta(seconds=1)
        site.server.decisions.decide(kim, wish, now=later)
    site.server.decisions.undo(kim, f"{2:032}", now=later)
    with site.server.database.writing() as session:
        count_picture(session, kim.officer, severity=5, now=site.begin)
    period = read_month(None, now=site.begin)
    with site.server.database.reading() as session:
        facts = read(session, principal(site, "ada", Role.AUDITOR), period, now=site.begin + timedelta(minutes=1))
    assert Counter(one.disposition for one in facts.captures) == {None: 4, "no-concern": 1, "breach": 1}
    assert len(facts.waiting) == 4
    assert [one.days == one.days_enrolled > 0 for one in facts.devices] == [True]
    assert [one.pictures for one in facts.officers] == [(1,)]
    assert facts.teams == {site.case: "no team"}


def test_a_month_that_is_over_has_its_own_days_and_no_more(site: CaseSite) -> None:
    """What was recorded and opened in the first moment of the next month is that month's."""
    period = read_month(None, now=site.begin)
    auditor = principal(site, "ada", Role.AUDITOR)
    kim = principal(site, OFFICER, Role.OFFICER)
    with site.server.database.writing() as session:
        session.execute(update(Record).values(recorded_at=period.until))
        count_picture(session, kim.officer, severity=5, now=period.until)
    with site.server.database.reading() as session:
        before = read(session, auditor, period, now=period.until + timedelta(days=9))
        after = read(session, auditor, read_month(None, now=period.until), now=period.until)
    left = (period.until - timedelta(days=1)).day - site.begin.day + 1
    assert [(one.days, one.days_enrolled) for one in before.devices] == [(0, left)]
    assert [(one.days, one.days_enrolled) for one in after.devices] == [(1, 1)]
    assert [[one.pictures for one in facts.officers] for facts in (before, after)] == [[()], [(1,)]]


def test_a_case_that_was_given_away_is_counted_where_it_is(site: CaseSite) -> None:
    """Its device reports elsewhere: here it would be silent for ever."""
    with site.server.database.writing() as session:
        session.add(Departure(case_id=site.case, invitation=b"", given_at=site.begin, by_id="officer-1"))
    with site.server.database.reading() as session:
        facts = read(session, principal(site, "ada", Role.AUDITOR), read_month(None, now=site.begin), now=site.begin)
    assert (facts.teams, facts.devices, facts.captures, facts.waiting) == ({}, (), (), ())


def test_figures_are_for_who_may_have_them(site: CaseSite) -> None:
    """A supervisor has those of his teams, an auditor the force's; an officer's try is refused and noted."""
    database = site.server.database
    period = read_month(None, now=site.begin)
    sam = principal(site, "sam", Role.SUPERVISOR)
    assert grid(force_figures(database, sam, period), "captures").rows == ()
    ada = principal(site, "ada", Role.AUDITOR)
    found = force_figures(database, ada, period)
    assert (found.scope, grid(found, "captures").rows) == ("the whole force", ("no team",))
    with pytest.raises(NotFoundError):
        force_figures(database, principal(site, OFFICER, Role.OFFICER), period)
    with database.reading() as session:
        entries = session.query(AuditEntry).filter_by(action="read-figures").order_by(AuditEntry.seq)
        assert [one.outcome for one in entries] == ["done", "done", "refused"]


def test_the_command_prints_and_writes(site: CaseSite, tmp_path: Path) -> None:
    """On the screen, as JSON, as a file; a month that is none is refused in words."""
    data = ["--data", str(site.folder.root)]
    run = CliRunner().invoke
    shown = run(app, ["server", "figures", *data])
    assert (shown.exit_code, "Captures that wait for a decision now" in shown.output) == (0, True)
    assert json.loads(run(app, ["server", "figures", "--json", *data]).output)["scope"] == "the whole force"
    file = tmp_path / "figures.csv"
    assert run(app, ["server", "figures", "--csv", str(file), *data]).exit_code == 0
    assert file.read_bytes().startswith(b"month,scope,figure,row,column,value,unit,hidden\r\n")
    refused = run(app, ["server", "figures", "--month", "2026-13", *data])
    assert (refused.exit_code, "Write it as 2026-11." in refused.output) == (2, True)

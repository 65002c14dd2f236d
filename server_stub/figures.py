"""The force's figures: people, devices, captures, how soon they are decided, what they turn out to be (FIELD R31).

Made of `figures_facts`, by rules that are stated here and in docs/figures.md, and never about a few people: whatever
fewer than five people (or, of officers' work, fewer than five officers) contribute to is hidden, and so is whatever
would give it away (`suppression`). Which term was at fault is sealed; the page makes that part where the keys are.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median, quantiles

from server_stub import access, figures_facts
from server_stub.access import Principal, Right, demand
from server_stub.database import Database
from server_stub.decisions import Disposition
from server_stub.errors import UnacceptableError
from server_stub.figures_facts import CaptureFact, DeviceFact, Facts, Period
from server_stub.suppression import LEAST_PEOPLE, Cell, Table
from server_stub.welfare import GENTLE_LIMIT

REPORTS_WITHIN = timedelta(days=1)
"""A device that reported within this time is reporting; the others are silent."""
AGES = ((1, "under 1 day"), (3, "1–3 days"), (7, "3–7 days"), (28, "1–4 weeks"), (None, "over 4 weeks"))
KINDS = ("undecided", *(one.value for one in Disposition))
TOTAL = "all"
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of counts that add up. A hidden count is None."""

    name: str
    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Number:
    """One figure. `value` is None where it is hidden, and, with `hidden` False, where there was nothing to measure."""

    name: str
    title: str
    value: float | None
    unit: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a month. `scope`: whose they are, in words."""

    month: str
    made_at: datetime
    scope: str
    grids: tuple[Grid, ...]
    numbers: tuple[Number, ...]


def read_month(text: str | None, *, now: datetime) -> Period:
    """Return the month that is meant by 2026-11; None: this one. Raises UnacceptableError."""
    try:
        year, month = (now.year, now.month) if text is None else map(int, text.split("-"))
        period = Period.month(year, month)
    except ValueError:
        raise UnacceptableError("the month is not understood", hint="Write it as 2026-11.") from None
    if period.since > now:
        raise UnacceptableError("that month has not begun")
    return period


def force_figures(database: Database, principal: Principal, period: Period) -> Figures:
    """Return the figures of the account's teams, or of the whole force for who oversees none; noted in the audit chain.

    Raises NotFoundError for who has no right to figures.
    """
    demand(database, principal, Right.FIGURES, action="read-figures", subject=period.name)
    with database.writing() as session:
        access.note(session, principal, "read-figures", period.name)
    with database.reading() as session:
        facts = figures_facts.read(session, principal, period, now=principal.at)
    scope = "your teams" if principal.may(Right.OVERSEE) else "the whole force"
    return figures_of(facts, period, scope=scope, now=principal.at)


def figures_of(facts: Facts, period: Period, *, scope: str, now: datetime) -> Figures:
    """Work the figures out."""
    teams = tuple(sorted(set(facts.teams.values())))
    grids = (_people(facts, teams), _devices(facts, teams, now), _decisions(facts, teams), _backlog(facts, now))
    numbers = (*_of_people(facts), *_of_review(facts), *_of_officers(facts))
    return Figures(period.name, now, scope, grids, numbers)


# --- tables ---


def _people(facts: Facts, teams: Sequence[str]) -> Grid:
    cases = [(team, "people", case) for case, team in facts.teams.items()]
    return _grid("people", "People under supervision", teams, ("people",), cases)


def _devices(facts: Facts, teams: Sequence[str], now: datetime) -> Grid:
    found = [(facts.teams[one.case], _state(one, now), one.case) for one in facts.devices]
    title = "Devices, by whether they reported in the last 24 hours"
    return _grid("devices", title, teams, ("reporting", "silent"), found)


def _state(device: DeviceFact, now: datetime) -> str:
    reports = device.last_report is not None and now - device.last_report <= REPORTS_WITHIN
    return "reporting" if reports else "silent"


def _decisions(facts: Facts, teams: Sequence[str]) -> Grid:
    found = [(facts.teams[one.case], one.disposition or KINDS[0], one.case) for one in facts.captures]
    return _grid("captures", "Captures received in the month, by what was decided", teams, KINDS, found)


def _backlog(facts: Facts, now: datetime) -> Grid:
    # For all teams together: by team, it could be subtracted from the month's undecided captures.
    found = [("all teams", _age(now - one.received_at), one.case) for one in facts.waiting]
    columns = tuple(words for _, words in AGES)
    return _grid("backlog", "Captures that wait for a decision now, by how long", ("all teams",), columns, found)


def _age(waited: timedelta) -> str:
    return next(words for days, words in AGES if days is None or waited < days * _DAY)


def _grid(
    name: str, title: str, rows: Sequence[str], columns: Sequence[str], found: Sequence[tuple[str, str, str]]
) -> Grid:
    """Count (row, column, person) into a table with its totals where there is more than one row or column."""
    wide = (*columns, TOTAL) if len(columns) > 1 else tuple(columns)
    long = (*rows, TOTAL) if len(rows) > 1 else tuple(rows)
    counts: dict[tuple[str, str], int] = {}
    people: dict[tuple[str, str], set[str]] = {}
    for row, column, person in found:
        for place in {(row, column), (row, wide[-1]), (long[-1], column), (long[-1], wide[-1])}:
            counts[place] = counts.get(place, 0) + 1
            people.setdefault(place, set()).add(person)
    places = [[(row, column) for column in wide] for row in long]
    cells = [[Cell(counts.get(place, 0), len(people.get(place, ()))) for place in line] for line in places]
    shown = Table(cells).shown() if cells else []
    return Grid(name, title, long, wide, tuple(tuple(row) for row in shown))


# --- numbers: middles and shares, never of fewer than five ---


def _of_people(facts: Facts) -> list[Number]:
    by_case = dict.fromkeys(facts.teams, 0)
    for one in facts.captures:
        by_case[one.case] += 1
    breaches = {one.case for one in facts.captures if one.disposition == Disposition.BREACH.value}
    devices = {one.case for one in facts.devices}
    days, of = sum(one.days for one in facts.devices), sum(one.days_enrolled for one in facts.devices)
    return [
        _middle("captures-per-person", "Captures per person (half have fewer)", list(by_case.values())),
        _share("people-without", "People without any capture", [not number for number in by_case.values()]),
        _number("breach-people", "People with a breach found", len(breaches), "", len(breaches)),
        _number("coverage", "Days on which devices reported", 100 * days / of if of else None, "%", len(devices)),
    ]


def _of_review(facts: Facts) -> list[Number]:
    decided = [one for one in facts.captures if one.decided_at is not None]
    hours = [_waited(one) / _HOUR for one in decided]
    people = len({one.case for one in decided})
    tenths = quantiles(hours, n=10, method="inclusive") if len(hours) > 1 else hours
    return [
        _number("delay-middle", "Time until half were decided", median(hours) if hours else None, "h", people),
        _number("delay-most", "Time until nine in ten were decided", tenths[-1] if hours else None, "h", people),
        _share_of(decided, "within-day", "Decided within a day", lambda one: _waited(one) <= _DAY),
        _share_of(decided, "false-share", "False alarms among what was decided", _is_false_alarm),
    ]


def _is_false_alarm(capture: CaptureFact) -> bool:
    return capture.disposition == Disposition.FALSE_ALARM.value


def _waited(capture: CaptureFact) -> timedelta:
    """Return how long a decided capture waited."""
    return (capture.decided_at or capture.received_at) - capture.received_at


def _of_officers(facts: Facts) -> list[Number]:
    decided = {one.officer: 0 for one in facts.officers}
    for capture in facts.captures:
        if capture.officer in decided:
            decided[capture.officer] += 1
    pictures = [number for one in facts.officers for number in one.pictures]
    lookers = sum(bool(one.pictures) for one in facts.officers)
    over = sum(any(number > GENTLE_LIMIT for number in one.pictures) for one in facts.officers)
    return [
        _number("officers", "Officers who review", len(facts.officers), "", len(facts.officers)),
        _middle("decided-per-officer", "Captures decided per officer (half decided fewer)", list(decided.values())),
        _number(
            "pictures-a-day", "Pictures opened on an officer’s day (half opened fewer)",
            median(pictures) if pictures else None, "", lookers,
        ),
        _number("over-limit", f"Officers with a day of more than {GENTLE_LIMIT} pictures", over, "", over),
    ]  # fmt: skip


def _share_of(captures: Sequence[CaptureFact], name: str, title: str, holds: Callable[[CaptureFact], bool]) -> Number:
    """A share of captures; those for which it holds, and those for which it does not, must be of enough people."""
    sides: dict[bool, set[str]] = {}
    for one in captures:
        sides.setdefault(holds(one), set()).add(one.case)
    value = 100 * sum(map(holds, captures)) / len(captures) if captures else None
    return _number(name, title, value, "%", min(map(len, sides.values()), default=0))


def _share(name: str, title: str, holds: Sequence[bool]) -> Number:
    fewest = min((number for number in (sum(holds), len(holds) - sum(holds)) if number), default=0)
    return _number(name, title, 100 * sum(holds) / len(holds) if holds else None, "%", fewest)


def _middle(name: str, title: str, values: Iterable[int]) -> Number:
    found = list(values)
    return _number(name, title, median(found) if found else None, "", len(found))


def _number(name: str, title: str, value: float | None, unit: str, people: int) -> Number:
    hidden = 0 < people < LEAST_PEOPLE
    return Number(name, title, None if hidden or value is None else round(value, 1), unit, hidden)

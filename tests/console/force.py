"""A small force for its figures: two teams, their people's captures, half a month of decisions. Mild and synthetic."""

from dataclasses import replace
from datetime import timedelta
from itertools import cycle, islice
from uuid import uuid4

from server_stub import cases, teams
from server_stub.access import Principal, Role
from server_stub.accounts import at_the_machine
from server_stub.decisions import Disposition, Wish
from server_stub.server import entropy
from tests.console import day
from tests.console.site import OFFICER, PASSPHRASE, CaseSite

SUPERVISOR, AUDITOR = "sam", "ada"
TEAMS = ("North", "South", "East")
# What the officers decided, over and over: mostly false alarms, now and then something.
OUTCOMES = ("false-alarm", "no-concern", "false-alarm", "intelligence", None, "no-concern", "concern", "false-alarm")


def add_force(site: CaseSite, *, people: int = 14, captures: int = 6) -> None:
    """Add teams, a supervisor with keys of every case that is added, an auditor, and `people` cases with captures.

    Few people are in the East, so that its numbers are hidden.
    """
    database, machine = site.server.database, at_the_machine(site.begin)
    for name, role in ((SUPERVISOR, Role.SUPERVISOR), (AUDITOR, Role.AUDITOR)):
        site.server.officers.add(name, PASSPHRASE, now=site.begin, entropy=entropy, role=role)
    for team in TEAMS:
        teams.add_team(database, machine, team)
        for name in (OFFICER, SUPERVISOR):
            teams.join(database, machine, team, name)
    teams.give_case(database, machine, site.case, TEAMS[0])
    outcomes = cycle(OUTCOMES)
    for number in range(people):
        _add_person(site, TEAMS[2 if number % 8 == 0 else number % 2])
        seeds = [replace(one, seconds=None, group="", frames=()) for one in islice(cycle(day.ALONE), captures)]
        for seed in seeds:
            site.add([seed])
            _decide(site, next(outcomes))


def _add_person(site: CaseSite, team: str) -> None:
    """Open a case, sealed to the officer and the supervisor; from now on captures are of its device."""
    site.case = cases.open_case(
        site.server.database, [OFFICER, SUPERVISOR], now=site.begin, entropy=entropy,
        recovery_key=site.folder.recovery_key(),
    )  # fmt: skip
    teams.give_case(site.server.database, at_the_machine(site.begin), site.case, team)
    site.use_newest_key()
    site.join_device()


def _decide(site: CaseSite, outcome: str | None) -> None:
    if outcome is None:
        return
    with site.server.database.reading() as session:
        officer = session.query(teams.Officer.id).filter_by(name=OFFICER).scalar()
    by = Principal(str(officer), "", Role.OFFICER, site.begin)
    wish = Wish(uuid4().hex, Disposition(outcome), [site.last_place], None)
    site.server.decisions.decide(by, wish, now=site.begin + timedelta(hours=len(outcome)))

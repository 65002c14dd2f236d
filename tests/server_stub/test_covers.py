"""Leave cover and duty: they begin and end by themselves, and need a key or a right to be made."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evidence.keys import LockedKey, unlock_officer_key, unwrap_case_key
from server_stub import accounts, cases, covers, duty, teams
from server_stub.access import Principal, Role, own_cases
from server_stub.accounts import at_the_machine
from server_stub.assignments import What, Wish
from server_stub.duty import on_duty
from server_stub.errors import NotFoundError, UnacceptableError
from server_stub.queue import Filter
from server_stub.server import entropy
from server_stub.tables import AuditEntry, CoverWrap
from tests.console.site import OFFICER, PASSPHRASE, CaseSite, Seed

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
MOMENT = timedelta(milliseconds=1)
SPAN = (NOW + DAY, NOW + 3 * DAY)
MACHINE = at_the_machine(NOW)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[CaseSite]:
    """Return a server with an officer on the case, one who is not, and an auditor."""
    with closing(CaseSite(tmp_path)) as found:
        found.add([Seed("A page", "a gun")])
        for name, role in (("lee", Role.OFFICER), ("ada", Role.AUDITOR)):
            found.server.officers.add(name, PASSPHRASE, now=NOW, entropy=entropy, role=role)
        yield found


def who(site: CaseSite, name: str, at: datetime = NOW) -> Principal:
    with site.server.database.reading() as session:
        found = accounts.find_officer(session, name)
        return Principal(found.id, "", Role(found.role), at)


def reached(site: CaseSite, name: str, at: datetime) -> set[str]:
    with site.server.database.reading() as session:
        return set(session.scalars(own_cases(who(site, name, at))))


def make(site: CaseSite, to: str = "lee", span: tuple[datetime, datetime] = SPAN) -> str:
    principal, wishes = covers.seal_for(site.server.database, OFFICER, PASSPHRASE, to, [], span, NOW)
    return site.server.covers.make(principal, wishes[0])


def test_it_begins_and_ends_by_itself(site: CaseSite) -> None:
    """Not a moment before, not a moment after; and the keys come and go with it."""
    make(site)
    for moment, expected in [
        (SPAN[0] - MOMENT, False), (SPAN[0], True), (SPAN[1] - MOMENT, True), (SPAN[1], False),
    ]:  # fmt: skip
        assert reached(site, "lee", moment) == ({site.case} if expected else set())
        assert len(site.server.review.wraps(who(site, "lee", moment))) == expected
        assert len(site.server.review.captures(who(site, "lee", moment), before=None, limit=9, now=moment)) == expected


def test_who_stands_in_is_given_groups_while_he_does(site: CaseSite) -> None:
    """During the cover he is among the case's officers and groups go to him; before and after it they do not."""
    make(site)
    lee = who(site, "lee").officer
    for number, (moment, expected) in enumerate([(NOW, False), (SPAN[0], True), (SPAN[1], False)]):
        kim = who(site, OFFICER, moment)
        group = site.server.queue.rows(kim, Filter.ALL, now=moment)[0].id
        assert (lee in {one.officer for one in site.server.assignments.team(kim)}) == expected
        wish = Wish(f"{number:032x}", What.ASSIGN, [group], lee, None)
        if expected:
            assert site.server.assignments.assign(kim, wish, now=moment) == 1
        else:
            with pytest.raises(UnacceptableError, match="no key"):
                site.server.assignments.assign(kim, wish, now=moment)


def test_the_wrap_opens_the_case(site: CaseSite) -> None:
    """What was sealed to who stands in is the case's key, and after a change of key the new one comes too."""
    make(site)
    cases.rotate_key(site.server.database, site.case, now=NOW, entropy=entropy)
    lee = who(site, "lee", SPAN[0])
    own = unlock_officer_key(LockedKey.from_bytes(site.server.officers.locked_key(lee)), PASSPHRASE)
    found = site.server.review.wraps(lee)
    assert {one.epoch for one in found} == {0, 1}
    for one in found:
        assert unwrap_case_key(one.wrap, own, case=one.case, epoch=one.epoch).public


def test_only_who_has_the_key_makes_one(site: CaseSite) -> None:
    """Another officer, and the one who stands in himself, are answered as if the case did not exist."""
    principal, (wish,) = covers.seal_for(site.server.database, OFFICER, PASSPHRASE, "lee", [], SPAN, NOW)
    for asking in (who(site, "lee"), who(site, "ada")):
        with pytest.raises(NotFoundError):
            site.server.covers.make(asking, wish)
    cover = site.server.covers.make(principal, wish)
    standing_in = who(site, "lee", SPAN[0])
    third = site.server.officers.add("pat", PASSPHRASE, now=NOW, entropy=entropy)
    with pytest.raises(NotFoundError):
        site.server.covers.make(standing_in, replace(wish, officer=third))
    with pytest.raises(NotFoundError):
        site.server.covers.end(who(site, "pat"), cover)
    with site.server.database.reading() as session:
        assert session.query(AuditEntry).filter_by(outcome="refused").count() == 4


@pytest.mark.parametrize(
    ("span", "reason"),
    [
        ((NOW + DAY, NOW + DAY), "ends after it begins"),
        ((NOW - 2 * DAY, NOW - DAY), "not in the past"),
        ((NOW, NOW + covers.LONGEST + MOMENT), "at most 92 days"),
    ],
)
def test_impossible_times_are_refused(site: CaseSite, span: tuple[datetime, datetime], reason: str) -> None:
    """Empty, over, or so long that it is no cover."""
    with pytest.raises(UnacceptableError, match=reason):
        make(site, span=span)


def test_who_cannot_stand_in(site: CaseSite) -> None:
    """An auditor, somebody on the case already, and anybody without every key."""
    with pytest.raises(UnacceptableError, match="opens no captures"):
        make(site, "ada")
    with pytest.raises(UnacceptableError, match="already"):
        make(site, OFFICER)
    principal, (wish,) = covers.seal_for(site.server.database, OFFICER, PASSPHRASE, "lee", [], SPAN, NOW)
    for wraps in ({}, {7: b"x"}, {0: b""}, {0: bytes(covers.LARGEST_WRAP + 1)}):
        with pytest.raises(UnacceptableError, match="every key"):
            site.server.covers.make(principal, replace(wish, wraps=wraps))


def test_ended_early_it_is_over_and_its_keys_are_gone(site: CaseSite) -> None:
    """By the officer of the case; the wraps are deleted; the list forgets it; ending it twice finds nothing."""
    cover = make(site, span=(NOW, NOW + DAY))
    assert [one.cover for one in site.server.covers.listed(who(site, "lee"))] == [cover]
    site.server.covers.end(who(site, OFFICER), cover)
    assert reached(site, "lee", NOW) == set()
    assert site.server.covers.listed(who(site, OFFICER)) == []
    with site.server.database.reading() as session:
        assert session.query(CoverWrap).count() == 0
    with pytest.raises(NotFoundError):
        site.server.covers.end(who(site, OFFICER), cover)


def test_who_is_on_duty(site: CaseSite) -> None:
    """From the first moment to the last; who came last answers first; a cancelled turn is off."""
    database, rota = site.server.database, site.server.rota
    team = teams.add_team(database, MACHINE, "north")
    for name in (OFFICER, "lee"):
        teams.join(database, MACHINE, team, name)
    rota.plan(MACHINE, duty.Wish("north", OFFICER, NOW, NOW + 2 * DAY))
    turn = rota.plan(MACHINE, duty.Wish(team, "lee", *SPAN))
    kim, lee = who(site, OFFICER).officer, who(site, "lee").officer
    with database.reading() as session:
        assert on_duty(session, team, NOW - MOMENT) == []
        assert on_duty(session, team, NOW) == [kim]
        assert on_duty(session, team, SPAN[0]) == [lee, kim]
        assert on_duty(session, team, SPAN[1]) == []
    assert [one.name for one in rota.listed(who(site, "lee"))] == [OFFICER, "lee"]
    assert rota.listed(who(site, "ada")) == []
    rota.cancel(MACHINE, turn)
    assert [one.name for one in rota.listed(MACHINE)] == [OFFICER]


def test_duty_is_planned_by_the_teams_supervisor(site: CaseSite) -> None:
    """Not by officers, not by another team's supervisor; and nobody from outside the team is put on it."""
    database, rota = site.server.database, site.server.rota
    for team, name in (("north", "sam"), ("south", "sue")):
        site.server.officers.add(name, PASSPHRASE, now=NOW, entropy=entropy, role=Role.SUPERVISOR)
        teams.add_team(database, MACHINE, team)
        teams.join(database, MACHINE, team, name)
    teams.join(database, MACHINE, "north", "lee")
    wish = duty.Wish("north", "lee", *SPAN)
    turn = rota.plan(who(site, "sam"), wish)
    for name in ("sue", "lee", "ada"):
        with pytest.raises(NotFoundError):
            rota.plan(who(site, name), wish)
        with pytest.raises(NotFoundError):
            rota.cancel(who(site, name), turn)
    with pytest.raises(UnacceptableError, match="not in team"):
        rota.plan(who(site, "sam"), replace(wish, officer="sue"))
    with pytest.raises(UnacceptableError, match="within 14 days"):
        rota.plan(who(site, "sam"), replace(wish, until=SPAN[0] + duty.LONGEST + MOMENT))

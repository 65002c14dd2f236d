"""Roles, teams and what each account may reach, asked of the data itself and not of the pages."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Select

from evidence.keys import derive_secrets
from server_stub import accounts, cases, teams
from server_stub.access import RIGHTS, Principal, Right, Role, overseen_cases, own_cases
from server_stub.accounts import at_the_machine
from server_stub.errors import NotFoundError, SignInError, UnacceptableError
from server_stub.place import Place
from server_stub.server import entropy
from server_stub.tables import AuditEntry, Officer
from tests.console.site import OFFICER, PASSPHRASE, CaseSite, Seed

NOW = datetime.now(UTC)
MACHINE = at_the_machine(NOW)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[CaseSite]:
    """Return a server with one officer on the case, and a capture."""
    with closing(CaseSite(tmp_path)) as found:
        found.add([Seed("A page", "a gun")])
        yield found


def add(site: CaseSite, name: str, role: Role) -> str:
    return site.server.officers.add(name, PASSPHRASE, now=NOW, entropy=entropy, role=role)


def asking(site: CaseSite, name: str, role: Role | None = None) -> Principal:
    with site.server.database.reading() as session:
        found = accounts.find_officer(session, name)
        return Principal(found.id, "", Role(found.role) if role is None else role, NOW)


def reached(site: CaseSite, query: Select[str]) -> set[str]:
    with site.server.database.reading() as session:
        return set(session.scalars(query))


def test_every_role_has_its_rights_and_no_role_has_all() -> None:
    """Whoever approves, audits or administers is not whoever does it all alone."""
    assert set(RIGHTS) == set(Role)
    assert set().union(*RIGHTS.values()) == set(Right)
    for apart in ({Right.AUDIT, Right.ADMINISTER}, {Right.AUDIT, Right.REVIEW}, {Right.APPROVE, Right.ADMINISTER}):
        assert not any(apart <= rights for rights in RIGHTS.values())


def test_a_key_opens_nothing_in_the_hands_of_another_role(site: CaseSite) -> None:
    """The wrap is there; the role is not: no list, no record, no key."""
    assert reached(site, own_cases(asking(site, OFFICER))) == {site.case}
    for role in (Role.AUDITOR, Role.ADMINISTRATOR):
        changed = asking(site, OFFICER, role)
        assert reached(site, own_cases(changed)) == set()
        assert site.server.review.wraps(changed) == []
        with pytest.raises(NotFoundError):
            site.server.review.head(changed, Place(site.device, 0, 0), now=NOW)


def test_a_supervisor_oversees_the_teams_cases_and_opens_none(site: CaseSite) -> None:
    """Numbers of the team's cases; of other teams' cases not even those; officers oversee nothing."""
    add(site, "sam", Role.SUPERVISOR)
    add(site, "olly", Role.OFFICER)
    for team, member in (("north", "sam"), ("north", "olly"), ("south", OFFICER)):
        if team not in {one.name for one in teams.list_teams(site.server.database, MACHINE)}:
            teams.add_team(site.server.database, MACHINE, team)
        teams.join(site.server.database, MACHINE, team, member)
    sam, olly = asking(site, "sam"), asking(site, "olly")
    teams.give_case(site.server.database, MACHINE, site.case, "south")
    assert reached(site, overseen_cases(sam)) == set()
    teams.give_case(site.server.database, MACHINE, site.case, "north")
    assert reached(site, overseen_cases(sam)) == {site.case}
    assert reached(site, own_cases(sam)) == set()
    assert reached(site, overseen_cases(olly)) == set()
    teams.leave(site.server.database, MACHINE, "north", "sam")
    assert reached(site, overseen_cases(sam)) == set()


def test_only_who_administers_changes_accounts_and_teams(site: CaseSite) -> None:
    """Everybody else gets 404, and each try is in the audit chain."""
    add(site, "sam", Role.SUPERVISOR)
    add(site, "ada", Role.AUDITOR)
    database = site.server.database
    for name in (OFFICER, "sam", "ada"):
        who = asking(site, name)
        for call in (
            lambda who: accounts.list_accounts(database, who),
            lambda who: accounts.set_role(database, who, who.officer, Role.ADMINISTRATOR),
            lambda who: accounts.close_account(database, who, "ada"),
            lambda who: teams.add_team(database, who, "mine"),
            lambda who: teams.join(database, who, "mine", who.officer),
            lambda who: teams.give_case(database, who, site.case, "mine"),
            lambda who: teams.leave(database, who, "mine", who.officer),
        ):
            with pytest.raises(NotFoundError, match="nothing here"):
                call(who)
        with database.reading() as session:
            assert session.query(AuditEntry).filter_by(actor=who.officer, outcome="refused").count() == 7


def test_a_role_changes_at_once(site: CaseSite) -> None:
    """From the next request on, in sessions that are open already."""
    add(site, "sam", Role.OFFICER)
    opened = _log_in(site, "sam")
    assert site.server.officers.who(opened, now=NOW).role is Role.OFFICER
    accounts.set_role(site.server.database, MACHINE, "sam", Role.AUDITOR)
    assert site.server.officers.who(opened, now=NOW).role is Role.AUDITOR
    with pytest.raises(UnacceptableError, match="keys of cases"):
        accounts.set_role(site.server.database, MACHINE, OFFICER, Role.AUDITOR)


def test_a_closed_account_is_out_and_stays_in_the_record(site: CaseSite) -> None:
    """Sessions end; who still has keys is not closed; the row stays."""
    officer = add(site, "sam", Role.OFFICER)
    opened = _log_in(site, "sam")
    with pytest.raises(UnacceptableError, match="on cases still"):
        accounts.close_account(site.server.database, MACHINE, OFFICER)
    accounts.close_account(site.server.database, MACHINE, "sam")
    with pytest.raises(SignInError):
        site.server.officers.who(opened, now=NOW)
    with site.server.database.reading() as session:
        assert session.get_one(Officer, officer).closed_at == NOW
    with pytest.raises(NotFoundError, match="no officer called sam"):
        cases.open_case(site.server.database, ["sam"], now=NOW, entropy=entropy)


def test_the_last_administrator_stays(site: CaseSite) -> None:
    """Otherwise nobody could make accounts from the console."""
    add(site, "ann", Role.ADMINISTRATOR)
    for act in (accounts.close_account, lambda d, p, o: accounts.set_role(d, p, o, Role.OFFICER)):
        with pytest.raises(UnacceptableError, match="only administrator"):
            act(site.server.database, MACHINE, "ann")


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
def test_no_case_is_sealed_to_a_role_that_opens_none(site: CaseSite, role: Role) -> None:
    """Refused when the key would be sealed, not only when it would be used."""
    add(site, "ada", role)
    with pytest.raises(UnacceptableError, match="opens no captures"):
        cases.open_case(site.server.database, ["ada"], now=NOW, entropy=entropy)
    with pytest.raises(UnacceptableError, match="opens no captures"):
        cases.add_officer(site.server.database, site.case, "ada", by=OFFICER, passphrase=PASSPHRASE, now=NOW)


def _log_in(site: CaseSite, name: str) -> str:
    salt, iterations = site.server.officers.lock_parameters(name)
    secret = derive_secrets(PASSPHRASE, bytes.fromhex(salt), iterations).log_in
    return site.server.officers.log_in(name, secret, now=NOW).token

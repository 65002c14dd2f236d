"""Publishing libraries changes what devices capture: where four eyes are demanded, one person alone cannot do it."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import delete

from server_stub import accounts, audit_search, cases, teams, updates
from server_stub.access import Principal, Role
from server_stub.accounts import at_the_machine
from server_stub.approvals import Kind, Wish
from server_stub.errors import NotFoundError
from server_stub.publishing import publish
from server_stub.server import entropy
from server_stub.tables import Policy
from server_stub.updates import Published
from tests.console.site import OFFICER, PASSPHRASE, CaseSite
from tests.overt.kit import write_library
from tests.server_stub.moving import Agency, overt, refused, told


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agency]:
    """Return a server with a team that has a supervisor."""
    with closing(CaseSite(tmp_path_factory.mktemp("publishing") / "site")) as site:
        machine = at_the_machine(site.begin)
        site.server.officers.add("sam", PASSPHRASE, now=site.begin, entropy=entropy, role=Role.SUPERVISOR)
        teams.add_team(site.server.database, machine, "north")
        teams.join(site.server.database, machine, "north", "sam")
        yield Agency(site)


@pytest.fixture
def agency(office: Agency) -> Agency:
    """Return it with a new case of the team, and demanding nothing of anybody."""
    site = office.site
    site.case = cases.open_case(site.server.database, [OFFICER], now=site.begin, entropy=entropy)
    teams.give_case(site.server.database, at_the_machine(site.begin), site.case, "north")
    with site.server.database.writing() as session:
        session.execute(delete(Policy))
    return office


def words(agency: Agency, *more: object) -> tuple[object, ...]:
    """Return the words of the command that publishes; its first library is one of ours."""
    site = agency.site
    return ("library", "publish", *more, *agency.data, "--case", site.case, *agency.offline)


def newest(agency: Agency) -> Published | None:
    return updates.published(agency.site.folder, agency.site.case)


def test_a_folder_of_libraries_is_published_whole(agency: Agency, tmp_path: Path) -> None:
    """As all other library commands take one: each library under its id, none that it requires besides."""
    body = '[[term]]\ntext = "{0}"\nwhy = "A made-up word."\nhit = ["a {0}"]\nmiss = ["nothing"]\n'
    for library_id, word in (("first", "quuxish"), ("second", "zorblaxish")):
        write_library(tmp_path, body.format(word), library_id)
    assert told(*words(agency, tmp_path))["files"] == ["libraries/first.toml", "libraries/second.toml"]


def test_one_person_alone_publishes_nothing(agency: Agency) -> None:
    """Refused, asked for, approved by another, done once; other files, or another set before, are another thing."""
    overt("server", "approval", "four-eyes", "on", *agency.data)
    assert "four eyes (libraries)" in refused(*words(agency, "weapons"))
    assert newest(agency) is None
    asked = ask(agency, "weapons")
    assert "waiting, not approved" in refused(*words(agency, "weapons", "--request", asked))
    approve(agency, asked)
    assert "not for exactly this" in refused(*words(agency, "weapons", "anonymity", "--request", asked))
    assert newest(agency) is None
    told(*words(agency, "weapons", "--request", asked))
    assert newest(agency) == Published(1, ("libraries/weapons.toml",))
    assert "not for exactly this" in refused(*words(agency, "weapons", "--request", asked)), "it replaced no set then"

    first, second = (ask(agency, *names) for names in (("weapons", "anonymity"), ("anonymity",)))
    for request in (first, second):
        approve(agency, request)
    told(*words(agency, "anonymity", "--request", second))
    said = refused(*words(agency, "weapons", "anonymity", "--request", first))
    assert "not for exactly this" in said, "another set was published in between"
    done = audit_search.search(agency.site.server.database, audit_search.Question(action="publish-libraries"), limit=9)
    assert len([one for one in done if agency.site.case in one.subject]) == 2


def ask(agency: Agency, *libraries: str) -> str:
    more = ("--ask-by", OFFICER, "--reason", "New words", *agency.unlocked)
    return str(told(*words(agency, *libraries, *more))["request"])


def approve(agency: Agency, request: str) -> None:
    overt("server", "approval", "approve", request, "--by", "sam", *agency.data, *agency.unlocked)


def test_the_second_person_reads_what_changes(agency: Agency, tmp_path: Path) -> None:
    """Files by name and digest, which set they replace, and in words what changes; which binds like the digests."""
    overt(*words(agency, "weapons", "anonymity"))
    file = tmp_path / "policy.toml"
    file.write_text("[capture]\nfloor = 2\n")
    asked = ask(agency, "weapons", "drugs", "--policy", str(file))
    found = told("server", "approval", "list", *agency.data)["requests"][0]
    assert found["subject"] == agency.site.case
    exactly = json.loads(found["details"])
    assert (exactly["replaces"], exactly["same"]) == (1, ["libraries/weapons.toml"])
    assert [one["name"] for one in exactly["new"]] == ["libraries/drugs.toml", "policy.toml"]
    assert exactly["changed"] == []
    assert exactly["removed"] == ["libraries/anonymity.toml"]
    anonymity, drugs, policy = exactly["changes"]
    assert anonymity["said"].endswith("as it comes with the agent")
    assert "as before" in drugs["said"], "devices had the shipped one, and this is it"
    assert policy["lines"] == ["floor: 3 → 2"]
    assert "floor: 3 → 2" in overt("server", "approval", "list", *agency.data).output
    overt("server", "approval", "four-eyes", "on", *agency.data)
    approve(agency, asked)
    told(*words(agency, "weapons", "drugs", "--policy", str(file), "--request", asked))


def test_without_four_eyes_it_is_told_that_one_person_decided(agency: Agency) -> None:
    """It is done, it is in the audit chain, and nobody is left to believe that two had looked."""
    assert "One person decided it" in overt(*words(agency, "weapons")).output
    assert "needs a --reason" in refused(*words(agency, "weapons", "--ask-by", OFFICER, *agency.unlocked))


def test_only_who_administers_publishes_and_only_for_cases_within_reach(agency: Agency) -> None:
    """Neither an officer of the case, nor somebody of another one."""
    site = agency.site
    key = site.offline.updates_targets_key()
    with site.server.database.reading() as session:
        kim = Principal(accounts.find_officer(session, OFFICER).id, "", Role.OFFICER, site.begin)
    with pytest.raises(NotFoundError):
        publish(site.server, kim, site.case, {"policy.toml": b""}, changes=[], targets_key=key)
    stranger = Principal("officer-0", "", Role.OFFICER, site.begin)
    with pytest.raises(NotFoundError):
        site.server.approvals.ask(stranger, Wish(Kind.LIBRARIES, site.case, b"{}", "Why"))
    with pytest.raises(NotFoundError, match="no case"):
        publish(site.server, at_the_machine(site.begin), "case-0", {"policy.toml": b""}, changes=[], targets_key=key)
    assert newest(agency) is None

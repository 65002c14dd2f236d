"""Four eyes: nobody approves his own request, what is carried out is what was approved, once, and in time."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete
from typer.testing import CliRunner

from evidence.authority import Condition, PermittedLibrary, read_authority
from overt.cli import app
from server_stub import accounts, authorities, cases, teams
from server_stub.access import Principal, Role
from server_stub.accounts import at_the_machine
from server_stub.approvals import LIFE, Kind, State, Wish, approved, plain_details, policy_details, spend
from server_stub.authority_wish import Wish as Terms
from server_stub.errors import NotFoundError, UnacceptableError
from server_stub.server import entropy
from server_stub.tables import AuditEntry, AuthorityFile, Policy
from tests.console.site import OFFICER, PASSPHRASE, CaseSite, Seed

NOW = datetime.now(UTC).replace(microsecond=0)
MOMENT = timedelta(milliseconds=1)
MACHINE = at_the_machine(NOW)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[CaseSite]:
    """Return a server that demands four eyes, with supervisors of the case's team and of another one."""
    with closing(CaseSite(tmp_path)) as found:
        found.add([Seed("A page", "a gun")])
        database = found.server.database
        for team, name in (("north", "sam"), ("south", "sue")):
            found.server.officers.add(name, PASSPHRASE, now=NOW, entropy=entropy, role=Role.SUPERVISOR)
            teams.add_team(database, MACHINE, team)
            teams.join(database, MACHINE, team, name)
        teams.give_case(database, MACHINE, found.case, "north")
        found.server.approvals.set_needed(MACHINE, needed=True)
        yield found


def who(site: CaseSite, name: str, at: datetime = NOW) -> Principal:
    with site.server.database.reading() as session:
        found = accounts.find_officer(session, name)
        return Principal(found.id, "", Role(found.role), at)


def export_of(site: CaseSite) -> Wish:
    return Wish(Kind.EXPORT, site.device, plain_details(Kind.EXPORT, site.device), "The hearing of 3 May")


def use(site: CaseSite, request: str | None, wish: Wish, at: datetime = NOW) -> None:
    with site.server.database.writing() as session:
        spend(session, request, wish, at=at)


def state(site: CaseSite, request: str, at: datetime = NOW) -> State:
    (found,) = [one for one in site.server.approvals.listed(who(site, OFFICER, at)) if one.request == request]
    return found.state


def test_asked_approved_done_once(site: CaseSite) -> None:
    """One asks, another approves, it is done; a second time it is not; all three stand in the audit chain."""
    approvals, wish = site.server.approvals, export_of(site)
    request = approvals.ask(who(site, OFFICER), wish)
    assert state(site, request) is State.WAITING
    with pytest.raises(UnacceptableError, match="waiting, not approved"):
        use(site, request, wish)
    approvals.decide(who(site, "sam"), request, approve=True)
    use(site, request, wish)
    assert state(site, request) is State.DONE
    with pytest.raises(UnacceptableError, match="done, not approved"):
        use(site, request, wish)
    with site.server.database.reading() as session:
        entries = {
            (one.action, one.actor) for one in session.query(AuditEntry).filter(AuditEntry.subject.contains(request))
        }
    assert entries == {("ask-export", who(site, OFFICER).officer), ("approve-export", who(site, "sam").officer)}


def test_a_second_person_decides(site: CaseSite) -> None:
    """Not who asked, though he might; not who only reviews; not another team's supervisor, who does not see it."""
    approvals = site.server.approvals
    own = approvals.ask(who(site, "sam"), export_of(site))
    with pytest.raises(UnacceptableError, match="second person"):
        approvals.decide(who(site, "sam"), own, approve=True)
    for name in (OFFICER, "sue"):
        with pytest.raises(NotFoundError):
            approvals.decide(who(site, name), own, approve=True)
    assert approvals.listed(who(site, "sue")) == []
    with pytest.raises(NotFoundError):
        approvals.ask(who(site, "sue"), export_of(site))
    with site.server.database.reading() as session:
        assert session.query(AuditEntry).filter_by(outcome="refused").count() == 3


def test_refused_is_refused(site: CaseSite) -> None:
    """It stays so, and nothing is done on its strength."""
    request = site.server.approvals.ask(who(site, OFFICER), export_of(site))
    site.server.approvals.decide(who(site, "sam"), request, approve=False)
    with pytest.raises(UnacceptableError, match="refused already"):
        site.server.approvals.decide(who(site, "sam"), request, approve=True)
    with pytest.raises(UnacceptableError, match="refused, not approved"):
        use(site, request, export_of(site))


def test_it_grows_old(site: CaseSite) -> None:
    """Good to the last moment of seven days; then neither approved nor carried out."""
    approvals, wish = site.server.approvals, export_of(site)
    late, unused, used = (approvals.ask(who(site, OFFICER), wish) for _ in range(3))
    for request in (unused, used):
        approvals.decide(who(site, "sam", NOW + LIFE - MOMENT), request, approve=True)
    with pytest.raises(UnacceptableError, match="expired already"):
        approvals.decide(who(site, "sam", NOW + LIFE), late, approve=True)
    use(site, used, wish, NOW + LIFE - MOMENT)
    with pytest.raises(UnacceptableError, match="expired, not approved"):
        use(site, unused, wish, NOW + LIFE)
    assert state(site, unused, NOW + LIFE) is State.EXPIRED


def test_only_exactly_what_was_approved(site: CaseSite) -> None:
    """Another device, another kind, other details, no request at all."""
    request = site.server.approvals.ask(who(site, OFFICER), export_of(site))
    site.server.approvals.decide(who(site, "sam"), request, approve=True)
    for other in (
        replace(export_of(site), subject=site.case),
        replace(export_of(site), kind=Kind.DELETION),
        replace(export_of(site), details=policy_details(needed=False)),
    ):
        with pytest.raises(UnacceptableError, match="not for exactly this"):
            use(site, request, other)
    with pytest.raises(UnacceptableError, match="demands four eyes"):
        use(site, None, export_of(site))


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_a_reason_is_given(site: CaseSite, reason: str) -> None:
    """The second person must have something to judge by."""
    with pytest.raises(UnacceptableError, match="needs a reason"):
        site.server.approvals.ask(who(site, OFFICER), replace(export_of(site), reason=reason))


def test_turning_it_off_takes_four_eyes(site: CaseSite) -> None:
    """An administrator alone cannot; with an approved request he can; then nothing is demanded any more."""
    approvals = site.server.approvals
    with pytest.raises(UnacceptableError, match="demands four eyes"):
        approvals.set_needed(MACHINE, needed=False)
    request = approvals.ask(who(site, "sue"), Wish(Kind.POLICY, "", policy_details(needed=False), "One person left"))
    approvals.decide(who(site, "sam"), request, approve=True)
    approvals.set_needed(MACHINE, needed=False, request=request)
    use(site, None, export_of(site))
    with pytest.raises(NotFoundError):
        approvals.set_needed(who(site, "sam"), needed=True)


def test_a_case_is_shredded_by_two_and_under_no_hold(site: CaseSite) -> None:
    """Not by one, not with an approval for destroying what is due, not while a hold lasts."""
    server, kim = site.server, who(site, OFFICER)
    with pytest.raises(UnacceptableError, match="four eyes"):
        cases.shred(server.database, site.case, now=NOW)
    requests = {}
    for kind in (Kind.DELETION, Kind.SHRED):
        wish = Wish(kind, site.case, plain_details(kind, site.case), "The order ended")
        requests[kind] = server.approvals.ask(kim, wish)
        server.approvals.decide(who(site, "sam"), requests[kind], approve=True)
    with pytest.raises(UnacceptableError, match="not for exactly this"):
        cases.shred(server.database, site.case, now=NOW, request=requests[Kind.DELETION])
    hold = server.retention.hold(site.case, "An appeal", by=MACHINE)
    with pytest.raises(UnacceptableError, match="legal hold"):
        cases.shred(server.database, site.case, now=NOW, request=requests[Kind.SHRED])
    server.retention.release(hold, by=MACHINE)
    assert cases.shred(server.database, site.case, now=NOW, request=requests[Kind.SHRED]).wraps > 0


def test_it_is_not_demanded_where_nobody_could_approve(site: CaseSite) -> None:
    """It could not be turned off again either: refused, with what to do first."""
    with site.server.database.writing() as session:
        session.execute(delete(Policy))
    for name in ("sam", "sue"):
        accounts.set_role(site.server.database, MACHINE, who(site, name).officer, Role.OFFICER)
    with pytest.raises(UnacceptableError, match="no supervisor") as caught:
        site.server.approvals.set_needed(MACHINE, needed=True)
    assert "officer add" in caught.value.hint
    assert not site.server.approvals.needed()


TERMS = ["--account", "alex", "--condition", "3=No weapons.", "--library", "weapons=3"]


class Shell:
    """The commands as they are typed."""

    def __init__(self, site: CaseSite, root: Path) -> None:
        self.data = ["--data", str(site.folder.root)]
        secret = root / "passphrase"
        secret.write_text(PASSPHRASE)
        self.secret = ["--passphrase-file", str(secret)]
        self.keys = ["--offline", str(root / "offline")]

    def __call__(self, *words: str) -> tuple[int, str]:
        """Run one; return its exit code and what it said."""
        result = CliRunner().invoke(app, list(words))
        return result.exit_code, result.output

    def said(self, *words: str) -> dict[str, str]:
        """Run one that succeeds; return its JSON."""
        code, text = self(*words, "--json")
        assert code == 0, text
        return dict(json.loads(text))


def test_an_authority_takes_two_people(site: CaseSite, tmp_path: Path) -> None:
    """Issuing is refused; asked, approved and signed, it says exactly what was approved; renewing is the same."""
    shell = Shell(site, tmp_path)
    issue = ["server", "authority", "issue", *shell.data, "--device", site.device, *TERMS, "--days", "9"]
    code, text = shell(*issue, *shell.keys)
    assert code == 2
    assert "demands four eyes" in text
    request = shell.said(*issue, "--ask-by", OFFICER, "--reason", "New order", *shell.secret)["request"]
    code, text = shell("server", "authority", "sign", request, *shell.data, *shell.keys)
    assert code == 2
    assert "waiting" in text
    assert shell("server", "approval", "approve", request, "--by", OFFICER, *shell.data, *shell.secret)[0] == 2
    assert shell("server", "approval", "approve", request, "--by", "sam", *shell.data, *shell.secret)[0] == 0
    digest = shell.said("server", "authority", "sign", request, *shell.data, *shell.keys)["authority"]
    file = authorities.newest(site.server.database, site.device)
    terms = read_authority(file, issuer_key=site.folder.issuer_key()).terms
    assert terms.accounts == ("alex",)
    assert (terms.not_after - terms.not_before).days == 9
    assert shell("server", "authority", "sign", request, *shell.data, *shell.keys)[0] == 2
    renew = ["server", "authority", "renew", *shell.data, "--device", site.device, "--days", "30"]
    assert shell(*renew, *shell.keys)[0] == 2
    assert "request" in shell.said(*renew, "--ask-by", OFFICER, "--reason", "Goes on", *shell.secret)
    code, text = shell("server", "authority", "show", digest[:12], *shell.data)
    assert code == 0
    assert "Condition 3: No weapons." in text
    assert "served by: weapons" in text


def test_stopping_takes_one(site: CaseSite, tmp_path: Path) -> None:
    """A withdrawal is signed at once, whatever the policy says; a second one is refused."""
    shell = Shell(site, tmp_path)
    withdraw = ["server", "authority", "withdraw", site.authority[:16], "--reason", "Consent taken back", *shell.data]
    assert shell(*withdraw, *shell.keys)[0] == 0
    assert authorities.newest_withdrawal(site.server.database, site.device)
    (told,) = shell.said("server", "authority", "list", *shell.data)["authorities"]
    assert (told["standing"], told["reason"]) == ("withdrawn", "Consent taken back")  # type: ignore[index]
    code, text = shell(*withdraw, *shell.keys)
    assert code == 2
    assert "before" in text


def test_an_export_takes_two_people(site: CaseSite, tmp_path: Path) -> None:
    """Refused without, made with an approved request, and once."""
    shell = Shell(site, tmp_path)
    export = ["evidence", "export", *shell.data, "--device", site.device]
    code, text = shell(*export, "--out", str(tmp_path / "pack"))
    assert code == 2
    assert "demands four eyes" in text
    assert not (tmp_path / "pack").exists()
    ask = ["server", "approval", "ask", "export", "--subject", site.device, "--by", OFFICER, "--reason", "Hearing"]
    request = shell.said(*ask, *shell.data, *shell.secret)["request"]
    assert shell("server", "approval", "approve", request, "--by", "sam", *shell.data, *shell.secret)[0] == 0
    assert shell(*export, "--out", str(tmp_path / "pack"), "--request", request)[0] == 0
    assert approved(site.server.database, request).state is State.DONE
    code, text = shell(*export, "--out", str(tmp_path / "again"), "--request", request)
    assert code == 2
    assert "done" in text
    (told,) = shell.said("server", "approval", "list", *shell.data)["requests"]
    assert told["state"] == "done"  # type: ignore[index]


def test_what_is_approved_is_spelled_without_loss(site: CaseSite) -> None:
    """The wish comes back as it was; and a renewal asks for the same terms."""
    wish = Terms(
        site.device, ("alex", "al"), [PermittedLibrary("weapons", "3")], [Condition("3", "Keine Waffen — nie.")], 7,
        "Notice", "A court", "01632 960000",
    )  # fmt: skip
    assert Terms.from_bytes(wish.to_bytes()) == replace(wish, accounts=("alex", "al"))
    key = site.folder.issuer_key()
    again = authorities.renewal(site.server.database, site.device, days=3, issuer_key=key)
    with site.server.database.reading() as session:
        terms = read_authority(session.get_one(AuthorityFile, site.authority).file, issuer_key=key).terms
    assert (again.days, again.notice, tuple(again.libraries)) == (3, terms.notice, terms.libraries)

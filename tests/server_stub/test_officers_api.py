"""The officers' side of a running server: log-in, sessions, and a case's data for nobody but its officers."""

import secrets
import ssl
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import httpx2
import pytest

from evidence.keys import derive_secrets
from server_stub import accounts, audit, cases, covers, duty, teams
from server_stub.access import Role
from server_stub.app import make_app
from server_stub.approvals import Kind, Wish, plain_details
from server_stub.routes.common import COOKIE
from server_stub.server import entropy
from server_stub.tables import AuditEntry
from tests.console.browser import running
from tests.console.site import OFFICER, PASSPHRASE, CaseSite, Seed
from tests.server_stub.conftest import NewDatabase

OTHER = "lee"
ROLES = {OTHER: Role.OFFICER, "sam": Role.SUPERVISOR, "ada": Role.AUDITOR, "ann": Role.ADMINISTRATOR}
"""Accounts that have nothing to do with the first case; the first two have a case of their own."""
NOTHING: Mapping[str, str] = MappingProxyType({})
# Every route that is not a page's, and what whoever has nothing to do with the first case gets for its things.
# A route that is missing here fails the test: whoever adds one says what it may show.
RULES: dict[tuple[str, str], int] = {
    ("GET", "/v1/health"): 200,
    ("GET", "/v1/ready"): 200,
    ("GET", "/v1/ca"): 200,
    ("GET", "/v1/session/lock"): 200,
    ("GET", "/v1/me"): 200,
    ("GET", "/v1/alerts"): 200,
    ("POST", "/v1/alerts/{alert}/take"): 404,
    ("GET", "/v1/contact"): 200,
    ("POST", "/v1/contact"): 200,
    ("GET", "/v1/teams"): 200,
    ("GET", "/v1/accounts"): 404,
    ("POST", "/v1/accounts"): 404,
    ("POST", "/v1/accounts/{officer}/role"): 404,
    ("DELETE", "/v1/accounts/{officer}"): 404,
    ("DELETE", "/v1/accounts/{officer}/sessions"): 404,
    ("POST", "/v1/passphrase"): 422,
    ("POST", "/v1/sessions/end-others"): 422,
    ("POST", "/v1/join"): 401,
    ("POST", "/v1/join/offer"): 401,
    ("GET", "/v1/audit"): 404,
    ("GET", "/v1/audit/check"): 404,
    ("GET", "/v1/figures"): 404,
    ("GET", "/v1/figures.csv"): 404,
    ("GET", "/v1/passkeys"): 200,
    ("POST", "/v1/passkeys/options"): 422,
    ("POST", "/v1/passkeys"): 422,
    ("DELETE", "/v1/passkeys/{passkey}"): 404,
    ("GET", "/v1/session/passkey"): 422,
    ("POST", "/v1/session/passkey"): 401,
    ("GET", "/v1/approvals"): 200,
    ("POST", "/v1/approvals"): 404,
    ("POST", "/v1/approvals/{request_name}"): 404,
    ("GET", "/v1/transfers"): 200,
    ("POST", "/v1/transfers/invitations"): 404,
    ("POST", "/v1/transfers/requests"): 404,
    ("DELETE", "/v1/transfers/{case}"): 404,
    ("GET", "/v1/enrolled"): 200,
    ("POST", "/v1/codes"): 404,
    ("DELETE", "/v1/enrolled/{device}"): 404,
    ("GET", "/v1/authorities"): 200,
    ("GET", "/v1/authorities/{digest}"): 404,
    ("GET", "/v1/covers"): 200,
    ("POST", "/v1/covers"): 404,
    ("DELETE", "/v1/covers/{cover}"): 404,
    ("GET", "/v1/duty"): 200,
    ("POST", "/v1/duty"): 404,
    ("DELETE", "/v1/duty/{turn}"): 404,
    ("GET", "/v1/keys"): 200,
    ("GET", "/v1/captures"): 200,
    ("GET", "/v1/queue"): 200,
    ("GET", "/v1/queue/state"): 200,
    ("GET", "/v1/decisions"): 200,
    ("GET", "/v1/records/{device}/{epoch}/{seq}/head"): 404,
    ("GET", "/v1/records/{device}/{epoch}/{seq}/parts/{name}"): 404,
    ("GET", "/v1/members"): 404,
    ("GET", "/v1/groups/{group}/assignments"): 404,
    ("GET", "/v1/records/{device}/{epoch}/{seq}/around"): 404,
    ("GET", "/v1/records/{device}/{epoch}/{seq}/lead-up"): 404,
    ("GET", "/v1/people"): 200,
    ("GET", "/v1/people/{case}"): 404,
    ("POST", "/v1/absences"): 404,
    ("DELETE", "/v1/absences/{absence}"): 404,
    ("GET", "/v1/case-officers"): 200,
    ("GET", "/v1/case-notes"): 200,
    ("GET", "/v1/load"): 200,
    ("GET", "/v1/load/own"): 200,
    ("POST", "/v1/assignments"): 404,
    ("POST", "/v1/case-notes"): 404,
    ("DELETE", "/v1/case-notes/{note}"): 404,
    ("POST", "/v1/bundle"): 404,
    ("POST", "/v1/views"): 404,
    ("POST", "/v1/view-times"): 404,
    ("POST", "/v1/labels"): 404,
    ("POST", "/v1/decisions"): 404,
    ("DELETE", "/v1/decisions/{decision}"): 404,
    ("POST", "/v1/session"): 401,
    ("DELETE", "/v1/session"): 204,
    ("GET", "/v1/session"): 200,
    ("GET", "/v1/log-in-service"): 200,
    ("POST", "/v1/log-in-service"): 422,
    ("POST", "/v1/log-in-service/connect"): 422,
    ("DELETE", "/v1/log-in-service"): 422,
    ("POST", "/v1/enrol"): 401,
    ("GET", "/v1/devices/{device}/authority"): 401,
    ("GET", "/v1/devices/{device}/withdrawal"): 401,
    ("GET", "/v1/devices/{device}/handover"): 401,
    ("POST", "/v1/devices/{device}/handover/{digest}"): 401,
    ("GET", "/v1/devices/{device}/checkpoints/{size}"): 401,
    ("GET", "/v1/devices/{device}/updates/{running}/{file}"): 401,
    ("PUT", "/v1/devices/{device}/records/{epoch}/{seq}"): 401,
}
# Everything that changes something, but for what begins a log-in: that is asked before there is a token.
WRITES = [rule for rule in RULES if rule[0] in ("POST", "DELETE") and rule != ("POST", "/v1/log-in-service")]
SEE_NAMES = {"ann", "ada"}
"""Who administers or audits sees every device and case by its id, and no record of any."""
# Where a role's right is to have what the others have not.
PERMITTED: dict[tuple[str, str], dict[str, int]] = {
    ("GET", "/v1/accounts"): {"ann": 200},
    ("POST", "/v1/accounts"): {"ann": 200},
    ("POST", "/v1/accounts/{officer}/role"): {"ann": 200},
    ("DELETE", "/v1/accounts/{officer}"): {"ann": 422},
    ("DELETE", "/v1/accounts/{officer}/sessions"): {"ann": 200},
    ("GET", "/v1/audit"): {"ada": 200},
    ("GET", "/v1/audit/check"): {"ada": 200},
    ("GET", "/v1/figures"): {"ada": 200, "ann": 200, "sam": 200},
    ("GET", "/v1/figures.csv"): {"ada": 200, "ann": 200, "sam": 200},
    ("POST", "/v1/duty"): {"ann": 200},
    ("DELETE", "/v1/duty/{turn}"): {"ann": 200},
    ("POST", "/v1/codes"): {"ann": 200},
    ("GET", "/v1/authorities/{digest}"): {"ann": 200},
    ("POST", "/v1/approvals"): {"ann": 200},
    ("GET", "/v1/transfers"): {"ada": 404},
    ("POST", "/v1/transfers/invitations"): {"ann": 200},
    ("POST", "/v1/transfers/requests"): {"ann": 422},
    ("DELETE", "/v1/transfers/{case}"): {"ann": 422},
    ("DELETE", "/v1/enrolled/{device}"): {"ann": 200},
}
# What an officer has no right to, or what its own tests try with the right keys: access and covers.
OFFICE = (
    "/v1/audit",
    "/v1/figures",
    "/v1/passkeys",
    "/v1/alerts",
    "/v1/accounts",
    "/v1/covers",
    "/v1/duty",
    "/v1/approvals",
    "/v1/codes",
    "/v1/enrolled",
    "/v1/transfers",
    "/v1/authorities",
)
OFFICE_RULES = {rule for rule in RULES if rule[1].startswith(OFFICE)}
PAGES = {
    "/team",
    "/devices",
    "/account",
    "/requests",
    "/transfers",
    "/audit",
    "/figures",
    "/accounts",
    "/home",
    "/",
    "/captures",
    "/captures/{device}/{epoch}/{seq}",
    "/tuning",
    "/training",
    "/help",
    "/court",
    "/people",
    "/people/{case}",
    "/people/{case}/week",
    "/alerts",
    "/welfare",
    "/session-ended",
    "/locked-out",
    "/join",
    "/unlock",
    "/log-in-service/answer",
    "/unsupported-browser",
}


class Office:
    """A running server with two officers, each with a case; the captures are in the first one's."""

    def __init__(self, site: CaseSite, address: str) -> None:
        self.site = site
        self.address = address

    def client(self) -> httpx2.Client:
        """Return a client without a session."""
        trust = ssl.create_default_context(cafile=str(self.site.folder.ca_certificate))
        return httpx2.Client(base_url=self.address, verify=trust, timeout=60)

    def log_in(self, client: httpx2.Client, name: str, passphrase: str = PASSPHRASE) -> httpx2.Response:
        """Log in as the browser does."""
        lock = client.get("/v1/session/lock", params={"name": name}).json()
        secret = derive_secrets(passphrase, bytes.fromhex(lock["salt"]), lock["iterations"]).log_in
        answer = client.post("/v1/session", json={"name": name, "secret": secret})
        if answer.is_success:
            client.headers["x-overt-csrf"] = answer.json()["csrf"]
        return answer


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, new_database: NewDatabase) -> Iterator[Office]:
    """Return a running server."""
    now = datetime.now(UTC)
    with closing(CaseSite(tmp_path_factory.mktemp("site"), database=new_database())) as site:
        for name, role in ROLES.items():
            site.server.officers.add(name, PASSPHRASE, now=now, entropy=entropy, role=role)
        cases.open_case(site.server.database, [OTHER, "sam"], now=now, entropy=entropy)
        site.add([Seed("A page", "a gun"), Seed("A page", "a gun", 3, "aa")])
        with running(site) as address:
            yield Office(site, address)


@pytest.fixture(scope="module")
def foreign_clients(office: Office) -> Iterator[dict[str, httpx2.Client]]:
    """Return a client that has logged in for each foreign account, by name."""
    with ExitStack() as stack:
        clients = {name: stack.enter_context(office.client()) for name in ROLES}
        for name, client in clients.items():
            assert office.log_in(client, name).status_code == 200
        yield clients


@pytest.fixture(scope="module")
def things(office: Office) -> dict[str, str]:
    """Return the names of the first case's things that addresses contain: a cover and a turn of duty of its team."""
    machine, database = accounts.at_the_machine(datetime.now(UTC)), office.site.server.database
    ends = machine.at + timedelta(days=1)
    office.site.server.officers.add("pat", PASSPHRASE, now=machine.at, entropy=entropy)
    span = (machine.at, ends)
    principal, wishes = covers.seal_for(database, OFFICER, PASSPHRASE, "pat", [], span, machine.at)
    team = teams.add_team(database, machine, "first")
    teams.join(database, machine, team, OFFICER)
    teams.give_case(database, machine, office.site.case, team)
    with database.reading() as session:
        kim = accounts.find_officer(session, OFFICER).id
    wish = Wish(Kind.EXPORT, office.site.device, plain_details(Kind.EXPORT, office.site.device), "A hearing")
    return {
        "request_name": office.site.server.approvals.ask(principal, wish),
        "digest": office.site.authority,
        "cover": office.site.server.covers.make(principal, wishes[0]),
        "turn": office.site.server.rota.plan(machine, duty.Wish(team, kim, *span)),
        "team": team,
        "officer": kim,
    }


@pytest.fixture(scope="module")
def logged_in(office: Office) -> Iterator[httpx2.Client]:
    """Return the client of the case's officer: one session for all, for a log-in is made to be slow."""
    with office.client() as client:
        assert office.log_in(client, OFFICER).status_code == 200
        yield client


@pytest.fixture
def own(logged_in: httpx2.Client) -> Iterator[httpx2.Client]:
    """Return the client of the case's officer, with the console's token as it was given."""
    token = logged_in.headers["x-overt-csrf"]
    yield logged_in
    logged_in.headers["x-overt-csrf"] = token


def request(
    office: Office, client: httpx2.Client, method: str, path: str, things: Mapping[str, str] = NOTHING
) -> httpx2.Response:
    """Ask a route for a thing of the first case."""
    decision = "ab" * 16
    place = {"device": office.site.device, "epoch": 0, "seq": 0}
    names = {
        "passkey": "0" * 32,
        "case": office.site.case,
        "absence": decision,
        "digest": "0" * 64,
        "alert": "alert-0",
        "size": "0",
        "running": "0",
        "file": "metadata~timestamp.json",
        "request_name": "request-0",
        "cover": "cover-0",
        "turn": "duty-0",
        "team": "team-0",
        "officer": "officer-0",
    } | dict(things)
    filled = path.format(
        device=office.site.device, epoch=0, seq=0, name="meta", group=1, decision=decision, note=decision, **names
    )
    begin = datetime.now(UTC)
    span = {"since": begin.isoformat(), "until": (begin + timedelta(hours=1)).isoformat()}
    one = {"officer": names["officer"]} | span
    bodies = {
        "/v1/bundle": {"records": [place], "parts": ["meta"]},
        "/v1/views": {"records": [place]},
        "/v1/view-times": {"view": secrets.token_hex(16), "record": place, "seconds": 3},
        "/v1/labels": {"case": office.site.case},
        "/v1/decisions": {"id": secrets.token_hex(16), "disposition": "no-concern", "records": [place]},
        "/v1/assignments": {"id": secrets.token_hex(16), "what": "escalate", "groups": [1]},
        "/v1/case-notes": {
            "id": secrets.token_hex(16),
            "case": office.site.case,
            "kind": "risk-term",
            "sealed": "AAAA",
        },
        "/v1/session": {"name": OFFICER, "secret": "0" * 64},
        "/v1/covers": one | {"case": office.site.case, "wraps": [{"epoch": 0, "wrap": "00"}]},
        "/v1/session/passkey": {"answer": "{}"},
        "/v1/passkeys": {"answer": "{}", "lock": "{}", "secret": "0" * 64},
        "/v1/approvals": {"kind": "export", "subject": office.site.device, "reason": "A hearing"},
        "/v1/approvals/{request_name}": {"approve": True},
        "/v1/codes": {"case": office.site.case},
        "/v1/accounts": {"name": f"new-{secrets.token_hex(4)}", "role": "officer"},
        "/v1/accounts/{officer}/role": {"role": "officer"},
        "/v1/join": {"code": "none", "locked": {}, "secret": "0" * 64},
        "/v1/join/offer": {"code": "none"},
        "/v1/passphrase": {"secret": "0" * 64, "locked": {}, "new_secret": "0" * 64},
        "/v1/sessions/end-others": {"secret": "no secret"},
        "/v1/absences": {"id": secrets.token_hex(16), "case": office.site.case} | span,
        "/v1/contact": {"address": "somebody@example.org"},
        "/v1/duty": one | {"team": names["team"]},
        "/v1/transfers/invitations": {"officers": [names["officer"]]},
        "/v1/transfers/requests": {
            "way": "give",
            "case": office.site.case,
            "file": "{}",
            "fingerprint": "none",
            "reason": "Moved",
        },
        "/v1/enrol": {"code": "none", "device_key": "0" * 64},
    }
    parameters = {
        "/v1/session/lock": {"name": OFFICER},
        "/v1/session/passkey": {"name": OFFICER},
        "/v1/members": {"groups": 1},
        "/v1/people/{case}": span,
    }.get(path, {})
    return client.request(method, filled, params=parameters, json=bodies.get(path) if method == "POST" else None)


def test_every_route_has_its_rule(office: Office) -> None:
    """The table above names the routes that there are, no more and no less."""
    paths = make_app(office.site.server).openapi()["paths"]
    found = {(method.upper(), path) for path, methods in paths.items() for method in methods if path not in PAGES}
    assert found == set(RULES)


@pytest.mark.parametrize("name", list(ROLES))
@pytest.mark.parametrize(("method", "path"), [rule for rule in RULES if rule != ("DELETE", "/v1/session")])
def test_what_is_foreign_is_not_there(
    office: Office,
    foreign_clients: dict[str, httpx2.Client],
    things: dict[str, str],
    method: str,
    path: str,
    name: str,
) -> None:
    """Each route, each role: 404, as for what does not exist, and the try is in the audit record; lists are empty."""
    before = refused(office)
    answer = request(office, foreign_clients[name], method, path, things)
    assert answer.status_code == PERMITTED.get((method, path), {}).get(name, RULES[method, path])
    if answer.status_code == 404:
        assert refused(office) == before + 1
    if path != "/v1/ca" and name not in SEE_NAMES:
        assert office.site.device not in answer.text
        assert office.site.case not in answer.text


def refused(office: Office) -> int:
    with office.site.server.database.reading() as session:
        assert not list(audit.broken_places(session))
        return session.query(AuditEntry).filter_by(outcome="refused").count()


@pytest.mark.parametrize(
    ("method", "path"), [rule for rule, code in RULES.items() if code == 404 and rule not in OFFICE_RULES]
)
def test_its_own_officer_gets_it(office: Office, own: httpx2.Client, method: str, path: str) -> None:
    """The same requests, from the case's officer: the rules above do not pass by refusing everybody."""
    if path == "/v1/decisions/{decision}":
        place = {"device": office.site.device, "epoch": 0, "seq": 1}
        own.post("/v1/decisions", json={"id": "ab" * 16, "disposition": "concern", "records": [place]})
    if path == "/v1/case-notes/{note}":
        note = {"id": "ab" * 16, "case": office.site.case, "kind": "risk-term", "sealed": "AAAA"}
        own.post("/v1/case-notes", json=note)
    if path == "/v1/absences/{absence}":
        span = {"since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"}
        own.post("/v1/absences", json={"id": "ab" * 16, "case": office.site.case} | span)
    assert request(office, own, method, path).status_code == 200


@pytest.mark.parametrize(("method", "path"), list(RULES))
def test_without_a_session_there_is_nothing(office: Office, method: str, path: str) -> None:
    """401 for whatever shows or changes something."""
    with office.client() as client:
        status = request(office, client, method, path).status_code
    open_to_all = {"/v1/health", "/v1/ready", "/v1/ca", "/v1/session/lock", "/v1/log-in-service"}
    if (method, path) == ("POST", "/v1/log-in-service"):
        assert status == 422, "this server has none"
        return
    if (method, path) == ("GET", "/v1/session/passkey"):
        assert status == 422, "passkeys are bound to a name, and this server has an address only"
        return
    assert status == (200 if method == "GET" and path in open_to_all else 401)


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_writes_need_the_consoles_token(office: Office, own: httpx2.Client, method: str, path: str) -> None:
    """A request that another site makes the browser send is refused."""
    own.headers["x-overt-csrf"] = "0" * 32
    assert request(office, own, method, path).status_code == 401


def test_unknown_names_look_like_known_ones(office: Office) -> None:
    """The salt of a name that does not exist is steady and of the same form."""
    with office.client() as client:
        first = client.get("/v1/session/lock", params={"name": "nobody"}).json()
        again = client.get("/v1/session/lock", params={"name": "nobody"}).json()
        known = client.get("/v1/session/lock", params={"name": OFFICER}).json()
        assert first == again
        assert set(first) == set(known)
        assert len(first["salt"]) == len(known["salt"])
        assert office.log_in(client, "nobody").status_code == 401


def test_five_wrong_passphrases_lock_the_account(office: Office) -> None:
    """After them the right one is refused too, for a while."""
    now = datetime.now(UTC)
    office.site.server.officers.add("locked", PASSPHRASE, now=now, entropy=entropy)
    with office.client() as client:
        for _ in range(5):
            assert office.log_in(client, "locked", "a wrong passphrase").status_code == 401
        assert office.log_in(client, "locked").status_code == 401


def test_the_cookie_is_kept_from_scripts_and_other_sites(office: Office) -> None:
    """Secure, HttpOnly, SameSite=Strict, bound to this host."""
    with office.client() as client:
        said = office.log_in(client, OFFICER).headers["set-cookie"]
    assert said.startswith(f"{COOKIE}=")
    for word in ("Secure", "HttpOnly", "samesite=strict", "Path=/"):
        assert word.lower() in said.lower()


def test_after_log_out_the_cookie_is_worth_nothing(office: Office) -> None:
    """The session ends on the server, not only in the browser."""
    with office.client() as client:
        office.log_in(client, OFFICER)
        cookie = client.cookies[COOKIE]
        assert client.delete("/v1/session").status_code == 204
        assert client.get("/v1/keys", headers={"cookie": f"{COOKIE}={cookie}"}).status_code == 401


@pytest.mark.parametrize("path", ["/", "/captures", "/v1/health", "/static/review.js", "/nowhere"])
def test_every_answer_carries_the_policy(office: Office, path: str) -> None:
    """No inline script, nothing from elsewhere, no framing, no sniffing."""
    with office.client() as client:
        headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"

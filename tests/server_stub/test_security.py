"""What attackers send: huge and odd bodies, path and header tricks, floods; and what a stolen server holds."""

import http.client
import json
import os
import socket
import ssl
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from sqlalchemy import LargeBinary, String, inspect

from evidence.keys import LockedKey, derive_secrets, unlock_officer_key, unwrap_case_key
from server_stub.access import Role
from server_stub.app import make_app
from server_stub.body_limit import LARGEST_BODY
from server_stub.server import entropy
from server_stub.tables import CaseWrap, Officer, Table
from tests.console.browser import running
from tests.console.site import OFFICER, PASSPHRASE, CaseSite, Seed

WORDS = "an unmistakable sentence about a gun"
# The only places where the database may hold something about a person, and why (docs/threat-model.md says the same).
PERSONAL = {
    ("officers", "name"): "the name that an officer logs in with",
    ("teams", "name"): "what a team is called",
    ("account_codes", "name"): "the name that an account is offered for",
    ("approvals", "reason"): "why something was asked for; people are told to write no names",
    ("legal_holds", "reason"): "why something is kept; likewise",
    ("contacts", "address"): "where an officer on duty is written to",
    ("alert_rules", "address"): "where a team's alerts go",
    ("invitations", "file"): "the names of the officers who shall have a case here",
    ("departures", "invitation"): "the names of the officers who have it at the other agency",
}
# Text that people or devices choose, and that says nothing about anybody.
PLAIN = {
    ("audit", "actor"), ("audit", "action"), ("audit", "subject"), ("policies", "value"), ("capture_groups", "name"),
    ("records", "fold_group"), ("arrivals", "address"), ("arrivals", "parcel"), ("view_times", "place"),
    ("connected_log_ins", "identity"), ("log_in_flows", "nonce"), ("log_in_flows", "verifier"),
    ("former_servers", "address"),
}  # fmt: skip


class Target:
    """A running server, and how to reach it."""

    def __init__(self, site: CaseSite, address: str) -> None:
        self.site = site
        self.address = address
        self.trust = ssl.create_default_context(cafile=str(site.folder.ca_certificate))
        self.client = httpx2.Client(base_url=address, verify=self.trust, timeout=60)

    def log_in(self, name: str) -> dict[str, str]:
        """Log in; return the headers of a browser that did."""
        lock = self.client.get("/v1/session/lock", params={"name": name}).json()
        secret = derive_secrets(PASSPHRASE, bytes.fromhex(lock["salt"]), lock["iterations"]).log_in
        answer = self.client.post("/v1/session", json={"name": name, "secret": secret})
        cookie = answer.headers["set-cookie"].partition(";")[0]
        self.client.cookies.clear()
        return {"cookie": cookie, "x-overt-csrf": answer.json()["csrf"]}

    def raw(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes, str]:
        """Send a GET whose path nobody tidies up on the way; return status, body and headers."""
        host, port = self.address.removeprefix("https://").split(":")
        with closing(http.client.HTTPSConnection(host, int(port), context=self.trust, timeout=60)) as connection:
            connection.putrequest("GET", path, skip_host="host" in (headers or {}))
            for name, value in (headers or {}).items():
                connection.putheader(name, value)
            connection.endheaders()
            with closing(connection.getresponse()) as answer:
                return answer.status, answer.read(), str(answer.headers)


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """Return a running server with a case, a capture and a supervisor."""
    with closing(CaseSite(tmp_path_factory.mktemp("site"))) as site:
        now = datetime.now(UTC)
        site.server.officers.add("sam", PASSPHRASE, now=now, entropy=entropy, role=Role.SUPERVISOR)
        site.add([Seed("A title", WORDS)])
        with running(site) as address:
            found = Target(site, address)
            yield found
            found.client.close()


def test_a_huge_body_is_refused(target: Target) -> None:
    """By its announced length, and where none is announced, as soon as it is too long."""
    assert target.client.post("/v1/session", content=b"x" * (LARGEST_BODY + 1)).status_code == 413
    chunks = (b"x" * 65_536 for _ in range(LARGEST_BODY // 65_536 + 2))
    with suppress(httpx2.WriteError):  # a server that hangs up while we are still sending has answered too
        assert target.client.post("/v1/session", content=chunks).status_code == 413
    assert target.client.get("/v1/health").status_code == 200


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "zstd", "GZIP"])
def test_compressed_bodies_are_not_unpacked(target: Target, encoding: str) -> None:
    """So that none of them can be a bomb."""
    answer = target.client.post("/v1/session", content=b"\x1f\x8b", headers={"content-encoding": encoding})
    assert answer.status_code == 415


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000, b'{"a":' * 50_000, b"\xff\xfe\x00", b"", b"null", b"1e999999", b'"\\ud800"',
        b'{"name": "\\u0000", "secret": "' + b"0" * 64 + b'"}', b'{"name": "kim", "name": {}, "secret": 1}',
    ],
)  # fmt: skip
def test_odd_json_is_the_senders_mistake(target: Target, body: bytes) -> None:
    """Deep, broken, half a surrogate, a zero character: an answer in the four hundreds, and the server lives."""
    answer = target.client.post("/v1/session", content=body, headers={"content-type": "application/json"})
    assert 400 <= answer.status_code < 500
    assert target.client.get("/v1/health").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/static/../folder.py", "/static/..%2f..%2fserver.toml", "/static/%2e%2e/%2e%2e/tables.py",
        "/static//etc/passwd",
        "/static/..\\..\\server.toml", "/static/%00", "//v1/keys", "/v1/keys/", "/V1/KEYS", "/v1/./keys",
        "/v1/%6beys/..",
        "/v1/records/..%2f..%2f/0/0/head", "/v1/records/device-1/0/0/parts/..%2fmeta", "/v1/groups/0x1", "/%ff%fe",
        "/v1/devices/%2e%2e/authority", "/v1/captures?before=99999999999999999999", "/openapi.json", "/docs",
    ],
)  # fmt: skip
def test_path_tricks_lead_nowhere(target: Target, path: str) -> None:
    """No file outside the console's, no route by another spelling, no 500."""
    status, body, _ = target.raw(path)
    assert 300 <= status < 500
    assert b"def " not in body


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"}, {"x-forwarded-host": "evil.example"}, {"x-original-url": "/v1/keys"},
        {"x-http-method-override": "DELETE"}, {"origin": "https://evil.example"}, {"cookie": "__Host-overt-session="},
        {"cookie": "__Host-overt-session=" + "x" * 8000}, {"content-length": "-1"}, {"content-length": "9" * 30},
    ],
)  # fmt: skip
def test_header_tricks_change_nothing(target: Target, headers: dict[str, str]) -> None:
    """Nothing is given without a session, nothing echoes the other host, nothing is a 500."""
    status, body, told = target.raw("/v1/keys", headers)
    assert status in (400, 401)
    assert b"evil" not in body
    assert "evil" not in told


def test_only_the_methods_that_there_are(target: Target) -> None:
    """TRACE, CONNECT and made-up methods are no way in."""
    for method in ("TRACE", "PROPFIND", "FOO"):
        assert target.client.request(method, "/v1/health").status_code == 405


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_tls_is_refused(target: Target, version: ssl.TLSVersion) -> None:
    """TLS 1.2 or newer; the connection fails before a byte of HTTP."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(target.site.folder.ca_certificate)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = version
    context.set_ciphers("ALL:@SECLEVEL=0")  # this side would speak it
    host, port = target.address.removeprefix("https://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as raw, pytest.raises(ssl.SSLError):
        context.wrap_socket(raw, server_hostname=host)


def test_no_other_site_may_read_an_answer(target: Target) -> None:
    """No CORS header for anybody, and a preflight is refused."""
    session = target.log_in(OFFICER)
    answer = target.client.get("/v1/keys", headers=session | {"origin": "https://evil.example"})
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("access-control")]
    preflight = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    assert target.client.options("/v1/decisions", headers=preflight).status_code == 405


@contextmanager
def allowed(**rates: int) -> Iterator[None]:
    """Set how many requests a minute the next server answers."""
    names = {f"OVERT_SERVER_RATES__{name.upper()}": str(value) for name, value in rates.items()}
    os.environ.update(names)
    try:
        yield
    finally:
        for name in names:
            del os.environ[name]


def test_floods_are_told_when_to_come_back(tmp_path: Path) -> None:
    """By address before log-in, by account after it: 429, with the seconds to wait; health is still answered.

    And the server, told to end, ends in order: it takes its address away.
    """
    with closing(CaseSite(tmp_path)) as site, allowed(address=5, account=4), running(site) as address:
        own = Target(site, address)
        session = own.log_in(OFFICER)  # two of the five
        strangers = [own.client.get("/v1/session/lock", params={"name": "kim"}) for _ in range(5)]
        known = [own.client.get("/v1/me", headers=session) for _ in range(6)]
        assert own.client.get("/v1/health").status_code == 200
        own.client.close()
    assert not site.folder.address_file.exists()
    assert [one.status_code for one in strangers] == [200] * 3 + [429] * 2
    assert [one.status_code for one in known] == [200] * 4 + [429] * 2
    assert all(1 <= int(one.headers["retry-after"]) <= 120 for one in (strangers[-1], known[-1]))


def test_no_odd_value_is_a_server_error(target: Target) -> None:
    """Values made from the API's own description, for every operation, as a supervisor: never a 500."""
    schema = schemathesis.openapi.from_dict(make_app(target.site.server).openapi())
    session = target.log_in("sam")
    tried = []
    for found in schema.get_all_operations():
        operation = found.ok()
        if (operation.method, operation.path) == ("delete", "/v1/session"):
            continue

        @settings(
            max_examples=6, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy())
        def never(case: schemathesis.Case) -> None:
            case.headers.update(session)
            answer = case.call(base_url=target.address, verify=str(target.site.folder.ca_certificate))
            assert answer.status_code < 500, f"{case.method} {case.formatted_path}: {answer.text[:200]}"
            tried.append(case.operation.path)

        never()
    assert len(set(tried)) > 40


def test_a_stolen_database_opens_nothing(target: Target) -> None:
    """The words and the keys of case and officer stand nowhere in database or blobs, in no spelling."""
    root = target.site.folder.root
    contents = [path.read_bytes() for path in root.rglob("*") if path.is_file()]
    assert len(contents) > 5
    with target.site.server.database.reading() as session:
        officer = session.query(Officer).filter_by(name=OFFICER).one()
        wrap = session.query(CaseWrap).filter_by(officer_id=officer.id).one()
        own = unlock_officer_key(LockedKey.from_bytes(officer.locked_key), PASSPHRASE)
    key = unwrap_case_key(wrap.wrap, own, case=wrap.case_id, epoch=wrap.epoch)
    secrets = [own.secret, key.secret, derive_secrets(PASSPHRASE, LockedKey.from_bytes(officer.locked_key).salt).lock]
    needles = [
        *secrets,
        *(one.hex().encode() for one in secrets),
        WORDS.encode(),
        WORDS.encode("utf-16-le"),
        b"A title",
    ]
    assert not [needle for needle in needles if any(needle in content for content in contents)]


def test_personal_data_stands_in_the_listed_places_only() -> None:
    """Every column of text is an id, a word of a closed set, a digest, or listed above: a new one has to be judged."""
    names = ("id", "_id", "_by", "digest", "hash", "kind", "role", "prev", "outcome", "disposition", "origin", "boot")
    judged = set(PERSONAL) | PLAIN
    unknown = set()
    for table in Table.metadata.sorted_tables:
        for column in table.columns:
            text = isinstance(column.type, String) and not isinstance(column.type, LargeBinary)
            if text and not column.name.endswith(names) and (table.name, column.name) not in judged:
                unknown.add((table.name, column.name, column.type.length))
    assert {one for one in unknown if one[:2] not in NAMED} == set()
    columns = {(table.name, column.name) for table in Table.metadata.sorted_tables for column in table.columns}
    assert judged <= columns


NAMED = {
    ("jobs", "subject"), ("jobs", "key"), ("jobs", "trouble"), ("nonces", "nonce"), ("policies", "name"),
    ("retention_rules", "record_class"), ("exposure", "day"), ("sessions", "csrf"), ("alert_rules", "quiet_from"),
    ("alert_rules", "quiet_until"), ("alert_rules", "zone"), ("approvals", "subject"), ("case_wraps", "suite"),
    ("recovery_wraps", "suite"), ("cover_wraps", "suite"), ("alerts", "group_name"), ("destructions", "reason"),
    ("assignments", "what"), ("silences", "meaning"), ("alerts", "about"),
    ("invitations", "answered"), ("checkpoints", "name"),
}  # fmt: skip
"""Further columns of text, each an id, a time, a nonce or a word of a closed set."""


def test_the_schema_is_described(target: Target) -> None:
    """What the test above looks at is what the database has."""
    found = set(inspect(target.site.server.database.engine).get_table_names()) - {"alembic_version"}
    assert found == {table.name for table in Table.metadata.sorted_tables}


def test_the_api_description_is_json(target: Target) -> None:
    """It is what the fuzzing above was made from."""
    assert len(json.dumps(make_app(target.site.server).openapi())) > 10_000

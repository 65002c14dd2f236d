"""Alerts: what raises one, whom it reaches through a real mail server and a real web hook, and who is told next."""

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, time, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pydantic import SecretStr
from typer.testing import CliRunner

from overt.commands.server import app
from server_stub import accounts, alert_delivery, alerts, duty, teams
from server_stub.access import Principal, Role
from server_stub.accounts import at_the_machine
from server_stub.alert_delivery import SIGNATURE_HEADER, Delivery, MailSender, WebhookSender, signature_of
from server_stub.alerts import Channel, Rule, due_at
from server_stub.errors import NotFoundError, UnacceptableError
from server_stub.jobs import Jobs, Worker
from server_stub.place import Place
from server_stub.server import entropy
from server_stub.settings import AlertSettings, MailSecurity
from server_stub.tables import Alert, AuditEntry, Record
from tests.console.site import OFFICER, PASSPHRASE, CaseSite, Seed
from tests.server_stub.conftest import NewDatabase

MARKER = "quokkamarker"
"""A word of the captures that may stand in no message."""
SECRET = "the secret of the hook"


class Inbox:
    """What a real SMTP server on this computer received."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], str]] = []
        with socket.socket() as free:  # the controller itself cannot take any port
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._server = Controller(self, hostname="127.0.0.1", port=self.port)
        self._server.start()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append((list(envelope.rcpt_tos), content.decode()))
        return "250 OK"

    def close(self) -> None:
        if self._server.loop.is_running():
            self._server.stop()


class Hook:
    """What a real HTTPS server on this computer received."""

    def __init__(self, certificate: Path, key: Path) -> None:
        received: list[tuple[bytes, str]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                received.append((body, self.headers[SIGNATURE_HEADER]))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.received = received
        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self._server.server_address[1]}/overt"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Desk:
    """A server with a case in a team, an inbox and a hook."""

    def __init__(self, site: CaseSite, inbox: Inbox, hook: Hook) -> None:
        self.site, self.inbox, self.hook = site, inbox, hook
        database, now = site.server.database, datetime.now(UTC)
        machine = at_the_machine(now)
        self.team = teams.add_team(database, machine, "north")
        teams.join(database, machine, self.team, OFFICER)
        teams.give_case(database, machine, site.case, self.team)
        settings = AlertSettings(
            smtp_host="127.0.0.1", smtp_port=inbox.port, security=MailSecurity.NONE, sender="overt@example.org",
            webhook_secret=SecretStr(SECRET), webhook_ca=str(site.folder.ca_certificate),
        )  # fmt: skip
        senders: dict[Channel, alert_delivery.Sender] = {
            Channel.MAIL: MailSender(settings, "https://console/"),
            Channel.WEBHOOK: WebhookSender(settings, "https://console/"),
        }
        self.later = timedelta(0)
        self.delivery = Delivery(database, senders, clock=self.now)

    def member(self, name: str, role: Role = Role.OFFICER) -> str:
        """Add an account to the team and say where it is told."""
        machine = at_the_machine(datetime.now(UTC))
        officer = self.site.server.officers.add(name, PASSPHRASE, now=machine.at, entropy=entropy, role=role)
        teams.join(self.site.server.database, machine, self.team, name)
        self.site.server.alerts.set_contact(machine, f"{name}@example.org", officer=officer)
        return officer

    def rule(self, address: str = "team@example.org", severity: int = 4, minutes: int = 30) -> str:
        wish = Rule(address, severity, timedelta(minutes=minutes), team=self.team)
        return self.site.server.alerts.add_rule(at_the_machine(datetime.now(UTC)), wish)

    def capture(self, severity: int, group: str = "") -> None:
        self.site.add([Seed(MARKER, f"{MARKER} gun", severity, group, term=MARKER)])

    def work(self, later: timedelta = timedelta(0)) -> int:
        """Do what is due, as if it were later."""
        self.later = later
        return Worker(self.site.server.database, self.delivery.handlers(), clock=self.now).run_due()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.later

    def asking(self, name: str) -> Principal:
        with self.site.server.database.reading() as session:
            found = accounts.find_officer(session, name)
            return Principal(found.id, "", Role(found.role), datetime.now(UTC))


@pytest.fixture
def desk(tmp_path: Path, new_database: NewDatabase) -> Iterator[Desk]:
    """Return a desk on each kind of database."""
    with ExitStack() as stack:
        site = stack.enter_context(closing(CaseSite(tmp_path, database=new_database())))
        stack.callback(site.server.database.close)
        inbox = stack.enter_context(closing(Inbox()))
        hook = stack.enter_context(closing(Hook(site.folder.tls_certificate, site.folder.tls_key)))
        yield Desk(site, inbox, hook)


def test_a_severe_capture_is_told_once_and_says_nothing_of_it(desk: Desk) -> None:
    """Mail and hook get severity, case and time; forty captures alike make one alert, and a lesser one makes none."""
    desk.rule()
    desk.rule(desk.hook.address)
    desk.capture(3)
    for _ in range(40):
        desk.capture(4, "aa")
    assert desk.work() == 2
    assert [to for to, _ in desk.inbox.mails] == [["team@example.org"]]
    mail = desk.inbox.mails[0][1]
    assert "Subject: Overt: alert of severity 4" in mail
    assert desk.site.case in mail
    ((body, signature),) = desk.hook.received
    assert signature == signature_of(body, SECRET.encode())
    assert json.loads(body)["case"] == desk.site.case
    assert MARKER not in mail + body.decode()


def test_a_group_that_grows_worse_is_told_again(desk: Desk) -> None:
    """Severity 4 and then 5 in one group: two alerts."""
    desk.rule()
    for severity in (4, 5, 4):
        desk.capture(severity, "aa")
    desk.work()
    assert len(desk.inbox.mails) == 2
    with desk.site.server.database.reading() as session:
        worst = session.query(Record).filter_by(severity=5).one()
        places = [one.capture for one in desk.site.server.alerts.open(desk.asking(OFFICER))]
    assert places == [Place(worst.device_id, worst.epoch, worst.seq)] * 2, (
        "each leads to the capture that is the worst now"
    )


def test_nobody_answers(desk: Desk) -> None:
    """After the rule's patience who is on duty is told, after it again the supervisor; each step is in the audit."""
    machine = at_the_machine(datetime.now(UTC))
    desk.member("pat")
    desk.member("sam", Role.SUPERVISOR)
    turn = duty.Wish(desk.team, "pat", machine.at - timedelta(hours=1), machine.at + timedelta(hours=8))
    desk.site.server.rota.plan(machine, turn)
    desk.rule(minutes=10)
    desk.capture(5)
    assert desk.work() == 1
    assert desk.work(timedelta(minutes=11)) == 1
    assert desk.work(timedelta(minutes=25)) == 1
    assert desk.work(timedelta(days=1)) == 0, "after the supervisors there is nobody else"
    told = [to[0] for to, _ in desk.inbox.mails]
    assert told == ["team@example.org", "pat@example.org", "sam@example.org"]
    with desk.site.server.database.reading() as session:
        actions = [row.action for row in session.query(AuditEntry).filter_by(actor="server").order_by(AuditEntry.seq)]
    assert actions == ["send-alert", "escalate-alert", "escalate-alert"]


def test_who_takes_it_on_is_the_last_to_be_called(desk: Desk) -> None:
    """Taken on: no escalation, and it is gone from everybody's list; the first to take it keeps it."""
    desk.member("pat")
    desk.member("sam", Role.SUPERVISOR)
    desk.rule(minutes=10)
    desk.capture(5)
    desk.work()
    kim, sam = desk.asking(OFFICER), desk.asking("sam")
    (waiting,) = desk.site.server.alerts.open(kim)
    assert desk.site.server.alerts.open(sam) == [waiting], "a supervisor sees what waits in the team"
    desk.site.server.alerts.take(kim, waiting.alert)
    desk.site.server.alerts.take(sam, waiting.alert)
    assert desk.site.server.alerts.open(kim) == []
    desk.work(timedelta(days=1))
    assert len(desk.inbox.mails) == 1
    with desk.site.server.database.reading() as session:
        assert alerts.find(session, waiting.alert).taken_by == kim.officer


def test_a_stranger_sees_and_takes_nothing(desk: Desk) -> None:
    """An officer without the case's key finds no alert, and the try is noted."""
    desk.rule()
    desk.capture(5)
    machine = at_the_machine(datetime.now(UTC))
    desk.site.server.officers.add("lee", PASSPHRASE, now=machine.at, entropy=entropy)
    lee = desk.asking("lee")
    assert desk.site.server.alerts.open(lee) == []
    with desk.site.server.database.reading() as session:
        alert = session.query(Alert).one().id
    for attempt in (
        lambda: desk.site.server.alerts.take(lee, alert),
        lambda: desk.site.server.alerts.add_rule(lee, Rule("a@b.org", 4, timedelta(minutes=5), case=desk.site.case)),
        lambda: desk.site.server.alerts.set_contact(lee, "a@b.org", officer="officer-1"),
    ):
        with pytest.raises(NotFoundError):
            attempt()
    with desk.site.server.database.reading() as session:
        assert session.query(AuditEntry).filter_by(actor=lee.officer, outcome="refused").count() == 3


def test_a_mail_server_that_is_away_is_tried_again(desk: Desk) -> None:
    """The job waits and is done when the server is back; the capture was stored all the same."""
    desk.rule()
    desk.inbox.close()
    desk.capture(5)
    assert desk.work() == 1
    assert Jobs(desk.site.server.database).waiting(now=datetime.now(UTC)).later >= 1
    back = Inbox()
    try:
        settings = AlertSettings(
            smtp_host="127.0.0.1", smtp_port=back.port, security=MailSecurity.NONE, sender="overt@example.org"
        )
        desk.delivery = Delivery(
            desk.site.server.database, {Channel.MAIL: MailSender(settings, "https://console/")}, clock=desk.now
        )
        desk.work(timedelta(minutes=3))
        assert len(back.mails) == 1
    finally:
        back.close()


NIGHT = (time(22), time(7))


@pytest.mark.parametrize(
    ("moment", "severity", "quiet", "expected"),
    [
        ("2026-01-05T23:00", 4, NIGHT, "2026-01-06T07:00"),
        ("2026-01-06T06:59", 4, NIGHT, "2026-01-06T07:00"),
        ("2026-01-06T07:00", 4, NIGHT, "2026-01-06T07:00"),
        ("2026-01-05T21:59", 4, NIGHT, "2026-01-05T21:59"),
        ("2026-01-05T23:00", 5, NIGHT, "2026-01-05T23:00"),
        ("2026-01-05T13:00", 4, (time(12), time(14)), "2026-01-05T14:00"),
        ("2026-01-05T23:00", 4, None, "2026-01-05T23:00"),
        # Summer time: 21:30 in UTC is 22:30 in London, and seven o'clock there is six in UTC.
        ("2026-07-05T21:30", 4, NIGHT, "2026-07-06T06:00"),
    ],
)
def test_quiet_hours(moment: str, severity: int, quiet: tuple[time, time] | None, expected: str) -> None:
    """Nights wait for the morning, what is urgent does not, and the clock is the zone's."""
    rule = Rule("a@b.org", 1, timedelta(minutes=5), team="t", quiet=quiet, zone="Europe/London")
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert due_at(rule, severity, at) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "change",
    [
        {"address": "nobody"}, {"address": "http://plain.example"}, {"address": "a@b.org\nBcc: c@d.org"},
        {"address": "a@b.org, c@d.org"}, {"least_severity": 0}, {"least_severity": 6}, {"zone": "Mars/Olympus"},
        {"escalate_after": timedelta(0)}, {"team": None}, {"case": "case-1"},
    ],
    ids=str,
)  # fmt: skip
def test_rules_that_cannot_be(change: dict[str, object]) -> None:
    """Each is refused in words; a mail address cannot carry a second header."""
    good: dict[str, object] = {
        "address": "a@b.org", "least_severity": 4, "escalate_after": timedelta(minutes=5), "team": "t",
    }  # fmt: skip
    build: Callable[..., Rule] = Rule
    alerts.check_rule(build(**good))
    with pytest.raises(UnacceptableError):
        alerts.check_rule(build(**(good | change)))


def test_the_commands(tmp_path: Path) -> None:
    """Rules and contacts from the command line; a trial says plainly that mail is not set up."""
    with closing(CaseSite(tmp_path)) as site:
        site.server.database.close()
    data, run = str(tmp_path / "server"), CliRunner()
    made = run.invoke(app, ["alert", "rule", "a@b.org", "--case", site.case, "--quiet", "22:00-07:00", "--data", data])
    assert made.exit_code == 0, made.output
    assert "Nothing is sent yet" in made.output
    listed = run.invoke(app, ["alert", "rules", "--data", data])
    assert f"case {site.case}  a@b.org  4+  on duty after 30 min" in listed.output
    assert run.invoke(app, ["alert", "contact", OFFICER, "kim@b.org", "--data", data]).exit_code == 0
    trial = run.invoke(app, ["alert", "test", "a@b.org", "--data", data])
    assert trial.exit_code == 3
    assert "AlertsNotSetUpError" in trial.output
    assert run.invoke(app, ["alert", "remove", made.output.partition(":")[0], "--data", data]).exit_code == 0
    wrong = run.invoke(app, ["alert", "rule", "a@b.org", "--case", site.case, "--quiet", "night", "--data", data])
    assert wrong.exit_code == 2
    assert "HH:MM-HH:MM" in wrong.output

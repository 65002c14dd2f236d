"""Tells people of alerts, and others when nobody answers: the rule's address, who is on duty, the team's supervisors.

The words are the same for every alert: how severe, which case by its id, since when, and where to look. Mail goes
through the agency's server; a web hook gets JSON with an HMAC-SHA256 of the body, so that its receiver knows whom it is
from.
"""

import hashlib
import hmac
import json
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Protocol

import httpx2
from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.fields import format_time
from server_stub import alerts, audit, jobs
from server_stub.access import Role
from server_stub.alerts import About, Channel, channel_of
from server_stub.audit import Outcome
from server_stub.database import Database
from server_stub.duty import on_duty
from server_stub.errors import StoreError
from server_stub.jobs import Handler, Taken
from server_stub.presence import silence_name
from server_stub.server import Server
from server_stub.settings import AlertSettings, MailSecurity
from server_stub.tables import Alert, AlertRule, CaptureGroup, Case, Contact, Officer, Silence, TeamMember

PATIENCE = 20.0
"""Seconds for a mail server or a web hook to answer; a job that fails is tried again."""
SIGNATURE_HEADER = "x-overt-signature"
ON_DUTY, SUPERVISORS = 1, 2
"""Steps of escalation."""


_HAPPENED = {
    About.CAPTURE: "A capture of severity {severity} came in at {at}.",
    About.SILENCE: (
        "A device is silent, or used, in a way that is not its routine (severity {severity}, judged at {at}). "
        "The page People says what is known of it."
    ),
}


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody is told. It names no person and nothing that was captured."""

    alert: str
    case: str
    severity: int
    raised_at: datetime
    step: int
    about: About = About.CAPTURE

    def subject(self) -> str:
        """Return the line that a telephone shows."""
        again = {0: "", ON_DUTY: " (nobody has taken it on)", SUPERVISORS: " (still nobody has taken it on)"}
        return f"Overt: alert of severity {self.severity}{again[self.step]}"

    def body(self, console: str) -> str:
        """Return the words of a mail."""
        return (
            f"{_HAPPENED[self.about].format(severity=self.severity, at=format_time(self.raised_at))}\n\n"
            f"Case: {self.case}\nAlert: {self.alert}\n\n"
            f"Please log in to the console and take it on there, so that nobody else is called:\n{console}\n\n"
            "This message says nothing of what was captured, and nobody can answer it."
        )


class Sender(Protocol):
    """Sends messages to one kind of address."""

    def send(self, address: str, message: Message) -> None:
        """Send; raises OSError, smtplib.SMTPException or httpx2.HTTPError where it cannot be sent now."""


class MailSender:
    """Mail through the agency's server."""

    def __init__(self, settings: AlertSettings, console: str) -> None:
        """Send as the settings say; `console` is the address named in the mail."""
        self._settings = settings
        self._console = console

    def send(self, address: str, message: Message) -> None:
        """Send one mail, over TLS unless the settings say otherwise."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self._settings.sender, address, message.subject()
        mail["Message-ID"] = make_msgid(domain=self._settings.sender.rpartition("@")[2])
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday replies
        mail.set_content(message.body(self._console))
        with self._connect() as server:
            if self._settings.user:
                server.login(self._settings.user, self._settings.password.get_secret_value())
            server.send_message(mail)

    def _connect(self) -> smtplib.SMTP:
        chosen, context = self._settings, ssl.create_default_context()
        if chosen.security is MailSecurity.TLS:
            return smtplib.SMTP_SSL(chosen.smtp_host, chosen.smtp_port, timeout=PATIENCE, context=context)
        server = smtplib.SMTP(chosen.smtp_host, chosen.smtp_port, timeout=PATIENCE)
        if chosen.security is MailSecurity.STARTTLS:
            server.starttls(context=context)
        return server


class WebhookSender:
    """JSON to an address of the agency's."""

    def __init__(self, settings: AlertSettings, console: str) -> None:
        """Sign with the secret of the settings."""
        self._secret = settings.webhook_secret.get_secret_value().encode()
        self._console = console
        self._verify = settings.webhook_ca or True

    def send(self, address: str, message: Message) -> None:
        """Post one message; raises httpx2.HTTPError for an answer that is not 2xx."""
        body = json.dumps(
            {
                "alert": message.alert,
                "about": message.about.value,
                "case": message.case,
                "severity": message.severity,
                "raised_at": format_time(message.raised_at),
                "step": message.step,
                "console": self._console,
            }
        ).encode()
        headers = {"content-type": "application/json", SIGNATURE_HEADER: signature_of(body, self._secret)}
        context = ssl.create_default_context(cafile=self._verify) if isinstance(self._verify, str) else True
        with httpx2.Client(timeout=PATIENCE, verify=context) as client:
            client.post(address, content=body, headers=headers).raise_for_status()


def signature_of(body: bytes, secret: bytes) -> str:
    """Return what the receiver of a web hook compares with: hex HMAC-SHA256 (RFC 2104) of the body."""
    return hmac.new(secret, body, hashlib.sha256).hexdigest()


class Nowhere:
    """Stands where a channel was not set up: the job fails, waits, and shows in the server's log and in its doctor."""

    def send(self, address: str, message: Message) -> None:
        """Refuse."""
        del message
        raise AlertsNotSetUpError(channel_of(address).value)


class AlertsNotSetUpError(OSError):
    """A rule names a channel that the server's settings do not."""


def alert_handlers(server: Server) -> dict[str, Handler]:
    """Return the handlers of a server's alert jobs, as its settings say."""
    return Delivery(server.database, senders_of(server)).handlers()


def try_out(sender: Sender, address: str, message: Message) -> None:
    """Send a trial message; raises StoreError with what went wrong in words."""
    try:
        sender.send(address, message)
    except (OSError, smtplib.SMTPException, httpx2.HTTPError) as problem:
        raise StoreError(
            f"the trial alert could not be sent: {type(problem).__name__}", hint="See [alerts] in server.toml."
        ) from None


def senders_of(server: Server) -> dict[Channel, Sender]:
    """Return what sends to each kind of address, as the settings say."""
    settings = server.folder.settings()
    console = f"https://{settings.host}:{settings.port}/"
    senders: dict[Channel, Sender] = {Channel.MAIL: Nowhere(), Channel.WEBHOOK: Nowhere()}
    if settings.alerts.smtp_host:
        senders[Channel.MAIL] = MailSender(settings.alerts, console)
    if settings.alerts.webhook_secret.get_secret_value():
        senders[Channel.WEBHOOK] = WebhookSender(settings.alerts, console)
    return senders


class Delivery:
    """The handlers of alert jobs."""

    def __init__(
        self,
        database: Database,
        senders: dict[Channel, Sender],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Send through these."""
        self._database = database
        self._senders = senders
        self._clock = clock

    def handlers(self) -> dict[str, Handler]:
        """Return the kinds of job that this does."""
        return {alerts.SEND: self.send, alerts.ESCALATE: self.escalate}

    def send(self, job: Taken) -> None:
        """Tell a rule's address, unless somebody has taken the alert on meanwhile."""
        alert_id, rule_id = job.subject.split()
        with self._database.reading() as session:
            alert, rule = session.get(Alert, alert_id), session.get(AlertRule, rule_id)
            if alert is None or rule is None or _is_settled(session, alert):
                return
            message, address = _message(alert), rule.address
        self._tell(address, message)
        self._note(alert_id, "send-alert")

    def escalate(self, job: Taken) -> None:
        """Tell the officers on duty, later the team's supervisors, while nobody has taken the alert on."""
        alert_id, rule_id = job.subject.split()
        now = self._clock()
        with self._database.reading() as session:
            alert, rule = session.get(Alert, alert_id), session.get(AlertRule, rule_id)
            if alert is None or rule is None or _is_settled(session, alert):
                return
            step, addresses = _next_step(session, alert, now)
            wait = timedelta(minutes=rule.escalate_minutes)
            message = _message(alert, step)
        for address in addresses:
            self._tell(address, message)
        with self._database.writing() as session:
            alerts.find(session, alert_id).escalated = step
            if step < SUPERVISORS:
                jobs.add(session, alerts.ESCALATE, job.subject, now=now, due=now + wait)
        self._note(alert_id, "escalate-alert")

    def _tell(self, address: str, message: Message) -> None:
        self._senders[channel_of(address)].send(address, message)

    def _note(self, alert: str, action: str) -> None:
        with self._database.writing() as session:
            audit.write(session, at=self._clock(), actor="server", action=action, subject=alert, outcome=Outcome.DONE)


def _message(alert: Alert, step: int = 0) -> Message:
    return Message(alert.id, alert.case_id, alert.severity, alert.raised_at, step, About(alert.about))


def _is_settled(session: Session, alert: Alert) -> bool:
    """Somebody took it on, the captures were decided, or the silence is over."""
    if alert.taken_at is not None:
        return True
    if alert.about == About.SILENCE.value:
        silence = session.get(Silence, alert.device_id)
        return silence is None or silence_name(silence) != alert.group_name
    group = session.scalars(
        select(CaptureGroup).where(CaptureGroup.device_id == alert.device_id, CaptureGroup.name == alert.group_name)
    ).first()
    return group is not None and group.undecided == 0


def _next_step(session: Session, alert: Alert, now: datetime) -> tuple[int, list[str]]:
    """Return the step to take and whom to tell: who is on duty; where nobody is, or nobody answered, supervisors."""
    team = session.scalars(select(Case.team_id).where(Case.id == alert.case_id)).first()
    if team is None:
        return SUPERVISORS, []
    if alert.escalated < ON_DUTY:
        duty = _addresses(session, on_duty(session, team, now))
        if duty:
            return ON_DUTY, duty
    supervisors = select(Officer.id).join(TeamMember, TeamMember.officer_id == Officer.id)
    found = session.scalars(supervisors.where(TeamMember.team_id == team, Officer.role == Role.SUPERVISOR.value))
    return SUPERVISORS, _addresses(session, list(found))


def _addresses(session: Session, officers: list[str]) -> list[str]:
    known = {row.officer_id: row.address for row in session.scalars(select(Contact))}
    return list(dict.fromkeys(known[one] for one in officers if one in known))

"""The database's tables. Identity is a key everywhere: people's names appear only where somebody logs in with one."""

from datetime import datetime

import sqlalchemy
from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, UniqueConstraint, event, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from server_stub.moments import Moment


class Table(DeclarativeBase):
    """Base of all tables."""


def columns_of(table: type[Table]) -> sqlalchemy.Table:
    """Return a table for plain statements, which cost less than objects where every record runs them."""
    found = table.__table__
    if not isinstance(found, sqlalchemy.Table):
        raise TypeError(f"{table.__name__} is no plain table")
    return found


class Officer(Table):
    """An account of the console."""

    __tablename__ = "officers"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    locked_key: Mapped[bytes] = mapped_column(LargeBinary)
    """The officer's opening key, locked under a passphrase that the server never sees."""
    secret_hash: Mapped[str] = mapped_column(String(200))
    """argon2id of the log-in secret, which is derived from the passphrase in the browser."""
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)
    role: Mapped[str] = mapped_column(String(16), default="officer")
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the account was closed; it stays, because decisions and the audit chain name it."""


class Team(Table):
    """Officers who work together; cases and duty belong to a team."""

    __tablename__ = "teams"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    created_at: Mapped[datetime] = mapped_column(Moment)


class TeamMember(Table):
    """An officer of a team. It gives no key: what an officer can open is what was sealed to him."""

    __tablename__ = "team_members"
    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id"), primary_key=True)
    officer_id: Mapped[str] = mapped_column(ForeignKey("officers.id"), primary_key=True, index=True)


class Case(Table):
    """A case: the key pair that captures are sealed to. Its private half exists only as wraps."""

    __tablename__ = "cases"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    key_epoch: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Moment)
    team_id: Mapped[str | None] = mapped_column(ForeignKey("teams.id"), index=True)
    """The team whose supervisors see how much waits; None: nobody oversees it."""
    shredded_at: Mapped[datetime | None] = mapped_column(Moment)
    """When every wrap of its keys was destroyed; None while somebody can open it."""


class CaseWrap(Table):
    """A case's private key, sealed to one officer. Having one is what makes an officer part of the case's team."""

    __tablename__ = "case_wraps"
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True)
    officer_id: Mapped[str] = mapped_column(ForeignKey("officers.id"), primary_key=True)
    wrap: Mapped[bytes] = mapped_column(LargeBinary)
    suite: Mapped[str] = mapped_column(String(64))
    """The case key's, not the officer's."""


class RecoveryWrap(Table):
    """A case's private key, sealed to the recovery key, which is not on the server."""

    __tablename__ = "recovery_wraps"
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True)
    suite: Mapped[str] = mapped_column(String(64))
    recovery_key: Mapped[bytes] = mapped_column(LargeBinary)
    """The public half that it is sealed to: the next key of the case is sealed to the same."""
    wrap: Mapped[bytes] = mapped_column(LargeBinary)


class Cover(Table):
    """One officer stands in for another on a case, from a moment to a moment."""

    __tablename__ = "covers"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    officer_id: Mapped[str] = mapped_column(ForeignKey("officers.id"))
    """Who stands in."""
    by_id: Mapped[str] = mapped_column(ForeignKey("officers.id"))
    """Who sealed the case's keys for it."""
    since: Mapped[datetime] = mapped_column(Moment)
    until: Mapped[datetime] = mapped_column(Moment)
    made_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it was ended before its time; None otherwise."""
    __table_args__ = (Index("covers_officer", "officer_id", "until"), Index("covers_case", "case_id", "until"))


class CoverWrap(Table):
    """A case's private key, sealed to the officer who stands in. It is deleted when the cover ends."""

    __tablename__ = "cover_wraps"
    cover_id: Mapped[str] = mapped_column(ForeignKey("covers.id"), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True)
    wrap: Mapped[bytes] = mapped_column(LargeBinary)
    suite: Mapped[str] = mapped_column(String(64))
    """The case key's."""


class Duty(Table):
    """Who answers for a team's alerts, from a moment to a moment."""

    __tablename__ = "duty"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id"))
    officer_id: Mapped[str] = mapped_column(ForeignKey("officers.id"))
    since: Mapped[datetime] = mapped_column(Moment)
    until: Mapped[datetime] = mapped_column(Moment)
    __table_args__ = (Index("duty_team", "team_id", "until"),)


class Device(Table):
    """An enrolled device, known by its key."""

    __tablename__ = "devices"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    public_key: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    enrolled_at: Mapped[datetime] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
    """From when on nothing is taken from it: lost, given back, or rebuilt under a new key."""
    replaces_id: Mapped[str | None] = mapped_column(ForeignKey("devices.id"))
    """The device that this one continues, after it was rebuilt; None for a first enrolment."""
    given_at: Mapped[datetime | None] = mapped_column(Moment)
    """Since when its case is being handed over to another server: nothing is taken from it meanwhile."""
    moved_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it said that it follows the hand-over; None while it has not."""


class EnrolmentCode(Table):
    """A one-time code; only a hash of its secret half is kept."""

    __tablename__ = "enrolment_codes"
    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    expires_at: Mapped[datetime] = mapped_column(Moment)
    failures: Mapped[int] = mapped_column(default=0)
    device_id: Mapped[str | None] = mapped_column(ForeignKey("devices.id"))
    """The device that used it; None while unused."""
    replaces_id: Mapped[str | None] = mapped_column(String(32))
    """The device that the new one continues; None for a first enrolment."""


class RunningSet(Table):
    """Which set of libraries a device says that it runs."""

    __tablename__ = "running_sets"
    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id"), primary_key=True)
    version: Mapped[int]
    said_at: Mapped[datetime] = mapped_column(Moment)


class AuthorityFile(Table):
    """A signed authority, as the bytes that were signed."""

    __tablename__ = "authorities"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id"), index=True)
    file: Mapped[bytes] = mapped_column(LargeBinary)
    added_at: Mapped[datetime] = mapped_column(Moment)
    withdrawal: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The signed withdrawal; None while it was not withdrawn."""
    issuer_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Whose signature it carries, where it came with a case from another server; None: this server's issuer."""


class Departure(Table):
    """A case that was given to another server. It stays, so that devices are told where to report."""

    __tablename__ = "departures"
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    invitation: Mapped[bytes] = mapped_column(LargeBinary)
    """The receiving server's signed invitation."""
    given_at: Mapped[datetime] = mapped_column(Moment)
    by_id: Mapped[str] = mapped_column(String(32))


class Arrival(Table):
    """A case that came from another server."""

    __tablename__ = "arrivals"
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    parcel: Mapped[str] = mapped_column(String(64))
    """Digest of what the giving server signed."""
    address: Mapped[str] = mapped_column(String(300))
    accepted_at: Mapped[datetime] = mapped_column(Moment)
    returned: Mapped[bool] = mapped_column(default=False)
    """Whether the case had been here before."""


class Invitation(Table):
    """An invitation that this server made, for an agency that shall give it a case."""

    __tablename__ = "invitations"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    """Of the signed file, as parcels name it."""
    file: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(Moment)
    until: Mapped[datetime] = mapped_column(Moment)
    by_id: Mapped[str] = mapped_column(String(32))
    answered: Mapped[str | None] = mapped_column(String(32))
    """The case that came with it last; None while none did."""


class Preparation(Table):
    """A case whose envelopes were copied for a parcel, before it is given."""

    __tablename__ = "preparations"
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    prepared_at: Mapped[datetime] = mapped_column(Moment)
    envelopes: Mapped[int]


class FormerServer(Table):
    """A server that had a case before this one: its keys check what it signed. `number` counts from the first."""

    __tablename__ = "former_servers"
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    address: Mapped[str] = mapped_column(String(300))
    issuer_key: Mapped[bytes] = mapped_column(LargeBinary)
    receipt_key: Mapped[bytes] = mapped_column(LargeBinary)


class HandoverFile(Table):
    """A signed hand-over: with which the server of that number gave a device away."""

    __tablename__ = "handovers"
    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    file: Mapped[bytes] = mapped_column(LargeBinary)


class Approval(Table):
    """Something that one person asked for and another one decides: an export, a deletion, a change of an authority."""

    __tablename__ = "approvals"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(String(64))
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"), index=True)
    details: Mapped[bytes] = mapped_column(LargeBinary)
    """Exactly what is asked for, as canonical JSON."""
    reason: Mapped[str] = mapped_column(String(500))
    asked_by: Mapped[str] = mapped_column(String(32), index=True)
    asked_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    decided_by: Mapped[str | None] = mapped_column(String(32))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    approved: Mapped[bool | None]
    """None until somebody decided."""
    spent_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it was carried out; once only."""


class Policy(Table):
    """A rule that the agency set for its whole server."""

    __tablename__ = "policies"
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[str] = mapped_column(String(100))
    set_at: Mapped[datetime] = mapped_column(Moment)


_CAPTURES = text("kind = 'capture'")
_OPEN = text("undecided > 0 AND captures > 0")
_QUEUE = ("escalated", "severity", "id", "case_id")


class Record(Table):
    """A sealed record: what its clear header says, and the receipt that was given for it. The envelope is a blob."""

    __tablename__ = "records"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id"))
    epoch: Mapped[int] = mapped_column(BigInteger)
    seq: Mapped[int] = mapped_column(BigInteger)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    kind: Mapped[str] = mapped_column(String(16))
    severity: Mapped[int]
    fold_group: Mapped[str] = mapped_column(String(64))
    origin: Mapped[str] = mapped_column(String(16))
    recorded_at: Mapped[datetime] = mapped_column(Moment)
    received_at: Mapped[datetime] = mapped_column(Moment)
    digest: Mapped[str] = mapped_column(String(64))
    header_digest: Mapped[str] = mapped_column(String(64))
    head_length: Mapped[int]
    receipt: Mapped[bytes] = mapped_column(LargeBinary)
    tombstone: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The envelope's head, once its content was destroyed: the chain can still be followed. None while it is whole."""
    __table_args__ = (
        UniqueConstraint("device_id", "epoch", "seq"),
        Index("records_newest", "case_id", "kind", "id"),
        Index("records_group", "case_id", "fold_group"),
        Index("records_captures", "id", "case_id", sqlite_where=_CAPTURES, postgresql_where=_CAPTURES),
        Index("records_of_device", "device_id", "recorded_at"),
    )


class CaptureGroup(Table):
    """Near-identical captures of one device as one row of the queue; every capture and decision updates it."""

    __tablename__ = "capture_groups"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id"))
    name: Mapped[str] = mapped_column(String(80))
    """The headers' fold group; a name of its own for a capture that belongs to none."""
    severity: Mapped[int]
    """The highest among the captures."""
    captures: Mapped[int]
    undecided: Mapped[int]
    first_at: Mapped[datetime] = mapped_column(Moment)
    last_at: Mapped[datetime] = mapped_column(Moment)
    epoch: Mapped[int] = mapped_column(BigInteger)
    seq: Mapped[int] = mapped_column(BigInteger)
    """Place of the capture that stands for the group: the first of the highest severity."""
    assignee_id: Mapped[str | None] = mapped_column(ForeignKey("officers.id"))
    """The officer who is to decide about it; None: whoever of the team comes first."""
    escalated: Mapped[bool] = mapped_column(default=False)
    """Whether somebody asked for a second opinion that has not been given."""
    changes: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often this row was changed: what tells a console cheaply that nothing was."""
    __table_args__ = (
        UniqueConstraint("device_id", "name"),
        # With `changes`, so that whether anything changed is told by the index alone.
        Index("groups_queue", "case_id", "undecided", "severity", "id", "changes"),
        # In the order of the queue, with what tells whose a row is: a page reads its own rows and no others.
        Index("groups_open", *_QUEUE, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("groups_order", *_QUEUE),
        Index("groups_assignee", "assignee_id", "undecided"),
    )


@event.listens_for(CaptureGroup, "before_update")
def _count_change(_mapper: object, _connection: object, group: CaptureGroup) -> None:
    group.changes += 1


class Decision(Table):
    """What an officer decided about some captures. The id comes from the browser: sent twice, it counts once."""

    __tablename__ = "decisions"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    officer_id: Mapped[str] = mapped_column(ForeignKey("officers.id"))
    disposition: Mapped[str] = mapped_column(String(16))
    note: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Words and the term at fault, sealed in the browser; None where nothing was noted."""
    decided_at: Mapped[datetime] = mapped_column(Moment)
    undone_at: Mapped[datetime | None] = mapped_column(Moment)
    __table_args__ = (Index("decisions_order", "decided_at", "id", "case_id"),)


class DecidedRecord(Table):
    """A capture that a decision is about."""

    __tablename__ = "decided_records"
    decision_id: Mapped[str] = mapped_column(ForeignKey("decisions.id"), primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("records.id"), primary_key=True, index=True)


class Assignment(Table):
    """That a group was given to an officer, escalated, or freed; the newest holds. The id comes from the browser."""

    __tablename__ = "assignments"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("capture_groups.id"), primary_key=True, index=True)
    what: Mapped[str] = mapped_column(String(16))
    by_id: Mapped[str] = mapped_column(ForeignKey("officers.id"))
    to_id: Mapped[str | None] = mapped_column(ForeignKey("officers.id"))
    note: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed in the browser; None where nothing was noted."""
    at: Mapped[datetime] = mapped_column(Moment)


class CaseNote(Table):
    """Something the officers of a case wrote down for each other, sealed in the browser: a risk term, a library fix."""

    __tablename__ = "case_notes"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    officer_id: Mapped[str] = mapped_column(ForeignKey("officers.id"))
    kind: Mapped[str] = mapped_column(String(32))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(Moment)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)


class Exposure(Table):
    """How many pictures an officer opened on a day (UTC). For his welfare: nothing says which."""

    __tablename__ = "exposure"
    officer_id: Mapped[str] = mapped_column(ForeignKey("officers.id"), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    pictures: Mapped[int] = mapped_column(default=0)
    severe: Mapped[int] = mapped_column(default=0)
    """Those of severity 4 and 5."""


class ViewTime(Table):
    """For how long an officer has had a capture before him. The name comes from the browser: told again, it grows."""

    __tablename__ = "view_times"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    officer_id: Mapped[str] = mapped_column(ForeignKey("officers.id"))
    place: Mapped[str] = mapped_column(String(100))
    seconds: Mapped[int]
    picture_seconds: Mapped[int]
    """For how long of that its picture was uncovered."""
    told_at: Mapped[datetime] = mapped_column(Moment, index=True)
    ended: Mapped[bool]
    """Whether its entry of the audit chain was written."""
    # Asked with every word of every page: a look that goes on is found among a day's that are over.
    __table_args__ = (
        Index("view_times_open", "told_at", sqlite_where=text("ended IS 0"), postgresql_where=text("ended IS false")),
    )


class Nonce(Table):
    """A nonce of a signed request that may not come again."""

    __tablename__ = "nonces"
    device_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    nonce: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)


class AccountCode(Table):
    """A one-time code with which somebody makes the account that an administrator wants him to have."""

    __tablename__ = "account_codes"
    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)
    name: Mapped[str] = mapped_column(String(100))
    role: Mapped[str] = mapped_column(String(16))
    made_by: Mapped[str] = mapped_column(String(32))
    expires_at: Mapped[datetime] = mapped_column(Moment)
    failures: Mapped[int] = mapped_column(default=0)
    officer_id: Mapped[str | None] = mapped_column(ForeignKey("officers.id"))
    """The account that was made with it; None while unused."""


class Session(Table):
    """A log-in of an officer; only a hash of the cookie is kept."""

    __tablename__ = "sessions"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    officer_id: Mapped[str] = mapped_column(ForeignKey("officers.id"))
    csrf: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    """When it was used last, to within some minutes."""


class Passkey(Table):
    """A passkey of an account, and the account's opening key locked under it."""

    __tablename__ = "passkeys"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Short hash of the credential id."""
    officer_id: Mapped[str] = mapped_column(ForeignKey("officers.id"), index=True)
    credential: Mapped[bytes] = mapped_column(LargeBinary)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    lock: Mapped[bytes] = mapped_column(LargeBinary)
    added_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)


class Challenge(Table):
    """A question to a passkey that waits for its answer, once; only a hash of it is kept."""

    __tablename__ = "challenges"
    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    officer_id: Mapped[str | None] = mapped_column(ForeignKey("officers.id"))
    """Who adds a passkey; None for a log-in, where nobody is known yet."""
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)


class ConnectedLogIn(Table):
    """Who an account is at the agency's log-in service: never a name, which may be given to somebody else."""

    __tablename__ = "connected_log_ins"
    officer_id: Mapped[str] = mapped_column(ForeignKey("officers.id"), primary_key=True)
    identity: Mapped[str] = mapped_column(String(64), unique=True)
    """Digest of issuer and subject."""
    connected_at: Mapped[datetime] = mapped_column(Moment)


class LogInFlow(Table):
    """A way to the log-in service that was begun in a browser and has not come back."""

    __tablename__ = "log_in_flows"
    state_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    browser_hash: Mapped[str] = mapped_column(String(64))
    """Of the cookie of the browser that began it."""
    nonce: Mapped[str] = mapped_column(String(64))
    verifier: Mapped[str] = mapped_column(String(64))
    officer_id: Mapped[str | None] = mapped_column(ForeignKey("officers.id"))
    """The account that is to be connected; None for a log-in."""
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)


class AuditEntry(Table):
    """One entry of the audit chain. `digest` covers all other fields and the digest before it."""

    __tablename__ = "audit"
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(200))
    outcome: Mapped[str] = mapped_column(String(16))
    prev: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))


class Job(Table):
    """Something to be done soon by whichever process has time: see `jobs`."""

    __tablename__ = "jobs"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(200))
    """What it is about, by ids; never content."""
    key: Mapped[str | None] = mapped_column(String(100), unique=True)
    """A job with the same key is not added again while this one waits; None: each counts."""
    due_at: Mapped[datetime] = mapped_column(Moment)
    added_at: Mapped[datetime] = mapped_column(Moment)
    taken_until: Mapped[datetime | None] = mapped_column(Moment)
    """Until when somebody works on it; past that, he is taken for dead. None while nobody does."""
    tries: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[str] = mapped_column(String(200), default="")
    """Why the last try failed, as the kind of error; never content."""
    given_up_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it was tried for the last time; it stays to be seen."""
    __table_args__ = (Index("jobs_due", "given_up_at", "due_at", "id"),)


class RetentionRule(Table):
    """For how long records of a class are kept: a disposition, `undecided`, or a kind of record that is no capture."""

    __tablename__ = "retention_rules"
    record_class: Mapped[str] = mapped_column(String(32), primary_key=True)
    days: Mapped[int]
    set_at: Mapped[datetime] = mapped_column(Moment)


class LegalHold(Table):
    """While it lasts, nothing of the case is destroyed, whatever its time."""

    __tablename__ = "legal_holds"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    reason: Mapped[str] = mapped_column(String(500))
    by_id: Mapped[str] = mapped_column(String(32))
    since: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


class Destruction(Table):
    """A decision to destroy the content of some records of a case, and the certificate that it was done."""

    __tablename__ = "destructions"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    reason: Mapped[str] = mapped_column(String(32))
    by_id: Mapped[str] = mapped_column(String(32))
    """Who decided."""
    decision_id: Mapped[str | None] = mapped_column(ForeignKey("decisions.id"), index=True)
    """The decision that it follows from, while which stands; None where it was decided by itself."""
    decided_at: Mapped[datetime] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    certificate: Mapped[bytes | None] = mapped_column(LargeBinary)


class DestroyedRecord(Table):
    """A record of a destruction."""

    __tablename__ = "destroyed_records"
    destruction_id: Mapped[str] = mapped_column(ForeignKey("destructions.id"), primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("records.id"), primary_key=True, index=True)


class AlertRule(Table):
    """Whom to tell of captures from a severity on: for a team's cases, or for one case."""

    __tablename__ = "alert_rules"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    team_id: Mapped[str | None] = mapped_column(ForeignKey("teams.id"), index=True)
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"), index=True)
    address: Mapped[str] = mapped_column(String(254))
    least_severity: Mapped[int]
    escalate_minutes: Mapped[int]
    quiet_from: Mapped[str | None] = mapped_column(String(8))
    """Local time in `zone`, with `quiet_until`; None where there are no quiet hours."""
    quiet_until: Mapped[str | None] = mapped_column(String(8))
    zone: Mapped[str] = mapped_column(String(64))
    made_by: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(Moment)


class Alert(Table):
    """One group of captures, or the silence of one device, that somebody is told of."""

    __tablename__ = "alerts"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id"))
    about: Mapped[str] = mapped_column(String(16), server_default="capture")
    """`capture` or `silence`."""
    group_name: Mapped[str] = mapped_column(String(80))
    """The captures' group; for a silence its meaning and since when."""
    severity: Mapped[int]
    raised_at: Mapped[datetime] = mapped_column(Moment)
    escalated: Mapped[int]
    """How far it went: 0 to the rules' addresses, 1 to who is on duty, 2 to the team's supervisors."""
    taken_by: Mapped[str | None] = mapped_column(ForeignKey("officers.id"))
    """Who has taken it on; None while nobody has."""
    taken_at: Mapped[datetime | None] = mapped_column(Moment)
    __table_args__ = (
        Index("alerts_group", "device_id", "group_name"),
        Index("alerts_open", "case_id", "taken_at"),
    )


class Contact(Table):
    """Where an officer is told of alerts that wait."""

    __tablename__ = "contacts"
    officer_id: Mapped[str] = mapped_column(ForeignKey("officers.id"), primary_key=True)
    address: Mapped[str] = mapped_column(String(254))


class Presence(Table):
    """How many heartbeats a device made in an hour: what its routine and its silence are told from."""

    __tablename__ = "presence"
    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id"), primary_key=True)
    hour: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, index=True)
    """Hours since 1970 (UTC)."""
    beats: Mapped[int]
    late: Mapped[int]
    """Those that arrived long after they were made."""


class PresenceCursor(Table):
    """Up to which record heartbeats were counted. One row."""

    __tablename__ = "presence_cursor"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    record_id: Mapped[int] = mapped_column(BigInteger)


class Silence(Table):
    """What a device's silence seems to be, as it was judged last; told from headers alone."""

    __tablename__ = "silences"
    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id"), primary_key=True)
    meaning: Mapped[str] = mapped_column(String(32))
    severity: Mapped[int]
    since: Mapped[datetime] = mapped_column(Moment)
    signs: Mapped[bytes] = mapped_column(LargeBinary)
    """The evidence, as JSON: sentences, each with the moment it is about."""
    judged_at: Mapped[datetime] = mapped_column(Moment)


class Absence(Table):
    """That the person of a case is away: from when until when. Why is sealed in the browser."""

    __tablename__ = "absences"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    since: Mapped[datetime] = mapped_column(Moment)
    until: Mapped[datetime] = mapped_column(Moment)
    by_id: Mapped[str] = mapped_column(ForeignKey("officers.id"))
    note: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed in the browser; None where nothing was noted."""
    noted_at: Mapped[datetime] = mapped_column(Moment)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)


class KeptCheckpoint(Table):
    """A signed checkpoint of a device's records: this server's, or one that came with its case."""

    __tablename__ = "checkpoints"
    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    """Number of records and day, as the file is called that is handed out."""
    own_size: Mapped[int | None] = mapped_column(BigInteger)
    """How many records it fixes; None where another server signed it."""
    note: Mapped[bytes] = mapped_column(LargeBinary)
    token: Mapped[bytes | None] = mapped_column(LargeBinary)
    """A time-stamping authority's word on it; None while there is none."""
    kept_at: Mapped[datetime] = mapped_column(Moment)
    __table_args__ = (Index("checkpoints_size", "device_id", "own_size", unique=True),)


class CheckpointLeaves(Table):
    """What a device's newest checkpoint was made of: proofs that it goes on from an older one are made from them."""

    __tablename__ = "checkpoint_leaves"
    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id"), primary_key=True)
    leaves: Mapped[bytes] = mapped_column(LargeBinary)
    """Leaf hashes of its records in order, 32 bytes each."""

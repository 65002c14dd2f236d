"""Four eyes: an export, a deletion, an authority, a transfer or a set of libraries: one person asks, another approves.

A request says exactly what shall be done; what is carried out is what was approved, once, and before it grows old. Each
step is an entry of the audit chain. Whether four eyes are needed is a policy of the whole server, off at first so that
one person can try it out; turning it off again needs four eyes itself. Whoever carries something out calls `spend`.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from evidence import canonical
from server_stub.access import RIGHTS, Principal, Right, demand, note, overseen_cases, refuse
from server_stub.database import Database
from server_stub.errors import NotFoundError, UnacceptableError
from server_stub.identifiers import new_id
from server_stub.tables import Approval, Case, Device, Officer, Policy

LIFE = timedelta(days=7)
"""From asking to carrying out."""
FOUR_EYES = "four-eyes"
LONGEST_REASON = 500
LARGEST_DETAILS = 64 * 1024
MOST_LISTED = 200


class Kind(Enum):
    """What four eyes are for."""

    EXPORT = "export"
    DELETION = "deletion"
    SHRED = "shred"
    """To destroy every key of a case."""
    AUTHORITY = "authority"
    POLICY = "policy"
    TRANSFER = "transfer"
    """To give a case to another server."""
    ARRIVAL = "arrival"
    """To take a case from another server."""
    LIBRARIES = "libraries"
    """To publish a set of libraries for a case."""


NOBODYS = (Kind.POLICY, Kind.ARRIVAL)
"""What is about no case that is here: any supervisor may be the second person."""


_HOW_TO_ASK = {
    Kind.AUTHORITY: "the same command with --ask-by NAME --reason WHY",
    Kind.TRANSFER: "the same command with --ask-by NAME --reason WHY",
    Kind.ARRIVAL: "the same command with --ask-by NAME --reason WHY",
    Kind.LIBRARIES: "the same command with --ask-by NAME --reason WHY",
    Kind.POLICY: "overt server approval ask four-eyes-off",
}
"""Where `approval ask` is not how it is asked for."""


_APPROVERS = [role.value for role, rights in RIGHTS.items() if Right.APPROVE in rights]


class State(Enum):
    """How a request stands."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    EXPIRED = "expired"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Wish:
    """What shall be done. `subject` is a device, or a case; empty for a policy. `details` is canonical JSON."""

    kind: Kind
    subject: str
    details: bytes = field(repr=False)
    reason: str = field(repr=False)
    """Why, in words, for the second person: no names, nothing of what was captured."""


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """A request as those whom it concerns see it. `decided_by`, `decided_at`: None until somebody decided."""

    request: str
    kind: Kind
    subject: str
    details: bytes = field(repr=False)
    reason: str = field(repr=False)
    asked_by: str
    asked_by_name: str
    asked_at: datetime
    expires_at: datetime
    decided_by: str | None
    decided_by_name: str | None
    decided_at: datetime | None
    state: State


class Approvals:
    """Takes requests and decisions. Every query takes a Principal."""

    def __init__(self, database: Database) -> None:
        """Keep them in this database."""
        self._database = database

    def ask(self, principal: Principal, wish: Wish) -> str:
        """Ask for something; return the request's id.

        Raises:
            NotFoundError: something of a case that is not the asking account's; the try is noted.
            UnacceptableError: no reason, or details that are no canonical JSON or too long.
        """
        self.require_reach(principal, wish.kind, wish.subject)
        _check(wish)
        with self._database.writing() as session:
            row = _row(principal, wish, _case_of(session, wish.subject))
            session.add(row)
            note(session, principal, f"ask-{wish.kind.value}", f"{row.id} {wish.subject}")
        return row.id

    def require_reach(self, principal: Principal, kind: Kind, subject: str) -> None:
        """Raise NotFoundError, and note the try, unless the account may ask for this of that device or case."""
        what = f"ask-{kind.value}"
        demand(self._database, principal, Right.REQUEST, action=what, subject=subject)
        with self._database.reading() as session:
            allowed = kind in NOBODYS or _case_of(session, subject) in _reach(session, principal)
        if not allowed:
            refuse(self._database, principal, action=what, subject=subject)

    def decide(self, principal: Principal, request: str, *, approve: bool) -> None:
        """Approve or refuse what somebody else asked for.

        Raises:
            NotFoundError: not there, or not of the asking account's cases; the try is noted.
            UnacceptableError: his own request, or one that was decided or is too old.
        """
        action = "approve" if approve else "refuse"
        demand(self._database, principal, Right.APPROVE, action=action, subject=request)
        with self._database.writing() as session:
            found = session.scalars(select(Approval).where(Approval.id == request, _decidable(principal))).first()
            if found is not None:
                _check_decidable(found, principal)
                found.decided_by, found.decided_at, found.approved = principal.officer, principal.at, approve
                note(session, principal, f"{action}-{found.kind}", f"{found.id} {found.subject}")
        if found is None:
            refuse(self._database, principal, action=action, subject=request)

    def listed(self, principal: Principal) -> list[ApprovalView]:
        """Return the requests that the account made or may decide, newest first."""
        may = _decidable(principal) if principal.may(Right.APPROVE) else Approval.asked_by == principal.officer
        query = select(Approval).where(or_(Approval.asked_by == principal.officer, may))
        with self._database.reading() as session:
            rows = session.scalars(query.order_by(Approval.asked_at.desc(), Approval.id).limit(MOST_LISTED))
            return [_told(session, row, principal.at) for row in rows]

    def all(self, principal: Principal) -> list[ApprovalView]:
        """Return every request, newest first, to who administers; raises NotFoundError."""
        demand(self._database, principal, Right.ADMINISTER, action="list-approvals", subject="all")
        with self._database.reading() as session:
            rows = session.scalars(select(Approval).order_by(Approval.asked_at.desc(), Approval.id).limit(MOST_LISTED))
            return [_told(session, row, principal.at) for row in rows]

    def needed(self) -> bool:
        """Return whether the server demands four eyes."""
        with self._database.reading() as session:
            return needs_four_eyes(session)

    def set_needed(self, principal: Principal, *, needed: bool, request: str | None = None) -> None:
        """Turn four eyes on, or off with a request that was approved.

        Raises:
            NotFoundError: the asking account does not administer; the try is noted.
            UnacceptableError: turning off without an approved request, or on while nobody could approve.
        """
        demand(self._database, principal, Right.ADMINISTER, action="set-policy", subject=FOUR_EYES)
        with self._database.writing() as session:
            value = "on" if needed else "off"
            if needed:
                _require_second(session)
            else:
                spend(session, request, Wish(Kind.POLICY, "", policy_details(needed=False), ""), at=principal.at)
            session.merge(Policy(name=FOUR_EYES, value=value, set_at=principal.at))
            note(session, principal, "set-policy", f"{FOUR_EYES} {value}")


def _require_second(session: Session) -> None:
    """Refuse to demand what nobody could give: it could not be turned off again either."""
    query = select(Officer.id).where(Officer.role.in_(_APPROVERS), Officer.closed_at.is_(None))
    if session.scalars(query.limit(1)).first() is None:
        raise UnacceptableError(
            "nobody could be the second person: there is no supervisor",
            hint="First: overt server officer add NAME --role supervisor",
        )


def plain_details(kind: Kind, subject: str) -> bytes:
    """Return the details of a request that says no more than what it is about."""
    return canonical.encode({"format": "overt-request-1", "kind": kind.value, "subject": subject})


def parcel_details(kind: Kind, subject: str, parcel: str, *, address: str, fingerprint: str) -> bytes:
    """Return the details of a request to give or take a case.

    `parcel`: digest of the invitation, or of the parcel's list. `address`: the other server's. `fingerprint`: what its
    agency reads out, for whoever decides to ask for it as well.
    """
    return canonical.encode(
        {
            "format": "overt-request-1",
            "kind": kind.value,
            "subject": subject,
            "parcel": parcel,
            "address": address,
            "fingerprint": fingerprint,
        }
    )


def policy_details(*, needed: bool) -> bytes:
    """Return the details of a request to change the policy."""
    return canonical.encode({FOUR_EYES: "on" if needed else "off"})


def needs_four_eyes(session: Session) -> bool:
    """Return whether the server demands four eyes."""
    found = session.get(Policy, FOUR_EYES)
    return found is not None and found.value == "on"


def spend(session: Session, request: str | None, wish: Wish, *, at: datetime) -> None:
    """Use an approval up, in the transaction that carries out what it permits; raises as `check_approved`."""
    row = check_approved(session, request, wish, at=at)
    if row is not None:
        row.spent_at = at


def check_approved(session: Session, request: str | None, wish: Wish, *, at: datetime) -> Approval | None:
    """Return the approved request for exactly this; None where the server does not demand four eyes.

    Raises:
        UnacceptableError: four eyes are needed, and this is no approved request for exactly this that is still good.
    """
    if not needs_four_eyes(session):
        return None
    if request is None:
        raise UnacceptableError(
            f"this server demands four eyes ({wish.kind.value}): somebody asks, somebody else approves",
            hint=f"To ask: {_HOW_TO_ASK.get(wish.kind, f'overt server approval ask {wish.kind.value}')}",
        )
    row = session.get(Approval, request)
    if row is None or (row.kind, row.subject, row.details) != (wish.kind.value, wish.subject, wish.details):
        raise UnacceptableError(
            f"request {request} is not for exactly this", hint="overt server approval list says what it is for."
        )
    state = _state(row, at)
    if state is not State.APPROVED:
        raise UnacceptableError(f"request {request} is {state.value}, not approved")
    return row


def approved(database: Database, request: str) -> ApprovalView:
    """Return a request by its id, for carrying it out; raises NotFoundError."""
    with database.reading() as session:
        row = session.get(Approval, request)
        if row is None:
            raise NotFoundError(f"there is no request {request}")
        return _told(session, row, row.asked_at)


def _check(wish: Wish) -> None:
    if not 0 < len(wish.reason.strip()) <= LONGEST_REASON:
        raise UnacceptableError(f"a request needs a reason, of at most {LONGEST_REASON} characters")
    canonical.decode(wish.details, place="details", limit=LARGEST_DETAILS)


def _case_of(session: Session, subject: str) -> str | None:
    device = session.get(Device, subject)
    if device is not None:
        return device.case_id
    case = session.get(Case, subject)
    return None if case is None else case.id


def _reach(session: Session, principal: Principal) -> set[str]:
    query = select(Case.id) if principal.may(Right.ADMINISTER) else overseen_cases(principal)
    return set(session.scalars(query))


def _decidable(principal: Principal) -> ColumnElement[bool]:
    return or_(Approval.case_id.in_(overseen_cases(principal)), Approval.kind.in_([one.value for one in NOBODYS]))


def _check_decidable(row: Approval, principal: Principal) -> None:
    if row.asked_by == principal.officer:
        raise UnacceptableError("a second person decides: this is your own request")
    state = _state(row, principal.at)
    if state is not State.WAITING:
        raise UnacceptableError(f"this request is {state.value} already")


def _row(principal: Principal, wish: Wish, case: str | None) -> Approval:
    return Approval(
        id=new_id("request"),
        kind=wish.kind.value,
        subject=wish.subject,
        case_id=case,
        details=wish.details,
        reason=wish.reason.strip(),
        asked_by=principal.officer,
        asked_at=principal.at,
        expires_at=principal.at + LIFE,
    )


def _state(row: Approval, at: datetime) -> State:
    if row.spent_at is not None:
        return State.DONE
    if row.approved is False:
        return State.REFUSED
    if at >= row.expires_at:
        return State.EXPIRED
    return State.APPROVED if row.approved else State.WAITING


def _told(session: Session, row: Approval, at: datetime) -> ApprovalView:
    return ApprovalView(
        row.id, Kind(row.kind), row.subject, row.details, row.reason,
        row.asked_by, _name(session, row.asked_by), row.asked_at, row.expires_at,
        row.decided_by, None if row.decided_by is None else _name(session, row.decided_by), row.decided_at,
        _state(row, at),
    )  # fmt: skip


def _name(session: Session, officer: str) -> str:
    found = session.get(Officer, officer)
    return officer if found is None else found.name

"""How transfers stand, for the people who look after them: invited, prepared, given, accepted, and each device.

Whether the other agency has accepted a parcel is not known here until its first device moves.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from server_stub.access import Principal, Right, demand, overseen_cases
from server_stub.approvals import ApprovalView, Kind, State, needs_four_eyes
from server_stub.server import Server
from server_stub.tables import Arrival, AuthorityFile, Case, Departure, Device, Preparation, Record
from server_stub.tables import Invitation as OwnInvitation
from server_stub.transfer import next_steps
from server_stub.transfer.invitation import Invitation, read_invitation, spoken
from server_stub.transfer.next_steps import Commands, Step
from server_stub.transfer.withdraw import why_untaken


class Stage(Enum):
    """How far a case is."""

    PREPARED = "prepared"
    GIVEN = "given"
    ACCEPTED = "accepted"
    MOVED = "moved"
    """Every device reports to the server that has the case now."""


@dataclass(frozen=True, slots=True)
class DeviceMove:
    """A device of a case that was handed over. `moved_at`: None while it has not moved.

    `authority`: whether this server has issued one for it; None for a device that leaves.
    """

    device: str
    moved_at: datetime | None
    authority: bool | None


@dataclass(frozen=True, slots=True)
class TransferView:
    """A case that goes away (`arrived` False) or came, and what comes next. `address`: the other server's, if known."""

    case: str
    arrived: bool
    stage: Stage
    at: datetime
    address: str
    officers: tuple[str, ...]
    """Who shall have it there, by name; empty for a case that came."""
    devices: tuple[DeviceMove, ...]
    can_be_undone: bool
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class InvitationView:
    """An invitation of this server that is still good, and that no case has come with."""

    invitation: str
    made_at: datetime
    until: datetime
    officers: tuple[str, ...]
    fingerprint: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request of an account for a transfer that was not carried out yet."""

    asked: ApprovalView
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """All of it, newest first."""

    four_eyes: bool
    beginning: tuple[Step, ...]
    """How a case is given, before anything was done about it."""
    transfers: tuple[TransferView, ...]
    invitations: tuple[InvitationView, ...]
    requests: tuple[RequestView, ...]


def overview(server: Server, principal: Principal) -> Overview:
    """Return the transfers of the account's cases, all of them to who administers; raises NotFoundError."""
    demand(server.database, principal, Right.REQUEST, action="list-transfers", subject="transfers")
    administers = principal.may(Right.ADMINISTER)
    reach = select(Case.id) if administers else overseen_cases(principal)
    asked = server.approvals.all(principal) if administers else server.approvals.listed(principal)
    with server.database.reading() as session:
        # Where things lie on the server is told to who looks after it.
        commands = Commands(str(server.folder.root) if administers else "DATA", needs_four_eyes(session))
        found = [*_prepared(session, reach, commands), *_given(session, reach), *_came(session, reach, commands)]
        return Overview(
            commands.four_eyes,
            tuple(next_steps.beginning(commands)),
            tuple(sorted(found, key=lambda one: one.at, reverse=True)),
            tuple(_invited(session, principal, commands) if administers else ()),
            tuple(_requests(asked, commands)),
        )


def _prepared(session: Session, reach: Select[str], commands: Commands) -> Iterator[TransferView]:
    for row in session.scalars(select(Preparation).where(Preparation.case_id.in_(reach))):
        steps = next_steps.after_preparing(row.case_id, commands)
        yield TransferView(
            row.case_id, False, Stage.PREPARED, row.prepared_at, "", (), (), False, tuple(steps)
        )  # fmt: skip


def _given(session: Session, reach: Select[str]) -> Iterator[TransferView]:
    for row in session.scalars(select(Departure).where(Departure.case_id.in_(reach))):
        invited = read_invitation(row.invitation, now=row.given_at)
        devices = session.scalars(select(Device).where(Device.case_id == row.case_id, Device.given_at.is_not(None)))
        moves = tuple(DeviceMove(one.id, one.moved_at, None) for one in devices.all())
        moved = sum(one.moved_at is not None for one in moves)
        steps = next_steps.after_giving(devices=len(moves), moved=moved)
        yield TransferView(
            row.case_id, False, Stage.MOVED if moved == len(moves) else Stage.GIVEN, row.given_at,
            invited.server.address, _names(invited), moves, moved == 0, tuple(steps),
        )  # fmt: skip


def _came(session: Session, reach: Select[str], commands: Commands) -> Iterator[TransferView]:
    for row in session.scalars(select(Arrival).where(Arrival.case_id.in_(reach))):
        moves = tuple(_moves_here(session, row))
        waiting = [one for one in moves if one.moved_at is None]
        lacking = [one.device for one in waiting if not one.authority]
        steps = next_steps.after_accepting(
            without_authority=lacking, waiting=len(waiting) - len(lacking), commands=commands
        )
        yield TransferView(
            row.case_id, True, Stage.ACCEPTED if waiting else Stage.MOVED, row.accepted_at, row.address, (), moves,
            why_untaken(session, row) is None, tuple(steps),
        )  # fmt: skip


def _moves_here(session: Session, arrival: Arrival) -> Iterator[DeviceMove]:
    """Tell when each device delivered here first; one that was revoked does not come."""
    moved = func.min(Record.received_at).filter(Record.received_at > arrival.accepted_at)
    own = select(AuthorityFile.digest).where(
        AuthorityFile.device_id == Device.id, AuthorityFile.issuer_key.is_(None),
        AuthorityFile.added_at > arrival.accepted_at,
    )  # fmt: skip
    query = (
        select(Device.id, moved, own.exists())
        .outerjoin(Record, Record.device_id == Device.id)
        .where(Device.case_id == arrival.case_id, Device.revoked_at.is_(None))
        .group_by(Device.id)
        .order_by(Device.id)
    )
    for device, moved_at, authority in session.execute(query):
        yield DeviceMove(device, moved_at, bool(authority))


def _invited(session: Session, principal: Principal, commands: Commands) -> Iterator[InvitationView]:
    query = select(OwnInvitation).where(OwnInvitation.until > principal.at, OwnInvitation.answered.is_(None))
    for row in session.scalars(query.order_by(OwnInvitation.made_at.desc())):
        names = _names(read_invitation(row.file, now=principal.at))
        steps = tuple(next_steps.after_inviting(commands))
        yield InvitationView(row.id, row.made_at, row.until, names, spoken(row.digest), steps)


def _requests(asked: Sequence[ApprovalView], commands: Commands) -> Iterator[RequestView]:
    for one in asked:
        if one.kind not in (Kind.TRANSFER, Kind.ARRIVAL) or one.state not in (State.WAITING, State.APPROVED):
            continue
        approved = one.state is State.APPROVED
        steps = next_steps.after_approval(one.kind, one.subject, one.request, commands) if approved else []
        yield RequestView(one, tuple(steps))


def _names(invited: Invitation) -> tuple[str, ...]:
    return tuple(one.name for one in invited.officers)

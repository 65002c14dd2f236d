"""The API of transfers: how they stand and what comes next, inviting, asking a second person, undoing.

What takes a key that is not on the server, or a parcel's folder, is done at the server's command line.
"""

from dataclasses import asdict
from datetime import datetime
from enum import Enum
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from evidence.errors import EvidenceError
from evidence.statement import STATEMENT_LIMIT
from server_stub.access import Principal
from server_stub.approvals import LONGEST_REASON
from server_stub.errors import UnacceptableError
from server_stub.routes.approvals import RequestBody, spell_request
from server_stub.routes.common import Asking, ServerPart, check_csrf
from server_stub.server import Server
from server_stub.transfer import asking, overview, withdraw
from server_stub.transfer.invitation import MOST_OFFICERS, fingerprint, invite

router = APIRouter(prefix="/v1")

_NAME = "^[a-z0-9-]{1,32}$"
CaseName = Annotated[str, Path(pattern=_NAME)]
OfficerName = Annotated[str, Field(pattern=_NAME)]


class StepBody(BaseModel):
    """What is to be done; `command` is empty where nothing is typed for it."""

    words: str
    command: str


class MoveBody(BaseModel):
    """A device that is handed over; `authority` is null where it is the other server's to know."""

    device: str
    moved_at: datetime | None
    authority: bool | None


class TransferBody(BaseModel):
    """A case that goes to another server, or came from one."""

    case: str
    arrived: bool
    stage: overview.Stage
    at: datetime
    address: str
    officers: list[str]
    devices: list[MoveBody]
    can_be_undone: bool
    steps: list[StepBody]


class InvitationBody(BaseModel):
    """An invitation of this server that no case has come with yet."""

    invitation: str
    made_at: datetime
    until: datetime
    officers: list[str]
    fingerprint: str
    steps: list[StepBody]


class AskedBody(BaseModel):
    """A request for a transfer, and what comes next."""

    asked: RequestBody
    steps: list[StepBody]


class OverviewBody(BaseModel):
    """All transfers that concern the asking account, newest first."""

    four_eyes: bool
    beginning: list[StepBody]
    transfers: list[TransferBody]
    invitations: list[InvitationBody]
    requests: list[AskedBody]


class InvitationWish(BaseModel):
    """Who shall have the case here."""

    model_config = ConfigDict(extra="forbid")
    officers: list[OfficerName] = Field(min_length=1, max_length=MOST_OFFICERS)


class InvitationFile(BaseModel):
    """The signed file, as text, and the fingerprint to read out. Nothing in it is secret."""

    file: str
    fingerprint: str


class Way(Enum):
    """Which way a case shall go."""

    GIVE = "give"
    ACCEPT = "accept"


class TransferWish(BaseModel):
    """What a second person shall approve: the other agency's file, and the fingerprint that it read out."""

    model_config = ConfigDict(extra="forbid")
    way: Way
    case: str = Field(default="", pattern="^[a-z0-9-]{0,32}$")
    """The case to give; empty for one that comes."""
    file: str = Field(max_length=STATEMENT_LIMIT)
    fingerprint: str = Field(max_length=100)
    reason: str = Field(min_length=1, max_length=LONGEST_REASON)


class TransferAsked(BaseModel):
    """The request, and what the file says."""

    request: str
    case: str
    address: str
    officers: list[str]


class UndoneBody(BaseModel):
    """What was undone: a case that came is gone again with its records, or one that was given is back."""

    arrived: bool
    records: int
    devices: list[str]


@router.get("/transfers")
def list_transfers(principal: Asking, server: ServerPart) -> OverviewBody:
    """Give the transfers of the account's cases; all of them to who administers."""
    found = overview.overview(server, principal)
    return OverviewBody(
        four_eyes=found.four_eyes,
        beginning=[StepBody(**asdict(step)) for step in found.beginning],
        transfers=[TransferBody.model_validate(asdict(one)) for one in found.transfers],
        invitations=[InvitationBody.model_validate(asdict(one)) for one in found.invitations],
        requests=[
            AskedBody(asked=spell_request(one.asked), steps=[StepBody(**asdict(step)) for step in one.steps])
            for one in found.requests
        ],
    )


@router.post("/transfers/invitations", dependencies=[Depends(check_csrf)])
def make_invitation(wish: InvitationWish, principal: Asking, server: ServerPart) -> InvitationFile:
    """Invite another agency to give a case to these officers."""
    made = invite(server, principal, wish.officers)
    return InvitationFile(file=made.decode("utf-8"), fingerprint=fingerprint(made))


@router.post("/transfers/requests", dependencies=[Depends(check_csrf)])
def ask(wish: TransferWish, principal: Asking, server: ServerPart) -> TransferAsked:
    """Ask a second person for giving or accepting a case."""
    try:
        asked = _ask(wish, principal, server)
    except EvidenceError as problem:
        raise UnacceptableError(f"the other agency's file cannot be read: {problem}") from None
    return TransferAsked(request=asked.request, case=asked.case, address=asked.address, officers=list(asked.officers))


def _ask(wish: TransferWish, principal: Principal, server: Server) -> asking.Asked:
    file = wish.file.encode("utf-8", "replace")  # what no file holds has another fingerprint
    if wish.way is Way.GIVE:
        return asking.ask_to_give(server, principal, wish.case, file, wish.fingerprint, reason=wish.reason)
    return asking.ask_to_accept(server, principal, file, wish.fingerprint, reason=wish.reason)


@router.delete("/transfers/{case}", dependencies=[Depends(check_csrf)])
def undo(case: CaseName, principal: Asking, server: ServerPart) -> UndoneBody:
    """Undo a transfer, as long as no device has moved."""
    done = withdraw.undo(server, principal, case)
    return UndoneBody(arrived=done.arrived, records=done.records, devices=list(done.devices))

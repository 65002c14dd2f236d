"""The API of four eyes: what was asked for, asking, deciding."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from server_stub.approvals import LONGEST_REASON, ApprovalView, Kind, Wish, plain_details, policy_details
from server_stub.errors import UnacceptableError
from server_stub.routes.common import Asking, ServerPart, check_csrf

router = APIRouter(prefix="/v1")

_NAME = "^[a-z0-9-]{1,32}$"
RequestName = Annotated[str, Path(pattern=_NAME)]


class RequestWish(BaseModel):
    """What is asked for: a device's export, to destroy what is due of a case or its keys, or to turn four eyes off."""

    model_config = ConfigDict(extra="forbid")
    kind: Kind
    subject: str = Field(default="", pattern="^[a-z0-9-]{0,32}$")
    reason: str = Field(min_length=1, max_length=LONGEST_REASON)


class Verdict(BaseModel):
    """What the second person says."""

    model_config = ConfigDict(extra="forbid")
    approve: bool


class RequestBody(BaseModel):
    """A request; `details` is exactly what will be done, as JSON."""

    request: str
    kind: str
    subject: str
    details: str
    reason: str
    asked_by: str
    asked_by_name: str
    asked_at: datetime
    expires_at: datetime
    decided_by: str | None
    decided_by_name: str | None
    decided_at: datetime | None
    state: str


class RequestList(BaseModel):
    """The requests that concern the asking account, newest first, and whether the server demands four eyes."""

    four_eyes: bool
    requests: list[RequestBody]


@router.get("/approvals")
def list_requests(principal: Asking, server: ServerPart) -> RequestList:
    """Give the requests that the account made or may decide."""
    found = [spell_request(one) for one in server.approvals.listed(principal)]
    return RequestList(four_eyes=server.approvals.needed(), requests=found)


@router.post("/approvals", dependencies=[Depends(check_csrf)])
def ask(wish: RequestWish, principal: Asking, server: ServerPart) -> dict[str, str]:
    """Ask for something that takes a second person."""
    if wish.kind is Kind.AUTHORITY:
        raise UnacceptableError("an authority is asked for where it is signed: overt server authority issue --ask-by")
    if wish.kind in (Kind.TRANSFER, Kind.ARRIVAL):
        raise UnacceptableError("a transfer is asked for with the other agency's file: on the page of transfers")
    if wish.kind is Kind.LIBRARIES:
        raise UnacceptableError("a set of libraries is asked for where its files are: overt library publish --ask-by")
    policy = wish.kind is Kind.POLICY
    subject = "" if policy else wish.subject
    details = policy_details(needed=False) if policy else plain_details(wish.kind, subject)
    return {"request": server.approvals.ask(principal, Wish(wish.kind, subject, details, wish.reason))}


@router.post("/approvals/{request_name}", dependencies=[Depends(check_csrf)])
def decide(request_name: RequestName, verdict: Verdict, principal: Asking, server: ServerPart) -> dict[str, bool]:
    """Approve or refuse what somebody else asked for."""
    server.approvals.decide(principal, request_name, approve=verdict.approve)
    return {"approved": verdict.approve}


def spell_request(one: ApprovalView) -> RequestBody:
    """Return a request as the API spells it."""
    return RequestBody(
        request=one.request,
        kind=one.kind.value,
        subject=one.subject,
        details=one.details.decode("ascii"),
        reason=one.reason,
        asked_by=one.asked_by,
        asked_by_name=one.asked_by_name,
        asked_at=one.asked_at,
        expires_at=one.expires_at,
        decided_by=one.decided_by,
        decided_by_name=one.decided_by_name,
        decided_at=one.decided_at,
        state=one.state.value,
    )

"""The API of the audit chain: searched and checked by an auditor."""

from datetime import datetime
from enum import Enum
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel

from server_stub import audit_search
from server_stub.access import Right
from server_stub.audit import Outcome
from server_stub.routes.common import Asking, ServerPart

router = APIRouter(prefix="/v1")

_WORD = Query(max_length=200, pattern=r"^[\x20-\x7e]*$")


class EntryBody(BaseModel):
    """One entry: it names people and records by id and holds no content."""

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    outcome: str


class EntryList(BaseModel):
    """One page, newest first. `next` is what `before` has to be for the following one, None at the end."""

    entries: list[EntryBody]
    next: int | None


class ReportBody(BaseModel):
    """Whether the chain holds; `head` is to be written down elsewhere."""

    entries: int
    head: str
    broken: list[int]


class Refused(Enum):
    """Which outcomes are wanted."""

    ALL = "all"
    REFUSED = "refused"


@router.get("/audit")
def search(
    principal: Asking,
    server: ServerPart,
    actor: Annotated[str, _WORD] = "",
    action: Annotated[str, _WORD] = "",
    subject: Annotated[str, _WORD] = "",
    outcome: Refused = Refused.ALL,
    since: Annotated[AwareDatetime | None, Query()] = None,
    before: Annotated[int | None, Query(ge=0, le=2**53)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> EntryList:
    """Find entries, newest first; the search itself becomes one."""
    refused = Outcome.REFUSED if outcome is Refused.REFUSED else None
    wanted = audit_search.Question(actor or None, action or None, subject or None, refused, since, before)
    if principal.may(Right.AUDIT):
        server.view_times.sweep(now=principal.at)
    found = audit_search.ask(server.database, principal, wanted, limit=limit)
    entries = [
        EntryBody(seq=one.seq, at=one.at, actor=one.actor, action=one.action, subject=one.subject, outcome=one.outcome)
        for one in found
    ]
    return EntryList(entries=entries, next=found[-1].seq if len(found) == limit else None)


@router.get("/audit/check")
def check(principal: Asking, server: ServerPart) -> ReportBody:
    """Check every entry against the one before it."""
    report = audit_search.check(server.database, principal)
    return ReportBody(entries=report.entries, head=report.head, broken=list(report.broken))

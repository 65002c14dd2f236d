"""The API of the team: who is on a case, who is to decide what, what was noted, what each officer carries."""

import base64
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from server_stub.assignments import MOST_AT_ONCE, What, Wish
from server_stub.decisions import LARGEST_NOTE
from server_stub.routes.common import Asking, Now, ServerPart, check_csrf
from server_stub.routes.queue import note_of
from server_stub.welfare import GENTLE_LIMIT

router = APIRouter(prefix="/v1")

NoteId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
_ID = "^[0-9a-f]{32}$"
_NAME = "^[a-z0-9-]{1,32}$"
_LONGEST = LARGEST_NOTE * 4 // 3 + 4


class CaseOfficerBody(BaseModel):
    """An officer of a case."""

    case: str
    officer: str
    name: str


class AssignmentWish(BaseModel):
    """An assignment; `note` is sealed in the browser, base64."""

    model_config = ConfigDict(extra="forbid")
    id: str = Field(pattern=_ID)
    what: What
    groups: list[Annotated[int, Field(ge=1, le=2**63 - 1)]] = Field(min_length=1, max_length=MOST_AT_ONCE)
    to: str | None = Field(default=None, pattern=_NAME)
    note: str | None = Field(default=None, max_length=_LONGEST)


class AssignmentBody(BaseModel):
    """An assignment as a group's history shows it."""

    what: str
    by: str
    to: str | None
    note: str | None
    at: datetime


class NoteWish(BaseModel):
    """A note for the officers of a case; `sealed` is made in the browser, base64."""

    model_config = ConfigDict(extra="forbid")
    id: str = Field(pattern=_ID)
    case: str = Field(pattern=_NAME)
    kind: str = Field(pattern=_NAME)
    sealed: str = Field(max_length=_LONGEST)


class NoteBody(BaseModel):
    """A note that stands."""

    id: str
    case: str
    officer: str
    kind: str
    sealed: str
    at: datetime


class LabelsWish(BaseModel):
    """A case whose decisions are wanted as labelled examples."""

    model_config = ConfigDict(extra="forbid")
    case: str = Field(pattern=_NAME)


class LoadBody(BaseModel):
    """What an officer carries."""

    officer: str
    name: str
    today: int
    severe_today: int
    week: int
    days_over: int
    waiting: int


class OwnLoad(LoadBody):
    """The same for the asking officer, with the number at which the console suggests a break."""

    gentle_limit: int


@router.get("/case-officers")
def case_officers(principal: Asking, server: ServerPart) -> list[CaseOfficerBody]:
    """Give the officers of the officer's cases."""
    found = server.assignments.team(principal)
    return [CaseOfficerBody(case=one.case, officer=one.officer, name=one.name) for one in found]


@router.post("/assignments", dependencies=[Depends(check_csrf)])
def assign(wish: AssignmentWish, principal: Asking, server: ServerPart, now: Now) -> dict[str, int]:
    """Give groups to an officer, escalate them, hand them over or free them. Sent again, it changes nothing."""
    wanted = Wish(wish.id, wish.what, wish.groups, wish.to, note_of(wish.note))
    return {"assigned": server.assignments.assign(principal, wanted, now=now)}


@router.get("/groups/{group}/assignments")
def assignments(
    group: Annotated[int, Path(ge=1, le=2**63 - 1)], principal: Asking, server: ServerPart, now: Now
) -> list[AssignmentBody]:
    """Give what happened to a group, oldest first."""
    return [
        AssignmentBody(what=one.what, by=one.by, to=one.to, note=spell_note(one.note), at=one.at)
        for one in server.assignments.history(principal, group, now=now)
    ]


@router.get("/case-notes")
def notes(
    principal: Asking, server: ServerPart, kind: Annotated[str | None, Query(pattern=_NAME)] = None
) -> list[NoteBody]:
    """Give the notes of the officer's cases, newest first."""
    return [
        NoteBody(
            id=one.id,
            case=one.case,
            officer=one.officer,
            kind=one.kind,
            sealed=base64.b64encode(one.sealed).decode("ascii"),
            at=one.at,
        )
        for one in server.case_notes.standing(principal, kind=kind)
    ]


@router.post("/case-notes", dependencies=[Depends(check_csrf)])
def add_note(wish: NoteWish, principal: Asking, server: ServerPart, now: Now) -> dict[str, str]:
    """Keep a note. Sent again, it changes nothing."""
    server.case_notes.add(principal, wish.id, wish.case, wish.kind, note_of(wish.sealed) or b"", now=now)
    return {"id": wish.id}


@router.delete("/case-notes/{note}", dependencies=[Depends(check_csrf)])
def withdraw_note(note: NoteId, principal: Asking, server: ServerPart, now: Now) -> dict[str, str]:
    """Take a note back. It stays in the record."""
    server.case_notes.withdraw(principal, note, now=now)
    return {"withdrawn": note}


@router.post("/labels", dependencies=[Depends(check_csrf)])
def labels(wish: LabelsWish, principal: Asking, server: ServerPart, now: Now) -> dict[str, str]:
    """Note that the decided captures of a case are about to leave the browser as labelled examples, in the clear."""
    server.case_notes.note_labels(principal, wish.case, now=now)
    return {"noted": wish.case}


@router.get("/load")
def load(principal: Asking, server: ServerPart, now: Now) -> list[LoadBody]:
    """Give what each person of the asking account's teams carries. For welfare only."""
    return [LoadBody(**asdict(one)) for one in server.welfare.team(principal, now=now)]


@router.get("/load/own")
def own_load(principal: Asking, server: ServerPart, now: Now) -> OwnLoad:
    """Give what the asking officer has seen."""
    return OwnLoad(**asdict(server.welfare.own(principal, now=now)), gentle_limit=GENTLE_LIMIT)


def spell_note(note: bytes | None) -> str | None:
    """Spell a sealed note for JSON."""
    return None if note is None else base64.b64encode(note).decode("ascii")

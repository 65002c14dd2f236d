"""The review queue's API: the index of groups, their captures, sealed parts in bundles, and decisions."""

import base64
import struct
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from server_stub.decisions import LARGEST_NOTE, MOST_AT_ONCE, Decided, Disposition, Wish
from server_stub.errors import UnacceptableError
from server_stub.ingest import Place
from server_stub.queue import Filter, Member, Row
from server_stub.routes.common import Asking, Now, ServerPart, check_csrf
from server_stub.routes.devices import DeviceName
from server_stub.routes.officers import OCTETS

router = APIRouter(prefix="/v1")

MOST_IN_BUNDLE = 64
_NUMBER = Field(ge=0, le=2**63 - 1)
_LENGTH = struct.Struct(">I")
_PART = r"^[a-z][a-z0-9-]{0,31}$"
DecisionId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]


class PlaceBody(BaseModel):
    """A record's place."""

    model_config = ConfigDict(extra="forbid")
    device: DeviceName
    epoch: int = _NUMBER
    seq: int = _NUMBER

    def to_place(self) -> Place:
        """Return it as a value."""
        return Place(self.device, self.epoch, self.seq)


class QueueRow(BaseModel):
    """A group as the queue shows it before anything is opened."""

    id: int
    device: str
    epoch: int
    seq: int
    severity: int
    captures: int
    undecided: int
    first_at: datetime
    last_at: datetime


class MemberBody(BaseModel):
    """A capture of a group."""

    device: str
    epoch: int
    seq: int
    severity: int
    recorded_at: datetime
    disposition: str | None


class BundleWish(BaseModel):
    """Records and the names of the parts that are wanted of each."""

    model_config = ConfigDict(extra="forbid")
    records: list[PlaceBody] = Field(min_length=1, max_length=MOST_IN_BUNDLE)
    parts: list[Annotated[str, Field(pattern=_PART)]] = Field(max_length=4)


class DecisionWish(BaseModel):
    """A decision; `note` is sealed in the browser, base64."""

    model_config = ConfigDict(extra="forbid")
    id: str = Field(pattern="^[0-9a-f]{32}$")
    disposition: Disposition
    records: list[PlaceBody] = Field(min_length=1, max_length=MOST_AT_ONCE)
    note: str | None = Field(default=None, max_length=LARGEST_NOTE * 4 // 3 + 4)


class DecisionBody(BaseModel):
    """A decision as it stands."""

    id: str
    case: str
    officer: str
    disposition: str
    note: str | None
    decided_at: datetime
    undone_at: datetime | None
    records: list[PlaceBody]


@router.get("/queue")
def queue(
    principal: Asking, server: ServerPart, now: Now, show: Annotated[Filter, Query()] = Filter.UNDECIDED
) -> list[QueueRow]:
    """Give the index of groups, most severe first."""
    return [_spell_row(one) for one in server.queue.rows(principal, show, now=now)]


@router.get("/groups/{group}")
def group(
    group: Annotated[int, Path(ge=1, le=2**63 - 1)], principal: Asking, server: ServerPart, now: Now
) -> list[MemberBody]:
    """Give the captures of a group, oldest first."""
    return [_spell_member(one) for one in server.queue.members(principal, group, now=now)]


@router.post("/bundle", dependencies=[Depends(check_csrf)])
def bundle(wish: BundleWish, principal: Asking, server: ServerPart, now: Now) -> Response:
    """Give heads and parts of many records: each piece is its length (u32) and its bytes, in the order asked for."""
    places = [one.to_place() for one in wish.records]
    pieces = server.review.bundle(principal, places, wish.parts, now=now)
    return Response(b"".join(_LENGTH.pack(len(piece)) + piece for piece in pieces), media_type=OCTETS)


@router.post("/decisions", dependencies=[Depends(check_csrf)])
def decide(wish: DecisionWish, principal: Asking, server: ServerPart, now: Now) -> dict[str, int]:
    """Decide about captures. The same decision sent again changes nothing."""
    places = [one.to_place() for one in wish.records]
    decided = server.decisions.decide(principal, Wish(wish.id, wish.disposition, places, _note_of(wish.note)), now=now)
    return {"decided": decided}


@router.delete("/decisions/{decision}", dependencies=[Depends(check_csrf)])
def undo(decision: DecisionId, principal: Asking, server: ServerPart, now: Now) -> dict[str, int]:
    """Take a decision back. It stays in the record, marked as undone."""
    return {"undone": server.decisions.undo(principal, decision, now=now)}


@router.get("/decisions")
def decisions(
    principal: Asking, server: ServerPart, limit: Annotated[int, Query(ge=1, le=1000)] = 200
) -> list[DecisionBody]:
    """Give the newest decisions of the officer's cases."""
    return [_spell_decision(one) for one in server.decisions.newest(principal, limit=limit)]


def _note_of(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise UnacceptableError("the note is not base64") from None


def _spell_row(one: Row) -> QueueRow:
    return QueueRow(
        id=one.id,
        device=one.place.device,
        epoch=one.place.epoch,
        seq=one.place.seq,
        severity=one.severity,
        captures=one.captures,
        undecided=one.undecided,
        first_at=one.first_at,
        last_at=one.last_at,
    )


def _spell_member(one: Member) -> MemberBody:
    return MemberBody(
        device=one.place.device,
        epoch=one.place.epoch,
        seq=one.place.seq,
        severity=one.severity,
        recorded_at=one.recorded_at,
        disposition=one.disposition,
    )


def _spell_decision(one: Decided) -> DecisionBody:
    return DecisionBody(
        id=one.id,
        case=one.case,
        officer=one.officer,
        disposition=one.disposition,
        note=None if one.note is None else base64.b64encode(one.note).decode("ascii"),
        decided_at=one.decided_at,
        undone_at=one.undone_at,
        records=[PlaceBody(device=place.device, epoch=place.epoch, seq=place.seq) for place in one.places],
    )

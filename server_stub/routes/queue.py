"""The review queue's API: the index of groups, their captures, sealed parts in bundles, and decisions."""

import base64
import struct
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from server_stub.decisions import LARGEST_NOTE, MOST_AT_ONCE, Decided, Disposition, Wish
from server_stub.errors import UnacceptableError
from server_stub.place import Place
from server_stub.queue import MOST_ROWS, Cursor, Filter, Member, Row
from server_stub.review import Nearby, Purpose
from server_stub.routes.common import Asking, Now, ServerPart, check_csrf
from server_stub.routes.devices import DeviceName, Number
from server_stub.routes.officers import OCTETS
from server_stub.view_times import LONGEST, Look

router = APIRouter(prefix="/v1")

MOST_IN_BUNDLE = 64
MOST_GROUPS = 200
MOST_DECISIONS = 2000
_NUMBER = Field(ge=0, le=2**63 - 1)
_LENGTH = struct.Struct(">I")
_CURSOR = r"^[01]\.[0-9]\.[0-9]{1,18}(\.[0-9]{1,11}\.[0-9a-f]{32})?$"
_PART = r"^[a-z][a-z0-9-]{0,31}$"
GroupId = Annotated[int, Field(ge=1, le=2**63 - 1)]
_ID = "^[0-9a-f]{32}$"
DecisionId = Annotated[str, Path(pattern=_ID)]


class PlaceBody(BaseModel):
    """A record's place."""

    model_config = ConfigDict(extra="forbid")
    device: DeviceName
    epoch: int = _NUMBER
    seq: int = _NUMBER

    def to_place(self) -> Place:
        """Return it as a value."""
        return Place(self.device, self.epoch, self.seq)


class QueueIndex(BaseModel):
    """Every group as one short list, so that thirty thousand of them are there in a moment. Nothing of it is content.

    A row: id, number of the device in `devices`, epoch, seq, severity, captures, undecided, first and last moment
    (seconds since 1970), number of the assignee in `officers` (-1: nobody), 1 where it is escalated. `next`: what to
    ask for `after` to get the rows below; null where there are none.
    """

    format: Literal["overt-queue-1"]
    devices: list[dict[str, str]]
    officers: list[str]
    rows: list[list[int]]
    next: str | None


class MemberBody(BaseModel):
    """A capture of a group."""

    device: str
    epoch: int
    seq: int
    severity: int
    recorded_at: datetime
    disposition: str | None


class NearbyBody(BaseModel):
    """A record that is no capture."""

    device: str
    epoch: int
    seq: int
    kind: str
    recorded_at: datetime


class BundleWish(BaseModel):
    """Records and the names of the parts that are wanted of each."""

    model_config = ConfigDict(extra="forbid")
    records: list[PlaceBody] = Field(min_length=1, max_length=MOST_IN_BUNDLE)
    parts: list[Annotated[str, Field(pattern=_PART)]] = Field(max_length=4)
    purpose: Purpose = Purpose.LIST


class ViewWish(BaseModel):
    """Captures that an officer read."""

    model_config = ConfigDict(extra="forbid")
    records: list[PlaceBody] = Field(min_length=1, max_length=MOST_IN_BUNDLE)


class LookWish(BaseModel):
    """A look at a capture: its name, made by the browser, and how many seconds it lasted so far."""

    model_config = ConfigDict(extra="forbid")
    view: str = Field(pattern="^[0-9a-f]{32}$")
    record: PlaceBody
    seconds: int = Field(ge=0, le=LONGEST)
    picture_seconds: int = Field(default=0, ge=0, le=LONGEST)
    ended: bool = False


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


@router.get("/queue", response_model=QueueIndex)
def queue(
    principal: Asking,
    server: ServerPart,
    now: Now,
    show: Annotated[Filter, Query()] = Filter.UNDECIDED,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = MOST_ROWS,
    after: Annotated[str | None, Query(pattern=_CURSOR)] = None,
) -> Response:
    """Give a page of the index of groups: escalated first, then the most severe, then the newest.

    All pages of one look are one entry of the audit chain: `next` says that it was entered.
    """
    place, word = _split(after)
    begun = server.walks.begun(principal.officer, show.value, place, word, now=now)
    rows = server.queue.rows(
        principal, show, now=now, limit=limit, after=_read_cursor(place), entered=begun is not None
    )
    more = None
    if len(rows) == limit:
        more = server.walks.spell(principal.officer, show.value, _spell_cursor(rows[-1].cursor), begun or now)
    return JSONResponse(_spell_index(rows) | {"next": more})


@router.get("/queue/state")
def queue_state(principal: Asking, server: ServerPart) -> dict[str, str]:
    """Give a word that is another one as soon as anything of the officer's groups is: nothing is told of them."""
    return {"state": server.queue.state(principal)}


@router.get("/members")
def members(
    principal: Asking, server: ServerPart, now: Now, groups: Annotated[list[GroupId], Query(max_length=MOST_GROUPS)]
) -> dict[int, list[MemberBody]]:
    """Give the captures of some groups, oldest first."""
    found = server.queue.members(principal, groups, now=now)
    return {group: [_spell_member(one) for one in all_of_it] for group, all_of_it in found.items()}


@router.post("/bundle", dependencies=[Depends(check_csrf)])
def bundle(wish: BundleWish, principal: Asking, server: ServerPart, now: Now) -> Response:
    """Give heads and parts of many records: each piece is its length (u32) and its bytes, in the order asked for."""
    places = [one.to_place() for one in wish.records]
    pieces = server.review.bundle(principal, places, wish.parts, now=now, purpose=wish.purpose)
    return Response(b"".join(_LENGTH.pack(len(piece)) + piece for piece in pieces), media_type=OCTETS)


@router.post("/views", dependencies=[Depends(check_csrf)])
def views(wish: ViewWish, principal: Asking, server: ServerPart, now: Now) -> dict[str, int]:
    """Note that captures were read whose words the browser had opened before (for the order, or for a search)."""
    server.review.note_views(principal, [one.to_place() for one in wish.records], now=now)
    return {"noted": len(wish.records)}


@router.post("/view-times", dependencies=[Depends(check_csrf)])
def view_time(wish: LookWish, principal: Asking, server: ServerPart) -> dict[str, bool]:
    """Note for how long a capture has been before the officer so far, or in the end."""
    look = Look(wish.view, wish.record.to_place(), wish.seconds, wish.picture_seconds, wish.ended)
    server.view_times.tell(principal, look)
    return {"noted": True}


@router.post("/decisions", dependencies=[Depends(check_csrf)])
def decide(wish: DecisionWish, principal: Asking, server: ServerPart, now: Now) -> dict[str, int]:
    """Decide about captures. The same decision sent again changes nothing."""
    places = [one.to_place() for one in wish.records]
    decided = server.decisions.decide(principal, Wish(wish.id, wish.disposition, places, note_of(wish.note)), now=now)
    return {"decided": decided}


@router.delete("/decisions/{decision}", dependencies=[Depends(check_csrf)])
def undo(decision: DecisionId, principal: Asking, server: ServerPart, now: Now) -> dict[str, int]:
    """Take a decision back. It stays in the record, marked as undone."""
    return {"undone": server.decisions.undo(principal, decision, now=now)}


@router.get("/decisions")
def decisions(
    principal: Asking,
    server: ServerPart,
    limit: Annotated[int, Query(ge=1, le=MOST_DECISIONS)] = 200,
    mine: Annotated[bool, Query()] = False,
    before: Annotated[str | None, Query(pattern=_ID)] = None,
) -> list[DecisionBody]:
    """Give a page of the decisions of the officer's cases, the newest first; `mine`: his own that stand, to be undone.

    `before` is the last decision of the page before.
    """
    found = server.decisions.newest(principal, limit=limit, mine=mine, before=before)
    return [_spell_decision(one) for one in found]


@router.get("/records/{device}/{epoch}/{seq}/around")
def around(
    device: DeviceName, epoch: Number, seq: Number, principal: Asking, server: ServerPart, now: Now
) -> list[NearbyBody]:
    """Give what the device recorded beside captures in the half hours around a record: coverage, events, notes."""
    return [_spell_nearby(one) for one in server.review.around(principal, Place(device, epoch, seq), now=now)]


def note_of(text: str | None) -> bytes | None:
    """Read a sealed note out of JSON; raises UnacceptableError."""
    if text is None:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise UnacceptableError("the note is not base64") from None


def _split(after: str | None) -> tuple[str, str]:
    """Return the place in a cursor, and the word that the look at the list was entered."""
    parts = (after or "").split(".", 3)
    return ".".join(parts[:3]), ".".join(parts[3:])


def _read_cursor(text: str) -> Cursor | None:
    if not text:
        return None
    escalated, severity, group = map(int, text.split("."))
    return Cursor(bool(escalated), severity, group)


def _spell_cursor(cursor: Cursor) -> str:
    return f"{int(cursor.escalated)}.{cursor.severity}.{cursor.id}"


def _spell_index(rows: Sequence[Row]) -> dict[str, object]:
    devices: dict[tuple[str, str], int] = {}
    officers: dict[str, int] = {}
    lines = [
        [
            one.id,
            devices.setdefault((one.place.device, one.case), len(devices)),
            one.place.epoch,
            one.place.seq,
            one.severity,
            one.captures,
            one.undecided,
            int(one.first_at.timestamp()),
            int(one.last_at.timestamp()),
            -1 if one.assignee is None else officers.setdefault(one.assignee, len(officers)),
            int(one.escalated),
        ]
        for one in rows
    ]
    return {
        "format": "overt-queue-1",
        "devices": [{"device": device, "case": case} for device, case in devices],
        "officers": list(officers),
        "rows": lines,
    }


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


def _spell_nearby(one: Nearby) -> NearbyBody:
    place = one.place
    return NearbyBody(device=place.device, epoch=place.epoch, seq=place.seq, kind=one.kind, recorded_at=one.recorded_at)

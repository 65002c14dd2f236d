"""The officers' API, used by the console's own pages: log in, keys, the list, and the sealed parts of a record."""

import json
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from server_stub.place import Place
from server_stub.review import MOST_LISTED, Listed
from server_stub.routes.common import COOKIE, Asking, Now, ServerPart, Unknown, check_csrf, set_session
from server_stub.routes.devices import DeviceName, Number

router = APIRouter(prefix="/v1")

PartName = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
OCTETS = "application/octet-stream"


class LogIn(BaseModel):
    """A name and the secret that the browser derived from the passphrase."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(max_length=100)
    secret: str = Field(pattern="^[0-9a-f]{64}$")


class LockParameters(BaseModel):
    """What the browser needs to derive that secret."""

    salt: str
    iterations: int


class SessionAnswer(BaseModel):
    """The token that writes must carry."""

    csrf: str


class ListedCapture(BaseModel):
    """A capture in the list: nothing in it tells what was captured."""

    device: str
    epoch: int
    seq: int
    case: str
    severity: int
    group: str
    group_size: int
    origin: str
    recorded_at: datetime
    received_at: datetime


class CaptureList(BaseModel):
    """One page of the list. `next` is the cursor of the following page, None at the end."""

    captures: list[ListedCapture]
    next: int | None


class Keys(BaseModel):
    """The officer's locked key, the case keys sealed to it, and the keys that check devices' signatures."""

    officer: str
    locked: dict[str, Any]
    wraps: list[dict[str, str | int]]
    devices: list[dict[str, str]]


@router.get("/session/lock", dependencies=[Unknown])
def lock(name: Annotated[str, Query(max_length=100)], server: ServerPart) -> LockParameters:
    """Tell how to derive the log-in secret; also for names that do not exist."""
    salt, iterations = server.officers.lock_parameters(name)
    return LockParameters(salt=salt, iterations=iterations)


@router.post("/session", dependencies=[Unknown])
def log_in(wanted: LogIn, response: Response, server: ServerPart, now: Now) -> SessionAnswer:
    """Open a session."""
    opened = server.officers.log_in(wanted.name, wanted.secret, now=now)
    set_session(response, opened)
    return SessionAnswer(csrf=opened.csrf)


# nosemgrep: route-without-principal  (check_csrf asks for the principal; an ended session is ended again)
@router.delete("/session", dependencies=[Depends(check_csrf)], status_code=204)
def log_out(request: Request, response: Response, server: ServerPart, now: Now) -> None:
    """End the session."""
    server.officers.log_out(request.cookies.get(COOKIE, ""), now=now)
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")


@router.get("/keys")
def keys(principal: Asking, server: ServerPart) -> Keys:
    """Give what the browser opens captures with. Nothing of it is of use without the passphrase."""
    return Keys(
        officer=principal.officer,
        locked=json.loads(server.officers.locked_key(principal)),
        wraps=[
            {"case": one.case, "epoch": one.epoch, "suite": one.suite, "wrap": one.wrap.hex()}
            for one in server.review.wraps(principal)
        ],
        devices=[
            {"device": one.device, "case": one.case, "public_key": one.public_key.hex()}
            for one in server.review.devices(principal)
        ],
    )


@router.get("/captures")
def captures(
    principal: Asking,
    server: ServerPart,
    now: Now,
    before: Annotated[int | None, Query(ge=0)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 60,
) -> CaptureList:
    """List captures of the officer's cases, newest first."""
    found = server.review.captures(principal, before=before, limit=limit, now=now)
    following = found[-1].cursor if len(found) == limit else None
    return CaptureList(captures=[_spell(one) for one in found], next=following)


@router.get("/records/{device}/{epoch}/{seq}/head")
def head(device: DeviceName, epoch: Number, seq: Number, principal: Asking, server: ServerPart, now: Now) -> Response:
    """Give a record's head: header, key stanzas, signature."""
    return Response(server.review.head(principal, Place(device, epoch, seq), now=now), media_type=OCTETS)


@router.get("/records/{device}/{epoch}/{seq}/parts/{name}")
def part(
    device: DeviceName, epoch: Number, seq: Number, name: PartName, principal: Asking, server: ServerPart
) -> Response:
    """Give one sealed part of a record."""
    place = Place(device, epoch, seq)
    return Response(server.review.part(principal, place, name, now=principal.at), media_type=OCTETS)


def _spell(one: Listed) -> ListedCapture:
    return ListedCapture(
        device=one.place.device,
        epoch=one.place.epoch,
        seq=one.place.seq,
        case=one.case,
        severity=one.severity,
        group=one.group,
        group_size=one.group_size,
        origin=one.origin,
        recorded_at=one.recorded_at,
        received_at=one.received_at,
    )

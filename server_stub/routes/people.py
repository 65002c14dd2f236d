"""The API of people: how each one's devices stand, one's timeline, what led up to a capture, and times away."""

import base64
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from server_stub.decisions import LARGEST_NOTE
from server_stub.people import AbsenceView, AbsenceWish, DeviceStanding, Person, Sealed
from server_stub.place import Place
from server_stub.routes.common import Asking, ServerPart, check_csrf
from server_stub.routes.devices import DeviceName, Number
from server_stub.routes.queue import note_of

router = APIRouter(prefix="/v1")

CaseName = Annotated[str, Path(pattern="^[a-z0-9-]{1,32}$")]
AbsenceId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]


class EvidenceBody(BaseModel):
    """A sentence, and the moment that it is about."""

    words: str
    at: str | None


class DeviceBody(BaseModel):
    """What a device's silence seems to be."""

    device: str
    meaning: str
    severity: int
    since: datetime
    evidence: list[EvidenceBody]
    judged_at: datetime
    last_at: datetime | None


class AbsenceBody(BaseModel):
    """A time away; `note` as the browser sealed it, base64."""

    id: str
    since: datetime
    until: datetime
    officer: str
    note: str | None


class PersonBody(BaseModel):
    """One case in the list."""

    case: str
    devices: list[DeviceBody]
    absences: list[AbsenceBody]
    waiting: int


class SealedBody(BaseModel):
    """A record that the browser may open."""

    device: str
    epoch: int
    seq: int
    kind: str
    severity: int
    recorded_at: datetime
    received_at: datetime


class CapturesBody(BaseModel):
    """Captures of one severity in one hour of the UTC clock."""

    device: str
    begin: datetime
    severity: int
    captures: int


class AliveBody(BaseModel):
    """Heartbeats of one hour of the UTC clock."""

    device: str
    begin: datetime
    beats: int
    late: int


class TimelineBody(BaseModel):
    """What headers tell of a person. `more`: older records of this time were left out."""

    captures: list[CapturesBody]
    alive: list[AliveBody]
    records: list[SealedBody]
    more: bool


class AbsenceNote(BaseModel):
    """A time away to be noted; `note` is sealed in the browser, base64."""

    model_config = ConfigDict(extra="forbid")
    id: str = Field(pattern="^[0-9a-f]{32}$")
    case: str = Field(pattern="^[a-z0-9-]{1,32}$")
    since: AwareDatetime
    until: AwareDatetime
    note: str | None = Field(default=None, max_length=LARGEST_NOTE * 4 // 3 + 4)


@router.get("/people")
def people(principal: Asking, server: ServerPart) -> list[PersonBody]:
    """Give the people of the officer's cases, the silence that needs somebody most first."""
    return [_spell_person(one) for one in server.people.listed(principal)]


@router.get("/people/{case}")
def timeline(
    case: CaseName,
    principal: Asking,
    server: ServerPart,
    since: Annotated[AwareDatetime, Query()],
    until: Annotated[AwareDatetime, Query()],
) -> TimelineBody:
    """Give what headers tell of a case between two moments: captures and heartbeats by hour, records to open."""
    found = server.people.timeline(principal, case, since, until)
    return TimelineBody(
        captures=[CapturesBody(**asdict(one)) for one in found.captures],
        alive=[AliveBody(**asdict(one)) for one in found.alive],
        records=_spell_records(found.records),
        more=found.more,
    )


@router.get("/records/{device}/{epoch}/{seq}/lead-up")
def lead_up(device: DeviceName, epoch: Number, seq: Number, principal: Asking, server: ServerPart) -> list[SealedBody]:
    """Give a record and what stands before it in its device's chain, oldest first, heartbeats left out."""
    return _spell_records(server.people.lead_up(principal, Place(device, epoch, seq)))


@router.post("/absences", dependencies=[Depends(check_csrf)])
def note_absence(wish: AbsenceNote, principal: Asking, server: ServerPart) -> dict[str, str]:
    """Note that the person of a case is away. Sent again, it changes nothing."""
    server.people.note_absence(principal, AbsenceWish(wish.id, wish.case, wish.since, wish.until, note_of(wish.note)))
    return {"id": wish.id}


@router.delete("/absences/{absence}", dependencies=[Depends(check_csrf)])
def withdraw_absence(absence: AbsenceId, principal: Asking, server: ServerPart) -> dict[str, str]:
    """Take a noted absence back. It stays in the record."""
    server.people.withdraw_absence(principal, absence)
    return {"withdrawn": absence}


def _spell_person(one: Person) -> PersonBody:
    return PersonBody(
        case=one.case,
        devices=[_spell_device(device) for device in one.devices],
        absences=[_spell_absence(absence) for absence in one.absences],
        waiting=one.waiting,
    )


def _spell_device(one: DeviceStanding) -> DeviceBody:
    return DeviceBody(**asdict(one))


def _spell_absence(one: AbsenceView) -> AbsenceBody:
    note = None if one.note is None else base64.b64encode(one.note).decode("ascii")
    return AbsenceBody(id=one.id, since=one.since, until=one.until, officer=one.officer, note=note)


def _spell_records(records: Sequence[Sealed]) -> list[SealedBody]:
    return [
        SealedBody(
            device=one.place.device,
            epoch=one.place.epoch,
            seq=one.place.seq,
            kind=one.kind,
            severity=one.severity,
            recorded_at=one.recorded_at,
            received_at=one.received_at,
        )
        for one in records
    ]

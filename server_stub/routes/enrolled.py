"""The API of devices and authorities, for officers on the spot: join one, compare fingerprints, revoke, look up."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from server_stub import authorities, devices
from server_stub.enrolment import LIFE, enrolment_string
from server_stub.routes.common import Asking, ServerPart, check_csrf
from server_stub.routes.devices import DeviceName

router = APIRouter(prefix="/v1")

_NAME = "^[a-z0-9-]{1,32}$"
Digest = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]


class DeviceBody(BaseModel):
    """A device, with the fingerprint that it shows on its own screen."""

    device: str
    case: str
    fingerprint: str
    enrolled_at: datetime
    revoked_at: datetime | None
    replaces: str | None


class CodeWish(BaseModel):
    """For which case a device shall join, and which device it continues if it is a machine that was rebuilt."""

    model_config = ConfigDict(extra="forbid")
    case: str = Field(pattern=_NAME)
    replaces: str | None = Field(default=None, pattern=_NAME)


class CodeBody(BaseModel):
    """The line to paste on the device, and for how many seconds it is good."""

    enrolment: str
    seconds: int


class ConditionBody(BaseModel):
    """A numbered condition of the order, and the libraries that serve it."""

    number: str
    text: str
    libraries: list[str]


class AuthorityBody(BaseModel):
    """An authority, as the console shows it."""

    authority: str
    device: str
    case: str
    standing: str
    not_before: datetime
    not_after: datetime
    accounts: list[str]
    conditions: list[ConditionBody]
    sources: list[str]
    issued_by: str
    contact: str
    notice: str
    withdrawn_at: datetime | None
    reason: str | None


@router.get("/enrolled")
def list_enrolled(principal: Asking, server: ServerPart) -> list[DeviceBody]:
    """Give the devices of the account's cases."""
    return [DeviceBody(**asdict(one)) for one in devices.list_devices(server.database, principal)]


@router.post("/codes", dependencies=[Depends(check_csrf)])
def make_code(wish: CodeWish, principal: Asking, server: ServerPart) -> CodeBody:
    """Make an enrolment string: the line that is pasted on the device."""
    code = server.enrolment.make_code(principal, wish.case, replaces=wish.replaces)
    # The address comes from the settings: what a request says of its host is not to be believed.
    return CodeBody(enrolment=enrolment_string(server.folder, code), seconds=int(LIFE.total_seconds()))


@router.delete("/enrolled/{device}", dependencies=[Depends(check_csrf)])
def revoke(device: DeviceName, principal: Asking, server: ServerPart) -> dict[str, str]:
    """Take nothing from a device any more."""
    devices.revoke(server.database, principal, device)
    return {"revoked": device}


@router.get("/authorities")
def list_authorities(principal: Asking, server: ServerPart) -> list[AuthorityBody]:
    """Give the authorities of the account's devices, newest first."""
    found = authorities.listed(server.database, principal, issuer_key=server.folder.issuer_key())
    return [_spell(one) for one in found]


@router.get("/authorities/{digest}")
def show_authority(digest: Digest, principal: Asking, server: ServerPart) -> AuthorityBody:
    """Give one authority; looking at it is an entry of the audit chain."""
    return _spell(authorities.shown(server.database, principal, digest, issuer_key=server.folder.issuer_key()))


def _spell(one: authorities.AuthorityView) -> AuthorityBody:
    terms = one.terms
    return AuthorityBody(
        authority=one.digest,
        device=terms.device,
        case=terms.case,
        standing=one.standing.value,
        not_before=terms.not_before,
        not_after=terms.not_after,
        accounts=list(terms.accounts),
        conditions=[
            ConditionBody(
                number=condition.number,
                text=condition.text,
                libraries=[library.id for library in terms.libraries if library.condition == condition.number],
            )
            for condition in terms.conditions
        ],
        sources=list(terms.sources),
        issued_by=terms.issued_by,
        contact=terms.contact,
        notice=terms.notice,
        withdrawn_at=one.withdrawn_at,
        reason=one.reason,
    )

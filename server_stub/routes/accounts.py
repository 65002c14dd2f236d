"""The API of accounts: an administrator offers, changes and closes them; whoever has a code makes his own."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from evidence import canonical
from evidence.errors import FormatError
from server_stub import accounts
from server_stub.access import Role
from server_stub.account_codes import LIFE
from server_stub.errors import UnacceptableError
from server_stub.officers import LEAST_PASSPHRASE
from server_stub.routes.common import COOKIE, Asking, Now, ServerPart, Unknown, check_csrf

router = APIRouter(prefix="/v1")

OfficerName = Annotated[str, Path(pattern="^[a-z0-9-]{1,32}$")]
_CODE = Field(max_length=64)
_DERIVED = "^[0-9a-f]{64}$"


class AccountWish(BaseModel):
    """Which account somebody shall have. Names are shown as they are: no control characters."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")
    role: Role = Role.OFFICER


class RoleWish(BaseModel):
    """What an account shall be for."""

    model_config = ConfigDict(extra="forbid")
    role: Role


class Code(BaseModel):
    """A one-time code."""

    model_config = ConfigDict(extra="forbid")
    code: str = _CODE


class CodeAnswer(BaseModel):
    """A new code, and for how many seconds it is good."""

    code: str
    seconds: int


class OfferBody(BaseModel):
    """What a code is for."""

    name: str
    role: str
    suite: str
    least_passphrase: int


class JoinWish(BaseModel):
    """What the owner's browser made: the locked key, and the secret to log in with."""

    model_config = ConfigDict(extra="forbid")
    code: str = _CODE
    locked: dict[str, Any]
    secret: str = Field(pattern=_DERIVED)


class Proof(BaseModel):
    """The log-in secret, derived from the passphrase once more."""

    model_config = ConfigDict(extra="forbid")
    secret: str = Field(pattern=_DERIVED)


class PassphraseWish(Proof):
    """The account's key under its new lock, and the new secret to log in with."""

    locked: dict[str, Any]
    new_secret: str = Field(pattern=_DERIVED)


@router.post("/accounts", dependencies=[Depends(check_csrf)])
def offer_account(wish: AccountWish, principal: Asking, server: ServerPart) -> CodeAnswer:
    """Make a code with which somebody makes his account."""
    code = server.account_codes.make(principal, wish.name, wish.role)
    return CodeAnswer(code=code, seconds=int(LIFE.total_seconds()))


@router.post("/accounts/{officer}/role", dependencies=[Depends(check_csrf)])
def set_role(officer: OfficerName, wish: RoleWish, principal: Asking, server: ServerPart) -> dict[str, str]:
    """Give an account another role."""
    accounts.set_role(server.database, principal, officer, wish.role)
    return {"role": wish.role.value}


@router.delete("/accounts/{officer}", dependencies=[Depends(check_csrf)])
def close_account(officer: OfficerName, principal: Asking, server: ServerPart) -> dict[str, str]:
    """Close an account."""
    accounts.close_account(server.database, principal, officer)
    return {"closed": officer}


@router.delete("/accounts/{officer}/sessions", dependencies=[Depends(check_csrf)])
def end_sessions(officer: OfficerName, principal: Asking, server: ServerPart) -> dict[str, str]:
    """End every session of an account."""
    accounts.end_sessions(server.database, principal, officer)
    return {"ended": officer}


@router.post("/passphrase", dependencies=[Depends(check_csrf)])
def change_passphrase(
    wanted: PassphraseWish, request: Request, principal: Asking, server: ServerPart
) -> dict[str, bool]:
    """Keep the account's key locked under a new passphrase; other sessions end."""
    token = request.cookies.get(COOKIE, "")
    server.officers.change_passphrase(principal, token, wanted.secret, _locked(wanted.locked), wanted.new_secret)
    return {"changed": True}


@router.post("/sessions/end-others", dependencies=[Depends(check_csrf)])
def end_others(wanted: Proof, request: Request, principal: Asking, server: ServerPart) -> dict[str, int]:
    """End every other session of the asking account."""
    token = request.cookies.get(COOKIE, "")
    return {"ended": server.officers.end_others(principal, token, wanted.secret)}


@router.post("/join/offer", dependencies=[Unknown])
def look(wanted: Code, server: ServerPart, now: Now) -> OfferBody:
    """Tell what a code is for."""
    found = server.account_codes.look(wanted.code, now=now)
    return OfferBody(name=found.name, role=found.role.value, suite=found.suite.value, least_passphrase=LEAST_PASSPHRASE)


@router.post("/join", dependencies=[Unknown])
def join(wanted: JoinWish, server: ServerPart, now: Now) -> dict[str, str]:
    """Make the account."""
    return {"officer": server.account_codes.join(wanted.code, _locked(wanted.locked), wanted.secret, now=now)}


def _locked(value: dict[str, Any]) -> bytes:
    try:
        return canonical.encode(value, place="locked")
    except (FormatError, TypeError, ValueError, RecursionError):
        raise UnacceptableError("the locked key is not what the format allows") from None

"""The office's API: who the asking account is, its teams and their people, leave cover, the duty rota."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from evidence.keys import key_id
from server_stub import accounts, covers, duty, teams
from server_stub.access import RIGHTS
from server_stub.routes.common import Asking, ServerPart, check_csrf

router = APIRouter(prefix="/v1")

_NAME = "^[a-z0-9-]{1,32}$"
_WRAP = f"^(?:[0-9a-f]{{2}}){{1,{covers.LARGEST_WRAP}}}$"
_MOST_KEYS = 1000
CoverName = Annotated[str, Path(pattern=_NAME)]
DutyName = Annotated[str, Path(pattern=_NAME)]


class Me(BaseModel):
    """The asking account, and what its role may do."""

    officer: str
    name: str
    role: str
    rights: list[str]
    teams: list[str]
    fingerprint: str


class AccountBody(BaseModel):
    """An account as an administrator sees it."""

    officer: str
    name: str
    role: str
    fingerprint: str
    teams: list[str]
    cases: int
    closed_at: datetime | None


class ColleagueBody(BaseModel):
    """Somebody of a team. `fingerprint` is the short name of the public key: compare it before sealing to the key."""

    officer: str
    name: str
    role: str
    public_key: str
    fingerprint: str


class TeamBody(BaseModel):
    """A team with its people."""

    team: str
    name: str
    members: list[ColleagueBody]
    cases: int


class SealedKey(BaseModel):
    """A key of the case, by its number, sealed to who stands in, hex."""

    model_config = ConfigDict(extra="forbid")
    epoch: int = Field(ge=0, le=2**31 - 1)
    wrap: str = Field(pattern=_WRAP)


class CoverWish(BaseModel):
    """A cover of one case."""

    model_config = ConfigDict(extra="forbid")
    case: str = Field(pattern=_NAME)
    officer: str = Field(pattern=_NAME)
    since: AwareDatetime
    until: AwareDatetime
    wraps: list[SealedKey] = Field(min_length=1, max_length=_MOST_KEYS)


class CoverBody(BaseModel):
    """A cover: who stands in for whom, on which case, from when until when."""

    cover: str
    case: str
    officer: str
    by: str
    since: datetime
    until: datetime
    ended_at: datetime | None


class DutyWish(BaseModel):
    """A turn of duty."""

    model_config = ConfigDict(extra="forbid")
    team: str = Field(pattern=_NAME)
    officer: str = Field(pattern=_NAME)
    since: AwareDatetime
    until: AwareDatetime


class DutyBody(BaseModel):
    """A turn of duty with the names of team and officer."""

    duty: str
    team: str
    officer: str
    name: str
    since: datetime
    until: datetime


@router.get("/me")
def me(principal: Asking, server: ServerPart) -> Me:
    """Tell who asks."""
    found = accounts.own_account(server.database, principal)
    return Me(
        officer=found.officer,
        name=found.name,
        role=found.role.value,
        rights=sorted(right.value for right in RIGHTS[found.role]),
        teams=list(found.teams),
        fingerprint=found.fingerprint,
    )


@router.get("/accounts")
def list_accounts(principal: Asking, server: ServerPart) -> list[AccountBody]:
    """Give every account, to who administers."""
    return [
        AccountBody(
            officer=one.officer,
            name=one.name,
            role=one.role.value,
            fingerprint=one.fingerprint,
            teams=list(one.teams),
            cases=one.cases,
            closed_at=one.closed_at,
        )
        for one in accounts.list_accounts(server.database, principal)
    ]


@router.get("/teams")
def list_teams(principal: Asking, server: ServerPart) -> list[TeamBody]:
    """Give the account's teams; all of them to who administers."""
    return [
        TeamBody(team=one.team, name=one.name, members=[_spell(member) for member in one.members], cases=one.cases)
        for one in teams.list_teams(server.database, principal)
    ]


@router.get("/covers")
def list_covers(principal: Asking, server: ServerPart) -> list[CoverBody]:
    """Give the covers that concern the asking account and are not over."""
    return [CoverBody(**asdict(one)) for one in server.covers.listed(principal)]


@router.post("/covers", dependencies=[Depends(check_csrf)])
def make_cover(wish: CoverWish, principal: Asking, server: ServerPart) -> dict[str, str]:
    """Let an officer stand in on a case, with the case's keys that the browser sealed to him."""
    wraps = {one.epoch: bytes.fromhex(one.wrap) for one in wish.wraps}
    wanted = covers.Wish(wish.case, wish.officer, wish.since, wish.until, wraps)
    return {"cover": server.covers.make(principal, wanted)}


@router.delete("/covers/{cover}", dependencies=[Depends(check_csrf)])
def end_cover(cover: CoverName, principal: Asking, server: ServerPart) -> dict[str, str]:
    """End a cover now."""
    server.covers.end(principal, cover)
    return {"ended": cover}


@router.get("/duty")
def list_duty(principal: Asking, server: ServerPart) -> list[DutyBody]:
    """Give the turns of duty of the account's teams."""
    return [DutyBody(**asdict(one)) for one in server.rota.listed(principal)]


@router.post("/duty", dependencies=[Depends(check_csrf)])
def plan_duty(wish: DutyWish, principal: Asking, server: ServerPart) -> dict[str, str]:
    """Put an officer on duty for a team."""
    wanted = duty.Wish(wish.team, wish.officer, wish.since, wish.until)
    return {"duty": server.rota.plan(principal, wanted)}


@router.delete("/duty/{turn}", dependencies=[Depends(check_csrf)])
def cancel_duty(turn: DutyName, principal: Asking, server: ServerPart) -> dict[str, str]:
    """Take a turn off the rota."""
    server.rota.cancel(principal, turn)
    return {"cancelled": turn}


def _spell(one: teams.Colleague) -> ColleagueBody:
    return ColleagueBody(
        officer=one.officer,
        name=one.name,
        role=one.role.value,
        public_key=one.public_key.hex(),
        fingerprint=key_id(one.public_key),
    )

"""The office's API: who the asking account is, its teams and their people."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from evidence.keys import key_id
from server_stub import accounts, teams
from server_stub.access import RIGHTS
from server_stub.routes.common import Asking, ServerPart

router = APIRouter(prefix="/v1")


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


def _spell(one: teams.Colleague) -> ColleagueBody:
    return ColleagueBody(
        officer=one.officer,
        name=one.name,
        role=one.role.value,
        public_key=one.public_key.hex(),
        fingerprint=key_id(one.public_key),
    )

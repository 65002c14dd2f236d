"""The API of passkeys: add, list and remove one's own; ask a name's passkeys; log in by one."""

import json
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from server_stub.passkeys import LARGEST_ANSWER, spell
from server_stub.routes.common import Asking, Now, ServerPart, Unknown, check_csrf, set_session

router = APIRouter(prefix="/v1")

_LOCK = 16_384
PasskeyName = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]


class NewPasskey(BaseModel):
    """A passkey that was just made: the browser's answer (JSON), the key locked under it (JSON), the log-in secret."""

    model_config = ConfigDict(extra="forbid")
    answer: str = Field(max_length=LARGEST_ANSWER)
    lock: str = Field(max_length=_LOCK)
    secret: str = Field(pattern="^[0-9a-f]{64}$")


class PasskeyAnswer(BaseModel):
    """A browser's answer to a question, JSON."""

    model_config = ConfigDict(extra="forbid")
    answer: str = Field(max_length=LARGEST_ANSWER)


class PasskeyBody(BaseModel):
    """One of the account's passkeys."""

    passkey: str
    added_at: datetime
    used_at: datetime | None


class AskedCredential(BaseModel):
    """A credential (base64url) and the salt that it is to evaluate (hex)."""

    id: str
    salt: str


class Question(BaseModel):
    """What the browser asks passkeys; `challenge` is base64url."""

    challenge: str
    rp_id: str
    credentials: list[AskedCredential]


class PasskeySession(BaseModel):
    """The token that writes must carry, and the officer's key locked under the passkey."""

    csrf: str
    lock: dict[str, Any]


@router.get("/passkeys")
def own(principal: Asking, server: ServerPart) -> list[PasskeyBody]:
    """Give the account's passkeys."""
    return [
        PasskeyBody(passkey=one.passkey, added_at=one.added_at, used_at=one.used_at)
        for one in server.passkeys.own(principal)
    ]


@router.post("/passkeys/options", dependencies=[Depends(check_csrf)])
def options(principal: Asking, server: ServerPart) -> dict[str, Any]:
    """Give what the browser makes a passkey from."""
    return server.passkeys.creation_options(principal)


@router.post("/passkeys", dependencies=[Depends(check_csrf)])
def add(wanted: NewPasskey, request: Request, principal: Asking, server: ServerPart) -> dict[str, str]:
    """Keep a new passkey."""
    origin = request.headers.get("origin", "")
    lock = wanted.lock.encode("utf-8")
    return {"passkey": server.passkeys.add(principal, wanted.answer, lock, secret=wanted.secret, origin=origin)}


@router.delete("/passkeys/{passkey}", dependencies=[Depends(check_csrf)])
def remove(passkey: PasskeyName, principal: Asking, server: ServerPart) -> dict[str, str]:
    """Forget a passkey."""
    server.passkeys.remove(principal, passkey)
    return {"removed": passkey}


@router.get("/session/passkey", dependencies=[Unknown])
def question(name: Annotated[str, Query(max_length=100)], server: ServerPart, now: Now) -> Question:
    """Tell what to ask the passkeys of a name; also for names that do not exist."""
    asked = server.passkeys.question(name, now=now)
    return Question(
        challenge=spell(asked.challenge),
        rp_id=asked.rp_id,
        credentials=[AskedCredential(id=spell(one), salt=salt.hex()) for one, salt in asked.credentials],
    )


@router.post("/session/passkey", dependencies=[Unknown])
def log_in(wanted: PasskeyAnswer, request: Request, response: Response, server: ServerPart, now: Now) -> PasskeySession:
    """Open a session by a passkey."""
    opened = server.passkeys.log_in(wanted.answer, origin=request.headers.get("origin", ""), now=now)
    set_session(response, opened.session)
    return PasskeySession(csrf=opened.session.csrf, lock=json.loads(opened.lock))

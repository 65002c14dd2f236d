"""What several routes need: the server, the time, the officer who asks."""

import hmac
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request, Response

from server_stub.access import Principal
from server_stub.errors import SignInError
from server_stub.officers import SESSION_LIFE, NewSession
from server_stub.rates import Caller
from server_stub.server import Server

COOKIE = "__Host-overt-session"
CSRF_HEADER = "x-overt-csrf"


# These two are coroutines so that they are not sent to a thread and back for every request.
async def get_server(request: Request) -> Server:
    """Return the server that this application answers for."""
    server: Server = request.app.state.server
    return server


async def get_now() -> datetime:
    """Return the moment of the request."""
    return datetime.now(UTC)


ServerPart = Annotated[Server, Depends(get_server)]
Now = Annotated[datetime, Depends(get_now)]


def get_principal(request: Request, server: ServerPart, now: Now) -> Principal:
    """Return the officer whose session came with the request; raises SignInError."""
    principal = server.officers.who(request.cookies.get(COOKIE, ""), now=now)
    server.rates.count(Caller.ACCOUNT, principal.officer)
    return principal


def count_address(request: Request, server: ServerPart) -> None:
    """Count a request from somebody who is not known yet, by the address it comes from; raises BusyError."""
    server.rates.count(Caller.ADDRESS, "" if request.client is None else request.client.host)


Unknown = Depends(count_address)
"""For routes that answer before anybody has logged in."""
Asking = Annotated[Principal, Depends(get_principal)]


def set_session(response: Response, opened: NewSession) -> None:
    """Give a browser its session, out of reach of scripts and other sites."""
    response.set_cookie(
        COOKIE,
        opened.token,
        max_age=int(SESSION_LIFE.total_seconds()),
        secure=True,
        httponly=True,
        samesite="strict",
        path="/",
    )


def check_csrf(request: Request, principal: Asking) -> None:
    """Refuse a write that did not come from one of our own pages."""
    if not hmac.compare_digest(request.headers.get(CSRF_HEADER, ""), principal.csrf):
        raise SignInError("this request did not come from the console")

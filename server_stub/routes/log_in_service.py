"""The agency's log-in service: begin, come back, connect one's account; and what unlocks the keys after it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel

from server_stub.errors import RefusedError
from server_stub.officers import NewSession
from server_stub.routes.common import Asking, Now, ServerPart, Unknown, check_csrf, set_session
from server_stub.routes.pages import plain_page

router = APIRouter(prefix="/v1")
pages = APIRouter(default_response_class=Response)

BROWSER = "__Host-overt-log-in"
_WORD = Query(max_length=4096)


class ServiceBody(BaseModel):
    """Whether there is a log-in service."""

    offered: bool


class WayBody(BaseModel):
    """Where the browser has to go."""

    address: str


class OwnSession(BaseModel):
    """The asking account's name, and the token that writes must carry."""

    name: str
    csrf: str
    connected: bool


@router.get("/log-in-service", dependencies=[Unknown])
def service(server: ServerPart) -> ServiceBody:
    """Tell whether there is one."""
    return ServiceBody(offered=server.log_in_service.is_offered)


@router.post("/log-in-service", dependencies=[Unknown])
def begin(response: Response, server: ServerPart, now: Now) -> WayBody:
    """Begin a log-in."""
    begun = server.log_in_service.begin(now)
    _remember(response, begun.browser)
    return WayBody(address=begun.address)


@router.post("/log-in-service/connect", dependencies=[Depends(check_csrf)])
def connect(response: Response, principal: Asking, server: ServerPart) -> WayBody:
    """Begin to connect the asking account with who its owner is at the service."""
    begun = server.log_in_service.begin(principal.at, officer=principal.officer)
    _remember(response, begun.browser)
    return WayBody(address=begun.address)


@router.delete("/log-in-service", dependencies=[Depends(check_csrf)])
def disconnect(principal: Asking, server: ServerPart) -> dict[str, bool]:
    """Forget who the asking account is there."""
    server.log_in_service.disconnect(principal)
    return {"disconnected": True}


@router.get("/session")
def own_session(principal: Asking, server: ServerPart) -> OwnSession:
    """Give what the page needs that unlocks the keys after such a log-in."""
    name = server.officers.name_of(principal)
    return OwnSession(name=name, csrf=principal.csrf, connected=server.log_in_service.is_connected(principal))


@pages.get("/log-in-service/answer")
def answer(
    request: Request,
    server: ServerPart,
    now: Now,
    state: Annotated[str, _WORD] = "",
    code: Annotated[str, _WORD] = "",
) -> Response:
    """Take a browser back. The page that is shown goes on by itself: only then does the browser send our own cookie."""
    browser = request.cookies.get(BROWSER, "")
    try:
        answered = server.log_in_service.answer(state, code, browser, now=now)
    except RefusedError as problem:
        page = plain_page(request, "log-in-answer.html", problem=str(problem), to="/")
        page.status_code = int(problem.status)
        return _forget(page)
    to = "/account" if answered.session is None else "/unlock"
    page = plain_page(request, "log-in-answer.html", problem="", to=to)
    if isinstance(answered.session, NewSession):
        set_session(page, answered.session)
    return _forget(page)


@pages.get("/unlock")
def unlock(request: Request) -> Response:
    """Ask for the passphrase that unlocks the keys in this browser, after a log-in at the agency's service."""
    return plain_page(request, "unlock.html")


def _remember(response: Response, browser: str) -> None:
    """Known again when it comes back from another site: therefore lax, and of no other use."""
    response.set_cookie(BROWSER, browser, max_age=600, secure=True, httponly=True, samesite="lax", path="/")


def _forget(response: Response) -> Response:
    response.delete_cookie(BROWSER, path="/", secure=True, httponly=True, samesite="lax")
    return response

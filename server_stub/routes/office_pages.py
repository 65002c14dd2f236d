"""The office's pages: requests, transfers, devices, team, audit, figures, accounts. Without the right: 404."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from server_stub.access import Right, demand
from server_stub.console.navigation import offered
from server_stub.errors import SignInError
from server_stub.routes.common import COOKIE, Now, ServerPart
from server_stub.routes.pages import console_page
from server_stub.suppression import LEAST_PEOPLE

router = APIRouter(default_response_class=Response)


@router.get("/team")
def team(request: Request, server: ServerPart, now: Now) -> Response:
    """Show teams, leave cover and duty."""
    return console_page(request, server, now, "team.html")


@router.get("/devices")
def devices(request: Request, server: ServerPart, now: Now) -> Response:
    """Show devices and authorities."""
    return console_page(request, server, now, "devices.html")


@router.get("/account")
def account(request: Request, server: ServerPart, now: Now) -> Response:
    """Show the asking account, its key's fingerprint and its passkeys."""
    return console_page(request, server, now, "account.html")


@router.get("/requests")
def requests(request: Request, server: ServerPart, now: Now) -> Response:
    """Show what takes a second person."""
    return _for_right(Right.REQUEST, request, server, now, "requests.html")


@router.get("/transfers")
def transfers(request: Request, server: ServerPart, now: Now) -> Response:
    """Show cases that go to another agency or came from one."""
    return _for_right(Right.REQUEST, request, server, now, "transfers.html")


@router.get("/audit")
def audit(request: Request, server: ServerPart, now: Now) -> Response:
    """Show the auditor's page."""
    return _for_right(Right.AUDIT, request, server, now, "audit.html")


@router.get("/figures")
def figures(request: Request, server: ServerPart, now: Now) -> Response:
    """Show the force's figures."""
    return _for_right(Right.FIGURES, request, server, now, "figures.html", least=LEAST_PEOPLE)


@router.get("/accounts")
def accounts(request: Request, server: ServerPart, now: Now) -> Response:
    """Show the administrator's list of accounts."""
    return _for_right(Right.ADMINISTER, request, server, now, "accounts.html")


@router.get("/home")
def home(request: Request, server: ServerPart, now: Now) -> Response:
    """Lead to the page of the account's daily work: the first of its bar."""
    try:
        principal = server.officers.who(request.cookies.get(COOKIE, ""), now=now)
    except SignInError:
        return RedirectResponse("/", status_code=303)
    return RedirectResponse(offered(principal)[0].path, status_code=303)


def _for_right(
    right: Right, request: Request, server: ServerPart, now: Now, template: str, **values: object
) -> Response:
    token = request.cookies.get(COOKIE)
    if token is not None:
        try:
            principal = server.officers.who(token, now=now)
        except SignInError:
            return RedirectResponse("/session-ended", status_code=303)
        demand(server.database, principal, right, action="open-page", subject=request.url.path)
    return console_page(request, server, now, template, **values)

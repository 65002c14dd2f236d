"""The console's pages. They are frames: everything that shows content is put in by the browser, which has the keys."""

from datetime import datetime
from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi import Path as PathParameter
from fastapi.responses import RedirectResponse, Response
from fastapi.templating import Jinja2Templates

from server_stub.console import assets
from server_stub.console.help import court_page, glossary
from server_stub.console.navigation import offered
from server_stub.errors import SignInError
from server_stub.officers import LOCK_TIME, MOST_FAILURES
from server_stub.routes.common import COOKIE, Now, ServerPart
from server_stub.server import Server
from server_stub.welfare import GENTLE_LIMIT

router = APIRouter(default_response_class=Response)
# Told to the browser at once: it would otherwise find them one after the other, each only when the one before is read.
_REVIEW_MODULES = assets.imported_by("review/review-page.js")
_templates = Jinja2Templates(directory=str(files("server_stub.console") / "templates"))
_templates.env.globals |= {"static": assets.versioned(), "glossary": glossary()}

_PASSING = (408, 429, 503)
_LATER = (
    "The server cannot answer now",
    (
        "Nothing is lost: your place is kept in this browser, and so is every decision that was not sent yet. "
        "Try again in a minute; where it stays like this, tell whoever runs the server."
    ),
)
_PROBLEMS = dict.fromkeys(_PASSING, _LATER) | {
    401: ("Not logged in", "This takes a log-in, or your session has ended. Nothing is lost by it."),
    404: (
        "There is nothing here",
        (
            "Either there is no such page or record, or your account may not open it; both are answered alike. "
            "An administrator knows what your account may."
        ),
    ),
}
_OTHER_PROBLEM = ("This address cannot be answered", "It is not one that the console leads to.")

DeviceName = Annotated[str, PathParameter(pattern=r"^[a-z0-9-]{1,64}$")]
CaseName = Annotated[str, PathParameter(pattern=r"^[a-z0-9-]{1,32}$")]
Number = Annotated[int, PathParameter(ge=0, le=2**63 - 1)]


@router.get("/")
def log_in(request: Request) -> Response:
    """Show the log-in page, also to an officer who is logged in: this browser may have lost the keys."""
    return _templates.TemplateResponse(request, "log-in.html", {"modules": _REVIEW_MODULES})


@router.get("/join")
def join(request: Request) -> Response:
    """Show where somebody who was given a code makes his account."""
    return _templates.TemplateResponse(request, "join.html")


@router.get("/session-ended")
def session_ended(request: Request) -> Response:
    """Say that the session ended, and that nothing is lost by it."""
    return _templates.TemplateResponse(request, "session-ended.html")


@router.get("/locked-out")
def locked_out(request: Request) -> Response:
    """Say what locks an account, and what to do."""
    values = {"tries": MOST_FAILURES, "minutes": int(LOCK_TIME.total_seconds()) // 60}
    return _templates.TemplateResponse(request, "locked-out.html", values)


@router.get("/unsupported-browser")
def unsupported_browser(request: Request) -> Response:
    """Say what a browser must be able to do to open captures."""
    return _templates.TemplateResponse(request, "unsupported-browser.html")


@router.get("/captures")
def captures(request: Request, server: ServerPart, now: Now) -> Response:
    """Show the list of captures."""
    return console_page(request, server, now, "captures.html", modules=_REVIEW_MODULES)


@router.get("/captures/{device}/{epoch}/{seq}")
def capture(request: Request, device: DeviceName, epoch: Number, seq: Number, server: ServerPart, now: Now) -> Response:
    """Show one capture."""
    return console_page(request, server, now, "capture.html", device=device, epoch=epoch, seq=seq)


@router.get("/people")
def people(request: Request, server: ServerPart, now: Now) -> Response:
    """Show the people of the officer's cases, whose device went quiet first."""
    return console_page(request, server, now, "people.html")


@router.get("/people/{case}")
def person(request: Request, case: CaseName, server: ServerPart, now: Now) -> Response:
    """Show one person: use, changes, silences, events, notes."""
    return console_page(request, server, now, "person.html", case=case)


@router.get("/people/{case}/week")
def week(request: Request, case: CaseName, server: ServerPart, now: Now) -> Response:
    """Show one person's week on one page, for a home visit."""
    return console_page(request, server, now, "week.html", case=case)


@router.get("/tuning")
def tuning(request: Request, server: ServerPart, now: Now) -> Response:
    """Show risk terms and proposed library fixes, and make labelled examples."""
    return console_page(request, server, now, "tuning.html")


@router.get("/training")
def training(request: Request, server: ServerPart, now: Now) -> Response:
    """Show the lessons of a training case, or how to get one."""
    return console_page(request, server, now, "training.html")


@router.get("/help")
def help_page(request: Request, server: ServerPart, now: Now) -> Response:
    """Show what to do, the keys, and what the words mean."""
    return console_page(request, server, now, "help.html")


@router.get("/court")
def court(request: Request, server: ServerPart, now: Now) -> Response:
    """Show the page for courts."""
    return console_page(request, server, now, "court.html", page=court_page())


@router.get("/alerts")
def alerts(request: Request, server: ServerPart, now: Now) -> Response:
    """Show the alerts that nobody has taken on, and where the asking officer is told."""
    return console_page(request, server, now, "alerts.html")


@router.get("/welfare")
def welfare(request: Request, server: ServerPart, now: Now) -> Response:
    """Show what each person of the asking account's teams carries."""
    return console_page(request, server, now, "welfare.html", limit=GENTLE_LIMIT)


def plain_page(request: Request, template: str, **values: object) -> Response:
    """Show a page that needs no log-in."""
    return _templates.TemplateResponse(request, template, values)


def problem_page(request: Request, status: int, said: str) -> Response:
    """Show that an address could not be answered, what that means, and the way on."""
    title, words = _PROBLEMS.get(status, _OTHER_PROBLEM)
    again = status in _PASSING
    values = {"title": title, "words": words, "said": said if again else "", "again": again}
    return _templates.TemplateResponse(request, "problem.html", values, status_code=status)


def console_page(request: Request, server: Server, now: datetime, template: str, **values: object) -> Response:
    """Show a page behind the log-in, with the bar of what this account may use; others go to where they can log in."""
    token = request.cookies.get(COOKIE)
    if token is None:
        return RedirectResponse("/", status_code=303)
    try:
        principal = server.officers.who(token, now=now)
    except SignInError:
        return RedirectResponse("/session-ended", status_code=303)
    shell = {"entries": offered(principal), "here": request.url.path}
    return _templates.TemplateResponse(request, template, shell | values)

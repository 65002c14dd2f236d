"""The console's pages. They are frames: everything that shows content is put in by the browser, which has the keys."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi import Path as PathParameter
from fastapi.responses import RedirectResponse, Response
from fastapi.templating import Jinja2Templates

from server_stub.errors import SignInError
from server_stub.routes.common import COOKIE, Now, ServerPart
from server_stub.server import Server

router = APIRouter(default_response_class=Response)
_STATIC = Path(str(files("server_stub.console") / "static"))
# Told to the browser at once: it would otherwise find them one after the other, each only when the one before is read.
_REVIEW_MODULES = sorted(
    path.relative_to(_STATIC).as_posix()
    for path in _STATIC.rglob("*.js")
    if not path.name.endswith("-page.js") and path.name not in {"log-in.js", "labels.js"}
)
_templates = Jinja2Templates(directory=str(files("server_stub.console") / "templates"))

DeviceName = Annotated[str, PathParameter(pattern=r"^[a-z0-9-]{1,64}$")]
Number = Annotated[int, PathParameter(ge=0, le=2**63 - 1)]


@router.get("/")
def log_in(request: Request) -> Response:
    """Show the log-in page, also to an officer who is logged in: this browser may have lost the keys."""
    return _templates.TemplateResponse(request, "log-in.html")


@router.get("/captures")
def captures(request: Request, server: ServerPart, now: Now) -> Response:
    """Show the list of captures."""
    return _page(request, server, now, "captures.html", modules=_REVIEW_MODULES)


@router.get("/captures/{device}/{epoch}/{seq}")
def capture(request: Request, device: DeviceName, epoch: Number, seq: Number, server: ServerPart, now: Now) -> Response:
    """Show one capture."""
    return _page(request, server, now, "capture.html", device=device, epoch=epoch, seq=seq)


def _page(request: Request, server: Server, now: Now, template: str, **values: str | int | list[str]) -> Response:
    if not _is_logged_in(request, server, now):
        return RedirectResponse("/", status_code=303)
    return _templates.TemplateResponse(request, template, values)


def _is_logged_in(request: Request, server: Server, now: Now) -> bool:
    try:
        server.officers.who(request.cookies.get(COOKIE, ""), now=now)
    except SignInError:
        return False
    return True

"""The web application: devices' API, officers' API, console pages, and what holds for every response."""

from collections.abc import Mapping

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from starlette.exceptions import HTTPException

from server_stub import log
from server_stub.body_limit import BodyLimit
from server_stub.console import assets
from server_stub.errors import BusyError, ConflictError, OutsideAuthorityError, RefusedError, StoreError
from server_stub.headers import SecurityHeaders
from server_stub.metrics import Counted
from server_stub.routes import (
    accounts,
    alerts,
    approvals,
    audit,
    desk,
    devices,
    enrolled,
    figures,
    log_in_service,
    office,
    office_pages,
    officers,
    operations,
    pages,
    passkeys,
    people,
    queue,
    transfers,
)
from server_stub.server import Server

OUTAGE = 15.0
"""Seconds: what failed is not mended sooner."""
MOST_TOLD = 10
LONGEST_TOLD = 1000


def make_app(server: Server | None) -> FastAPI:
    """Return the application that answers for `server`; without one, it can only describe its API."""
    app = FastAPI(title="Overt server", version="1", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.server = server
    app.include_router(operations.router)
    app.include_router(devices.router)
    app.include_router(officers.router)
    app.include_router(office.router)
    app.include_router(accounts.router)
    app.include_router(alerts.router)
    app.include_router(approvals.router)
    app.include_router(enrolled.router)
    app.include_router(passkeys.router)
    app.include_router(log_in_service.router)
    app.include_router(log_in_service.pages)
    app.include_router(audit.router)
    app.include_router(queue.router)
    app.include_router(desk.router)
    app.include_router(figures.router)
    app.include_router(people.router)
    app.include_router(transfers.router)
    app.include_router(pages.router)
    app.include_router(office_pages.router)
    scripts = StaticFiles(directory=assets.FOLDER)
    app.mount(assets.versioned(), scripts, name="static")
    app.mount(assets.PLAIN, scripts, name="plain-static")
    app.add_exception_handler(RefusedError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(StoreError, _store_failed)
    for kind in (OperationalError, InterfaceError, InternalError, NoConnectionError):
        app.add_exception_handler(kind, _database_failed)
    app.add_exception_handler(HTTPException, _http)
    app.add_middleware(BodyLimit)
    app.add_middleware(SecurityHeaders)
    if server is not None:
        app.add_middleware(Counted, metrics=server.metrics)
    return app


async def _refused(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, RefusedError)  # noqa: S101  (what it is registered for)
    body: dict[str, str | int] = {"error": str(problem)}
    if isinstance(problem, ConflictError) and problem.expected is not None:
        body["expected"] = problem.expected
    if isinstance(problem, OutsideAuthorityError):
        body["outside"] = "authority"  # the device stops offering it, and delivers what comes after it
    headers = {"Retry-After": str(problem.seconds)} if isinstance(problem, BusyError) else None
    return _told(request, int(problem.status), body, headers)


async def _invalid(request: Request, problem: Exception) -> Response:
    """Say what is wrong and where, and never what was sent: it may be a secret, or what no answer can spell."""
    assert isinstance(problem, RequestValidationError)  # noqa: S101  (what it is registered for)
    told = [f"{'.'.join(str(part) for part in one['loc'])}: {one['type']}" for one in problem.errors()[:MOST_TOLD]]
    return _told(request, 422, {"error": "; ".join(told)[:LONGEST_TOLD]})


async def _store_failed(request: Request, problem: Exception) -> Response:
    return _come_back(request, str(problem))


async def _database_failed(request: Request, problem: Exception) -> Response:
    """The database is out of reach, full or ending: no fault of who asks."""
    log.warning("database-failed", problem=type(problem).__name__)  # its own words hold what was asked
    return _come_back(request, "the database does not answer at this moment: try again later")


def _come_back(request: Request, why: str) -> Response:
    """Answer 503. Everybody meets the same failure: they are not to come back together when it is over."""
    server: Server = request.app.state.server
    seconds = server.admission.come_back(least=OUTAGE)
    return _told(request, 503, {"error": why}, {"Retry-After": str(seconds)})


async def _http(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)  # noqa: S101  (what it is registered for)
    return _told(request, problem.status_code, {"error": problem.detail})


def _told(
    request: Request, status: int, body: Mapping[str, str | int], headers: Mapping[str, str] | None = None
) -> Response:
    """Answer a program with JSON, and a person whose browser goes to an address with a page that leads on."""
    if "text/html" in request.headers.get("accept", ""):
        answer = pages.problem_page(request, status, str(body["error"]))
        answer.headers.update(headers or {})
        return answer
    return JSONResponse(body, status_code=status, headers=headers)

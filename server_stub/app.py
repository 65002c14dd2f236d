"""The web application: devices' API, officers' API, console pages, and what holds for every response."""

from collections.abc import Awaitable, Callable
from importlib.resources import files

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from server_stub.errors import ConflictError, RefusedError, StoreError
from server_stub.routes import approvals, desk, devices, enrolled, office, officers, pages, queue
from server_stub.server import Server

# Nothing from elsewhere, nothing inline; pictures only from here and from what the page itself decrypted (blob:).
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Strict-Transport-Security": "max-age=31536000",
    "Cache-Control": "no-store",
}


def make_app(server: Server) -> FastAPI:
    """Return the application that answers for `server`."""
    app = FastAPI(title="Overt server", version="1", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.server = server
    app.include_router(devices.router)
    app.include_router(officers.router)
    app.include_router(office.router)
    app.include_router(approvals.router)
    app.include_router(enrolled.router)
    app.include_router(queue.router)
    app.include_router(desk.router)
    app.include_router(pages.router)
    app.mount("/static", StaticFiles(directory=str(files("server_stub.console") / "static")), name="static")
    app.add_exception_handler(RefusedError, _refused)
    app.add_exception_handler(StoreError, _store_failed)
    app.add_exception_handler(HTTPException, _http)
    app.middleware("http")(_add_headers)
    return app


async def _add_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await call_next(request)
    if request.url.path.startswith("/static/"):
        response.headers["Cache-Control"] = "no-cache"  # kept, and asked for again with its ETag: pages come up sooner
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


async def _refused(_request: Request, problem: Exception) -> Response:
    assert isinstance(problem, RefusedError)  # noqa: S101  (what it is registered for)
    body: dict[str, str | int] = {"error": str(problem)}
    if isinstance(problem, ConflictError) and problem.expected is not None:
        body["expected"] = problem.expected
    return JSONResponse(body, status_code=int(problem.status))


async def _store_failed(_request: Request, problem: Exception) -> Response:
    return JSONResponse({"error": str(problem)}, status_code=503, headers={"Retry-After": "30"})


async def _http(_request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)  # noqa: S101  (what it is registered for)
    return JSONResponse({"error": problem.detail}, status_code=problem.status_code)

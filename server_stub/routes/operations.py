"""For those who run the server: alive, ready, metrics. Nothing here tells about a case."""

import hmac
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Header, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from server_stub.errors import NotFoundError
from server_stub.metrics import MEDIA_TYPE
from server_stub.routes.common import ServerPart

router = APIRouter()


class Health(BaseModel):
    """That the process answers."""

    status: str


@router.get("/v1/health")
def health() -> Health:
    """Say that the process answers; a supervisor restarts it otherwise."""
    return Health(status="ok")


@router.get("/v1/ready", responses={503: {"description": "the database or the envelopes' store does not work"}})
def ready(server: ServerPart) -> JSONResponse:
    """Say whether records would be taken now: a proxy sends requests elsewhere otherwise."""
    found = server.readiness.now()
    parts = {name: "ok" if good else "down" for name, good in asdict(found).items()}
    return JSONResponse(
        parts, status_code=200 if found.all else 503, headers={} if found.all else {"Retry-After": "10"}
    )


@router.get("/metrics", include_in_schema=False)
def metrics(server: ServerPart, authorization: Annotated[str, Header()] = "") -> Response:
    """Give the metrics to who has the settings' token; 404 to others, and to all where there is none."""
    token = server.folder.settings().metrics.token.get_secret_value()
    if not token or not hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
        raise NotFoundError("there is nothing here")
    return Response(server.metrics.page(), media_type=MEDIA_TYPE)

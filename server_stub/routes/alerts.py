"""The API of alerts: what waits, who takes it on, and where an officer is told."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from server_stub.alerts import LONGEST_ADDRESS, About
from server_stub.routes.common import Asking, ServerPart, check_csrf
from server_stub.routes.queue import PlaceBody

router = APIRouter(prefix="/v1")

AlertId = Annotated[str, Path(pattern="^[a-z0-9-]{1,32}$")]


class AlertBody(BaseModel):
    """An alert that nobody has taken on. `capture`: null for a silence, and where the captures were destroyed."""

    alert: str
    about: About
    case: str
    severity: int
    raised_at: datetime
    escalated: int
    capture: PlaceBody | None


class ContactWish(BaseModel):
    """Where the asking officer is told: a mail address or an https:// address."""

    model_config = ConfigDict(extra="forbid")
    address: str = Field(min_length=3, max_length=LONGEST_ADDRESS)


@router.get("/alerts")
def open_alerts(principal: Asking, server: ServerPart) -> list[AlertBody]:
    """Give the alerts of the account's cases and teams that nobody has taken on."""
    return [
        AlertBody(
            alert=one.alert,
            about=one.about,
            case=one.case,
            severity=one.severity,
            raised_at=one.raised_at,
            escalated=one.escalated,
            capture=None if one.capture is None else PlaceBody(**asdict(one.capture)),
        )
        for one in server.alerts.open(principal)
    ]


@router.post("/alerts/{alert}/take", dependencies=[Depends(check_csrf)])
def take_alert(alert: AlertId, principal: Asking, server: ServerPart) -> dict[str, str]:
    """Take an alert on: nobody else is called."""
    server.alerts.take(principal, alert)
    return {"taken": alert}


@router.get("/contact")
def contact(principal: Asking, server: ServerPart) -> dict[str, str]:
    """Give where the asking officer is told; empty where nowhere."""
    return {"address": server.alerts.contact(principal)}


@router.post("/contact", dependencies=[Depends(check_csrf)])
def set_contact(wish: ContactWish, principal: Asking, server: ServerPart) -> dict[str, str]:
    """Say where the asking officer is told of alerts that wait."""
    server.alerts.set_contact(principal, wish.address)
    return {"address": wish.address}

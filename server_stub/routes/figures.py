"""The API of the force's figures: a month's, as JSON for the page and as a CSV file."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from server_stub import figures_csv
from server_stub.figures import Figures, force_figures, read_month
from server_stub.routes.common import Asking, Now, ServerPart

router = APIRouter(prefix="/v1")

Month = Annotated[str | None, Query(pattern=r"^\d{4}-\d{2}$")]


class GridBody(BaseModel):
    """A table of counts that add up; null where a count is hidden."""

    name: str
    title: str
    rows: list[str]
    columns: list[str]
    counts: list[list[int | None]]


class NumberBody(BaseModel):
    """One figure; null where it is hidden, and where there was nothing to measure."""

    name: str
    title: str
    value: float | None
    unit: str
    hidden: bool


class FiguresBody(BaseModel):
    """A month's figures."""

    month: str
    made_at: datetime
    scope: str
    grids: list[GridBody]
    numbers: list[NumberBody]


@router.get("/figures")
def figures(principal: Asking, server: ServerPart, now: Now, month: Month = None) -> FiguresBody:
    """Give the figures of a month, by default this one, to who may have them. Small numbers are hidden."""
    return FiguresBody(**asdict(_figures(principal, server, now, month)))


@router.get("/figures.csv")
def figures_file(principal: Asking, server: ServerPart, now: Now, month: Month = None) -> Response:
    """Give the same as a CSV file."""
    found = _figures(principal, server, now, month)
    headers = {"Content-Disposition": f'attachment; filename="overt-figures-{found.month}.csv"'}
    return Response(figures_csv.spell(found), media_type="text/csv; charset=utf-8", headers=headers)


def _figures(principal: Asking, server: ServerPart, now: Now, month: str | None) -> Figures:
    return force_figures(server.database, principal, read_month(month, now=now))

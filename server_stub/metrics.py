"""What the server counts, for Prometheus: requests by route and outcome, how long they took, how the store stands.

Routes are named by their template, never by the address asked for: addresses name devices and cases.
"""

import math
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server_stub import log
from server_stub.database import Database
from server_stub.jobs import Jobs
from server_stub.tables import CaptureGroup, Device

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_SERVER_ERROR = 500
_AGAIN = 10.0


class Metrics:
    """The counters of one server process."""

    def __init__(self, database: Database) -> None:
        """Count from nothing; `database` is asked how the store stands whenever the metrics are read."""
        self._registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self._requests = Counter("overt_requests", "Requests answered.", labels, registry=self._registry)
        self._seconds = Histogram(
            "overt_request_seconds", "How long a request took.", ("route",), buckets=_SECONDS, registry=self._registry
        )
        self._bytes = Counter("overt_received_bytes", "Bytes of requests' bodies.", registry=self._registry)
        self._registry.register(_Store(database))
        self._told: dict[tuple[str, int], tuple[float, int]] = {}

    def count(self, method: str, route: str, status: int, seconds: float, received: int) -> None:
        """Count one request."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)
        self._bytes.inc(received)

    def log_failure(self, method: str, route: str, status: int, seconds: float) -> None:
        """Log that a request failed, once in ten seconds for each kind: where all fail, a line each hides the cause."""
        now = time.monotonic()
        last, more = self._told.get((route, status), (-math.inf, 0))
        if now - last < _AGAIN:
            self._told[route, status] = (last, more + 1)
            return
        self._told[route, status] = (now, 0)
        log.warning("request-failed", method=method, route=route, status=status, seconds=seconds, more_before=more)

    def page(self) -> bytes:
        """Return everything as Prometheus reads it."""
        return bytes(generate_latest(self._registry))


class Counted:
    """Counts the requests of an application, and logs those that failed."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        """Wrap an application."""
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status, received = time.perf_counter(), _SERVER_ERROR, 0

        async def counting_receive() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            return message

        async def noting_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, counting_receive, noting_send)
        finally:
            route, seconds = _route(scope), time.perf_counter() - begun
            self._metrics.count(scope["method"], route, status, seconds, received)
            if status >= _SERVER_ERROR:
                self._metrics.log_failure(scope["method"], route, status, seconds)


class _Store(Collector):
    """How the store stands, asked when somebody reads the metrics."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the gauges; only overt_up = 0 where the database does not answer."""
        try:
            figures = self._figures()
        except DBAPIError:
            yield GaugeMetricFamily("overt_up", "Whether the database answers.", value=0)
            return
        for name, (words, value) in figures.items():
            yield GaugeMetricFamily(name, words, value=value)

    def _figures(self) -> dict[str, tuple[str, float]]:
        now = datetime.now(UTC)
        jobs = Jobs(self._database).waiting(now=now)
        age = 0.0 if jobs.oldest_due is None else (now - jobs.oldest_due).total_seconds()
        with self._database.reading() as session:
            devices = session.scalar(select(func.count()).select_from(Device)) or 0
            undecided = session.scalar(select(func.sum(CaptureGroup.undecided))) or 0
        return {
            "overt_up": ("Whether the database answers.", 1),
            "overt_devices": ("Enrolled devices.", devices),
            "overt_captures_undecided": ("Captures that nobody has decided about.", undecided),
            "overt_jobs_due": ("Jobs that should have been done.", jobs.due),
            "overt_jobs_given_up": ("Jobs that failed for the last time.", jobs.given_up),
            "overt_jobs_oldest_seconds": ("For how long the oldest due job has waited.", age),
        }


def _route(scope: Scope) -> str:
    return str(getattr(scope.get("route"), "path", "unknown"))

"""Which jobs a server process does, by kind; docs/operating.md names them. A new kind is a line here."""

from collections.abc import Mapping

from server_stub import retention
from server_stub.alert_delivery import alert_handlers
from server_stub.jobs import Handler
from server_stub.server import Server


def handlers(server: Server) -> Mapping[str, Handler]:
    """Return what does each kind of job."""
    return {retention.JOB: server.retention.work, **alert_handlers(server), **server.presence.handlers()}

"""A running server that can be made to serve a case's signed libraries as they lie there, as a hostile one would."""

import secrets
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER
from typing import Any

import uvicorn

from agent.enrol import enrol
from agent.state import StateFolder
from evidence import envelope
from evidence.authority import Condition, PermittedLibrary
from evidence.record import META, EventRecord, read_record
from overt.evidence_store import Store
from server_stub import authorities
from server_stub.accounts import at_the_machine
from server_stub.app import make_app
from server_stub.authority_wish import Wish
from server_stub.enrolment import enrolment_string
from server_stub.run import _write_address
from server_stub.setup import OfflineFolder
from tests.agent.rig import Rig
from tests.console.site import OFFICER, PASSPHRASE, CaseSite
from tests.waiting import wait_until


class UpdateServer:
    """The server of a site, in a thread. While `hostile`, files of updates are served as they lie there."""

    def __init__(self, site: CaseSite) -> None:
        self.site = site
        self.hostile = False
        self._app = make_app(site.server)

    @property
    def repository(self) -> Path:
        """Return where the case's signed sets lie."""
        return self.site.folder.updates / "cases" / self.site.case

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request."""
        parts = str(scope.get("path", "")).split("/")
        if self.hostile and "updates" in parts:
            await self._as_it_lies(parts[-1].replace("~", "/"), send)
        else:
            await self._app(scope, receive, send)

    async def _as_it_lies(self, name: str, send: Any) -> None:
        file = self.repository / name
        content = file.read_bytes() if file.is_file() else b""
        await send({"type": "http.response.start", "status": 200 if content else 404, "headers": []})
        await send({"type": "http.response.body", "body": content})

    @contextmanager
    def running(self) -> Iterator[None]:
        """Serve until the end of the block."""
        folder = self.site.folder
        config = uvicorn.Config(
            self, host="127.0.0.1", port=0, log_level="error", ssl_certfile=str(folder.tls_certificate),
            ssl_keyfile=str(folder.tls_key), ssl_version=PROTOCOL_TLS_SERVER,
        )  # fmt: skip
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, name="server", daemon=True)
        thread.start()
        try:
            assert wait_until(lambda: server.started)
            host, port = server.servers[0].sockets[0].getsockname()[:2]
            _write_address(folder, f"{host}:{port}")
            yield
        finally:
            server.should_exit = True
            thread.join(30)

    def enrol(self, root: Path, **wish: Any) -> Rig:
        """Join a device of this account, as its user does, and issue its authority."""
        server, now = self.site.server, datetime.now(UTC)
        code = server.enrolment.make_code(at_the_machine(now), self.site.case)
        joined = enrol(enrolment_string(self.site.folder, code), StateFolder(root), entropy=secrets.token_bytes)
        asked = Wish(
            joined.enrolment.device, [getuser()], [PermittedLibrary("weapons", "3")],
            [Condition("3", "No weapons.")], 30, "Monitored.", "A court", "01632 960000", **wish,
        )  # fmt: skip
        issuing_key = OfflineFolder(self.site.folder.root.with_name("offline")).issuing_key()
        authorities.issue(server.database, asked, issuing_key=issuing_key, now=now)
        return Rig.load(root)

    def events(self, device: str) -> list[tuple[EventRecord, int]]:
        """Return the events that a device delivered, opened with the case's key, each with its severity."""
        store = Store(self.site.folder.root)
        try:
            stored = store.device(device)
            key = store.case_keys(stored, OFFICER, PASSPHRASE)[0]
            found = []
            for record in store.records(stored):
                head = envelope.parse(record.envelope)
                words = read_record(envelope.open_all(head, key, record.envelope)[META])
                if isinstance(words, EventRecord):
                    found.append((words, head.header.context.fields.severity))
            return found
        finally:
            store.close()


@contextmanager
def served_from(server: UpdateServer, copy: Path) -> Iterator[None]:
    """Have the server serve another folder's files as they lie there, and its own again afterwards."""
    own = server.repository.with_name("own")
    server.repository.rename(own)
    shutil.copytree(copy, server.repository)
    server.hostile = True
    try:
        yield
    finally:
        server.hostile = False
        shutil.rmtree(server.repository)
        own.rename(server.repository)

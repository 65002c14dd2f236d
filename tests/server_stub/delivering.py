"""Devices of a site that deliver as the agent does, and a server that answers in this process, over TLS."""

import asyncio
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from agent.clock import SystemClock
from agent.errors import DeliveryError
from agent.spool import Number, Spool
from agent.transport import HttpTransport
from agent.upload import Uploader
from evidence.envelope import Sealed, parse
from evidence.keys import verifying_key
from evidence.ledger import head_of
from evidence.receipt import SignedReceipt
from server_stub.app import make_app
from server_stub.server import Server
from tests.console.site import CaseSite, Seed
from tests.waiting import wait_until


@contextmanager
def answering(server: Server) -> Iterator[str]:
    """Answer for `server` in a thread; give the address."""
    folder = server.folder
    config = uvicorn.Config(
        make_app(server), host="127.0.0.1", port=0, ssl_certfile=str(folder.tls_certificate),
        ssl_keyfile=str(folder.tls_key), log_level="warning", access_log=False, lifespan="off",
    )  # fmt: skip
    answers = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(answers.serve()))
    thread.start()
    try:
        assert wait_until(lambda: answers.started)
        yield f"https://127.0.0.1:{answers.servers[0].sockets[0].getsockname()[1]}"
    finally:
        answers.should_exit = True
        thread.join()
        server.admission.close()


class DeliveringDevice:
    """A device of its own with records in its spool: the agent's own spool, transport and delivery."""

    def __init__(self, site: CaseSite, folder: Path, records: int) -> None:
        """Enrol it and fill its spool."""
        site.join_device()
        self.name, self.key, self._site = site.device, site.device_key, site
        self.sealed: list[Sealed] = []
        self.spool = Spool(folder, verifying_key(self.key))
        for _ in range(records):
            self.sealed.append(site.seal(Seed("A page", "a gun")))
            head = head_of(parse(self.sealed[-1].envelope).header)
            self.spool.put(Number(0, site.last_place.seq), self.sealed[-1].envelope, head)

    def transport(self, address: str) -> HttpTransport:
        """Return a connection to the server."""
        return HttpTransport(
            address, self._site.folder.ca_certificate, device=self.name, device_key=self.key,
            entropy=secrets.token_bytes,
        )  # fmt: skip

    def uploader(self, transport: "HttpTransport | Watched", jitter: Callable[[float], float]) -> Uploader:
        """Return the agent's delivery."""
        public = verifying_key(self._site.folder.receipt_key())
        return Uploader(
            self.spool, transport, SystemClock(), device=self.name, receipt_key=public, jitter=jitter,  # type: ignore[arg-type]
        )  # fmt: skip


class Watched:
    """A transport that notes when each delivery was begun and how it ended."""

    def __init__(self, transport: HttpTransport) -> None:
        """Pass deliveries on to this one."""
        self._transport = transport
        self._begun: list[float] = []
        self.told: list[tuple[float, DeliveryError | None]] = []

    def put_record(self, epoch: int, seq: int, envelope: bytes, *, missing: int = 0) -> SignedReceipt:
        """Deliver a record."""
        self._begun.append(time.monotonic())
        try:
            receipt = self._transport.put_record(epoch, seq, envelope, missing=missing)
        except DeliveryError as problem:
            self.told.append((time.monotonic(), problem))
            raise
        self.told.append((time.monotonic(), None))
        return receipt

    def after_what_was_asked(self) -> Iterator[float]:
        """Yield, for each delivery after one that was turned away, by how many seconds it came later than asked."""
        for (told, problem), begun in zip(self.told, self._begun[1:], strict=False):
            if problem is not None and problem.retry_after is not None:
                yield begun - told - problem.retry_after

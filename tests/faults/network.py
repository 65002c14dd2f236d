"""Between a real agent's delivery and a real server: a proxy that cuts, delays and drops; kill -9 of the server."""

import asyncio
import contextlib
import random
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from agent.ballast import Ballast
from agent.clock import SystemClock
from agent.errors import DeliveryError
from agent.recorder import Origins, Recorder
from agent.spool import Spool
from agent.state import StateFolder
from agent.transport import HttpTransport
from agent.upload import Uploader
from evidence.authority import read_authority
from evidence.keys import verifying_key
from overt.demo.display import Display
from overt.demo.installation import Installation
from tests.faults.judge import Verdict
from tests.ports import held

NO_DISPLAY = Display(None, virtual=False)


class Proxy:
    """Passes bytes on, or does not: a share of connections is refused, cut on the way there or on the way back."""

    def __init__(self, target: int, *, failing: float, seed: int) -> None:
        """Listen on a free port; `failing` is the share of connections that something happens to."""
        self._target = target
        self._failing = failing
        self._chance = random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self.port = 0
        self.failed = 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait()

    def close(self) -> None:
        """Stop listening."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.05))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        fate = self._chance.random() / self._failing if self._failing else 9.0
        self.failed += fate < 1.0
        if fate < 0.2:
            writer.close()
            return
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.close()
            return
        cut_up = self._chance.randrange(4000) if 0.2 <= fate < 0.6 else None
        cut_down = 2000 + self._chance.randrange(2000) if 0.6 <= fate < 1.0 else None
        with contextlib.suppress(asyncio.CancelledError):  # the proxy is closed
            await asyncio.gather(
                _pump(reader, up_writer, writer, cut_up), _pump(up_reader, writer, up_writer, cut_down)
            )


async def _pump(
    source: asyncio.StreamReader, target: asyncio.StreamWriter, other: asyncio.StreamWriter, cut: int | None
) -> None:
    """Pass bytes on until the end, or cut both directions after `cut` bytes."""
    passed = 0
    with contextlib.suppress(OSError, asyncio.CancelledError):
        while data := await source.read(4096):
            if cut is not None and passed + len(data) > cut:
                target.write(data[: cut - passed])
                await target.drain()
                target.transport.abort()
                other.transport.abort()
                return
            passed += len(data)
            target.write(data)
            await target.drain()
    with contextlib.suppress(OSError):
        target.close()


class Site:
    """A real server, and a device that was enrolled in it through a proxy."""

    def __init__(self, folder: Path) -> None:
        """Start the server and enrol."""
        folder.mkdir(parents=True)
        self._held = contextlib.ExitStack()
        self.installation = Installation(folder, NO_DISPLAY)
        self.installation.start_server()
        self.installation.enrol_device()
        self.keep_port()
        self.state = StateFolder(self.installation.state)
        self.enrolment = self.state.enrolment()
        self.key = self.state.device_key()
        transport = self.transport(self.port)
        data = transport.fetch_authority()
        transport.close()
        assert data is not None
        self.authority = read_authority(data, issuer_key=bytes.fromhex(self.enrolment.issuer_key))
        self.spool = Spool(self.state.spool, verifying_key(self.key))

    @property
    def port(self) -> int:
        """The server's port."""
        return int(self.enrolment.server.rpartition(":")[2])

    def keep_port(self) -> None:
        """Have the server come back at the same port after it was killed."""
        settings = self.installation.data / "server.toml"
        port = (self.installation.data / "run" / "address").read_text().strip().rpartition(":")[2]
        settings.write_text(settings.read_text().replace("\nport = 0\n", f"\nport = {port}\n"))

    def transport(self, port: int) -> HttpTransport:
        """Return a connection to the server, or to the proxy before it."""
        return HttpTransport(
            f"https://127.0.0.1:{port}",
            self.state.ca_file,
            device=self.enrolment.device,
            device_key=self.key,
            entropy=secrets.token_bytes,
        )

    def record(self, records: int, size: int = 2000) -> None:
        """Put records into the spool."""
        recorder = Recorder(
            self.authority,
            Origins(self.enrolment.device, "boot", "0", "0" * 64),
            self.spool,
            device_key=self.key,
            clock=SystemClock(),
            entropy=secrets.token_bytes,
            ballast=Ballast(self.state.spool, 4096),
        )
        for _ in range(records):
            recorder.event("agent-started", "x" * size)

    def uploader(self, transport: HttpTransport) -> Uploader:
        """Return the agent's own delivery, with waits cut short."""
        return Uploader(
            self.spool,
            transport,
            SystemClock(),
            device=self.enrolment.device,
            receipt_key=bytes.fromhex(self.enrolment.receipt_key),
            jitter=lambda _: 0.0,
        )

    def kill_server(self) -> None:
        """End the server without warning."""
        process = self.installation._processes["server"]
        process.kill()
        process.wait()
        self._held.enter_context(held(self.port))

    def restart_server(self) -> None:
        """Start it again."""
        address = self.installation.data / "run" / "address"
        address.unlink(missing_ok=True)
        self.installation._spawn("server", "server", "run", "--data", self.installation.data)
        self.installation._wait_for_file(address, "server")
        self._held.close()

    def stored(self) -> list[tuple[int, int, str]]:
        """Return epoch, number and digest of every record in the server's database."""
        with contextlib.closing(sqlite3.connect(self.installation.data / "records.db")) as database:
            return list(database.execute("SELECT epoch, seq, digest FROM records ORDER BY epoch, seq"))

    def has_blob(self, digest: str) -> bool:
        """Return whether the server's folder holds these very bytes."""
        import hashlib  # noqa: PLC0415

        path = self.installation.data / "blobs" / digest[:2] / digest
        return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == digest


@contextlib.contextmanager
def site(folder: Path) -> Iterator[Site]:
    """Start a site and stop it."""
    found = Site(folder)
    try:
        yield found
    finally:
        found.installation.close()


def chaos(folder: Path, records: int, failing: float = 0.7) -> Verdict:
    """Deliver through a proxy that fails 70 % of connections: each record is stored once, none is deleted early."""
    verdict = Verdict()
    with site(folder) as here:
        here.record(records)
        proxy = Proxy(here.port, failing=failing, seed=5)
        numbers = set(here.spool._numbers)
        try:
            tries = _deliver_stubbornly(here, proxy.port, numbers, verdict)
        finally:
            proxy.close()
        _judge(here, records, verdict)
        verdict.faults += proxy.failed
        verdict.notes.append(f"{tries} tries for {records} records")
    return verdict


def _deliver_stubbornly(here: Site, port: int, numbers: set[object], verdict: Verdict) -> int:
    """Deliver until nothing waits, with a new connection for each try; watch that nothing goes before its receipt."""
    tries = 0
    while len(here.spool):
        tries += 1
        transport = here.transport(port)
        uploader = here.uploader(transport)
        before = len(here.spool)
        try:
            uploader.deliver_next()
        except DeliveryError:
            verdict.lost += before - len(here.spool)  # it was deleted without a receipt
        finally:
            transport.close()
        assert tries < 100 * len(numbers), "the proxy lets nothing through"
    return tries


def _judge(here: Site, records: int, verdict: Verdict) -> None:
    stored = here.stored()
    verdict.promised += records
    verdict.lost += records - len({(epoch, seq) for epoch, seq, _ in stored})
    verdict.reused += len(stored) - len({(epoch, seq) for epoch, seq, _ in stored})
    verdict.torn += sum(1 for _, _, digest in stored if not here.has_blob(digest))


def server_killed(folder: Path, records: int, kills: int, seed: int = 6) -> Verdict:
    """Kill the server while it takes records: every receipt that was given has its record and its bytes."""
    verdict, chance = Verdict(), random.Random(seed)
    with site(folder) as here:
        here.record(records)
        transport = here.transport(here.port)
        uploader = here.uploader(transport)
        for _ in range(kills):
            stop = threading.Timer(chance.uniform(0.01, 0.3), here.kill_server)
            stop.start()
            while stop.is_alive() and len(here.spool):
                with contextlib.suppress(DeliveryError):
                    uploader.deliver_next()
            stop.join()
            verdict.faults += 1
            receipts = uploader.state.count
            verdict.lost += max(0, receipts - len(here.stored()))
            verdict.torn += sum(1 for _, _, digest in here.stored() if not here.has_blob(digest))
            here.restart_server()
        while len(here.spool):
            uploader.deliver_next()
        transport.close()
        _judge(here, records, verdict)
    return verdict


def out_of_order(folder: Path) -> Verdict:
    """Records sent in another order, twice, and with another content under a known number."""
    verdict = Verdict()
    with site(folder) as here:
        here.record(4)
        transport = here.transport(here.port)
        data = {number.seq: here.spool._path(number).read_bytes() for number in here.spool._numbers}
        verdict.faults += 3
        verdict.unchained += _accepted(transport, 2, data[2])
        transport.put_record(0, 0, data[0])
        first, second = transport.put_record(0, 1, data[1]), transport.put_record(0, 1, data[1])
        verdict.reused += first.receipt != second.receipt
        verdict.reused += _accepted(transport, 1, data[1][:-1] + bytes([data[1][-1] ^ 1]))
        transport.put_record(0, 2, data[2])
        transport.put_record(0, 3, data[3])
        transport.close()
        _judge(here, 4, verdict)
    return verdict


def _accepted(transport: HttpTransport, seq: int, data: bytes) -> bool:
    try:
        transport.put_record(0, seq, data)
    except DeliveryError:
        return False
    return True


def months_offline(folder: Path, records: int) -> Verdict:
    """A long time without the server: how fast the device starts with all of it waiting, and how fast it catches up."""
    verdict = Verdict()
    with site(folder) as here:
        here.record(records, size=500)
        begun = time.perf_counter()
        here.spool = Spool(here.state.spool, verifying_key(here.key))
        start = time.perf_counter() - begun
        transport = here.transport(here.port)
        uploader = here.uploader(transport)
        begun = time.perf_counter()
        uploader.start()  # which waits where the server says that it is too many in a minute
        while len(here.spool):
            time.sleep(0.05)
        rate = records / (time.perf_counter() - begun)
        uploader.finish(60)
        memory = psutil.Process().memory_info().rss / 2**20
        transport.close()
        _judge(here, records, verdict)
    verdict.faults = 1
    verdict.notes.append(
        f"start with {records} waiting {start:.2f} s (bar: 2 s for 30,000), catching up {rate:.0f}/s (bar: 20/s), "
        f"memory of the whole process {memory:.0f} MB (bar: 150)"
    )
    return verdict

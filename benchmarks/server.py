"""How many records a second the server takes durably, in ratio to a bare endpoint that only writes and syncs the body.

    python -m benchmarks.server [--database sqlite|postgresql] [--records N] [--clients N] [--least RATIO] [--json FILE]

Both sides run in a process of their own over TLS with the same certificate, on the same disk, in the same run; the
clients stand beside them on the same processors. Each client is a device of its own: records are sealed and signed
beforehand, requests are signed as they go. With --least, exit code 1 if the ratio is below it.
"""

import argparse
import hashlib
import json
import os
import secrets
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx2

from benchmarks.fleet import FleetDevice, Upload, empty_database
from tests.console.browser import running
from tests.console.site import CaseSite

SIZE = 300_000
"""Bytes of the picture in a record."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured. Times in milliseconds, rates a second."""

    records: int
    clients: int
    rate: float
    median: float
    p99: float
    bare_rate: float
    bare_p99: float
    ratio: float


def measure(records: int, clients: int, database: str, say: Callable[[str], None]) -> Figures:
    """Measure the bare endpoint, then the server."""
    with tempfile.TemporaryDirectory(prefix="overt-bench-") as name:
        folder = Path(name)
        with empty_database(database) as url, closing(CaseSite(folder / "site", database=url)) as site:
            say(f"Sealing {records} records for {clients} devices …")
            devices = [FleetDevice(site) for _ in range(clients)]
            work = [[device.upload(SIZE) for _ in range(records // clients)] for device in devices]
            say("The bare endpoint …")
            with _bare(site, folder) as address:
                bare_rate, bare_times = _run(site, address, devices, work)
            say("The server …")
            with running(site) as address:
                rate, times = _run(site, address, devices, work)
    p99 = statistics.quantiles(times, n=100)[98]
    bare_p99 = statistics.quantiles(bare_times, n=100)[98]
    return Figures(len(times), clients, rate, statistics.median(times), p99, bare_rate, bare_p99, rate / bare_rate)


def _run(
    site: CaseSite, address: str, devices: Sequence[FleetDevice], work: Sequence[Sequence[Upload]]
) -> tuple[float, list[float]]:
    """Have every device deliver its records; return records a second and the time of each."""
    times: list[float] = []
    failures: list[str] = []
    trust = ssl.create_default_context(cafile=str(site.folder.ca_certificate))

    def deliver(device: FleetDevice, uploads: Sequence[Upload]) -> None:
        with httpx2.Client(base_url=address, verify=trust, timeout=60) as client:
            for upload in uploads:
                begun = time.perf_counter()
                answer = client.put(upload.path, content=upload.body, headers=device.headers(upload))
                times.append((time.perf_counter() - begun) * 1000)
                if answer.status_code != 201:
                    failures.append(f"{answer.status_code}: {answer.text[:200]}")

    threads = [threading.Thread(target=deliver, args=pair) for pair in zip(devices, work, strict=True)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - begun
    if failures:
        raise SystemExit(f"{len(failures)} of {len(times)} deliveries failed, the first with {failures[0]}")
    return len(times) / elapsed, times


BARE_PORT_FILE = "bare-address"


@contextmanager
def _bare(site: CaseSite, folder: Path) -> Any:
    """Run the bare endpoint in a process of its own; give its address."""
    command = [sys.executable, "-m", "benchmarks.server", "--bare", str(folder), "--site", str(site.folder.root)]
    process = subprocess.Popen(command)
    try:
        while not (folder / BARE_PORT_FILE).exists():
            if process.poll() is not None:
                raise SystemExit("the bare endpoint did not start")
            time.sleep(0.05)
        yield (folder / BARE_PORT_FILE).read_text()
    finally:
        process.terminate()
        process.wait()


def _serve_bare(folder: Path, root: Path) -> None:
    """Write each body to a file and sync it; nothing is checked."""
    import socket  # noqa: PLC0415

    import uvicorn  # noqa: PLC0415

    from server_stub.folder import ServerFolder  # noqa: PLC0415

    bodies = folder / "bare"
    bodies.mkdir()
    data = ServerFolder(root)
    listener = socket.create_server(("127.0.0.1", 0))
    partial = folder / f"{BARE_PORT_FILE}.part"
    partial.write_text(f"https://127.0.0.1:{listener.getsockname()[1]}")
    partial.rename(folder / BARE_PORT_FILE)
    config = uvicorn.Config(
        _bare_app(bodies), ssl_certfile=str(data.tls_certificate), ssl_keyfile=str(data.tls_key),
        log_level="warning", access_log=False, lifespan="off",
    )  # fmt: skip
    uvicorn.Server(config).run(sockets=[listener])


def _bare_app(bodies: Path) -> Any:
    from starlette.concurrency import run_in_threadpool  # noqa: PLC0415
    from starlette.requests import Request  # noqa: PLC0415
    from starlette.responses import Response  # noqa: PLC0415

    def store(body: bytes) -> None:
        with (bodies / hashlib.sha256(secrets.token_bytes(8)).hexdigest()).open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())

    async def app(scope: Any, receive: Any, send: Any) -> None:
        body = await Request(scope, receive).body()
        await run_in_threadpool(store, body)
        await Response(status_code=201)(scope, receive, send)

    return app


def main() -> int:
    """Measure and print; 1 if the ratio is below --least."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=1000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--least", type=float, default=0.0)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--bare", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--site", type=Path, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.bare is not None:
        _serve_bare(wanted.bare, wanted.site)
        return 0
    figures = measure(wanted.records, wanted.clients, wanted.database, lambda text: print(text, file=sys.stderr))
    for name, value in asdict(figures).items():
        print(f"{name:12} {value:10.2f}" if isinstance(value, float) else f"{name:12} {value:10}")
    if wanted.json is not None:
        wanted.json.write_text(json.dumps(asdict(figures), indent=2) + "\n", encoding="utf-8")
    return int(figures.ratio < wanted.least)


if __name__ == "__main__":
    raise SystemExit(main())

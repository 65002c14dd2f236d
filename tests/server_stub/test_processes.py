"""Two server processes on one PostgreSQL database behind a proxy: nothing is kept in either, nothing happens twice."""

import itertools
import secrets
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from agent.transport import HttpTransport
from agent.witness import Witness
from evidence.keys import derive_secrets, generate_signing_key, verifying_key
from evidence.request import sign_request
from server_stub import audit, checkpoints, jobs
from server_stub.accounts import at_the_machine
from server_stub.folder import ServerFolder
from server_stub.jobs import Worker
from server_stub.server import open_server
from server_stub.tables import AuditEntry, Device, Record
from tests.console.site import OFFICER, PASSPHRASE, CaseSite, Seed
from tests.postgres import Cluster
from tests.server_stub.delivering import DeliveringDevice
from tests.waiting import PATIENCE, wait_until


class RoundRobin:
    """Passes each connection, TLS and all, to the next of several servers."""

    def __init__(self, ports: list[int]) -> None:
        self._turn = itertools.cycle(ports)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", next(self._turn)))
                threading.Thread(target=self._join, args=(client, server), daemon=True).start()

    def _join(self, client: socket.socket, server: socket.socket) -> None:
        with client, server:
            back = threading.Thread(target=self._pump, args=(server, client), daemon=True)
            back.start()
            self._pump(client, server)
            back.join()

    @staticmethod
    def _pump(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()


class Pair:
    """Two processes, each with its own copy of the folder, and what reaches them."""

    def __init__(self, site: CaseSite, folders: list[ServerFolder], addresses: list[str], proxy: RoundRobin) -> None:
        self.site, self.addresses = site, addresses
        self.folders = folders
        self.proxy = f"https://127.0.0.1:{proxy.port}"
        self.trust = ssl.create_default_context(cafile=str(site.folder.ca_certificate))

    def client(self, which: int) -> httpx2.Client:
        """Return a connection to one of the processes."""
        return httpx2.Client(base_url=self.addresses[which], verify=self.trust, timeout=60)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, cluster: Cluster) -> Iterator[Pair]:
    """Return two running processes behind a proxy."""
    root = tmp_path_factory.mktemp("pair")
    with closing(CaseSite(root / "one", database=cluster.make_database())) as site:
        second = ServerFolder(root / "two")
        shutil.copytree(site.folder.root, second.root)
        shutil.rmtree(second.blobs, ignore_errors=True)
        site.folder.blobs.mkdir(exist_ok=True)
        second.blobs.symlink_to(site.folder.blobs)  # the folder that both machines share
        folders = [site.folder, second]
        command = [sys.executable, "-m", "overt", "server", "run", "--data"]
        running = [subprocess.Popen([*command, str(one.root)], stdout=subprocess.DEVNULL) for one in folders]
        try:
            assert wait_until(
                lambda: (
                    all(one.address_file.exists() for one in folders)
                    or any(process.poll() is not None for process in running)
                )
            )
            assert all(process.poll() is None for process in running)
            addresses = [one.address_file.read_text().strip() for one in folders]
            with closing(RoundRobin([int(one.rpartition(":")[2]) for one in addresses])) as proxy:
                yield Pair(site, folders, [f"https://{one}" for one in addresses], proxy)
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait()


def log_in(pair: Pair, client: httpx2.Client) -> None:
    lock = client.get("/v1/session/lock", params={"name": OFFICER}).json()
    secret = derive_secrets(PASSPHRASE, bytes.fromhex(lock["salt"]), lock["iterations"]).log_in
    answer = client.post("/v1/session", json={"name": OFFICER, "secret": secret})
    assert answer.is_success
    client.headers["x-overt-csrf"] = answer.json()["csrf"]


def test_a_session_of_one_is_known_to_the_other(pair: Pair) -> None:
    """Logged in at the first, seen by the second, logged out at the second, gone at the first."""
    with pair.client(0) as first, pair.client(1) as second:
        log_in(pair, first)
        second.cookies, second.headers = first.cookies, first.headers
        assert second.get("/v1/captures").status_code == 200
        assert second.delete("/v1/session").status_code == 204
        assert first.get("/v1/captures").status_code == 401


def test_a_request_counts_once_for_both(pair: Pair) -> None:
    """What the first took, the second refuses."""
    path = f"/v1/devices/{pair.site.device}/authority"
    headers = sign_request(
        "GET", path, b"", device=pair.site.device, device_key=pair.site.device_key, now=datetime.now(UTC),
        entropy=secrets.token_bytes,
    )  # fmt: skip
    with pair.client(0) as first, pair.client(1) as second:
        assert first.get(path, headers=dict(headers.items())).status_code == 200
        assert second.get(path, headers=dict(headers.items())).status_code == 401


def test_a_code_is_used_once_though_both_are_asked_at_the_same_moment(pair: Pair) -> None:
    """Four tries at once: one device."""
    code = pair.site.server.enrolment.make_code(at_the_machine(datetime.now(UTC)), pair.site.case)
    with pair.site.server.database.reading() as session:
        before = session.query(Device).count()

    def enrol(which: int) -> int:
        key = verifying_key(generate_signing_key(secrets.token_bytes)).hex()
        with pair.client(which % 2) as client:
            return client.post("/v1/enrol", json={"code": code, "device_key": key}).status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(enrol, range(4))) == [200, 401, 401, 401]
    with pair.site.server.database.reading() as session:
        assert session.query(Device).count() == before + 1


def test_records_through_the_proxy_and_views_at_both_leave_whole_chains(pair: Pair) -> None:
    """A device delivers to whichever it meets, officers look at both all the while: one record each, no fork."""
    site, stop = pair.site, threading.Event()
    both_look = threading.Barrier(3)

    def look(which: int) -> int:
        looked = 0
        with pair.client(which) as client:
            log_in(pair, client)
            both_look.wait(PATIENCE)
            while looked == 0 or not stop.is_set():
                assert client.get("/v1/captures").status_code == 200
                looked += 1
        return looked

    with ThreadPoolExecutor(2) as pool:
        views = [pool.submit(look, which) for which in range(2)]
        try:
            both_look.wait(PATIENCE)
            for number in range(20):
                sealed = site.seal(Seed(f"Page {number}", "a gun", 3, "5a"))
                transport = HttpTransport(
                    pair.proxy, site.folder.ca_certificate, device=site.device, device_key=site.device_key,
                    entropy=secrets.token_bytes,
                )  # fmt: skip
                with closing(transport):  # a connection each: the proxy gives the next to the other process
                    transport.put_record(0, site.last_place.seq, sealed.envelope)
        finally:
            stop.set()
        looked = sum(view.result() for view in views)
    with site.server.database.reading() as session:
        assert session.query(Record).filter_by(device_id=site.device).count() == 20
        assert not list(audit.broken_places(session))
        assert session.query(AuditEntry).filter_by(action="list-captures").count() >= looked >= 2


def test_two_that_sign_at_the_same_moment_sign_one_checkpoint_and_both_give_it(pair: Pair, tmp_path: Path) -> None:
    """Four commands at once on two machines' folders while records come in: one history, and both tell of it."""
    site = pair.site
    device = DeliveringDevice(site, tmp_path / "spool", 12)
    command = [sys.executable, "-m", "overt", "server", "checkpoint", "--data"]
    witness = Witness(tmp_path / "witness", device=device.name, receipt_key=verifying_key(site.folder.receipt_key()))
    with closing(device.transport(pair.proxy)) as transport:
        uploader = device.uploader(transport, lambda _: 0.0)
        assert [uploader.deliver_next() for _ in range(4)] == [True] * 4
        signing = [
            subprocess.Popen([*command, str(folder.root)], stdout=subprocess.DEVNULL) for folder in pair.folders * 2
        ]
        while uploader.deliver_next():
            pass
        assert [process.wait() for process in signing] == [0] * 4
    for which, folder in enumerate(pair.folders * 2):
        checkpoints.sign_all(folder, site.server.database, now=datetime.now(UTC))
        with closing(device.transport(pair.addresses[which % 2])) as transport:
            assert witness.ask(transport) == ""
    kept = checkpoints.kept(site.server.database, device.name)
    assert len({name.partition("-")[0] for name, _ in kept}) == len(kept) > 0
    newest = witness.newest()
    assert newest is not None
    assert newest.checkpoint.size == 12


def test_a_job_of_one_process_wakes_the_other(pair: Pair) -> None:
    """Added through one connection, done by a worker on another, at once and once."""
    done: list[str] = []
    found = threading.Event()

    def handle(job: jobs.Taken) -> None:
        done.append(job.subject)
        if len(done) == 20:
            found.set()

    other = open_server(pair.site.folder).database
    workers = [Worker(database, {"test": handle}) for database in (other, pair.site.server.database)]
    for worker in workers:
        worker.start()
    try:
        now = datetime.now(UTC)
        for number in range(20):
            with pair.site.server.database.writing() as session:
                jobs.add(session, "test", str(number), now=now)
        assert found.wait(60)
    finally:
        for worker in workers:
            worker.close()
        other.close()
    assert sorted(done, key=int) == [str(number) for number in range(20)]

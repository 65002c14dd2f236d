"""kill -9 of the server while many devices deliver at once, so that their records share transactions."""

import hashlib
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from sqlalchemy import select

from agent.spool import Number
from agent.upload import Uploader
from overt.evidence_check import check_store
from server_stub.tables import Record
from tests.console.site import CaseSite
from tests.faults.judge import Verdict
from tests.server_stub.delivering import DeliveringDevice
from tests.waiting import wait_until

DEVICES = 8


class Crowd:
    """A server's folder and devices with full spools, each delivering in a thread of its own."""

    def __init__(self, site: CaseSite, folder: Path, records: int) -> None:
        """Enrol the devices; no server runs yet."""
        self.site = site
        self.devices = [DeliveringDevice(site, folder / f"spool-{number}", records) for number in range(DEVICES)]
        self.all = {one: {Number(0, seq) for seq in range(records)} for one in self.devices}

    @contextmanager
    def delivering(self, address: str) -> Iterator[None]:
        """Deliver, and try again soon where it fails."""
        with ExitStack() as stack:
            lines = [stack.enter_context(closing(one.transport(address))) for one in self.devices]
            uploaders: list[Uploader] = [
                one.uploader(line, lambda upper: min(upper, 0.05))
                for one, line in zip(self.devices, lines, strict=True)
            ]
            for uploader in uploaders:
                uploader.start()
            try:
                yield
            finally:
                for uploader in uploaders:
                    uploader.finish(60)

    def receipted(self) -> list[str]:
        """Return the digests of the records that a receipt came for: a device deletes a record on nothing else."""
        return [
            device.sealed[number.seq].digest
            for device in self.devices
            for number in self.all[device] - set(device.spool._numbers)
        ]

    def judge(self, verdict: Verdict) -> None:
        """Compare what receipts were given for with what is stored; receipts first, since more may be stored."""
        receipted = self.receipted()
        with self.site.server.database.reading() as session:
            stored = Counter(session.scalars(select(Record.digest)))
        verdict.promised = len(receipted)  # all of them again each time, and counted once
        verdict.lost += len(set(receipted) - stored.keys())
        verdict.reused += sum(stored.values()) - len(stored)
        verdict.torn += sum(not self._holds(digest) for digest in stored)

    def _holds(self, digest: str) -> bool:
        path = self.site.folder.blobs / digest[:2] / digest
        return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == digest


def server_killed_in_a_crowd(folder: Path, records: int, kills: int, seed: int = 7, *, database: str = "") -> Verdict:
    """Kill the server at random moments while eight devices deliver; then let all of it arrive."""
    verdict, chance = Verdict(), random.Random(seed)
    folder.mkdir(parents=True)
    with closing(CaseSite(folder / "site", database=database)) as site:
        crowd = Crowd(site, folder, records)
        for kill in range(kills + 1):
            process = _start(site)
            try:
                with crowd.delivering(_address(site)):
                    waiting = _waiting(crowd)
                    if kill == kills:
                        assert wait_until(lambda: _waiting(crowd) == 0, 300)
                    else:  # under way, and then at any moment
                        assert wait_until(lambda: _waiting(crowd) < waiting - DEVICES)  # noqa: B023
                        time.sleep(chance.uniform(0.0, 0.1))
                        process.kill()
                        verdict.faults += 1
            finally:
                process.kill()
                process.wait()
            crowd.judge(verdict)
        verdict.lost += sum(len(numbers) for numbers in crowd.all.values()) - len(set(crowd.receipted()))
        verdict.unchained += sum(
            not all(step.holds for step in steps if step.checked) for _, _, steps in check_store(site.folder.root)
        )
    return verdict


def _waiting(crowd: Crowd) -> int:
    return sum(len(device.spool) for device in crowd.devices)


def _start(site: CaseSite) -> "subprocess.Popen[bytes]":
    site.folder.address_file.unlink(missing_ok=True)  # a killed server leaves it
    command = [sys.executable, "-m", "overt", "server", "run", "--data", str(site.folder.root)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    assert wait_until(site.folder.address_file.exists, 90)
    return process


def _address(site: CaseSite) -> str:
    return f"https://{site.folder.address_file.read_text().strip()}"

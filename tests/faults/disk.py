"""A disk that is full: a small file system in memory, filled and emptied while the device records."""

import contextlib
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.faults.device import Device
from tests.faults.judge import Promises, Verdict, judge

NOT_ALLOWED = "this account may not mount a file system in memory"


def full_disk(folder: Path, rounds: int, seed: int = 4) -> Verdict:
    """Record until nothing fits, make room, deliver; every record that was recorded is there at the end."""
    verdict, chance = Verdict(), random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with small_disk(folder / "disk", "4m") as disk:
            _rounds(Device.make(disk, store=folder / "store"), rounds, chance, verdict)
    except subprocess.CalledProcessError:
        verdict.skipped = NOT_ALLOWED
    return verdict


def _rounds(device: Device, rounds: int, chance: random.Random, verdict: Verdict) -> None:
    filler = device.rig.root / "filler"
    spool = device.rig.open_spool()
    recorder = device.rig.recorder(spool, ballast=2**18)
    promises = Promises()
    for _ in range(rounds):
        filler.write_bytes(bytes(chance.randrange(1_000_000, 3_000_000)))
        while recorder.waiting < 3:
            recorder.event("agent-started", "x" * chance.randrange(40_000))
        verdict.torn += len(list(device.rig.state.spool.rglob("*.part")))
        filler.unlink()
        if not recorder.flush():
            verdict.lost += recorder.waiting
        promises.put = set(spool._numbers)
        verdict.promised += len(promises.put)
        judge(device.rig, device.store, promises, verdict)
        while (found := spool.oldest()) is not None:
            spool.acknowledge(found[0])
        verdict.faults += 1


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Mount a small file system in memory; raises CalledProcessError where this account may not."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    subprocess.run(command, capture_output=True, check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)

"""A device that records and delivers as fast as it can, and says what it was told is durable. Made to be killed.

usage: python -m tests.faults.writer ROOT STORE RECORDS SEED

Each line of its output is a promise: `put E S` (the spool took the record), `stored E S` (the other side has it).
"""

import os
import random
import sys
from pathlib import Path

from agent.errors import SpoolError
from agent.spool import Number, Spool
from agent.state import sync_folder
from evidence.authority import Authority
from tests.agent.rig import Rig


def say(word: str, number: Number) -> None:
    """Promise something, in one write."""
    os.write(1, f"{word} {number.epoch} {number.seq}\n".encode())


def store(folder: Path, number: Number, data: bytes) -> None:
    """Keep a record durably, as a server would before it signs."""
    path = folder / f"{number.epoch}-{number.seq}"
    temporary = folder / f"{path.name}.part"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.write(descriptor, data)
    os.fsync(descriptor)
    os.close(descriptor)
    temporary.replace(path)
    sync_folder(folder)


def main(root: Path, folder: Path, records: int, seed: int) -> None:
    """Load the device and work."""
    rig = Rig.load(root)
    work(rig, rig.write_authority(), folder, records, seed)


def work(rig: Rig, authority: Authority, folder: Path, records: int, seed: int) -> None:
    """Record and deliver in a mixed order."""
    chance = random.Random(seed)
    try:
        spool = rig.open_spool()
    except SpoolError:
        return  # it said plainly that the disk cannot be used, and promised nothing
    recorder = rig.recorder(spool, authority=authority)
    for _ in range(records):
        number, _ = spool.next_link()
        recorder.event("agent-started", "x" * chance.randrange(20_000))
        if recorder.flush():
            say("put", number)
        while chance.random() < 0.5:
            deliver(spool, folder)


def deliver(spool: Spool, folder: Path) -> None:
    """Deliver the oldest record. What the disk refuses is tried again another time, as the agent does."""
    try:
        found = spool.oldest()
        if found is None:
            return
        number, data = found
        store(folder, number, data)
        say("stored", number)
        spool.acknowledge(number)
    except OSError:
        return


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))

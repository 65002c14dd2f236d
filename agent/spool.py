"""Sealed records that wait for the server: one durable file each, deleted only on a verified receipt.

The files are the truth. `head.json` keeps the end of the chain for when every file was delivered; a file with a higher
number outranks it, so no sequence number is ever used twice. Write, fsync, rename, fsync the folder: a rename without
the first loses records when the power fails.
"""

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.errors import SpoolError
from agent.state import sync_folder, write_replaced
from evidence import envelope
from evidence.errors import EvidenceError
from evidence.header import GENESIS
from evidence.ledger import ChainHead, head_of, link_after

SUFFIX = ".ovt"


@dataclass(frozen=True, slots=True, order=True)
class Number:
    """A record's place in the device's chain."""

    epoch: int
    seq: int


class Spool:
    """The records of one device. Safe to use from two threads: one adds, one delivers."""

    def __init__(self, folder: Path) -> None:
        """Open the folder: clear half-written files away, put damaged ones aside, find the end of the chain."""
        self._records = folder / "records"
        self._damaged = folder / "damaged"
        self._head_file = folder / "head.json"
        self._lock = threading.Lock()
        for one in (folder, self._records):
            one.mkdir(parents=True, exist_ok=True, mode=0o700)
        for leftover in self._records.glob("*.part"):
            leftover.unlink()
        self._new_epoch: int | None = None
        self._sizes = dict(self._scan())
        self._numbers = sorted(self._sizes)
        self._bytes = sum(self._sizes.values())
        self._head = self._find_head()

    def next_link(self) -> tuple[Number, str]:
        """Return the number and the `prev` of the record that comes next."""
        with self._lock:
            if self._new_epoch is not None:
                return Number(self._new_epoch, 0), GENESIS
            seq, prev = link_after(self._head)
            return Number(0 if self._head is None else self._head.epoch, seq), prev

    @property
    def size(self) -> int:
        """Bytes of all records that wait."""
        return self._bytes

    def __len__(self) -> int:
        """Count the records that wait."""
        return len(self._numbers)

    def put(self, number: Number, data: bytes, head: ChainHead) -> None:
        """Add a record durably: when this returns, it outlives a power cut.

        Raises:
            SpoolError: the disk did not take it; nothing has changed then.
        """
        path = self._path(number)
        temporary = path.with_suffix(".part")
        try:
            _write_synced(temporary, data)
            temporary.replace(path)
            sync_folder(self._records)
        except OSError as problem:
            temporary.unlink(missing_ok=True)
            raise SpoolError(
                f"the record could not be written: {problem.strerror}", hint="Make room on this disk."
            ) from problem
        with self._lock:
            self._numbers.append(number)
            self._sizes[number] = len(data)
            self._bytes += len(data)
            self._head, self._new_epoch = head, None

    def oldest(self) -> tuple[Number, bytes] | None:
        """Return the record that is to be delivered next; None where none waits."""
        while True:
            with self._lock:
                if not self._numbers:
                    return None
                number = self._numbers[0]
            try:
                return number, self._path(number).read_bytes()
            except OSError:
                self._put_aside(number)

    def acknowledge(self, number: Number) -> None:
        """Delete a record for which a receipt was verified."""
        with self._lock:
            head = self._head
            if head is not None and Number(head.epoch, head.seq) == number:
                self._keep_head(head)
            self._path(number).unlink(missing_ok=True)
            sync_folder(self._records)
            self._forget(number)

    def _scan(self) -> Iterator[tuple[Number, int]]:
        with os.scandir(self._records) as entries:  # Path.glob would look at 30,000 files twice
            for entry in entries:
                epoch, _, seq = entry.name.removesuffix(SUFFIX).partition("-")
                if entry.name.endswith(SUFFIX) and epoch.isdigit() and seq.isdigit():
                    yield Number(int(epoch), int(seq)), entry.stat().st_size

    def _find_head(self) -> ChainHead | None:
        kept = self._kept_head()
        if not self._numbers:
            return kept
        newest = self._numbers[-1]
        if kept is not None and Number(kept.epoch, kept.seq) >= newest:
            return kept
        try:
            return head_of(envelope.parse(self._path(newest).read_bytes()).header)
        except (EvidenceError, OSError):
            # The end of the chain cannot be read: the next record starts an epoch of its own, and the gap shows.
            self._new_epoch = newest.epoch + 1
            self._put_aside(newest)
            return None

    def _put_aside(self, number: Number) -> None:
        self._damaged.mkdir(exist_ok=True, mode=0o700)
        path = self._path(number)
        if path.exists():
            path.replace(self._damaged / path.name)
        with self._lock:
            self._forget(number)

    def _forget(self, number: Number) -> None:
        self._numbers.remove(number)
        self._bytes -= self._sizes.pop(number)

    def _kept_head(self) -> ChainHead | None:
        try:
            return ChainHead(**json.loads(self._head_file.read_text(encoding="ascii")))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def _keep_head(self, head: ChainHead) -> None:
        spelled = {"device": head.device, "epoch": head.epoch, "seq": head.seq, "digest": head.digest}
        write_replaced(self._head_file, json.dumps(spelled).encode(), durable=True)

    def _path(self, number: Number) -> Path:
        return self._records / f"{number.epoch:010d}-{number.seq:020d}{SUFFIX}"


def _write_synced(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())

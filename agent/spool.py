"""Sealed records that wait for the server: one durable file each, deleted only on a verified receipt.

The files are the truth: the newest is the end of the chain. Only when all were delivered, `head.json` and its copy say
where it ended, so that no sequence number is ever used twice. Write, fsync, rename, fsync the folder: a rename
without the first loses records when the power fails.
"""

import contextlib
import hashlib
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from agent.errors import SpoolError
from agent.state import sync_folder, write_replaced
from evidence import envelope
from evidence.errors import EvidenceError
from evidence.header import GENESIS
from evidence.ledger import ChainHead, head_of, link_after

SUFFIX = ".ovt"
MOST_READS = 20
"""Tries to read a record before it is put aside; delivery leaves half a minute between them."""
READS_AT_START = 3


@dataclass(frozen=True, slots=True, order=True)
class Number:
    """A record's place in the device's chain."""

    epoch: int
    seq: int


class Spool:
    """The records of one device. Safe to use from two threads: one adds, one delivers."""

    def __init__(self, folder: Path, device_key: bytes) -> None:
        """Open the folder: clear half-written files away, put damaged ones aside, find the end of the chain.

        `device_key` is the 32-byte key that every record must be signed by. Raises SpoolError where no file tells any
        more where the chain ended.
        """
        self._device_key = device_key
        self.folder = folder
        self._records = folder / "records"
        self._damaged = folder / "damaged"
        self._refused = folder / "refused"
        self._head_files = (folder / "head.json", folder / "head-copy.json")
        self._lock = threading.Lock()
        self._put_aside_count = 0
        self._failed_reads = 0
        self._new_epoch: int | None = None
        try:
            self._tidy(folder)
            self._sizes = dict(self._scan())
            self._numbers = sorted(self._sizes)
            self._bytes = sum(self._sizes.values())
            self._head = self._find_head()
            self.refused = len(list(self._refused.glob(f"*{SUFFIX}")))
            """Captures that were given up, and lie on this disk."""
        except OSError as problem:
            raise SpoolError(
                f"the folder {folder} cannot be used: {problem.strerror}",
                hint="Look after this disk, then start again.",
            ) from problem

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

    @property
    def damaged(self) -> int:
        """How many records were put aside since the spool was opened."""
        return self._put_aside_count

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
            with contextlib.suppress(OSError):  # what is left of it goes at the next start
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
        """Return the record that is to be delivered next; None where none waits. Damaged ones are put aside.

        Raises:
            OSError: the disk did not give the record. It stays: what a full table of files or a bad cable does must not
                cost a record. Only one that could not be read `MOST_READS` times is put aside as well.
        """
        while True:
            with self._lock:
                if not self._numbers:
                    return None
                number = self._numbers[0]
            try:
                data = self._read(number)
            except (EvidenceError, FileNotFoundError):
                self._put_aside(number)
            except OSError:
                self._failed_reads += 1
                if self._failed_reads < MOST_READS:
                    raise
                self._put_aside(number)
            else:
                self._failed_reads = 0
                return number, data

    def acknowledge(self, number: Number) -> None:
        """Delete a record for which a receipt was verified."""
        with self._lock:
            self._keep_if_last(number)
            self._path(number).unlink(missing_ok=True)
            sync_folder(self._records)
            self._forget(number)

    def give_up(self, number: Number) -> None:
        """Put a capture aside that no server may keep. It stays on this disk, sealed; its number stays used."""
        self._refused.mkdir(exist_ok=True, mode=0o700)
        with self._lock:
            self._keep_if_last(number)
            self._path(number).replace(self._refused / self._path(number).name)
            sync_folder(self._refused)
            sync_folder(self._records)
            self._forget(number)
            self.refused += 1

    def _tidy(self, folder: Path) -> None:
        """Make what is not there yet, and clear half-written records away."""
        fresh = not self._records.exists()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if fresh:
            self._begin()
        for leftover in self._records.glob("*.part"):
            leftover.unlink()

    def _scan(self) -> Iterator[tuple[Number, int]]:
        with os.scandir(self._records) as entries:  # Path.glob would look at 30,000 files twice
            for entry in entries:
                epoch, _, seq = entry.name.removesuffix(SUFFIX).partition("-")
                if entry.name.endswith(SUFFIX) and epoch.isdigit() and seq.isdigit():
                    yield Number(int(epoch), int(seq)), entry.stat().st_size

    def _begin(self) -> None:
        """Mark a chain that has no record yet; the folder of the records comes last."""
        for file in self._head_files:
            write_replaced(file, _spell(None), durable=True)
        self._records.mkdir(mode=0o700)
        sync_folder(self._records.parent)

    def _find_head(self) -> ChainHead | None:
        """Return the end of the chain: the newest file, which is delivered last, or what was kept of it."""
        if not self._numbers:
            return self._kept_head()
        newest = self._numbers[-1]
        for _ in range(READS_AT_START):
            try:
                return head_of(envelope.parse(self._read(newest)).header)
            except EvidenceError:
                break
            except OSError:  # the disk may give it when it is asked again
                continue
        # The end of the chain cannot be read: the next record starts an epoch of its own, and the gap shows.
        self._new_epoch = newest.epoch + 1
        self._put_aside(newest)
        return None

    def _read(self, number: Number) -> bytes:
        """Return a record; raises EvidenceError where it is not as it was sealed, OSError where it is not given."""
        data = self._path(number).read_bytes()
        head = envelope.parse(data)
        envelope.verify(head, self._device_key)
        envelope.verify_parts(head, data)
        return data

    def _put_aside(self, number: Number) -> None:
        self._failed_reads = 0
        self._damaged.mkdir(exist_ok=True, mode=0o700)
        path = self._path(number)
        if path.exists():
            path.replace(self._damaged / path.name)
        with self._lock:
            self._forget(number)
            self._put_aside_count += 1

    def _forget(self, number: Number) -> None:
        self._numbers.remove(number)
        self._bytes -= self._sizes.pop(number)

    def _kept_head(self) -> ChainHead | None:
        found = [head for head in map(_read, self._head_files) if head is not _UNREADABLE]
        if not found:
            raise SpoolError(
                f"the end of this device's chain is not known any more: {self._head_files[0]} is damaged or gone",
                hint="Enrol this device again; the new device continues the case.",
            )
        known = [head for head in found if head is not None]
        return max(known, key=lambda head: (head.epoch, head.seq), default=None)

    def _keep_if_last(self, number: Number) -> None:
        head = self._head
        if head is not None and Number(head.epoch, head.seq) == number:
            self._keep_head(head)

    def _keep_head(self, head: ChainHead) -> None:
        for file in self._head_files:
            write_replaced(file, _spell(head), durable=True)

    def _path(self, number: Number) -> Path:
        return self._records / f"{number.epoch:010d}-{number.seq:020d}{SUFFIX}"


_UNREADABLE = ChainHead("", -1, -1, "")


def _spell(head: ChainHead | None) -> bytes:
    """Return the stored form: the head, or null before the first record, and a digest that finds damage."""
    body = "null" if head is None else json.dumps(asdict(head), sort_keys=True)
    return f"{hashlib.sha256(body.encode()).hexdigest()}\n{body}\n".encode()


def _read(file: Path) -> ChainHead | None:
    try:
        digest, body = file.read_text(encoding="ascii").splitlines()
        if hashlib.sha256(body.encode()).hexdigest() != digest:
            return _UNREADABLE
        found = json.loads(body)
        return None if found is None else ChainHead(**found)
    except (OSError, ValueError, TypeError):
        return _UNREADABLE


def _write_synced(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())

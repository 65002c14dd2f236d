"""Writes an export pack: a folder for the court, the same for both sides."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from evidence import case_jsonld, pack
from evidence.checkpoint import SERVER_NAME, Checkpoint, sign_checkpoint
from evidence.header import Kind
from evidence.keys import OpeningKey
from evidence.pack import DATA, Entry, Fixed
from evidence.pack_verification import read_packed_authority, read_withdrawals
from overt.evidence_check import pack_name
from overt.evidence_files import InputError
from overt.evidence_report import Disclosed, Under, report
from overt.evidence_store import Store, StoredDevice


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    records: int
    disclosed: int
    captures: int
    """How many of the disclosed are captures."""
    name: str
    """What names the whole pack: see evidence_check.pack_name."""


@dataclass(slots=True)
class _Folder:
    """A new folder that is filled, and what its manifests say. Files are written in pieces: some are large."""

    root: Path
    payload: list[tuple[str, str]] = field(default_factory=list)
    tags: list[tuple[str, str]] = field(default_factory=list)
    size: int = 0

    def write(self, files_: Iterable[tuple[str, bytes]]) -> None:
        for name, data in files_:
            self.stream(name, [data])

    def stream(self, name: str, pieces: Iterable[bytes]) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with path.open("wb") as file:
            for piece in pieces:
                file.write(piece)
                digest.update(piece)
        if name.startswith(DATA):
            self.size += path.stat().st_size
        (self.payload if name.startswith(DATA) else self.tags).append((name, digest.hexdigest()))


def export(
    store: Store, device: StoredDevice, out: Path, *, keys_to_open: Sequence[OpeningKey], now: datetime,
    tell: Callable[[int, int], None],
) -> Exported:  # fmt: skip
    """Write a pack of one device into a new folder; with keys of its case, its records are opened for it.

    Heartbeats stay sealed: they say that the agent was alive, which their headers show. Of each record only its header
    is kept in memory; the report reads what was opened from the pack. `tell(done, total)` hears the progress. Raises
    InputError where the folder is there already or the device has no record, EvidenceError for a record that no key
    opens.
    """
    total = store.count(device)
    if not total:
        raise InputError(f"device {device.device} has no records: there is nothing to export")
    folder = _new_folder(out)
    entries: list[Entry] = []
    opened: list[Entry] = []
    for record in store.records(device):
        tell(len(entries), total)
        entry = Entry.of(record)
        entries.append(entry)
        folder.write(pack.record_files(record))
        if keys_to_open and entry.whole and entry.header.context.fields.kind is not Kind.HEARTBEAT:
            folder.write(pack.disclosed_files(pack.disclose(record, keys_to_open)))
            opened.append(entry)
    keys, authorities = store.keys(device), store.authorities(device)
    withdrawals, certificates = store.withdrawals(device), store.certificates(device)
    folder.write(
        pack.evidence_files(
            keys, authorities, _fixed(store, device, entries), withdrawals=withdrawals, certificates=certificates
        )
    )
    under = Under(
        [read_packed_authority(keys, file) for file in authorities.values()], read_withdrawals(keys, withdrawals)[0]
    )
    folder.stream("verify.sh", [(files("evidence") / "verify.sh").read_bytes()])
    folder.stream("case.jsonld", case_jsonld.describe(entries, made_at=now))
    shown = Disclosed(out, opened)
    folder.stream("report.html", report(entries, under, shown, device_key=device.public_key, made_at=now))
    folder.write(
        pack.manifests(folder.payload, tuple(folder.tags), made_at=now, size=folder.size, count=len(folder.payload))
    )
    (out / "verify.sh").chmod(0o755)
    return Exported(len(entries), len(opened), len(shown.captures), pack_name(out))


def _fixed(store: Store, device: StoredDevice, entries: Sequence[Entry]) -> Fixed:
    root = pack.chain_root(entry.header for entry in entries)
    note = sign_checkpoint(Checkpoint(device.device, len(entries), root), SERVER_NAME, store.checkpoint_key())
    daily = [
        (name, kept) for name, kept in store.kept_checkpoints(device) if int(name.partition("-")[0]) <= len(entries)
    ]
    return Fixed(note, daily, store.timestamps(device))  # one that was signed meanwhile fixes records that came later


def _new_folder(out: Path) -> _Folder:
    try:
        out.mkdir(parents=True, mode=0o700)
    except FileExistsError:
        raise InputError(f"{out} is there already", hint="Name a new folder: packs are never mixed.") from None
    except OSError as problem:
        raise InputError(f"{out}: {problem.strerror}") from None
    return _Folder(out)

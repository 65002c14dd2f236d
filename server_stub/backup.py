"""A backup of a whole server into a folder, while it runs; and a server made from one, on either kind of database.

The rows come from one snapshot of the database. Each envelope was stored before its row, so every envelope that the
snapshot names can be read afterwards. Each is compared with its digest as it is copied: a backup of damaged bytes would
be found out when it is needed.

The folder holds records.db (SQLite, whatever the server's own database is), blobs/, the keys and certificates, the
checkpoints, published libraries, and backup.json, which comes last: without it the backup does not count. Like the
server's folder it opens no capture; but its receipt key signs for the server, so keep it as safe.
"""

import hashlib
import json
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select, update

from evidence.fields import format_time
from server_stub import audit, audit_search
from server_stub.audit import Outcome
from server_stub.blobs import open_blobs
from server_stub.blobs_folder import BlobFolder
from server_stub.database import Database
from server_stub.errors import SetupError, StoreError
from server_stub.folder import ServerFolder
from server_stub.server import Server
from server_stub.settings import point_at_database
from server_stub.tables import Record
from server_stub.tables_copy import copy_tables

FORMAT = "overt-backup-1"
MANIFEST = "backup.json"
Progress = Callable[[int, int], None]
"""Told after each envelope how many are done, of how many."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds. `audit_head`: the newest digest of the audit chain in it."""

    format: str
    made_at: str
    schema: str
    records: int
    envelopes: int
    audit_entries: int
    audit_head: str


def back_up(server: Server, target: Path, *, now: datetime, progress: Progress) -> Backup:
    """Copy a server into a new folder; envelopes that an earlier, broken-off run left there are not copied again.

    Raises:
        SetupError: the folder holds a finished backup, or something else.
        StoreError: an envelope is missing or damaged: the backup is not finished then.
    """
    _begin(target)
    _copy_files(server.folder, target)
    with closing(_new_database(target)) as copy:
        rows = copy_tables(server.database, copy)
        envelopes = _copy_envelopes(server, copy, BlobFolder(ServerFolder(target).blobs), progress)
        chain = audit_search.verify(copy)
        if chain.broken:
            raise StoreError(f"the audit chain is broken at entry {chain.broken[0]}: see overt server audit verify")
        made = Backup(
            format=FORMAT,
            made_at=format_time(now),
            schema=copy.schema().wanted,
            records=rows[Record.__tablename__],
            envelopes=envelopes,
            audit_entries=chain.entries,
            audit_head=chain.head,
        )
    (target / MANIFEST).write_text(json.dumps(asdict(made), indent=1) + "\n", encoding="utf-8")
    with server.database.writing() as session:
        audit.write(session, at=now, actor="cli", action="backup", subject=chain.head, outcome=Outcome.DONE)
    return made


def read_backup(source: Path) -> Backup:
    """Return what a backup holds; raises SetupError where it is none, or was broken off."""
    try:
        found = Backup(**json.loads((source / MANIFEST).read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise SetupError(
            f"{source} is no finished backup.", hint=f"{MANIFEST} is written last, and is missing."
        ) from None
    except (ValueError, TypeError):
        raise SetupError(f"{source / MANIFEST} cannot be read.") from None
    if found.format != FORMAT:
        raise SetupError(f"{source} is a backup of another format: {found.format}")
    return found


def restore(source: Path, folder: ServerFolder, *, database: str, now: datetime, progress: Progress) -> Backup:
    """Make a server from a backup in an empty folder; `database` is an empty one's address, or empty for a file.

    The settings' other values are the backup's. Raises SetupError or StoreError; a half-made folder has no settings
    and counts as no server.
    """
    made = read_backup(source)
    if folder.root.exists() and any(folder.root.iterdir()):
        raise SetupError(f"{folder.root} is not empty.", hint="Restore into a new folder.")
    folder.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = ServerFolder(source)
    _copy_files(kept, folder.root)
    point_at_database(folder.settings_file, database)
    try:
        _restore_store(kept, folder, made, now, progress)
    except BaseException:
        folder.settings_file.unlink(missing_ok=True)
        raise
    return made


def _restore_store(kept: ServerFolder, folder: ServerFolder, made: Backup, now: datetime, progress: Progress) -> None:
    with closing(Database(f"sqlite:///{kept.database}")) as copy, closing(Database(folder.database_url())) as target:
        if target.schema().found is not None:
            raise SetupError("The database belongs to a server already.", hint="Name an empty one.")
        target.migrate()
        # An older backup is read as it was made, then brought up to date where it is not the original.
        copy.migrate()
        copy_tables(copy, target)
        chain = audit_search.verify(target)
        if chain.broken or chain.head != made.audit_head:
            raise StoreError("the backup's audit chain is not the one that its manifest names")
        blobs, source = open_blobs(folder), BlobFolder(kept.blobs)
        with target.reading() as session:
            digests = list(session.scalars(select(Record.digest).where(Record.tombstone.is_(None))))
        for number, digest in enumerate(digests, 1):
            blobs.put(digest, _checked(source.read(digest), digest))
            progress(number, len(digests))
        with target.writing() as session:
            audit.write(session, at=now, actor="cli", action="restore", subject=made.audit_head, outcome=Outcome.DONE)


def _begin(target: Path) -> None:
    if (target / MANIFEST).exists():
        raise SetupError(f"{target} holds a backup already.", hint="Name a new folder for each backup.")
    if target.exists() and any(target.iterdir()) and not (target / "receipt.key").exists():
        raise SetupError(f"{target} is not empty.", hint="Name a new folder.")
    target.mkdir(parents=True, exist_ok=True, mode=0o700)


def _copy_files(folder: ServerFolder, target: Path) -> None:
    """Copy keys, certificates, settings, checkpoints, published libraries; database and envelopes go another way."""
    wanted = [path for path in folder.root.iterdir() if path.suffix in {".key", ".pub", ".toml"}]
    for path in wanted:
        shutil.copy2(path, target / path.name)
    for name in (folder.tls_key.parent, folder.checkpoints, folder.updates):
        if name.exists():
            shutil.copytree(name, target / name.name, dirs_exist_ok=True)


def _new_database(target: Path) -> Database:
    file = ServerFolder(target).database
    for leftover in file.parent.glob(file.name + "*"):  # of a run that was broken off
        leftover.unlink()
    database = Database.sqlite(file)
    database.migrate()
    return database


def _copy_envelopes(server: Server, copy: Database, target: BlobFolder, progress: Progress) -> int:
    with copy.reading() as session:
        digests = list(session.scalars(select(Record.digest).where(Record.tombstone.is_(None)).order_by(Record.id)))
    for number, digest in enumerate(digests, 1):
        if not target.holds(digest):
            _copy_envelope(server, copy, target, digest)
        progress(number, len(digests))
    return len(digests)


def _copy_envelope(server: Server, copy: Database, target: BlobFolder, digest: str) -> None:
    try:
        target.put(digest, _checked(server.blobs.read(digest), digest))
    except StoreError:
        with server.database.reading() as session:
            stone = session.scalars(select(Record.tombstone).where(Record.digest == digest)).first()
        if stone is None:
            raise
        with copy.writing() as session:  # its content was destroyed since the snapshot
            session.execute(update(Record).where(Record.digest == digest).values(tombstone=stone))


def _checked(data: bytes, digest: str) -> bytes:
    if hashlib.sha256(data).hexdigest() != digest:
        raise StoreError(f"envelope {digest[:16]} is damaged: its bytes are not those that were stored")
    return data

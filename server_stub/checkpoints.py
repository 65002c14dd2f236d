"""Checkpoints: one signed line a day and device that fixes all records received so far, to be given to others.

What the server signed cannot be taken back by it once somebody else holds a copy: the defence, another agency, a
time-stamping service. `sign_all` is made to be run daily; where nothing was received since, it adds nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from evidence import envelope, merkle
from evidence.checkpoint import SERVER_NAME, Checkpoint, NamedKey, sign_checkpoint, verify_checkpoint
from evidence.keys import verifying_key
from server_stub import audit
from server_stub.audit import Outcome
from server_stub.blobs import open_blobs
from server_stub.database import Database
from server_stub.errors import UnacceptableError
from server_stub.folder import ServerFolder
from server_stub.tables import Device, Record


@dataclass(frozen=True, slots=True)
class SignedDevice:
    """One device's newest checkpoint, and whether this run made it."""

    device: str
    records: int
    file: Path
    new: bool


def sign_all(folder: ServerFolder, database: Database, *, now: datetime) -> list[SignedDevice]:
    """Sign a checkpoint for each device that has records; return the newest of each.

    Raises:
        UnacceptableError: an older checkpoint fixes another history than the records that are here. Nothing is signed.
    """
    with database.reading() as session:
        devices = list(session.scalars(select(Device.id).order_by(Device.id)))
    found = [(device, _leaves(folder, database, device)) for device in devices]
    signed = [_sign(folder, device, leaves, now) for device, leaves in found if leaves]
    fresh = [one.device for one in signed if one.new]
    with database.writing() as session:
        for device in fresh:
            audit.write(session, at=now, actor="cli", action="checkpoint", subject=device, outcome=Outcome.DONE)
    return signed


def kept(folder: ServerFolder, device: str) -> list[tuple[str, bytes]]:
    """Return a device's checkpoints, name and note, oldest first."""
    return [(path.name, path.read_bytes()) for path in sorted(_place(folder, device).glob("*.checkpoint"))]


def _leaves(folder: ServerFolder, database: Database, device: str) -> list[bytes]:
    blobs = open_blobs(folder)
    query = select(Record.digest).where(Record.device_id == device).order_by(Record.epoch, Record.seq)
    with database.reading() as session:
        digests = list(session.scalars(query))
    return [merkle.leaf_hash(envelope.parse(blobs.read(digest)).header.raw) for digest in digests]


def _sign(folder: ServerFolder, device: str, leaves: list[bytes], now: datetime) -> SignedDevice:
    key = folder.receipt_key()
    signer = NamedKey(SERVER_NAME, verifying_key(key))
    size = 0
    for name, note in kept(folder, device):
        before = verify_checkpoint(note, signer)
        if before.size > len(leaves) or merkle.root(leaves[: before.size]) != before.root:
            raise UnacceptableError(f"{device}: checkpoint {name} fixes another history than the records that are here")
        size = max(size, before.size)
    file = _place(folder, device) / f"{len(leaves):016d}-{now:%Y-%m-%d}.checkpoint"
    if size == len(leaves):
        newest = sorted(_place(folder, device).glob("*.checkpoint"))[-1]
        return SignedDevice(device, size, newest, new=False)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = file.with_suffix(".part")
    temporary.write_bytes(sign_checkpoint(Checkpoint(device, len(leaves), merkle.root(leaves)), SERVER_NAME, key))
    temporary.replace(file)
    return SignedDevice(device, len(leaves), file, new=True)


def _place(folder: ServerFolder, device: str) -> Path:
    return folder.checkpoints / device

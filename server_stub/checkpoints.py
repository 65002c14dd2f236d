"""Checkpoints: one signed line a day and device that fixes all records received so far, to be given to others.

What the server signed cannot be taken back by it once somebody else holds a copy: the defence, another agency, a
time-stamping service, the device itself. `sign_all` is made to be run daily; where nothing was received since, it adds
nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from evidence import envelope, merkle
from evidence.checkpoint import SERVER_NAME, Checkpoint, NamedKey, sign_checkpoint, verify_checkpoint
from evidence.errors import SignatureError
from evidence.keys import verifying_key
from server_stub import audit
from server_stub.audit import Outcome
from server_stub.blobs import open_blobs
from server_stub.database import Database
from server_stub.errors import UnacceptableError
from server_stub.folder import ServerFolder
from server_stub.tables import Device, FormerServer, Record

LEAVES = "leaves"
"""Leaf hashes of a device's records, 32 bytes each, up to the newest checkpoint."""
FORMER = "-former"
TIMESTAMP = ".tsr"
"""A time-stamp lies beside its checkpoint."""


@dataclass(frozen=True, slots=True)
class SignedDevice:
    """One device's newest checkpoint, and whether this run made it."""

    device: str
    records: int
    file: Path
    new: bool


@dataclass(frozen=True, slots=True)
class Continued:
    """The newest checkpoint, and the proof (RFC 9162) that it goes on from an older one; the proof may be empty."""

    note: bytes
    proof: tuple[bytes, ...]


def sign_all(folder: ServerFolder, database: Database, *, now: datetime) -> list[SignedDevice]:
    """Sign a checkpoint for each device that has records; return the newest of each.

    Raises:
        UnacceptableError: an older checkpoint fixes another history than the records that are here. Nothing is signed.
    """
    return _sign_devices(folder, database, select(Device.id).order_by(Device.id), now)


def sign_case(folder: ServerFolder, database: Database, case: str, *, now: datetime) -> list[SignedDevice]:
    """Do the same for the devices of one case."""
    return _sign_devices(folder, database, select(Device.id).where(Device.case_id == case), now)


def _sign_devices(folder: ServerFolder, database: Database, query: Select[str], now: datetime) -> list[SignedDevice]:
    with database.reading() as session:
        signers = {device: _signers(folder, session, device) for device in session.scalars(query)}
    found = [(device, _leaves(folder, database, device)) for device in signers]
    signed = [_sign(folder, device, leaves, signers[device], now) for device, leaves in found if leaves]
    fresh = [one.device for one in signed if one.new]
    with database.writing() as session:
        for device in fresh:
            audit.write(session, at=now, actor="cli", action="checkpoint", subject=device, outcome=Outcome.DONE)
    return signed


def kept(folder: ServerFolder, device: str) -> list[tuple[str, bytes]]:
    """Return a device's checkpoints, name and note, oldest first."""
    return [(path.name, path.read_bytes()) for path in sorted(_place(folder, device).glob("*.checkpoint"))]


def tokens(folder: ServerFolder, device: str) -> dict[str, bytes]:
    """Return the time-stamps of a device's checkpoints by the checkpoint's name."""
    found = _place(folder, device).glob(f"*{TIMESTAMP}")
    return {path.with_suffix(".checkpoint").name: path.read_bytes() for path in sorted(found)}


def stamp(folder: ServerFolder, device: str, ask: Callable[[bytes], bytes]) -> int:
    """Have every checkpoint of a device time-stamped that is not yet; return how many were."""
    done = tokens(folder, device)
    missing = [(name, note) for name, note in kept(folder, device) if name not in done]
    for name, note in missing:
        _write(_place(folder, device) / Path(name).with_suffix(TIMESTAMP), ask(note))
    return len(missing)


def files_of(folder: ServerFolder, device: str) -> list[Path]:
    """Return the files of a device's checkpoints and of their time-stamps."""
    place = _place(folder, device)
    return sorted([*place.glob("*.checkpoint"), *place.glob(f"*{TIMESTAMP}")])


def keep_former(folder: ServerFolder, device: str, name: str, content: bytes) -> None:
    """Keep a file of a server that had the device's case before; it sorts before one of the same day from here."""
    path = Path(name)
    place = _place(folder, device)
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = place / name
    if not kept.exists() or kept.read_bytes() != content:  # where the case comes back, they are here
        _write(place / f"{path.stem}{FORMER}{path.suffix}", content)


def continued(folder: ServerFolder, device: str, size: int) -> Continued | None:
    """Return the newest checkpoint with the proof that it goes on from the first `size` records; None: no newer one.

    Raises:
        UnacceptableError: no checkpoint fixes so many records.
    """
    found = kept(folder, device)
    if not found:
        return None
    note = found[-1][1]
    newest = verify_checkpoint(note, NamedKey(SERVER_NAME, verifying_key(folder.receipt_key())))
    if size > newest.size:
        raise UnacceptableError(f"no checkpoint fixes {size} records")
    stored = (_place(folder, device) / LEAVES).read_bytes()
    leaves = [stored[at : at + 32] for at in range(0, newest.size * 32, 32)]
    return Continued(note, merkle.consistency_proof(leaves, size) if 0 < size < newest.size else ())


def _leaves(folder: ServerFolder, database: Database, device: str) -> list[bytes]:
    blobs = open_blobs(folder)
    query = select(Record.digest, Record.head_length, Record.tombstone).where(Record.device_id == device)
    with database.reading() as session:
        rows = session.execute(query.order_by(Record.epoch, Record.seq)).all()
    heads = (blobs.read(digest, 0, length) if stone is None else stone for digest, length, stone in rows)
    return [merkle.leaf_hash(envelope.parse(head).header.raw) for head in heads]


def _signers(folder: ServerFolder, session: Session, device: str) -> list[NamedKey]:
    """Return who may have signed checkpoints of a device: this server, and those that had its case before."""
    case = select(Device.case_id).where(Device.id == device).scalar_subquery()
    former = session.scalars(select(FormerServer.receipt_key).where(FormerServer.case_id == case)).all()
    return [NamedKey(SERVER_NAME, public) for public in (verifying_key(folder.receipt_key()), *former)]


def _verified(note: bytes, signers: Sequence[NamedKey]) -> tuple[Checkpoint, NamedKey]:
    for signer in signers[:-1]:
        try:
            return verify_checkpoint(note, signer), signer
        except SignatureError:
            continue
    return verify_checkpoint(note, signers[-1]), signers[-1]


def _sign(
    folder: ServerFolder, device: str, leaves: list[bytes], signers: Sequence[NamedKey], now: datetime
) -> SignedDevice:
    key = folder.receipt_key()
    size = 0
    for name, note in kept(folder, device):
        before, signer = _verified(note, signers)
        if before.size > len(leaves) or merkle.root(leaves[: before.size]) != before.root:
            raise UnacceptableError(f"{device}: checkpoint {name} fixes another history than the records that are here")
        size = max(size, before.size) if signer == signers[0] else size
    place = _place(folder, device)
    if size == len(leaves):
        return SignedDevice(device, size, sorted(place.glob("*.checkpoint"))[-1], new=False)
    file = place / f"{len(leaves):016d}-{now:%Y-%m-%d}.checkpoint"
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(place / LEAVES, b"".join(leaves))  # first: a checkpoint without its leaves could not be continued
    _write(file, sign_checkpoint(Checkpoint(device, len(leaves), merkle.root(leaves)), SERVER_NAME, key))
    return SignedDevice(device, len(leaves), file, new=True)


def _write(file: Path, data: bytes) -> None:
    temporary = file.with_suffix(".part")
    temporary.write_bytes(data)
    temporary.replace(file)


def _place(folder: ServerFolder, device: str) -> Path:
    return folder.checkpoints / device

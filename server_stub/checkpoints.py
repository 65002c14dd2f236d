"""Checkpoints: one signed line a day and device that fixes all records received so far, to be given to others.

What the server signed cannot be taken back by it once somebody else holds a copy: the defence, another agency, a
time-stamping service, the device itself. `sign_all` is made to be run daily; where nothing was received since, it adds
nothing.

They are rows of the database, so that all server processes tell a device of the same ones, and no two of them sign
different ones of the same size. The files under DATA/checkpoints are copies to be handed out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from evidence import envelope, merkle
from evidence.checkpoint import SERVER_NAME, Checkpoint, NamedKey, sign_checkpoint, verify_checkpoint
from evidence.errors import EvidenceError, SignatureError
from evidence.keys import verifying_key
from server_stub import audit
from server_stub.audit import Outcome
from server_stub.blobs import open_blobs
from server_stub.database import Database
from server_stub.errors import UnacceptableError
from server_stub.folder import ServerFolder
from server_stub.tables import CheckpointLeaves, Device, FormerServer, KeptCheckpoint, Record

LEAVES = "leaves"
"""The file in which servers before schema 0021 kept leaf hashes."""
FORMER = "-former"
NOTE, TOKEN = ".checkpoint", ".tsr"
"""A time-stamp lies beside its checkpoint."""


@dataclass(frozen=True, slots=True)
class SignedDevice:
    """One device's newest checkpoint, and whether this run made it. `file` is a copy to be handed out."""

    device: str
    records: int
    file: Path
    new: bool


@dataclass(frozen=True, slots=True)
class Continued:
    """The newest checkpoint, and the proof (RFC 9162) that it goes on from an older one; the proof may be empty."""

    note: bytes
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class _Ready:
    """A checkpoint that was signed and is not yet stored."""

    name: str
    leaves: list[bytes]
    note: bytes


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
    made = {device: _make(folder, database, device, own, now) for device, own in signers.items()}
    with database.writing() as session:
        fresh = {device for device, one in made.items() if one is not None and _store(session, device, one, now)}
        done = [(device, Outcome.DONE) for device in sorted(fresh)]
        if done:
            audit.write_all(session, done, at=now, actor="cli", action="checkpoint")
        newest = [(device, _newest(session, device)) for device in signers]
    return [_hand_out(folder, device, one, new=device in fresh) for device, one in newest if one is not None]


def _make(
    folder: ServerFolder, database: Database, device: str, signers: Sequence[NamedKey], now: datetime
) -> _Ready | None:
    """Sign a device's records; None where it has none. Raises UnacceptableError."""
    before = kept(database, device)  # before the records, which are only ever more
    leaves = _leaves(folder, database, device)
    for name, note in before:
        known = _verified(note, signers)
        if known.size > len(leaves) or merkle.root(leaves[: known.size]) != known.root:
            raise UnacceptableError(f"{device}: checkpoint {name} fixes another history than the records that are here")
    if not leaves:
        return None
    note = sign_checkpoint(Checkpoint(device, len(leaves), merkle.root(leaves)), SERVER_NAME, folder.receipt_key())
    return _Ready(f"{len(leaves):016d}-{now:%Y-%m-%d}{NOTE}", leaves, note)


def _store(session: Session, device: str, made: _Ready, now: datetime) -> bool:
    """Keep a checkpoint, unless one of as many records is here by now: writers take turns."""
    newest = _newest(session, device)
    if newest is not None and (newest.own_size or 0) >= len(made.leaves):
        return False
    session.add(
        KeptCheckpoint(device_id=device, name=made.name, own_size=len(made.leaves), note=made.note, kept_at=now)
    )
    session.merge(CheckpointLeaves(device_id=device, leaves=b"".join(made.leaves)))
    return True


def _newest(session: Session, device: str) -> KeptCheckpoint | None:
    """Return the newest checkpoint that this server signed."""
    query = select(KeptCheckpoint).where(KeptCheckpoint.device_id == device, KeptCheckpoint.own_size.is_not(None))
    return session.scalars(query.order_by(KeptCheckpoint.own_size.desc()).limit(1)).first()


def _hand_out(folder: ServerFolder, device: str, newest: KeptCheckpoint, *, new: bool) -> SignedDevice:
    """Put a copy of the newest checkpoint where it can be given to somebody."""
    file = _place(folder, device) / newest.name
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(file, newest.note)
    return SignedDevice(device, newest.own_size or 0, file, new)


def newest_at(database: Database) -> datetime | None:
    """Return when a checkpoint was signed last; None: never."""
    with database.reading() as session:
        return session.scalar(select(func.max(KeptCheckpoint.kept_at)))


def kept(database: Database, device: str) -> list[tuple[str, bytes]]:
    """Return a device's checkpoints, name and note, oldest first."""
    query = select(KeptCheckpoint.name, KeptCheckpoint.note).where(KeptCheckpoint.device_id == device)
    with database.reading() as session:
        return sorted((row.name, bytes(row.note)) for row in session.execute(query))


def tokens(database: Database, device: str) -> dict[str, bytes]:
    """Return the time-stamps of a device's checkpoints by the checkpoint's name."""
    query = select(KeptCheckpoint.name, KeptCheckpoint.token).where(
        KeptCheckpoint.device_id == device, KeptCheckpoint.token.is_not(None)
    )
    with database.reading() as session:
        return {row.name: bytes(row.token) for row in session.execute(query)}


def stamp(folder: ServerFolder, database: Database, device: str, ask: Callable[[bytes], bytes]) -> int:
    """Have every checkpoint of a device time-stamped that is not yet; return how many were."""
    done = tokens(database, device)
    missing = [(name, note) for name, note in kept(database, device) if name not in done]
    for name, note in missing:
        token = ask(note)
        with database.writing() as session:
            session.get_one(KeptCheckpoint, (device, name)).token = token
        place = _place(folder, device)
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(place / Path(name).with_suffix(TOKEN), token)
    return len(missing)


def files_of(database: Database, device: str) -> dict[str, bytes]:
    """Return a device's checkpoints and their time-stamps as files, by name."""
    stamps = {str(Path(name).with_suffix(TOKEN)): token for name, token in tokens(database, device).items()}
    return dict(kept(database, device)) | stamps


def keep_former(database: Database, device: str, files: Mapping[str, bytes], *, now: datetime) -> None:
    """Keep files of a server that had the device's case before; they sort before one of the same day from here."""
    with database.writing() as session:
        for name, note in sorted(files.items()):
            if Path(name).suffix == NOTE:
                _keep_former(session, device, name, note, files.get(str(Path(name).with_suffix(TOKEN))), now)


def _keep_former(session: Session, device: str, name: str, note: bytes, token: bytes | None, now: datetime) -> None:
    here = session.get(KeptCheckpoint, (device, name))
    if here is not None and here.note == note:  # the case comes back
        here.token = here.token or token
        return
    path = Path(name)
    former = f"{path.stem}{FORMER}{path.suffix}"
    session.merge(KeptCheckpoint(device_id=device, name=former, own_size=None, note=note, token=token, kept_at=now))


def take_in_files(folder: ServerFolder, database: Database) -> None:
    """Take checkpoints in that a server before schema 0021 kept as files; one that cannot be right is left."""
    found = {place.name: place for place in folder.checkpoints.glob("*/")}
    if not found:
        return
    missing = select(Device.id).where(Device.id.not_in(select(KeptCheckpoint.device_id)))
    with database.reading() as session:
        devices = sorted(found.keys() & set(session.scalars(missing)))
    for device in devices:
        place = found[device]
        with database.writing() as session:
            if session.scalars(missing.where(Device.id == device)).first() is None:  # another process was quicker
                continue
            own = NamedKey(SERVER_NAME, verifying_key(folder.receipt_key()))
            session.add_all(_rows_of(place, own))
            if (place / LEAVES).exists():
                session.merge(CheckpointLeaves(device_id=place.name, leaves=(place / LEAVES).read_bytes()))


def _rows_of(place: Path, own: NamedKey) -> Iterator[KeptCheckpoint]:
    sizes = set[int]()
    for file in sorted(place.glob(f"*{NOTE}")):
        note, token = file.read_bytes(), file.with_suffix(TOKEN)
        size: int | None = None
        with suppress(EvidenceError):  # by a server that had the case before
            size = verify_checkpoint(note, own).size
        if size in sizes:
            continue
        sizes |= set() if size is None else {size}
        made = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        yield KeptCheckpoint(
            device_id=place.name, name=file.name, own_size=size, note=note, kept_at=made,
            token=token.read_bytes() if token.exists() else None,
        )  # fmt: skip


def continued(database: Database, device: str, size: int) -> Continued | None:
    """Return the newest checkpoint with the proof that it goes on from the first `size` records; None: there is none.

    Raises:
        UnacceptableError: no checkpoint fixes so many records.
    """
    with database.reading() as session:
        found = _newest(session, device)
        if found is None:
            return None
        note, newest = bytes(found.note), found.own_size or 0
        if size > newest:
            raise UnacceptableError(f"no checkpoint fixes {size} records")
        if not 0 < size < newest:
            return Continued(note, ())
        stored = bytes(session.get_one(CheckpointLeaves, device).leaves)
    leaves = [stored[at : at + 32] for at in range(0, newest * 32, 32)]
    return Continued(note, merkle.consistency_proof(leaves, size))


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


def _verified(note: bytes, signers: Sequence[NamedKey]) -> Checkpoint:
    for signer in signers[:-1]:
        try:
            return verify_checkpoint(note, signer)
        except SignatureError:
            continue
    return verify_checkpoint(note, signers[-1])


def _write(file: Path, data: bytes) -> None:
    temporary = file.with_suffix(".part")
    temporary.write_bytes(data)
    temporary.replace(file)


def _place(folder: ServerFolder, device: str) -> Path:
    return folder.checkpoints / device

"""Signed sets of libraries for devices, one TUF repository (theupdateframework.io) a case.

Keys: *root* and *targets* are kept off the server, with the issuing key: who steals the server cannot give a device
another library. *snapshot* and *timestamp* are on it: they say which set is the newest, and that this was so today.
Devices get the root metadata when they are enrolled and believe nothing else as a beginning.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp

from evidence import canonical
from evidence.keys import Entropy, load_signing_key
from server_stub.errors import NotFoundError, SetupError, UnacceptableError
from server_stub.folder import ServerFolder, write_secret

SET = "set.json"
"""The target that lists the files of a set."""
SET_FORMAT = "overt-set-1"
ROOT_LIFE = timedelta(days=10 * 365)
SET_LIFE = timedelta(days=366)
"""As long as an authority may last."""
FRESH = timedelta(days=3)
"""After this a device no longer believes that what it has is the newest: a server that holds a set back is noticed."""
_RENEW = timedelta(days=2)
LARGEST_FILE = 64 * 2**20
MOST_FILES = 500


@dataclass(frozen=True, slots=True)
class UpdateKeys:
    """The two keys that are kept off the server."""

    root: Ed25519PrivateKey
    targets: Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class Published:
    """A set that devices of a case will fetch."""

    version: int
    files: tuple[str, ...]


def make_root(folder: ServerFolder, keys: UpdateKeys, *, now: datetime, entropy: Entropy) -> None:
    """Make the root that devices pin, and the key that stays on the server; raises SetupError where there is one."""
    if folder.updates_root.exists():
        raise SetupError("This server publishes updates already.", hint="Devices trust the root that it has.")
    folder.updates.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_secret(folder.updates_key_file, entropy(32))
    online = _signer(load_signing_key(folder.updates_key_file.read_bytes()))
    root = Root(expires=_until(now + ROOT_LIFE), consistent_snapshot=True)
    for role, signer in (
        ("root", _signer(keys.root)), ("targets", _signer(keys.targets)), ("snapshot", online), ("timestamp", online)
    ):  # fmt: skip
        root.add_key(signer.public_key, role)
    _write(folder.updates_root, _signed(root, _signer(keys.root)))


def root_of(folder: ServerFolder) -> bytes | None:
    """Return the root metadata that devices pin; None where this server publishes no updates."""
    return folder.updates_root.read_bytes() if folder.updates_root.exists() else None


def publish(
    folder: ServerFolder, case: str, files: Mapping[str, bytes], *, targets_key: Ed25519PrivateKey, now: datetime
) -> Published:
    """Publish files by name (`libraries/weapons.toml`) as the next set of a case.

    Raises SetupError where the server has no root, UnacceptableError for no files, too many, or one that is too large.
    """
    root = root_of(folder)
    if root is None:
        raise SetupError("This server publishes no updates yet.", hint="First: overt server updates init")
    if not 0 < len(files) <= MOST_FILES or any(len(data) > LARGEST_FILE for data in files.values()):
        raise UnacceptableError(f"a set has 1 to {MOST_FILES} files of at most {LARGEST_FILE // 2**20} MB")
    place = _place(folder, case)
    version = _newest(place, "targets") + 1
    listing = canonical.encode({"format": SET_FORMAT, "version": version, "files": sorted(files)})
    targets = Targets(version=version, expires=_until(now + SET_LIFE))
    for name, data in {**files, SET: listing}.items():
        target = TargetFile.from_data(name, data, ["sha256"])
        targets.targets[name] = target
        path = _target(place, name, target.hashes["sha256"])
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(path, data)
    signed = _signed(targets, _signer(targets_key))
    _check_signer(root, signed)
    _metadata(place, "1.root.json", root)
    _metadata(place, f"{version}.targets.json", signed)
    _say_newest(folder, place, version, now)
    return Published(version, tuple(sorted(files)))


def read(folder: ServerFolder, case: str, name: str, *, now: datetime) -> bytes:
    """Return a file of a case's repository by its path, the timestamp renewed where it grows old.

    Raises NotFoundError.
    """
    place = _place(folder, case)
    path = (place / name).resolve()
    if not path.is_relative_to(place.resolve()) or not path.is_file():
        raise NotFoundError("no such file of an update")
    if name == "metadata/timestamp.json":
        _renew(folder, place, now)
    return path.read_bytes()


def published(folder: ServerFolder, case: str) -> Published | None:
    """Return the newest set of a case; None where none was published."""
    place = _place(folder, case)
    version = _newest(place, "targets")
    if version == 0:
        return None
    targets = Metadata[Targets].from_file(str(place / "metadata" / f"{version}.targets.json"))
    return Published(version, tuple(sorted(name for name in targets.signed.targets if name != SET)))


def newest_files(folder: ServerFolder, case: str) -> dict[str, str]:
    """Return the SHA-256 of each file of a case's newest set, by name; nothing where none was published."""
    place = _place(folder, case)
    version = _newest(place, "targets")
    if version == 0:
        return {}
    targets = Metadata[Targets].from_file(str(place / "metadata" / f"{version}.targets.json")).signed.targets
    return {name: target.hashes["sha256"] for name, target in targets.items() if name != SET}


def newest_paths(folder: ServerFolder, case: str) -> dict[str, Path]:
    """Return where each file of a case's newest set lies, by name; nothing where none was published."""
    files = newest_files(folder, case)
    return {name: _target(_place(folder, case), name, digest) for name, digest in files.items()}


def _say_newest(folder: ServerFolder, place: Path, version: int, now: datetime) -> None:
    """Sign that this set is the newest: the snapshot, then the timestamp, which devices read first."""
    online = _signer(load_signing_key(folder.updates_key_file.read_bytes()))
    number = _newest(place, "snapshot") + 1
    snapshot = Snapshot(version=number, expires=_until(now + SET_LIFE), meta={"targets.json": MetaFile(version)})
    _metadata(place, f"{number}.snapshot.json", _signed(snapshot, online))
    _sign_timestamp(place, online, number, now)


def _sign_timestamp(place: Path, online: CryptoSigner, snapshot: int, now: datetime) -> None:
    file = place / "metadata" / "timestamp.json"
    before = Metadata[Timestamp].from_file(str(file)).signed.version if file.exists() else 0
    timestamp = Timestamp(version=before + 1, expires=_until(now + FRESH), snapshot_meta=MetaFile(snapshot))
    _metadata(place, file.name, _signed(timestamp, online))


def _renew(folder: ServerFolder, place: Path, now: datetime) -> None:
    held = Metadata[Timestamp].from_file(str(place / "metadata" / "timestamp.json")).signed
    if held.expires < _until(now + _RENEW):
        online = _signer(load_signing_key(folder.updates_key_file.read_bytes()))
        _sign_timestamp(place, online, held.snapshot_meta.version, now)


def _check_signer(root: bytes, targets: bytes) -> None:
    """Refuse a targets key that devices would not believe: better here than on each of them."""
    trusted = Metadata[Root].from_bytes(root).signed
    signatures = json.loads(targets)["signatures"]
    if not {one["keyid"] for one in signatures} & set(trusted.roles["targets"].keyids):
        raise UnacceptableError(
            "this is not the key that devices believe for libraries", hint="Name the offline folder."
        )


def _signer(key: Ed25519PrivateKey) -> CryptoSigner:
    return CryptoSigner(key)


def _signed(content: Root | Targets | Snapshot | Timestamp, signer: CryptoSigner) -> bytes:
    metadata: Metadata[Any] = Metadata(content)
    metadata.sign(signer)
    return metadata.to_bytes()


def _until(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def _newest(place: Path, role: str) -> int:
    return max(_versions(place, role), default=0)


def _versions(place: Path, role: str) -> Iterator[int]:
    for path in (place / "metadata").glob(f"*.{role}.json"):
        number = path.name.partition(".")[0]
        if number.isdigit():
            yield int(number)


def _target(place: Path, name: str, digest: str) -> Path:
    return place / "targets" / Path(name).with_name(f"{digest}.{Path(name).name}")


def _place(folder: ServerFolder, case: str) -> Path:
    return folder.updates / "cases" / case


def _metadata(place: Path, name: str, data: bytes) -> None:
    (place / "metadata").mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(place / "metadata" / name, data)


def _write(path: Path, data: bytes) -> None:
    temporary = path.with_name(path.name + ".part")
    temporary.write_bytes(data)
    temporary.replace(path)

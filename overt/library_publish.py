"""Collects the files of a set, tries the set as a device will, and has it signed for a case."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from agent.errors import PolicyError
from engine.errors import LibraryError, Place
from evidence.canonical import Value
from overt import set_changes
from overt.hashes_set import read_about
from overt.library_files import load
from overt.update_set import HASH_SETS, LIBRARIES, POLICY, SIGNATURES, SetRefusedError, UpdateSet, try_out
from server_stub import publishing, updates
from server_stub.access import Principal
from server_stub.accounts import at_the_machine
from server_stub.folder import ServerFolder
from server_stub.server import Server, open_server
from server_stub.setup import OfflineFolder
from server_stub.updates import Published


@dataclass(frozen=True, slots=True)
class Wanted:
    """What shall be in the set: libraries as `library_files.load` takes them, and files."""

    libraries: Sequence[str]
    hash_sets: Sequence[Path]
    signatures: Sequence[Path]
    policy: Path | None


@dataclass(frozen=True, slots=True)
class Target:
    """Whose devices get the set: a case of the server in a data folder."""

    data: Path
    case: str


def publish(wanted: Wanted, target: Target, offline: Path, *, now: datetime, request: str | None = None) -> Published:
    """Publish a set; raises EngineError for one that must not be used, ServerError where it cannot be published."""
    files = _tried(wanted)
    with _opened(target) as server:
        key = OfflineFolder(offline).updates_targets_key()
        changes = _changes(server, target.case, files) if server.approvals.needed() else []
        return publishing.publish(
            server, at_the_machine(now), target.case, files, changes=changes, targets_key=key, request=request
        )


def ask(wanted: Wanted, target: Target, account: Callable[[Server], Principal], *, reason: str) -> str:
    """Ask a second person for a set; return the request. Raises as `publish`, and NotFoundError for another's case."""
    files = _tried(wanted)
    with _opened(target) as server:
        wish = publishing.asked_for(server.folder, target.case, files, _changes(server, target.case, files))
        return server.approvals.ask(account(server), replace(wish, reason=reason))


@contextmanager
def _opened(target: Target) -> Iterator[Server]:
    server = open_server(ServerFolder(target.data))
    with closing(server.database):
        yield server


def _tried(wanted: Wanted) -> dict[str, bytes]:
    files = dict(_files(wanted))
    _try(files)
    return files


def _files(wanted: Wanted) -> Iterator[tuple[str, bytes]]:
    if wanted.libraries:
        loaded = load(wanted.libraries)
        for library in loaded.libraries:
            if library.library_id in loaded.asked:
                yield f"{LIBRARIES}/{library.library_id}.toml", library.text.encode()
    for path in wanted.hash_sets:
        yield f"{HASH_SETS}/{read_about(path).set_id}.set", path.read_bytes()
    for path in wanted.signatures:
        yield f"{SIGNATURES}/{path.stem}.toml", path.read_bytes()
    if wanted.policy is not None:
        yield POLICY, wanted.policy.read_bytes()


def _changes(server: Server, case: str, files: Mapping[str, bytes]) -> Sequence[Value]:
    """Return what a set would change for the devices of a case, against the set that they have."""
    with tempfile.TemporaryDirectory(prefix="overt-set-") as place:
        before, after = Path(place) / "before", Path(place) / "after"
        for name, path in updates.newest_paths(server.folder, case).items():
            _room(before, name)
            shutil.copyfile(path, before / name)
        _lay_out(files, after)
        return set_changes.spell(UpdateSet(before), UpdateSet(after))


def _lay_out(files: Mapping[str, bytes], folder: Path) -> None:
    for name, data in files.items():
        _room(folder, name)
        (folder / name).write_bytes(data)


def _room(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)


def _try(files: dict[str, bytes]) -> None:
    """Lay the set out as a device will have it, and try it."""
    with tempfile.TemporaryDirectory(prefix="overt-set-") as place:
        _lay_out(files, Path(place))
        ids = [Path(name).stem for name in files if name.startswith(LIBRARIES)]
        try:
            try_out(UpdateSet(Path(place)), ids)
        except PolicyError as problem:
            raise SetRefusedError(f"{POLICY}: {problem}") from None
        except LibraryError as problem:
            where = Path(problem.place.origin).name
            raise LibraryError(
                Place(where, problem.place.line, problem.place.column), problem.what, problem.hint
            ) from None

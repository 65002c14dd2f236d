"""Collects the files of a set, tries the set as a device will, and has it signed for a case."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from agent.errors import PolicyError
from engine.errors import LibraryError, Place
from libraries import shipped
from overt.hashes_set import read_about
from overt.library_files import load
from overt.update_set import HASH_SETS, LIBRARIES, POLICY, SIGNATURES, SetRefusedError, UpdateSet, try_out
from server_stub import audit, updates
from server_stub.audit import Outcome
from server_stub.folder import ServerFolder
from server_stub.server import open_server
from server_stub.setup import OfflineFolder
from server_stub.tables import Case
from server_stub.updates import Published


@dataclass(frozen=True, slots=True)
class Wanted:
    """What shall be in the set: libraries as `library_files.load` takes them, and files."""

    libraries: Sequence[str]
    hash_sets: Sequence[Path]
    signatures: Sequence[Path]
    policy: Path | None


def publish(wanted: Wanted, data: Path, case: str, offline: Path, *, now: datetime) -> Published:
    """Publish a set; raises EngineError for one that must not be used, ServerError where it cannot be published."""
    files = dict(_files(wanted))
    _try(files)
    folder = ServerFolder(data)
    with closing(open_server(folder).database) as database, database.writing() as session:
        if session.get(Case, case) is None:
            raise SetRefusedError(f"there is no case {case}: overt server case list names them")
        key = OfflineFolder(offline).updates_targets_key()
        done = updates.publish(folder, case, files, targets_key=key, now=now)
        subject = f"{case} set {done.version}"
        audit.write(session, at=now, actor="cli", action="publish-libraries", subject=subject, outcome=Outcome.DONE)
    return done


def _files(wanted: Wanted) -> Iterator[tuple[str, bytes]]:
    for name in wanted.libraries:
        source = shipped()[name] if name in shipped() else Path(name)
        (library,) = [one for one in load([name]).libraries if one.library_id in load([name]).asked]
        yield f"{LIBRARIES}/{library.library_id}.toml", source.read_bytes()
    for path in wanted.hash_sets:
        yield f"{HASH_SETS}/{read_about(path).set_id}.set", path.read_bytes()
    for path in wanted.signatures:
        yield f"{SIGNATURES}/{path.stem}.toml", path.read_bytes()
    if wanted.policy is not None:
        yield POLICY, wanted.policy.read_bytes()


def _try(files: dict[str, bytes]) -> None:
    """Lay the set out as a device will have it, and try it."""
    with tempfile.TemporaryDirectory(prefix="overt-set-") as place:
        for name, data in files.items():
            path = Path(place) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
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

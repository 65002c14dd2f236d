"""Sets of libraries on this device's disk: which is in use, which was before, and whether one is as it was signed."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root, Targets

from agent.errors import UpdateError
from agent.state import write_replaced

TARGETS, ROOT = "targets.json", "root.json"
"""What was signed about the files of a set, and the root that signature was believed for: kept with them."""
KEPT = 2
"""Sets that stay on the disk: the one in use, and the one before."""
_CHANGED = "its files on this device are not those that were signed"


@dataclass(frozen=True, slots=True)
class FetchedSet:
    """A set whose signatures were checked when it was fetched, in a folder."""

    version: int
    folder: Path

    def check(self) -> None:
        """Compare the files with what was signed about them: disks fail, and the folder is the person's own.

        Raises UpdateError where a file is missing, changed, or none of the set's.
        """
        try:
            root = Metadata[Root].from_bytes((self.folder / ROOT).read_bytes())
            targets = Metadata[Targets].from_bytes((self.folder / TARGETS).read_bytes())
            root.signed.verify_delegate(Targets.type, targets.signed_bytes, targets.signatures)
            self._compare(targets.signed)
        except (RepositoryError, OSError):
            raise UpdateError(_CHANGED) from None

    def _compare(self, targets: Targets) -> None:
        here = {path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file()}
        if here != {*targets.targets, TARGETS, ROOT}:
            raise UpdateError(_CHANGED)
        for name, target in targets.targets.items():
            target.verify_length_and_hashes((self.folder / name).read_bytes())


class KeptSets:
    """The folder of sets, and the word in it of which is in use."""

    def __init__(self, folder: Path) -> None:
        """Keep them in `folder`."""
        self._folder = folder

    def active(self) -> FetchedSet | None:
        """Return the set that is in use; None where it is the libraries that came with the agent."""
        try:
            version = int((self._folder / "active").read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None
        return FetchedSet(version, self.place(version))

    def before(self, version: int) -> list[FetchedSet]:
        """Return the sets on the disk that are older than `version`, the newest first."""
        names = (path.name for path in (self._folder / "sets").glob("*") if path.name.isdigit())
        return [FetchedSet(one, self.place(one)) for one in sorted(map(int, names), reverse=True) if one < version]

    def use(self, version: int) -> None:
        """Mark a set as the one in use, also for the next start; others go, but for the one before. Raises OSError."""
        write_replaced(self._folder / "active", str(version).encode(), durable=True)
        kept = {version, *(one.version for one in self.before(version)[: KEPT - 1])}
        for old in (self._folder / "sets").glob("*"):
            if not (old.name.isdigit() and int(old.name) in kept):
                shutil.rmtree(old, ignore_errors=True)

    def use_none(self) -> None:
        """Go back to what came with the agent, also for the next start."""
        (self._folder / "active").unlink(missing_ok=True)

    def discard(self, version: int) -> None:
        """Remove a set that is not used."""
        shutil.rmtree(self.place(version), ignore_errors=True)

    def lay_down(self, version: int, files: Iterable[tuple[str, bytes]]) -> FetchedSet:
        """Lay the files of a set into its folder, which appears when all are there. Raises OSError."""
        place = self.place(version)
        half = place.with_suffix(".part")
        shutil.rmtree(half, ignore_errors=True)
        for name, data in files:
            path = half / name
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.write_bytes(data)
        shutil.rmtree(place, ignore_errors=True)
        half.replace(place)
        return FetchedSet(version, place)

    def place(self, version: int) -> Path:
        """Return the folder of a set."""
        return self._folder / "sets" / f"{version:010d}"

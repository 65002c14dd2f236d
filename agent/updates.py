"""Fetches signed sets of libraries from the server (TUF), and keeps them in the agent's folder until they are used.

The root of trust is the metadata that was pinned when the device was enrolled; what the server offers as a root is
believed only where the pinned one signed it. An older set, one that a server holds back too long, one that is signed
by another key and one that is larger than it says are refused by python-tuf; sizes beyond our own limits here.
"""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tuf.api.exceptions import (
    BadVersionNumberError,
    DownloadError,
    DownloadLengthMismatchError,
    ExpiredMetadataError,
    LengthOrHashMismatchError,
    RepositoryError,
    UnsignedMetadataError,
)
from tuf.ngclient import Updater
from tuf.ngclient.fetcher import FetcherInterface

from agent.errors import DeliveryError, UpdateError
from agent.state import write_replaced
from evidence import canonical
from evidence.errors import FormatError
from evidence.fields import Fields

SET, SET_FORMAT = "set.json", "overt-set-1"
LARGEST_FILE = 64 * 2**20
LARGEST_SET = 256 * 2**20
MOST_FILES = 500
KEPT = 2
"""Sets that stay on the disk: the one in use, and the one before."""
_NAME = re.compile(r"(?:(?:libraries|signatures|hash-sets)/[a-z0-9][a-z0-9._-]{0,63}|policy\.toml)")
_LISTING_LIMIT = 2**16
_WORDS: dict[type[Exception], str] = {
    BadVersionNumberError: "it is older than what this device had already",
    ExpiredMetadataError: "nobody has confirmed for too long that it is the newest",
    UnsignedMetadataError: "it is not signed by the keys that were pinned when this device was enrolled",
    LengthOrHashMismatchError: "a file is not the one that was signed",
    DownloadLengthMismatchError: "a file is larger than it may be",
}
Fetch = Callable[[int, str], bytes]
"""Gets a file of the repository by its path; the number is the version of the set in use. Raises DeliveryError."""


@dataclass(frozen=True, slots=True)
class FetchedSet:
    """A set whose signatures were checked, in a folder."""

    version: int
    folder: Path


class Updates:
    """The sets of one device."""

    def __init__(self, folder: Path, fetch: Fetch) -> None:
        """Keep them in `folder`, where root.json was pinned at enrolment."""
        self._folder = folder
        self._fetch = fetch

    @property
    def pinned(self) -> bool:
        """Whether a root was pinned: a server without updates gives none."""
        return (self._folder / "root.json").is_file()

    def active(self) -> FetchedSet | None:
        """Return the set that is in use; None where it is the libraries that came with the agent."""
        try:
            version = int((self._folder / "active").read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None
        found = FetchedSet(version, self._place(version))
        return found if found.folder.is_dir() else None

    def fetch(self) -> FetchedSet | None:
        """Fetch the newest set; None where it is the one in use, or none was published.

        Raises UpdateError where what is offered must not be used, DeliveryError where nothing could be fetched.
        """
        active = self.active()
        running = 0 if active is None else active.version
        fetcher = _Fetcher(lambda path: self._fetch(running, path))
        try:
            return self._fetch_newer(running, fetcher)
        except DownloadLengthMismatchError as problem:
            raise UpdateError(_words(problem)) from None
        except DownloadError:
            if fetcher.nothing_there:
                return None
            raise DeliveryError(f"the newest libraries could not be fetched: {fetcher.problem}") from None
        except RepositoryError as problem:
            raise UpdateError(_words(problem)) from None

    def use(self, fetched: FetchedSet) -> None:
        """Mark a set as the one in use, also for the next start; older ones go, but for the one before."""
        write_replaced(self._folder / "active", str(fetched.version).encode(), durable=True)
        for old in sorted((self._folder / "sets").iterdir())[:-KEPT]:
            shutil.rmtree(old, ignore_errors=True)

    def _fetch_newer(self, running: int, fetcher: "_Fetcher") -> FetchedSet | None:
        metadata, downloads = self._folder / "metadata", self._folder / "downloads"
        for place in (metadata, downloads):
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
        bootstrap = (self._folder / "root.json").read_bytes()
        updater = Updater(str(metadata), "metadata/", str(downloads), "targets/", fetcher=fetcher, bootstrap=bootstrap)
        updater.refresh()
        version, names = _listing(self._target(updater, SET, _LISTING_LIMIT))
        if version == running:
            return None
        if version < running:
            raise UpdateError(_WORDS[BadVersionNumberError])
        return self._collect(updater, version, names)

    def _collect(self, updater: Updater, version: int, names: tuple[str, ...]) -> FetchedSet:
        """Lay every file of a set into a new folder, which appears when all are there."""
        half = self._place(version).with_suffix(".part")
        shutil.rmtree(half, ignore_errors=True)
        total = 0
        for name in names:
            data = self._target(updater, name, LARGEST_FILE)
            total += len(data)
            if total > LARGEST_SET:
                raise UpdateError("it is larger than a set may be")
            path = half / name
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.write_bytes(data)
        shutil.rmtree(self._place(version), ignore_errors=True)
        half.replace(self._place(version))
        return FetchedSet(version, self._place(version))

    def _target(self, updater: Updater, name: str, limit: int) -> bytes:
        target = updater.get_targetinfo(name)
        if target is None:
            raise UpdateError(f"{name} is missing from it")
        if target.length > limit:
            raise UpdateError(f"{name} is larger than it may be: {target.length} bytes")
        path = Path(updater.download_target(target))
        try:
            return path.read_bytes()
        finally:
            path.unlink()

    def _place(self, version: int) -> Path:
        return self._folder / "sets" / f"{version:010d}"


class _Fetcher(FetcherInterface):
    """Lets python-tuf fetch through the agent's own signed connection."""

    def __init__(self, fetch: Callable[[str], bytes]) -> None:
        self._get = fetch
        self.nothing_there = False
        self.problem = ""

    def _fetch(self, url: str) -> Iterator[bytes]:
        try:
            data = self._get(url)
        except DeliveryError as problem:
            self.problem = str(problem)
            raise DownloadError(self.problem) from None
        except FileNotFoundError:
            self.nothing_there = url == "metadata/timestamp.json"
            self.problem = f"the server has no {url}"
            raise _missing(self.problem) from None
        return iter([data])


def _missing(problem: str) -> DownloadError:
    from tuf.api.exceptions import DownloadHTTPError  # noqa: PLC0415

    return DownloadHTTPError(problem, 404)  # a root with a higher version is asked for until there is none


def _listing(data: bytes) -> tuple[int, tuple[str, ...]]:
    try:
        fields = Fields(canonical.decode(data, place="set", limit=_LISTING_LIMIT), "set")
        fields.constant("format", SET_FORMAT)
        version = fields.integer("version", low=1)
        names = fields.texts("files", least=1, most=MOST_FILES)
        fields.done()
    except FormatError as problem:
        raise UpdateError(f"its list of files cannot be read: {problem}") from None
    strange = next((name for name in names if not _NAME.fullmatch(name)), None)
    if strange is not None:
        raise UpdateError("it names a file that no set has")
    return version, names


def _words(problem: Exception) -> str:
    for kind, words in _WORDS.items():
        if isinstance(problem, kind):
            return words
    return f"it cannot be believed ({type(problem).__name__})"

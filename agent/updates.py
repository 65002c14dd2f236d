"""Fetches signed sets of libraries from the server (TUF), and keeps them in the agent's folder until they are used.

The root of trust is the metadata that was pinned when the device was enrolled; what the server offers as a root is
believed only where the pinned one signed it. An older set, one that a server holds back too long, one that is signed
by another key and one that is larger than it says are refused by python-tuf; sizes beyond our own limits here.
"""

import re
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

from tuf.api.exceptions import (
    BadVersionNumberError,
    DownloadError,
    DownloadHTTPError,
    DownloadLengthMismatchError,
    ExpiredMetadataError,
    LengthOrHashMismatchError,
    RepositoryError,
    UnsignedMetadataError,
)
from tuf.ngclient import Updater
from tuf.ngclient.fetcher import FetcherInterface

from agent.errors import DeliveryError, TooLargeError, UpdateError
from agent.kept_sets import ROOT, TARGETS, FetchedSet, KeptSets
from evidence import canonical
from evidence.errors import FormatError
from evidence.fields import Fields

SET, SET_FORMAT = "set.json", "overt-set-1"
LARGEST_FILE = 64 * 2**20
LARGEST_SET = 256 * 2**20
MOST_FILES = 500
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


class Updates:
    """The way of sets from the server onto the disk of one device, in `kept`."""

    def __init__(self, folder: Path, fetch: Fetch) -> None:
        """Keep them in `folder`, where root.json was pinned at enrolment."""
        self._folder = folder
        self._fetch = fetch
        self.kept = KeptSets(folder)

    @property
    def pinned(self) -> bool:
        """Whether a root was pinned: a server without updates gives none."""
        return (self._folder / "root.json").is_file()

    def fetch(self, refused: int = 0) -> FetchedSet | None:
        """Fetch the newest set; None where it is the one in use, the one that was `refused`, or none was published.

        Raises UpdateError where what is offered must not be used, DeliveryError where nothing could be fetched, OSError
        where the disk takes nothing.
        """
        active = self.kept.active()
        running = 0 if active is None else active.version
        fetcher = _Fetcher(lambda path: self._fetch(running, path))
        try:
            return self._fetch_newer(running, refused, fetcher)
        except DownloadLengthMismatchError as problem:
            raise UpdateError(_words(problem)) from None
        except DownloadError:
            if fetcher.nothing_there and not (self._folder / "metadata" / "timestamp.json").exists():
                return None
            if fetcher.nothing_there:
                raise UpdateError("the server has no libraries any more, although it had some") from None
            raise DeliveryError(f"the newest libraries could not be fetched: {fetcher.problem}") from None
        except RepositoryError as problem:
            raise UpdateError(_words(problem)) from None

    def _fetch_newer(self, running: int, refused: int, fetcher: "_Fetcher") -> FetchedSet | None:
        metadata, downloads = self._folder / "metadata", self._folder / "downloads"
        for place in (metadata, downloads):
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
        bootstrap = (self._folder / "root.json").read_bytes()
        updater = Updater(str(metadata), "metadata/", str(downloads), "targets/", fetcher=fetcher, bootstrap=bootstrap)
        updater.refresh()
        listed = self._target(updater, SET, _LISTING_LIMIT)
        version, names = _listing(listed)
        if version in (running, refused):
            return None
        if version < running:
            raise UpdateError(_WORDS[BadVersionNumberError])
        signed = ((SET, listed), *((name, (metadata / name).read_bytes()) for name in (TARGETS, ROOT)))
        return self.kept.lay_down(version, chain(signed, self._files(updater, names)))

    def _files(self, updater: Updater, names: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
        total = 0
        for name in names:
            data = self._target(updater, name, LARGEST_FILE)
            total += len(data)
            if total > LARGEST_SET:
                raise UpdateError("it is larger than a set may be")
            yield name, data

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


class _Fetcher(FetcherInterface):
    """Lets python-tuf fetch through the agent's own signed connection."""

    def __init__(self, fetch: Callable[[str], bytes]) -> None:
        self._get = fetch
        self.nothing_there = False
        self.problem = ""

    def _fetch(self, url: str) -> Iterator[bytes]:
        try:
            data = self._get(url)
        except TooLargeError as problem:
            raise DownloadLengthMismatchError(str(problem)) from None
        except DeliveryError as problem:
            self.problem = str(problem)
            raise DownloadError(self.problem) from None
        except FileNotFoundError:
            self.nothing_there = url == "metadata/timestamp.json"
            self.problem = f"the server has no {url}"
            raise DownloadHTTPError(self.problem, 404) from None  # roots are asked for until there is none newer
        return iter([data])


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

"""The set file: hashes with where they come from, in a form that loads without parsing ten million lines.

A set is one zip archive (stored, not compressed) of `about.json` and one NumPy array a kind of hash, with its category
codes and qualities beside it. NumPy arrays are read with pickle off. The digest in `about.json` is over the arrays.
"""

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from engine.image.hashing import Algorithm
from engine.image.known import KnownSet, SetLabel
from overt.hashes_errors import HashSetError

FORMAT = "overt-hashes-1"
MOST_ABOUT = 1_000_000
MOST_CATEGORIES = 1000


class Kind(Enum):
    """A kind of hash; the value is its name in files."""

    PDQ = "pdq"
    PHASH = "phash"
    MD5 = "md5"
    SHA1 = "sha1"
    SHA256 = "sha256"

    @property
    def size(self) -> int:
        """Bytes."""
        return {"pdq": 32, "phash": 8, "md5": 16, "sha1": 20, "sha256": 32}[self.value]

    @property
    def algorithm(self) -> Algorithm | None:
        """The perceptual hash; `None` for a hash of a file's bytes."""
        return {Kind.PDQ: Algorithm.PDQ, Kind.PHASH: Algorithm.PHASH}.get(self)


@dataclass(frozen=True, slots=True)
class Column:
    """The hashes of one kind, one a row, with the category code and the quality (0 to 100) of each."""

    hashes: NDArray[np.uint8]
    codes: NDArray[np.uint16]
    quality: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class About:
    """What a set is: who gave it out, which version, whose categories, and the condition it serves."""

    set_id: str
    version: str
    source: str
    scheme: str
    severity: int = 5
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class HashSet:
    """A set in memory. `categories[code]` is the name of a category."""

    about: About
    categories: tuple[str, ...]
    columns: Mapping[Kind, Column]

    @property
    def digest(self) -> str:
        """SHA-256 over all hashes and codes, hex."""
        total = hashlib.sha256()
        for kind in Kind:
            column = self.columns.get(kind)
            if column is not None:
                total.update(kind.value.encode())
                for array in (column.hashes, column.codes, column.quality):
                    total.update(np.ascontiguousarray(array).data)
        return total.hexdigest()

    def known(self) -> list[KnownSet]:
        """Return what can be searched by likeness."""
        about = self.about
        label = SetLabel(about.set_id, about.version, about.source, about.scheme, about.severity, about.condition)
        return [
            KnownSet(label, kind.algorithm, column.hashes, self.categories, column.codes)
            for kind, column in self.columns.items()
            if kind.algorithm is not None
        ]


def write(path: Path, hashes: HashSet) -> None:
    """Write a set file whole or not at all: beside its place first, then renamed."""
    about = {"format": FORMAT, **asdict(hashes.about), "categories": hashes.categories, "digest": hashes.digest}
    beside = path.with_name(path.name + ".part")
    with zipfile.ZipFile(beside, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        archive.writestr("about.json", json.dumps(about, indent=1))
        for kind, column in hashes.columns.items():
            for name, array in (("hashes", column.hashes), ("codes", column.codes), ("quality", column.quality)):
                with archive.open(f"{kind.value}.{name}.npy", "w", force_zip64=True) as stream:
                    np.lib.format.write_array(stream, np.ascontiguousarray(array), allow_pickle=False)
    beside.replace(path)


def read_about(path: Path) -> About:
    """Return what a set file says of itself, without reading its hashes; raises `HashSetError` and OSError."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _about(path, _told(path, archive))
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError) as error:
        raise HashSetError(_NO_SET.format(path)) from error


_NO_SET = "{}: is no set of hashes, or damaged: make it again with `overt hashes import`"


def read(path: Path) -> HashSet:
    """Read a set file; raises `HashSetError` for one that is damaged, and OSError."""
    try:
        with zipfile.ZipFile(path) as archive:
            told = _told(path, archive)
            columns = {
                kind: _column(archive, kind) for kind in Kind if f"{kind.value}.hashes.npy" in archive.namelist()
            }
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError) as error:
        raise HashSetError(_NO_SET.format(path)) from error
    hashes = HashSet(_about(path, told), tuple(told.get("categories", ())), columns)
    if hashes.digest != told.get("digest"):
        raise HashSetError(f"{path}: its digest is not that of its hashes: get the file again")
    _check(path, hashes)
    return hashes


def _told(path: Path, archive: zipfile.ZipFile) -> dict[str, Any]:
    if archive.getinfo("about.json").file_size > MOST_ABOUT:
        raise HashSetError(f"{path}: about.json is larger than {MOST_ABOUT:,} bytes")
    told = json.loads(archive.read("about.json"))
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise HashSetError(f"{path}: the format is not {FORMAT}: it was made by another version of this program")
    return told


def _about(path: Path, told: dict[str, Any]) -> About:
    try:
        about = About(**{name: told[name] for name in About.__slots__})
    except KeyError as error:
        raise HashSetError(f"{path}: about.json does not say {error}") from error
    if not isinstance(about.severity, int) or not 1 <= about.severity <= 5:
        raise HashSetError(f"{path}: severity must be 1 to 5")
    return about


def _column(archive: zipfile.ZipFile, kind: Kind) -> Column:
    return Column(*(_array(archive.open(f"{kind.value}.{name}.npy")) for name in ("hashes", "codes", "quality")))


def _array(stream: IO[bytes]) -> NDArray[Any]:
    with stream:
        return np.asarray(np.lib.format.read_array(BytesIO(stream.read()), allow_pickle=False))


def _check(path: Path, hashes: HashSet) -> None:
    for kind, column in hashes.columns.items():
        rows = len(column.hashes)
        fits = column.hashes.dtype == np.uint8 and column.hashes.shape == (rows, kind.size)
        if not fits or column.codes.shape != (rows,) or column.quality.shape != (rows,):
            raise HashSetError(f"{path}: the {kind.value} hashes do not have {kind.size} bytes a row")
        if rows and int(column.codes.max()) >= len(hashes.categories):
            raise HashSetError(f"{path}: a {kind.value} hash has a category that the set does not name")


class Builder:
    """Collects rows as they stream in; 10 million PDQ hashes take 350 MB while collecting."""

    def __init__(self) -> None:
        self._hashes: dict[Kind, bytearray] = {}
        self._codes: dict[Kind, list[NDArray[np.uint16]]] = {}
        self._pending: dict[Kind, list[int]] = {}
        self._quality: dict[Kind, bytearray] = {}
        self._categories: dict[str, int] = {}
        self.rows = 0

    def add(self, kind: Kind, value: bytes, category: str = "", quality: int = 100) -> None:
        """Take one hash; raises `HashSetError` for too many categories."""
        code = self._categories.setdefault(category, len(self._categories))
        if code >= MOST_CATEGORIES:
            raise HashSetError(f"more than {MOST_CATEGORIES} categories: is --category the right column?")
        self._hashes.setdefault(kind, bytearray()).extend(value)
        self._quality.setdefault(kind, bytearray()).append(quality)
        pending = self._pending.setdefault(kind, [])
        pending.append(code)
        if len(pending) >= 65536:
            self._flush(kind)
        self.rows += 1

    def _flush(self, kind: Kind) -> None:
        self._codes.setdefault(kind, []).append(np.array(self._pending[kind], np.uint16))
        self._pending[kind] = []

    def build(self, about: About) -> HashSet:
        """Return the set; a hash that came twice with one category is kept once."""
        columns = {}
        for kind, data in self._hashes.items():
            self._flush(kind)
            rows = np.frombuffer(data, np.uint8).reshape(-1, kind.size)
            codes = np.concatenate(self._codes[kind])
            keep = _first_of_each(rows, codes)
            columns[kind] = Column(rows[keep], codes[keep], np.frombuffer(self._quality[kind], np.uint8)[keep])
        return HashSet(about, tuple(self._categories), columns)


def _first_of_each(rows: NDArray[np.uint8], codes: NDArray[np.uint16]) -> NDArray[np.intp]:
    both = np.concatenate([rows, codes.view(np.uint8).reshape(-1, 2)], axis=1)
    whole = np.ascontiguousarray(both).view(np.dtype((np.void, both.shape[1]))).ravel()
    return np.sort(np.unique(whole, return_index=True)[1])

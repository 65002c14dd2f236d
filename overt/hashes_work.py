"""What the hash commands do: import with progress, add pictures, match files, export."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from engine.errors import PictureError
from engine.image.hashing import Fingerprint, fingerprint
from engine.image.known import KnownMatch, KnownSet
from overt.hashes_errors import HashSetError
from overt.hashes_exact import ExactIndex
from overt.hashes_read import ListFormat, Row, rows
from overt.hashes_set import About, Builder, HashSet, Kind, read
from overt.picture_files import PictureFile, decode

FILE_KINDS = (Kind.MD5, Kind.SHA1, Kind.SHA256)


@dataclass(slots=True)
class Imported:
    """What came of an import."""

    taken: int = 0
    low_quality: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    """How many entries were left out, by reason."""


def import_list(
    path: Path, form: ListFormat, kind: Kind | None, about: About, least_quality: int, at: Callable[[int], None]
) -> tuple[HashSet, Imported]:
    """Read a list into a set; raises `HashSetError` with file and line, and where nothing was found."""
    builder, report = Builder(), Imported()
    for row in rows(path, form, kind, at):
        if not isinstance(row, Row):
            report.skipped[row.reason] = report.skipped.get(row.reason, 0) + 1
        elif row.kind is Kind.PDQ and row.quality < least_quality:
            report.low_quality += 1
        else:
            builder.add(row.kind, row.value, row.category, row.quality)
    report.taken = builder.rows
    if not builder.rows:
        raise HashSetError(f"{path}: holds no hash to take: is --format {form.value} right?")
    return builder.build(about), report


def add_pictures(path: Path, pictures: Iterable[Path], about: About | None, category: str) -> tuple[HashSet, list[str]]:
    """Return the set with the hashes of pictures added, and what could not be read. The pictures are not kept."""
    builder = Builder()
    if path.exists():
        old = read(path)
        about = old.about
        _pour(old, builder)
    if about is None:
        raise HashSetError(f"{path}: does not exist: give --id, --source and --set-version to make a new set")
    problems = []
    for picture in pictures:
        try:
            _add(builder, decode(picture), category)
        except PictureError as error:
            problems.append(str(error))
    return builder.build(about), problems


def _pour(old: HashSet, builder: Builder) -> None:
    for kind, column in old.columns.items():
        for row, code, quality in zip(column.hashes, column.codes, column.quality, strict=True):
            builder.add(kind, row.tobytes(), old.categories[code], int(quality))


def _add(builder: Builder, picture: PictureFile, category: str) -> None:
    prints = fingerprint(picture.pixels)
    for kind, value in zip(FILE_KINDS, (picture.md5, picture.sha1, picture.sha256), strict=True):
        builder.add(kind, value, category)
    builder.add(Kind.PDQ, prints.pdq[0].tobytes(), category, prints.quality)
    builder.add(Kind.PHASH, prints.phash[0].tobytes(), category, prints.quality)


@dataclass(frozen=True, slots=True)
class FileMatch:
    """A file that is in a set: by likeness (`picture`) or byte by byte (`kind`)."""

    set_id: str
    category: str
    kind: Kind
    row: int
    picture: KnownMatch | None


class Matcher:
    """Matches files against sets."""

    def __init__(self, sets: Iterable[HashSet], known: Sequence[KnownSet] | None = None) -> None:
        """Take sets; `known` are theirs where they were indexed already."""
        self._sets = list(sets)
        self._known = [known for one in self._sets for known in one.known()] if known is None else list(known)
        self._files = [
            {kind: ExactIndex(one.columns[kind].hashes) for kind in FILE_KINDS if kind in one.columns}
            for one in self._sets
        ]

    @property
    def known(self) -> list[KnownSet]:
        """What is searched by likeness."""
        return self._known

    def match(self, path: Path, radius: int | None) -> list[FileMatch]:
        """Return what a picture file matches; raises `PictureError` and OSError."""
        picture = decode(path)
        found = list(self.exact((picture.md5, picture.sha1, picture.sha256)))
        return found + self.alike(fingerprint(picture.pixels), radius)

    def alike(self, prints: Fingerprint, radius: int | None) -> list[FileMatch]:
        """Return which known pictures are near."""
        found = []
        for known in self._known:
            reach = None if radius is None else min(radius, known.algorithm.bits // 8 - 1, 31)
            match = known.match(prints, reach)
            if match is not None:
                kind = Kind(known.algorithm.value)
                found.append(FileMatch(known.label.set_id, match.category, kind, match.row, match))
        return found

    def exact(self, digests: Sequence[bytes]) -> Iterator[FileMatch]:
        """Yield where a file's MD5, SHA-1 or SHA-256, in this order, is in a set."""
        for one, indexes in zip(self._sets, self._files, strict=True):
            for kind, value in zip(FILE_KINDS, digests, strict=True):
                row = indexes[kind].row_of(value) if kind in indexes else None
                if row is not None:
                    category = one.categories[one.columns[kind].codes[row]]
                    yield FileMatch(one.about.set_id, category, kind, row, None)


def export(hashes: HashSet, stream: IO[str], kind: Kind | None) -> int:
    """Write PDQ hashes as ThreatExchange CSV, any other kind as CSV with names. Returns how many."""
    chosen = kind or next(iter(hashes.columns))
    column = hashes.columns.get(chosen)
    if column is None:
        raise HashSetError(f"the set {hashes.about.set_id} holds no {chosen.value} hashes")
    writer = csv.writer(stream, lineterminator="\n")
    if chosen is not Kind.PDQ:
        writer.writerow([chosen.value, "category", "quality"])
    for row, code, quality in zip(column.hashes, column.codes, column.quality, strict=True):
        text, category = row.tobytes().hex(), hashes.categories[code]
        writer.writerow([text, int(quality)] if chosen is Kind.PDQ else [text, category, int(quality)])
    return len(column.hashes)

"""Reads lists of hashes as others give them out: PDQ CSV, plain lists, CSV with headers, NSRL, and VICS JSON.

The VICS reader (Project VIC data model 1.2, 1.3 and 2.0) is written from public descriptions only: no licensed list was
ever at hand. What it does with each oddity is in docs/hash-sets.md.
"""

import codecs
import csv
import itertools
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import IO, Any

from overt.hashes_errors import HashSetError
from overt.hashes_set import Kind

HEX = re.compile(r"[0-9a-fA-F]+\Z")
LONGEST_LINE = 1_000_000
CHUNK = 1 << 20
_BY_LENGTH = {32: Kind.MD5, 40: Kind.SHA1, 16: Kind.PHASH}
"""64 digits may be PDQ or SHA-256: the caller has to say."""
_NAMES = {
    "pdq": Kind.PDQ, "pdqhash": Kind.PDQ, "pdq_hash": Kind.PDQ, "phash": Kind.PHASH, "md5": Kind.MD5,
    "sha1": Kind.SHA1, "sha-1": Kind.SHA1, "sha256": Kind.SHA256, "sha-256": Kind.SHA256,
}  # fmt: skip
_CATEGORY_NAMES = ("category", "cat", "type")
NO_CATEGORY = ""
_ARRAYS = (re.compile(r'"[Mm]edia"\s*:\s*\['), re.compile(r'"value"\s*:\s*\['))
"""Where the entries are: in the Media array of a case, else in `value` itself."""
_BETWEEN = re.compile(r"[\s,]*")


class ListFormat(Enum):
    """How a list is written."""

    PDQ = "pdq-csv"
    PLAIN = "plain"
    CSV = "csv"
    NSRL = "nsrl"
    VICS = "vics"


@dataclass(frozen=True, slots=True)
class Row:
    """One hash of a list. `quality` is 100 where the list does not say."""

    kind: Kind
    value: bytes
    category: str = NO_CATEGORY
    quality: int = 100


@dataclass(frozen=True, slots=True)
class Skipped:
    """An entry that was left out, and why: it was no mistake of the list."""

    line: int
    reason: str


def guess(path: Path) -> ListFormat:
    """Return the format by the first characters; raises OSError."""
    with path.open(encoding="utf-8-sig", errors="replace") as stream:
        head = stream.read(4096)
    first = head.lstrip()[:1]
    if first in {"{", "["}:
        return ListFormat.VICS
    line = head.partition("\n")[0].strip().lower().replace('"', "")
    names = [name.strip() for name in line.split(",")]
    if "sha-1" in names and "productcode" in names:
        return ListFormat.NSRL
    if any(name in _NAMES for name in names):
        return ListFormat.CSV
    return ListFormat.PDQ if "," in line and len(names[0]) == 64 else ListFormat.PLAIN


def rows(path: Path, form: ListFormat, kind: Kind | None, at: Callable[[int], None]) -> Iterator[Row | Skipped]:
    """Yield the hashes of a list; `at` is told how many bytes were read. Raises `HashSetError` with file:line."""
    with path.open("rb") as raw:
        if form is ListFormat.VICS:
            yield from _vics(path, raw, at)
            return
        lines = _lines(path, raw, at)
        if form is ListFormat.PLAIN:
            yield from _plain(path, lines, kind)
        elif form is ListFormat.PDQ:
            yield from _pdq(path, lines)
        else:
            yield from _table(path, lines)


def _lines(path: Path, raw: IO[bytes], at: Callable[[int], None]) -> Iterator[str]:
    done = 0
    for number in itertools.count(1):
        line = raw.readline(LONGEST_LINE)
        if not line:
            return
        done += len(line)
        if len(line) == LONGEST_LINE:
            raise HashSetError(
                f"{path}:{number}: a line of more than {LONGEST_LINE:,} bytes: this is no list of hashes"
            )
        if number % 10_000 == 0:
            at(done)
        yield line.decode("utf-8-sig" if number == 1 else "utf-8", "replace").rstrip("\r\n")


def _value(path: Path, number: int, kind: Kind, text: str) -> bytes:
    if len(text) != 2 * kind.size or not HEX.match(text):
        raise HashSetError(
            f"{path}:{number}: expected {2 * kind.size} hexadecimal digits of a {kind.value} hash, "
            f"found {len(text)} characters"
        )
    return bytes.fromhex(text)


def _plain(path: Path, lines: Iterator[str], kind: Kind | None) -> Iterator[Row | Skipped]:
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        found = kind or _BY_LENGTH.get(len(text))
        if found is None:
            raise HashSetError(f"{path}:{number}: {len(text)} characters are no hash we know: give --kind or --format")
        yield Row(found, _value(path, number, found, text))


def _pdq(path: Path, lines: Iterator[str]) -> Iterator[Row | Skipped]:
    """ThreatExchange: hash, quality, and anything after; or quality left out."""
    for number, line in enumerate(lines, 1):
        cells = [cell.strip() for cell in line.split(",")]
        if not line.strip() or (number == 1 and not HEX.match(cells[0])):
            continue
        quality = cells[1] if len(cells) > 1 and cells[1] else "100"
        if not quality.isdecimal() or int(quality) > 100:
            raise HashSetError(f"{path}:{number}: the second cell should be a quality from 0 to 100")
        yield Row(Kind.PDQ, _value(path, number, Kind.PDQ, cells[0]), NO_CATEGORY, int(quality))


def _table(path: Path, lines: Iterator[str]) -> Iterator[Row | Skipped]:
    """CSV with a line of names, NSRL's too: columns are found by name, empty cells left out."""
    reader = csv.reader(lines)
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        kinds = {at: _NAMES[name] for at, name in enumerate(names) if name in _NAMES}
        if not kinds:
            raise HashSetError(
                f"{path}:1: no column is named pdq, phash, md5, sha1 or sha256: is there a line of names?"
            )
        label = next((at for at, name in enumerate(names) if name in _CATEGORY_NAMES), None)
        for cells in reader:
            yield from _cells(path, reader.line_num, cells, kinds, label)
    except csv.Error as error:
        raise HashSetError(f"{path}:{reader.line_num}: {error}") from error


def _cells(path: Path, number: int, cells: list[str], kinds: dict[int, Kind], label: int | None) -> Iterator[Row]:
    category = cells[label].strip() if label is not None and label < len(cells) else NO_CATEGORY
    for at, kind in kinds.items():
        text = cells[at].strip() if at < len(cells) else ""
        if text:
            yield Row(kind, _value(path, number, kind, text), category)


def _vics(path: Path, raw: IO[bytes], at: Callable[[int], None]) -> Iterator[Row | Skipped]:
    for number, entry in enumerate(_objects(path, raw, at), 1):
        yield from _media(path, number, entry)


def _objects(path: Path, raw: IO[bytes], at: Callable[[int], None]) -> Iterator[dict[str, Any]]:
    """Yield the objects of the Media (or value) array, one after the other, without holding the file."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
    text, done, inside = "", 0, False
    while block := raw.read(CHUNK):
        done += len(block)
        at(done)
        text += decoder.decode(block)
        if not inside:
            start = _array_start(text)
            if start is None:
                continue
            text, inside = text[start:], True
        entries, text, ended = _whole_entries(text)
        yield from entries
        if ended:
            return
        if len(text) > 20 * CHUNK:
            raise HashSetError(f"{path}: an entry of more than 20 MB, or broken JSON, before byte {done:,}")
    raise HashSetError(f"{path}: broken JSON, cut off, or without a Media array: is it the whole file?")


def _array_start(text: str) -> int | None:
    if text.lstrip()[:1] == "[":
        return text.index("[") + 1
    found = next((match for array in _ARRAYS if (match := array.search(text))), None)
    return found.end() if found else None


def _whole_entries(text: str) -> tuple[list[dict[str, Any]], str, bool]:
    """Return the entries that are there whole, what is left, and whether the array has ended."""
    decoder, position = json.JSONDecoder(), 0
    entries: list[dict[str, Any]] = []
    while True:
        position = _BETWEEN.match(text, position).end()  # type: ignore[union-attr]  # it also matches nothing
        if text[position : position + 1] != "{":
            return entries, text[position:], text[position : position + 1] == "]"
        try:
            entry, position = decoder.raw_decode(text, position)
        except json.JSONDecodeError:
            return entries, text[position:], False
        entries.append(entry)


def _media(path: Path, number: int, entry: dict[str, Any]) -> Iterator[Row | Skipped]:
    fields = {name.lower(): value for name, value in entry.items()}
    if str(fields.get("mediasize", "")) == "0":
        yield Skipped(number, "a file of no bytes")
        return
    raw_category = fields.get("category")
    category = NO_CATEGORY if raw_category is None else str(raw_category)
    found = {kind: fields.get(kind.value) for kind in (Kind.SHA1, Kind.SHA256, Kind.PDQ) if fields.get(kind.value)}
    if fields.get("md5") and (found or fields.get("mediasize")):
        found[Kind.MD5] = fields["md5"]
    if not found:
        yield Skipped(number, "no hash that stands alone: MD5 is taken only beside a size or a SHA-1")
    for kind, text in found.items():
        yield Row(kind, _value(path, number, kind, str(text).strip()), category)

"""Cuts a corpus into units of about a megabyte that any process can screen by itself, without holding the corpus.

The same corpus is cut in the same way each time: results can be added up in any order, and a run can be resumed.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np

from overt.evaluation.json_arrays import Form, form_of, read_members
from overt.evaluation.sources import STDIN_NAME, Source, SourceError, Stream

UNIT = 1024 * 1024
"""Bytes of a unit, about."""
LONGEST = 16 * 1024 * 1024
"""Bytes of one line, message or file that is read; what is longer is counted as a problem and passed over."""
FILES = 100
MOST_NAMES, MOST_NAME = 12, 40
"""Columns that are named where the text's is missing, and characters of each."""
ROWS = 2000
NEWLINE = ord("\n")
JSON = ".json"
JSON_LINES = {".jsonl", ".ndjson"}
TABLES = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
MAILBOXES = {".mbox", ".mbx"}
MESSAGE = re.compile(rb"^From \S.*\d{4}\s*$", re.MULTILINE)


class Kind(Enum):
    """What a unit holds."""

    JSON = "json"
    LINES = "lines"
    MAIL = "mail"
    ROWS = "rows"
    FILES = "files"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table. `text` is None where the column is not there."""

    name: str
    text: str | None = field(repr=False)
    label: str | None
    source: str | None


@dataclass(frozen=True, slots=True)
class Unit:
    """A part of the corpus. Its bytes are in `data`, or between `start` and `end` of the file at `path`."""

    corpus: str
    name: str
    kind: Kind
    size: int
    """Bytes on the disk that it stands for, for progress."""
    first: int = 1
    """Number of its first line or message."""
    path: str = ""
    start: int = 0
    end: int = 0
    data: bytes = field(default=b"", repr=False)
    rows: tuple[Row, ...] = field(default=(), repr=False)
    files: tuple[tuple[str, str], ...] = ()
    """Name and path of each file that is a document of its own."""
    problem: str = ""
    """Instead of content: what was wrong."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read: which field or column holds text and label, what labels mean, whether a line is a document."""

    text_field: str | None = None
    label_field: str = "label"
    source_field: str = "source"
    mapping: tuple[tuple[str, str], ...] = ()
    by_line: bool = False
    stdin_format: str = ".jsonl"


def units(found: Iterable[Source | tuple[str, SourceError]], reading: Reading) -> Iterator[Unit]:
    """Yield the units of a corpus, problems in their places."""
    waiting: list[Source] = []
    for source in found:
        if isinstance(source, tuple):
            yield Unit("", source[0], Kind.FILES, 0, problem=str(source[1]))
        elif _is_whole(source, reading):
            waiting.append(source)
            if len(waiting) >= FILES or sum(one.size for one in waiting) >= UNIT:
                yield _files(waiting)
                waiting = []
        else:
            yield from _guarded(source, reading)
    if waiting:
        yield _files(waiting)


def _suffix(source: Source, reading: Reading) -> str:
    return reading.stdin_format if source.size == 0 and source.path is None and not source.suffix else source.suffix


def _is_whole(source: Source, reading: Reading) -> bool:
    """Tell whether the file is one document that a process can fetch by itself."""
    if source.path is None or reading.by_line:
        return False
    suffix = _suffix(source, reading)
    if suffix == JSON:
        return _form(source) is Form.WHOLE
    return suffix not in {*JSON_LINES, *TABLES, *MAILBOXES, ".parquet"}


def _form(source: Source) -> Form:
    """Tell what a .json file holds. Standard input is read once: it has to be an array."""
    if source.name == STDIN_NAME:
        return Form.ARRAY
    try:
        return form_of(next(Stream(source).blocks(), b""))
    except SourceError:  # who reads it says so
        return Form.WHOLE


def _files(waiting: list[Source]) -> Unit:
    files = tuple((one.name, str(one.path)) for one in waiting)
    return Unit(waiting[0].corpus, waiting[0].name, Kind.FILES, sum(one.size for one in waiting), files=files)


def _guarded(source: Source, reading: Reading) -> Iterator[Unit]:
    """Go on with the next file where one cannot be read; what was read of it stands."""
    held: Unit | None = None
    try:
        for unit in _cut(source, reading):
            if held is not None:
                yield held
            held = unit
        if held is not None:  # of a packed file it is known at its end only how much of the disk was read
            yield held if source.path is not None else replace(held, size=source.size)
    except SourceError as problem:
        if held is not None:
            yield held
        yield Unit(source.corpus, source.name, Kind.FILES, 0, problem=str(problem))


def _cut(source: Source, reading: Reading) -> Iterator[Unit]:
    suffix = _suffix(source, reading)
    if suffix == ".parquet":
        yield from _parquet(source, reading)
        return
    stream = Stream(source)
    if suffix in JSON_LINES:
        yield from _lines(stream, Kind.JSON)
    elif suffix == JSON and not reading.by_line and (form := _form(source)) is not Form.WHOLE:
        yield from _array(stream, reading) if form is Form.ARRAY else _lines(stream, Kind.JSON)
    elif suffix in TABLES:
        yield from _table(stream, reading, TABLES[suffix])
    elif suffix in MAILBOXES:
        yield from _messages(stream)
    elif reading.by_line:
        yield from _lines(stream, Kind.LINES)
    else:
        yield _whole(stream)
    if stream.encoding not in ("utf-8", "utf-8-sig"):
        says = f"a file that is not UTF-8 was read as {stream.encoding}"
        yield Unit(source.corpus, source.name, Kind.FILES, 0, problem=says)
    if stream.undecodable:
        says = f"a file with bytes that are not valid {stream.encoding}"
        yield Unit(source.corpus, source.name, Kind.FILES, 0, problem=says)


def _lines(stream: Stream, kind: Kind) -> Iterator[Unit]:
    """Cut at line ends; a plain file is not carried along, only its places."""
    source, number, offset, held, skipping = stream.source, 1, 0, b"", False
    for block in stream.blocks():
        held += block
        at = held.rfind(b"\n") + 1
        if skipping and at:
            first = held.find(b"\n") + 1
            held, at, offset, number, skipping = held[first:], at - first, offset + first, number + 1, False
        if not at and (skipping or len(held) > LONGEST):
            if not skipping:
                says = f"a line of more than {LONGEST >> 20} MB"
                yield Unit(source.corpus, f"{source.name}:{number}", kind, 0, problem=says)
            offset, held, skipping = offset + len(held), b"", True
        elif at:
            yield _lines_unit(stream, kind, held, at, number, offset)
            number, offset, held = number + _count_lines(held, at), offset + at, held[at:]
    if held and not skipping:
        yield _lines_unit(stream, kind, held, len(held), number, offset)


def _count_lines(data: bytes, end: int) -> int:
    """Return the line ends before `end`: numpy counts four times as fast as bytes do."""
    return int(np.count_nonzero(np.frombuffer(data, np.uint8, end) == NEWLINE))


def _lines_unit(stream: Stream, kind: Kind, held: bytes, end: int, number: int, offset: int) -> Unit:
    source = stream.source
    size = end if source.path is not None else 0
    if stream.as_stored:
        return Unit(source.corpus, source.name, kind, size, number, str(source.path), offset, offset + end)
    return Unit(source.corpus, source.name, kind, size, number, data=held[:end])


def _array(stream: Stream, reading: Reading) -> Iterator[Unit]:
    """Cut between members; one that is a text by itself is given the field that texts stand in."""
    source, number, held, size = stream.source, 1, list[bytes](), 0
    field_name = json.dumps(reading.text_field or TEXT_FIELDS[0]).encode()

    def unit() -> Unit:
        share = size if source.path is not None else 0
        return Unit(source.corpus, source.name, Kind.JSON, share, number, data=b"\n".join(held))

    try:
        for line in read_members(stream.blocks()):
            held.append(b"{%s: %s}" % (field_name, line) if line[:1] == b'"' else line)
            size += len(line)
            if size >= UNIT:
                yield unit()
                number, held, size = number + len(held), [], 0
    except SourceError:  # what was read of it stands
        if held:
            yield unit()
        raise
    if held:
        yield unit()


def _messages(stream: Stream) -> Iterator[Unit]:
    """Cut a mailbox where messages begin."""
    source, number, held = stream.source, 1, b""
    for block in stream.blocks():
        held += block
        if len(held) < UNIT:
            continue
        starts = [found.start() for found in MESSAGE.finditer(held)]
        if len(starts) > 1 and starts[-1]:
            at = starts[-1]
            yield Unit(source.corpus, source.name, Kind.MAIL, at, number, data=held[:at])
            number, held = number + len(starts) - 1, held[at:]
        elif len(held) > 4 * LONGEST:
            says = f"a message of more than {4 * LONGEST >> 20} MB"
            yield Unit(source.corpus, f"{source.name}:{number}", Kind.MAIL, len(held), problem=says)
            number, held = number + 1, b""
    if held:
        yield Unit(source.corpus, source.name, Kind.MAIL, len(held), number, data=held)


def _whole(stream: Stream) -> Unit:
    source, held = stream.source, b""
    for block in stream.blocks():
        held += block
        if len(held) > LONGEST:
            says = f"a file of more than {LONGEST >> 20} MB"
            return Unit(source.corpus, source.name, Kind.FILES, source.size, problem=says)
    return Unit(source.corpus, source.name, Kind.FILES, source.size, data=held)


@dataclass(slots=True)
class _Quotes:
    """Counts quotation marks: where they are odd in all, one was never closed, and what follows ran together."""

    count: int = 0


def _text_lines(stream: Stream, quotes: _Quotes) -> Iterator[str]:
    """Yield lines with their ends: LF, CRLF, or CR alone as spreadsheets on old Macs wrote it."""
    held = b""
    for block in stream.blocks():
        *lines, held = (held + block).splitlines(keepends=True) or [b""]  # the last may go on: CR, then LF
        for line in lines:
            quotes.count += line.count(b'"')
            yield line.decode("utf-8", "replace")
        if len(held) > LONGEST:
            raise SourceError(f"a table with a line of more than {LONGEST >> 20} MB; it was read up to there")
    if held:
        quotes.count += held.count(b'"')
        yield held.decode("utf-8", "replace")


def _table(stream: Stream, reading: Reading, delimiter: str) -> Iterator[Unit]:
    """Rows may hold line ends, so tables are read here; the rows travel."""
    csv.field_size_limit(LONGEST)
    source, quotes = stream.source, _Quotes()
    lines = _text_lines(stream, quotes)
    heading = next(lines, "").removeprefix("\ufeff")
    if delimiter == "," and heading.count(";") > heading.count(","):
        delimiter = ";"
    names = next(csv.reader([heading], delimiter=delimiter), [])
    places = _Columns.of(names, reading)
    if places.text is None:
        raise _no_column(names, reading)
    rows = csv.reader(lines, delimiter=delimiter)
    held: list[Row] = []
    size = 0
    while True:
        try:
            cells = next(rows, None)
        except csv.Error:
            held.append(Row(f"{source.name}:{rows.line_num + 1}", None, None, None))
            continue
        if cells:
            held.append(places.row(f"{source.name}:{rows.line_num + 1}", cells))
            size += sum(map(len, cells)) + len(cells)
        if held and (cells is None or len(held) >= ROWS or size >= UNIT):
            share = size if source.path is not None else 0
            yield Unit(source.corpus, source.name, Kind.ROWS, share, rows=tuple(held))
            held, size = [], 0
        if cells is None:
            if quotes.count % 2:
                yield Unit(source.corpus, source.name, Kind.FILES, 0, problem=UNCLOSED)
            return


UNCLOSED = "a table in which a quotation mark is never closed: rows after it ran together into one"
TEXT_FIELDS = ("text", "message", "body", "content", "comment", "msg")


def _no_column(names: list[str], reading: Reading) -> SourceError:
    wanted = reading.text_field or ", ".join(TEXT_FIELDS)
    there = ", ".join(name.strip()[:MOST_NAME] for name in names[:MOST_NAMES]) or "none"
    return SourceError(
        f"a table without the text's column ({wanted}); say which with --field; its first line says: {there}"
    )


@dataclass(frozen=True, slots=True)
class _Columns:
    text: int | None
    label: int | None
    source: int | None

    @classmethod
    def of(cls, names: list[str], reading: Reading) -> "_Columns":
        known = {name.strip(): index for index, name in reversed(list(enumerate(names)))}
        wanted = (reading.text_field,) if reading.text_field else TEXT_FIELDS
        text = next((known[name] for name in wanted if name in known), None)
        return cls(text, known.get(reading.label_field), known.get(reading.source_field))

    def row(self, name: str, cells: list[str]) -> Row:
        def cell(index: int | None) -> str | None:
            return cells[index] if index is not None and index < len(cells) else None

        return Row(name, cell(self.text), cell(self.label), cell(self.source))


def _parquet(source: Source, reading: Reading) -> Iterator[Unit]:
    try:
        import pyarrow.parquet as pq  # noqa: PLC0415  (the extra [parquet]; needed for .parquet only)
        from pyarrow import ArrowException  # noqa: PLC0415
    except ImportError:
        raise SourceError("reading .parquet needs: pip install 'overt[parquet]'") from None
    if source.path is None:
        raise SourceError("a .parquet file inside a packed file; unpack it")
    try:
        with pq.ParquetFile(Path(source.path), memory_map=True, pre_buffer=False) as file:
            yield from _parquet_rows(source, file, reading)
    except (ArrowException, OSError):
        raise SourceError("a .parquet file that is damaged") from None


def _parquet_rows(source: Source, file: Any, reading: Reading) -> Iterator[Unit]:
    names = list(file.schema_arrow.names)
    places = _Columns.of(names, reading)
    if places.text is None:
        raise _no_column(names, reading)
    chosen = [names[index] for index in (places.text, places.label, places.source) if index is not None]
    number, all_rows = 1, max(1, file.metadata.num_rows)
    for batch in file.iter_batches(batch_size=ROWS, columns=chosen, use_threads=False):
        columns = {name: batch.column(name).to_pylist() for name in chosen}
        rows = []
        for index in range(batch.num_rows):
            cells = [columns[name][index] if name in columns else None for name in names]
            rows.append(places.row(f"{source.name}:{number + index}", [None if c is None else str(c) for c in cells]))  # type: ignore[misc]
        share = source.size * batch.num_rows // all_rows
        yield Unit(source.corpus, source.name, Kind.ROWS, share, rows=tuple(rows))
        number += batch.num_rows

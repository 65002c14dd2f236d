"""Tables as text (.csv, .tsv): a piece a cell, of one column or of all, with exact line and column of the file."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from engine.documents.errors import OptionError
from engine.documents.lines import Line, read_lines
from engine.documents.piece import WHOLE, FieldKind, Loss, Part, Piece, Read, Remark, piece
from engine.documents.places import Anchors, LinePlaces, MappedPlaces

MAX_CELL = 16 * 1024 * 1024
DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True)
class TableOptions:
    """How to read a table. `None`: judged by the first lines."""

    delimiter: str | None = None
    heading: bool | None = None
    columns: tuple[str, ...] = ()
    """Names, or numbers from 1; none: every column."""


@dataclass(slots=True)
class _Source:
    """Feeds lines to the csv module and keeps those of the record being read."""

    lines: Iterator[Line]
    record: list[Line] = field(default_factory=list)

    def __iter__(self) -> Iterator[str]:
        for line in self.lines:
            self.record.append(line)
            yield line.text

    def take(self) -> list[Line]:
        taken, self.record = self.record, []
        return taken


def read_table(
    blocks: Iterable[str], options: TableOptions, part: Part = WHOLE, *, in_file: bool = True
) -> Iterator[Read]:
    """Yield a piece a cell that has text. Raises OptionError for a column that is not there."""
    lines = read_lines(blocks)
    head = [line for line, _ in zip(lines, range(20), strict=False)]
    delimiter = options.delimiter or _delimiter([line.text for line in head])
    source = _Source(_chained(head, lines))
    yield from _Table(source, delimiter, options, part, in_file).read()


def _chained(head: Sequence[Line], rest: Iterator[Line]) -> Iterator[Line]:
    yield from head
    yield from rest


def _delimiter(lines: Sequence[str]) -> str:
    """Return the mark that stands in the first line and splits most lines into the same number of cells."""

    def steady(mark: str) -> tuple[bool, int, int]:
        counts = [line.count(mark) for line in lines if line.strip()]
        commonest = max(counts, key=counts.count, default=0)
        return bool(counts) and counts[0] > 0, counts.count(commonest) if commonest else 0, commonest

    return max(DELIMITERS, key=steady)


class _Table:
    def __init__(self, source: _Source, delimiter: str, options: TableOptions, part: Part, in_file: bool) -> None:
        self.in_file = in_file
        self.source = source
        self.delimiter = delimiter
        self.options = options
        self.part = part
        self.names: list[str] = []
        self.chosen: list[int] | None = None
        self.width = 0

    def read(self) -> Iterator[Read]:
        csv.field_size_limit(MAX_CELL)
        rows = csv.reader(iter(self.source), delimiter=self.delimiter, strict=False)
        number = 0
        while True:
            try:
                cells = next(rows, None)
            except csv.Error:
                yield self.broken(self.source.take())
                continue
            lines = self.source.take()
            if cells is None:
                return
            if not cells:
                continue
            if not self.width:
                self.begin(cells)
                if self.has_heading(cells):
                    continue
            number += 1
            yield from self.row(number, cells, lines)

    def begin(self, cells: list[str]) -> None:
        self.width = len(cells)
        named = self.has_heading(cells)
        self.names = [name.strip() for name in cells] if named else [str(i + 1) for i in range(len(cells))]
        if self.options.columns:
            self.chosen = [self.column(name) for name in self.options.columns]

    def has_heading(self, cells: list[str]) -> bool:
        """Judge: all cells short, different and without digits at their start; or the caller names columns by name."""
        if self.options.heading is not None:
            return self.options.heading
        if any(not name.isdigit() for name in self.options.columns):
            return True
        named = [cell.strip() for cell in cells]
        return (
            len(set(named)) == len(named)
            and all(0 < len(n) <= 40 and not n[0].isdigit() for n in named)
            and len(named) > 1
        )

    def column(self, name: str) -> int:
        if name in self.names:
            return self.names.index(name)
        if name.isdigit() and 1 <= int(name) <= self.width:
            return int(name) - 1
        raise OptionError(
            f"the table has no column {name!r}",
            f"it has {self.width} columns; name one as in the heading, or by number",
        )

    def broken(self, lines: list[Line]) -> Remark:
        line = lines[0].number if lines else None
        return Remark(Loss.BROKEN_RECORD, 1, self.part, line, f"the record at line {line} is broken and was not read")

    def row(self, number: int, cells: list[str], lines: list[Line]) -> Iterator[Read]:
        first = lines[0].number
        if any(line.cut for line in lines):
            yield Remark(Loss.TOO_LONG, 1, self.part, first, f"line {first} is over the limit and was not read whole")
        if self.chosen is not None and max(self.chosen) >= len(cells):
            yield Remark(Loss.MISSING_FIELD, 1, self.part, first, f"the record at line {first} lacks the column")
        for index in range(len(cells)) if self.chosen is None else self.chosen:
            if index < len(cells) and cells[index].strip():
                yield self.cell(number, index, cells[index], lines)

    def cell(self, number: int, index: int, text: str, lines: list[Line]) -> Piece:
        name = self.names[index] if index < len(self.names) else str(index + 1)
        part = replace(self.part, row=number, field=name)
        raw = "".join(line.text for line in lines)
        places = MappedPlaces(
            LinePlaces(raw, lines[0].number, in_file=self.in_file), lambda: cell_anchors(raw, self.delimiter, index)
        )
        return piece(part, FieldKind.CELL, text, places)


def cell_anchors(raw: str, delimiter: str, wanted: int) -> Anchors:
    """Map the characters of a cell to the record as written: the opening quote and doubled quotes are skipped."""
    other = f"[^{re.escape(delimiter)}]*"
    cell = re.compile(f'"((?:[^"]|"")*)"?({other})|{other}')
    match = cell.match(raw, 0)
    for _ in range(wanted):
        match = cell.match(raw, match.end() + 1) if match is not None and match.end() < len(raw) else None
    if match is None:
        return Anchors([0], [0])
    if match.group(1) is None:
        return Anchors([0], [match.start()])
    text, source = [0], [match.start(1)]
    for double in re.finditer('""', match.group(1)):
        text.append(double.start() + 2 - len(text))
        source.append(match.start(1) + double.end())
    text.append(match.end(1) - match.start(1) - len(text) + 1)
    source.append(match.start(2))
    return Anchors(text, source)

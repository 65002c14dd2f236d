"""Reads a corpus document by document, without holding it: JSON lines, tables, and text by file or by line."""

import csv
import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

LONGEST = 4_000_000
"""Characters of one document; what is longer is counted as a problem and left out."""
TEXT_FIELDS = ("text", "message", "body", "content", "comment")
TABLES = {".csv": ",", ".tsv": "\t"}
LINES = {".jsonl", ".ndjson"}


@dataclass(frozen=True, slots=True)
class CorpusDocument:
    """One document. `problem` names what was wrong instead; `label` is "" where there is none."""

    name: str
    text: str = field(default="", repr=False)
    label: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read: which field or column holds text and label, what labels mean, whether a line is a document."""

    text_field: str | None = None
    label_field: str = "label"
    mapping: Mapping[str, str] = field(default_factory=dict)
    by_line: bool = False


def corpus_files(paths: Sequence[Path]) -> list[Path]:
    """Return the files named and all below the folders named, in the order of their names."""
    found: list[Path] = []
    for path in paths:
        found += sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
    return found


def documents(path: Path, reading: Reading) -> Iterator[CorpusDocument]:
    """Yield a file's documents; what cannot be read is yielded as a problem, and the rest goes on."""
    name = path.name.removesuffix(".gz")
    suffix = Path(name).suffix.lower()
    try:
        with _opened(path) as stream:
            if suffix in LINES:
                yield from _json_lines(name, stream, reading)
            elif suffix in TABLES:
                yield from _table(name, stream, reading, TABLES[suffix])
            elif reading.by_line:
                yield from _lines(name, stream)
            else:
                yield _whole(name, stream)
    except OSError as problem:
        yield CorpusDocument(name, problem=f"the file cannot be read: {problem.strerror or 'broken'}")
    except EOFError:
        yield CorpusDocument(name, problem="the compressed file is cut short")


def _opened(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", errors="replace", newline="")
    return path.open(encoding="utf-8", errors="replace", newline="")


def _json_lines(name: str, stream: IO[str], reading: Reading) -> Iterator[CorpusDocument]:
    for number, line in enumerate(stream, 1):
        if not line.strip():
            continue
        place = f"{name}:{number}"
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            yield CorpusDocument(place, problem="a line that is not JSON")
            continue
        if not isinstance(found, dict):
            yield CorpusDocument(place, problem="a line that is not a JSON object")
            continue
        text = _text_of(found, reading.text_field)
        if text is None:
            yield CorpusDocument(place, problem="a record without the text's field")
            continue
        yield _document(str(found.get("id", place)), text, found.get(reading.label_field), reading)


def _text_of(record: Mapping[str, object], name: str | None) -> str | None:
    for one in (name,) if name else TEXT_FIELDS:
        value = record.get(one)
        if isinstance(value, str):
            return value
    return None


def _table(name: str, stream: IO[str], reading: Reading, delimiter: str) -> Iterator[CorpusDocument]:
    csv.field_size_limit(LONGEST)
    rows = csv.DictReader(stream, delimiter=delimiter)
    while True:
        try:
            row = next(rows, None)
        except csv.Error:
            yield CorpusDocument(f"{name}:{rows.line_num}", problem="a line that is no row of a table")
            continue
        if row is None:
            return
        text = _text_of(row, reading.text_field)
        place = f"{name}:{rows.line_num}"
        if text is None:
            yield CorpusDocument(place, problem="a row without the text's column")
        else:
            yield _document(place, text, row.get(reading.label_field), reading)


def _lines(name: str, stream: IO[str]) -> Iterator[CorpusDocument]:
    for number, line in enumerate(stream, 1):
        if line.strip():
            yield _document(f"{name}:{number}", line.rstrip("\r\n"), None, Reading())


def _whole(name: str, stream: IO[str]) -> CorpusDocument:
    text = stream.read(LONGEST + 1)
    if not text.strip():
        return CorpusDocument(name, problem="a file without text")
    return _document(name, text, None, Reading())


def _document(name: str, text: str, label: object, reading: Reading) -> CorpusDocument:
    if len(text) > LONGEST:
        return CorpusDocument(name, problem=f"a document of more than {LONGEST} characters")
    said = "" if label is None else str(label)
    return CorpusDocument(name, text, reading.mapping.get(said, said))

"""Reads the documents of a unit: records, lines, rows, messages, whole files. What cannot be read says why."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from engine.documents.errors import DocumentError
from engine.documents.formats import Format
from engine.documents.piece import Loss, Piece
from overt.evaluation.columns import columns
from overt.evaluation.units import LONGEST, TEXT_FIELDS, Kind, Reading, Row, Unit

BATCH = 1000
"""Documents that are looked at together."""
BATCH_CHARACTERS = 256 * 1024
BROKEN_BYTES = "a document with bytes that are not UTF-8 (they were read as U+FFFD)"
TOO_LONG = f"a document of more than {LONGEST >> 20} million characters"
NO_ROW = f"a row without the text's column, or over {LONGEST >> 20} MB, or no row of a table"
QUIET = frozenset({Loss.NO_TEXT, Loss.GUESSED_ENCODING, Loss.UNREAD_PART})


@dataclass(frozen=True, slots=True)
class CorpusDocument:
    """One document. `problem` names what was wrong, instead (no text) or besides; `label` is "" where there is none."""

    name: str
    text: str = field(default="", repr=False)
    label: str = ""
    source: str = ""
    title: str | None = field(default=None, repr=False)
    url: str | None = field(default=None, repr=False)
    problem: str = ""


class Batch(NamedTuple):
    """Documents side by side, so that the many in which nothing stands cost little. Columns are equally long."""

    texts: Sequence[str]
    labels: Sequence[str]
    sources: Sequence[str]
    document: Callable[[int], CorpusDocument]
    """The whole of one of them."""
    problems: Sequence[tuple[str, str]] = ()
    """What was wrong, and where."""


def batches(unit: Unit, reading: Reading) -> Iterator[Batch]:
    """Yield a unit's documents; what cannot be read is told as a problem, and the rest goes on."""
    if unit.problem:
        yield Batch((), (), (), _none, [(unit.problem, unit.name)])
        return
    if unit.kind is Kind.JSON:
        fast = _side_by_side(unit, reading)
        if fast is not None:
            yield fast
            return
    source = READERS[unit.kind](unit, reading)
    while taken := _some(source):
        yield _batch(taken)


def documents(unit: Unit, reading: Reading) -> Iterator[CorpusDocument]:
    """Yield the documents of a unit one by one, without its problems."""
    for batch in batches(unit, reading):
        for index in range(len(batch.texts)):
            yield batch.document(index)


def _none(index: int) -> CorpusDocument:
    raise IndexError(index)


def _some(source: Iterator[CorpusDocument]) -> list[CorpusDocument]:
    taken: list[CorpusDocument] = []
    size = 0
    for one in source:
        taken.append(one)
        size += len(one.text)
        if size >= BATCH_CHARACTERS or len(taken) >= BATCH:
            break
    return taken


def _batch(taken: Sequence[CorpusDocument]) -> Batch:
    whole = [one for one in taken if one.text or not one.problem]
    return Batch(
        [one.text for one in whole],
        [one.label for one in whole],
        [one.source for one in whole],
        whole.__getitem__,
        [(one.problem, one.name) for one in taken if one.problem],
    )


def _bytes(unit: Unit) -> bytes:
    if not unit.path:
        return unit.data
    with Path(unit.path).open("rb") as file:
        file.seek(unit.start)
        return file.read(unit.end - unit.start)


def _side_by_side(unit: Unit, reading: Reading) -> Batch | None:
    """Parse all lines at once; None where one of them is odd in any way: then line by line."""
    data, corpus = _bytes(unit), unit.corpus
    found = columns(data, reading)
    if found is None or (len(data) > LONGEST and max(map(len, found.texts)) > LONGEST):
        return None
    count = len(found.texts)
    labels = [""] * count if found.labels is None else [_label(said, reading) for said in found.labels]
    said = found.sources
    sources = [corpus] * count if said is None else [one if type(one) is str and one else corpus for one in said]

    def document(index: int) -> CorpusDocument:
        return _from_record(found.record(index), f"{unit.name}:{unit.first + index}", unit, reading)

    return Batch(found.texts, labels, sources, document)


def _json(unit: Unit, reading: Reading) -> Iterator[CorpusDocument]:
    for number, line in enumerate(_bytes(unit).split(b"\n"), unit.first):
        if not line.strip():
            continue
        place = f"{unit.name}:{number}"
        record = _record(line)
        if isinstance(record, str):
            yield CorpusDocument(place, problem=record)
        else:
            yield _from_record(record, place, unit, reading, "" if _is_utf8(line) else BROKEN_BYTES)


def _record(line: bytes) -> Any:
    """Return an object, or what is wrong with the line."""
    try:
        found = json.loads(line.decode("utf-8", "replace").removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return "a line that is not JSON"
    return found if isinstance(found, dict) else "a line that is not a JSON object"


def _is_utf8(line: bytes) -> bool:
    if line.isascii():
        return True
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _from_record(record: dict[str, Any], place: str, unit: Unit, reading: Reading, problem: str = "") -> CorpusDocument:
    text = _text_of(record, reading.text_field)
    if text is None or len(text) > LONGEST:
        return CorpusDocument(place, problem="a record without the text's field" if text is None else TOO_LONG)
    label = record.get(reading.label_field)
    source = record.get(reading.source_field)
    title, url = record.get("title"), record.get("url")
    return CorpusDocument(
        str(record.get("id", place)),
        text,
        _label(label, reading),
        source if isinstance(source, str) and source else unit.corpus,
        title if isinstance(title, str) else None,
        url if isinstance(url, str) else None,
        problem,
    )


def _text_of(record: dict[str, Any], name: str | None) -> str | None:
    value: Any
    for path in (name,) if name else TEXT_FIELDS:
        value = record.get(path)
        if type(value) is str:
            return value
        if value is None and "." in path:
            value = record
            for step in path.split("."):
                value = value.get(step) if isinstance(value, dict) else None
            if isinstance(value, str):
                return value
    return None


def _label(label: object, reading: Reading) -> str:
    if label is None:
        return ""
    said = label if type(label) is str else str(label)
    return dict(reading.mapping).get(said, said) if reading.mapping else said


def _lines(unit: Unit, reading: Reading) -> Iterator[CorpusDocument]:
    del reading
    for number, line in enumerate(_bytes(unit).split(b"\n"), unit.first):
        if line.strip():
            text = line.decode("utf-8", "replace").strip("\r\ufeff")
            problem = "" if _is_utf8(line) else BROKEN_BYTES
            yield CorpusDocument(f"{unit.name}:{number}", text, source=unit.corpus, problem=problem)


def _rows(unit: Unit, reading: Reading) -> Iterator[CorpusDocument]:
    for row in unit.rows:
        if row.text is None:
            yield CorpusDocument(row.name, problem=NO_ROW)
        else:
            yield _from_row(row, unit, reading)


def _from_row(row: Row, unit: Unit, reading: Reading) -> CorpusDocument:
    label = _label(row.label, reading)
    return CorpusDocument(row.name, row.text or "", label, row.source or unit.corpus)


def _mail(unit: Unit, reading: Reading) -> Iterator[CorpusDocument]:
    """Give out a document a message: its subject, people and bodies, and its attachments' text."""
    del reading
    from engine.documents.read import Options, read  # noqa: PLC0415  (readers of every kind: JSON lines need none)

    yield from _gathered(
        unit,
        lambda: read([_bytes(unit)], "unit.mbox", Options(Format.MBOX)),
        lambda piece: f"{unit.name}:{(piece.part.message or 1) + unit.first - 1}",
    )


def _files(unit: Unit, reading: Reading) -> Iterator[CorpusDocument]:
    del reading
    if unit.data or not unit.files:
        yield from _file(unit, unit.name, lambda: unit.data)
    for name, path in unit.files:
        yield from _file(unit, name, Path(path).read_bytes)


def _file(unit: Unit, name: str, content: Callable[[], bytes]) -> Iterator[CorpusDocument]:
    from engine.documents.read import read  # noqa: PLC0415  (as above)

    try:
        data = content()
    except OSError as problem:
        yield CorpusDocument(name, problem=f"a file that cannot be read: {problem.strerror}")
        return
    found = list(_gathered(unit, lambda: read([data], name), lambda _: name))
    yield from found or [CorpusDocument(name, problem="a file without text")]


def _gathered(
    unit: Unit, begin: Callable[[], Iterator[Any]], named: Callable[[Piece], str]
) -> Iterator[CorpusDocument]:
    """Join the pieces of each document with blank lines, which nothing is matched across."""
    name, title, held = "", None, list[str]()
    losses: Counter[str] = Counter()
    try:
        for one in begin():
            if not isinstance(one, Piece):
                if one.loss not in QUIET:
                    losses[LOSSES.get(one.loss, "a part that could not be read")] += 1
                continue
            if named(one) != name and held:
                yield CorpusDocument(name, "\n\n".join(held), source=unit.corpus, title=title)
                held = []
            name, title = named(one), one.title
            held.append(one.text[one.own.start : one.own.stop])
    except DocumentError as error:
        losses[f"a file that cannot be read: {error.what}"] += 1
    if held:
        yield CorpusDocument(name, "\n\n".join(held), source=unit.corpus, title=title)
    for problem, count in losses.items():
        yield from (CorpusDocument(unit.name, problem=problem) for _ in range(count))


LOSSES = {
    Loss.UNDECODABLE_BYTES: BROKEN_BYTES,
    Loss.BROKEN_RECORD: "a broken record",
    Loss.TOO_LONG: "a part that is too long",
}
READERS: dict[Kind, Callable[[Unit, Reading], Iterator[CorpusDocument]]] = {
    Kind.JSON: _json,
    Kind.LINES: _lines,
    Kind.ROWS: _rows,
    Kind.MAIL: _mail,
    Kind.FILES: _files,
}

"""JSON Lines: one record a line; text from one field by name, or from the field that usually has it."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from engine.documents.lines import Line, read_lines
from engine.documents.piece import WHOLE, FieldKind, Loss, Part, Piece, Read, Remark, piece
from engine.documents.places import Anchors, LinePlaces, MappedPlaces

USUAL = ("text", "message", "body", "content", "msg")
"""Fields that are taken, the first that a record has, where the caller names none."""
TITLES = ("title", "subject")
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],]', re.DOTALL)
ESCAPE = re.compile(r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)")


def read_json_lines(
    blocks: Iterable[str], field: str | None = None, part: Part = WHOLE, *, in_file: bool = True
) -> Iterator[Read]:
    """Yield a piece a record. `field` may be a path with dots (`meta.title`); a list of strings gives a piece each."""
    reader = _Reader(field, part, in_file)
    for line in read_lines(blocks):
        if line.text.strip():
            yield from reader.record(line)


@dataclass(frozen=True, slots=True)
class _Reader:
    field: str | None
    part: Part
    in_file: bool

    def record(self, line: Line) -> Iterator[Read]:
        if line.cut:
            says = f"line {line.number} is over the limit and was not read"
            yield Remark(Loss.TOO_LONG, 1, self.part, line.number, says)
            return
        try:
            record = json.loads(line.text)
        except (ValueError, RecursionError):
            says = f"line {line.number} is not valid JSON and was not read"
            yield Remark(Loss.BROKEN_RECORD, 1, self.part, line.number, says)
            return
        path = self.field.split(".") if self.field is not None else _usual(record)
        pieces = list(self.pieces(line, record, path)) if path is not None else []
        yield from pieces
        if not pieces:
            wanted = f"no text in field {self.field!r}" if self.field is not None else f"none of {', '.join(USUAL)}"
            yield Remark(Loss.MISSING_FIELD, 1, self.part, line.number, f"line {line.number} has {wanted}")

    def pieces(self, line: Line, record: Any, path: list[str]) -> Iterator[Piece]:
        value = record
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        title = _title(record)
        part = replace(self.part, field=".".join(path) or None)
        if isinstance(value, str):
            yield self.piece(line, value, tuple(path), part, title)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, str):
                    yield self.piece(line, item, (*path, index), part, title)

    def piece(self, line: Line, text: str, at: tuple[str | int, ...], part: Part, title: str | None) -> Piece:
        outer = LinePlaces(line.text, line.number, in_file=self.in_file)
        places = MappedPlaces(outer, lambda: string_anchors(line.text, at))
        return piece(part, FieldKind.TEXT, text, places, title=title)


def _usual(record: Any) -> list[str] | None:
    if isinstance(record, str):
        return []
    if not isinstance(record, dict):
        return None
    return next(([name] for name in USUAL if isinstance(record.get(name), str | list)), None)


def _title(record: Any) -> str | None:
    if not isinstance(record, dict):
        return None
    return next((record[name] for name in TITLES if isinstance(record.get(name), str)), None)


def string_anchors(source: str, at: tuple[str | int, ...]) -> Anchors:
    """Find the string at a path in valid JSON and map its characters to the source."""
    content = _find(source, at)
    text, places, offset = [0], [content.start], content.start
    said = 0
    for match in ESCAPE.finditer(source, content.start, content.stop):
        said += match.start() - offset
        offset = match.end()
        text += [said, said + 1]
        places += [match.start(), match.end()]
        said += 1
    return Anchors(text, places)


def _find(source: str, at: tuple[str | int, ...]) -> range:
    """Return the source range of the string at `at`, without quotes. Of repeated keys the last counts."""
    found = range(0)
    path: list[str | int] = []
    is_key: list[bool] = []
    tokens = list(TOKEN.finditer(source))
    for token in tokens:
        mark = token.group()
        if mark in "{[":
            path.append("" if mark == "{" else 0)
            is_key.append(mark == "{")
        elif mark in "}]":
            path.pop()
            is_key.pop()
        elif mark == ",":
            last = path[-1]
            path[-1] = last + 1 if isinstance(last, int) else ""
            is_key[-1] = not isinstance(last, int)
        elif is_key and is_key[-1]:
            path[-1] = json.loads(mark)
            is_key[-1] = False
        elif tuple(path) == at:
            found = range(token.start() + 1, token.end() - 1)
    return found

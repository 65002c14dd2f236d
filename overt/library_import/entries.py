"""Read word lists: plain lines, CSV, JSON, and the lists of web filters (DansGuardian, e2guardian, SquidGuard)."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from overt.library_import import squidguard
from overt.library_import.entry import Entry, Refused, Row

MAX_TEXT = 200

LONGEST_CELL = 100_000
"""Characters; a longer cell is a quotation mark that was never closed."""


class ListFormat(StrEnum):
    """Kinds of word lists."""

    PLAIN = "plain"
    CSV = "csv"
    JSON = "json"
    DANSGUARDIAN = "dansguardian"
    DOMAINS = "domains"
    """Sites, one a line, as SquidGuard has them."""
    EXPRESSIONS = "expressions"
    """SquidGuard's expressions, as far as they are words."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of a CSV list are read, by name. `only`: rows in which these columns have these values."""

    text: str
    severity: str | None = None
    category: str | None = None
    only: Mapping[str, str] = field(default_factory=dict)


class ListError(Exception):
    """The list as a whole cannot be read: it is of another format, or lacks a column."""


def read_entries(text: str, format_: ListFormat, columns: Columns | None) -> Iterator[Row]:
    """Yield the entries of a list. Raises ListError."""
    if format_ is ListFormat.CSV:
        if columns is None:
            raise ListError("a CSV list needs --column: the column with the words")
        rows = _csv(text, columns)
    else:
        rows = READERS[format_](text)
    yield from map(_checked, rows)


def _checked(row: Row) -> Row:
    if isinstance(row, Refused):
        return row
    if len(row.text) > MAX_TEXT:
        return Refused(row.line, f"longer than {MAX_TEXT} characters")
    if not any(char.isalnum() or ord(char) > 0x2000 for char in row.text):
        return Refused(row.line, "has no letter, digit or sign that can be searched")
    if re.search(r"\\[bBdwWsS]|\[[^\]]*\]|\(\?|\.\*|\.\+|\|", row.text):
        return Refused(row.line, "looks like a pattern, not a word: write the words out")
    return row


def _plain(text: str) -> Iterator[Row]:
    for number, line in enumerate(text.splitlines(), 1):
        said = line.strip()
        if said and not said.startswith("#"):
            yield Entry(number, " ".join(said.split()))


def _csv(text: str, columns: Columns) -> Iterator[Row]:
    sample = text.splitlines()[0] if text.strip() else ""
    delimiter = max(",;\t|", key=sample.count)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    wanted = [columns.text, *filter(None, (columns.severity, columns.category)), *columns.only]
    missing = [name for name in wanted if name not in (rows.fieldnames or [])]
    if missing:
        raise ListError(f"the list has no column {missing[0]!r}; it has {len(rows.fieldnames or [])} columns")
    try:
        yield from _rows(rows, columns)
    except csv.Error as error:
        raise ListError(f"line {rows.line_num + 1} is no line of a table: {error}") from None


def _rows(rows: "csv.DictReader[str]", columns: Columns) -> Iterator[Row]:
    for row in rows:
        if any((row.get(name) or "").strip() != value for name, value in columns.only.items()):
            continue
        said = " ".join((row[columns.text] or "").split())
        if len(said) > LONGEST_CELL:
            raise csv.Error(f"a cell of more than {LONGEST_CELL} characters")
        if not said:
            yield Refused(rows.line_num, "the column is empty")
            continue
        yield Entry(rows.line_num, said, _cell(row, columns.severity), _cell(row, columns.category))


def _cell(row: Mapping[str, str | None], name: str | None) -> str | None:
    return ((row.get(name) or "").strip() or None) if name else None


def _json(text: str) -> Iterator[Row]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise ListError("the list is not JSON") from None
    if isinstance(data, Mapping):
        pairs: Sequence[tuple[object, object]] = list(data.items())
    elif isinstance(data, list):
        pairs = [(item, None) for item in data]
    else:
        raise ListError("a JSON list is an array of words, or an object of words and weights")
    for number, (word, weight) in enumerate(pairs, 1):
        if not isinstance(word, str) or not word.strip():
            yield Refused(number, "not a word")
        elif weight is not None and not isinstance(weight, int | str):
            yield Refused(number, "its weight is neither a number nor a word")
        else:
            yield Entry(number, " ".join(word.split()), None if weight is None else str(weight))


PHRASE = re.compile(r"<([^<>]*)>")
MATCH_BY_SPACES = {
    (True, True): None,
    (True, False): "prefix",
    (False, True): "suffix",
    (False, False): "substring",
}
"""How a phrase matches, by a space at its start and at its end."""
CATEGORY = re.compile(r'#listcategory:\s*"([^"]*)"')


def _phrase_list(text: str) -> Iterator[Row]:
    """`< word >`, `<part>`, `< start>`, `<end >`, several joined by commas, a weight last, `#listcategory: "…"`."""
    category = None
    for number, line in enumerate(text.splitlines(), 1):
        said = line.strip()
        named = CATEGORY.match(said)
        if named:
            category = named.group(1) or None
        if not said or said.startswith("#"):
            continue
        if said.startswith("."):
            yield Refused(number, "takes in another file: import that file too")
            continue
        yield _phrase(number, said.partition("#")[0].strip(), category)


def _phrase(number: int, said: str, category: str | None) -> Row:
    brackets = PHRASE.findall(said)
    weight = brackets.pop() if len(brackets) > 1 and re.fullmatch(r"-?\d+", brackets[-1]) else None
    if not brackets or PHRASE.sub("", said).strip(" ,"):
        return Refused(number, "not written as <phrase>")
    if weight is not None and int(weight) < 0:
        return Refused(number, "weighs against others: put it in an `allow` or a `score` by hand")
    phrase, *others = brackets
    match = MATCH_BY_SPACES[phrase.startswith(" "), phrase.endswith(" ")]
    near = tuple(_context_word(other) for other in others)
    return Entry(number, " ".join(phrase.split()), weight, category, match, near)


def _context_word(phrase: str) -> str:
    """Context words are whole words; one that is open at its end is a prefix."""
    return " ".join(phrase.split()) + ("" if phrase.endswith(" ") else "*")


READERS: Mapping[ListFormat, Callable[[str], Iterator[Row]]] = {
    ListFormat.PLAIN: _plain,
    ListFormat.JSON: _json,
    ListFormat.DANSGUARDIAN: _phrase_list,
    ListFormat.DOMAINS: squidguard.sites,
    ListFormat.EXPRESSIONS: squidguard.expressions,
}

"""Write a library file of imported entries: valid, sorted, each line's origin counted, no severity guessed."""

import datetime
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.text.characters import fold_words
from overt.library_import.entry import Entry, Refused, Row

WIDEST_REACH = 50
"""Words. Phrase lists combine phrases that stand anywhere on a page; the format's widest context comes nearest."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the caller must say about the library: nobody else can."""

    library_id: str
    title: str
    language: str
    category: str
    licence: str
    source: str
    owner: str
    review: datetime.date
    version: str
    severity: int
    """Of the entries for which the list gives no weight."""


@dataclass(frozen=True, slots=True)
class Imported:
    """The library file's text, and what became of the list."""

    toml: str
    terms: int
    duplicates: int
    refused: tuple[Refused, ...]


class WeightError(Exception):
    """The list weighs its entries and the caller did not say which severity each weight means."""


def write_library(header: Header, rows: Iterable[Row], severities: Mapping[str, int]) -> Imported:
    """Make the file. `severities`: weight as the list writes it → severity. Raises WeightError."""
    entries: dict[tuple[str, tuple[str, ...]], Entry] = {}
    refused: list[Refused] = []
    duplicates = 0
    for row in rows:
        if isinstance(row, Refused):
            refused.append(row)
            continue
        folded = fold_words(row.text)
        if not folded:
            refused.append(Refused(row.line, "nothing is left of it when it is folded"))
        elif (folded, row.near) in entries:
            duplicates += 1
        else:
            entries[folded, row.near] = row
    _check_weights(entries.values(), severities)
    lines = [*_head(header), *_terms(header, list(entries.values()), severities)]
    return Imported("\n".join(lines) + "\n", len(entries), duplicates, tuple(refused))


def _check_weights(entries: Iterable[Entry], severities: Mapping[str, int]) -> None:
    weights = (entry.weight for entry in entries if _severity(entry, severities) is None)
    unknown = Counter(weight for weight in weights if weight is not None)
    if unknown:
        said = ", ".join(f"{weight} ({count} entries)" for weight, count in unknown.most_common(8))
        raise WeightError(f"no severity is given for these weights of the list: {said}")


def _severity(entry: Entry, severities: Mapping[str, int]) -> int | None:
    """Return what the caller gave for this weight; of numbers, what he gave for the highest that is not above it."""
    if entry.weight is None:
        return None
    if entry.weight in severities or not entry.weight.isdecimal():
        return severities.get(entry.weight)
    steps = [int(weight) for weight in severities if weight.isdecimal() and int(weight) <= int(entry.weight)]
    return severities[str(max(steps))] if steps else None


def _head(header: Header) -> Iterator[str]:
    yield 'format = "overt-library-1"'
    yield ""
    yield "[library]"
    yield f"id = {quoted(header.library_id)}"
    yield f"version = {quoted(header.version)}"
    yield f"title = {quoted(header.title)}"
    yield f"languages = [{quoted(header.language)}]"
    yield f"category = {quoted(header.category)}"
    yield f"severity = {header.severity}"
    yield f"licence = {quoted(header.licence)}"
    yield f"source = {quoted(header.source)}"
    yield f"owner = {quoted(header.owner)}"
    yield f"review = {header.review.isoformat()}"
    yield "native-review = false"


def _terms(header: Header, entries: Sequence[Entry], severities: Mapping[str, int]) -> Iterator[str]:
    taken: set[str] = set()
    for number, entry in enumerate(entries, 1):
        term_id = _term_id(entry.text, number, taken)
        severity = _severity(entry, severities)
        yield ""
        yield "[[term]]"
        yield f"id = {quoted(term_id)}"
        yield f"text = {quoted(entry.text)}"
        if entry.match is not None:
            yield f"match = {quoted(entry.match)}"
        if entry.near:
            yield f"near = {{ all = [{', '.join(map(quoted, entry.near))}], within = {WIDEST_REACH} }}"
        if entry.also_in:
            yield f"also-in = [{', '.join(map(quoted, entry.also_in))}]"
        if severity is not None and severity != header.severity:
            yield f"severity = {severity}"
        if entry.category is not None and entry.category != header.category:
            yield f"category = {quoted(entry.category)}"


def _term_id(text: str, number: int, taken: set[str]) -> str:
    """Return an id made of the text where it has a-z, else of its number; never one that is taken."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:70].strip("-") or f"term-{number}"
    made = made if made not in taken else f"{made}-{number}"
    taken.add(made)
    return made


def quoted(text: str) -> str:
    """Return a TOML basic string: JSON's escapes are TOML's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

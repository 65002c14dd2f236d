"""Read a library file: TOML text in, a checked `Library` out, or one `LibraryError` with file, line and column."""

import re
from collections.abc import Mapping
from typing import Any

import tomli

from engine.collection import paused
from engine.errors import LibraryError, Place
from engine.library import fields
from engine.library.fields import Document, Field
from engine.library.model import Example, Expected, Library, Rules, Term, WholeExample
from engine.library.places import Path
from engine.library.rules import RULE_FIELDS, rules, severity

FORMAT = "overt-library-1"
MAX_FILE = 16 * 1024 * 1024
MAX_SET = 200_000
NO_RULES = Rules()

TOP_FIELDS = frozenset({"format", "library", "sets", "profile", "term", "example"})
LIBRARY_FIELDS = {
    "id": Field("library_id", fields.identifier),
    "version": Field("version", fields.short_text),
    "title": Field("title", fields.short_text),
    "languages": Field("languages", fields.texts),
    "category": Field("category", fields.short_text),
    "severity": Field("severity", severity),
    "licence": Field("licence", fields.short_text),
    "source": Field("source", fields.text),
    "owner": Field("owner", fields.short_text),
    "review": Field("review", fields.date),
    "native-review": Field("native_review", fields.flag),
    "about": Field("about", fields.text),
    "requires": Field("requires", fields.list_of(fields.identifier)),
}
LIBRARY_OPTIONAL = {"native-review", "about", "requires"}
EXAMPLE_FIELDS = {
    "text": Field("text", fields.prose),
    "title": Field("title", fields.prose),
    "url": Field("url", fields.prose),
    "source": Field("source", fields.short_text),
    "severity": Field("severity", severity),
    "matched": Field("matched", fields.text),
}
EXPECTED_FIELDS = {"term": Field("term_id", fields.identifier), "severity": Field("severity", severity)}


@paused()
def parse(text: str, *, origin: str) -> Library:
    """Parse and check one library. `origin` names it in messages, usually the file's path."""
    data = load(text, origin)
    document = Document(origin, text)
    check_top(document, data, FORMAT, TOP_FIELDS)
    required = [name for name in LIBRARY_FIELDS if name not in LIBRARY_OPTIONAL]
    about = fields.read_table(document, data.get("library", {}), ("library",), LIBRARY_FIELDS, required)
    profiles = _profiles(document, data.get("profile", {}))
    terms = _terms(document, data.get("term", []), profiles)
    optional = {"native_review": True, "about": "", "requires": ()}
    return Library(
        **{**optional, **about},
        sets=_sets(document, data.get("sets", {})),
        profiles=profiles,
        terms=terms,
        examples=_examples(document, data.get("example", []), {term.term_id for term in terms}),
        origin=origin,
        text=text,
    )


def load(text: str, origin: str) -> dict[str, Any]:
    """Read TOML, with its errors as ours."""
    if len(text) > MAX_FILE:
        raise LibraryError(Place(origin), f"file of {len(text)} characters", f"at most {MAX_FILE}: split it")
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        place = Place(origin, error.lineno, error.colno)
        raise LibraryError(place, f"not TOML: {error.msg}", "see https://toml.io for the syntax") from None


def check_top(document: Document, data: Mapping[str, Any], wanted: str, known: frozenset[str]) -> None:
    """Check the format name and the names of the tables."""
    if data.get("format") != wanted:
        document.fail(("format",), f'the file must begin with format = "{wanted}"', "other versions are not read")
    for key in data:
        if key not in known:
            document.fail((key,), f"unknown table `{key}`", "known: " + ", ".join(sorted(known)), key=True)


def _sets(document: Document, value: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        document.fail(("sets",), "`sets` must be a table", "[sets]", key=True)
    result = {}
    for name, entries in value.items():
        path = ("sets", name)
        fields.identifier(document, name, path)
        result[name] = fields.texts(document, entries, path)
        if len(entries) > MAX_SET:
            document.fail(path, f"set of {len(entries)} entries", f"at most {MAX_SET}")
    return result


def _profiles(document: Document, value: Any) -> dict[str, Rules]:
    if not isinstance(value, dict):
        document.fail(("profile",), "`profile` must be a table of tables", "[profile.name]", key=True)
    result = {}
    for name, table in value.items():
        path = ("profile", name)
        fields.identifier(document, name, path)
        result[name] = rules(document, fields.read_table(document, table, path, RULE_FIELDS), NO_RULES, path)
    return result


def example(document: Document, value: Any, path: Path) -> Example:
    """Read an example: a plain text, or a table with what surrounds it."""
    if isinstance(value, str):
        return Example(text=value, path=path)
    values = fields.read_table(document, value, path, EXAMPLE_FIELDS, ("text",))
    return Example(**values, path=path)


TERM_FIELDS = {
    "text": Field("texts", fields.text_or_texts),
    "id": Field("term_id", fields.identifier),
    "forms": Field("forms", fields.texts),
    "like": Field("like", fields.identifier),
    "hit": Field("hits", fields.list_of(example)),
    "miss": Field("misses", fields.list_of(example)),
    "condition": Field("condition", fields.short_text),
    **RULE_FIELDS,
}


def _terms(document: Document, value: Any, profiles: Mapping[str, Rules]) -> tuple[Term, ...]:
    if not isinstance(value, list):
        document.fail(("term",), "`term` must be a list of tables", "[[term]]", key=True)
    terms: list[Term] = []
    seen: dict[str, int] = {}
    for index, table in enumerate(value):
        one = term(document, table, ("term", index), profiles)
        if one.condition is not None:
            document.fail((*one.path, "condition"), "a library's terms have no condition", "conditions are per person")
        if one.term_id in seen:
            what = f"term id `{one.term_id}` is taken by term {seen[one.term_id] + 1} of the file"
            document.fail(one.path, what, 'give it its own: id = "…"', key=True)
        seen[one.term_id] = index
        terms.append(one)
    return tuple(terms)


def term(document: Document, table: Any, path: Path, profiles: Mapping[str, Rules]) -> Term:
    """Read one `[[term]]` with its profile's rules under its own."""
    values = fields.read_table(document, table, path, TERM_FIELDS, ("text",))
    own = values.pop
    like = own("like", None)
    if like is not None and like not in profiles:
        document.fail((*path, "like"), f"no profile `{like}`", "profiles: " + (", ".join(sorted(profiles)) or "none"))
    base = profiles[like] if like is not None else NO_RULES
    texts = own("texts")
    return Term(
        own("term_id", None) or slug(document, texts[0], path),
        texts,
        hits=own("hits", ()),
        misses=own("misses", ()),
        forms=own("forms", ()),
        condition=own("condition", None),
        path=path,
        like=like,
        rules=rules(document, values, base, path) if values else base,  # what is left are rules
    )


def slug(document: Document, text: str, path: Path) -> str:
    """Make a term id of a text, or ask for one where the script has no a-z."""
    made = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:80].strip("-")
    if not made or not (text.isascii() or len(made) > len(text) // 2):
        document.fail((*path, "text"), "no id can be made of this text", 'give the term one: id = "…" in a-z, 0-9, -')
    return made


def _examples(document: Document, value: Any, term_ids: set[str]) -> tuple[WholeExample, ...]:
    if not isinstance(value, list):
        document.fail(("example",), "`example` must be a list of tables", "[[example]]", key=True)
    known = {**EXAMPLE_FIELDS, "expect": Field("expect", fields.list_of(_expected, may_be_empty=True))}
    del known["severity"], known["matched"]
    result = []
    for index, table in enumerate(value):
        path = ("example", index)
        values = fields.read_table(document, table, path, known, ("text", "expect"))
        expect = values.pop("expect")
        for number, expected in enumerate(expect):
            if expected.term_id not in term_ids:
                place = (*path, "expect", number)
                document.fail(place, f"no term `{expected.term_id}` in this library", "use a term's id")
        result.append(WholeExample(Example(**values, path=path), expect))
    return tuple(result)


def _expected(document: Document, value: Any, path: Path) -> Expected:
    return Expected(**fields.read_table(document, value, path, EXPECTED_FIELDS, ("term",)))

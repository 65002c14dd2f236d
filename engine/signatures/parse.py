"""Read a file of signatures: TOML text in, checked values out, or one `LibraryError` with file, line and column."""

from typing import Any

from engine.library import fields
from engine.library.fields import Document, Field
from engine.library.parse import check_top, load
from engine.library.places import Path
from engine.signatures.model import Category, Signature, SignatureFile, Trace, TraceExample, Where

FORMAT = "overt-signatures-1"
MOST = 2000
ABOUT = {
    "id": Field("file_id", fields.identifier),
    "version": Field("version", fields.short_text),
    "title": Field("title", fields.short_text),
    "review": Field("review", fields.date),
    "licence": Field("licence", fields.short_text),
    "source": Field("source", fields.text),
}


def _trace(document: Document, value: Any, path: Path) -> TraceExample:
    text = fields.short_text(document, value, path)
    where, colon, rest = text.partition(": ")
    if not colon or where not in set(Where):
        document.fail(path, f"an example without its place: {text!r:.60}", 'write "process: name"; places: ' + PLACES)
    program, space, argument = rest.partition(" ")
    if where == Where.ARGUMENT:
        if not space:
            document.fail(path, "an argument without its program", 'write "argument: chromium --incognito"')
        return TraceExample(Trace(Where.ARGUMENT, argument, program), path)
    return TraceExample(Trace(Where(where), rest), path)


PLACES = ", ".join(Where)
SIGNATURE = {
    "id": Field("signature_id", fields.identifier),
    "category": Field("category", fields.one_of(Category)),
    "says": Field("says", fields.short_text),
    "severity": Field("severity", fields.whole_number(0, 5)),
    "of": Field("of", fields.texts),
    "hit": Field("hits", fields.list_of(_trace)),
    "miss": Field("misses", fields.list_of(_trace)),
    **{where.value: Field(where.value, fields.texts) for where in Where},
}
REQUIRED = ("id", "category", "says", "severity")


def parse_signatures(text: str, *, origin: str) -> SignatureFile:
    """Parse and check one file. `origin` names it in messages, usually the file's path."""
    data = load(text, origin)
    document = Document(origin, text)
    check_top(document, data, FORMAT, frozenset({"format", "signatures", "signature"}))
    about = fields.read_table(document, data.get("signatures", {}), ("signatures",), ABOUT, ABOUT)
    tables = data.get("signature", [])
    if not isinstance(tables, list) or not 0 < len(tables) <= MOST:
        document.fail(("signature",), f"not 1 to {MOST} signatures", "each begins with [[signature]]", key=True)
    found = tuple(_signature(document, table, ("signature", index)) for index, table in enumerate(tables))
    _check_ids(document, found)
    return SignatureFile(**about, signatures=found, origin=origin, text=text)


def _signature(document: Document, table: Any, path: Path) -> Signature:
    values = fields.read_table(document, table, path, SIGNATURE, REQUIRED)
    patterns = {where: values.pop(where.value) for where in Where if where.value in values}
    if not patterns:
        document.fail(path, "a signature that recognises nothing", "give one of: " + PLACES, key=True)
    if (Where.ARGUMENT in patterns) != ("of" in values):
        document.fail(path, "`argument` and `of` go together", "name the programs whose argument it is", key=True)
    for where, wanted in patterns.items():
        for index, pattern in enumerate(wanted):
            if not pattern.strip("*? "):
                document.fail((*path, where.value, index), "a pattern that matches everything", "say what it looks for")
    optional: dict[str, Any] = {"of": (), "hits": (), "misses": ()}
    return Signature(**{**optional, **values}, patterns=patterns, path=path)


def _check_ids(document: Document, found: tuple[Signature, ...]) -> None:
    seen = set()
    for one in found:
        if one.signature_id in seen:
            document.fail((*one.path, "id"), f"the id {one.signature_id} stands there twice", "ids differ")
        seen.add(one.signature_id)

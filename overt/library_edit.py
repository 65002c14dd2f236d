"""Edits the text of a library and keeps its comments and order: entries added to terms, severities, a new version."""

import difflib
import re
from collections.abc import Sequence
from typing import Any

import tomlkit

from engine.errors import EngineError
from engine.evaluate.suggest import Kind, Proposal
from engine.library.model import Library, Near

WITHIN = 8
NO_LINE_END = "\n\\ No newline at end of file\n"
"""What a patch says after the last line of a file that ends without a line end."""


class EditError(EngineError):
    """An edit that cannot be made in this library."""


def edited(library: Library, proposals: Sequence[Proposal]) -> str:
    """Return the library's text with the proposals in it and a new version. Raises EditError."""
    document = tomlkit.parse(library.text)
    tables: Any = document["term"]
    places = {term.term_id: index for index, term in enumerate(library.terms)}
    for one in proposals:
        library_id, _, term_id = one.term.partition("/")
        if library_id != library.library_id or term_id not in places:
            raise EditError(f"the library {library.library_id} has no term {one.term}")
        _edit(library, tables[places[term_id]], places[term_id], one)
    return with_version(tomlkit.dumps(document), next_version(library.version))


def with_version(text: str, version: str) -> str:
    """Return a library's text with another version."""
    document = tomlkit.parse(text)
    head: Any = document["library"]
    head["version"] = version
    return tomlkit.dumps(document)


def _edit(library: Library, table: Any, index: int, one: Proposal) -> None:
    rules, words = library.terms[index].rules, [entry for entry, _ in one.entries]
    if one.kind is Kind.SEVERITY:
        table["severity"] = int(words[0])
    elif one.kind is Kind.ALLOW:
        _extend(table, "allow", rules.allow, words)
        _extend(table, "miss", (), words)
    elif one.kind is Kind.FORMS:
        _extend(table, "forms", library.terms[index].forms, words)
    elif one.kind is Kind.NOT_NEAR:
        _add_context(table, "not-near", rules.not_near, words)
    else:
        _add_context(table, "near", rules.near, words)


def _extend(table: Any, key: str, inherited: Sequence[str], words: Sequence[str]) -> None:
    """Add to the term's own list; a list that came from its profile is repeated first, or it would be lost."""
    if key not in table:
        table[key] = list(inherited)
    known = {str(entry).casefold() for entry in table[key] if isinstance(entry, str)}
    for word in words:
        if word.casefold() not in known:
            table[key].append(word)


def _add_context(table: Any, key: str, inherited: Sequence[Near], words: Sequence[str]) -> None:
    made = [_context(near) for near in inherited]
    added = tomlkit.inline_table()
    added.update({"any": list(words), "within": WITHIN})
    listed = tomlkit.array()
    for one in [*made, added]:
        listed.append(one)
    table[key] = listed


def _context(near: Near) -> Any:
    """Write a context as the library does."""
    made = tomlkit.inline_table()
    made["all" if near.every else "any"] = list(near.entries)
    made["within"] = near.reach.within
    for key, value, usual in (
        ("chars", near.reach.chars, 20),
        ("side", near.reach.side.value, "either"),
        ("sentence", near.reach.sentence, False),
        ("where", sorted(one.value for one in near.reach.where), ["text", "title", "url"]),
    ):
        if value != usual:
            made[key] = value
    return made


def next_version(version: str) -> str:
    """Return the version with its last number one higher: 2026.11.2 → 2026.11.3."""
    found = re.search(r"(\d+)(\D*)$", version)
    return f"{version[: found.start()]}{int(found[1]) + 1}{found[2]}" if found else f"{version}.1"


def patch(library: Library, text: str, name: str) -> str:
    """Return the change as a patch that `patch` and `git apply` take."""
    lines = difflib.unified_diff(
        library.text.splitlines(keepends=True), text.splitlines(keepends=True), f"a/{name}", f"b/{name}", n=1
    )
    return "".join(line if line.endswith("\n") else line + NO_LINE_END for line in lines)

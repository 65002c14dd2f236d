"""What the console explains: the glossary, and the page for courts. Data and Markdown beside this file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from markdown_it import MarkdownIt
from markupsafe import Markup

_HERE = files("server_stub.console")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the console and what it means, in a sentence or two."""

    name: str
    word: str
    means: str


@cache
def glossary() -> Mapping[str, Word]:
    """Return the words by their names, in the order of the file."""
    entries = tomllib.loads((_HERE / "glossary.toml").read_text(encoding="utf-8"))
    return {name: Word(name, entry["word"], entry["means"]) for name, entry in entries.items()}


@cache
def court_page() -> Markup:
    """Return the page for courts as HTML. Its Markdown is ours; HTML in it would be shown as text."""
    text = (_HERE / "court.md").read_text(encoding="utf-8")
    return Markup(MarkdownIt("commonmark", {"html": False}).enable("table").render(text))  # noqa: S704

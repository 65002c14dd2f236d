"""`overt library explain`."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from engine.library.explain import explain as explain_text
from engine.observation import Context, Provenance, TextObservation
from engine.text.screen import TextScreener
from overt import library_explain
from overt.library_files import load, load_person
from overt.library_shell import Page, print_json, stop, told_errors

STDIN = "-"


def explain(
    text: Annotated[str, typer.Argument(help="The text; - reads it from standard input.", show_default=False)],
    libraries: Annotated[
        list[str] | None,
        typer.Option("--libraries", help="A shipped library by id, a file, or a folder; repeatable. Default: all."),
    ] = None,
    person: Annotated[Path | None, typer.Option("--set", help="A per-person set, with its libraries.")] = None,
    title: Annotated[str | None, typer.Option("--title", help="The title of the window that shows the text.")] = None,
    url: Annotated[str | None, typer.Option("--url", help="The address of the page that shows the text.")] = None,
    ocr: Annotated[bool, typer.Option("--ocr", help="The text was read from a picture: misreadings count.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,
) -> None:
    """Say why each word of a text fired or did not: how it was read, by which rule, and what speaks against it.

    Exit codes: 0 explained, whether anything fires or not, 2 wrong usage or a file that is no library, 3 something is
    missing on this computer.
    """
    said = sys.stdin.read().rstrip("\n") if text == STDIN else text
    if not said.strip():
        stop('There is no text. For example: overt library explain "need a gun, no questions"')
    with told_errors():
        loaded = load_person(person, libraries or []) if person is not None else load(libraries or [])
        screener = TextScreener(loaded.compile())
    source = "ocr" if ocr else "typed"
    observation = TextObservation(said, Provenance.TYPED, source, datetime.now(UTC), Context(title=title, url=url))
    explained = explain_text(screener, observation)
    if as_json:
        print_json(library_explain.as_json(explained, dict(screener.library_set.versions)))
    else:
        library_explain.show(Page(), explained)

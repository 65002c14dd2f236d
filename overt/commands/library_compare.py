"""`overt library compare`."""

from typing import Annotated

import typer

from engine.documents.read import Options
from overt import library_compare_show
from overt.document_files import find
from overt.library_compare import compare
from overt.library_corpus import compare_on
from overt.library_files import load
from overt.library_shell import Page, print_json, told_errors


def compare_libraries(
    old: Annotated[str, typer.Argument(help="A shipped library by id, a file, or a folder.", show_default=False)],
    new: Annotated[str, typer.Argument(help="The same, as it is now.", show_default=False)],
    on: Annotated[
        list[str] | None,
        typer.Option("--on", help="A file or folder on which both are tried; repeatable.", show_default=False),
    ] = None,
    field: Annotated[
        str | None, typer.Option(help="The field of JSON lines with the text. Default: found out.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,
) -> None:
    """Say what a new version of libraries changes: in the terms, in the old version's examples, and on your files.

    Exit codes: 0 no example is lost, 1 a hit of the old version fires no more or a miss fires, 2 wrong usage or a file
    that is no library, 3 something is missing on this computer.
    """
    with told_errors():
        before, after = load([old]), load([new])
        old_set, new_set = before.compile(), after.compile()
        asked = [library for library in before.libraries if library.library_id in before.asked]
        comparison = compare(asked, old_set, new_set)
        corpus = compare_on(old_set, new_set, find(on), Options(field=field)) if on else None
    if as_json:
        print_json(library_compare_show.as_json(comparison, corpus))
    else:
        library_compare_show.show(Page(), comparison, corpus)
    raise typer.Exit(library_compare_show.exit_code(comparison))

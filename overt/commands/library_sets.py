"""`overt library stats` and `compile`: what libraries hold, and what they are together."""

from pathlib import Path
from typing import Annotated

import typer

from overt import library_compile, library_stats
from overt.library_files import load
from overt.library_shell import Page, print_json, told_errors

Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[LIBRARY]...",
        help="A shipped library by id, a file, or a folder; none: all that are shipped.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
Person = Annotated[
    Path | None, typer.Option("--set", help="A per-person set: libraries with their changes for one case.")
]


def stats(libraries: Names = None, as_json: AsJson = False) -> None:
    """Count what libraries hold: terms, forms, severities, rules, examples, and what is missing.

    Exit codes: 0 counted, 2 wrong usage or a file that is no library.
    """
    with told_errors():
        counted = library_stats.count(load(libraries or []))
    if as_json:
        print_json(library_stats.as_json(counted))
    else:
        library_stats.show(Page(), counted)


def compile_libraries(
    libraries: Names = None,
    person: Person = None,
    forms: Annotated[bool, typer.Option("--forms", help="List every text and form that is searched.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compile libraries into one set, as a device would, and say its digest and the versions in it.

    The digest changes with any change of a library or of the person's set; captures name it.

    Exit codes: 0 compiled, 2 wrong usage, a file that is no library, or libraries that do not fit together.
    """
    with told_errors():
        loaded = library_compile.read(libraries or [], person)
        made = loaded.compile()
    if as_json:
        print_json(library_compile.as_json(loaded, made, forms=forms))
    else:
        library_compile.show(Page(), loaded, made, forms=forms)

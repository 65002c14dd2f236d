"""`overt library`: check, test, explain, compare and import word libraries."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from engine.library.lint_codes import Code
from overt import library_lint, library_test
from overt.commands.library_compare import compare_libraries
from overt.commands.library_explain import explain
from overt.commands.library_import import import_list
from overt.commands.library_publish import publish
from overt.commands.library_sets import compile_libraries, stats
from overt.commands.library_suggest import suggest_edits
from overt.library_files import load
from overt.library_shell import Page, print_json, stop, told_errors

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)

Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[LIBRARY]...",
        help="A shipped library by id, a file, or a folder; none: all that are shipped.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


@app.callback()
def library() -> None:
    """Check, test and explain word libraries, and make new ones. docs/libraries.md tells how to work with them."""


app.command("explain")(explain)
app.command("stats")(stats)
app.command("compare")(compare_libraries)
app.command("suggest")(suggest_edits)
app.command("compile")(compile_libraries)
app.command("import")(import_list)
app.command("publish")(publish)


@app.command("test")
def run_examples(libraries: Names = None, as_json: AsJson = False) -> None:
    """Run the examples in the libraries: every `hit` must fire, no `miss` may, an `[[example]]` exactly as it says.

    Exit codes: 0 all come out as written, 1 an example fails or a library has none, 2 wrong usage or a file that is no
    library, 3 something is missing on this computer.
    """
    with told_errors():
        tested = library_test.run(load(libraries or []))
    if as_json:
        print_json(library_test.as_json(tested))
    else:
        library_test.show(Page(), tested)
    raise typer.Exit(library_test.exit_code(tested))


@app.command()
def lint(
    libraries: Names = None,
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", metavar="CODE", help="Say nothing of this code; repeatable.")
    ] = None,
    codes: Annotated[bool, typer.Option("--codes", help="List the codes and stop.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check libraries for mistakes and for causes of false captures; each with its place and a proposed fix.

    Exit codes: 0 nothing but notes, 1 errors or warnings, 2 wrong usage or a file that is no library, 3 something is
    missing on this computer.
    """
    if codes:
        library_lint.show_codes(Page())
        return
    known = {code.value for code in Code}
    for code in ignore or []:
        if code not in known:
            stop(f"there is no code {code}; overt library lint --codes lists them")
    with told_errors():
        linted = library_lint.run(load(libraries or []), datetime.now(UTC).date(), ignore or [])
    if as_json:
        print_json(library_lint.as_json(linted))
    else:
        library_lint.show(Page(), linted)
    raise typer.Exit(library_lint.exit_code(linted))

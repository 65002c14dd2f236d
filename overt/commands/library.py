"""`overt library`: check, test, explain, compare and import word libraries."""

from typing import Annotated

import typer

from overt import library_test
from overt.commands.library_import import import_list
from overt.library_files import load
from overt.library_shell import Page, print_json, told_errors

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


app.command("import")(import_list)


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

"""`overt library`: check, test, explain, compare and import word libraries."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer

from engine.library.lint_codes import Code
from overt import library_fix, library_lint, library_test
from overt.commands.library_compare import EXAMPLES as COMPARE_EXAMPLES
from overt.commands.library_compare import compare_libraries
from overt.commands.library_explain import explain
from overt.commands.library_import import import_list
from overt.commands.library_learn import EXAMPLES as LEARN_EXAMPLES
from overt.commands.library_learn import learn_meaning
from overt.commands.library_publish import publish
from overt.commands.library_sets import compile_libraries, stats
from overt.commands.library_suggest import EXAMPLES as SUGGEST_EXAMPLES
from overt.commands.library_suggest import suggest_edits
from overt.library_files import load
from overt.library_fix import Fixed
from overt.library_lint import Linted
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


app.command("explain", short_help="Why each word of a text fired or did not.")(explain)
app.command("stats", short_help="What libraries hold, counted.")(stats)
app.command("compare", epilog=COMPARE_EXAMPLES, short_help="What a new version changes, also on your files.")(
    compare_libraries
)
app.command("suggest", epilog=SUGGEST_EXAMPLES, short_help="Edits learned from labelled text, each measured.")(
    suggest_edits
)
app.command("learn", epilog=LEARN_EXAMPLES, short_help="What ambiguous terms mean, from labelled sentences.")(
    learn_meaning
)
app.command("compile", short_help="One set, as devices have it, and its digest.")(compile_libraries)
app.command("import", short_help="Make a library of a word list.")(import_list)
app.command("publish", short_help="Sign a set for the devices of a case.")(publish)


@app.command("test", short_help="Run the examples in the libraries.")
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


@app.command(short_help="Mistakes, and causes of false captures, with fixes.")
def lint(
    libraries: Names = None,
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", metavar="CODE", help="Say nothing of this code; repeatable.")
    ] = None,
    codes: Annotated[bool, typer.Option("--codes", help="List the codes and stop.")] = False,
    mend: Annotated[
        bool, typer.Option("--fix", help="Take out what can go without a change in what fires, and check again.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Print as a patch what --fix would change; change nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check libraries for mistakes and for causes of false captures; each with its place and a proposed fix.

    --fix takes out texts, exceptions and weights that add nothing, and leaves the rest to people: it never changes what
    a library fires on, and proves it before it writes. `overt library lint --diff > back.patch` first, and
    `patch --reverse` undoes it.

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
        loaded = load(libraries or [])
        linted = library_lint.run(loaded, datetime.now(UTC).date(), ignore or [])
        if diff or mend:
            fixed = library_fix.fix(linted, loaded)
    if diff:
        library_fix.show_patch(fixed)
        return
    if mend:
        linted = _mended(fixed, libraries or [], ignore or [], quiet=as_json)
    if as_json:
        print_json(library_lint.as_json(linted))
    else:
        library_lint.show(Page(), linted)
    raise typer.Exit(library_lint.exit_code(linted))


def _mended(fixed: Sequence[Fixed], names: list[str], ignored: list[str], *, quiet: bool) -> list[Linted]:
    """Write the new texts, say what was taken out, and lint again."""
    with told_errors():
        library_fix.write(fixed)
        if not quiet:
            library_fix.show(Page(), fixed)
        return library_lint.run(load(names), datetime.now(UTC).date(), ignored)

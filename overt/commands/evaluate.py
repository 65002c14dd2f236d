"""`overt evaluate`: how often libraries flag a corpus, and how often rightly; and the commands around it."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from engine.errors import EngineError
from engine.evaluate.functional import baseline_of, check_baseline, regressions
from overt.commands.evaluate_corpus import EXAMPLES, corpus
from overt.commands.evaluate_label import EXAMPLES as LABEL_EXAMPLES
from overt.commands.evaluate_label import label_hits, labels_agreement
from overt.commands.evaluate_pictures import EXAMPLES as PICTURE_EXAMPLES
from overt.commands.evaluate_pictures import pictures
from overt.evaluation import functional as functional_tests
from overt.exits import DONE, FINDINGS
from overt.library_files import load
from overt.library_shell import check_writable, print_json, stop, told_errors, write_text
from overt.meaning.screener import screener

FUNCTIONAL_EXAMPLES = """\b
Examples:
  overt evaluate functional my-tests.toml --libraries my-list.toml
  overt evaluate functional my-tests/ --write-baseline reached.json
  overt evaluate functional my-tests/ --baseline reached.json
"""


class CorpusByDefault(TyperGroup):
    """Takes `overt evaluate FILE` for the command that measures a corpus."""

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        """Put the command in where none is named."""
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["corpus", *args]
        return super().parse_args(ctx, args)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return the command of that name; what is no name is a file, for the one that measures a corpus."""
        return super().get_command(ctx, cmd_name) or super().get_command(ctx, "corpus")


app = typer.Typer(add_completion=False, rich_markup_mode=None, cls=CorpusByDefault, no_args_is_help=True)


@app.callback(epilog=EXAMPLES)
def evaluate() -> None:
    """Measure on a corpus how many documents libraries flag, and how often rightly.

    `overt evaluate FILE…` is short for `overt evaluate corpus FILE…`; `overt evaluate corpus --help` lists its options.
    """


app.command(epilog=EXAMPLES, short_help="How many documents are flagged, and how often rightly.")(corpus)
app.command(epilog=PICTURE_EXAMPLES, short_help="How many pictures are flagged, and how often rightly.")(pictures)


@app.command(epilog=FUNCTIONAL_EXAMPLES, short_help="What must fire and must not, an ability at a time.")
def functional(
    tests: Annotated[
        Path, typer.Argument(help="A file of functional tests, or a folder of them.", show_default=True)
    ] = functional_tests.DEFAULT,
    libraries: Annotated[
        list[str] | None,
        typer.Option("--libraries", help="A shipped library by id, a file, or a folder. Default: all shipped."),
    ] = None,
    meaning: Annotated[
        bool, typer.Option("--meaning", help="Settle ambiguous terms by what their sentence means (extra [meaning]).")
    ] = False,
    show: Annotated[int, typer.Option(min=0, help="So many items that came out otherwise, of each functionality.")] = 5,
    baseline: Annotated[
        Path | None, typer.Option(help="What must not get worse; exit code 1 where a functionality does.")
    ] = None,
    write_baseline: Annotated[Path | None, typer.Option(help="Write what was reached into this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,
) -> None:
    """Run the functional tests of libraries: what must fire, what must not, and minimal pairs, an ability at a time.

    Exit codes: 0 done, 1 worse than the baseline, 2 wrong usage or a file that is no test or library.
    """
    before = _baseline(baseline) if baseline is not None else None
    if write_baseline is not None:
        check_writable(write_baseline)
    with told_errors():
        items = functional_tests.items_in(tests)
        found = functional_tests.run(items, screener(load(libraries or []), meaning=meaning))
    worse = regressions(found, before) if before is not None else []
    if as_json:
        print_json({"functionalities": functional_tests.values(found), "worse": worse})
    else:
        for line in [*functional_tests.lines(found, show=show), *(f"WORSE: {one}" for one in worse)]:
            typer.echo(line)
    if write_baseline is not None:
        write_text(write_baseline, json.dumps(baseline_of(found), indent=1) + "\n")
    raise typer.Exit(FINDINGS if worse else DONE)


app.command("label", epilog=LABEL_EXAMPLES, short_help="Label hits by one key each.")(label_hits)
app.command("agreement", short_help="How far people who labelled the same texts agree.")(labels_agreement)


def _baseline(path: Path) -> Any:
    try:
        return check_baseline(json.loads(path.read_text(encoding="utf-8")))
    except OSError as problem:
        stop(f"{path} cannot be read: {problem.strerror}")
    except (ValueError, RecursionError):
        stop(f"{path} is not JSON: --write-baseline writes a baseline")
    except EngineError as problem:
        stop(f"{path}: {problem}")

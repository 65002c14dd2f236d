"""`overt evaluate`: how often libraries flag a corpus, and how often rightly."""

import json
import time
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from engine.errors import EngineError
from engine.evaluate.tally import Tally
from overt import evaluate_report
from overt.evaluate_corpus import Reading, corpus_files
from overt.evaluate_report import About
from overt.evaluate_run import default_processes, evaluate
from overt.exits import BAD_INPUT, ENVIRONMENT
from overt.library_files import load

EXAMPLES = """\b
Examples:
  overt evaluate corpus.jsonl --html report.html
  overt evaluate mails/ --libraries weapons --libraries drugs
  overt evaluate chat.csv --field message --label-field judged --label ok=clean --label bad=fire
"""

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(epilog=EXAMPLES)
def evaluate_corpus(
    corpus: Annotated[list[Path], typer.Argument(help="Files and folders: .jsonl, .csv, .tsv, text; also .gz.")],
    libraries: Annotated[
        list[str] | None,
        typer.Option("--libraries", help="A shipped library by id, a file, or a folder. Default: all shipped."),
    ] = None,
    field: Annotated[str | None, typer.Option(help="The field or column of the text. Default: text, message …")] = None,
    label_field: Annotated[str, typer.Option(help="The field or column of the label.")] = "label",
    label: Annotated[
        list[str] | None, typer.Option(help="THEIRS=OURS: what a label means; ours are clean, low and fire.")
    ] = None,
    lines: Annotated[bool, typer.Option("--lines", help="In text files every line is a document.")] = False,
    as_json: Annotated[Path | None, typer.Option("--json", help="Write every figure into this file.")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write the report into this file.")] = None,
    processes: Annotated[int | None, typer.Option(min=1, help="Default: as many as there are cores.")] = None,
) -> None:
    """Screen a corpus and report how many documents are flagged, with intervals, and against labels how often rightly.

    Memory does not grow with the corpus. Ctrl-C ends it with a report of the part that was read, marked so.
    """
    reading = Reading(field, label_field, _mapping(label or []), lines)
    files = corpus_files(corpus)
    missing = next((path for path in files if not path.exists()), None)
    if missing is not None or not files:
        _stop(f"{missing or corpus[0]}: there is nothing to read.")
    try:
        compiled = load(libraries or []).compile()
    except EngineError as problem:
        _stop(str(problem))
    tally, seconds, finished = _run(files, reading, libraries or [], processes or default_processes())
    if not tally.documents and not tally.problems:
        if not finished:
            typer.echo("Stopped before anything was read.", err=True)
            raise typer.Exit(ENVIRONMENT)
        _stop("The corpus is empty: nothing was evaluated.")
    about = About(tuple(map(str, corpus)), dict(compiled.versions), compiled.digest, seconds, finished)
    for line in evaluate_report.summary(tally, about):
        typer.echo(line)
    if as_json is not None:
        as_json.write_text(json.dumps(evaluate_report.figures(tally, about), indent=1, ensure_ascii=False))
    if html is not None:
        html.write_text(evaluate_report.html(tally, about), encoding="utf-8")
        typer.echo(f"The report is in {html}.")
    raise typer.Exit(0 if finished else ENVIRONMENT)


def _run(files: list[Path], reading: Reading, libraries: list[str], processes: int) -> tuple[Tally, float, bool]:
    whole, begun = Tally(), time.monotonic()
    columns = (SpinnerColumn(), TextColumn("{task.completed:,.0f} documents"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)
        try:
            for tally in evaluate(
                files, reading, libraries, processes=processes, tell=lambda done: progress.advance(task, done)
            ):
                whole.add(tally)
        except KeyboardInterrupt:
            return whole, time.monotonic() - begun, False
    return whole, time.monotonic() - begun, True


def _mapping(pairs: list[str]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        theirs, equals, ours = pair.partition("=")
        if not equals or ours not in ("clean", "low", "fire"):
            _stop(f"{pair!r} is not of the form THEIRS=clean, THEIRS=low or THEIRS=fire")
        found[theirs] = ours
    return found


def _stop(says: str) -> NoReturn:
    typer.echo(says, err=True)
    raise typer.Exit(BAD_INPUT)

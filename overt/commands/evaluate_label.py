"""`overt evaluate label` and `overt evaluate agreement`: labels by people, and how far people agree."""

from collections.abc import Iterable
from itertools import combinations
from pathlib import Path
from typing import Annotated

import typer

from engine.errors import EngineError
from engine.evaluate.significance import Agreement, agreement
from engine.evaluate.tally import Tally
from overt.evaluation.candidates import Order, candidates
from overt.evaluation.labelled import refuse_missing_or_stdin
from overt.evaluation.labels import Labelled, read_labels
from overt.evaluation.run import Settings
from overt.evaluation.terminal import problems
from overt.evaluation.units import Reading
from overt.exits import BAD_INPUT, DONE, ENVIRONMENT
from overt.library_shell import check_writable, many, print_json, stop

EXAMPLES = """\b
Examples:
  overt evaluate label chat.csv --by ann --out labels.jsonl
  overt evaluate label chat.csv --by bob --out labels.jsonl --order uncertain --count 50
  overt evaluate agreement labels.jsonl
  overt evaluate chat.csv --labels labels.jsonl
"""
WORDS = ((0.8, "very good"), (0.6, "good"), (0.4, "moderate"), (0.2, "fair"))
"""What kappa is called from where (Landis and Koch 1977, Altman 1991)."""


def label_hits(
    corpus: Annotated[list[str], typer.Argument(help="Files and folders, as for overt evaluate.", show_default=False)],
    out: Annotated[Path, typer.Option(help="The file of labels; what is in it stays.", show_default=False)],
    by: Annotated[str, typer.Option(help="Who labels: a name or a pseudonym.", show_default=False)],
    libraries: Annotated[
        list[str] | None,
        typer.Option("--libraries", help="A shipped library by id, a file, or a folder. Default: all shipped."),
    ] = None,
    order: Annotated[Order, typer.Option(help="By lot, or those at the border first.")] = Order.RANDOM,
    count: Annotated[int, typer.Option(min=1, help="At most so many.")] = 200,
    field: Annotated[str | None, typer.Option(help="The field or column of the text. Default: text, message …")] = None,
    lines: Annotated[bool, typer.Option("--lines", help="In text files every line is a document.")] = False,
    with_text: Annotated[
        bool, typer.Option("--with-text", help="Keep the words beside the label, not the hash only.")
    ] = False,
) -> None:
    """Show hits in their words and take a label for each by one key: c clean, l low, f fire, s skip, u undo, q quit.

    Each label is on the disk at once. Everybody gets the hits in the same order, so two people who label one corpus
    label the same texts; overt evaluate agreement compares them.

    Exit codes: 0 done, 2 wrong usage or nothing to label, 3 something is missing on this computer, or the file of
    labels cannot be written.
    """
    try:
        from overt.evaluation.label_screen import LabelApp, LabelFile  # noqa: PLC0415  (the extra [evaluate])
    except ImportError:
        stop("the screen for labelling needs: pip install 'overt[evaluate]'", ENVIRONMENT)
    if not by.strip():
        stop("say who labels: --by NAME")
    check_writable(out)
    told = Tally()
    try:
        refuse_missing_or_stdin(corpus)
        done = {one.sha256 for one in read_labels(out) if one.by == by} if out.exists() else set()
        settings = Settings(tuple(libraries or []), Reading(field, by_line=lines))
        found = candidates(corpus, settings, order, count, done, told)
    except EngineError as problem:
        stop(str(problem))
    for line in problems(told):
        typer.echo(line, err=True)
    if not found:
        stop(f"there is nothing to label: {many(len(done), 'text')} by {by} are done, and no other fires", BAD_INPUT)
    labelled = LabelApp(found, LabelFile(out), by, with_text=with_text).run() or 0
    typer.echo(f"{many(labelled, 'label')} written to {out}. overt evaluate … --labels {out} counts them.")
    raise typer.Exit(DONE)


def labels_agreement(
    files: Annotated[list[Path], typer.Argument(help="Files of labels.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,
) -> None:
    """Say how far people who labelled the same texts agree beyond chance: Cohen's kappa, for each two of them.

    Exit codes: 0 done, 2 wrong usage, or no two people labelled the same text.
    """
    try:
        said = _by_person(one for path in files for one in read_labels(path))
    except EngineError as problem:
        stop(str(problem))
    except OSError as problem:
        stop(f"{problem.filename}: {problem.strerror}")
    pairs = {(one, other): _pair(said[one], said[other]) for one, other in combinations(sorted(said), 2)}
    known = {names: found for names, found in pairs.items() if found.items}
    if not known:
        stop("no two people labelled the same text")
    if as_json:
        rows = [
            {
                "people": list(names),
                "texts": one.items,
                "agreed": one.agreed,
                "kappa": one.kappa,
                "interval": [one.low, one.high],
            }
            for names, one in known.items()
        ]
        print_json({"agreement": rows})
        return
    for names, one in known.items():
        typer.echo(
            f"{names[0]} and {names[1]}: the same label for {one.agreed:,} of {many(one.items, 'text')}, {_kappa(one)}"
        )


def _by_person(labels: Iterable[Labelled]) -> dict[str, dict[str, str]]:
    said: dict[str, dict[str, str]] = {}
    for one in labels:
        said.setdefault(one.by, {})[one.sha256] = one.label
    return said


def _pair(one: dict[str, str], other: dict[str, str]) -> Agreement:
    return agreement([(one[text], other[text]) for text in sorted({*one} & {*other})])


def _kappa(one: Agreement) -> str:
    if one.kappa is None or one.low is None or one.high is None:
        return "kappa – (both gave one and the same label throughout)"
    name = next((word for least, word in WORDS if one.kappa >= least), "poor")
    return f"kappa {one.kappa:.2f} ({one.low:.2f} to {one.high:.2f}), {name}"

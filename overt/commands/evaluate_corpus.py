"""`overt evaluate corpus`: screens a corpus and reports how many documents are flagged, and how often rightly."""

import json
from collections.abc import Sequence
from enum import StrEnum
from math import inf
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.errors import EngineError
from engine.evaluate.burden import Assumptions
from engine.evaluate.drift import Drift, drift, earlier_run
from engine.evaluate.tally import Tally
from overt.evaluation import terminal
from overt.evaluation.about import About
from overt.evaluation.figures import figures
from overt.evaluation.labelled import refuse_missing
from overt.evaluation.labels import LabelsError, mapping_of, read_labels, settled
from overt.evaluation.resume import ResumeError, beside_of, fingerprint
from overt.evaluation.resume import load as load_part
from overt.evaluation.run import Executor, Here, Processes, Settings, Worker, default_processes
from overt.evaluation.sources import STDIN, sources, total_size
from overt.evaluation.units import Reading, units
from overt.evaluation.work import Keeping, Result, work
from overt.exits import DONE, ENVIRONMENT
from overt.library_shell import check_writable, stop, told_errors, write_text

EXAMPLES = """\b
Examples:
  overt evaluate corpus.jsonl --html report.html
  overt evaluate mails/ --libraries weapons --libraries drugs
  overt evaluate chat.csv --field message --label-field judged --label ok=clean --label bad=fire
  zcat logs.gz | overt evaluate - --stdin-format lines
  overt evaluate big/ --resume big.part --earlier last-month.json --json this-month.json
"""
ASSUMED = {
    "reading": "characters_an_hour",
    "hours": "hours_a_day",
    "people": "people",
    "seconds": "seconds_a_group",
}
STDIN_FORMATS = {"jsonl": ".jsonl", "json": ".json", "csv": ".csv", "tsv": ".tsv", "mbox": ".mbox", "lines": ".txt"}


class ExecutorKind(StrEnum):
    """Where units are screened."""

    PROCESSES = "processes"
    DASK = "dask"


CorpusArgument = Annotated[
    list[str],
    typer.Argument(
        help="Files and folders: .jsonl, .json, .csv, .tsv, .parquet, .mbox, .eml, text, documents; also in .gz, "
        ".zst and .zip; - is standard input.",
        show_default=False,
    ),
]
LibrariesOption = Annotated[
    list[str] | None,
    typer.Option("--libraries", help="A shipped library by id, a file, or a folder. Default: all shipped."),
]
FieldOption = Annotated[str | None, typer.Option(help="The field or column of the text. Default: text, message …")]
LabelFieldOption = Annotated[str, typer.Option(help="The field or column of the label.")]
SourceFieldOption = Annotated[str, typer.Option(help="The field or column that says where the text is from.")]
LabelOption = Annotated[
    list[str] | None, typer.Option(help="THEIRS=OURS: what a label means; ours are clean, low and fire.")
]
LabelsOption = Annotated[
    list[Path] | None, typer.Option("--labels", help="A file of labels by text (overt evaluate label writes them).")
]
LinesOption = Annotated[bool, typer.Option("--lines", help="In text files every line is a document.")]
StdinFormatOption = Annotated[str, typer.Option(help="What - holds: " + ", ".join(STDIN_FORMATS) + ".")]
ViewsOption = Annotated[bool, typer.Option("--views/--no-views", help="Also look for disguised words.")]
MeaningOption = Annotated[
    bool, typer.Option("--meaning", help="Settle ambiguous terms by what their sentence means (extra [meaning]).")
]
ThroughScreenOption = Annotated[
    bool, typer.Option("--through-screen", help="Draw each text on a screen and read it back by the agent's OCR.")
]
NaiveOption = Annotated[
    bool, typer.Option("--naive/--no-naive", help="Also count what plain search would have flagged.")
]
AssumeOption = Annotated[
    list[str] | None,
    typer.Option(help="NAME=NUMBER: reading (characters an hour), hours (a day), people, seconds (a decision)."),
]
EarlierOption = Annotated[Path | None, typer.Option(help="The --json of an earlier run, to say what changed since.")]
JsonOption = Annotated[Path | None, typer.Option("--json", help="Write every figure into this file.")]
HtmlOption = Annotated[Path | None, typer.Option("--html", help="Write the report into this file.")]
ProcessesOption = Annotated[int | None, typer.Option(min=1, help="Default: as many as there are cores.")]
ExecutorOption = Annotated[ExecutorKind, typer.Option(help="Where: in processes here, or on a Dask cluster.")]
SchedulerOption = Annotated[
    str | None, typer.Option(help="HOST:PORT of a running Dask scheduler. Default: a cluster of --processes here.")
]
ResumeOption = Annotated[
    Path | None, typer.Option(help="Keep what is done in this file, and go on from it where it is there.")
]


def corpus(
    corpus: CorpusArgument,
    libraries: LibrariesOption = None,
    field: FieldOption = None,
    label_field: LabelFieldOption = "label",
    source_field: SourceFieldOption = "source",
    label: LabelOption = None,
    labels: LabelsOption = None,
    lines: LinesOption = False,
    stdin_format: StdinFormatOption = "jsonl",
    views: ViewsOption = True,
    meaning: MeaningOption = False,
    through_screen: ThroughScreenOption = False,
    naive: NaiveOption = True,
    assume: AssumeOption = None,
    earlier: EarlierOption = None,
    as_json: JsonOption = None,
    html: HtmlOption = None,
    processes: ProcessesOption = None,
    executor: ExecutorOption = ExecutorKind.PROCESSES,
    scheduler: SchedulerOption = None,
    resume: ResumeOption = None,
) -> None:
    """Screen a corpus and report how many documents are flagged, with intervals, and against labels how often rightly.

    Memory does not grow with the corpus. Ctrl-C ends it with a report of the part that was read, marked so; with
    --resume the same command goes on from there.

    Exit codes: 0 done, 2 wrong usage, or a corpus that is empty or cannot be read, 3 stopped early, or a result
    that cannot be written (told before anything is read).
    """
    assumed = _assumed(assume or [])
    reading = Reading(field, label_field, source_field, _mapping(label or []), *_shape(stdin_format, lines=lines))
    with told_errors():
        refuse_missing([*corpus, *map(str, labels or [])])
    then = _earlier(earlier)
    check_writable(as_json, html)
    with told_errors():
        known = settled(one for path in labels or [] for one in read_labels(path))
        worker = Worker(Settings(tuple(libraries or []), reading, views, meaning, naive, through_screen, known))
    result = _run(corpus, worker, _executor(executor, worker, processes, scheduler), resume)
    tally = result.tally
    about = _about(corpus, worker, result)
    _report(tally, about, assumed, drift(tally, then, about.digest) if then is not None else None, as_json, html)
    _tell_end(result, resume)
    if not tally.documents and result.finished:
        stop("Nothing could be read: what was wrong stands above.")
    raise typer.Exit(DONE if result.finished else ENVIRONMENT)


def _tell_end(result: Result, resume: Path | None) -> None:
    """Say why a run ended before its time, what is kept of it, and how to go on."""
    if result.finished:
        return
    if result.lost:
        typer.echo(
            f"Stopped: {result.lost}. Systems do so when memory runs out; fewer --processes need less.", err=True
        )
    if result.unkept:
        typer.echo(f"What is done could not be kept: {resume} cannot be written: {result.unkept}.", err=True)
    elif resume is not None:
        typer.echo(f"The same command goes on from here ({resume}).", err=True)
    else:
        typer.echo("With --resume FILE, a run keeps what is done and goes on from there.", err=True)


def _executor(kind: ExecutorKind, worker: Worker, processes: int | None, scheduler: str | None) -> Executor:
    count = processes or default_processes()
    if kind is ExecutorKind.DASK:
        from overt.evaluation.cluster import Cluster  # noqa: PLC0415  (the extra [dask])

        return Cluster(worker.settings, worker.library_set.digest, scheduler, count)
    if scheduler is not None:
        stop("--scheduler goes with --executor dask")
    return Here(worker) if count == 1 else Processes(worker, count)


def _run(corpus: list[str], worker: Worker, executor: Executor, resume: Path | None) -> Result:
    keeping = None
    if resume is not None:
        if STDIN in corpus:
            stop("standard input cannot be read again: --resume needs files")
        of = fingerprint(corpus, worker.settings, worker.library_set.digest)
        check_writable(beside_of(resume))
        try:
            keeping = Keeping(resume, of, load_part(resume, of))
        except ResumeError as problem:
            stop(str(problem))
    try:
        result = work(units(sources(corpus), worker.settings.reading), executor, total_size(corpus), keeping)
    except EngineError as problem:
        stop(str(problem), ENVIRONMENT)
    if not result.tally.documents and not result.tally.problems:
        if not result.finished:
            _tell_end(result, resume)
            stop("Stopped before anything was read.", ENVIRONMENT)
        stop("The corpus is empty: nothing was evaluated.")
    return result


def _about(corpus: Sequence[str], worker: Worker, result: Result) -> About:
    compiled, settings = worker.library_set, worker.settings
    asked = (settings.views, settings.meaning, settings.through_screen)
    return About(tuple(corpus), compiled.versions, compiled.digest, result.seconds, result.finished, *asked)


def _report(
    tally: Tally, about: About, assumed: Assumptions, changed: Drift | None, as_json: Path | None, html: Path | None
) -> None:
    for line in terminal.summary(tally, about, assumed, changed):
        typer.echo(line)
    if as_json is not None:
        write_text(as_json, json.dumps(figures(tally, about, assumed, changed), indent=1, ensure_ascii=False))
    if html is not None:
        from overt.evaluation import report  # noqa: PLC0415  (templates and charts: most runs need none)

        write_text(html, report.html(tally, about, assumed, changed))
        typer.echo(f"\nThe report is in {html}.")


def _shape(stdin_format: str, *, lines: bool) -> tuple[bool, str]:
    """Return whether a line is a document, and the ending of a file like standard input."""
    if stdin_format not in STDIN_FORMATS:
        stop(f"{stdin_format!r} is none of {', '.join(STDIN_FORMATS)}")
    return lines or stdin_format == "lines", STDIN_FORMATS[stdin_format]


def _earlier(path: Path | None) -> Any:
    if path is None:
        return None
    try:
        return earlier_run(json.loads(path.read_text(encoding="utf-8")))
    except OSError as problem:
        stop(f"{path}: {problem.strerror}")
    except (ValueError, KeyError, TypeError):
        stop(f"{path} is not what `overt evaluate … --json` writes")


def _mapping(pairs: list[str]) -> tuple[tuple[str, str], ...]:
    try:
        return tuple(sorted(mapping_of(pairs).items()))
    except LabelsError as problem:
        stop(str(problem))


def _assumed(pairs: list[str]) -> Assumptions:
    values: dict[str, float] = {}
    for pair in pairs:
        name, _, number = pair.partition("=")
        try:
            values[ASSUMED[name]] = float(number)
        except (KeyError, ValueError):
            stop(f"{pair!r} is not of the form NAME=NUMBER with a name out of {', '.join(ASSUMED)}")
    if values.get("characters_an_hour", 1) <= 0 or not all(0 <= value < inf for value in values.values()):
        stop("assumed numbers are above zero")
    return Assumptions(**values)

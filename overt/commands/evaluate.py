"""`overt evaluate`: how often libraries flag a corpus, and how often rightly; and the commands around it."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from engine.errors import BackEndError, EngineError
from engine.evaluate.burden import Assumptions
from engine.evaluate.drift import drift, earlier_run
from engine.evaluate.functional import baseline_of, regressions
from engine.library.compiled import LibrarySet
from overt.commands.evaluate_label import label_hits, labels_agreement
from overt.commands.evaluate_pictures import EXAMPLES as PICTURE_EXAMPLES
from overt.commands.evaluate_pictures import pictures
from overt.evaluation import functional as functional_tests
from overt.evaluation import terminal
from overt.evaluation.about import About
from overt.evaluation.figures import figures
from overt.evaluation.labels import LabelsError, mapping_of, read_labels, settled
from overt.evaluation.resume import ResumeError, fingerprint
from overt.evaluation.resume import load as load_part
from overt.evaluation.run import Executor, Here, Processes, Settings, default_processes
from overt.evaluation.sources import STDIN, sources, total_size
from overt.evaluation.units import Reading, units
from overt.evaluation.work import Keeping, Result, work
from overt.exits import DONE, ENVIRONMENT, FINDINGS
from overt.library_files import Loaded, load
from overt.library_shell import print_json, stop
from overt.meaning.screener import screener

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
STDIN_FORMATS = {"jsonl": ".jsonl", "csv": ".csv", "tsv": ".tsv", "mbox": ".mbox", "lines": ".txt"}


class ExecutorKind(StrEnum):
    """Where units are screened."""

    PROCESSES = "processes"
    DASK = "dask"


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


app.command(epilog=PICTURE_EXAMPLES)(pictures)


@app.command(epilog=EXAMPLES)
def corpus(
    corpus: Annotated[
        list[str],
        typer.Argument(
            help="Files and folders: .jsonl, .csv, .tsv, .parquet, .mbox, .eml, text, documents; also in .gz, .zst and "
            ".zip; - is standard input.",
            show_default=False,
        ),
    ],
    libraries: Annotated[
        list[str] | None,
        typer.Option("--libraries", help="A shipped library by id, a file, or a folder. Default: all shipped."),
    ] = None,
    field: Annotated[str | None, typer.Option(help="The field or column of the text. Default: text, message …")] = None,
    label_field: Annotated[str, typer.Option(help="The field or column of the label.")] = "label",
    source_field: Annotated[str, typer.Option(help="The field or column that says where the text is from.")] = "source",
    label: Annotated[
        list[str] | None, typer.Option(help="THEIRS=OURS: what a label means; ours are clean, low and fire.")
    ] = None,
    labels: Annotated[
        list[Path] | None, typer.Option("--labels", help="A file of labels by text (overt evaluate label writes them).")
    ] = None,
    lines: Annotated[bool, typer.Option("--lines", help="In text files every line is a document.")] = False,
    stdin_format: Annotated[str, typer.Option(help="What - holds: " + ", ".join(STDIN_FORMATS) + ".")] = "jsonl",
    views: Annotated[bool, typer.Option("--views/--no-views", help="Also look for disguised words.")] = True,
    meaning: Annotated[
        bool, typer.Option("--meaning", help="Settle ambiguous terms by what their sentence means (extra [meaning]).")
    ] = False,
    through_screen: Annotated[
        bool, typer.Option("--through-screen", help="Draw each text on a screen and read it back by the agent's OCR.")
    ] = False,
    naive: Annotated[
        bool, typer.Option("--naive/--no-naive", help="Also count what plain search would have flagged.")
    ] = True,
    assume: Annotated[
        list[str] | None,
        typer.Option(help="NAME=NUMBER: reading (characters an hour), hours (a day), people, seconds (a decision)."),
    ] = None,
    earlier: Annotated[
        Path | None, typer.Option(help="The --json of an earlier run, to say what changed since.")
    ] = None,
    as_json: Annotated[Path | None, typer.Option("--json", help="Write every figure into this file.")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write the report into this file.")] = None,
    processes: Annotated[int | None, typer.Option(min=1, help="Default: as many as there are cores.")] = None,
    executor: Annotated[ExecutorKind, typer.Option(help="Where: in processes here, or on a Dask cluster.")] = (
        ExecutorKind.PROCESSES
    ),
    scheduler: Annotated[
        str | None, typer.Option(help="HOST:PORT of a running Dask scheduler. Default: a cluster of --processes here.")
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(help="Keep what is done in this file, and go on from it where it is there.")
    ] = None,
) -> None:
    """Screen a corpus and report how many documents are flagged, with intervals, and against labels how often rightly.

    Memory does not grow with the corpus. Ctrl-C ends it with a report of the part that was read, marked so; with
    --resume the same command goes on from there.

    Exit codes: 0 done, 2 wrong usage, or a corpus that is empty or cannot be read, 3 stopped early.
    """
    assumed = _assumed(assume or [])
    mapping = _mapping(label or [])
    if stdin_format not in STDIN_FORMATS:
        stop(f"{stdin_format!r} is none of {', '.join(STDIN_FORMATS)}")
    by_line = lines or stdin_format == "lines"
    reading = Reading(field, label_field, source_field, mapping, by_line, STDIN_FORMATS[stdin_format])
    _check_files([*corpus, *(str(one) for one in labels or [])])
    then = _earlier(earlier)
    try:
        compiled = _compiled(load(libraries or []), meaning=meaning)
        known = settled(one for path in labels or [] for one in read_labels(path))
    except BackEndError as problem:
        stop(str(problem), ENVIRONMENT)
    except EngineError as problem:
        stop(str(problem))
    settings = Settings(tuple(libraries or []), reading, views, meaning, naive, through_screen, known)
    count = processes or default_processes()
    if scheduler is not None and executor is not ExecutorKind.DASK:
        stop("--scheduler goes with --executor dask")
    where = _executor(executor, settings, count, compiled.digest, scheduler)
    try:
        result = _run(corpus, settings, where, resume, compiled.digest)
    except EngineError as problem:
        stop(str(problem), ENVIRONMENT)
    tally = result.tally
    if not tally.documents and not tally.problems:
        if not result.finished:
            stop("Stopped before anything was read.", ENVIRONMENT)
        stop("The corpus is empty: nothing was evaluated.")
    about = About(
        tuple(corpus),
        compiled.versions,
        compiled.digest,
        result.seconds,
        result.finished,
        views,
        meaning,
        through_screen,
    )
    changed = drift(tally, then, compiled.digest) if then is not None else None
    for line in terminal.summary(tally, about, assumed, changed):
        typer.echo(line)
    if as_json is not None:
        _write(as_json, json.dumps(figures(tally, about, assumed, changed), indent=1, ensure_ascii=False))
    if html is not None:
        from overt.evaluation import report  # noqa: PLC0415  (templates and charts: most runs need none)

        _write(html, report.html(tally, about, assumed, changed))
        typer.echo(f"\nThe report is in {html}.")
    if resume is not None and not result.finished:
        typer.echo(f"The same command goes on from here ({resume}).", err=True)
    if not tally.documents:
        stop("Nothing could be read: what was wrong stands above.")
    raise typer.Exit(DONE if result.finished else ENVIRONMENT)


@app.command()
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
    try:
        items = functional_tests.items_in(tests)
        found = functional_tests.run(items, screener(load(libraries or []), meaning=meaning))
    except BackEndError as problem:
        stop(str(problem), ENVIRONMENT)
    except EngineError as problem:
        stop(str(problem))
    worse = regressions(found, _baseline(baseline)) if baseline is not None else []
    if as_json:
        print_json({"functionalities": functional_tests.values(found), "worse": worse})
    else:
        for line in [*functional_tests.lines(found, show=show), *(f"WORSE: {one}" for one in worse)]:
            typer.echo(line)
    if write_baseline is not None:
        _write(write_baseline, json.dumps(baseline_of(found), indent=1) + "\n")
    raise typer.Exit(FINDINGS if worse else DONE)


app.command("label")(label_hits)
app.command("agreement")(labels_agreement)


def _baseline(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        stop(f"{path} is not what --write-baseline writes")


def _compiled(loaded: Loaded, *, meaning: bool) -> LibrarySet:
    """Compile, and tell what meaning lacks before anything is read."""
    return screener(loaded, meaning=True).library_set if meaning else loaded.compile()


def _executor(kind: ExecutorKind, settings: Settings, count: int, digest: str, scheduler: str | None) -> Executor:
    if kind is ExecutorKind.DASK:
        from overt.evaluation.cluster import Cluster  # noqa: PLC0415  (the extra [dask])

        return Cluster(settings, digest, scheduler, count)
    return Here(settings) if count == 1 else Processes(settings, count)


def _run(corpus: list[str], settings: Settings, executor: Executor, resume: Path | None, digest: str) -> Result:
    keeping = None
    if resume is not None:
        if STDIN in corpus:
            stop("standard input cannot be read again: --resume needs files")
        of = fingerprint(corpus, settings, digest)
        try:
            keeping = Keeping(resume, of, load_part(resume, of))
        except ResumeError as problem:
            stop(str(problem))
    return work(units(sources(corpus), settings.reading), executor, total_size(corpus), keeping)


def _check_files(names: list[str]) -> None:
    for name in names:
        if name != STDIN and not Path(name).exists():
            stop(f"{name}: there is no such file or folder, so there is nothing to read.")


def _earlier(path: Path | None) -> Any:
    if path is None:
        return None
    try:
        return earlier_run(json.loads(path.read_text(encoding="utf-8")))
    except OSError as problem:
        stop(f"{path}: {problem.strerror}")
    except (ValueError, KeyError, TypeError):
        stop(f"{path} is not what `overt evaluate … --json` writes")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", errors="replace")
    except OSError as problem:
        stop(f"{path} cannot be written: {problem.strerror}", ENVIRONMENT)


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
    if values.get("characters_an_hour", 1) <= 0 or any(value < 0 for value in values.values()):
        stop("assumed numbers are above zero")
    return Assumptions(**values)

"""`overt evaluate pictures`: how often picture screening flags folders of pictures, and how often rightly."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from engine.errors import EngineError
from overt.exits import DONE
from overt.library_shell import check_writable, stop, write_text

EXAMPLES = """\b
Examples:
  overt evaluate pictures corpus/ --skin 24 --label portraits=clean --label beaches=clean
  overt evaluate pictures corpus/ --sets known.set --label copies=fire --label others=clean --html report.html
"""


def pictures(
    folder: Annotated[Path, typer.Argument(help="A folder with one folder a label.", exists=True, file_okay=False)],
    sets: Annotated[list[Path] | None, typer.Option("--sets", help="A set of hashes; repeatable.")] = None,
    skin: Annotated[int | None, typer.Option(min=1, max=100, help="Threshold for skin colours, in per cent.")] = None,
    model: Annotated[list[str] | None, typer.Option(help="ID or ID=PERCENT: a model with a card; repeatable.")] = None,
    models: Annotated[Path | None, typer.Option("--models", help="Folder of cards and models.")] = None,
    label: Annotated[list[str] | None, typer.Option(help="FOLDER=clean or FOLDER=fire; repeatable.")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write a printable report.")] = None,
    as_json_: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,
) -> None:
    """Measure picture screening on a folder of folders; the name of each folder is the label of what is in it.

    `--label beaches=clean` says that nothing in the folder beaches should be flagged; `fire` that everything should.
    Shares come with 95 % intervals. The report names files and shows no picture.

    Exit codes: 0 measured, 2 wrong usage, or no picture to measure.
    """
    from overt.evaluation.pictures import as_html, as_json, lines, measure  # noqa: PLC0415  (OpenCV: texts need none)
    from overt.picture_screening import PictureQuestions, picture_paths  # noqa: PLC0415

    questions = PictureQuestions(sets or [], skin, model or [], models)
    if not questions.any:
        stop("Nothing is asked: give --sets, --skin or --model.")
    labels = _labels(label or [], folder)
    check_writable(html)
    try:
        screener = questions.screener()
        with _progress(sum(1 for _ in picture_paths([str(folder)]))) as (progress, task):
            result = measure(folder, screener, labels, lambda: progress.advance(task))
    except OSError as error:
        stop(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except (EngineError, ValueError) as error:
        stop(str(error))
    asked = [*map(str, sets or []), *([f"skin {skin} %"] if skin is not None else []), *(model or [])]
    if html is not None:
        write_text(html, as_html(result, asked))
    typer.echo(as_json(result) if as_json_ else "\n".join(lines(result)))
    raise typer.Exit(DONE)


def _labels(words: list[str], folder: Path) -> dict[str, str]:
    labels = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or value not in {"clean", "fire"}:
            stop(f"--label {word}: expected FOLDER=clean or FOLDER=fire")
        if not (folder / name).is_dir():
            stop(f"--label {word}: there is no folder {name} in {folder}")
        labels[name] = value
    return labels


class _progress:  # noqa: N801  (used like contextlib's helpers)
    def __init__(self, total: int) -> None:
        columns = (TextColumn("Screening"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._progress = Progress(
            *columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()
        )
        self._total = total

    def __enter__(self) -> tuple[Progress, TaskID]:
        self._progress.start()
        return self._progress, self._progress.add_task("", total=self._total)

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

"""`overt hashes`: sets of hashes of known pictures and files."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from engine.errors import PictureError
from overt import hashes_work
from overt.commands.hashes_review import review
from overt.document_files import find
from overt.exits import BAD_INPUT, DONE, FINDINGS
from overt.hashes_read import ListFormat, guess
from overt.hashes_set import About, HashSet, Kind, read, write
from overt.library_shell import Page, many, stop, told_errors
from overt.picture_files import SUFFIXES

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None)
app.command()(review)

SetFile = Annotated[Path, typer.Argument(help="The set file.", show_default=False)]
SetId = Annotated[str | None, typer.Option("--id", help="A short name for the set.", show_default=False)]
SetVersion = Annotated[str, typer.Option("--set-version", help="The version or date of the list.")]
Source = Annotated[str | None, typer.Option("--source", help="Who gave it out, in words.", show_default=False)]
Scheme = Annotated[str, typer.Option("--scheme", help="Whose categories these are.")]
Severity = Annotated[int, typer.Option(min=1, max=5, help="How much a match weighs.")]
Condition = Annotated[str | None, typer.Option(help="The numbered condition it serves.", show_default=False)]


@app.command("import")
def import_(
    source_list: Annotated[Path, typer.Argument(metavar="LIST", help="The list to read.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="The set file to write.", show_default=False)],
    set_id: SetId = None,
    source: Source = None,
    set_version: SetVersion = "1",
    scheme: Scheme = "none",
    severity: Severity = 5,
    condition: Condition = None,
    form: Annotated[ListFormat | None, typer.Option("--format", help="How it is written. Default: found out.")] = None,
    kind: Annotated[Kind | None, typer.Option(help="What a plain list holds. Default: by length.")] = None,
    min_quality: Annotated[int, typer.Option(min=0, max=100, help="PDQ hashes below are left out.")] = 50,
) -> None:
    """Read a list of hashes into a set file: PDQ CSV, plain, CSV with names, NSRL, or VICS JSON.

    Licensed lists usually may not be kept on a supervised person's device: see docs/hash-sets.md.

    Exit codes: 0 done, 2 a list that cannot be read (file:line says where).
    """
    if not set_id or not source:
        stop("Give --id (a short name) and --source (who gave the list out).")
    about = About(set_id, set_version, source, scheme, severity, condition)
    with told_errors(), _progress(source_list) as at:
        hashes, report = hashes_work.import_list(source_list, form or guess(source_list), kind, about, min_quality, at)
        write(out, hashes)
    page = Page()
    page.line(f"{report.taken:,} {'hash' if report.taken == 1 else 'hashes'} read into {out}.")
    if report.low_quality:
        page.line(f"{report.low_quality:,} PDQ hashes of a quality below {min_quality} were left out.")
    for reason, count in report.skipped.items():
        page.line(f"{many(count, 'entry')} left out: {reason}.")
    _describe(page, hashes)


@app.command()
def info(
    set_file: SetFile,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,
) -> None:
    """Say what a set holds and where it comes from.

    Exit codes: 0 done, 2 not a set, or damaged.
    """
    with told_errors():
        hashes = read(set_file)
    if not as_json:
        _describe(Page(), hashes)
        return
    about = {name: getattr(hashes.about, name) for name in About.__slots__}
    counts = {kind.value: len(column.hashes) for kind, column in hashes.columns.items()}
    typer.echo(json.dumps({**about, "digest": hashes.digest, "hashes": counts, "categories": hashes.categories}))


@app.command()
def add(
    set_file: SetFile,
    pictures: Annotated[list[str], typer.Argument(help="Pictures and folders of them.", show_default=False)],
    set_id: SetId = None,
    source: Source = None,
    set_version: SetVersion = "1",
    scheme: Scheme = "none",
    severity: Severity = 5,
    condition: Condition = None,
    category: Annotated[str, typer.Option(help="The category of these pictures.")] = "",
) -> None:
    """Add the hashes of an authority's own pictures to a set. The pictures are read, never stored.

    Exit codes: 0 done, 2 a file could not be read (the others were added).
    """
    about = About(set_id, set_version, source, scheme, severity, condition) if set_id and source else None
    with told_errors():
        hashes, problems = hashes_work.add_pictures(set_file, _pictures(pictures), about, category)
        write(set_file, hashes)
    _describe(Page(), hashes)
    _tell(problems)


@app.command()
def match(
    set_file: SetFile,
    pictures: Annotated[list[str], typer.Argument(help="Pictures and folders of them.", show_default=False)],
    radius: Annotated[
        int | None, typer.Option(min=0, max=31, help="Bits that may differ. Default: 31 for PDQ, 6 for pHash.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines for a program to read.")] = False,
) -> None:
    """Say which pictures are in a set: byte by byte, or alike (scaled, compressed, mirrored, turned).

    Exit codes: 0 none is, 1 at least one is, 2 a file could not be read (the others were matched).
    """
    with told_errors():
        matcher = hashes_work.Matcher([read(set_file)])
        files = _pictures(pictures)
    page, problems, found = Page(), [], 0
    for path in files:
        try:
            matches = matcher.match(path, radius)
        except (PictureError, OSError) as error:
            problems.append(str(error))
            continue
        found += len(matches)
        for one in matches:
            _show(page, path, one, as_json=as_json)
    _tell(problems)
    raise typer.Exit(FINDINGS if found else DONE)


@app.command()
def export(
    set_file: SetFile,
    kind: Annotated[Kind | None, typer.Option(help="Which hashes. Default: the first kind in the set.")] = None,
) -> None:
    """Print a set's hashes: PDQ in ThreatExchange's CSV form, others as CSV with names.

    Exit codes: 0 done, 2 not a set, or no such hashes in it.
    """
    with told_errors():
        hashes_work.export(read(set_file), sys.stdout, kind)


def _show(page: Page, path: Path, one: hashes_work.FileMatch, *, as_json: bool) -> None:
    distance = one.picture.distance if one.picture else 0
    lay = one.picture.turn.value if one.picture else "the same bytes"
    if as_json:
        told = {"file": str(path), "set": one.set_id, "category": one.category, "kind": one.kind.value}
        typer.echo(json.dumps({**told, "row": one.row, "distance": distance, "how": lay}))
        return
    category = f", category {one.category}" if one.category else ""
    where = f": in {one.set_id}{category}: {one.kind.value} row {one.row}, distance {distance}, {lay}"
    page.line((str(path), "bold"), where)


def _describe(page: Page, hashes: HashSet) -> None:
    about = hashes.about
    page.line((f"{about.set_id} {about.version}", "bold"), f", from {about.source}; categories: {_spelled(hashes)}")
    page.line(f"severity {about.severity}; condition {about.condition or 'not said'}; digest {hashes.digest[:16]}")
    for kind, column in hashes.columns.items():
        page.line(f"  {kind.value:7}{len(column.hashes):>12,}")


def _spelled(hashes: HashSet) -> str:
    """Return the first categories and whose they are."""
    named = [name for name in hashes.categories if name]
    more = f" and {len(named) - 12} more" if len(named) > 12 else ""
    return f"{', '.join(named[:12])}{more} (scheme: {hashes.about.scheme})" if named else "none"


def _pictures(paths: list[str]) -> list[Path]:
    """Return named files, and in folders those that are named as pictures are."""
    files = [file for file in find(paths) if file.path is not None]
    return [file.path for file in files if file.path and (file.named or file.path.suffix.lower() in SUFFIXES)]


def _tell(problems: list[str]) -> None:
    for problem in problems:
        typer.echo(problem, err=True)
    if problems:
        raise typer.Exit(BAD_INPUT)


@contextmanager
def _progress(path: Path) -> Iterator[Callable[[int], None]]:
    """Show how far a file is read, where a person watches."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Reading", total=path.stat().st_size)
        yield lambda done: progress.update(task, completed=done)

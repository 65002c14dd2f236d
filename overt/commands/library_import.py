"""`overt library import`: make a library of a word list from elsewhere."""

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from engine.library.parse import parse
from overt.exits import BAD_INPUT, DONE, FINDINGS
from overt.library_import.entries import Columns, ListError, ListFormat, read_entries
from overt.library_import.write import Header, Imported, WeightError, write_library
from overt.library_shell import many, stop, told_errors

SEVERITIES = frozenset("12345")

File = Annotated[Path, typer.Argument(metavar="LIST", help="The list, in UTF-8.", exists=True, dir_okay=False)]
Out = Annotated[Path | None, typer.Option("--out", help="Write the library here. Default: standard output.")]
Weights = Annotated[
    list[str] | None,
    typer.Option("--weight", help="What a weight of the list means: 50=3 (50 or more), high=4; repeatable."),
]
Only = Annotated[list[str] | None, typer.Option("--only", help="Of a table, only rows where COLUMN=VALUE; repeatable.")]


def import_list(
    file: File,
    library_id: Annotated[str, typer.Option("--id", help="The id of the library: a-z, 0-9 and -.")],
    category: Annotated[str, typer.Option(help="What the words are about, for example weapons.")],
    licence: Annotated[str, typer.Option(help="Under which terms you may use the list (SPDX id, LicenseRef-…).")],
    source: Annotated[str, typer.Option(help="Where the list comes from, with its date or version.")],
    owner: Annotated[str, typer.Option(help="Who answers for the library from now on.")],
    review: Annotated[
        datetime.datetime, typer.Option(formats=["%Y-%m-%d"], help="By when somebody must look at it again.")
    ],
    title: Annotated[str | None, typer.Option(help="Default: the id.")] = None,
    language: Annotated[str, typer.Option(help="BCP 47: en, cy, pl …")] = "en",
    severity: Annotated[int, typer.Option(min=1, max=5, help="Of words for which the list says none.")] = 3,
    version: Annotated[str, typer.Option("--library-version", help="The version of the library.")] = "1",
    format_: Annotated[ListFormat, typer.Option("--format", help="What the list is.")] = ListFormat.PLAIN,
    column: Annotated[str | None, typer.Option(help="Of a table, the column with the words.")] = None,
    weight_column: Annotated[str | None, typer.Option(help="Of a table, the column with the weights.")] = None,
    category_column: Annotated[str | None, typer.Option(help="Of a table, the column with the categories.")] = None,
    only: Only = None,
    weight: Weights = None,
    out: Out = None,
) -> None:
    """Make a library of a word list: plain lines, CSV, JSON, lists of web filters (DansGuardian, SquidGuard).

    Nothing is guessed. A weight of the list becomes the severity that you say with --weight; what cannot be carried
    over is named by its line, never left out in silence. Lint and test the library before you use it.

    Exit codes: 0 everything was carried over, 1 the library was written and some lines were not carried over, 2 wrong
    usage or a list that cannot be read.
    """
    named = title or library_id
    head = Header(
        library_id, named, language, category, licence, source, owner, review.date(), version, severity
    )  # fmt: skip
    columns = Columns(column, weight_column, category_column, _pairs(only or [], "--only")) if column else None
    imported = _import(file, head, format_, columns, _severities(weight or []))
    with told_errors():
        parse(imported.toml, origin=str(out or "the library made of the list"))
        _write(imported.toml, out)
    raise typer.Exit(_tell(file, imported))


def _import(
    file: Path, head: Header, format_: ListFormat, columns: Columns | None, severities: Mapping[str, int]
) -> Imported:
    try:
        text = file.read_bytes().decode("utf-8-sig")
        imported = write_library(head, list(read_entries(text, format_, columns)), severities)
    except UnicodeDecodeError as error:
        stop(f"{file}: not UTF-8 at byte {error.start} (save it as UTF-8)")
    except OSError as error:
        stop(f"{file}: {error.strerror}")
    except WeightError as error:
        stop(f"{file}: {error} (say what they mean: --weight 50=3 --weight 100=4)")
    except ListError as error:
        stop(f"{file}: {error}")
    if not imported.terms:
        stop(f"{file}: no line of it can be carried over (is --format {format_.value} right?)", BAD_INPUT)
    return imported


def _write(toml: str, out: Path | None) -> None:
    if out is None:
        typer.echo(toml, nl=False)
        return
    if out.exists():
        stop(f"{out} is there already (name another file, or move it away)")
    out.write_text(toml, encoding="utf-8")


def _tell(file: Path, imported: Imported) -> int:
    """Say on the error stream what became of the list. Returns the exit code."""
    for refused in imported.refused:
        typer.echo(f"{file}:{refused.line}: not carried over: {refused.why}", err=True)
    said = f"{many(imported.terms, 'term')}, {many(imported.duplicates, 'line')} twice in the list"
    typer.echo(f"{said}, {many(len(imported.refused), 'line')} not carried over.", err=True)
    return FINDINGS if imported.refused else DONE


def _severities(given: Sequence[str]) -> Mapping[str, int]:
    pairs = _pairs(given, "--weight")
    wrong = next((value for value in pairs.values() if value not in SEVERITIES), None)
    if wrong is not None:
        stop(f"--weight: {wrong} is no severity (1 to 5)")
    return {name: int(value) for name, value in pairs.items()}


def _pairs(given: Sequence[str], option: str) -> Mapping[str, str]:
    pairs = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name.strip():
            stop(f"{option} {one}: write it as NAME=VALUE")
        pairs[name.strip()] = value.strip()
    return pairs

"""`overt library compare`."""

from pathlib import Path
from typing import Annotated

import typer

from engine.documents.read import Options
from engine.documents.tables import TableOptions
from overt import library_compare_show, library_paired
from overt.document_files import find
from overt.evaluation.labelled import refuse_missing_or_stdin, refuse_nothing
from overt.evaluation.labels import mapping_of, read_labels, settled
from overt.evaluation.run import Settings
from overt.evaluation.units import Reading
from overt.library_compare import compare
from overt.library_corpus import compare_on
from overt.library_files import load
from overt.library_shell import Page, print_json, told_errors

EXAMPLES = """\b
Examples:
  overt library compare weapons my/weapons.toml
  overt library compare old/ new/ --on chat.jsonl --label bad=fire --label ok=clean
"""


def compare_libraries(
    old: Annotated[str, typer.Argument(help="A shipped library by id, a file, or a folder.", show_default=False)],
    new: Annotated[str, typer.Argument(help="The same, as it is now.", show_default=False)],
    on: Annotated[
        list[str] | None,
        typer.Option("--on", help="A file or folder on which both are tried; repeatable.", show_default=False),
    ] = None,
    field: Annotated[
        str | None, typer.Option(help="The field or column with the text, of --on. Default: found out.")
    ] = None,
    label_field: Annotated[str, typer.Option(help="The field or column with the label, of --on.")] = "label",
    label: Annotated[
        list[str] | None, typer.Option(help="THEIRS=OURS: what a label means; ours are clean, low and fire.")
    ] = None,
    labels: Annotated[
        list[Path] | None, typer.Option("--labels", help="A file of labels by text, of --on; repeatable.")
    ] = None,
    lines: Annotated[bool, typer.Option("--lines", help="In text files of --on every line is a document.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,
) -> None:
    """Say what a new version of libraries changes: in the terms, in the old version's examples, and on your files.

    Exit codes: 0 no example is lost, 1 a hit of the old version fires no more, a miss fires, or fewer of the documents
    labelled fire are captured, 2 wrong usage or a file that is no library, 3 something is missing on this computer.
    """
    with told_errors():
        refuse_missing_or_stdin(on or [])
        before, after = load([old]), load([new])
        old_set, new_set = before.compile(), after.compile()
        asked = [library for library in before.libraries if library.library_id in before.asked]
        comparison = compare(asked, old_set, new_set)
        corpus = paired = None
        if on:
            options = Options(field=field, table=TableOptions(columns=(field,) if field else ()))
            corpus = compare_on(old_set, new_set, find(on), options)
            reading = Reading(field, label_field, "source", tuple(mapping_of(label or []).items()), lines)
            known = settled(one for path in labels or [] for one in read_labels(path))
            paired = library_paired.pair(old_set, new_set, on, Settings((), reading, labels=known), corpus.told)
            refuse_nothing(corpus.pieces + paired.documents, corpus.told)
    if as_json:
        print_json(library_compare_show.as_json(comparison, corpus, paired))
    else:
        library_compare_show.show(Page(), comparison, corpus, paired)
    raise typer.Exit(library_compare_show.exit_code(comparison, paired))

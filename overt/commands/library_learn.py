"""`overt library learn`: classifiers for the ambiguous terms of a library, from labelled sentences."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from engine.evaluate.functional import Item
from engine.evaluate.tally import Tally
from engine.library.model import Library
from engine.meaning.learn import Sample
from overt.evaluation.labels import mapping_of, read_labels, settled
from overt.evaluation.run import Settings
from overt.evaluation.terminal import problems
from overt.evaluation.units import Reading
from overt.exits import DONE
from overt.library_files import Loaded, load
from overt.library_shell import Page, check_writable, print_json, stop, told_errors
from overt.meaning.embedder import E5Embedder
from overt.meaning.files import beside, spelt
from overt.meaning.gather import sentences_in, shipped_sentences
from overt.meaning.learn import as_json, learned, samples_for, show

EXAMPLES = """\b
Examples:
  overt library learn abuse --out abuse.meaning.json
  overt library learn my-list.toml --sentences mine.toml --on decisions.jsonl
"""


def learn_meaning(
    library: Annotated[str, typer.Argument(help="A shipped library by id, or a file.", show_default=False)],
    sentences: Annotated[
        list[Path] | None,
        typer.Option(help="A file of labelled sentences by template, in the form of functional tests; repeatable."),
    ] = None,
    shipped: Annotated[
        bool, typer.Option("--shipped/--no-shipped", help="Also learn from the sentences that are shipped.")
    ] = True,
    on: Annotated[list[str] | None, typer.Option("--on", help="A labelled file or folder; repeatable.")] = None,
    field: Annotated[str | None, typer.Option(help="The field or column with the text. Default: found out.")] = None,
    label_field: Annotated[str, typer.Option(help="The field or column with the label.")] = "label",
    label: Annotated[
        list[str] | None, typer.Option(help="THEIRS=OURS: what a label means; ours are clean, low and fire.")
    ] = None,
    labels: Annotated[list[Path] | None, typer.Option("--labels", help="A file of labels by text; repeatable.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write here. Default: LIBRARY.meaning.json beside it.", show_default=False)
    ] = None,
    as_json_: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Learn what the ambiguous terms of a library mean (`ambiguous = 1…3`), and say how well on sentences left out.

    Learns from the hits and misses in the library, from sentences by template, and from labelled text. What is written
    is data (weights, a hash of what was learned from, figures, and a few of the sentences, which explain its answers).

    Exit codes: 0 done, 2 wrong usage, no marked term or too few sentences, 3 the extra [meaning] is missing, or
    the result cannot be written.
    """
    with told_errors():
        loaded = load([library])
        if len(loaded.asked) != 1:
            stop("name one library: classifiers belong to one file")
        chosen = next(one for one in loaded.libraries if one.library_id in loaded.asked)
        place = out if out is not None else Path(str(beside(chosen)))
        check_writable(place)
        embedder = E5Embedder()
        items = shipped_sentences(chosen.languages) if shipped else []
        items += [item for path in sentences or [] for item in sentences_in(path)]
        reading = Reading(field, label_field, "source", tuple(mapping_of(label or []).items()))
        settings = Settings((), reading, labels=settled(one for path in labels or [] for one in read_labels(path)))
        found = learned(chosen, _told_samples(loaded, chosen, items, on or [], settings), embedder)
        place.write_text(spelt(found), encoding="utf-8")
    if as_json_:
        print_json(as_json(found))
    else:
        page = Page()
        show(page, found)
        page.line(f"The classifiers are in {place}.")
    raise typer.Exit(DONE)


def _told_samples(
    loaded: Loaded, library: Library, items: Sequence[Item], corpus: Sequence[str], settings: Settings
) -> Sequence[Sample]:
    """Return the sentences to learn from, and print what could not be read of the corpus."""
    told = Tally()
    samples = samples_for(loaded, library, items, corpus, settings, told)
    for line in problems(told):
        typer.echo(line, err=True)
    return samples

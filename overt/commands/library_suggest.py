"""`overt library suggest`: proposals, accepted one by one, then lint, test and comparison in one flow."""

import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from engine.evaluate.suggest import Proposal
from engine.evaluate.tally import Tally
from engine.library.lint_codes import Code
from engine.library.parse import parse
from overt import library_lint, library_paired, library_test
from overt.evaluation.labelled import refuse_missing_or_stdin
from overt.evaluation.labels import mapping_of, read_labels, settled
from overt.evaluation.run import Settings
from overt.evaluation.units import Reading
from overt.exits import DONE, FINDINGS
from overt.library_edit import edited, patch
from overt.library_files import Loaded, load, with_required
from overt.library_shell import Page, check_writable, many, print_json, stop, told_errors
from overt.library_suggest import Gathered, as_json, gather, proposals, show, show_one

EXAMPLES = """\b
Examples:
  overt library suggest my-list.toml --on decisions.jsonl
  overt library suggest my-list.toml --on decisions.jsonl --accept 1,3 --out new/my-list.toml
  overt library suggest my-list.toml --on everyday/ --presume clean --accept all --patch change.patch
"""


def suggest_edits(
    library: Annotated[str, typer.Argument(help="A shipped library by id, or a file.", show_default=False)],
    on: Annotated[list[str], typer.Option("--on", help="A file or folder to learn from; repeatable.")],
    field: Annotated[str | None, typer.Option(help="The field or column with the text. Default: found out.")] = None,
    label_field: Annotated[str, typer.Option(help="The field or column with the label.")] = "label",
    label: Annotated[
        list[str] | None, typer.Option(help="THEIRS=OURS: what a label means; ours are clean, low and fire.")
    ] = None,
    labels: Annotated[list[Path] | None, typer.Option("--labels", help="A file of labels by text; repeatable.")] = None,
    presume: Annotated[str, typer.Option(help="What a text without any label counts as: clean, low, fire.")] = "",
    lines: Annotated[bool, typer.Option("--lines", help="In text files every line is a document.")] = False,
    accept: Annotated[
        str | None, typer.Option(help="Numbers of proposals to take, as 1,3, or all; without asking.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the new library here.", show_default=False)] = None,
    patch_file: Annotated[
        Path | None, typer.Option("--patch", help="Write the change as a patch.", show_default=False)
    ] = None,
    as_json_: Annotated[bool, typer.Option("--json", help="Print the proposals as JSON and stop.")] = False,
) -> None:
    """Propose edits of a library from labelled text; each is measured on text that it was not learned from.

    On a terminal each proposal can be taken or left. What was taken is linted, tested and compared on the same text
    before it is written to --out or --patch.

    Exit codes: 0 done, 1 a proposal was made and none taken, or what was taken fails its tests or loses recall, 2 wrong
    usage or a file that is no library, 3 a result cannot be written.
    """
    if presume not in ("", "clean", "low", "fire"):
        stop(f"{presume!r} is none of clean, low, fire")
    check_writable(out, patch_file)
    with told_errors():
        refuse_missing_or_stdin(on)
        loaded = load([library])
        if len(loaded.asked) != 1:
            stop("name one library: edits are made in one file")
        reading = Reading(field, label_field, "source", tuple(mapping_of(label or []).items()), lines)
        settings = Settings((), reading, labels=settled(one for path in labels or [] for one in read_labels(path)))
        gathered = gather(loaded, on, settings, presume)
        found = proposals(gathered, [one for one in loaded.libraries if one.library_id in loaded.asked])
        if as_json_:
            print_json(as_json(gathered, found))
            raise typer.Exit(FINDINGS if found else DONE)
        page = Page()
        taken = _taken(page, gathered, found, accept)
        if not taken:
            raise typer.Exit(FINDINGS if found else DONE)
        good = _through(page, loaded, taken, on, settings, out, patch_file)
    raise typer.Exit(DONE if good else FINDINGS)


def _taken(page: Page, gathered: Gathered, found: Sequence[Proposal], accept: str | None) -> list[Proposal]:
    if accept is not None or not sys.stdin.isatty():
        show(page, gathered, found)
        if accept is not None:
            return _chosen(found, accept)
        if found:
            page.line("")
            page.line(
                "Take some with --accept 1,3 or all of them with --accept all; --out FILE writes the new library."
            )
        return []
    if not found:
        show(page, gathered, found)
    else:
        page.line(many(len(found), "proposal"))
    taken = []
    for number, one in enumerate(found, 1):
        show_one(page, number, one, gathered)
        answer = typer.prompt("Take it? [y]es, [n]o, [q]uit", default="n").strip().lower()[:1]
        if answer == "q":
            break
        if answer == "y":
            taken.append(one)
    return taken


def _chosen(found: Sequence[Proposal], accept: str) -> list[Proposal]:
    if accept == "all":
        return list(found)
    if not found:
        return []  # what was read, and that it gives no proposal, stands above
    try:
        numbers = [int(number) for number in accept.split(",")]
        return [found[number - 1] for number in numbers if number > 0]
    except (ValueError, IndexError):
        stop(f"--accept takes numbers from 1 to {len(found)}, as 1,3, or all")


def _through(
    page: Page,
    loaded: Loaded,
    taken: Sequence[Proposal],
    on: Sequence[str],
    settings: Settings,
    out: Path | None,
    patch_file: Path | None,
) -> bool:
    """Lint, test and compare the edited library; write it where it was asked for. Tell whether all is well."""
    library = next(one for one in loaded.libraries if one.library_id in loaded.asked)
    text = edited(library, taken)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, f"{library.library_id}.toml")
        file.write_text(text, encoding="utf-8")
        new = load([str(file)]) if not library.requires else _beside(loaded, text, str(file))
        page.line("")
        page.line((f"{library.library_id} {library.version} → {new.libraries[0].version}", "bold"))
        _show_lint(page, loaded, new)
        tested = library_test.run(new)
        library_test.show(page, tested)
        paired = library_paired.pair(loaded.compile(), new.compile(), on, settings, Tally())  # its problems stand above
        library_paired.show(page, paired)
    if out is not None:
        out.write_text(text, encoding="utf-8")
        page.line(f"The new library is in {out}.")
    if patch_file is not None:
        patch_file.write_text(patch(library, text, Path(library.origin).name), encoding="utf-8")
        page.line(f"The patch is in {patch_file}.")
    if out is None and patch_file is None:
        page.line("Nothing was written: --out FILE or --patch FILE does that. The change:")
        typer.echo(patch(library, text, Path(library.origin).name), nl=False)
    return library_test.exit_code(tested) == DONE and not paired.recall_falls


def _remarks(loaded: Loaded) -> list[tuple[str, str]]:
    """Return what lint says, less that the file is not yet called by the library's id."""
    linted = library_lint.run(loaded, datetime.now(UTC).date(), [Code.FILE_NAME.value])
    return [(one.code.value, one.what) for library in linted for one in library.problems]


def _show_lint(page: Page, old: Loaded, new: Loaded) -> None:
    """Print what lint says of the new text and did not say of the old."""
    before, after = (Counter(_remarks(which)) for which in (old, new))
    fresh = sorted((after - before).elements())
    page.line("lint: ", f"{many(len(fresh), 'new remark')}" if fresh else "nothing new")
    for code, what in fresh:
        page.line(f"    {code} {what}")


def _beside(loaded: Loaded, text: str, origin: str) -> Loaded:
    """Return the edited library with those that the old one requires."""
    new = parse(text, origin=origin)
    others = [one for one in loaded.libraries if one.library_id != new.library_id]
    together = with_required([new, *others])
    return Loaded(together.libraries, loaded.asked)

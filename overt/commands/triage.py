"""`overt triage`: look through a memory stick or a folder on a home visit, and print what is there by risk."""

import os
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from engine.documents.read import Options
from engine.errors import EngineError
from engine.image.prefilter import Ask
from engine.image.screen import PictureScreener
from engine.image.skin import SKIN
from engine.text.screen import TextScreener
from evidence.errors import EvidenceError
from overt import __version__
from overt.evidence_files import InputError, read_public_key
from overt.exits import BAD_INPUT, DONE, ENVIRONMENT, FINDINGS
from overt.hashes_set import HashSet, read
from overt.hashes_work import Matcher
from overt.library_files import load
from overt.picture_models import prefilter
from overt.screening import Screening
from overt.triage.examine import Examiner, Questions
from overt.triage.journal import Journal, JournalError
from overt.triage.report import Heading, as_json, html, summary
from overt.triage.run import Pass, questions_digest, run
from overt.triage.seal import seal

EXAMPLES = """\b
Examples:
  overt triage /media/stick --out visit-3-june
  overt triage /media/stick --out visit-3-june --sets known.set --libraries weapons
  overt triage D:\\\\ --out visit --sets known.set --seal-to case-key.txt --case case-7
"""
AROUND = 60
"""Characters of a document shown on each side of a finding."""
app = typer.Typer(add_completion=False, rich_markup_mode=None)


Paths = Annotated[list[Path], typer.Argument(help="Files, folders, or a whole medium.", show_default=False)]
Out = Annotated[Path, typer.Option("--out", help="Folder for the report; not on the medium.", file_okay=False)]
Sets = Annotated[
    list[Path] | None, typer.Option("--sets", help="A set file of `overt hashes`; repeatable.", dir_okay=False)
]
Libraries = Annotated[
    list[str] | None,
    typer.Option("--libraries", help="A word library by id or file; repeatable. Default: all shipped."),
]
Skin = Annotated[
    int | None, typer.Option(min=1, max=100, help="Mark pictures with this share of skin colours, in per cent.")
]
SealTo = Annotated[
    list[str] | None, typer.Option("--seal-to", help="A public key (hex or file) to seal the report to; repeatable.")
]
SealedCase = Annotated[str, typer.Option(help="The case that the sealed report names.")]
Printable = Annotated[bool, typer.Option("--printable/--sealed-only", help="Write report.html as well.")]


@app.command(epilog=EXAMPLES)
def triage(
    paths: Paths,
    out: Out,
    sets: Sets = None,
    libraries: Libraries = None,
    skin: Skin = None,
    seal_to: SealTo = None,
    case: SealedCase = "triage",
    printable: Printable = True,
) -> None:
    """Look through a medium once, read-only, and write a report ordered by explained risk.

    Looks at the hash of every file, at pictures (also in archives, documents and thumbnail caches), at the text of
    documents and the names of files, and at lists of recently used files. It shows progress and the time left; Ctrl-C
    stops it, and the same command goes on where it stopped. Nothing is written to the medium. The report holds no
    picture.

    Exit codes: 0 nothing found, 1 something found, 2 a path or file that makes no sense, 3 interrupted.
    """
    keys = [_key(one) for one in seal_to or []]
    if not printable and not keys:
        _stop("--sealed-only needs --seal-to: otherwise there would be no report at all.")
    _check_paths(paths, out)
    began, clock = datetime.now(UTC), time.monotonic()
    try:
        found = [read(path) for path in sets or []]
        screener = TextScreener(load(libraries or []).compile())
        examiner = Examiner(_questions(found, screener, skin))
        out.mkdir(parents=True, exist_ok=True)
        with Journal(out / "journal.jsonl", _asked(found, screener, skin)) as journal, _progress() as progress:
            done = run(paths, examiner, journal, progress)
    except (EngineError, JournalError) as error:
        _stop(str(error))
    except OSError as error:
        _stop(f"{error.filename}: {error.strerror}")
    heading = Heading(
        tuple(map(str, paths)),
        tuple(f"{one.about.set_id} {one.about.version}" for one in found),
        tuple(f"{name} {version}" for name, version in screener.library_set.versions.items()),
        () if skin is None else (f"{SKIN} from {skin} %",),
        began,
        timedelta(seconds=time.monotonic() - clock),
        __version__,
    )
    _write(out, heading, done, keys, case, printable=printable)
    raise typer.Exit(_exit_code(done))


def _questions(sets: list[HashSet], screener: TextScreener, skin: int | None) -> Questions:
    matcher = Matcher(sets)
    asks = [] if skin is None else [Ask(prefilter(SKIN), skin / 100)]
    return Questions(
        matcher,
        {one.about.set_id: one.about for one in sets},
        PictureScreener(matcher.known, prefilters=asks, jitter=False),
        Screening(screener, Options(), AROUND),
    )


def _asked(sets: list[HashSet], screener: TextScreener, skin: int | None) -> str:
    return questions_digest([__version__, *(one.digest for one in sets), screener.library_set.digest, f"skin {skin}"])


def _check_paths(paths: list[Path], out: Path) -> None:
    for path in paths:
        if not path.exists():
            _stop(f"{path}: there is no such file or folder.")
        if path.is_dir() and out.resolve().is_relative_to(path.resolve()):
            _stop(f"--out {out} lies on {path}, which is only read: name a folder elsewhere.")


def _write(out: Path, heading: Heading, done: Pass, keys: list[bytes], case: str, *, printable: bool) -> None:
    page, told = html(heading, done), as_json(heading, done)
    for line in summary(done):
        typer.echo(line)
    if keys:
        severity = max((one.severity for one in done.items), default=0)
        try:
            sealed = seal(
                page, told, keys, case=case, version=__version__, severity=severity, now=heading.began,
                entropy=secrets.token_bytes,
            )  # fmt: skip
        except EvidenceError as error:
            _stop(f"The report could not be sealed: {error}")
        (out / "report.ovt").write_bytes(sealed.data)
        (out / "signer.txt").write_text(sealed.signer.hex() + "\n")
        typer.echo(f"Sealed in {out / 'report.ovt'}, signed with the key in {out / 'signer.txt'}.")
    if printable:
        (out / "report.html").write_text(page, encoding="utf-8")
        (out / "report.json").write_text(told, encoding="utf-8")
        typer.echo(f"Read {out / 'report.html'}; it prints.")
    elif not done.interrupted:
        (out / "journal.jsonl").unlink()
    if done.interrupted:
        kept = f" What was found so far stands unsealed in {out / 'journal.jsonl'} until then." * (not printable)
        typer.echo(f"Interrupted. The same command goes on where it stopped.{kept}")


def _exit_code(done: Pass) -> int:
    if done.interrupted:
        return ENVIRONMENT
    return FINDINGS if any(one.found for one in done.items) else DONE


def _key(given: str) -> bytes:
    try:
        return read_public_key(given, option="--seal-to")
    except InputError as error:
        _stop(f"{error} {error.hint}".strip())


class _Shown:
    """Progress on a terminal; silent elsewhere."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress, self._task = progress, task

    def start(self, files: int, size: int) -> None:
        self._progress.update(self._task, total=size, description=f"{files:,} files")

    def file(self, shown: str) -> None:
        self._progress.update(self._task, file=shown[-50:])

    def read(self, count: int) -> None:
        self._progress.advance(self._task, count)


@contextmanager
def _progress() -> Iterator[_Shown]:
    watched = sys.stderr.isatty()
    left = TimeRemainingColumn()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        left,
        TextColumn("{task.fields[file]}", markup=False),
    )
    with (
        _quiet_decoders() as stream,
        Progress(*columns, console=Console(file=stream), transient=True, disable=not watched) as progress,
    ):
        yield _Shown(progress, progress.add_task("Listing files", total=None, file=""))


@contextmanager
def _quiet_decoders() -> Iterator[IO[str]]:
    """Keep the decoders' own complaints about damaged pictures off the terminal; yield the stream that still shows."""
    sys.stderr.flush()
    kept = os.dup(2)
    with Path(os.devnull).open("w") as nothing, os.fdopen(kept, "w") as stream:
        os.dup2(nothing.fileno(), 2)
        try:
            yield stream
        finally:
            stream.flush()
            os.dup2(kept, 2)


def _stop(says: str) -> NoReturn:
    typer.echo(says, err=True)
    raise typer.Exit(BAD_INPUT)

"""One run of `overt screen`: document after document, with progress, going on where one cannot be read."""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from engine.documents.errors import DocumentError, NotTextError
from engine.documents.formats import Format
from engine.documents.piece import Remark
from engine.documents.read import Options
from overt.document_files import DocumentFile
from overt.exits import ENVIRONMENT
from overt.screen_json import JsonPrinter
from overt.screen_result import NotRead, Tally
from overt.screen_text import TextPrinter
from overt.screening import Found, Screening

TEXT_NAME = "text"
"""What stands for the file's name where the words were given on the command line."""


@dataclass(frozen=True, slots=True)
class Output:
    """What is printed, and how."""

    as_json: bool
    suppressed: bool

    def printer(self, out: Console, errors: Console) -> TextPrinter | JsonPrinter:
        if self.as_json:
            return JsonPrinter(print, suppressed=self.suppressed)
        return TextPrinter(out, errors, suppressed=self.suppressed)


class Run:
    """Screens documents and keeps the tally."""

    def __init__(self, screening: Screening, output: Output, min_severity: int) -> None:
        _print_anything()
        self._screening = screening
        self._out = Console(highlight=False)
        self._errors = Console(stderr=True, highlight=False)
        self._printer = output.printer(self._out, self._errors)
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self.tally = Tally(min_severity)
        if isinstance(self._printer, JsonPrinter):
            self._printer.begin(screening.screener.library_set)

    def text(self, text: str) -> int:
        """Screen words that were given on the command line. Returns the exit code."""
        options = Options(Format.TEXT, "utf-8")
        screening = Screening(self._screening.screener, options, self._screening.context)
        data = text.encode("utf-8", "replace")
        self._document(TEXT_NAME, screening.document([data], None, datetime.now(UTC)), named=True)
        self.tally.size = len(data)
        return self._end()

    def files(self, files: Sequence[DocumentFile]) -> int:
        """Screen files in order. Returns the exit code."""
        try:
            with self._shown_progress(sum(file.size() for file in files)):
                for file in files:
                    self._file(file)
        except KeyboardInterrupt:
            self.tally.interrupted = True
            self._end()
            return ENVIRONMENT
        except BrokenPipeError:  # the reader of our output has gone: nothing more can be said
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return ENVIRONMENT
        return self._end()

    def _file(self, file: DocumentFile) -> None:
        if file.problem is not None:
            self._not_read(file.shown, file.problem, "", serious=True)
            return
        name = file.path.name if file.path is not None else None
        blocks = self._counted(file.blocks())
        self._document(file.shown, self._screening.document(blocks, name, datetime.now(UTC)), named=file.named)

    def _document(self, shown: str, found: Iterable[Found | Remark], *, named: bool) -> None:
        self.tally.files += 1
        before = self.tally.findings
        try:
            for one in found:
                self._one(shown, one)
        except BrokenPipeError:
            raise
        except DocumentError as error:
            self._not_read(shown, error.what, error.hint, serious=named or not isinstance(error, NotTextError))
        except OSError as error:
            self._not_read(
                shown, f"it cannot be read: {error.strerror}", "check your rights and the disk", serious=True
            )
        self.tally.with_findings += self.tally.findings > before

    def _one(self, shown: str, one: Found | Remark) -> None:
        if isinstance(one, Remark):
            self.tally.remark(shown, one)
            self._printer.remark(shown, one)
        else:
            self._printer.found(shown, one, counts=self.tally.counts(one))

    def _not_read(self, shown: str, says: str, hint: str, *, serious: bool) -> None:
        self.tally.not_read.append(NotRead(shown, says, hint, serious))
        if serious:
            self._printer.problem(shown, says, hint)

    def _end(self) -> int:
        self._printer.end(self.tally)
        return self.tally.exit_code

    def _counted(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        for block in blocks:
            self.tally.size += len(block)
            yield block
            if self._progress is not None and self._task is not None:
                self._progress.advance(self._task, len(block))

    @contextmanager
    def _shown_progress(self, total: int) -> Iterator[None]:
        """Show progress on a terminal: on the one that findings are printed to, else on the error stream's."""
        console = self._out if self._out.is_terminal else self._errors
        if not console.is_terminal or total < 1_000_000:
            yield
            return
        columns = (TextColumn("Screening"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeRemainingColumn())
        with Progress(
            *columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False
        ) as progress:
            self._progress, self._task = progress, progress.add_task("", total=total)
            yield
        self._progress = None


def _print_anything() -> None:
    """Let a terminal that lacks a character show its code instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")

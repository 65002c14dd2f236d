"""What the library commands share: errors as exit codes, one way of printing."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.text import Text

from engine.errors import BackEndError, EngineError, Place
from overt.exits import BAD_INPUT, ENVIRONMENT
from overt.visible import visible


def stop(says: str, code: int = BAD_INPUT) -> NoReturn:
    """Say on the error stream why the command ends here."""
    typer.echo(visible(says), err=True)
    raise typer.Exit(code)


@contextmanager
def told_errors() -> Iterator[None]:
    """Turn errors of the engine into a sentence and an exit code."""
    try:
        yield
    except BackEndError as error:
        stop(str(error), ENVIRONMENT)
    except EngineError as error:
        stop(str(error))
    except OSError as error:
        stop(f"{error.filename}: {error.strerror}")


def write_text(path: Path, text: str) -> None:
    """Write what a command made into the file that was asked for, or say why it cannot be written."""
    try:
        path.write_text(text, encoding="utf-8", errors="replace")
    except OSError as problem:
        stop(f"{path} cannot be written: {problem.strerror}", ENVIRONMENT)


def check_writable(*paths: Path | None) -> None:
    """Say before long work, not after it, that what it makes cannot be written; leave no trace. None asks nothing."""
    for path in filter(None, paths):
        try:
            if not path.exists():
                path.open("xb").close()
                path.unlink()
            elif path.is_file() or path.is_dir():  # opening a pipe would wait for its reader
                path.open("ab").close()
        except FileNotFoundError:
            stop(f"{path} cannot be written: there is no folder {path.parent}", ENVIRONMENT)
        except OSError as problem:
            stop(f"{path} cannot be written: {problem.strerror}", ENVIRONMENT)


class Page:
    """Prints lines for a person: nothing that came from a file can steer the terminal."""

    def __init__(self) -> None:
        for stream in (sys.stdout, sys.stderr):
            reconfigure = getattr(stream, "reconfigure", None)
            if reconfigure is not None:
                reconfigure(errors="backslashreplace")
        self._console = Console(highlight=False)

    def line(self, *pieces: str | tuple[str, str]) -> None:
        """Print pieces one after the other; a pair is a text and its style."""
        said = Text()
        for piece in pieces:
            text, style = (piece, "") if isinstance(piece, str) else piece
            said.append(visible(text) if text.strip() else text, style=style)
        said.rstrip()
        self._console.print(said, soft_wrap=True)

    def source(self, text: str, place: Place, length: int = 1) -> None:
        """Print the line of a file with a caret under the place."""
        shown, spaces = excerpt(text, place)
        self.line("    ", shown)
        self.line("    " + spaces, ("^" * max(1, min(length, len(shown) - len(spaces))), "bold yellow"))

    def table(self, rows: Sequence[Sequence[str]], *, indent: str = "") -> None:
        """Print columns, numbers to the right."""
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
        for row in rows:
            cells = [_cell(cell, width) for cell, width in zip(row, widths, strict=True)]
            self.line(indent, "  ".join(cells).rstrip())


WIDEST = 100
BEFORE = 40


def excerpt(text: str, place: Place) -> tuple[str, str]:
    """Return the part of a line around a place as it is shown, and the spaces that lead to the place."""
    lines = text.split("\n")
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    at = place.column - 1
    start = 0 if len(line) <= WIDEST else max(0, at - BEFORE)
    left, right = line[start:at], line[at : start + WIDEST]
    head = ("…" if start else "") + visible(left)
    tail = visible(right.rstrip()) + ("…" if start + WIDEST < len(line) else "")
    return head + tail, " " * len(head)


def print_json(value: Mapping[str, Any]) -> None:
    """Print one JSON object, ASCII, for a program to read."""
    typer.echo(json.dumps(value, indent=1))


def many(number: int, thing: str) -> str:
    """Return a number with its thing: `1 term`, `2 terms`, `1,500 terms`."""
    if number == 1:
        return f"1 {thing}"
    plural = thing[:-1] + "ies" if thing.endswith("y") else thing + "s"
    return f"{number:,} {plural}"


def _cell(cell: str, width: int) -> str:
    number = bool(cell) and cell.replace(",", "").replace(".", "").strip("+-% ").isdigit()
    return cell.rjust(width) if number else cell.ljust(width)

"""What `overt server authority issue` is told about sources and policy, checked as the agent will check it."""

from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import typer

from agent.errors import PolicyError
from agent.policy import parse_policy
from evidence.sources import SOURCES, USUAL
from overt.exits import BAD_INPUT


def permitted_sources(names: Sequence[str]) -> Sequence[str]:
    """Return the sources; the usual ones where none is named. Stops on an unknown name."""
    unknown = [name for name in names if name not in SOURCES]
    if unknown:
        _stop(f"--source {unknown[0]} is not known. Known are: {', '.join(SOURCES)}.")
    return tuple(dict.fromkeys(names)) or USUAL


def checked_policy(path: Path) -> str:
    """Return the text of a policy that the agent can follow. Stops, with the place, on one that it cannot."""
    try:
        text = path.read_text(encoding="utf-8")
        parse_policy(text)
    except UnicodeDecodeError:
        _stop(f"{path} is not UTF-8 text.")
    except PolicyError as problem:
        _stop(f"{path}: {problem} {problem.hint}".rstrip())
    return text


def _stop(says: str) -> NoReturn:
    typer.echo(f"Error: {says}", err=True)
    raise typer.Exit(BAD_INPUT)

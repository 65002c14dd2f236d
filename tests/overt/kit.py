"""Runs the command line as it is, in this process or in one of its own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from typer.testing import CliRunner

from overt.cli import app

HEAD = """format = "overt-library-1"

[library]
id = "{id}"
version = "1"
title = "Test"
languages = ["en"]
category = "test"
severity = 3
licence = "CC0-1.0"
source = "tests"
owner = "tests"
review = 2099-01-01
"""


class Ran(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Return what it printed as JSON."""
        return json.loads(self.out)

    def json_lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


def overt(*arguments: str | Path, stdin: str | bytes | None = None) -> Ran:
    """Run a command in this process. A crash is a crash of the test."""
    result = CliRunner().invoke(app, [str(one) for one in arguments], input=stdin, catch_exceptions=False)
    return Ran(result.exit_code, result.stdout, result.stderr)


def overt_process(*arguments: str | Path, stdin: bytes = b"") -> Ran:
    """Run a command in a process of its own, as a shell would."""
    command = [sys.executable, "-m", "overt", *map(str, arguments)]
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=240, check=False)
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


def write_library(folder: Path, body: str, library_id: str = "test", head: str = HEAD) -> Path:
    """Write a small library file."""
    file = folder / f"{library_id}.toml"
    file.write_text(head.format(id=library_id) + "\n" + body, encoding="utf-8")
    return file

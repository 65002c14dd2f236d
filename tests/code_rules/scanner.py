"""Runs semgrep over files with the rules that lie here: its own engine, offline, without the packages around it.

The wheel's `semgrep-core` is the whole program where it is started by the name of osemgrep. The Python front end beside
it wants thirty packages of exact versions, older than those that our tests run with.
"""

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a place breaks. `path` is relative to the folder that was scanned."""

    rule: str
    path: str
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Scan:
    """What was found, and the files that were looked at."""

    findings: tuple[Finding, ...]
    files: frozenset[str]


def scan(folder: Path, targets: Sequence[str]) -> Scan:
    """Scan targets below a folder, which rules take for the project's root; raises AssertionError where it failed."""
    words = [
        "osemgrep", "scan", "--experimental", "--json", "--metrics", "off", "--disable-version-check",
        "--no-git-ignore", "--project-root", str(folder), "--config", str(HERE), *targets,
    ]  # fmt: skip
    with TemporaryDirectory() as home:  # it would leave settings there
        done = subprocess.run(
            words, executable=_engine(), cwd=folder, capture_output=True, text=True, check=False, timeout=280,
            env={"PATH": os.environ["PATH"], "HOME": home},
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["errors"] == [], told["errors"]
    findings = [_finding(one) for one in told["results"]]
    return Scan(tuple(findings), frozenset(told["paths"]["scanned"]))


def _finding(one: dict[str, Any]) -> Finding:
    rule = str(one["check_id"]).rpartition(".")[2]
    return Finding(rule, one["path"], one["start"]["line"], one["extra"]["message"])


def _engine() -> str:
    found = find_spec("semgrep")
    assert found is not None
    assert found.submodule_search_locations, "semgrep is not installed: make setup-test"
    return str(Path(found.submodule_search_locations[0]) / "bin" / "semgrep-core")

"""Keeps what is done of a long run in a file, so that it goes on from there after a stop."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.evaluate.tally import Tally
from overt.evaluation.run import Settings

FORMAT = "overt-evaluation-part-1"


class ResumeError(Exception):
    """The file is of another run, or broken, or none."""


@dataclass(frozen=True, slots=True)
class Done:
    """What is done: so many units from the first on, in so many seconds."""

    units: int
    seconds: float
    tally: Tally


def fingerprint(arguments: Sequence[str], settings: Settings, digest: str) -> str:
    """Return what must be the same for a run to go on: the files as they are, how they are read, the libraries."""
    files = []
    for argument in arguments:
        top = Path(argument)
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file():
                found = path.stat()
                files.append([str(path), found.st_size, found.st_mtime_ns])
    said = [list(arguments), files, asdict(settings), digest]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def load(path: Path, wanted: str) -> Done | None:
    """Return what an earlier run left, None where there is no file. Raises ResumeError."""
    if not path.exists():
        return None
    if not path.is_file():
        raise ResumeError(f"{path} is no file: give --resume the name of a file for what is done")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["format"] != FORMAT:
            raise ResumeError(f"{path} is no part of an evaluation: give --resume a file of its own")
        if found["of"] != wanted:
            raise ResumeError(
                f"{path} is part of another run (other files, options or libraries): delete it to begin anew"
            )
        return Done(int(found["units"]), float(found["seconds"]), Tally.from_values(found["tally"]))
    except OSError as problem:
        raise ResumeError(f"{path} cannot be read: {problem.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise ResumeError(f"{path} is broken: delete it to begin anew") from None


def beside_of(path: Path) -> Path:
    """Return the file that is written and then put in place of the one at `path`."""
    return path.with_name(path.name + ".new")


def save(path: Path, of: str, done: Done) -> None:
    """Write what is done; the file is whole at any moment. Raises OSError."""
    values = {
        "format": FORMAT,
        "of": of,
        "units": done.units,
        "seconds": done.seconds,
        "tally": done.tally.values(),
    }
    beside = beside_of(path)
    beside.write_text(json.dumps(values), encoding="utf-8")
    beside.replace(path)

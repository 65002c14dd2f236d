"""A process that has imported everything and forks writers, so that a life costs no start of Python.

usage: python -m tests.faults.warm

Each line it reads is one life, as JSON: `root`, `store`, `records`, `seed`, `said` (a file for the promises) and `gate`
(a FIFO). The writer answers with its process id when it stands at the gate, where it waits for a byte: by then a
tracer is attached, and every call it makes is one of its work. Its exit code is the last answer.
"""

import ctypes
import json
import os
import select
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

from tests.agent.rig import Rig
from tests.faults import writer

_PR_SET_PTRACER, _ANY = 0x59616D61, -1


def main() -> None:
    """Work once, so that everything is imported, and fork a writer for each line."""
    _rehearse()
    for line in sys.stdin:
        life = json.loads(line)
        process = os.fork()
        if process == 0:
            _live(life)
        _, status = os.waitpid(process, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _rehearse() -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "store"
        store.mkdir()
        said = os.dup(1)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        Rig(Path(folder) / "device")
        writer.main(Path(folder) / "device", store, 6, 5)
        os.dup2(said, 1)


def _live(life: dict[str, str]) -> NoReturn:
    code = 1
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PTRACER, _ANY, 0, 0, 0)  # where only a parent may trace, anybody may trace this
        rig = Rig.load(Path(life["root"]))
        authority = rig.write_authority()
        gate = os.open(life["gate"], os.O_RDWR | os.O_NONBLOCK)
        os.write(1, f"{os.getpid()}\n".encode())
        os.dup2(os.open(life["said"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 1)
        select.select([gate], [], [])  # a call that the work itself never makes, so counting its calls is exact
        writer.work(rig, authority, Path(life["store"]), int(life["records"]), int(life["seed"]))
        code = 0
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()

"""Lives of a writer under strace: how many system calls its work takes, and what happens when one is the last or fails.

The calls are counted from the moment the work begins (the spool is opened) to its end: every one of them, not only
those that are known to change the disk.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from tests.faults.device import ROOT, Device, environment

RECORDS, SEED = 6, 5
"""The work of one traced life."""
_ENTRY = re.compile(r"\d+ +(?P<name>\w+)\(")


class NotTraceableError(Exception):
    """strace is not installed, or may not trace here."""


@dataclass(frozen=True)
class Life:
    """What became of one writer."""

    said: bytes
    code: int
    """Its exit code; -9 where it was killed."""
    calls: tuple["Call", ...]
    """The system calls that it made, in order."""


@dataclass(frozen=True)
class Call:
    """A system call of a life: the `nth` with this name, from 1. strace counts each name by itself."""

    name: str
    nth: int
    harness: bool
    """Made by the harness, to say a promise."""

    def ends(self) -> str:
        """Return what makes this call the last: killed on entering it, before it does anything."""
        return f"{self.name}:signal=SIGKILL:when={self.nth}"

    def fails(self, error: str) -> str:
        """Return what makes this call fail."""
        return f"{self.name}:error={error}:when={self.nth}"


class Tracer:
    """Starts writers from one warm process, and traces them."""

    def __enter__(self) -> "Tracer":
        """Start the warm process; raises NotTraceableError."""
        if shutil.which("strace") is None:
            raise NotTraceableError
        self._warm = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.warm"], cwd=ROOT, env=environment(),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        self._warm.communicate(timeout=240)

    def life(self, device: Device, inject: str = "", *, seed: int = SEED) -> Life:
        """Let a writer work in a device's folder; `inject` is what strace does to it, nothing without."""
        folder = device.rig.root.parent
        said, gate, log = folder / "said", folder / "gate", folder / "calls"
        said.unlink(missing_ok=True)
        gate.unlink(missing_ok=True)
        os.mkfifo(gate)
        process = self._start({
            "root": str(device.rig.root), "store": str(device.store), "records": str(RECORDS), "seed": str(seed),
            "said": str(said), "gate": str(gate),
        })  # fmt: skip
        options = ["-e", f"inject={inject}"] if inject else []
        strace = subprocess.Popen(
            ["strace", "-f", "-o", str(log), "-e", "trace=all", *options, "-p", str(process)], stderr=subprocess.PIPE
        )
        assert strace.stderr is not None
        attached = b"attached" in strace.stderr.readline()
        gate.write_bytes(b"!")
        code = int(self._answer())
        strace.communicate(timeout=240)
        if not attached:
            raise NotTraceableError
        return Life(said.read_bytes(), code, tuple(_calls(log)))

    def _start(self, life: Mapping[str, str]) -> int:
        assert self._warm.stdin is not None
        self._warm.stdin.write(json.dumps(life).encode() + b"\n")
        self._warm.stdin.flush()
        return int(self._answer())

    def _answer(self) -> bytes:
        assert self._warm.stdout is not None
        return self._warm.stdout.readline()


def _calls(log: Path) -> Iterator[Call]:
    """Read a trace; lines that are no entry of a call are left out."""
    counts: Counter[str] = Counter()
    for line in log.read_text(errors="replace").splitlines():
        found = _ENTRY.match(line)
        if found:
            name = found["name"]
            counts[name] += 1
            yield Call(name, counts[name], "write(1," in line)

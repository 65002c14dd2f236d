"""The real agent on a real X server, run as its user would run it; its ledger is read with the case's key."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from agent.state import Status
from agent.windows_talk import NOTICE_TITLE
from evidence import envelope
from evidence.coverage import CoverageRecord
from evidence.header import Header, Kind
from evidence.record import META, EventRecord, read_record
from overt.demo.display import Display
from overt.demo.robot import press
from tests.agent.rig import Rig
from tests.waiting import PATIENCE, wait_until


@dataclass
class Ledger:
    """What a device has recorded, opened with the case's key. Nothing was delivered, so all of it is in the spool."""

    rig: Rig
    _read: dict[Path, tuple[Header, EventRecord | CoverageRecord | None]] = field(default_factory=dict)

    def records(self) -> list[tuple[Header, EventRecord | CoverageRecord | None]]:
        """Return every record in order; None for the words of captures."""
        for path in sorted((self.rig.state.spool / "records").glob("*.ovt")):
            if path not in self._read:
                data = path.read_bytes()
                head = envelope.parse(data)
                words = read_record(envelope.open_all(head, self.rig.case_key, data)[META])
                known = words if isinstance(words, EventRecord | CoverageRecord) else None
                self._read[path] = (head.header, known)
        return [self._read[path] for path in sorted(self._read)]

    def events(self, name: str) -> list[EventRecord]:
        """Return the events of one name."""
        return [one for _, one in self.records() if isinstance(one, EventRecord) and one.event == name]

    def severity(self, event: EventRecord) -> int:
        """Return the severity that an event has in the clear."""
        return next(header.context.fields.severity for header, one in self.records() if one is event)

    def coverage(self) -> list[CoverageRecord]:
        """Return the coverage records."""
        return [one for _, one in self.records() if isinstance(one, CoverageRecord)]

    def count(self, kind: Kind) -> int:
        """Count the records of a kind."""
        return sum(header.context.fields.kind is kind for header, _ in self.records())


@dataclass
class LiveAgent:
    """A running `overt agent run`."""

    rig: Rig
    display: Display
    environment: dict[str, str] = field(default_factory=dict)
    program: Path | None = None
    """Where the program lies; None: where this test runs from."""
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start it, press the notice's button, and wait until it watches."""
        self.launch()
        press(self.display, NOTICE_TITLE, lambda: self.state != "waiting-for-notice", across=0.5, down=0.93)
        assert wait_until(lambda: self.state == "watching"), f"it is {self.state}: {self.status.reason}"

    def launch(self) -> None:
        """Start it; the notice waits."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "overt", "agent", "run", "--state", str(self.rig.root)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=self.display.environment() | self.environment,
            cwd=self.program,
        )
        assert wait_until(lambda: self.state == "waiting-for-notice"), f"it is {self.state}: {self.status.reason}"

    @property
    def pid(self) -> int:
        """Return its process."""
        assert self.process is not None
        return self.process.pid

    @property
    def status(self) -> Status:
        """Return what it says of itself; of an earlier run nothing."""
        found = self.rig.state.status()
        current = self.process is not None and found is not None and found.process == self.process.pid
        return found if current and found is not None else Status("starting")

    @property
    def state(self) -> str:
        """Return the state that it publishes."""
        return self.status.state

    def child(self, module: str) -> psutil.Process:
        """Return one of its processes, once it is there."""
        return child_of(psutil.Process(self.pid), module)

    def kill(self) -> None:
        """End it as somebody would who wants it gone."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it in an orderly way."""
        self._end(signal.SIGTERM)

    def _end(self, how: int) -> None:
        if self.process is not None and self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGCONT)
            os.kill(self.process.pid, how)
            self.process.wait(PATIENCE)
        self.process = None


def child_of(process: psutil.Process, module: str) -> psutil.Process:
    """Return the process that a process has started for a module of ours, once it is there."""
    found: list[psutil.Process] = []

    def there() -> bool:
        for one in process.children():
            with suppress(psutil.NoSuchProcess):  # a zombie, or gone while we asked
                if module in one.cmdline():
                    found.append(one)
        return bool(found)

    assert wait_until(there), f"there is no {module}"
    return found[-1]


@contextmanager
def live_agent(rig: Rig, display: Display, **environment: str) -> Iterator[LiveAgent]:
    """Run an agent, and end it at the end."""
    agent = LiveAgent(rig, display, environment)
    try:
        agent.start()
        yield agent
    finally:
        agent.stop()

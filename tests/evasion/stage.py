"""The stage of the scenarios: a real agent on a real X server, run from a copy of its program, and its ledger."""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from evidence.record import EventRecord
from overt.agent_guard import PACKAGES
from overt.demo.display import Display, virtual_display
from tests.agent.rig import Rig
from tests.agent.running import Ledger, LiveAgent

ROOT = Path(__file__).parents[2]
WINDOW = """
import sys, tkinter as tk
root = tk.Tk()
root.title(sys.argv[1])
root.geometry(sys.argv[2])
if sys.argv[3] == "bare":
    root.overrideredirect(True)
def lift():
    root.lift()
    root.after(50, lift)
if sys.argv[3] == "bare":
    lift()
root.mainloop()
"""


@dataclass
class Stage:
    """Everything a scenario may work with."""

    folder: Path
    display: Display
    rig: Rig
    agent: LiveAgent
    ledger: Ledger
    _started: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    @property
    def program(self) -> Path:
        """Return the copy of the program that the agent runs from."""
        return self.folder / "program"

    def watches(self) -> bool:
        """Return whether the agent watches, and that not only by what it said before it lost the badge."""
        lost, back = (len(self.events(name, {})) for name in ("badge-lost", "badge-back"))
        return self.agent.state == "watching" and lost == back

    def events(self, name: str, details: Mapping[str, str]) -> list[EventRecord]:
        """Return the events of a name that have these details."""
        return [one for one in self.ledger.events(name) if details.items() <= dict(one.details).items()]

    def start(self, *command: object, quiet: bool = True) -> "subprocess.Popen[bytes]":
        """Start a program on the display; it is ended with the scenario."""
        process = subprocess.Popen(
            [str(one) for one in command],
            stdout=subprocess.DEVNULL if quiet else None,
            stderr=subprocess.DEVNULL,
            env=self.display.environment(),
        )
        self._started.append(process)
        return process

    def pretend(self, name: str, folder: str = "bin") -> None:
        """Run a harmless program (sleep) under another file name."""
        place = self.folder / folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy("/bin/sleep", place)
        self.start(place, "60")

    def window(self, title: str, place: str = "300x100+20+20", kind: str = "plain") -> "subprocess.Popen[bytes]":
        """Show a window."""
        return self.start(sys.executable, "-c", WINDOW, title, place, kind)

    def clear(self) -> None:
        """End what was started."""
        while self._started:
            process = self._started.pop()
            process.kill()
            process.wait()


@contextmanager
def stage(folder: Path, **environment: str) -> Iterator[Stage]:
    """Set the stage: display, copy of the program, enrolled device, running agent that watches."""
    for package in PACKAGES:
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, folder / "program" / package, ignore=ignore)
    with virtual_display() as display:
        rig = Rig(folder / "device")
        agent = LiveAgent(rig, display, environment, folder / "program")
        found = Stage(folder, display, rig, agent, Ledger(rig))
        try:
            agent.start()  # every watcher has its first look, which only learns, before the notice can be read
            yield found
        finally:
            found.clear()
            agent.stop()

"""Hours of use in minutes: tens of thousands of observations by a real agent, and what grows meanwhile. Nothing may.

Run it with: make soak. It prints memory, handles, threads and X resources as they went, and fails where they grew.
"""

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import xcffib
import xcffib.res

from evidence.record import EventRecord
from overt.demo.display import Display, virtual_display
from tests.agent.desktop import Desktop, type_text
from tests.agent.rig import Rig
from tests.agent.running import Ledger, LiveAgent, live_agent

OBSERVATIONS = 20_000
SOURCES = ("screen-text", "window-title", "screen-picture", "typed-text", "clipboard", "file-names", "processes")
NAMES = 80
"""New names in the person's folder, each second."""
SETTLING = 0.4
"""Share of the time in which caches may fill."""
LONGEST = 1800.0
GROWTH = {"agent MB": 8.0, "OCR MB": 8.0, "badge MB": 3.0, "handles": 4.0, "threads": 1.0, "X resources": 12.0}
"""Most that each may grow from the middle of the run to its end. Memory: less than 0.5 kB an observation."""
# A window that shows other words, another title and another copied text, again and again.
WINDOW = """
import tkinter as tk
root = tk.Tk()
root.geometry("760x420+40+40")
words = open("/dev/stdin").read().split()
label = tk.Label(root, font=("DejaVu Sans", -14), wraplength=700, justify="left", background="white")
label.pack(fill="both", expand=True)
entry = tk.Entry(root)
entry.pack(fill="x")
entry.focus_force()
def change(number=0):
    part = [words[(number * 40 + place * 7) % len(words)] for place in range(40)]
    root.title("Page %d about %s" % (number, part[0]))
    label.configure(text=" ".join(part))
    root.clipboard_clear()
    root.clipboard_append(" ".join(part[:9]))
    entry.delete(0, "end")
    root.after(900, change, number + 1)
change()
root.mainloop()
"""
EVERYDAY = Path(__file__).parents[2] / "overt" / "everyday.txt"


@dataclass(frozen=True)
class Sample:
    """What was held at a moment."""

    seconds: float
    observations: int
    values: dict[str, float]


@dataclass(frozen=True)
class Growth:
    """One value in the middle of the run and at its end; medians of a few samples each."""

    name: str
    middle: float
    end: float

    @property
    def allowed(self) -> bool:
        return self.end - self.middle <= GROWTH[self.name]


def resources(display: Display) -> int:
    """Return how many resources all clients of a display hold (X-Resource extension)."""
    connection = xcffib.connect(display=display.name)
    try:
        asked = connection(xcffib.res.key)
        asked.QueryVersion(1, 2).reply()
        total = 0
        for client in asked.QueryClients().reply().clients:
            told = asked.QueryClientResources(client.resource_base).reply()
            total += sum(one.count for one in told.types)
        return total
    finally:
        connection.disconnect()


def sample(agent: LiveAgent, ledger: Ledger, begun: float) -> Sample:
    """Look at every process of the agent."""
    process = psutil.Process(agent.pid)
    family = {"agent": process} | {_name(one): one for one in process.children()}
    values = {f"{name} MB": family[name].memory_full_info().uss / 2**20 for name in ("agent", "OCR", "badge")}
    values["handles"] = float(sum(one.num_fds() for one in family.values()))
    values["threads"] = float(sum(one.num_threads() for one in family.values()))
    values["X resources"] = float(resources(agent.display))
    return Sample(time.monotonic() - begun, observed(ledger), values)


def observed(ledger: Ledger) -> int:
    """Return how many observations the last heartbeat tells of."""
    beats = ledger.events("heartbeat")
    return int(dict(beats[-1].details)["observations"]) if beats else 0


def _name(process: psutil.Process) -> str:
    line = " ".join(process.cmdline())
    return "OCR" if "reading_worker" in line else "badge" if "badge_window" in line else line


@contextmanager
def person(desk: Desktop, home: Path) -> Iterator[None]:
    """Have somebody read, copy, type and save files without a pause."""
    stop = threading.Event()
    window = subprocess.Popen([sys.executable, "-c", WINDOW], stdin=subprocess.PIPE, env=desk.environment)
    assert window.stdin is not None
    window.stdin.write(EVERYDAY.read_bytes())
    window.stdin.close()
    acts: Sequence[Callable[[], None]] = (lambda: _save(home, stop), lambda: _type(desk, stop))
    threads = [threading.Thread(target=act) for act in acts]
    for one in threads:
        one.start()
    try:
        yield
        assert window.poll() is None, "the window ended"
    finally:
        stop.set()
        for one in threads:
            one.join()
        window.kill()
        window.wait()


def _save(home: Path, stop: threading.Event) -> None:
    folder = home / "Downloads"
    kept: list[list[Path]] = []
    number = 0
    while not stop.wait(1.0):
        names = [folder / f"holiday picture {number + step} of the garden.jpg" for step in range(NAMES)]
        number += NAMES
        for path in names:
            path.touch()
        kept.append(names)
        if len(kept) > 6:
            for path in kept.pop(0):
                path.unlink()


def _type(desk: Desktop, stop: threading.Event) -> None:
    lines = EVERYDAY.read_text(encoding="utf-8").lower().splitlines()
    plain = ["".join(one for one in line if one.isalpha() or one == " ") for line in lines]
    number = 0
    while not stop.wait(1.0):
        type_text(desk, plain[number % len(plain)] + "\n", pause=0.05)
        number += 1


def soak(observations: int, say: Callable[[Sample], None]) -> list[Sample]:
    """Run until so many observations were made; return the samples, one in a few seconds."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="overt-soak-")))
        home = folder / "home"
        (home / "Downloads").mkdir(parents=True)
        rig = Rig(folder / "device")
        rig.write_authority(sources=SOURCES)
        display = stack.enter_context(virtual_display())
        environment = {"HOME": str(home), "DBUS_SESSION_BUS_ADDRESS": f"unix:path={folder}/none"}
        agent = stack.enter_context(live_agent(rig, display, **environment))
        stack.enter_context(person(Desktop(display.environment()), home))
        return list(_samples(agent, Ledger(rig), observations, say))


def _samples(agent: LiveAgent, ledger: Ledger, observations: int, say: Callable[[Sample], None]) -> Iterator[Sample]:
    begun, seen = time.monotonic(), 0
    while seen < observations:
        assert time.monotonic() - begun < LONGEST, f"only {seen} observations in {LONGEST:.0f} s"
        time.sleep(5.0)
        assert agent.state == "watching", f"it is {agent.state}"
        found = sample(agent, ledger, begun)
        seen = found.observations
        say(found)
        yield found


def growth(samples: Sequence[Sample]) -> list[Growth]:
    """Compare the middle of the run with its end."""
    start = int(len(samples) * SETTLING)
    few = max(1, (len(samples) - start) // 4)
    assert len(samples) >= start + 2 * few, "too few samples to compare"
    return [Growth(name, _median(samples[start : start + few], name), _median(samples[-few:], name)) for name in GROWTH]


def _median(samples: Sequence[Sample], name: str) -> float:
    values = sorted(one.values[name] for one in samples)
    return values[len(values) // 2]


def failures(ledger: Ledger) -> list[EventRecord]:
    """Return what failed while it ran."""
    return [*ledger.events("source-failed"), *ledger.events("watcher-failed")]


def main() -> int:
    """Soak, print, and say by the exit code whether anything grew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--observations", type=int, default=OBSERVATIONS)
    options = parser.parse_args()
    samples = soak(options.observations, lambda one: print(_line(one), flush=True))
    found = growth(samples)
    last = samples[-1]
    print(f"\n{last.observations} observations in {last.seconds:.0f} s; from the middle of the run to its end:")
    for one in found:
        verdict = "" if one.allowed else f"  GREW by more than {GROWTH[one.name]:g}"
        print(f"{one.name:12} {one.middle:8.1f} → {one.end:8.1f}{verdict}")
    return 0 if all(one.allowed for one in found) else 1


def _line(one: Sample) -> str:
    values = ", ".join(f"{name} {value:.1f}" for name, value in one.values.items())
    return f"{one.seconds:6.0f} s {one.observations:7} observations: {values}"


if __name__ == "__main__":
    sys.exit(main())

"""Plays every scenario of evasion and prints what was done, what the ledger said, and how soon.

Run it with: make evasion. `--write FILE` writes docs/evasion.md. An administrator's run has processes and a network of
its own (unshare), so that nothing else on the computer is taken for a scenario, or hides one that was told already.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from evidence.record import EventRecord
from tests.evasion.scenarios import CLOCKS, SCENARIOS, UNREACHABLE, Scenario
from tests.evasion.stage import Stage, stage
from tests.waiting import wait_until

FAKETIME = next(Path("/usr/lib").rglob("libfaketimeMT.so.1"), None)


@dataclass(frozen=True)
class Played:
    """A scenario with what came of it; `event` is None where the ledger said nothing."""

    scenario: Scenario
    event: EventRecord | None
    severity: int
    seconds: float


def playable(scenarios: Iterable[Scenario]) -> list[Scenario]:
    """Return those that this account has the rights for."""
    return [one for one in scenarios if os.geteuid() == 0 or not one.root]


def play(stage: Stage, scenario: Scenario, within: float | None = None) -> Played:
    """Do it, and wait for the ledger: as long as the scenario says, or so many seconds."""
    before = len(stage.events(scenario.event, scenario.details))
    begun = time.monotonic()
    try:
        with scenario.act(stage):
            found = wait_until(
                lambda: len(stage.events(scenario.event, scenario.details)) > before, within or scenario.within
            )
            seconds = time.monotonic() - begun
    finally:
        stage.clear()
    event = stage.events(scenario.event, scenario.details)[-1] if found else None
    assert wait_until(stage.watches), f"after: {scenario.done}"
    severity = 0 if event is None else stage.ledger.severity(event)
    return Played(scenario, event, severity, seconds)


def clock_stage(folder: Path) -> "tuple[Path, dict[str, str]]":
    """Return a folder and an environment in which the agent sees a clock that can be set."""
    assert FAKETIME is not None, "libfaketime is missing: apt-get install libfaketime"
    folder.mkdir(parents=True, exist_ok=True)
    clock = folder / "clock"
    clock.write_text("+0s\n")
    return folder, {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


def all_played(folder: Path) -> Iterator[Played]:
    """Play everything."""
    with stage(folder / "main") as main:
        began = time.monotonic()
        for scenario in playable(SCENARIOS):
            yield play(main, scenario)
    place, environment = clock_stage(folder / "clock")
    with stage(place, **environment) as set_clock:
        for scenario in CLOCKS:
            yield play(set_clock, scenario)
    with stage(folder / "network") as blocked:
        yield play(blocked, UNREACHABLE)
    print(f"{time.monotonic() - began:.0f} s in all", file=sys.stderr)


def table(results: list[Played]) -> str:
    """Return the results as a table."""
    lines = ["| what was done | event | what the ledger said | severity | within |", "|---|---|---|---:|---:|"]
    for one in results:
        done, event = one.scenario.done, one.event
        if event is None:
            lines.append(f"| {done} | **nothing** | **nothing within {one.scenario.within:.0f} s** | | |")
        else:
            lines.append(f"| {done} | `{event.event}` | {event.text} | {one.severity} | {one.seconds:.1f} s |")
    return "\n".join(lines)


PAGE = """# Ways out of sight, and what the record says of them

Each row was done on a running agent, with the real thing where it installs and a harmless program under its name where
it does not. The record says what follows, sealed, and with its severity in the clear, so that the server raises an
alarm. Written by `make evasion` ({seen} of {all} were seen; {system}).

{table}

"Within" is the time from the beginning of the act, which is itself longer for some: being held still for seven seconds,
a restart. An evasion sign is told once in ten minutes. What signs are looked for:
[evasion-signatures.md](evasion-signatures.md); what is not defended: [threat-model.md](threat-model.md).
"""


def page(results: list[Played]) -> str:
    """Return docs/evasion.md."""
    seen = sum(one.event is not None for one in results)
    system = f"{platform.system()} on X11, Python {platform.python_version()}"
    return PAGE.format(table=table(results), seen=seen, all=len(results), system=system)


def alone(arguments: list[str]) -> int:
    """Play in a process table and a network of its own."""
    again = [sys.executable, "-m", "tests.evasion.campaign", "--inside", *arguments]
    inside = ["sh", "-c", 'ip link set lo up && exec "$@"', "sh", *again]
    return subprocess.run(
        ["unshare", "--pid", "--fork", "--mount-proc", "--net", "--kill-child", *inside], check=False
    ).returncode


def main(arguments: list[str]) -> int:
    """Play, print, and say by the exit code whether everything was seen."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", type=Path, help="write the table as a page of the documentation")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if os.geteuid() == 0 and not options.inside:
        return alone(arguments)
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for one in all_played(Path(folder)):
            results.append(one)
            seen = "nothing" if one.event is None else f"{one.event.event} after {one.seconds:.1f} s"
            print(f"{one.scenario.done}: {seen}", file=sys.stderr, flush=True)
    missed = [one for one in results if one.event is None]
    print(table(results))
    print(f"\n{len(results) - len(missed)} of {len(results)} were seen.")
    if options.write is not None:
        options.write.write_text(page(results), encoding="utf-8")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

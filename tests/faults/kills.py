"""kill -9: at random moments, and at the entry of every system call that changes the disk."""

import random
import shutil
import subprocess
from pathlib import Path

from tests.faults.device import Device
from tests.faults.judge import Promises, Verdict, judge

CHANGING = "write,fsync,rename,unlink,mkdir"
"""System calls that change what is on the disk. Entering one is the state after the one before."""
NO_STRACE = "strace is not installed, or may not trace here"


def random_kills(folder: Path, kills: int, seed: int = 1) -> Verdict:
    """Kill the writer at random moments, again and again in one folder, and judge after each ten."""
    verdict, promises, chance = Verdict(), Promises(), random.Random(seed)
    device = Device.make(folder)
    for kill in range(kills):
        process = device.start(10_000, kill)
        assert process.stdout is not None
        first = process.stdout.readline()  # it is at work
        try:
            process.wait(timeout=chance.uniform(0.0, 0.05))
        except subprocess.TimeoutExpired:
            process.kill()
        rest, _ = process.communicate()
        promises.take(first + rest, verdict)
        verdict.faults += 1
        if kill % 10 == 9 or kill == kills - 1:
            judge(device.rig, device.store, promises, verdict)
    return verdict


def kills_at_every_call(folder: Path, step: int) -> Verdict:
    """Kill the writer on entering each `step`th of the calls that change the disk, each time from the beginning."""
    verdict = Verdict()
    calls = _count_calls(folder / "count")
    if calls is None:
        verdict.skipped = NO_STRACE
        return verdict
    for call in range(1, calls + 1, step):
        device = Device.make(folder / f"call-{call}")
        around = ["strace", "-f", "-o", "/dev/null", "-e", f"inject={CHANGING}:signal=SIGKILL:when={call}"]
        said, _ = device.start(6, 5, around=around).communicate()
        promises = Promises()
        promises.take(said, verdict)
        # The next start goes on in the same folder.
        said, _ = device.start(3, 6).communicate()
        promises.take(said, verdict)
        judge(device.rig, device.store, promises, verdict)
        verdict.faults += 1
        shutil.rmtree(folder / f"call-{call}")
    verdict.notes.append(f"{calls} calls in the life of the writer")
    return verdict


def failing_fsync(folder: Path, step: int) -> Verdict:
    """Have each `step`th fsync fail with EIO: nothing that was not synced may be promised, nothing may be torn."""
    verdict = Verdict()
    if _count_calls(folder / "count") is None:
        verdict.skipped = NO_STRACE
        return verdict
    for call in range(1, 30, step):
        device = Device.make(folder / f"call-{call}")
        around = ["strace", "-f", "-o", "/dev/null", "-e", f"inject=fsync:error=EIO:when={call}"]
        process = device.start(6, 5, around=around)
        said, errors = process.communicate()
        assert process.returncode == 0, errors.decode()
        promises = Promises()
        promises.take(said, verdict)
        judge(device.rig, device.store, promises, verdict)
        verdict.faults += 1
    return verdict


def _count_calls(folder: Path) -> int | None:
    """Return how many changing calls an undisturbed writer makes; None where it cannot be traced."""
    if shutil.which("strace") is None:
        return None
    device = Device.make(folder)
    log = folder / "calls"
    around = ["strace", "-f", "-o", str(log), "-e", f"trace={CHANGING}"]
    process = device.start(6, 5, around=around)
    process.communicate()
    if process.returncode:
        return None
    return sum(1 for line in log.read_text(errors="replace").splitlines() if "(" in line)

"""kill -9 at random moments and at every system call of the work; and every call that the disk may refuse, refused."""

import random
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.faults.device import Device
from tests.faults.judge import Promises, Verdict, judge
from tests.faults.traced import Call, NotTraceableError, Tracer

REFUSED = {
    "openat": "EIO", "read": "EIO", "write": "ENOSPC", "fsync": "EIO", "close": "EIO", "fallocate": "ENOSPC",
    "getdents64": "EIO", "newfstatat": "EIO", "rename": "EIO", "renameat": "EIO", "unlink": "EIO", "unlinkat": "EIO",
    "mkdir": "ENOSPC", "mkdirat": "ENOSPC",
}  # fmt: skip
"""What a failing or full disk answers to each call that reaches it."""
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
    """Kill the writer on entering each `step`th of all its system calls, each time from the beginning, and go on.

    Entering a call is the state after the one before, so this is every state that a kill can leave.
    """

    def kill(tracer: Tracer, device: Device, call: Call, verdict: Verdict) -> None:
        life = tracer.life(device, call.ends())
        verdict.faults += life.code == -signal.SIGKILL
        rest = tracer.life(device, seed=6)  # the next start goes on in the same folder
        _judge(device, life.said + rest.said, verdict)

    return _at_calls(folder, step, lambda call: True, kill)


def failing_calls(folder: Path, step: int) -> Verdict:
    """Refuse each `step`th of the calls that reach the disk: what was not synced is not promised, nothing is torn."""

    def refuse(tracer: Tracer, device: Device, call: Call, verdict: Verdict) -> None:
        life = tracer.life(device, call.fails(REFUSED[call.name]))
        verdict.faults += 1
        if life.code:
            verdict.crashed += 1
            verdict.notes.append(f"the writer ended with {life.code} when {call.name} {call.nth} failed")
        _judge(device, life.said, verdict)

    return _at_calls(folder, step, lambda call: call.name in REFUSED and not call.harness, refuse)


def _at_calls(
    folder: Path,
    step: int,
    chosen: Callable[[Call], bool],
    act: Callable[[Tracer, Device, Call, Verdict], None],
) -> Verdict:
    """Do something at each `step`th of the chosen calls, each time to a device of its own."""
    verdict, made = Verdict(), Device.make(folder / "made")
    try:
        with Tracer() as tracer:
            calls = [call for call in tracer.life(made.copy(folder / "whole")).calls if chosen(call)]
            for number, call in enumerate(calls[::step]):
                device = made.copy(folder / str(number))
                act(tracer, device, call, verdict)
                shutil.rmtree(folder / str(number))
    except NotTraceableError:
        verdict.skipped = NO_STRACE
        return verdict
    names = ", ".join(f"{name} {count}" for name, count in Counter(call.name for call in calls).most_common())
    verdict.notes.append(f"{len(calls)} calls in the work: {names}")
    return verdict


def _judge(device: Device, said: bytes, verdict: Verdict) -> None:
    promises = Promises()
    promises.take(said, verdict)
    judge(device.rig, device.store, promises, verdict)

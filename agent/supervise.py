"""Sees to it that a worker runs in each session that is to be watched (Linux with systemd).

The system's manager runs it. It sees no screen and reads no record. A worker that fails again and again is started
less and less often.
"""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass

from agent.sd_notify import ServiceManager

PAUSE = 15.0
FIRST_WAIT, LONGEST_WAIT = 15.0, 600.0
"""Seconds until a worker that would not stay up is tried again: doubled each time."""
_PATIENCE = 20.0

Ask = Callable[[list[str]], str]


@dataclass(slots=True)
class _Backoff:
    wait: float = FIRST_WAIT
    due: float = 0.0


class Supervisor:
    """Watches over the worker of one account."""

    def __init__(self, account: str, worker: str, *, ask: Ask, now: Callable[[], float]) -> None:
        """`ask` runs a command and returns its output; empty where it failed."""
        self._account, self._worker = account, worker
        self._ask, self._now = ask, now
        self._backoff = _Backoff()
        self._manager = ServiceManager()

    def step(self) -> str:
        """Look once, start the worker where it should run and does not; return in words how things stand."""
        state = self._step()
        self._manager.alive(state)
        return state

    def _step(self) -> str:
        if not self._has_session():
            return f"{self._account} has no session on a screen"
        if self._ask(self._of_user("is-active")).strip() in ("active", "activating"):
            self._backoff = _Backoff()
            return f"the worker of {self._account} runs"
        if self._now() < self._backoff.due:
            return f"the worker of {self._account} is down; it is tried again soon"
        self._backoff = _Backoff(min(LONGEST_WAIT, self._backoff.wait * 2), self._now() + self._backoff.wait)
        self._ask(self._of_user("start"))
        return f"the worker of {self._account} was started"

    def _has_session(self) -> bool:
        for line in self._ask(["loginctl", "list-sessions", "--no-legend"]).splitlines():
            fields = line.split()
            if len(fields) >= 3 and fields[2] == self._account:
                kind = self._ask(["loginctl", "show-session", fields[0], "--property=Type", "--value"]).strip()
                if kind in ("x11", "wayland", "mir"):
                    return True
        return False

    def _of_user(self, what: str) -> list[str]:
        return ["systemctl", f"--machine={self._account}@.host", "--user", what, self._worker]


def ask(command: list[str]) -> str:
    """Run a command of the system; return its output, empty where it cannot be run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_PATIENCE)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout

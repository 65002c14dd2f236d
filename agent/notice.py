"""The notice and the badge, as the agent's loop sees them: two small processes that are kept alive and checked."""

import contextlib
import json
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from typing import IO, Any

from agent import badge
from agent.errors import PlatformError
from agent.ports import Frame, Rectangle
from agent.windows_talk import Announcement

START_PATIENCE = 60.0
"""Seconds in which a window must come up: at log-in everything else starts as well. Until then nothing is watched."""
LONGEST_PAUSE = 10.0
"""Seconds until a window that ends again and again before it comes up is opened once more, at most."""


ENDING = frozenset(getattr(signal, name, -1) for name in ("SIGHUP", "SIGINT", "SIGKILL", "SIGTERM"))
"""Signals by which somebody ends a program."""
_NOTICE, _BADGE = "agent.notice_window", "agent.badge_window"


class _Window:
    """One window process, what it said last, and whether it ever said something."""

    def __init__(self, module: str, told: Announcement, notes: "queue.SimpleQueue[str]") -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._opened = time.monotonic()
        self.last: dict[str, Any] = {}
        self._notes = notes
        self._spoke = threading.Event()
        if self._process.stdin is not None:
            try:
                self._process.stdin.write(told.to_line())
                self._process.stdin.flush()
            except BrokenPipeError:
                pass  # it ended already: `wait_until_shown` finds that
        self._listener = threading.Thread(target=self._listen, args=(self._process.stdout,), daemon=True)
        self._listener.start()

    def wait_until_shown(self) -> None:
        """Raise PlatformError where the window cannot come up. One that somebody ended comes back by `keep_up`."""
        if not self._spoke.wait(START_PATIENCE) or not self.last:
            if self._was_ended():
                return
            self.close()
            raise PlatformError(
                "The notice cannot be shown: its window did not open, so nothing may be watched.",
                hint="It needs a display and Tk for Python (Debian, Ubuntu: apt-get install python3-tk).",
            )

    def _was_ended(self) -> bool:
        """Return whether a signal of somebody's ended it, rather than a fault of its own."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)  # its output closes a moment before it is gone
        return -(self._process.poll() or 0) in ENDING

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    @property
    def opening(self) -> bool:
        """Whether it may still come up."""
        return not self.last and self.running and time.monotonic() - self._opened < START_PATIENCE

    def tell(self, message: Mapping[str, Any]) -> None:
        """Tell the window something; a window that is gone is found by `running`."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.write(json.dumps(message).encode() + b"\n")
                self._process.stdin.flush()

    def close(self) -> None:
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        self._process.kill()  # a window keeps nothing that an orderly end would save
        self._process.wait()
        self._listener.join()

    def _listen(self, stream: IO[bytes] | None) -> None:
        if stream is not None:
            with stream, contextlib.suppress(ValueError):  # a window that is killed may leave half a line
                for line in stream:
                    said = json.loads(line)
                    if "note" in said:
                        self._notes.put(str(said["note"]))
                        continue
                    self.last = said
                    self._spoke.set()
        self._spoke.set()


class WindowNotice:
    """Shows the notice, then the badge, on the display of this session. Only the first window is waited for."""

    def __init__(self, told: Announcement) -> None:
        """Show the notice; raises PlatformError where it cannot be shown."""
        self._told = told
        self._acknowledged = False
        self._notes: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._standing: dict[str, str | None] = {}
        self._frames: tuple[Frame, ...] = ()
        self._place: Rectangle | None = None
        self._visible = False
        self._ends = 0
        self._due = 0.0
        self._window = self._open()
        self._window.wait_until_shown()

    def acknowledged(self) -> bool:
        """Return whether the person pressed the button; the badge is opened then."""
        if not self._acknowledged and self._window.last.get("acknowledged"):
            self._acknowledged = True
            self._replace()
        return self._acknowledged

    @property
    def opening(self) -> bool:
        """Whether a window was opened that has not come up yet, and still may."""
        return self._window.opening

    def visible_in(self, frames: tuple[Frame, ...]) -> bool:
        """Return whether the badge can be seen in these very pixels."""
        if not self._acknowledged or not self._window.last or not self._window.running:
            return False
        place = Rectangle(**self._window.last)
        if frames is not self._frames or place != self._place:  # a still screen gives the same frames again
            self._frames, self._place = frames, place
            self._visible = badge.visible(place, frames)
        return self._visible

    def keep_up(self) -> bool:
        """Bring back a window that was killed; return whether it was. One that never comes up comes back ever later."""
        if self._window.running or self._window.last.get("acknowledged") or time.monotonic() < self._due:
            return False
        self._ends = 0 if self._window.last else self._ends + 1
        self._due = time.monotonic() + (min(LONGEST_PAUSE, 2.0 ** min(self._ends, 10)) if self._ends else 0.0)
        self._replace()
        return True

    def renew(self) -> None:
        """Open the badge's window anew, where it belongs. One that was killed is for `keep_up`."""
        if self._acknowledged and self._window.running and not self._window.opening:
            self._replace()

    def tell(self, state: str, last_report: str | None) -> None:
        """Tell the person's window how things stand."""
        standing = {"state": state, "last_report": last_report}
        if self._acknowledged and standing != self._standing:  # a frozen window takes only so much that is not news
            self._standing = standing
            self._window.tell(standing)

    def notes(self) -> list[str]:
        """Return the notes that the person wrote since the last call."""
        found = []
        while not self._notes.empty():
            found.append(self._notes.get())
        return found

    def pulse(self) -> None:
        """Have the badge change some pixels."""
        if self._acknowledged:
            self._window.tell({"pulse": True})

    def close(self) -> None:
        """Take the window down."""
        self._window.close()

    def _replace(self) -> None:
        self._window.close()
        self._window = self._open()

    def _open(self) -> _Window:
        window = _Window(_BADGE if self._acknowledged else _NOTICE, self._told, self._notes)
        if self._standing:
            window.tell(self._standing)
        return window

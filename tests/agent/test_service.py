"""The agent's life with everything around it played: what is heard while it waits, and what its end never costs."""

import errno
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agent.clock import SystemClock
from agent.errors import EndedError, PlatformError, UnseenError
from agent.pipeline import Counts
from agent.ports import Frame, SessionState
from agent.recorder import Recorder
from agent.service import RENEWALS, Parts, Service
from agent.state import StateFolder, Status
from agent.upkeep import Upkeep
from agent.upload import Delivered
from evidence import envelope
from evidence.record import META, EventRecord, read_record
from overt import agent_watch
from overt.agent_run import Agent
from overt.agent_status import describe, read_status
from tests.agent.rig import Rig
from tests.waiting import wait_until


class Ticks(SystemClock):
    """A clock on which no pause takes time; at the end of its ticks it is told to stop."""

    def __init__(self, ticks: int) -> None:
        super().__init__()
        self.left = ticks

    def wait(self, seconds: float) -> None:
        del seconds
        self.left -= 1
        if self.left <= 0:
            self.stop()


@dataclass
class Window:
    """Notice and badge: pressed or not, on their way or not."""

    pressed: bool = True
    opening: bool = False
    written: list[str] = field(default_factory=list)
    renewed: int = 0

    def acknowledged(self) -> bool:
        return self.pressed

    def visible_in(self, frames: tuple[Frame, ...]) -> bool:
        return bool(frames)

    def keep_up(self) -> bool:
        return False

    def renew(self) -> None:
        self.renewed += 1

    def tell(self, state: str, last_report: str | None) -> None:
        """Nobody reads it."""

    def notes(self) -> Sequence[str]:
        found, self.written = self.written, []
        return found

    def pulse(self) -> None:
        """Nobody looks."""

    def close(self) -> None:
        """Nothing is held."""


@dataclass
class Life:
    """A service in which only the record, the state and the questions to the server are real."""

    rig: Rig
    window: Window = field(default_factory=Window)
    look: Callable[[], bool] = lambda: True
    close: Callable[[], None] = lambda: None
    tasks: Sequence[Any] = ()
    finished: list[bool] = field(default_factory=list)
    looked: list[dict[str, Any]] = field(default_factory=list)
    """What coverage was told at each look."""
    watch: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(partly=frozenset(), failing={}))

    def service(self, ticks: int, state: StateFolder | None = None) -> Service:
        authority, spool = self.rig.write_authority(), self.rig.open_spool()
        recorder: Recorder = self.rig.recorder(spool, authority=authority)
        watch = SimpleNamespace(
            look=self.look, close=self._close, pause=lambda: None, seeing=frozenset(), unread=0, **vars(self.watch)
        )
        anything: Any = SimpleNamespace(
            front=lambda: SessionState.OPEN, look=lambda **told: self.looked.append(told), end=lambda: None,
            counts=Counts(), version=0, report=lambda: None,
            state=Delivered(), start=lambda: None, finish=lambda _: None,
        )  # fmt: skip
        watching: Any = watch
        self.upkeep = Upkeep(self.tasks, every=0.01)
        parts = Parts(
            state or self.rig.state, authority, lambda: authority, self.window, watching, anything, recorder, spool,
            anything, Ticks(ticks), anything, self.upkeep, None, "boot-1", lambda status: status,
        )  # fmt: skip
        return Service(parts)

    def _close(self, *, finish: bool) -> None:
        self.finished.append(finish)
        self.close()

    def told(self) -> list[EventRecord]:
        """Return what is in the record."""
        found = []
        for path in sorted((self.rig.state.spool / "records").glob("*.ovt")):
            data = path.read_bytes()
            words = read_record(envelope.open_all(envelope.parse(data), self.rig.case_key, data)[META])
            found += [words] if isinstance(words, EventRecord) else []
        return found

    def events(self) -> list[str]:
        return [one.event for one in self.told()]


def test_the_server_is_heard_while_the_notice_waits(rig: Rig) -> None:
    """A person may leave the notice alone for days: no answer is kept for the end of them, libraries least of all."""
    heard: list[bool] = []

    def ask() -> Sequence[Callable[[], object]]:
        return (lambda: heard.append(True),)

    life = Life(rig, Window(pressed=False), tasks=(ask,))
    service = life.service(2)
    service._parts.clock.wait = lambda _: wait_until(lambda: heard) and service._parts.clock.stop()  # type: ignore[method-assign]
    life.window.keep_up = lambda: wait_until(lambda: not life.upkeep._found.empty()) and False  # type: ignore[method-assign]
    service.run()
    assert heard
    assert "notice-acknowledged" not in life.events()


def test_a_badge_on_its_way_is_not_lost(rig: Rig) -> None:
    """It comes up a moment after it was opened: nobody is blamed for that, and it is not opened anew meanwhile."""
    window, looks = Window(), iter(range(100))

    def look() -> bool:
        window.opening = next(looks) < RENEWALS[0] * 2
        return not window.opening

    life = Life(rig, window, look=look)
    life.service(RENEWALS[0] * 4).run()
    assert next(looks) > RENEWALS[0] * 3
    assert "badge-lost" not in life.events()
    assert window.renewed == 0


def test_a_badge_that_stays_away_is_lost(rig: Rig) -> None:
    """Not on its way, and not to be seen."""
    life = Life(rig, look=lambda: False)
    life.service(RENEWALS[0] + 2).run()
    assert life.events().count("badge-lost") == 1
    assert life.window.renewed == 1


def test_a_screen_that_is_not_given_is_waited_for(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave to look was taken back: the agent stays and says why nothing is watched, and goes on once it is given."""
    answers = iter([True, False, False, True, True])

    def look() -> bool:
        if not next(answers):
            raise UnseenError("The desktop gives no picture.", reason="permission-lost")
        return True

    monkeypatch.setattr("agent.unseen.PAUSES", (0.0,))
    life = Life(rig, look=look)
    life.service(5).run()
    assert [one.get("why_not") for one in life.looked] == [None, "permission-lost", "permission-lost", None, None]
    assert [one for one in life.events() if one.startswith("screen-")] == ["screen-unseen", "screen-back"]


def test_a_screen_that_is_not_given_is_not_asked_for_again_and_again(rig: Rig) -> None:
    """A desktop may ask the person each time; meanwhile the status says why nothing is watched."""
    asked: list[bool] = []

    def look() -> bool:
        asked.append(True)
        raise UnseenError("The desktop gives no picture.", reason="unsupported-session")

    life = Life(rig, look=look)
    service = life.service(40)
    service.run()
    assert len(asked) == 1
    assert [one["why_not"] for one in life.looked] == ["unsupported-session"] * 40


def test_why_it_cannot_begin_is_told_once(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service tries every few seconds: the reason is in the record once, and again when it is another one."""
    monkeypatch.setattr(agent_watch, "FLUSH_PATIENCE", 0.0)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)

    def told() -> int:
        with pytest.raises(PlatformError):
            agent_watch.make_service(Agent(rig.root, SystemClock()))
        return Life(rig).events().count("agent-not-started")

    assert [told(), told()] == [1, 1]
    monkeypatch.setenv("DISPLAY", ":nowhere")
    assert [told(), told()] == [2, 2]


def test_a_source_that_does_not_see_is_in_coverage_and_in_the_status(rig: Rig) -> None:
    """The person and the officer read which one, and why."""
    told: list[str] = []
    life = Life(rig, watch=SimpleNamespace(partly=frozenset({"source-failed"}), failing={"clipboard": "No display."}))
    service = life.service(3)
    service._parts.clock.wait = lambda _: told.extend(describe(read_status(rig.root))) or service._parts.clock.stop()  # type: ignore[method-assign, func-returns-value]
    service.run()
    assert life.looked[0]["partly"] == {"source-failed"}
    assert any("Not seeing" in line and "No display" in line for line in told)


@pytest.mark.parametrize(
    ("problem", "says"), [(PlatformError("The screen is gone."), "The screen is gone"), (ValueError("?"), "ValueError")]
)
def test_the_last_word_is_said_whatever_fails(rig: Rig, problem: Exception, says: str) -> None:
    """A display that goes takes the putting away with it; without a last word the next start would say “killed”."""

    def fail() -> bool:
        raise problem

    life = Life(rig, look=fail, close=lambda: fail() and None)
    rig.state.begin_run("boot-1")
    with pytest.raises(type(problem)):
        life.service(9).run()
    assert life.events()[-2:] == ["end-incomplete", "agent-stopped"]
    assert life.told()[-1].text == f"It stopped: {says}."
    assert not rig.state.running_file.exists()


@pytest.mark.parametrize("over", [True, False])
def test_what_is_looked_at_when_the_authority_ends_is_let_go(rig: Rig, over: bool) -> None:
    """Told to stop, the agent finishes; without an authority nothing may be captured any more."""

    def end() -> bool:
        if over:
            raise EndedError("the authority was withdrawn")
        return True

    life = Life(rig, look=end)
    life.service(2).run()
    assert life.finished == [not over]
    assert ("authority-ended" in life.events()) == over


class FullDisk(StateFolder):
    """A state folder that takes nothing."""

    def write_status(self, status: Status) -> None:
        del status
        raise OSError(errno.ENOSPC, "No space left on device")

    def remember_time(self, now: datetime) -> None:
        del now
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_does_not_end_the_watching(rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Status and time are written later; a note of the person waits until the disk takes it."""
    life = Life(rig, Window(written=["my brother used it"]))
    full = [True]

    def leave(folder: Path, text: str) -> None:
        if full.pop():
            full.append(False)
            raise OSError(errno.ENOSPC, "No space left on device")
        folder.mkdir(exist_ok=True)
        (folder / "1.note").write_text(text)

    monkeypatch.setattr("agent.notes.leave", leave)
    assert life.service(5, FullDisk(rig.root)).run() == "it was told to stop"
    assert [one.text for one in life.told() if one.event == "note"] == ["my brother used it"]

"""Sources: asked in their rhythm, only where permitted, and one that fails takes nothing with it."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from agent.errors import PlatformError
from agent.ports import Scene, Seen, Source
from agent.roster import Offer, Roster
from agent.sources.background import BackgroundSource
from engine.observation import Provenance
from tests.waiting import PATIENCE, wait_until

NOWHERE = Scene.nowhere()


@dataclass
class HandClock:
    """A clock that moves when told to."""

    seconds: float = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_ns(self) -> int:
        return int(self.seconds * 1e9)

    def wait(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class Events:
    """Keeps what was told."""

    told: list[tuple[str, str, dict[str, str | int]]] = field(default_factory=list)

    def __call__(self, event: str, text: str, details: dict[str, str | int], /) -> None:
        self.told.append((event, text, details))


@dataclass
class Words:
    """A source that gives one text a question, or raises."""

    problem: Exception | None = None
    closed: int = 0
    asked: int = 0

    def poll(self, scene: Scene) -> Sequence[Seen]:
        self.asked += 1
        if self.problem is not None:
            raise self.problem
        return [Seen(f"text {self.asked}", "typed", Provenance.TYPED)]

    def close(self) -> None:
        self.closed += 1


def roster(clock: HandClock, tell: Events, **sources: Callable[[], Source]) -> Roster:
    offers = [Offer(name, name.capitalize(), start) for name, start in sources.items()]
    return Roster(offers, lambda name: name != "forbidden", tell=tell, clock=clock)


def test_a_source_that_the_authority_does_not_name_is_never_started() -> None:
    """Not even its start is called."""

    def start() -> Source:
        raise AssertionError("started")

    team = roster(HandClock(), Events(), forbidden=start, typed=Words)
    assert [one.text for one in team.poll(NOWHERE)] == ["text 1"]
    assert set(team.health) == {"typed"}


def test_a_failing_source_is_told_once_and_the_rest_goes_on() -> None:
    """It is closed, told without its own message, and tried again after 10, 60 and then every 600 seconds."""
    clock, tell = HandClock(), Events()
    bad = Words(ValueError("MARKERWORD"))
    team = roster(clock, tell, clipboard=lambda: bad, typed=Words)
    tried = []
    for second in range(0, 1400, 5):
        clock.seconds = second
        before = bad.asked
        assert len(team.poll(NOWHERE)) == 1
        if bad.asked > before:
            tried.append(second)
    assert tried == [0, 10, 70, 670, 1270]
    assert bad.closed == bad.asked
    assert [event for event, _, _ in tell.told] == ["source-failed"]
    assert "MARKERWORD" not in repr(tell.told)
    assert "ValueError" in tell.told[0][1]
    assert not team.health["clipboard"].works
    assert team.health["typed"].works


def test_a_source_that_comes_back_is_told() -> None:
    """The record says when it can be seen again."""
    clock, tell = HandClock(), Events()
    words = Words(PlatformError("the bus is gone"))
    team = roster(clock, tell, clipboard=lambda: words)
    assert team.poll(NOWHERE) == []
    assert team.health["clipboard"].reason == "the bus is gone"
    words.problem, clock.seconds = None, 11
    assert len(team.poll(NOWHERE)) == 1
    assert [event for event, _, _ in tell.told] == ["source-failed", "source-back"]
    assert team.health["clipboard"].works


def test_a_pause_drops_what_a_source_holds() -> None:
    """It is closed, and started anew at the next question."""
    started: list[Words] = []

    def start() -> Source:
        started.append(Words())
        return started[-1]

    team = roster(HandClock(), Events(), typed=start)
    team.poll(NOWHERE)
    team.pause()
    team.pause()
    assert [one.closed for one in started] == [1]
    assert [one.text for one in team.poll(NOWHERE)] == ["text 1"]
    assert len(started) == 2


def test_a_slow_source_keeps_nobody_waiting_and_its_failure_arrives() -> None:
    """The thread waits, the watching does not."""
    gate = threading.Event()

    class Slow(Words):
        def poll(self, scene: Scene) -> Sequence[Seen]:
            gate.wait(10)
            if self.asked == 2:
                raise PlatformError("it ended")
            return super().poll(scene)

    source = BackgroundSource(Slow, every=0.0)
    try:
        assert source.poll(NOWHERE) == []
        gate.set()
        found: list[str] = []
        problems: list[str] = []

        def ended() -> bool:
            try:
                found.extend(one.text for one in source.poll(NOWHERE))
            except PlatformError as problem:
                problems.append(str(problem))
            return bool(problems)

        assert wait_until(ended)
        assert problems == ["it ended"]
    finally:
        source.close()


def test_a_source_that_is_woken_is_asked_when_there_is_something_and_ends_at_once() -> None:
    """It waits by itself, and whoever closes it rings."""
    asked, bell = threading.Semaphore(0), threading.Semaphore(0)

    class Woken(Words):
        def poll(self, scene: Scene) -> Sequence[Seen]:
            asked.release()
            return super().poll(scene)

        def wait(self, least: float, most: float) -> None:
            assert least <= most
            bell.acquire()

        def wake(self) -> None:
            bell.release()

    source = BackgroundSource(Woken, every=0.0)
    for _ in range(3):
        assert asked.acquire(timeout=PATIENCE)
        assert not asked.acquire(blocking=False), "once only"
        bell.release()
    assert asked.acquire(timeout=PATIENCE)
    source.close()
    assert wait_until(lambda: not source._thread.is_alive())
    assert not asked.acquire(blocking=False), "nothing is asked after the end"


@pytest.mark.parametrize("seconds", [0.0, 2.0])
def test_a_source_has_its_own_rhythm(seconds: float) -> None:
    """Asked at every look, or every so many seconds."""
    clock, words = HandClock(), Words()
    team = Roster([Offer("typed", "Typed", lambda: words, every=seconds)], lambda _: True, tell=Events(), clock=clock)
    for tick in range(8):
        clock.seconds = tick * 0.5
        team.poll(NOWHERE)
    assert words.asked == (8 if seconds == 0 else 2)

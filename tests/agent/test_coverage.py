"""What the agent says it could see: seconds counted by hand, silences explained, a killed agent loses none."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from agent import coverage_file
from agent.clock import SystemClock
from agent.coverage import BATCH, Minutes, Sight
from agent.coverage_file import Kept
from agent.coverage_keeper import Before, CoverageKeeper, silence
from agent.guard import Guard, GuardParts
from agent.passing_time import Moment, Passed, passed
from agent.ports import Frame, Rectangle, SessionState
from agent.screen_facts import ANSWER, STILL, StillnessProbe, is_black
from evidence.coverage import MINUTE, MOST_MINUTES, CoverageRecord, State, summarise
from overt.coverage_text import coverage_lines, stretch_line, stretches
from overt.demo.display import Display, virtual_display
from tests.agent.rig import Rig
from tests.agent.running import Ledger, LiveAgent
from tests.waiting import wait_until

NOON = datetime(2026, 6, 1, 12, 0, 30, tzinfo=UTC)
WATCHED = Sight(State.WATCHED, frozenset({"screen-text"}))
SECOND = 10**9


def after(seconds: float, *, asleep: float = 0.0, set_by: float = 0.0) -> tuple[Moment, Moment]:
    """Return two moments; the system was awake for `seconds` between them."""
    before = Moment(NOON, 5 * SECOND, 7 * SECOND)
    now = NOON + timedelta(seconds=seconds + asleep + set_by)
    return before, Moment(now, int((5 + seconds) * SECOND), int((7 + asleep) * SECOND))


@pytest.mark.parametrize(
    ("moments", "expected"),
    [
        (after(0.25), {"ran": 0.25}),
        (after(4.9), {"ran": 4.9}),
        (after(5.0), {"held": 5.0}),
        (after(3600), {"held": 3600.0}),
        (after(0.25, asleep=7200), {"ran": 0.25, "asleep": 7200.0}),
        (after(0.25, set_by=86400), {"ran": 0.25, "moved": 86400.0}),
        (after(0.25, set_by=-86400), {"ran": 0.25, "moved": -86400.0}),
        (after(6, asleep=60, set_by=-600), {"held": 6.0, "asleep": 60.0, "moved": -600.0}),
        (after(0.25, set_by=1.9), {"ran": 0.25}),
    ],
)
def test_what_went_by(moments: tuple[Moment, Moment], expected: dict[str, float]) -> None:
    """Held, asleep and set clocks are told apart, alone and together."""
    found = passed(*moments)
    got = {name: getattr(found, name) for name in ("ran", "held", "asleep", "moved")}
    assert got == pytest.approx({"ran": 0.0, "held": 0.0, "asleep": 0.0, "moved": 0.0} | expected, abs=1e-6)


def test_seconds_fall_into_their_minutes() -> None:
    """Thirty seconds watched, a minute's sleep, ten seconds without a badge: each where it belongs, none twice."""
    minutes = Minutes(NOON)
    for _ in range(120):
        minutes.add(Passed(NOON, NOON, ran=0.25), WATCHED)
    minutes.add(Passed(NOON, NOON, ran=0.0, asleep=60.0), WATCHED)
    lost = Sight(State.UNWATCHED, frozenset(), frozenset({"badge-lost"}))
    minutes.add(Passed(NOON, NOON, ran=10.0), lost)
    record = minutes.record()
    assert record == CoverageRecord(
        NOON,
        NOON + timedelta(seconds=100),
        {State.WATCHED: (30, 0, 0), State.ASLEEP: (0, 60, 0), State.UNWATCHED: (0, 0, 10)},
        {"screen-text": (30, 0, 0)},
        {"badge-lost": (0, 0, 10)},
    )
    assert CoverageRecord.from_bytes(record.to_bytes()) == record


def test_a_million_small_steps_lose_no_second() -> None:
    """Rounding evens out: an uneven step for a quarter of an hour adds up to it."""
    minutes = Minutes(NOON)
    steps = 0
    while not minutes.due():
        state = State.WATCHED if steps % 3 else State.IDLE
        minutes.add(Passed(NOON, NOON, ran=0.2371), Sight(state))
        steps += 1
    record = minutes.record()
    assert record is not None
    total = summarise([record])
    assert total.unexplained <= len(record.lengths)
    assert abs(sum(total.states.values()) - BATCH.total_seconds()) <= 1
    assert abs(total.states[State.IDLE] - BATCH.total_seconds() / 3) <= len(record.lengths)


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("kept", "before", "expected"),
    [
        (Kept(), Before("b", False, NOON, None), []),
        (Kept(until=NOON - DAY, boot="b"), Before("b", True, NOON - 2 * DAY, None), [(NOON, State.DOWN)]),
        (
            Kept(until=NOON - DAY, ended=State.STOPPED, boot="b"),
            Before("b", False, NOON - 2 * DAY, None),
            [(NOON, State.STOPPED)],
        ),
        (  # shut down in the evening, on in the morning
            Kept(until=NOON - DAY, ended=State.OFF, boot="a"),
            Before("b", False, NOON - 2 * MINUTE, NOON - MINUTE),
            [(NOON - 2 * MINUTE, State.OFF), (NOON, State.OFF), (NOON, State.DOWN)],
        ),
        (  # a power cut, or a kill and then a shutdown: nobody knows how long it ran on
            Kept(until=NOON - DAY, boot="a"),
            Before("b", True, NOON - 2 * MINUTE, NOON - MINUTE),
            [(NOON - 2 * MINUTE, None), (NOON, State.OFF), (NOON, State.DOWN)],
        ),
        (  # logged in for an hour before the agent came up
            Kept(until=NOON - DAY, ended=State.OFF, boot="a"),
            Before("b", False, NOON - 2 * DAY / 24, NOON - DAY / 24),
            [(NOON - 2 * DAY / 24, State.OFF), (NOON - DAY / 24, State.OFF), (NOON, State.DOWN)],
        ),
    ],
)
def test_the_time_before_is_accounted_for(
    kept: Kept, before: Before, expected: list[tuple[datetime, State | None]]
) -> None:
    """Stopped, shut down, killed, not started: each says what it was, and what nobody knows stays unexplained."""
    assert list(silence(kept, before, NOON)) == expected


def keeper(rig: Rig, now: datetime, *, cut_off: bool) -> CoverageKeeper:
    recorder = rig.recorder(rig.open_spool())
    return CoverageKeeper(rig.state, recorder, Before("boot-1", cut_off, NOON - DAY, None), now)


def test_a_killed_agent_loses_no_minute(rig: Rig) -> None:
    """What was pending is sealed at the next start, and the time in between is down."""
    first = keeper(rig, NOON, cut_off=False)
    now = NOON
    for _ in range(4 * 125):
        now += timedelta(seconds=0.25)
        first.add(Passed(now, now, ran=0.25), WATCHED, now)
    del first  # killed
    second = keeper(rig, now + timedelta(minutes=10), cut_off=True)
    second.end()
    total = summarise(Ledger(rig).coverage())
    assert 60 <= total.states[State.WATCHED] <= 125
    assert total.states[State.WATCHED] + total.states[State.DOWN] == pytest.approx(725, abs=2)
    assert total.unexplained <= 2
    assert coverage_file.read(rig.state.coverage_file).summary(NOON - DAY) == total


def test_months_of_silence_fit(rig: Rig) -> None:
    """More than one record may hold is told in several, without a gap."""
    keeper(rig, NOON, cut_off=False).end()
    keeper(rig, NOON + timedelta(days=100), cut_off=False).end()
    found = Ledger(rig).coverage()
    assert len(found) == 4
    assert all(len(one.lengths) <= MOST_MINUTES + 1 for one in found)
    assert summarise(found).states == {State.STOPPED: 100 * 86400}


@pytest.mark.parametrize("damage", [b"", b"{}", b'{"days":3}', b"\xff", b'{"days":{},"pending":"x","until":null}'])
def test_a_damaged_file_is_no_obstacle(rig: Rig, damage: bytes) -> None:
    """The person can change it: then nothing is known of before, and nothing breaks."""
    rig.state.coverage_file.write_bytes(damage)
    assert coverage_file.read(rig.state.coverage_file) == Kept()
    keeper(rig, NOON, cut_off=True).end()


def frames(value: int) -> tuple[Frame, ...]:
    pixels = np.full((100, 200, 4), value, np.uint8)
    return (Frame(0, Rectangle(0, 0, 200, 100), pixels),)


class Front:
    """A session in use."""

    def state(self) -> SessionState:
        return SessionState.OPEN

    def idle_seconds(self) -> float:
        return 5.0

    def close(self) -> None:
        """Nothing is held."""


def test_why_not_all_was_seen_is_sealed(rig: Rig) -> None:
    """A failed source and a window that keeps itself out leave their reason in minutes that count as watched."""
    at, clock = [0.0], SystemClock()
    clock.now = lambda: NOON + timedelta(seconds=at[0])  # type: ignore[method-assign]
    clock.monotonic_ns = lambda: int(at[0] * SECOND)  # type: ignore[method-assign]
    clock.asleep_ns = lambda: 0  # type: ignore[method-assign]
    recorder = rig.recorder(rig.open_spool())
    screen: Any = SimpleNamespace(facts=SimpleNamespace(black=()), last=())
    anything: Any = SimpleNamespace()
    kept = CoverageKeeper(rig.state, recorder, Before("boot-1", False, NOON - DAY, None), NOON)
    guard = Guard(GuardParts(clock, recorder, kept, Front(), screen, anything, ()))
    for partly in (frozenset({"source-failed"}), frozenset({"protected-window"}), frozenset()):
        for _ in range(10):
            at[0] += 1.0
            guard.look(seeing=frozenset({"window-title"}), partly=partly)
    at[0] += 1.0
    guard.look(seeing=frozenset(), why_not="permission-lost")
    guard.end()
    (record,) = coverage_file.read_day(rig.state.day_file)
    total = summarise([record])
    assert total.reasons == {"source-failed": 10, "protected-window": 10, "permission-lost": 1}
    assert total.states == {State.WATCHED: 30, State.UNWATCHED: 1}
    lines = list(coverage_lines(total))
    assert "10 s in use not wholly watched: a source failed" in lines
    assert "1 s in use not watched: the system no longer permitted looking at the screen" in lines


def test_the_last_day_is_told_minute_by_minute(rig: Rig) -> None:
    """Alike minutes are one line, no second is told twice or left out, and what is older than a day is forgotten."""
    lost = Sight(State.UNWATCHED, frozenset(), frozenset({"badge-lost"}))
    for start, sight, seconds in ((NOON - 2 * DAY, WATCHED, 60), (NOON, WATCHED, 290), (NOON + 5 * MINUTE, lost, 90)):
        minutes = Minutes(start)
        minutes.add(Passed(NOON, NOON, ran=float(seconds)), sight)
        record = minutes.record()
        assert record is not None
        coverage_file.keep_day(rig.state.day_file, record)
    rig.state.day_file.write_bytes(rig.state.day_file.read_bytes() + b"{half a li\n")
    records = coverage_file.read_day(rig.state.day_file)
    assert [one.since for one in records] == [NOON, NOON + 5 * MINUTE]
    found = list(stretches(records))
    assert [dict(one.states) for one in found] == [{"watched": 290}, {"unwatched": 90}]
    assert [one.reasons for one in found] == [{}, {"badge-lost": 90}]
    assert "in use, not watched" in stretch_line(found[1])
    assert "the badge could not be seen" in stretch_line(found[1])
    command = [sys.executable, "-m", "overt", "agent", "status", "--state", str(rig.root)]
    plain = subprocess.run([*command, "--minutes"], capture_output=True, text=True, check=True).stdout
    assert [line.strip() for line in plain.splitlines()[-2:]] == [stretch_line(one) for one in found]
    told = subprocess.run([*command, "--minutes", "--json"], capture_output=True, text=True, check=True).stdout
    assert [one["states"] for one in json.loads(told)["minutes"]] == [{"watched": 290}, {"unwatched": 90}]


def test_black_is_black_only_without_a_single_coloured_pixel() -> None:
    """The unused fourth byte does not count; one pixel anywhere does."""
    pixels = frames(0)[0].pixels
    pixels[..., 3] = 255
    assert is_black(pixels)
    pixels[99, 199, 1] = 1
    assert not is_black(pixels)


def test_a_still_picture_is_suspected_only_in_use_and_only_after_the_badge_changed() -> None:
    """Reading a page for an hour is no frozen screen; an unanswered change of the badge is one."""
    probe = StillnessProbe()
    for _ in range(4 * 3600):
        assert not probe.step(frames(7), 0.25, touched=False)
    asked = [probe.step(frames(7), 0.25, touched=True) for _ in range(int(4 * (STILL + 2)))]
    assert asked.count(True) == 1
    assert not probe.frozen
    probe.step(frames(8), 1.0, touched=False)
    assert not probe.frozen
    for _ in range(int(4 * (STILL + ANSWER + 4))):
        probe.step(frames(8), 0.25, touched=True)
    assert probe.frozen
    probe.step(frames(9), 1.0, touched=True)
    assert not probe.frozen


@pytest.fixture(scope="module")
def display() -> Iterator[Display]:
    """Return a display of our own."""
    with virtual_display() as found:
        yield found


@pytest.mark.screen
def test_a_real_run_accounts_for_every_second(display: Display, tmp_path: Path) -> None:
    """Watched, badge away, killed, down, watched again, stopped: the seconds add up to the wall clock's."""
    rig = Rig(tmp_path / "device")
    agent = LiveAgent(rig, display)
    began = time.time()
    try:
        agent.start()
        before = time.time() - began
        time.sleep(2)
        agent.child("agent.badge_window").kill()
        assert wait_until(lambda: Ledger(rig).events("badge-ended"))
        assert wait_until(lambda: agent.state == "watching")
        agent.kill()
        time.sleep(2)
        agent.start()
        time.sleep(2)
        until = time.time() - began
    finally:
        agent.stop()
    took = time.time() - began
    total = summarise(Ledger(rig).coverage())
    counted = sum(total.states.values()) + total.unexplained
    assert until - before - 2 < counted <= took + 2, "from the first look on, every second is in the record"
    assert total.unexplained <= 3 + took / 60, "what rounding leaves of each minute"
    assert total.states[State.WATCHED] >= 1  # what was watched less than fifteen seconds before a kill counts as down
    assert total.states.get(State.DOWN, 0) >= 2
    assert set(total.reasons) <= {"notice-waiting", "badge-lost"}

"""Frames before and after a capture: the right ones, nothing excluded in them, and no capture lost while it waits."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from agent.exclusions import Exclusions
from agent.frames_around import FramesAround, with_frames
from agent.mask import GREY
from agent.pictures import SMALL_WIDTH, small_picture
from agent.policy import Excluded, Policy
from agent.ports import Frame, Rectangle, WindowInfo
from agent.recorder import Recorder
from agent.ring import EVERY, SETTLED, SPAN, FrameRing
from agent.spool import Spool
from evidence import envelope
from evidence.envelope import Part
from evidence.header import Kind
from evidence.record import Action, CaptureRecord, DecisionRecord, EventRecord, FrameRecord, read_record
from tests.agent.rig import Rig

PLACE = Rectangle(0, 0, 320, 200)
DEFAULT = Policy()


@dataclass
class SetClock:
    """A clock that tests set."""

    seconds: float = 100.0

    def now(self) -> datetime:
        return datetime(2026, 6, 1, tzinfo=UTC)

    def monotonic_ns(self) -> int:
        return int(self.seconds * 1e9)

    def wait(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class SetWindows:
    """Windows that tests set."""

    windows: tuple[WindowInfo, ...] = ()

    def focused(self) -> WindowInfo:
        return WindowInfo()

    def shown(self) -> tuple[WindowInfo, ...]:
        return self.windows

    def close(self) -> None:
        """Nothing is held."""


def screen(grey: int, *, place: Rectangle = PLACE, monitor: int = 0) -> tuple[Frame, ...]:
    """Return a monitor that shows one grey."""
    return (Frame(monitor, place, np.full((place.height, place.width, 4), grey, np.uint8)),)


def shade(data: bytes) -> int:
    """Return the grey of an encoded picture, to the nearest ten."""
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return round(float(picture.mean()) / 10) * 10


# --- the ring


def ring(excluded: Excluded | None = None, *windows: WindowInfo) -> tuple[FrameRing, Exclusions]:
    known = SetWindows(windows)
    exclusions = Exclusions(excluded or Excluded(), known)
    return FrameRing(exclusions, known), exclusions


def fill(memory: FrameRing, shades: Sequence[int], start: float, each: float) -> float:
    """Show screens one after the other; return when the last one ended."""
    now = start
    for one in shades:
        frames = screen(one)
        end = now + each
        while now < end:
            memory.look(frames, now)
            now += 0.25
    return now


def shades_of(found: list[tuple[int, tuple[object, ...]]]) -> list[int]:
    return [shade(frames[0].picture.data) for _, frames in found]  # type: ignore[attr-defined]


def test_screens_of_the_last_minute_are_spread_and_the_newest_is_among_them() -> None:
    """Ten screens, eight seconds each: what is older than a minute is gone, ages are those of their last moment."""
    memory, _ = ring()
    shades = [20 * number for number in range(1, 11)]
    now = fill(memory, shades, 0.0, 8.0)
    found = memory.before(screen(255), now, 3)
    assert shades_of(found) == pytest.approx([shades[3], shades[6], shades[9]], abs=24)
    assert shades_of(found)[-1] == pytest.approx(200, abs=2)
    ages = [age for age, _ in found]
    assert ages == sorted(ages, reverse=True)
    assert max(ages) <= SPAN
    assert len(memory.before(screen(255), now, 50)) <= 60 / 8 + 2
    assert memory.before(screen(255), now, 0) == []


def test_a_still_screen_is_kept_once_and_stays_young() -> None:
    """Half an hour of reading one page: the page is there, a moment old; so is what was there just before."""
    memory, _ = ring()
    fill(memory, [50], 0.0, 10.0)
    now = fill(memory, [150], 10.0, 1800.0)
    found = memory.before(screen(250), now, 6)
    assert [(age, grey) for (age, _), grey in zip(found, shades_of(found), strict=True)] == [(1, 150)]


def test_what_is_captured_is_not_before_itself() -> None:
    """The page that matched stood there already when it was read."""
    memory, _ = ring()
    now = fill(memory, [50, 150], 0.0, 10.0)
    assert shades_of(memory.before(screen(150), now, 6)) == [50]


@pytest.mark.parametrize("most", range(1, 7))
def test_as_many_as_asked_for(most: int) -> None:
    """Never more, and all different."""
    memory, _ = ring()
    now = fill(memory, [25 * number for number in range(1, 9)], 0.0, 6.0)
    found = shades_of(memory.before(screen(255), now, most))
    assert len(set(found)) == len(found) == most
    assert found == sorted(found)


def test_an_address_that_is_told_late_is_masked_all_the_same() -> None:
    """The page was grabbed when nobody knew its address: it is kept masked, or not at all."""
    bank = WindowInfo("Browser", "Welcome", PLACE, 7)
    memory, exclusions = ring(Excluded(urls=("https://bank.example/*",)), bank)
    frames = screen(200)
    memory.look(frames, 0.0)
    memory.look(frames, 1.0)
    exclusions.learn(bank, "https://bank.example/login")
    memory.look(frames, SETTLED + 0.1)
    (grey,) = shades_of(memory.before(screen(10), SETTLED + 1, 6))
    assert abs(grey - GREY) < 6


def test_little_is_kept() -> None:
    """A screen that changes at each look costs one picture in four seconds, at a fraction of its size."""
    memory, _ = ring()
    random = np.random.default_rng(1)
    now = 0.0
    while now < 2 * SPAN:
        frames = (Frame(0, PLACE, random.integers(0, 255, (200, 320, 4), np.uint8).repeat(1, axis=0)),)
        memory.look(frames, now)
        now += 0.25
    assert len(memory._entries) <= SPAN / EVERY + 1


@pytest.mark.parametrize("width", [1, SMALL_WIDTH, SMALL_WIDTH + 1, 1920, 3840, 7680])
def test_small_pictures(width: int) -> None:
    """Never wider than said, never nothing."""
    picture = small_picture(Frame(0, Rectangle(0, 0, width, 3), np.zeros((3, width, 4), np.uint8)))
    assert 1 <= picture.width <= SMALL_WIDTH
    assert picture.height >= 1
    shown = cv2.imdecode(np.frombuffer(picture.data, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown.shape[:2] == (picture.height, picture.width)


# --- captures


def parts(rig: Rig) -> list[Part]:
    """Return the parts of a capture of one frame."""
    picture = small_picture(screen(240)[0])
    record = CaptureRecord(
        why="A reason.", observed_at=datetime(2026, 6, 1, tzinfo=UTC), source="ocr", provenance="visible_window",
        app=None, title=None, url=None, account="kim", monitor=0, severity=4, text="", findings=(), suppressed=(),
        decision=DecisionRecord(Action.CAPTURE, "a reason"), thumb=None,
        frames=(FrameRecord("frame-0", 0, 0, 0, picture.width, picture.height, "image/jpeg"),),
    )  # fmt: skip
    return [Part("meta", record.to_bytes()), Part("frame-0", picture.data)]


@dataclass
class Desk:
    """Frames around real records of a device, with a clock that is set."""

    rig: Rig
    policy: Policy = DEFAULT
    clock: SetClock = field(default_factory=SetClock)
    windows: SetWindows = field(default_factory=SetWindows)

    def __post_init__(self) -> None:
        self.spool = self.rig.open_spool()
        self.recorder = self.rig.recorder(self.spool)
        self.exclusions = Exclusions(self.policy.excluded, self.windows)
        self.around = FramesAround(self.recorder, self.policy, self.exclusions, self.windows, self.clock)

    def show(self, grey: int, seconds: float) -> None:
        """Show a screen for a while."""
        frames = screen(grey)
        for _ in range(int(seconds * 4)):
            self.around.look(frames)
            self.clock.wait(0.25)

    def capture(self) -> bool:
        return self.around.capture(parts(self.rig), screen(240), severity=4, group="aa")

    def records(self) -> list[tuple[Kind, CaptureRecord | EventRecord, dict[str, bytes]]]:
        """Return what is in the chain, opened."""
        found = []
        for path in sorted(self.rig.state.spool.rglob("*.ovt")):
            head = envelope.parse(path.read_bytes())
            opened = envelope.open_all(head, self.rig.case_key, path.read_bytes())
            words = read_record(opened["meta"])
            assert isinstance(words, CaptureRecord | EventRecord)
            found.append((head.header.context.fields.kind, words, opened))
        return found

    def only(self) -> tuple[list[tuple[str, int, int]], CaptureRecord]:
        """Return the one capture's frames: part, seconds, grey."""
        ((kind, words, opened),) = self.records()
        assert kind is Kind.CAPTURE
        assert isinstance(words, CaptureRecord)
        return [(one.part, one.seconds, shade(opened[one.part])) for one in words.frames], words


def test_a_capture_has_what_was_before_and_after(rig: Rig) -> None:
    """It waits two seconds for the frame after; until then it counts as waiting, and the disk has it already."""
    desk = Desk(rig, Policy(frames_before=2, frames_after=1))
    desk.show(40, 10)
    desk.show(80, 10)
    desk.show(240, 1)
    assert desk.capture()
    assert desk.records() == []
    assert desk.recorder.waiting == 1
    desk.show(240, 1.5)
    assert desk.recorder.holds
    desk.show(120, 1.5)
    frames, words = desk.only()
    assert frames == [("frame-0", 0, 240), ("before-0", -11, 40), ("before-1", -1, 80), ("after-0", 2, 120)]
    assert words.severity == 4
    assert desk.recorder.waiting == 0
    assert not (rig.state.spool / "held.record").exists()


def test_three_frames_after(rig: Rig) -> None:
    """After 2, 5 and 10 seconds."""
    desk = Desk(rig, Policy(frames_before=0, frames_after=3))
    assert desk.capture()
    for grey in range(20, 240, 20):
        desk.show(grey, 1)
    frames, _ = desk.only()
    assert [(part, seconds) for part, seconds, _ in frames] == [
        ("frame-0", 0), ("after-0", 2), ("after-1", 5), ("after-2", 10),
    ]  # fmt: skip
    assert [grey for *_, grey in frames[1:]] == pytest.approx([60, 120, 220], abs=2)


def test_a_record_that_follows_ends_the_wait(rig: Rig) -> None:
    """The chain has one order: what comes next takes the next place, and the capture goes without frames after."""
    desk = Desk(rig, Policy(frames_after=1))
    assert desk.capture()
    desk.recorder.event("badge-lost", "The badge cannot be seen.")
    desk.show(50, 4)
    (first, capture, _), (second, event, _) = desk.records()
    assert (first, second) == (Kind.CAPTURE, Kind.EVENT)
    assert isinstance(capture, CaptureRecord)
    assert [one.part for one in capture.frames] == ["frame-0"]
    assert isinstance(event, EventRecord)


def test_two_captures_at_once_are_two(rig: Rig) -> None:
    """The first goes as it is, the second waits."""
    desk = Desk(rig, Policy(frames_after=1))
    assert desk.capture()
    assert desk.capture()
    assert len(desk.records()) == 1
    desk.around.settle()
    assert [kind for kind, *_ in desk.records()] == [Kind.CAPTURE] * 2


def test_nothing_around_where_only_the_window_may_be_shown(rig: Rig) -> None:
    """Other windows stood there before and after; without frames wanted nothing waits either."""
    for number, policy in enumerate((Policy(matching_window_only=True), Policy(frames_before=0, frames_after=0))):
        desk = Desk(Rig(rig.root / str(number)), policy)
        desk.show(40, 10)
        assert desk.capture()
        assert [part for part, *_ in desk.only()[0]] == ["frame-0"]


def test_a_frame_after_is_masked_by_what_is_told_later(rig: Rig) -> None:
    """Somebody goes to the bank within two seconds."""
    bank = WindowInfo("Browser", "Welcome", PLACE, 7)
    policy = Policy(frames_before=0, frames_after=1, excluded=Excluded(urls=("https://bank.example/*",)))
    desk = Desk(rig, policy, windows=SetWindows((bank,)))
    assert desk.capture()
    desk.show(200, 3)
    assert desk.recorder.holds
    desk.exclusions.learn(bank, "https://bank.example/login")
    desk.show(200, 3)
    frames, _ = desk.only()
    assert [(part, seconds) for part, seconds, _ in frames] == [("frame-0", 0), ("after-0", 2)]
    assert abs(frames[1][2] - GREY) < 6


def test_several_monitors(rig: Rig) -> None:
    """Each of them has its frame, one beside the other."""
    left = screen(30, place=Rectangle(-320, -20, 320, 200), monitor=0)[0]
    small = [(-7, ((left, screen(60, monitor=1)[0])))]
    frames = tuple((seconds, tuple(_small(one) for one in both)) for seconds, both in small)
    whole = with_frames(parts(rig), frames, "before")
    record = CaptureRecord.from_bytes(whole[0].data)
    assert [(one.part, one.monitor, one.left, one.top, one.seconds) for one in record.frames] == [
        ("frame-0", 0, 0, 0, 0), ("before-0", 0, -320, -20, -7), ("before-1", 1, 0, 0, -7),
    ]  # fmt: skip
    assert [part.name for part in whole] == ["meta", "frame-0", "before-0", "before-1"]
    assert shade(whole[3].data) == 60


def _small(frame: Frame):  # type: ignore[no-untyped-def]  (a row of the table above)
    from agent.ring import SmallFrame  # noqa: PLC0415

    return SmallFrame(frame.monitor, frame.place, small_picture(frame))


# --- killed while one waits

KILLED = """
import os, signal, sys
from pathlib import Path
from tests.agent.rig import Rig
from tests.agent.test_frames_around import Desk, parts
from agent.policy import Policy
rig = Rig.load(Path(sys.argv[1]))
desk = Desk(rig, Policy(frames_after=1))
assert desk.capture()
if sys.argv[2] == "put":
    removed = type(desk.recorder._held_file).remove
    type(desk.recorder._held_file).remove = lambda self: os.kill(os.getpid(), signal.SIGKILL)
    desk.around.settle()
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("moment", ["held", "put"])
def test_killed_while_a_capture_waits(rig: Rig, moment: str) -> None:
    """Before it has its place, or just after: at the next start it is in the chain, once."""
    desk = Desk(rig)
    desk.recorder.event("agent-started")
    case_key = rig.case_key
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(rig.root), moment],
        check=False,
        env=os.environ | {"PYTHONPATH": str(Path.cwd())},
    )
    assert done.returncode == -signal.SIGKILL
    assert (rig.state.spool / "held.record").exists()
    again = Rig.load(rig.root)
    again.case_key = case_key
    spool = Spool(again.state.spool, desk.rig.device_key.public_key().public_bytes_raw())
    recorder = rig.recorder(spool)
    recorder.event("agent-started")
    assert not (rig.state.spool / "held.record").exists()
    kinds = [
        envelope.parse(path.read_bytes()).header.context.fields.kind for path in sorted(rig.state.spool.rglob("*.ovt"))
    ]
    assert kinds == [Kind.EVENT, Kind.CAPTURE, Kind.EVENT]


def test_a_held_record_that_is_damaged_is_put_aside(rig: Rig) -> None:
    """The start goes on; the file stays for whoever looks."""
    desk = Desk(rig)
    assert desk.capture()
    held = rig.state.spool / "held.record"
    data = bytearray(held.read_bytes())
    data[-5] ^= 1
    held.write_bytes(bytes(data))
    recorder = rig.recorder(rig.open_spool())
    assert recorder.waiting == 0
    assert not held.exists()
    assert held.with_suffix(".damaged").exists()


def test_a_disk_that_takes_nothing_does_not_hold(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """The capture goes the usual way, where it is kept in memory until the disk takes it."""
    desk = Desk(rig)

    def refuse(*_arguments: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("agent.held.write_replaced", refuse)
    assert desk.capture()
    assert not desk.recorder.holds
    assert [kind for kind, *_ in desk.records()] == [Kind.CAPTURE]


def test_the_policy_says_how_many() -> None:
    """Nothing around where only the matching window may be shown."""
    policy = Policy(frames_before=5, frames_after=2)
    assert (policy.before, policy.after) == (5, 2)
    assert (replace(policy, matching_window_only=True).before, replace(policy, matching_window_only=True).after) == (
        0,
        0,
    )


def test_recorder_without_hold_is_as_before(rig: Rig) -> None:
    """A capture that waits for nothing is in the chain at once."""
    recorder: Recorder = rig.recorder(rig.open_spool())
    assert recorder.capture(parts(rig), severity=4, group="aa")
    assert not recorder.holds
    recorder.complete(parts(rig))
    assert len(list(rig.state.spool.rglob("*.ovt"))) == 1

"""Pictures on the screen: known ones are captured, prefilters are folded hard, hashes are sealed, nothing else is."""

import secrets
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from agent.budget import Budget
from agent.clock import SystemClock
from agent.decide import Outcome
from agent.picture_decide import CAPTURES, COUNTS, PATIENCE, PictureDecider, Sighting
from agent.picture_pipeline import PicturePipeline
from agent.picture_source import PictureSource
from agent.picture_watch import PictureJob, PictureWatch
from agent.pipeline import Counts
from agent.policy import Policy
from agent.ports import Frame, Rectangle, SeenPicture, WindowInfo
from engine.image.faces import NoFaces
from engine.image.hashing import Algorithm, fingerprint
from engine.image.known import KnownSet, SetLabel
from engine.image.prefilter import Ask
from engine.image.screen import PREFILTER, PictureScreener
from engine.image.skin import SkinPrefilter
from engine.observation import Provenance
from engine.verdict import Finding
from evidence import envelope
from evidence.authority import PermittedLibrary
from evidence.header import Kind
from evidence.pictures import Hashes, PictureTerms
from evidence.record import CaptureRecord, EventRecord, read_record
from tests.agent.rig import Rig
from tests.waiting import wait_until

LABEL = SetLabel("known-a", "7", "made for this test", "none")
COFFEE, OTHER = Rectangle(200, 150, 480, 320), Rectangle(800, 150, 400, 300)
DEFAULT = Policy()
WINDOW = WindowInfo("Browser", "A page with pictures")


def photo(name: str) -> NDArray[np.uint8]:
    return np.ascontiguousarray(getattr(data, name)()[..., ::-1])


def frame(**shown: Rectangle) -> Frame:
    """Return a white page with photographs at places."""
    page = np.full((900, 1400, 4), 255, np.uint8)
    for name, place in shown.items():
        small = cv2.resize(photo(name), (place.width, place.height), interpolation=cv2.INTER_AREA)
        page[place.top : place.bottom, place.left : place.right, :3] = small
    return Frame(0, Rectangle(0, 0, 1400, 900), page)


def job(seen: Frame, changed: Rectangle | None = None, window: WindowInfo = WINDOW) -> PictureJob:
    return PictureJob(0, (changed or seen.place,), (seen,), window)


def screener(**options: Any) -> PictureScreener:
    rows = fingerprint(photo("coffee")).pdq[:1]
    return PictureScreener([KnownSet(LABEL, Algorithm.PDQ, rows)], hashes=True, **options)


class Device:
    """A real recorder and spool of an enrolled device, with the picture source in front."""

    def __init__(self, rig: Rig, policy: Policy = DEFAULT, **terms: object) -> None:
        libraries = (PermittedLibrary("weapons", "3"), PermittedLibrary("known-a", "4"))
        self.rig = rig
        self.spool = rig.open_spool()
        self.recorder = rig.recorder(self.spool)
        self.authority = rig.write_authority(libraries=libraries, **terms)
        self.counts = Counts()
        self.pipeline = PicturePipeline(
            self.authority, PictureDecider(policy, entropy=secrets.token_bytes), self.recorder, self.counts,
            account="kim", clock=SystemClock(), policy=policy,
        )  # fmt: skip
        self.source = PictureSource(PictureWatch(screener), self.pipeline)

    def look(self, one: PictureJob) -> None:
        self.source.submit(one)
        assert wait_until(self.done, 30)

    def done(self) -> bool:
        self.source.collect()
        return not self.source.busy

    def records_told(self, event: str) -> list[Mapping[str, str | int]]:
        """Return the details of each event of a name."""
        found = self.records(Kind.EVENT)
        return [one.details for one in found if isinstance(one, EventRecord) and one.event == event]

    def records(self, kind: Kind) -> Iterator[CaptureRecord | EventRecord]:
        for path in sorted(Path(self.rig.state.spool).rglob("*.ovt")):
            sealed = path.read_bytes()
            head = envelope.parse(sealed)
            if head.header.context.fields.kind is kind:
                yield read_record(envelope.open_all(head, self.rig.case_key, sealed)["meta"])  # type: ignore[misc]


@pytest.fixture
def device(rig: Rig) -> Iterator[Device]:
    found = Device(rig)
    yield found
    found.source.close()


def test_a_known_picture_on_the_screen_is_captured(device: Device) -> None:
    """Set, condition, place and reason are sealed; the clear part names severity and nothing else of it."""
    device.look(job(frame(coffee=COFFEE, rocket=OTHER)))
    (record,) = device.records(Kind.CAPTURE)
    assert isinstance(record, CaptureRecord)
    assert record.why == "A known picture on the screen in Browser: set known-a 7, condition 4 of the order."
    (finding,) = record.findings
    assert (finding.severity, finding.library_id, finding.condition) == (5, "known-a", "4")
    assert finding.place is not None
    assert abs(finding.place.left - COFFEE.left) <= 2
    assert abs(finding.place.width - COFFEE.width) <= 4
    assert len(record.pictures) >= 2
    assert any(one.place == finding.place for one in record.pictures)
    assert (device.counts.captures, device.counts.pictures >= 2) == (1, True)
    sealed = b"".join(path.read_bytes() for path in Path(device.rig.state.spool).rglob("*.ovt"))
    assert b"known-a" not in sealed
    assert record.pictures[0].pdq not in sealed


@pytest.mark.parametrize("finish", [True, False])
def test_a_picture_that_is_looked_at_at_the_end(rig: Rig, finish: bool) -> None:
    """It is captured where the agent may still capture, and let go where its authority is over."""
    device = Device(rig)
    device.source.submit(job(frame(coffee=COFFEE)))
    assert wait_until(lambda: not device.source._watch._results.empty())
    device.source.close(finish=finish)
    assert len(list(device.records(Kind.CAPTURE))) == finish


def test_the_same_picture_in_the_same_window_folds(device: Device) -> None:
    """It is captured once; in another window it is captured again."""
    shown = frame(coffee=COFFEE)
    device.look(job(shown))
    device.look(job(shown))
    assert (device.counts.captures, device.counts.folded) == (1, 1)
    device.look(job(shown, window=WindowInfo("Browser", "Another page")))
    assert device.counts.captures == 2


def test_a_known_picture_that_is_copied_is_captured(device: Device) -> None:
    """Beside the screen, as pasted; that it was on the screen before does not fold it away, a second copy does."""
    screen = frame(coffee=COFFEE)
    device.look(job(screen))
    copied = SeenPicture(
        cv2.cvtColor(photo("coffee"), cv2.COLOR_BGR2BGRA),
        "clipboard",
        Provenance.PASTED,
        WINDOW,  # type: ignore[arg-type]
    )
    for _ in range(2):
        device.source.take(copied, (screen,))
        assert wait_until(device.done, 30)
    shown, record = device.records(Kind.CAPTURE)
    assert isinstance(record, CaptureRecord)
    assert isinstance(shown, CaptureRecord)
    assert (shown.source, record.source, record.provenance) == ("screen-picture", "clipboard", "pasted")
    assert record.why == "A known picture that was copied in Browser: set known-a 7, condition 4 of the order."
    assert [(one.monitor, one.left) for one in record.frames] == [(0, 0), (1, 1400)]
    (finding,) = record.findings
    assert finding.place is not None
    assert finding.place.monitor == 1
    assert (device.counts.captures, device.counts.folded) == (2, 1)


def test_only_what_changed_is_looked_at(device: Device) -> None:
    """A known picture elsewhere on the page was looked at when it came."""
    device.look(job(frame(coffee=COFFEE, rocket=OTHER), changed=OTHER))
    assert device.counts.captures == 0
    assert device.counts.pictures >= 1


def test_a_page_of_other_pictures_is_no_capture(device: Device) -> None:
    """Nothing is found, nothing is recorded."""
    device.look(job(frame(rocket=OTHER)))
    assert list(device.records(Kind.CAPTURE)) == []


def test_accessibility_says_where_a_picture_is_that_the_eye_misses(device: Device) -> None:
    """A picture of 60 pixels is below what is searched for by eye."""
    small = Rectangle(300, 300, 60, 40)
    seen = frame(coffee=small)
    device.look(job(seen))
    assert device.counts.captures == 0
    device.look(PictureJob(0, (seen.place,), (seen,), WINDOW, images=(small,)))
    assert device.counts.captures == 1


def test_a_case_may_seal_the_hashes_of_all_that_was_seen(rig: Rig) -> None:
    """One record of hashes, each picture once, no pixels."""
    device = Device(rig, pictures=PictureTerms(Hashes.SEEN))
    device.look(job(frame(rocket=OTHER)))
    device.look(job(frame(rocket=OTHER)))
    device.source.close()
    (record,) = device.records(Kind.EVENT)
    assert isinstance(record, EventRecord)
    assert record.event == "pictures-seen"
    expected = fingerprint(cv2.resize(photo("rocket"), (400, 300), interpolation=cv2.INTER_AREA)).pdq[0]
    nearest = min(
        (int.from_bytes(bytes.fromhex(name)) ^ int.from_bytes(expected.tobytes())).bit_count()
        for name in record.details
    )
    assert nearest <= 20


def test_a_case_may_forbid_hashes(rig: Rig) -> None:
    """Then a capture holds the finding and no hash."""
    device = Device(rig, pictures=PictureTerms(Hashes.NONE))
    device.look(job(frame(coffee=COFFEE)))
    device.source.close()
    (record,) = device.records(Kind.CAPTURE)
    assert isinstance(record, CaptureRecord)
    assert record.pictures == ()


def test_what_cannot_be_looked_at_is_told_once_and_the_rest_goes_on(device: Device) -> None:
    """Pixels of a wrong depth: an event without anything observed, then the next picture as before."""
    broken = Frame(0, Rectangle(0, 0, 8, 8), np.zeros((8, 8, 4), np.float64))  # type: ignore[arg-type]
    device.look(job(broken))
    device.look(job(broken))
    device.look(job(frame(coffee=COFFEE)))
    (event,) = device.records(Kind.EVENT)
    assert isinstance(event, EventRecord)
    assert (event.event, event.details) == ("picture-screening-failed", {"problem": "PictureError"})
    assert device.counts.captures == 1


def test_a_screener_that_cannot_be_made_leaves_the_one_before(device: Device) -> None:
    """Whatever it raises: the looking goes on with what there is, and says where there is nothing."""

    def broken() -> PictureScreener:
        raise RuntimeError

    device.source.use(broken, DEFAULT)
    device.look(job(frame(coffee=COFFEE)))
    assert device.counts.captures == 1
    assert not device.records_told("picture-screening-failed")
    device.source.close()
    device.source = PictureSource(PictureWatch(broken), device.pipeline)
    device.look(job(frame(coffee=COFFEE)))
    assert not device.source.works
    assert device.records_told("picture-screening-failed") == [{"problem": "no screener"}]


def test_a_playing_video_is_one_group_and_one_capture(device: Device) -> None:
    """Frames of one video match other rows of a set each: from the third look on they count as one picture."""
    decider = PictureDecider(Policy(), entropy=secrets.token_bytes)
    now = SystemClock().now()
    outcomes = [
        decider.decide(
            Sighting(WINDOW, now + timedelta(seconds=at), playing=at >= 2), [finding("known-a", f"pdq-{at}", 5)]
        ).outcome
        for at in range(8)
    ]
    assert outcomes.count(Outcome.CAPTURE) == 3
    assert outcomes[3:] == [Outcome.FOLD] * 5


def test_changing_pictures_in_one_place_are_a_video(device: Device) -> None:
    """The same place, changed in look after look, is told from a page that was opened."""
    watch = PictureWatch(screener)
    shown = frame(coffee=COFFEE)
    found = []
    for _ in range(4):
        watch.submit(job(shown))
        assert wait_until(lambda: not watch._working and not watch._waiting, 30)
        found += watch.collect()
    watch.close()
    assert [one.playing for one in found] == [False, False, True, True]


def finding(library: str, term: str, severity: int, category: str = "") -> Finding:
    return Finding(library, "1", term, "t", "r", category, severity, 0, 0, "", "because")


def test_prefilters_alone_are_folded_hard() -> None:
    """One capture for a site and an hour, whatever the page is called; the rest is counted."""
    decider = PictureDecider(Policy(), entropy=secrets.token_bytes)
    now = SystemClock().now()
    skin = [finding("skin-colours", "skin-colours", CAPTURES, PREFILTER)]

    def after(minutes: float, app: str = "Browser") -> Outcome:
        window = WindowInfo(app, f"page {minutes}")
        return decider.decide(Sighting(window, now + timedelta(minutes=minutes)), skin).outcome

    assert [after(0), after(1), after(59), after(59, "Viewer")] == [
        Outcome.CAPTURE, Outcome.COUNT, Outcome.COUNT, Outcome.CAPTURE,
    ]  # fmt: skip
    assert after(PATIENCE.total_seconds() / 60) is Outcome.CAPTURE


def test_where_a_case_only_counts_nothing_is_captured() -> None:
    """The default for a prefilter."""
    decider = PictureDecider(Policy(), entropy=secrets.token_bytes)
    found = [finding("skin-colours", "skin-colours", COUNTS, PREFILTER)]
    assert decider.decide(Sighting(WINDOW, SystemClock().now()), found).outcome is Outcome.COUNT


def test_a_known_picture_outweighs_a_prefilter() -> None:
    """Both on one page: the capture is the known picture's."""
    decider = PictureDecider(Policy(), entropy=secrets.token_bytes)
    both = [finding("skin-colours", "s", CAPTURES, PREFILTER), finding("known-a", "pdq-0", 5)]
    assert decider.decide(Sighting(WINDOW, SystemClock().now()), both).reason == "it is a known picture"


def test_a_prefilter_that_may_capture_says_that_it_proves_nothing(rig: Rig) -> None:
    """The reason that an officer reads first does not accuse."""
    device = Device(rig)
    device.source.close()
    asks = [Ask(SkinPrefilter(NoFaces()), 0.05, CAPTURES, "4")]
    device.source = PictureSource(PictureWatch(lambda: PictureScreener([], prefilters=asks)), device.pipeline)
    device.look(job(frame(coffee=COFFEE)))
    device.source.close()
    (record,) = device.records(Kind.CAPTURE)
    assert isinstance(record, CaptureRecord)
    assert record.why == (
        "A prefilter fired on a picture on the screen in Browser, which proves nothing: skin-colours, "
        "condition 4 of the order."
    )
    assert record.severity == CAPTURES


def test_floors_hold_for_known_pictures_and_named_prefilters() -> None:
    """A set of low severity counts below the floor; a prefilter's low severity does not, unless a floor names it."""
    at = SystemClock().now()
    low, skin = finding("known-low", "pdq-0", 2), finding("skin-colours", "s", CAPTURES, PREFILTER)
    rows = (
        (Policy(floor=3), low, Outcome.COUNT),
        (Policy(floor=2), low, Outcome.CAPTURE),
        (Policy(floor=3, floors={"known-low": 2}), low, Outcome.CAPTURE),
        (Policy(floor=5), finding("known-a", "pdq-0", 5), Outcome.CAPTURE),
        (Policy(floor=5), skin, Outcome.CAPTURE),
        (Policy(floors={"skin-colours": 3}), skin, Outcome.COUNT),
    )
    for policy, found, expected in rows:
        decision = PictureDecider(policy, entropy=secrets.token_bytes).decide(Sighting(WINDOW, at), [found])
        assert (decision.outcome, bool(decision.group)) == (expected, expected is Outcome.CAPTURE), policy


def test_words_and_pictures_have_one_budget() -> None:
    """What words used up, pictures have not; severity 5 is captured all the same; an hour later there is room."""
    policy, budget, at = Policy(captures_an_hour=2), Budget(), SystemClock().now()
    decider = PictureDecider(policy, entropy=secrets.token_bytes, budget=budget)
    budget.spend(at)
    budget.spend(at)
    for found in (finding("known-b", "pdq-0", 4), finding("skin-colours", "s", CAPTURES, PREFILTER)):
        decision = decider.decide(Sighting(WINDOW, at), [found])
        assert decision.outcome is Outcome.DROP
        assert decision.reason.startswith("the budget of 2 captures an hour is used up until")
    assert decider.decide(Sighting(WINDOW, at), [finding("known-a", "pdq-0", 5)]).outcome is Outcome.CAPTURE
    later = at + timedelta(hours=1, seconds=1)
    for found in (finding("known-b", "pdq-0", 4), finding("skin-colours", "s", CAPTURES, PREFILTER)):
        assert decider.decide(Sighting(WINDOW, later), [found]).outcome is Outcome.CAPTURE


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (Rectangle(100, 50, 700, 500), Rectangle(100, 50, 700, 500)),
        (Rectangle(900, 50, 300, 500), Rectangle(200, 150, 480, 320)),
        (None, Rectangle(200, 150, 480, 320)),
    ],
)
def test_only_the_window_that_showed_the_picture(rig: Rig, window: Rectangle | None, expected: Rectangle) -> None:
    """The window in focus where the picture is in it, else the picture alone; places move along."""
    device = Device(rig, policy=Policy(matching_window_only=True))
    shown = WindowInfo("Browser", "A page", window)
    try:
        device.look(job(frame(coffee=COFFEE, rocket=OTHER), window=shown))
    finally:
        device.source.close()
    (record,) = device.records(Kind.CAPTURE)
    assert isinstance(record, CaptureRecord)
    assert [(one.left, one.top, one.width, one.height) for one in record.frames] == [
        (expected.left, expected.top, expected.width, expected.height)
    ]
    place = record.findings[0].place
    assert place is not None
    assert abs(expected.left + place.left - COFFEE.left) <= 4
    assert abs(expected.top + place.top - COFFEE.top) <= 4
    assert all(one.place.left < expected.width and one.place.top < expected.height for one in record.pictures)


def test_what_is_folded_and_dropped_of_pictures_is_reported(rig: Rig) -> None:
    """In the same events as of words: how many belong to which capture, and how many the budget left out."""
    device = Device(rig, policy=Policy(captures_an_hour=1))
    for _ in range(3):
        device.counts.fold("aa")
    device.counts.drop("the budget of 1 captures an hour is used up until 10:00 UTC")
    device.counts.report(device.recorder)
    device.counts.report(device.recorder)
    device.source.close()
    told = {one.event: dict(one.details) for one in device.records(Kind.EVENT) if isinstance(one, EventRecord)}
    assert told == {"folded": {"group-aa": 3}, "budget-used-up": {"dropped": 1}}

"""The policy of a case: read strictly, followed exactly, each decision with its reason."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from agent.decide import Decider, Decision, Outcome
from agent.errors import PolicyError
from agent.exclusions import Exclusions
from agent.looks import look_of
from agent.mask import GREY, cut_to, masked
from agent.policy import Excluded, Policy, parse_policy
from agent.ports import Frame, Rectangle, WindowInfo
from engine.observation import Context, Provenance, TextObservation
from engine.verdict import Finding, Verdict

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
WHOLE = """
[capture]
floor = 4
floors = { weapons = 2 }
floors_by_provenance = { typed = 1, focused-window = 3 }
[folding]
minutes = 30
look_alike = 6
cool_down_minutes = 60
cool_downs = { "weapons:gun" = 120, adult = 240 }
[budget]
captures_an_hour = 20
clean_samples_a_day = 4
[window]
matching_only = true
[excluded]
titles = ["*online banking*"]
urls = ["https://*.nhs.uk/*"]
programs = ["keepassxc"]
"""


def finding(term: str = "gun", severity: int = 3, library: str = "weapons") -> Finding:
    return Finding(library, "1", term, term, "word", "weapons", severity, 0, 3, "gun", "because")


@dataclass
class Life:
    """A decider that is shown one screen after the other."""

    policy: Policy
    decider: Decider = field(init=False)

    def __post_init__(self) -> None:
        self.decider = Decider(self.policy, entropy=secrets.token_bytes)

    def show(
        self,
        title: str = "A page",
        *findings: Finding,
        minutes: float = 0.0,
        provenance: Provenance = Provenance.VISIBLE_WINDOW,
        look: int | None = None,
    ) -> Decision:
        at = NOON + timedelta(minutes=minutes)
        observation = TextObservation("gun", provenance, "ocr", at, Context(app="Browser", title=title))
        return self.decider.decide(observation, Verdict(findings, ()), lambda: look)


def test_everything_can_be_said() -> None:
    """Each key of docs/policy.md arrives where it belongs."""
    policy = parse_policy(WHOLE)
    assert policy == Policy(
        floor=4,
        floors={"weapons": 2},
        floors_by_provenance={Provenance.TYPED: 1, Provenance.FOCUSED_WINDOW: 3},
        together=timedelta(minutes=30),
        cool_down=timedelta(hours=1),
        cool_downs={"weapons:gun": timedelta(hours=2), "adult": timedelta(hours=4)},
        look_alike=6,
        captures_an_hour=20,
        clean_samples_a_day=4,
        matching_window_only=True,
        excluded=Excluded(("*online banking*",), ("https://*.nhs.uk/*",), ("keepassxc",)),
    )
    assert parse_policy("") == Policy()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[capture", "not TOML"),
        ("flor = 3", "Unknown in a policy: flor"),
        ("[capture]\nflor = 3", "capture.flor"),
        ("[capture]\nfloor = 6", "capture.floor must be a whole number from 1 to 5"),
        ("[capture]\nfloor = true", "whole number"),
        ("[capture.floors]\nweapons = 'x'", "capture.floors.weapons"),
        ("[capture.floors_by_provenance]\nspoken = 2", "typed"),
        ("capture = 3", "must be a table"),
        ("[window]\nmatching_only = 1", "true or false"),
        ("[reading]\nengine = 'other'", "reading.engine must be one of tesseract, pp-ocr"),
        ("[excluded]\ntitles = ['*']", "none may fit everything"),
        ("[excluded]\nurls = 'x'", "list of patterns"),
        ("[budget]\ncaptures_an_hour = 0", "from 1 to 3600"),
    ],
)
def test_what_cannot_be_followed_is_refused(text: str, says: str) -> None:
    """With the place, and what was expected."""
    with pytest.raises(PolicyError, match=says):
        parse_policy(text)


def test_floors_by_library_and_by_provenance() -> None:
    """The lowest floor that applies counts."""
    life = Life(parse_policy(WHOLE))
    assert life.show("1", finding(severity=2)).outcome is Outcome.CAPTURE
    assert life.show("2", finding(severity=3, library="drugs")).outcome is Outcome.COUNT
    focused = life.show("3", finding("a", severity=3, library="drugs"), provenance=Provenance.FOCUSED_WINDOW)
    assert focused.outcome is Outcome.CAPTURE
    typed = life.show("4", finding("b", severity=1, library="drugs"), provenance=Provenance.TYPED)
    assert typed.outcome is Outcome.CAPTURE


def test_a_term_cools_down_everywhere() -> None:
    """Not captured again in another window until its time is over; severity 5 always is."""
    life = Life(parse_policy("[folding]\ncool_downs = { 'weapons:gun' = 120 }"))
    first = life.show("A", finding())
    again = life.show("B", finding(), minutes=60)
    assert (again.outcome, again.group) == (Outcome.FOLD, first.group)
    assert "once in 120 minutes" in again.reason
    assert life.show("C", finding(), finding("knife"), minutes=61).outcome is Outcome.CAPTURE
    assert life.show("D", finding(severity=5), minutes=62).outcome is Outcome.CAPTURE
    assert life.show("E", finding(), minutes=240).outcome is Outcome.CAPTURE


def test_screens_that_look_alike_are_folded() -> None:
    """The same words on the same picture under another title; another picture or other words are not."""
    life = Life(Policy())
    first = life.show("(3) Inbox", finding(), look=0b1111)
    folded = life.show("(4) Inbox", finding(), look=0b1110)
    assert (folded.outcome, folded.group) == (Outcome.FOLD, first.group)
    assert "looks the same (1 of 256" in folded.reason
    assert life.show("(5) Inbox", finding(), look=2**60 - 1).outcome is Outcome.CAPTURE
    assert life.show("(6) Inbox", finding("knife"), look=0b1111).outcome is Outcome.CAPTURE


def test_writing_a_word_says_more_than_seeing_it() -> None:
    """What was seen is captured once more when it is typed, and not the other way round."""
    life = Life(Policy())
    seen = life.show("A", finding())
    typed = life.show("A", finding(), provenance=Provenance.TYPED)
    assert (typed.outcome, typed.group) == (Outcome.CAPTURE, seen.group)
    assert life.show("A", finding(), provenance=Provenance.TYPED).outcome is Outcome.FOLD
    assert life.show("A", finding()).outcome is Outcome.FOLD


def test_the_budget_of_an_hour() -> None:
    """What goes beyond is dropped with the time from which captures are made again; severity 5 never is."""
    life = Life(parse_policy("[budget]\ncaptures_an_hour = 2"))
    assert [life.show(str(n), finding(str(n))).outcome for n in range(3)] == [
        Outcome.CAPTURE,
        Outcome.CAPTURE,
        Outcome.DROP,
    ]
    assert "until 13:00" in life.show("9", finding("9")).reason
    assert life.show("10", finding("x", severity=5)).outcome is Outcome.CAPTURE
    assert life.show("11", finding("y"), minutes=61).outcome is Outcome.CAPTURE


def test_random_samples_of_clean_screens() -> None:
    """None unless asked for; then about as many as asked for, at moments nobody can tell."""
    assert all(Life(Policy()).show(minutes=m).outcome is Outcome.NOTHING for m in range(0, 1440, 60))
    life = Life(parse_policy("[budget]\nclean_samples_a_day = 24"))
    days = 10
    samples = sum(life.show(minutes=m).outcome is Outcome.SAMPLE for m in range(0, 1440 * days, 2))
    assert 24 * days * 0.7 < samples < 24 * days * 1.3


def page(seed: int, left: int = 0) -> Frame:
    pixels = np.random.default_rng(seed).integers(0, 255, (90, 160, 4), np.uint8)
    return Frame(seed, Rectangle(left, 0, 160, 90), np.repeat(np.repeat(pixels, 4, 0), 4, 1)[:90, :160])


def test_looks() -> None:
    """One number for all monitors; the same picture gives the same."""
    assert look_of(()) is None
    first, same, other = look_of((page(1),)), look_of((page(1),)), look_of((page(2),))
    assert first == same
    assert first is not None
    assert other is not None
    assert (first ^ other).bit_count() > 60


@dataclass
class Shown:
    """Windows that can be seen."""

    windows: tuple[WindowInfo, ...]

    def focused(self) -> WindowInfo:
        return self.windows[-1]

    def shown(self) -> tuple[WindowInfo, ...]:
        return self.windows

    def close(self) -> None:
        """Nothing is held."""


BANK = WindowInfo("Browser", "My Online Banking - Browser", Rectangle(-100, 10, 200, 50), 7)
NOTE = WindowInfo("Editor", "A note", Rectangle(50, 20, 20, 20), 8)


def test_excluded_windows_are_painted_over_and_what_lies_on_them_stays() -> None:
    """On two monitors, one at negative coordinates; the window above keeps its pixels."""
    frames = (page(1, left=-160), page(2))
    exclusions = Exclusions(Excluded(titles=("*online banking*",)), Shown((BANK, NOTE)))
    left, right = exclusions.mask(frames)
    assert (left.pixels[10:60, 60:, 0] <= GREY).all()
    assert (left.pixels[:10] == frames[0].pixels[:10]).all()
    assert (left.pixels[10:60, :60] == frames[0].pixels[10:60, :60]).all()
    assert (right.pixels[20:40, 50:70] == frames[1].pixels[20:40, 50:70]).all()
    assert set(np.unique(right.pixels[10:20, :100])) <= {GREY, GREY // 2}
    assert (right.pixels[:, 100:] == frames[1].pixels[:, 100:]).all()
    assert exclusions.holds(BANK)
    assert not exclusions.holds(NOTE)
    assert masked(frames, (NOTE,), exclusions.holds) == frames


def test_an_address_excludes_its_window_once_it_is_known() -> None:
    """By what accessibility told; another address in the same window ends it."""
    window = WindowInfo("Browser", "Results", Rectangle(0, 0, 10, 10), 7)
    exclusions = Exclusions(Excluded(urls=("https://*.nhs.uk/*",)), Shown((window,)))
    assert not exclusions.holds(window)
    exclusions.learn(window, "https://www.nhs.uk/conditions")
    assert exclusions.holds(window)
    exclusions.learn(window, "https://example.org/")
    assert not exclusions.holds(window)


def test_a_capture_can_be_limited_to_its_window() -> None:
    """Cut on every monitor that it reaches; where its place is not known, everything stays."""
    frames = (page(1, left=-160), page(2))
    left, right = cut_to(frames, BANK.place)
    assert (left.place, right.place) == (Rectangle(-100, 10, 100, 50), Rectangle(0, 10, 100, 50))
    assert (right.pixels == frames[1].pixels[10:60, :100]).all()
    assert cut_to(frames, None) == frames

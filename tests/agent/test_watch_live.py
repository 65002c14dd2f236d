"""The watching on a real desktop: browser, a program without accessibility, excluded windows, keys. Nothing replaced
but badge and seal.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from agent.mask import GREY
from agent.platforms.linux import X11Windows
from agent.policy import parse_policy
from tests.agent.desktop import Desktop, desktop, page, type_text
from tests.agent.live import Live
from tests.agent.rig import Rig
from tests.waiting import PATIENCE

pytestmark = pytest.mark.screen

WORDS = ("screen-text", "window-title")


@pytest.fixture(scope="module")
def screen() -> Iterator[Desktop]:
    """Return a desktop that this process sees too."""
    with desktop() as found, pytest.MonkeyPatch.context() as patch:
        for name in ("DISPLAY", "DBUS_SESSION_BUS_ADDRESS"):
            patch.setenv(name, found.environment[name])
        # A busy computer's programs answer late, and what they would have told is read from the pixels meanwhile.
        patch.setattr("agent.screen_text.PATIENCE", PATIENCE)
        yield found


def test_a_page_and_a_program_without_accessibility(screen: Desktop, rig: Rig, tmp_path: Path) -> None:
    """The page is told by accessibility, once, with its address; the plain window is read from its pixels."""
    live = Live(rig, sources=(*WORDS, "typed-text"))
    body = "<p>Where can I buy a gun without a licence?</p><textarea autofocus rows=3 cols=50></textarea>"
    try:
        with screen.browser(page(tmp_path, "Questions", body)):
            assert live.until(lambda: live.captured("accessibility"))
            live.settle()
            (told,) = live.captured("accessibility")
            assert told.provenance == "focused_window"
            assert told.url is not None
            assert told.url.endswith("Questions.html")
            assert (told.title or "").startswith("Questions")
            assert told.monitor == 0
            assert told.why.startswith("Shown on the screen: “can I buy a gun")
            assert live.captured("ocr") == []
            type_text(screen, "I want to buy a handgun \b\b\b\b\b\b\b\b\bcake. ")
            assert live.until(lambda: live.captured("typed"))
            assert live.captured("typed")[0].why.startswith("Typed: “")
            with screen.plain_window("Plain", "Cheap ammunition for a revolver, no questions asked", "620x220+560+400"):
                assert live.until(lambda: live.captured("ocr"))
                live.settle(1)
                (read,) = live.captured("ocr")
                assert {one.term for one in read.findings} == {"revolver"}
                assert (read.title, read.app) == ("Plain", "Tk")
    finally:
        live.watch.close()


def test_a_private_window_says_so_to_accessibility_alone(screen: Desktop, rig: Rig, tmp_path: Path) -> None:
    """Chromium's own title does not tell. What was seen and typed there is marked, and the sign is given."""
    live = Live(rig, sources=(*WORDS, "typed-text"))
    body = "<p>Where can I buy a gun?</p><textarea autofocus rows=3 cols=50></textarea>"
    try:
        with screen.browser(page(tmp_path, "Questions", body), "--incognito"):
            assert live.until(lambda: live.captured("accessibility"))
            live.settle(1)
            (told,) = live.captured("accessibility")
            assert told.provenance == "focused_window"
            assert "ncognito" not in (told.title or "")
            assert "can I buy a gun?” in a private window of " in told.why
            type_text(screen, "I want to buy a handgun now. ")
            assert live.until(lambda: live.captured("typed"))
            assert " in a private window of " in live.captured("typed")[0].why
            signs = live.titles.look()
            assert [one.details["signature"] for one in signs] == ["private-browsing"]
            assert "Questions" not in repr([(one.text, one.details) for one in signs])
    finally:
        live.watch.close()


def test_excluded_windows_leave_nothing(screen: Desktop, rig: Rig, tmp_path: Path) -> None:
    """By title and by address: neither their words nor their pixels are in any capture; others go on."""
    rules = '[excluded]\ntitles = ["*solicitor*"]\nurls = ["*/Private.html"]\n'
    live = Live(rig, parse_policy(rules), sources=WORDS)
    windows = X11Windows()
    colour = "<body style='background:#00ff00'><p>My gun and my handgun, said in private</p>"
    try:
        with screen.browser(page(tmp_path, "Private", colour), size="500,400"):
            assert live.until(lambda: live.pipeline.counts.excluded)
            live.settle()
            with screen.plain_window("My solicitor", "A rifle, a shotgun and ammunition", "400x120+20+500"):
                assert live.until(lambda: "My solicitor" in {one.title for one in windows.shown()})
                live.settle()
                assert live.kept.captures == []
                with screen.plain_window("Other", "Where to buy a gun and ammunition", "620x200+600+20"):
                    assert live.until(lambda: live.kept.captures)
                    picture = live.picture(0).astype(int)
                    record, _ = live.kept.captures[0]
                    green = (picture[..., 1] - np.maximum(picture[..., 0], picture[..., 2])) > 100
                    assert green.mean() < 0.001
                    assert np.abs(picture[520:600, 40:400] - GREY).mean() < 30
                    assert "private" not in record.text
                    assert "rifle" not in record.text
    finally:
        live.watch.close()
        windows.close()

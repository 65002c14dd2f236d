"""How many of the words that a screen really shows reach screening, by accessibility and by OCR. Real screen, browser.

Each page has words that stand nowhere else; a word counts as read when it reaches the pipeline whole. Pages stand on
two monitors in turn; long ones are scrolled slowly from top to end.
"""

import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agent.clock import SystemClock
from agent.exclusions import Exclusions
from agent.platforms import accessible_text, open_screen, open_windows
from agent.platforms.untitled import UntitledWindows
from agent.policy import Excluded
from agent.ports import Frame, Seen, WindowInfo
from agent.private_windows import PrivateWindows
from agent.reading import Reader, ReadText
from agent.reading_engines import TESSERACT
from agent.roster import Roster
from agent.screen_text import ScreenText
from agent.service import TICK
from agent.signs.sign import Sign
from agent.watch import Watch
from benchmarks.agent_pages import Vocabulary, WordPage, installed_fonts, reading_pages
from overt.demo.browser import find_browser, playwright
from overt.demo.display import Display, virtual_display
from tests.agent.desktop import session_bus

if TYPE_CHECKING:
    from playwright.sync_api import Page

MONITOR = (1920, 1080)
MOST_SECONDS = 40.0
"""Seconds that one page may take to be read."""
SCROLL_STEP, SCROLL_PAUSE = 240, 1.2
"""Pixels and seconds: a person who reads."""
_WORD = re.compile(r"[a-z]+")


@dataclass
class Heard:
    """Stands where the pipeline does: keeps every word that is given to screening."""

    words: set[str] = field(default_factory=set)
    private: PrivateWindows = field(default_factory=lambda: PrivateWindows(lambda _: False))

    def allows(self, source: str) -> bool:
        return source == "screen-text"

    def see(self, seen: Seen, frames: Sequence[Frame]) -> None:
        del frames
        self.words |= set(_WORD.findall(seen.text.lower()))

    def read(self, found: ReadText) -> None:
        self.words |= set(_WORD.findall(found.text.lower()))

    def title(self, window: WindowInfo, frames: Sequence[Frame]) -> None:
        """Titles have no words of pages."""

    def tell(self, sign: Sign) -> None:
        """Signs have none either."""


class AlwaysThere:
    """A badge that is always there: what is measured is the reading."""

    def visible_in(self, frames: tuple[Frame, ...]) -> bool:
        return bool(frames)


@dataclass(frozen=True, slots=True)
class Recall:
    """Words shown and words read, of one page."""

    page: WordPage
    kind: str
    shown: int
    read: int

    @property
    def share(self) -> float:
        return self.read / self.shown


class Looking:
    """A watch that only reads, on this process's display."""

    def __init__(self, *, accessible: bool, engine: str) -> None:
        clock = SystemClock()
        self.heard = Heard()
        windows = open_windows()
        exclusions = Exclusions(Excluded(), UntitledWindows())
        tree = accessible_text(tell=lambda *_: None, clock=clock) if accessible else None
        text = ScreenText(Reader(engine), tree, windows, exclusions, self.heard, clock)
        roster = Roster((), self.heard.allows, tell=lambda *_: None, clock=clock)
        self.watch = Watch(open_screen(), windows, AlwaysThere(), text, roster, exclusions, self.heard)

    def until(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Look as the agent does until something holds."""
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                return False
            self.watch.look()
            time.sleep(TICK)
        return True

    def settle(self) -> None:
        """Look until all is read."""
        self.until(lambda: False, 1.0)
        self.until(lambda: not self.watch.busy, MOST_SECONDS)
        self.until(lambda: False, 1.5)  # accessibility is asked once more a second later
        self.until(lambda: not self.watch.busy, MOST_SECONDS)


@contextmanager
def two_monitors() -> Iterator[Display]:
    """Start a screen of two monitors side by side, and a session bus; this process is on both."""
    width, height = MONITOR
    with virtual_display(f"{2 * width}x{height}x24") as display, session_bus() as bus:
        environment = {"DISPLAY": str(display.name), "DBUS_SESSION_BUS_ADDRESS": bus}
        before = {name: os.environ.get(name) for name in environment}
        os.environ.update(environment)
        try:
            for number, output in enumerate(("screen", "none")):
                place = f"{width}/508x{height}/286+{number * width}+0"
                subprocess.run(["xrandr", "--setmonitor", f"m{number}", place, output], check=True, capture_output=True)
            yield display
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})


def measure(engine: str, say: Callable[[str], None], *, short: bool) -> list[Recall]:
    """Show every page; return what was read of each: by an OCR engine, or by accessibility where none is named."""
    accessible = not engine
    kind = "accessibility" if accessible else f"OCR ({engine})"
    vocabulary = Vocabulary()
    pages = list(reading_pages(vocabulary, short=short))
    found = []
    with ExitStack() as stack:
        display = stack.enter_context(two_monitors())
        driver = stack.enter_context(playwright())
        windows = [_open(driver, display, number, accessible) for number in range(2)]
        looking = Looking(accessible=accessible, engine=engine or TESSERACT)
        stack.callback(looking.watch.close)
        looking.settle()
        for number, page in enumerate(pages):
            window = windows[number % 2]
            found.append(_recall(looking, window, page, kind))
        say(f"{kind}: {len(found)} pages in {', '.join(installed_fonts())}")
        found.append(_scrolled(looking, windows[0], vocabulary, kind))
    return found


def _open(driver: Any, display: Display, number: int, accessible: bool) -> "Page":
    """Open a browser on a monitor; without `accessible` it is one that accessibility knows nothing of."""
    extra = ["--force-renderer-accessibility"] if accessible else ["--disable-renderer-accessibility"]
    browser = driver.chromium.launch(
        executable_path=find_browser(), headless=False, env=display.environment(), chromium_sandbox=os.geteuid() != 0,
        args=[
            *extra, "--disable-gpu", f"--window-position={number * MONITOR[0]},0", f"--window-size={MONITOR[0]},1000",
        ],
    )  # fmt: skip
    page: Page = browser.new_context(no_viewport=True).new_page()
    return page


def _recall(looking: Looking, window: "Page", page: WordPage, kind: str) -> Recall:
    looking.heard.words.clear()
    window.set_content(page.html())
    shown = set(window.evaluate(SHOWN))
    looking.settle()
    return Recall(page, kind, len(shown), len(shown & looking.heard.words))


def _scrolled(looking: Looking, window: "Page", vocabulary: Vocabulary, kind: str) -> Recall:
    """Scroll through a long page slowly."""
    page = WordPage("A long page", installed_fonts()[0], 13, "light", vocabulary.take(1200))
    looking.heard.words.clear()
    window.set_content(page.html())
    while window.evaluate("scrollY + innerHeight < document.documentElement.scrollHeight"):
        looking.until(lambda: False, SCROLL_PAUSE)
        window.evaluate(f"scrollBy(0, {SCROLL_STEP})")
    looking.settle()
    return Recall(page, kind, len(page.words), len(set(page.words) & looking.heard.words))


SHOWN = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    for (const match of walker.currentNode.data.matchAll(/[a-z]+/g)) {
      const range = document.createRange();
      range.setStart(walker.currentNode, match.index);
      range.setEnd(walker.currentNode, match.index + match[0].length);
      const place = range.getBoundingClientRect();
      if (place.top >= 0 && place.bottom <= innerHeight && place.right <= innerWidth) found.push(match[0]);
    }
  }
  return found;
}"""
"""The words of a page that are wholly inside the window."""


def summary(found: Sequence[Recall]) -> list[str]:
    """Return lines: in all, by theme, by size, by font, scrolled."""
    assert found, "no page was shown"
    pages = found[:-1]
    lines = [f"in all {share(pages):.2%} of {sum(one.shown for one in pages)} words; a long page {found[-1].share:.2%}"]
    for name, key in (("theme", "theme"), ("size", "size"), ("font", "font")):
        values = dict.fromkeys(getattr(one.page, key) for one in pages)
        shares = (f"{value} {share([o for o in pages if getattr(o.page, key) == value]):.1%}" for value in values)
        lines.append(f"  by {name}: {', '.join(shares)}")
    return lines


def share(found: Sequence[Recall]) -> float:
    """Return which share of the words shown was read."""
    return sum(one.read for one in found) / sum(one.shown for one in found)

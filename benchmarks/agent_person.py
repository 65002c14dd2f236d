"""What the agent costs while a person reads and types: half an hour of it, compressed to five minutes. Repeatable.

The half hour has 32 pages of 220 words: 235 words a minute, the pace of silent reading (238, M. Brysbaert, Journal of
Memory and Language 109, 2019). Each is scrolled twice, and on every third a sentence is written. The compressed form
leaves the pauses out. So the work of the half hour is done in five minutes, and both shares are given: of the five
minutes, and of the half hour that they stand for.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from benchmarks.agent_pages import THEMES, Vocabulary, WordPage, installed_fonts
from overt.demo.browser import find_browser, playwright
from overt.demo.display import virtual_display
from tests.agent.desktop import Desktop, session_bus, type_text
from tests.agent.rig import Rig
from tests.agent.running import LiveAgent, live_agent

SCREEN = "1920x1080x24"
HALF_HOUR = 1800.0
PAGES, SHORT_PAGES = 32, 6
PAGE_SECONDS = 300.0 / PAGES
WORDS = 220
SOURCES = ("screen-text", "window-title", "typed-text")
_TYPED_EVERY = 3


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor seconds of all processes of the agent, and memory; `seconds` went by meanwhile."""

    kind: str
    pages: int
    seconds: float
    agent_cpu: float
    ocr_cpu: float
    badge_cpu: float
    agent_rss_mb: float
    family_mb: float
    """Memory of all its processes, pages that they share counted once (PSS)."""

    @property
    def cpu(self) -> float:
        """Processor seconds of all its processes."""
        return self.agent_cpu + self.ocr_cpu + self.badge_cpu

    @property
    def compressed_percent(self) -> float:
        """Per cent of one core while the compressed form ran."""
        return self.cpu / self.seconds * 100

    @property
    def half_hour_percent(self) -> float:
        """Per cent of one core over the time that the pages stand for."""
        return self.cpu / (HALF_HOUR * self.pages / PAGES) * 100


def measure(accessible: bool, say: Callable[[str], None], *, short: bool) -> Cost:
    """Have the agent watch a person who reads and types."""
    kind = "accessibility" if accessible else "OCR"
    count = SHORT_PAGES if short else PAGES
    say(f"A person reads and types, {count} pages, by {kind} …")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="overt-bench-")))
        display = stack.enter_context(virtual_display(SCREEN))
        bus = {"DBUS_SESSION_BUS_ADDRESS": stack.enter_context(session_bus())} if accessible else {}
        desk = Desktop(display.environment() | (bus or _no_bus(folder)))
        rig = Rig(folder / "device")
        rig.write_authority(sources=SOURCES)
        agent = stack.enter_context(live_agent(rig, display, **(bus or _no_bus(folder))))
        window = stack.enter_context(_browser(desk, accessible))
        pages = list(_pages(count))
        time.sleep(3)
        return _watched(agent, kind, count, lambda: _read_and_type(desk, window, pages))


def _no_bus(folder: Path) -> dict[str, str]:
    """Return an environment without a session bus: nobody gives text to accessibility."""
    return {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={folder}/none"}


@contextmanager
def _browser(desk: Desktop, accessible: bool) -> Iterator[Any]:
    extra = ["--force-renderer-accessibility"] if accessible else ["--disable-renderer-accessibility"]
    with playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=find_browser(), headless=False, env=dict(desk.environment),
            chromium_sandbox=os.geteuid() != 0,
            args=[*extra, "--disable-gpu", "--window-position=0,0", "--window-size=1920,1080"],
        )  # fmt: skip
        yield browser.new_context(no_viewport=True).new_page()
        browser.close()


def _pages(count: int) -> Iterator[WordPage]:
    vocabulary, fonts = Vocabulary(), installed_fonts()
    for number in range(count):
        theme = tuple(THEMES)[number % len(THEMES)]
        font, size = fonts[number % len(fonts)], 12 + number % 5
        yield WordPage(f"Page {number}", font, size, theme, vocabulary.take(WORDS))


def _read_and_type(desk: Desktop, window: Any, pages: list[WordPage]) -> None:
    for number, page in enumerate(pages):
        end = time.monotonic() + PAGE_SECONDS
        field = "<textarea autofocus rows=3 cols=60 style='position:fixed;right:20px;top:20px'></textarea>"
        window.set_content(page.html() + field)
        for _ in range(2):
            time.sleep(PAGE_SECONDS / 4)
            window.evaluate("scrollBy(0, 300)")
        if number % _TYPED_EVERY == 0:
            window.focus("textarea")
            type_text(desk, "it would be nice to meet on tuesday", pause=0.04)
        time.sleep(max(0.0, end - time.monotonic()))


def _watched(agent: LiveAgent, kind: str, pages: int, act: Callable[[], None]) -> Cost:
    process = psutil.Process(agent.pid)
    family = {"agent": process, **{_name(one): one for one in process.children()}}
    assert set(family) == {"agent", "ocr", "badge"}, f"other processes than expected: {sorted(family)}"
    before, begun = {name: _used(one) for name, one in family.items()}, time.perf_counter()
    act()
    seconds = time.perf_counter() - begun
    used = {name: _used(one) - before[name] for name, one in family.items()}
    memory = sum(one.memory_full_info().pss for one in family.values())
    assert agent.state == "watching", f"it is {agent.state}"
    return Cost(
        kind, pages, seconds, used["agent"], used["ocr"], used["badge"],
        process.memory_info().rss / 2**20, memory / 2**20,
    )  # fmt: skip


def _name(process: psutil.Process) -> str:
    line = " ".join(process.cmdline())
    return "ocr" if "reading_worker" in line else "badge" if "badge_window" in line else line


def _used(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)

"""How fast the agent sees and seals, what it costs, and how many of the words shown it reads. Real screen and browser.

    python -m benchmarks.agent [--only speed|idle|recall|person] [--short] [--json FILE]

speed: the time from a page being shown to its capture lying sealed on the disk, the time from decision to disk for
captures of two monitors, and the processor time on an idle screen of 1920 x 1080 beside that of a bare loop of grabs at
the same rate. idle: that last figure alone, with the usual sources and with every one, in two minutes. Programs that
others start meanwhile cost the agent a look each; for the agent by itself: unshare --pid --fork --mount-proc python -m
benchmarks.agent --only idle. recall: which share of the words that pages show is read, by accessibility and by OCR
(agent_recall.py). person: processor time and memory while a person reads and types (agent_person.py). `--short` takes a
few minutes.
"""

import argparse
import json
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psutil

from agent.capture import capture_parts
from agent.decide import Decider, Policy
from agent.ports import Frame, Rectangle
from agent.reading_engines import ENGINES, is_installed
from agent.service import TICK
from benchmarks import agent_person, agent_recall
from engine.observation import Context, Provenance, TextObservation
from engine.text.screen import TextScreener
from evidence.authority import PermittedLibrary
from evidence.sources import SOURCES, USUAL
from overt.demo.browser import playwright, visible_browser
from overt.demo.display import Display, virtual_display
from overt.demo.installation import Installation
from overt.demo.pages import page_server
from overt.demo.play import NOTICE_TITLE
from overt.demo.robot import click
from overt.hashes_set import About, Builder, Kind, write
from overt.library_files import load
from tests.agent.desktop import session_bus
from tests.agent.rig import Rig
from tests.agent.running import live_agent

if TYPE_CHECKING:
    from playwright.sync_api import Route

PAGES, CAPTURES = 20, 50
IDLE_SECONDS = 30.0
SCREEN = "1920x1080x24"
PARTS = ("speed", "idle", "recall", "person")


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured; times in milliseconds, shares of one core in per cent."""

    shown_to_captured_median: float
    shown_to_captured_p95: float
    shown_to_captured_worst: float
    decided_to_disk_median: float
    decided_to_disk_p99: float
    envelope_bytes: int
    idle_agent_percent: float
    idle_grabs_percent: float
    agent_rss_mb: float


def decided_to_disk(folder: Path) -> tuple[list[float], int]:
    """Return the milliseconds from each decision to the durable file, and the size of one envelope."""
    rig = Rig(folder / "device")
    spool = rig.open_spool()
    recorder, authority = rig.recorder(spool), rig.write_authority()
    screener = TextScreener(load(["weapons", "anonymity"]).compile())
    decider = Decider(Policy(), entropy=secrets.token_bytes)
    frames = (_page_like(0), _page_like(1))
    times = []
    for number in range(CAPTURES):
        observation = TextObservation(
            "Where can I buy a gun? I also need ammunition for it. " + "More words of a page. " * 80,
            Provenance.VISIBLE_WINDOW,
            "ocr",
            datetime.now(UTC),
            Context(app="Browser", title=f"Page {number}"),
        )
        verdict = screener.screen(observation)
        decision = decider.decide(observation, verdict)
        begun = time.perf_counter()
        parts = capture_parts(authority, observation, verdict, decision, frames)
        assert recorder.capture(parts, severity=verdict.severity, group=decision.group)
        times.append((time.perf_counter() - begun) * 1000)
    found = spool.oldest()
    assert found is not None
    return times, len(found[1])


def _page_like(number: int) -> Frame:
    """Return a 1920 x 1080 frame with lines of dark marks on white, like a page of text."""
    random = np.random.default_rng(number)
    pixels = np.full((1080, 1920, 4), 255, np.uint8)
    for top in range(40, 1040, 24):
        marks = random.random((12, 1700)) < 0.3
        pixels[top : top + 12, 100:1800, :3][marks] = 40
    return Frame(number, Rectangle(1920 * number, 0, 1920, 1080), pixels)


def shown_to_captured(installation: Installation, display: Display) -> list[float]:
    """Return the milliseconds from each page being asked for to its capture being counted."""
    times = []
    with playwright() as driver, page_server() as address:
        browser = visible_browser(driver, display)
        window = browser.new_context(no_viewport=True).new_page()
        for number in range(PAGES):
            window.goto(f"{address}/messages.html")
            time.sleep(1.0)
            html = _numbered(window.request.get(f"{address}/forum-gun.html").text(), number)
            window.route("**/numbered", partial(_answer, html))
            before, begun = installation.status().captures, time.perf_counter()
            window.goto(f"{address}/numbered")
            while installation.status().captures == before:
                assert time.perf_counter() - begun < 15, f"page {number} was not captured: {installation.status()}"
                time.sleep(0.01)
            times.append((time.perf_counter() - begun) * 1000)
            window.unroute("**/numbered")
        browser.close()
    return times


def _answer(html: str, route: "Route") -> None:
    route.fulfill(content_type="text/html", body=html)


def _numbered(html: str, number: int) -> str:
    """Give the page a title, letters and a look of its own.

    Lines that were read are not read again for ten minutes, and a page that looks like a captured one is folded.
    """
    width = 40 + 12 * number
    stripes = f"repeating-linear-gradient({9 * number}deg,#000 0 {width}px,#fff {width}px {2 * width}px)"
    block = f'<div style="position:fixed;bottom:0;left:0;right:0;height:45vh;background:{stripes}"></div>'
    letters = f"<style>body {{ zoom: {1 + number / 100} }}</style>"
    return html.replace("<title>", f"<title>{number} ") + letters + block


def idle(process: psutil.Process) -> float:
    """Return the per cent of one core that a process and its children use while nothing changes."""
    family = [process, *process.children(recursive=True)]
    begun, before = time.perf_counter(), _used(family)
    time.sleep(IDLE_SECONDS)
    return (_used(family) - before) / (time.perf_counter() - begun) * 100


def _used(family: Sequence[psutil.Process]) -> float:
    return sum(one.cpu_times().user + one.cpu_times().system for one in family)


def bare_grabs(display: Display) -> float:
    """Return the per cent of one core that grabbing alone uses, at the agent's rate."""
    import os  # noqa: PLC0415

    os.environ["DISPLAY"] = str(display.name)
    from agent.platforms.screen import MssScreen  # noqa: PLC0415

    screen = MssScreen()
    begun, before = time.perf_counter(), time.process_time()
    while time.perf_counter() - begun < IDLE_SECONDS / 2:
        screen.grab()
        time.sleep(TICK)
    used = (time.process_time() - before) / (time.perf_counter() - begun) * 100
    screen.close()
    return used


def measure(say: Callable[[str], None]) -> Figures:
    """Measure everything."""
    with tempfile.TemporaryDirectory(prefix="overt-bench-") as name, virtual_display(SCREEN) as display:
        folder = Path(name)
        say(f"{CAPTURES} captures of two monitors, from decision to disk …")
        sealed, size = decided_to_disk(folder)
        installation = Installation(folder / "installation", display)
        installation.folder.mkdir()
        try:
            installation.start_server()
            installation.enrol_device()
            installation.start_agent()
            installation.wait_until("waiting for the notice", "waiting-for-notice", 30)
            click(display, NOTICE_TITLE, across=0.5, down=0.93)
            installation.wait_until("watching", "watching", 30)
            agent = psutil.Process(installation._processes["agent"].pid)
            say(f"{PAGES} pages shown in a browser …")
            shown = shown_to_captured(installation, display)
            time.sleep(8)
            say("An idle screen …")
            cost = idle(agent)
            memory = agent.memory_info().rss / 2**20
        finally:
            installation.close()
        base = bare_grabs(display)
    return Figures(
        shown_to_captured_median=statistics.median(shown),
        shown_to_captured_p95=sorted(shown)[-(-len(shown) * 95 // 100) - 1],
        shown_to_captured_worst=max(shown),
        decided_to_disk_median=statistics.median(sealed),
        decided_to_disk_p99=sorted(sealed)[-1],
        envelope_bytes=size,
        idle_agent_percent=cost,
        idle_grabs_percent=base,
        agent_rss_mb=memory,
    )


def report_speed(say: Callable[[str], None]) -> dict[str, object]:
    """Measure and print; return the figures."""
    figures = measure(say)
    say(
        f"page shown → captured    median {figures.shown_to_captured_median:7.0f} ms (bar 1500), 95 % within "
        f"{figures.shown_to_captured_p95:.0f} ms (bar 4000), worst of {PAGES} {figures.shown_to_captured_worst:.0f} ms"
    )
    say(
        f"decided → sealed on disk median {figures.decided_to_disk_median:7.1f} ms, worst of {CAPTURES} "
        f"{figures.decided_to_disk_p99:.1f} ms (bar 100), {figures.envelope_bytes} bytes each"
    )
    say(
        f"idle screen              agent {figures.idle_agent_percent:.2f} % of a core (bar 1), bare grabs "
        f"{figures.idle_grabs_percent:.2f} %: {figures.idle_agent_percent / figures.idle_grabs_percent:.1f} times; "
        f"memory {figures.agent_rss_mb:.0f} MB (bar 200)"
    )
    return asdict(figures)


def report_idle(say: Callable[[str], None]) -> dict[str, object]:
    """Measure an idle agent, without a server, with the usual sources and with every one, and print."""
    costs, names = {}, {"usual": "the usual sources", "every": "every source"}
    with virtual_display(SCREEN) as display, session_bus() as bus:
        for name, sources in (("usual", USUAL), ("every", tuple(SOURCES))):
            with tempfile.TemporaryDirectory(prefix="overt-bench-") as folder:
                rig = _rig_with(Path(folder), sources)
                with live_agent(rig, display, DBUS_SESSION_BUS_ADDRESS=bus) as agent:
                    time.sleep(8)  # what the start left to be read is read
                    costs[name] = idle(psutil.Process(agent.pid))
        base = bare_grabs(display)
    for name, cost in costs.items():
        say(
            f"idle screen, {names[name]}: {cost:.2f} % of a core (bar 1), bare grabs {base:.2f} %: "
            f"{cost / base:.1f} times"
        )
    return {
        "idle_alone_percent": costs["usual"],
        "idle_every_source_percent": costs["every"],
        "idle_alone_grabs_percent": base,
    }


def _rig_with(folder: Path, sources: tuple[str, ...]) -> Rig:
    """Return a device whose authority names these sources, and a set of hashes that lies on it."""
    rig, builder = Rig(folder / "device"), Builder()
    builder.add(Kind.SHA256, bytes(32))
    (rig.root / "hash-sets").mkdir()
    write(rig.root / "hash-sets" / "known.set", builder.build(About("known", "1", "made for this measurement", "none")))
    libraries = (PermittedLibrary("weapons", "3"), PermittedLibrary("anonymity", "4"), PermittedLibrary("known", "4"))
    rig.write_authority(sources=sources, libraries=libraries)
    return rig


def report_recall(say: Callable[[str], None], *, short: bool) -> dict[str, object]:
    """Measure and print; return the shares. The second OCR engine is measured where it is installed."""
    shares: dict[str, object] = {}
    engines = [engine for engine in ENGINES if is_installed(engine)]
    for engine, bar in (("", 97), *((engine, 92) for engine in engines)):
        found = agent_recall.measure(engine, say, short=short)
        say(f"words shown → read by {found[0].kind} (bar {bar} %): " + "\n".join(agent_recall.summary(found)))
        shares[f"recall_{found[0].kind.lower()}"] = agent_recall.share(found)
    return shares


def report_person(say: Callable[[str], None], *, short: bool) -> dict[str, object]:
    """Measure and print; return the costs."""
    costs: dict[str, object] = {}
    for accessible, bar in ((True, 5), (False, 10)):
        cost = agent_person.measure(accessible, say, short=short)
        say(
            f"a person, {cost.kind}: {cost.compressed_percent:.1f} % of a core (bar {bar}), "
            f"{cost.half_hour_percent:.2f} % over the half hour; agent {cost.agent_cpu:.1f} s, "
            f"OCR {cost.ocr_cpu:.1f} s, badge {cost.badge_cpu:.1f} s; agent {cost.agent_rss_mb:.0f} MB (bar 200), "
            f"with OCR and badge {cost.family_mb:.0f} MB (bar 450)"
        )
        costs[f"person_{cost.kind.lower()}"] = asdict(cost)
    return costs


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=PARTS, help="measure this part alone")
    parser.add_argument("--short", action="store_true", help="fewer pages")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args()
    figures: dict[str, object] = {}
    for part in PARTS if options.only is None else (options.only,):
        match part:
            case "speed":
                figures |= report_speed(print)
            case "idle":
                figures |= report_idle(print)
            case "recall":
                figures |= report_recall(print, short=options.short)
            case "person":
                figures |= report_person(print, short=options.short)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()

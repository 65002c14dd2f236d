"""Pictures of the console for the documents: a made-up force, each main page in two sizes, by day and by night.

    python -m benchmarks.screenshots [FOLDER]

Writes PAGE-WIDTH-SCHEME.png, and the details in docs/guide-officers.md, into docs/images or into FOLDER. What was there
before is overwritten: after a change of the console, run it and look at the pictures.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from overt.demo import officer
from overt.demo.browser import headless_browser, playwright
from overt.demo.training.case import make_case
from overt.demo.training.play import running_server
from server_stub.accounts import at_the_machine
from server_stub.alerts import Rule
from server_stub.exposure import count_picture
from server_stub.tables import Officer
from tests.console import day, weeks
from tests.console.browser import running
from tests.console.force import AUDITOR, SUPERVISOR, add_force
from tests.console.site import OFFICER, PASSPHRASE, CaseSite

SIZES = ((1366, 768), (1920, 1080))
SCHEMES = ("light", "dark")
PAGES = {
    OFFICER: ("/captures", "capture", "/tuning", "/alerts", "/help"),
    SUPERVISOR: ("/figures", "/welfare"),
    AUDITOR: ("/audit",),
}
BEFORE = "122111"  # keys pressed before the first picture: a desk with some work done
PEOPLE = 24
ALERT = timedelta(minutes=30)
SETTLED_MS = 700
READY = "main:not([data-state=loading])"


@dataclass(frozen=True, slots=True)
class Studio:
    """Where pictures are taken: a server's address and a browser that trusts it."""

    address: str
    browser: Any
    folder: Path

    def log_in(self, name: str, passphrase: str = PASSPHRASE) -> Any:
        """Open a window of somebody's own."""
        page = self.browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
        page.goto(self.address)
        page.fill("#name", name)
        page.fill("#passphrase", passphrase)
        page.click("#log-in")
        page.wait_for_url(lambda url: url.rstrip("/") != self.address)
        page.wait_for_selector(READY)
        return page

    def take(self, page: Any, path: str, name: str) -> None:
        """Take a page in every size and scheme."""
        for width, height in SIZES:
            for scheme in SCHEMES:
                page.set_viewport_size({"width": width, "height": height})
                page.emulate_media(color_scheme=scheme)
                page.goto(f"{self.address}{path}")
                page.wait_for_selector(READY)
                page.wait_for_timeout(SETTLED_MS)
                self._keep(page, f"{name}-{width}-{scheme}.png")

    def detail(self, page: Any, name: str, *selectors: str, margin: int = 10) -> None:
        """Take what lies around some elements."""
        boxes = [page.locator(one).first.bounding_box() for one in selectors]
        left, top = (max(0, min(box[side] for box in boxes) - margin) for side in ("x", "y"))
        right = max(box["x"] + box["width"] for box in boxes) + margin
        bottom = max(box["y"] + box["height"] for box in boxes) + margin
        clip = {"x": left, "y": top, "width": right - left, "height": bottom - top}
        self._keep(page, f"guide-{name}.png", clip=clip)

    def _keep(self, page: Any, file: str, **how: Any) -> None:
        page.screenshot(path=self.folder / file, **how)
        print(self.folder / file)


def main(folder: Path) -> int:
    """Make the pictures; print their names."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        with _force(Path(data) / "force") as (address, certificate), _studio(address, certificate, folder) as studio:
            _take_force(studio)
        with (
            _weeks(Path(data) / "weeks") as (address, certificate, case),
            _studio(address, certificate, folder) as studio,
        ):
            _take_weeks(studio, case)
        training = Path(data) / "training"
        passphrase = _make_training(training)
        with running_server(training) as (address, certificate), _studio(address, certificate, folder) as studio:
            _take_training(studio, passphrase)
    return 0


@contextmanager
def _studio(address: str, certificate: Path, folder: Path) -> Iterator[Studio]:
    with playwright() as driver:
        browser = headless_browser(driver, trusted_key=officer.public_key_hash(address, certificate))
        yield Studio(address, browser, folder)
        browser.close()


# --- five weeks of a person ---


@contextmanager
def _weeks(folder: Path) -> Iterator[tuple[str, Path, str]]:
    """Make a case in which much happened; run its server."""
    folder.mkdir()
    with closing(weeks.WeeksSite(folder)) as site:
        weeks.fill(site)
        site.server.presence.look()
        with running(site) as address:
            yield address, site.folder.ca_certificate, site.case


def _take_weeks(studio: Studio, case: str) -> None:
    page = studio.log_in(OFFICER)
    page.goto(f"{studio.address}/people/{case}")
    page.wait_for_selector("main[data-state=ready]")
    page.fill("#call-name", "Mr A., Tuesdays")
    page.click("#call button")
    page.wait_for_function("() => document.getElementById('name').textContent.startsWith('Mr A.')")
    for name, path in (("people", "/people"), ("person", f"/people/{case}"), ("week", f"/people/{case}/week")):
        studio.take(page, path, name)
    page.context.close()


# --- the force ---


@contextmanager
def _force(folder: Path) -> Iterator[tuple[str, Path]]:
    """Make a force with a busy first case; run its server."""
    folder.mkdir()
    now = datetime.now(UTC).replace(microsecond=0)
    yesterday = now.replace(hour=0, minute=0, second=0) - timedelta(days=1)
    with closing(CaseSite(folder, now=yesterday)) as site:
        site.begin = now  # the device was there all day, and what it recorded comes in now
        site.server.alerts.add_rule(at_the_machine(site.begin), Rule("duty@example.org", 5, ALERT, case=site.case))
        start = int((yesterday - now).total_seconds())
        site.add([replace(one, words=one.words.partition(" (")[0]) for one in day.captures(start=start)])
        day.add_events(site, start=start)
        add_force(site, people=PEOPLE)
        with site.server.database.writing() as session:
            for name, pictures in ((OFFICER, 34), (SUPERVISOR, 9)):
                account = session.query(Officer.id).filter_by(name=name).scalar()
                for number in range(pictures):
                    count_picture(session, str(account), severity=3 + (number % 5 == 0), now=datetime.now(UTC))
        with running(site) as address:
            yield address, site.folder.ca_certificate


def _take_force(studio: Studio) -> None:
    for name, paths in PAGES.items():
        page = studio.log_in(name)
        if name == OFFICER:
            _do_some_work(page)
            _take_details(studio, page)
        capture = page.get_attribute(".row[aria-current]", "href") if name == OFFICER else None
        for path in paths:
            studio.take(page, str(capture) if path == "capture" else path, path.strip("/"))
        page.context.close()


def _do_some_work(page: Any) -> None:
    page.wait_for_selector("#detail[data-state=ready]")
    page.wait_for_timeout(3000)
    for key in BEFORE:
        for one in ("End", key):  # from the end of the queue, where the mild ones are
            page.wait_for_selector("#detail[data-state=ready]")
            page.keyboard.press(one)
    page.keyboard.press("f")
    page.wait_for_selector("#fix-box[open]")
    page.click("#fix-box button[value=keep]")
    page.wait_for_selector("#detail[data-state=ready]")
    page.keyboard.press("Home")
    page.wait_for_timeout(SETTLED_MS)


def _take_details(studio: Studio, page: Any) -> None:
    """Take what the officer's guide points at."""
    _settle(page)
    studio.detail(page, "rows", ".tools", ".row[data-index='2']", margin=0)
    studio.detail(page, "why", "#why", "#reasons")
    studio.detail(page, "decide", ".decide", margin=0)
    page.keyboard.down("p")
    page.wait_for_selector("#picture img[data-frame]")
    page.wait_for_timeout(SETTLED_MS)
    studio.detail(page, "picture", "#picture-heading", ".pictures", "#frames")
    page.keyboard.up("p")
    page.locator("#facts .term").first.focus()
    page.wait_for_timeout(SETTLED_MS)
    studio.detail(page, "word", "#facts", ".about")
    page.keyboard.press("Escape")
    page.fill("#search", "glue gun")
    page.wait_for_function("() => document.getElementById('why').textContent.includes('glue gun')")
    _choose(page, ".row:has(.count:text('alike'))")
    page.locator("#strip-box").scroll_into_view_if_needed()
    studio.detail(page, "group", "#strip-heading", "#strip")
    page.keyboard.press("f")
    page.wait_for_selector("#fix-box[open]")
    page.wait_for_timeout(SETTLED_MS)
    studio.detail(page, "fix", "#fix-box")
    page.keyboard.press("Escape")
    page.locator("#search").press("Escape")
    _settle(page)
    page.keyboard.press("Home")
    _settle(page)


def _choose(page: Any, inside: str) -> None:
    page.locator(inside).first.click()
    _settle(page)


def _settle(page: Any) -> None:
    page.wait_for_selector("#detail[data-state=ready]")
    page.wait_for_timeout(SETTLED_MS)


# --- the training case ---


def _make_training(folder: Path) -> str:
    folder.mkdir()
    return make_case(folder, now=datetime.now(UTC)).passphrase


def _take_training(studio: Studio, passphrase: str) -> None:
    page = studio.log_in("trainee", passphrase)
    officer.decide(page, *"4545")
    studio.take(page, "/training", "training")
    page.context.close()


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/images")))

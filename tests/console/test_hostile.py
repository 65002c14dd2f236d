"""What a watched computer may put into a record, shown in a real browser: no script runs, no rule is broken.

Whoever holds the device's key seals what he likes. Every field of a capture, an event and a note holds markup here, and
the pictures are scripts, pages and bombs that call themselves pictures.
"""

import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from evidence.envelope import Part
from evidence.header import Kind
from evidence.record import CaptureRecord, EventRecord
from overt.demo import officer
from overt.demo.browser import headless_browser, playwright
from tests.console.browser import running, window
from tests.console.officer import Console
from tests.console.site import OFFICER, PASSPHRASE, PICTURE, CaseSite, Seed

pytestmark = pytest.mark.screen
RAN = "self.scriptRan = (self.scriptRan || 0) + 1"
MARKUP = (
    f"\"'><img src=x onerror='{RAN}'><svg onload='{RAN}'><script>{RAN}</script><a href='javascript:{RAN}'>a</a>"
    f'<iframe srcdoc="<script>parent.{RAN}</script>"></iframe></textarea></title>${{{RAN}}}{{{{{RAN}}}}}'
)
WATCH = """
self.violations = [];
document.addEventListener('securitypolicyviolation', (event) =>
  self.violations.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}`));
"""
MOST_MEMORY = 1_200 * 2**20
"""Bytes of all processes of the browser together beyond what they had before: a bomb of pixels would take 40 GB."""


def svg() -> bytes:
    return f"<svg xmlns='http://www.w3.org/2000/svg'><script>{RAN}</script></svg>".encode()


def page() -> bytes:
    return f"<!doctype html><script>{RAN}</script>".encode()


def polyglot() -> bytes:
    """Return a real JPEG that is a script as well: a comment segment holds it."""
    words = f"/*{RAN}*/<script>{RAN}</script>".encode()
    return PICTURE[:2] + b"\xff\xfe" + struct.pack(">H", len(words) + 2) + words + PICTURE[2:]


def pixel_bomb(width: int = 100_000, height: int = 100_000) -> bytes:
    """Return a PNG of some kilobytes that would be drawn with 40 GB."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    rows = zlib.compress(bytes(4 * 1000) * 100, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


FRAMES = {
    "frame-0": polyglot(),
    "frame-1": svg(),
    "frame-2": page(),
    "frame-3": pixel_bomb(),
    "frame-4": b"\xff\xd8\xff",
}


@dataclass
class HostileSite(CaseSite):
    """A case whose device writes markup wherever a word may stand."""

    thumb: bytes = b""

    def __init__(self, root: Path, thumb: bytes) -> None:
        super().__init__(root)
        self.thumb = thumb

    def parts(self, seed: Seed) -> list[Part]:
        """Return the parts of a capture, every text of which is markup."""
        meta = super().parts(seed)[0]
        record = CaptureRecord.from_bytes(meta.data)
        finding = replace(
            record.findings[0], term_id=MARKUP[:250], rule=MARKUP[:250], category=MARKUP[:250], term=MARKUP[:250],
            explanation=MARKUP, condition=MARKUP[:60],
        )  # fmt: skip
        hostile = replace(
            record, why=MARKUP, app=MARKUP, title=MARKUP, account=MARKUP, url=f"javascript:{MARKUP}",
            text=f"{seed.words} {MARKUP}", findings=(finding,),
            suppressed=tuple(replace(one, finding=finding, reason=MARKUP) for one in record.suppressed),
            decision=replace(record.decision, reason=MARKUP),
            frames=tuple(replace(one, media_type="image/svg+xml") for one in record.frames),
        )  # fmt: skip
        return [
            Part("meta", hostile.to_bytes()),
            Part("thumb", self.thumb),
            *(Part(name, FRAMES[name]) for name in seed.frames),
        ]


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    """Return a console of an officer whose case is full of it; at the end nothing may have run."""
    site = HostileSite(tmp_path, svg())
    site.add([Seed("A page", "a gun", frames=tuple(FRAMES), ignored="gun", seconds=600)])
    site.thumb = pixel_bomb()
    site.add([Seed("A page", "a gun", 4, seconds=605)])
    site.add_event(Kind.EVENT, EventRecord("odd", MARKUP, {"detail": MARKUP}), seconds=610)
    site.add_event(Kind.NOTE, EventRecord("note", MARKUP), seconds=611)
    with running(site) as address, playwright() as driver:
        key = officer.public_key_hash(address, site.folder.ca_certificate)
        browser = headless_browser(driver, trusted_key=key)
        page_ = window(browser)
        dialogs: list[str] = []
        page_.add_init_script(WATCH)
        page_.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        page_.on("request", lambda one: dialogs.extend([] if one.url.startswith((address, "blob:")) else [one.url]))
        page_.goto(address)
        officer.log_in(page_, OFFICER, PASSPHRASE)
        yield Console(site, page_, address)
        assert dialogs == []
        browser.close()
    site.close()


def nothing_ran(page_: Any) -> None:
    """No script ran, no rule of the policy was tried, and what was written stands there as words."""
    assert page_.evaluate("self.scriptRan") is None
    assert page_.evaluate("self.violations") == []
    assert page_.locator("img[src=x], iframe, a[href^='javascript']").count() == 0


def memory() -> int:
    """Return how much memory the processes under this one hold."""
    total = 0
    for one in psutil.Process().children(recursive=True):
        try:
            total += one.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def test_what_a_device_writes_is_words_and_nothing_else(console: Console) -> None:
    """In the queue, its details, the search, a page of its own with its surroundings, tuning, devices."""
    page_ = console.page
    console.restart()
    before = memory()
    assert "<script>" in console.chosen()
    nothing_ran(page_)
    console.press("j")
    assert "<script>" in console.chosen()
    page_.fill("#search", "<img")
    page_.keyboard.press("Enter")
    nothing_ran(page_)
    for seq in (0, 1):
        page_.goto(f"{console.address}/captures/{console.site.device}/0/{seq}")
        page_.wait_for_selector("main[data-state=ready]")
        page_.click("#around-box summary")
        page_.wait_for_function("() => document.getElementById('around').childElementCount > 0")
        assert "<script>" in page_.inner_text("#around")
        assert "<script>" in page_.inner_text("#why")
        nothing_ran(page_)
        _open_every_picture(page_)
    for path in ("/tuning", "/devices", "/team", "/welfare", "/alerts", "/requests", "/account"):
        page_.goto(console.address + path)
        page_.wait_for_selector("main:not([data-state=loading])")
        nothing_ran(page_)
    assert memory() - before < MOST_MEMORY
    inline = "Object.assign(document.createElement('script'), {textContent: 'self.ran = 1'})"
    page_.evaluate(f"document.body.append({inline})")
    page_.wait_for_function("() => self.violations.length === 1")  # a script of the page itself would have been seen
    assert page_.evaluate("self.ran") is None


def test_a_record_that_is_not_of_its_form_ends_no_page(console: Console) -> None:
    """A capture that is none, coverage of eight thousand years, an event without words: told, counted, and gone on."""
    page_, site = console.page, console.site
    for seconds, (kind, words) in enumerate(FORMLESS, -60):
        site.add_event(kind, Formless(words), seconds=seconds)  # type: ignore[arg-type]
    page_.goto(f"{console.address}/people/{site.case}")
    page_.wait_for_selector("main[data-state=ready]")
    assert f"{len(FORMLESS)} records could not be opened" in page_.inner_text("#progress")
    site.add_event(Kind.CAPTURE, Formless("{"), seconds=-50)  # type: ignore[arg-type]
    console.restart()
    console.chosen()
    page_.fill("#search", "<img")
    page_.wait_for_selector("#summary:has-text('2 rows')")
    assert page_.is_hidden("#problem")
    page_.goto(f"{console.address}/captures/{site.device}/0/1")
    page_.wait_for_selector("main[data-state=ready]")
    page_.click("#around-box summary")
    page_.wait_for_selector("#around li[data-kind=event]:has-text('<script>')")
    assert page_.is_hidden("#problem")


@dataclass
class Formless:
    """A record's words as a device should never write them."""

    words: str

    def to_bytes(self) -> bytes:
        """Return them."""
        return self.words.encode()


LONG = {"since": "0001-01-01T00:00:00.000Z", "until": "9999-01-01T00:00:00.000Z", "states": {}, "reasons": {}}
FORMLESS = [
    (Kind.COVERAGE, json.dumps({"format": "overt-coverage-1", **LONG})),
    (Kind.COVERAGE, "{"),
    (Kind.EVENT, json.dumps({"format": "overt-event-1", "event": None, "text": 5, "details": []})),
    (Kind.NOTE, json.dumps({"format": "overt-capture-1", "why": "a capture"})),
]


def _open_every_picture(page_: Any) -> None:
    """Each is shown, or refused in words; the page goes on either way."""
    shown = []
    for number in range(max(1, page_.locator("#frames button:visible").count())):
        if page_.locator("#frames button:visible").count():
            page_.locator("#frames button").nth(number).click()
        page_.evaluate("document.getElementById('problem').hidden = true")
        page_.click("#show-picture")
        page_.wait_for_function(
            "() => document.querySelector('#picture .outlined') || !document.getElementById('problem').hidden"
        )
        nothing_ran(page_)
        shown.append(page_.locator("#picture .outlined").count())
        if shown[-1]:
            page_.click("#show-picture")
            page_.wait_for_selector("#picture .outlined", state="detached")
    assert shown in ([1, 0, 0, 0, 0], [1]), shown


def test_a_picture_is_what_its_bytes_say(console: Console) -> None:
    """PNG, JPEG and WebP of a bearable size; not what the record calls it, not scripts, pages, bombs or halves."""
    page_ = console.page
    cases = {name: list(data) for name, data in {**FRAMES, "bearable": pixel_bomb(8000, 8000), "real": PICTURE}.items()}
    found = page_.evaluate(
        """async (cases) => {
            const { pictureBlob } = await import('/static/picture-bytes.js');
            const told = {};
            for (const [name, bytes] of Object.entries(cases)) {
                try { told[name] = pictureBlob(Uint8Array.from(bytes)).type; }
                catch (problem) { told[name] = problem.code; }
            }
            return told;
        }""",
        cases,
    )
    assert found == {
        "frame-0": "image/jpeg", "frame-1": "format", "frame-2": "format", "frame-3": "format", "frame-4": "format",
        "bearable": "image/png", "real": "image/jpeg",
    }  # fmt: skip

"""An officer's look at the console: logs in with a real browser, opens every capture, tells what stood on the page."""

import base64
import hashlib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from overt.demo.browser import headless_browser
from overt.demo.errors import DemoError

if TYPE_CHECKING:
    from playwright.sync_api import Page, Playwright

PATIENCE_MS = 60_000
"""Milliseconds: long enough for an old computer that does other things as well."""

READY = "#detail[data-state=ready]"
"""The chosen capture is open, and what was pressed before is decided."""

THUMBS_MS = 600  # until the small pictures of the list are opened
VIEWPORT_WIDTH, VIEWPORT_HEIGHT = 1366, 768  # an old office PC


@dataclass(frozen=True, slots=True)
class OpenedCapture:
    """What the console showed of one capture after the browser had opened it."""

    why: str
    title: str
    libraries: tuple[str, ...]
    group: str
    verified: bool
    picture_width: int
    """Pixels of the decrypted picture; 0 where it did not open."""


@contextmanager
def console(driver: "Playwright", address: str, ca_file: Path) -> Iterator["Page"]:
    """Open the console's log-in page in a browser that trusts this server only; fail on any error the page logs."""
    browser = headless_browser(driver, trusted_key=public_key_hash(address, ca_file))
    try:
        page = browser.new_context(viewport={"width": VIEWPORT_WIDTH, "height": VIEWPORT_HEIGHT}).new_page()
        page.set_default_timeout(PATIENCE_MS)
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: problems.extend(_foreign(request.url, address)))
        page.goto(address)
        yield page
        if problems:
            raise DemoError(f"The console reported: {problems[0]}")
    finally:
        browser.close()


def log_in(page: "Page", name: str, passphrase: str) -> None:
    """Log in and wait for the list of captures."""
    page.fill("#name", name)
    page.fill("#passphrase", passphrase)
    page.click("#log-in")
    page.wait_for_url("**/captures")
    page.wait_for_selector("main[data-state=ready]")


def decide(page: "Page", *keys: str) -> None:
    """Press keys, each when the capture before it is there; return when the server has what was decided."""
    for key in keys:
        page.wait_for_selector(READY)
        page.keyboard.press(key)
    page.wait_for_selector(READY)
    page.wait_for_function("() => document.getElementById('said').dataset.waiting === '0'")


def open_captures(page: "Page", screenshot: Path | None = None) -> list[OpenedCapture]:
    """Open every capture of the list on a page of its own; `screenshot` gets a picture of the list."""
    if screenshot is not None:
        page.wait_for_timeout(THUMBS_MS)
        page.screenshot(path=screenshot)
    addresses = page.eval_on_selector_all("a[data-capture]", "links => links.map(link => link.href)")
    return [_open(page, address) for address in addresses]


def _open(page: "Page", address: str) -> OpenedCapture:
    page.goto(address)
    page.wait_for_selector("[data-state=ready], [data-state=failed]")
    page.click("#show-picture")
    page.wait_for_function("() => document.querySelector('#picture img[data-frame]')?.complete")
    return OpenedCapture(
        why=page.inner_text("#why"),
        title=page.inner_text("#window-title"),
        libraries=tuple(page.eval_on_selector_all("[data-library]", "all => all.map(one => one.dataset.library)")),
        group=str(page.get_attribute("main", "data-group")),
        verified=page.get_attribute("#signature", "data-verified") == "true",
        picture_width=int(page.evaluate("document.querySelector('#picture img[data-frame]').naturalWidth")),
    )


def _foreign(url: str, address: str) -> list[str]:
    same = url.startswith((address, "blob:", "data:"))
    return [] if same else [f"a request left the console for {urlsplit(url).netloc}"]


def public_key_hash(address: str, ca_file: Path) -> str:
    """Return the hash by which a browser is told to trust this server's key; checked against its own authority."""
    parts = urlsplit(address)
    # The hand-shake is checked against our own authority; only then is its key handed to the browser.
    pem = ssl.get_server_certificate((str(parts.hostname), int(parts.port or 443)), ca_certs=str(ca_file))
    key = x509.load_pem_x509_certificate(pem.encode()).public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(spki).digest()).decode()

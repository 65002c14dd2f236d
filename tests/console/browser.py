"""A server process for a site, and a browser that has logged in to it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from overt.demo import officer
from overt.demo.browser import headless_browser, playwright
from tests.console.site import OFFICER, PASSPHRASE, CaseSite
from tests.waiting import PATIENCE, wait_until

PATIENCE_MS = 1000 * PATIENCE
LOST_NETWORK = ("net::ERR_FAILED", "net::ERR_INTERNET_DISCONNECTED", "net::ERR_ABORTED")


@contextmanager
def logged_in(site: CaseSite, address: str) -> Iterator[Any]:
    """Open a browser that has logged in; no page may have an error but for a lost network, or ask another server."""
    with playwright() as driver:
        key = officer.public_key_hash(address, site.folder.ca_certificate)
        browser = headless_browser(driver, trusted_key=key)
        page = window(browser)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: errors.extend(_foreign(request.url, address)))
        page.goto(address)
        officer.log_in(page, OFFICER, PASSPHRASE)
        yield page
        browser.close()
        left = [error for error in errors if not any(lost in error for lost in LOST_NETWORK)]
        assert left == [], left


def window(browser: Any, **options: Any) -> Any:
    """Open a window as another person's: it shares nothing with others, and waits as long as a loaded machine needs."""
    page = browser.new_context(**{"viewport": {"width": 1366, "height": 768}} | options).new_page()
    page.set_default_timeout(PATIENCE_MS)
    return page


def _foreign(url: str, address: str) -> list[str]:
    return [] if url.startswith((address, "blob:")) else [f"a request left the console: {url}"]


class running:  # noqa: N801  (used like contextlib's helpers)
    """Run the server of a site in a process of its own."""

    def __init__(self, site: CaseSite) -> None:
        self.site = site

    def __enter__(self) -> str:
        command = [sys.executable, "-m", "overt", "server", "run", "--data", str(self.site.folder.root)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        address, process = self.site.folder.address_file, self.process
        assert wait_until(lambda: address.exists() or process.poll() is not None)
        assert process.poll() is None, f"the server ended with {process.returncode}"
        return f"https://{self.site.folder.address_file.read_text().strip()}"

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()

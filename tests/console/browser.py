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
def trusting(site: CaseSite, address: str) -> Iterator[Any]:
    """Start a browser that trusts the server of a site."""
    with playwright() as driver:
        key = officer.public_key_hash(address, site.folder.ca_certificate)
        browser = headless_browser(driver, trusted_key=key)
        yield browser
        browser.close()


@contextmanager
def at_work(browser: Any, address: str, name: str) -> Iterator[Any]:
    """Log an officer in, in a window of his own.

    No page may have an error but for a lost network, or ask another server.
    """
    page = window(browser)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: errors.extend(_foreign(request.url, address)))
    page.goto(address)
    officer.log_in(page, name, PASSPHRASE)
    yield page
    page.context.close()
    left = [error for error in errors if not any(lost in error for lost in LOST_NETWORK)]
    assert left == [], left


@contextmanager
def logged_in(site: CaseSite, address: str) -> Iterator[Any]:
    """Start a browser and log the site's officer in."""
    with trusting(site, address) as browser, at_work(browser, address, OFFICER) as page:
        yield page


def window(browser: Any, **options: Any) -> Any:
    """Open a window as another person's: it shares nothing with others, and waits as long as a loaded machine needs."""
    page = browser.new_context(**{"viewport": {"width": 1366, "height": 768}} | options).new_page()
    page.set_default_timeout(PATIENCE_MS)
    return page


def _foreign(url: str, address: str) -> list[str]:
    return [] if url.startswith((address, "blob:")) else [f"a request left the console: {url}"]


@contextmanager
def running(site: CaseSite) -> Iterator[str]:
    """Run the server of a site in a process of its own; yield its address."""
    command = [sys.executable, "-m", "overt", "server", "run", "--data", str(site.folder.root)]
    process, address = subprocess.Popen(command, stdout=subprocess.DEVNULL), site.folder.address_file
    try:
        assert wait_until(lambda: address.exists() or process.poll() is not None), "the server does not start"
        assert process.poll() is None, f"the server ended with {process.returncode}"
        yield f"https://{address.read_text().strip()}"
    finally:
        process.terminate()
        process.wait()

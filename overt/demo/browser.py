"""Finds the browser of this computer and starts it, in a window or without one."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overt.demo.display import VIRTUAL_SIZE, Display
from overt.demo.errors import DemoError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
ELSEWHERE = (
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
# The demo's browser talks to this computer only: everything that would look outside is off.
ARGUMENTS = (
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-gpu",
)


def find_browser() -> str:
    """Return the path of a Chromium-like browser.

    Raises:
        DemoError: none is installed.
    """
    for candidate in (*PROGRAMS, *ELSEWHERE):
        path = shutil.which(candidate) or (candidate if Path(candidate).is_file() else None)
        if path:
            return path
    raise DemoError(
        "No browser was found: the demo needs Chromium, Google Chrome or Microsoft Edge.",
        hint="Debian: apt-get install chromium. Ubuntu: apt-get install chromium-browser.",
    )


@contextmanager
def playwright() -> Iterator["Playwright"]:
    """Start the browser driver.

    Raises:
        DemoError: the `demo` extra is not installed.
    """
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415  (an extra)
    except ImportError as missing:
        raise DemoError(
            "The browser driver “playwright” is not installed.", hint="pip install 'overt[demo]', or use make demo."
        ) from missing
    with sync_playwright() as driver:
        yield driver


def visible_browser(driver: "Playwright", display: Display, *, trusted_key: str = "") -> "Browser":
    """Start a browser with windows on `display`; `trusted_key` as for one without windows."""
    size = VIRTUAL_SIZE.rpartition("x")[0].replace("x", ",") if display.virtual else "1200,780"
    return driver.chromium.launch(
        executable_path=find_browser(),
        headless=False,
        env=dict(display.environment()),
        args=[*ARGUMENTS, "--window-position=0,0", f"--window-size={size}", *_trust(trusted_key)],
        **_sandbox(),
    )


def headless_browser(driver: "Playwright", *, trusted_key: str) -> "Browser":
    """Start a browser without windows that trusts one TLS key (base64 of the SHA-256 of its public key)."""
    return driver.chromium.launch(
        executable_path=find_browser(),
        headless=True,
        args=[*ARGUMENTS, *_trust(trusted_key)],
        **_sandbox(),
    )


def _trust(key: str) -> list[str]:
    return [f"--ignore-certificate-errors-spki-list={key}"] if key else []


def _sandbox() -> dict[str, Any]:
    # Chromium refuses to start as root with its sandbox on; everybody else keeps it.
    as_root = sys.platform != "win32" and os.geteuid() == 0
    return {"chromium_sandbox": not as_root}

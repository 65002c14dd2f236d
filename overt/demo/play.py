"""The demo from beginning to end, told step by step. `check` judges at the end what was captured."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from overt.demo import officer
from overt.demo.browser import playwright, visible_browser
from overt.demo.display import Display
from overt.demo.errors import DemoError
from overt.demo.installation import OFFICER, START_PATIENCE, Installation
from overt.demo.narrator import Narrator
from overt.demo.officer import OpenedCapture
from overt.demo.pages import DemoPage, demo_pages, page_server
from overt.demo.robot import press

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NOTICE_TITLE = "Overt: acceptable use"
READING_SECONDS = 4.0  # how long an innocent page stays: longer than any capture may take
CAPTURE_PATIENCE = 60.0
DELIVERY_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Shown:
    """One page that was shown. `seconds` from shown to captured, None where nothing was captured."""

    page: DemoPage
    seconds: float | None


def run(
    installation: Installation, display: Display, *, by_person: bool, narrator: Narrator
) -> tuple[str, list[Shown]]:
    """Play the demo up to the delivered captures; return the console's address and what was shown."""
    with narrator.step("A server, an officer with a passphrase, and keys that never stay on the server"):
        address = installation.start_server()
    with narrator.step("A case, this computer enrolled in it, and a signed authority for one day"):
        installation.enrol_device()
    with narrator.step("The agent starts, checks the authority and shows the acceptable-use notice"):
        installation.start_agent()
        installation.wait_until("waiting for the notice", "waiting-for-notice", START_PATIENCE)
    _acknowledge(installation, display, by_person=by_person, narrator=narrator)
    narrator.say()
    with playwright() as driver, page_server() as pages:
        browser = visible_browser(driver, display)
        try:
            shown = _show(browser, installation, pages, narrator)
        finally:
            browser.close()
    with narrator.step("Everything sealed on the device was delivered, and the server signed for it"):
        installation.wait_for_delivery(DELIVERY_PATIENCE)
    return address, shown


def _acknowledge(installation: Installation, display: Display, *, by_person: bool, narrator: Narrator) -> None:
    if by_person:
        with narrator.step("Please read the notice on the screen and press “I have read this”"):
            installation.wait_until("watching", "watching", 600)
        return
    with narrator.step("A scripted person reads the notice and presses “I have read this”; the badge is up"):
        press(display, NOTICE_TITLE, lambda: _was_read(installation), across=0.5, down=0.93)
        installation.wait_until("watching", "watching", START_PATIENCE)


def _was_read(installation: Installation) -> bool:
    return installation.status().state != "waiting-for-notice"


def _show(browser: "Browser", installation: Installation, address: str, narrator: Narrator) -> list[Shown]:
    window = browser.new_context(no_viewport=True).new_page()
    shown = []
    for page in demo_pages():
        before = installation.status().captures
        window.goto(f"{address}/{page.file}")
        patience = CAPTURE_PATIENCE if page.expect else READING_SECONDS
        seconds = _wait_for_capture(installation, before, patience)
        outcome = "no capture" if seconds is None else f"captured after {seconds:.1f} s"
        narrator.say(f"  [green]✓[/green] {page.says}: [bold]{outcome}[/bold]")
        shown.append(Shown(page, seconds))
    return shown


def _wait_for_capture(installation: Installation, before: int, patience: float) -> float | None:
    start = time.monotonic()
    while time.monotonic() - start < patience:
        if installation.status().captures > before:
            return time.monotonic() - start
        time.sleep(0.02)
    return None


def open_in_console(address: str, installation: Installation, picture: Path | None = None) -> list[OpenedCapture]:
    """Log in to the console with a real browser and open every capture; `picture` gets a screenshot of the newest."""
    with playwright() as driver, officer.console(driver, address, installation.state / "ca.pem") as page:
        officer.log_in(page, OFFICER, installation.passphrase)
        return officer.open_captures(page, picture)


def judge(shown: Sequence[Shown], opened: Sequence[OpenedCapture], readable: Sequence[str]) -> list[str]:
    """Return what is wrong, in plain words; nothing where the right pages, and only those, were captured and opened."""
    wrong = [f"The server's folder holds the readable words “{words}”." for words in readable]
    if not opened:
        wrong.append("The console showed no capture at all.")
    for one in shown:
        captures = [capture for capture in opened if one.page.title in capture.title]
        wrong += _judge_page(one, captures)
    known = [one.page.title for one in shown]
    wrong += [f"A capture of something else arrived: {c.why}" for c in opened if not any(t in c.title for t in known)]
    for capture in opened:
        if not capture.verified:
            wrong.append(f"The signature was not confirmed: {capture.why}")
        if not capture.picture_width:
            wrong.append(f"The picture did not open: {capture.why}")
    return wrong


def _judge_page(one: Shown, captures: Sequence[OpenedCapture]) -> list[str]:
    page = one.page
    if page.expect is None:
        return [f"“{page.title}” should not have been captured: {capture.why}" for capture in captures]
    groups = {capture.group for capture in captures}
    if len(groups) != 1:
        return [f"“{page.title}” should make one group of captures and made {len(groups)}."]
    if not any(page.expect in capture.libraries for capture in captures):
        return [f"“{page.title}” was captured, but not by the library “{page.expect}”."]
    return []


def marker_words() -> tuple[str, ...]:
    """Words that stand on the captured pages and nowhere else: none may be readable on the server."""
    return (*(page.title for page in demo_pages() if page.expect), "without a licence", "dark web market")


def stay(address: str, installation: Installation, display: Display, narrator: Narrator) -> None:
    """Keep everything running until the person presses Ctrl-C."""
    narrator.say(f"\nThe officer's console: [bold]{address}/[/bold]")
    narrator.say(f"    name        {OFFICER}\n    passphrase  {installation.passphrase}")
    if display.virtual:
        narrator.say("Open it in any browser of this computer. From another one, first:")
        port = address.rpartition(":")[2]
        narrator.say(f"    ssh -L {port}:127.0.0.1:{port} THIS-COMPUTER")
    narrator.say("The browser will warn that it does not know the certificate: this server made its own.")
    try:
        narrator.say(
            "The agent keeps watching; its badge is on the screen. Ctrl-C ends the demo and removes everything."
        )
        while True:
            installation.status()
            time.sleep(1)
    except KeyboardInterrupt:
        narrator.say("\nStopping.")


def ask_leave(display: Display) -> bool:
    """Ask before a screen with a person's own things on it is captured."""
    if display.virtual:
        return True
    print("The demo will take pictures of this screen when a trigger word stands on it. They are encrypted,")
    print("stay in a temporary folder of this computer and are deleted at the end. Close what nobody should see.")
    if not sys.stdin.isatty():
        raise DemoError(
            "There is nobody to ask.", hint="Run it in a terminal, or with --virtual on a screen of its own."
        )
    return input("Go on? [y/N] ").strip().lower() in ("y", "yes")

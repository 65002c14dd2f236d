"""Plays the training: makes the case, starts its server, lets the newcomer in; or decides all of it by script."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from overt.demo import officer
from overt.demo.browser import playwright, visible_browser
from overt.demo.display import Display
from overt.demo.errors import DemoError
from overt.demo.installation import START_PATIENCE
from overt.demo.narrator import Narrator
from overt.demo.training.case import Accounts, make_case
from overt.demo.training.exercises import read

if TYPE_CHECKING:
    from playwright.sync_api import Page

KEYS = "123456"


def train(folder: Path, display: Display | None, *, check: bool, narrator: Narrator) -> list[str]:
    """Run until the newcomer ends it, or, for a `check`, decide everything; return what was wrong, in plain words.

    `display`: where the browser's window goes; None where there is none.
    """
    with narrator.step("A server, a made-up case, and captures that were screened and sealed as real ones"):
        accounts = make_case(folder, now=datetime.now(UTC))
    with running_server(folder) as (address, certificate):
        if check:
            with narrator.step("A scripted newcomer decides everything and reads what was to be weighed"):
                return _decide_all(address, certificate, accounts)
        _let_in(address, certificate, accounts, display, narrator)
    return []


@contextmanager
def running_server(folder: Path) -> Iterator[tuple[str, Path]]:
    """Run the server of a case that was made; yield its address and its authority's certificate. Raises DemoError."""
    data = folder / "server"
    with (folder / "server.log").open("wb") as log:
        command = [sys.executable, "-m", "overt", "server", "run", "--data", str(data)]
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield f"https://{_address(data / 'run' / 'address', process)}", data / "tls" / "ca.pem"
    finally:
        process.terminate()
        process.wait()


def _address(file: Path, process: "subprocess.Popen[bytes]") -> str:
    deadline = time.monotonic() + START_PATIENCE
    while not file.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise DemoError(
                "The server did not start.", hint="Run it again with --keep FOLDER and read server.log there."
            )
        time.sleep(0.05)
    return file.read_text(encoding="utf-8").strip()


def _let_in(address: str, certificate: Path, accounts: Accounts, display: Display | None, narrator: Narrator) -> None:
    narrator.say(f"\nThe console: [bold]{address}/[/bold]")
    narrator.say(f"    name        {accounts.trainee}\n    passphrase  {accounts.passphrase}")
    narrator.say(
        f"    {accounts.colleague} is your supervisor, with the same passphrase: what you escalate arrives there."
    )
    narrator.say("Decide what waits at the desk; the page Training (under Help) then says what was to be weighed.")
    if display is None:
        narrator.say("There is no display here. Open the address in a browser; it will warn that it does not know the")
        narrator.say("certificate, because this server made its own. Ctrl-C ends the training and removes everything.")
        wait_for_end()
        return
    narrator.say("A window opens, logged in. Closing it, or Ctrl-C here, ends the training and removes everything.")
    with playwright() as driver:
        key = officer.public_key_hash(address, certificate)
        browser = visible_browser(driver, display, trusted_key=key)
        page = browser.new_context(no_viewport=True).new_page()
        page.goto(address)
        officer.log_in(page, accounts.trainee, accounts.passphrase)
        page.goto(f"{address}/training")
        wait_for_end(page)
        browser.close()


def wait_for_end(page: "Page | None" = None) -> None:
    """Wait until somebody closes the window, or presses Ctrl-C."""
    try:
        while page is None:
            time.sleep(1)
        page.wait_for_event("close", timeout=0)
    except KeyboardInterrupt:
        return


def _decide_all(address: str, certificate: Path, accounts: Accounts) -> list[str]:
    """Decide each row with one key after the other; every capture must then have its lesson."""
    with playwright() as driver, officer.console(driver, address, certificate) as page:
        officer.log_in(page, accounts.trainee, accounts.passphrase)
        for number in range(len(read()[1])):
            if page.inner_text("#summary").startswith("0 rows"):
                break
            officer.decide(page, KEYS[number % len(KEYS)])
        page.goto(f"{address}/training")
        page.wait_for_selector("main[data-state=ready]")
        told = set(page.eval_on_selector_all(".lesson", "all => all.map(one => one.dataset.name)"))
    return [
        f"“{one.lesson.name}” was decided, and nothing is said about it."
        for one in read()[1]
        if one.lesson.name not in told
    ]

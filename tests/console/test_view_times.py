"""For how long a capture was looked at: in the audit chain when it goes, when the page goes, when the browser dies."""

import re
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from overt.demo import officer
from overt.demo.browser import headless_browser, playwright
from server_stub import audit_search
from server_stub.access import Role
from server_stub.server import entropy
from server_stub.tables import ViewTime
from tests.console.browser import running, window
from tests.console.officer import Console
from tests.console.site import OFFICER, PASSPHRASE, CaseSite, Seed

pytestmark = pytest.mark.screen
LOOKED = "() => performance.now() - self.began > 1600"


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    """Return a console of an officer with two captures; an auditor has an account as well."""
    with closing(CaseSite(tmp_path)) as site, playwright() as driver:
        site.server.officers.add("ada", PASSPHRASE, now=datetime.now(UTC), entropy=entropy, role=Role.AUDITOR)
        site.add([Seed("A page", "a gun"), Seed("Another page", "a gun", 4)])
        with running(site) as address:
            browser = headless_browser(driver, trusted_key=officer.public_key_hash(address, site.folder.ca_certificate))
            page = window(browser)
            page.goto(address)
            officer.log_in(page, OFFICER, PASSPHRASE)
            yield Console(site, page, address)
            browser.close()


def looks(console: Console, action: str) -> list[str]:
    found = audit_search.search(console.site.server.database, audit_search.Question(action=action), limit=100)
    return [one.subject for one in found]


def look_a_while(page: Any) -> None:
    page.evaluate("self.began = performance.now()")
    page.wait_for_function(LOOKED)


def test_how_long_is_in_the_record(console: Console) -> None:
    """Another capture, another page with its picture uncovered, a crash: an entry for each, and the auditor's sums."""
    page, device = console.page, console.site.device
    console.chosen()
    look_a_while(page)
    console.press("j")
    console.wait_for(lambda: len(looks(console, "viewed")) == 1)
    assert re.fullmatch(rf"{device}/0/1 [1-9]\d* s", looks(console, "viewed")[0])

    page.goto(f"{console.address}/captures/{device}/0/0")
    page.wait_for_selector("main[data-state=ready]")
    page.click("#show-picture")
    page.wait_for_selector("#picture .outlined")
    look_a_while(page)
    page.goto(f"{console.address}/team")
    picture = re.compile(rf"{device}/0/0 [1-9]\d* s, picture [1-9]\d* s")
    console.wait_for(lambda: any(picture.fullmatch(one) for one in looks(console, "viewed")))

    page.goto(f"{console.address}/captures/{device}/0/1")
    page.wait_for_selector("main[data-state=ready]")

    def told() -> bool:
        with console.site.server.database.reading() as session:
            return session.query(ViewTime).filter_by(place=f"{device}/0/1", ended=False).count() == 1

    console.wait_for(told)
    browser = page.context.browser
    with page.expect_event("crash"):
        for one in psutil.Process().children(recursive=True):
            with suppress(psutil.NoSuchProcess):  # it ended by itself
                if "--type=renderer" in one.cmdline():
                    one.kill()
    console.site.server.view_times.sweep(now=datetime.now(UTC) + timedelta(minutes=5))
    assert re.fullmatch(rf"{device}/0/1 [1-9]\d* s", looks(console, "viewed-cut-off")[0])

    ada = window(browser)
    ada.goto(console.address)
    ada.fill("#name", "ada")
    ada.fill("#passphrase", PASSPHRASE)
    ada.click("#log-in")
    ada.wait_for_selector("#looks tr")
    assert f"{device}/0/0" in ada.inner_text("#looks")
    assert "cut off" in ada.inner_text("#looks")

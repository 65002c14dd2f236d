"""The force's figures in a real browser: who has them, what is hidden, the file; terms counted where the keys are."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from overt.demo import officer
from overt.demo.browser import headless_browser, playwright
from server_stub.tables import AuditEntry
from tests.console.axe import serious
from tests.console.browser import running, window
from tests.console.force import AUDITOR, SUPERVISOR, add_force
from tests.console.site import PASSPHRASE, CaseSite

pytestmark = pytest.mark.screen


class Office:
    """A running server of a small force, and browser windows for its people."""

    def __init__(self, site: CaseSite, address: str, browser: Any) -> None:
        self.site, self.address, self.browser = site, address, browser
        self.errors: list[str] = []

    def figures(self, name: str) -> Any:
        """Log in and go to the figures."""
        page = window(self.browser)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(self.address)
        page.fill("#name", name)
        page.fill("#passphrase", PASSPHRASE)
        page.click("#log-in")
        page.wait_for_url(lambda url: url.rstrip("/") != self.address)
        page.goto(f"{self.address}/figures")
        page.wait_for_selector("main[data-state=ready]")
        return page


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Return a force of three teams, with two people in one of them."""
    with closing(CaseSite(tmp_path_factory.mktemp("force"))) as site, playwright() as driver:
        add_force(site)
        with running(site) as address:
            key = officer.public_key_hash(address, site.folder.ca_certificate)
            browser = headless_browser(driver, trusted_key=key)
            found = Office(site, address, browser)
            yield found
            browser.close()
            assert found.errors == []


def cells(page: Any, table: str) -> list[list[str]]:
    """Return the words of a table's body."""
    found: list[list[str]] = page.eval_on_selector_all(
        f"table[data-name={table}] tbody tr", "all => all.map(row => [...row.children].map(one => one.textContent))"
    )
    return found


def test_a_supervisor_sees_sums_and_no_few_people(office: Office) -> None:
    """Two people of the East are in no number, and cannot be subtracted; the page has no serious finding."""
    page = office.figures(SUPERVISOR)
    assert cells(page, "people") == [["East", "hidden"], ["North", "hidden"], ["South", "7"], ["all", "15"]]
    east, *_, together = cells(page, "captures")
    assert together[-1] == "84"
    assert set(east[1:]) == {"hidden", "0"}
    assert "43.2 %" in page.inner_text("[data-name=false-share]")
    assert serious(page) == []
    page.context.close()


def test_terms_are_counted_where_the_keys_are(office: Office) -> None:
    """The supervisor's browser opens what was decided, counts by term, and offers a file; the record says what for."""
    page = office.figures(SUPERVISOR)
    page.click("#count-terms")
    page.wait_for_selector("#terms table")
    rows = page.eval_on_selector_all("#terms tbody tr", "all => all.map(one => one.innerText.split('\\t'))")
    assert rows == [["weapons: gun", "50", "22", "44 %"], ["gambling: bookie", "24", "10", "41.7 %"]]
    assert serious(page) == []
    with page.expect_download() as saved:
        page.click("#terms a")
    assert saved.value.path().read_text().splitlines()[1] == '2026-11,"weapons: gun",50,22,44.0'.replace(
        "2026-11", f"{office.site.begin:%Y-%m}"
    )
    with office.site.server.database.reading() as session:
        assert session.query(AuditEntry).filter_by(action="open-to-count").count() > 0
    page.context.close()


def test_an_auditor_has_the_forces_and_no_terms(office: Office) -> None:
    """No key, no words: the part about terms is not there; the file is the server's."""
    page = office.figures(AUDITOR)
    assert "the whole force" in page.inner_text("#scope")
    assert page.is_hidden("#terms-part")
    with page.expect_download() as saved:
        page.click("#file")
    lines = saved.value.path().read_text().splitlines()
    assert lines[0] == "month,scope,figure,row,column,value,unit,hidden"
    assert len(lines) > 40
    page.fill("#month", "2020-01")
    page.click("#choose button")
    page.wait_for_function("() => document.querySelector('[data-name=captures-all] dd').textContent === '0'")
    page.context.close()

"""Every page of every role: nothing serious for axe-core, every control reached by Tab, all of it without a mouse."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from overt.demo import officer
from overt.demo.browser import headless_browser, playwright
from server_stub import cases, teams
from server_stub.access import Role
from server_stub.accounts import at_the_machine
from server_stub.server import entropy
from server_stub.tables import Assignment, CaseNote, Decision
from tests.console import day
from tests.console.axe import serious
from tests.console.browser import running, window
from tests.console.officer import Console
from tests.console.site import OFFICER, PASSPHRASE, CaseSite

pytestmark = pytest.mark.screen

ROLES = {"ada": Role.AUDITOR, "ann": Role.ADMINISTRATOR, "sam": Role.SUPERVISOR}
# Numbers what can be pressed or filled in, and notes what Tab reached and whether that showed.
BEGIN_WALK = """() => {
    window.reached = new Map();
    const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')];
    const open = all.filter(one => one.checkVisibility() && !one.disabled && one.tabIndex >= 0);
    open.forEach((one, index) => (one.dataset.walk = index));
    document.addEventListener('focusin', ({ target }) =>
        window.reached.set(target.dataset.walk, getComputedStyle(target).outlineStyle !== 'none'));
    document.body.focus();
    return open.length;
}"""
LEFT = """() => [...document.querySelectorAll('[data-walk]')]
    .filter(one => !window.reached.has(one.dataset.walk))
    .map(one => one.id || one.textContent.trim() || one.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Office"]:
    """Return a server with an account of every role, and a case that officer and supervisor share."""
    with closing(CaseSite(tmp_path_factory.mktemp("roles"))) as site, playwright() as driver:
        now = datetime.now(UTC)
        for name, role in ROLES.items():
            site.server.officers.add(name, PASSPHRASE, now=now, entropy=entropy, role=role)
        machine = at_the_machine(now)
        teams.add_team(site.server.database, machine, "north")
        for name in (OFFICER, "sam"):
            teams.join(site.server.database, machine, "north", name)
        teams.give_case(site.server.database, machine, site.case, "north")
        cases.add_officer(site.server.database, site.case, "sam", by=OFFICER, passphrase=PASSPHRASE, now=now)
        site.add(day.captures(8, start=day.midnight(site.begin)))
        with running(site) as address:
            key = officer.public_key_hash(address, site.folder.ca_certificate)
            browser = headless_browser(driver, trusted_key=key)
            yield Office(site, address, browser)
            browser.close()


class Office:
    """A running server, and a browser window for each person."""

    def __init__(self, site: CaseSite, address: str, browser: Any) -> None:
        self.site, self.address, self.browser = site, address, browser

    def log_in(self, name: str) -> Any:
        """Log in; return the page where that account begins."""
        page = window(self.browser)
        page.goto(self.address)
        page.fill("#name", name)
        page.keyboard.press("Tab")
        page.keyboard.type(PASSPHRASE)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: url.rstrip("/") != self.address)
        page.wait_for_selector("main[data-state=ready]")
        return page


def walk(page: Any) -> list[str]:
    """Press Tab until everything was reached; return what was not, or what did not show that it has the focus."""
    number = page.evaluate(BEGIN_WALK)
    assert number > 3, "nothing to walk over"
    for _ in range(4 * number + 30):  # a field for a moment takes several
        page.keyboard.press("Tab")
        if page.evaluate("window.reached.size") > number:
            break
    unseen = page.evaluate("() => [...window.reached].filter(([, shows]) => !shows).map(([name]) => `unseen ${name}`)")
    return [*page.evaluate(LEFT), *unseen]


def cut_off(page: Any) -> list[str]:
    """Return whether the page must be moved sideways in a narrow window, as a wide one enlarged to 400 % is one."""
    page.set_viewport_size({"width": 320, "height": 700})
    more = page.evaluate("document.scrollingElement.scrollWidth - innerWidth")
    page.set_viewport_size({"width": 1366, "height": 768})
    return [f"{more} pixels too wide at 320"] if more > 0 else []


@pytest.mark.parametrize("name", [*ROLES, OFFICER])
def test_every_page_of_a_role(office: Office, name: str) -> None:
    """What the bar offers, and what stands under Help: accessible, usable without a mouse, and in a narrow window."""
    page = office.log_in(name)
    offered = page.eval_on_selector_all(".bar a", "all => all.map(one => one.getAttribute('href'))")
    assert {"/help", "/account"} <= set(offered)
    problems = {}
    for path in [*offered, "/court", *(["/training"] if name == OFFICER else [])]:
        page.goto(f"{office.address}{path}")
        page.wait_for_selector("main[data-state=ready]")
        problems[path] = serious(page) + walk(page) + cut_off(page)
    page.context.close()
    assert {path: found for path, found in problems.items() if found} == {}


def test_every_function_without_a_mouse(office: Office) -> None:
    """Decide, note, undo, escalate, propose a fix, add a risk term: keys alone, and the server knows of each."""
    page = office.log_in(OFFICER)
    console = Console(office.site, page, office.address)
    keyboard = page.keyboard
    console.press("n")
    keyboard.type("seen on the way")
    for key in ("Tab", "Enter"):
        keyboard.press(key)
    console.press("4")
    console.press("2")
    console.press("f")
    page.wait_for_selector("#fix-box[open]")
    keyboard.press("Enter")
    console.said("Proposed")
    console.press("u")
    console.press("e")
    page.wait_for_selector("#assign-box[open]")
    page.locator("#assign-note").focus()
    keyboard.type("please look")
    for key in ("Tab", "Enter"):
        keyboard.press(key)
    console.said("escalated to")
    page.goto(f"{office.address}/tuning")
    page.wait_for_selector("main[data-state=ready]")
    page.locator("#term").focus()
    keyboard.type("rifle")
    keyboard.press("Enter")
    page.wait_for_selector("#terms li")
    with office.site.server.database.reading() as session:
        assert sorted(one.disposition for one in session.query(Decision)) == ["concern", "false-alarm"]
        assert session.query(Decision).filter_by(disposition="concern").one().note is not None
        assert session.query(Decision).filter_by(disposition="false-alarm").one().undone_at is not None
        assert session.query(Assignment).one().what == "escalate"
        assert {one.kind for one in session.query(CaseNote)} == {"library-fix", "risk-term"}
    page.context.close()

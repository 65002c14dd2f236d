"""Help where officers stand: words explained on hover and focus, the page for courts on two sheets of paper."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from server_stub.console.help import court_page, glossary
from tests.console.axe import serious
from tests.console.browser import logged_in, running
from tests.console.site import CaseSite, Seed

pytestmark = pytest.mark.screen
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Return a browser that has logged in to a case with one capture."""
    with closing(CaseSite(tmp_path_factory.mktemp("help"))) as site:
        site.add([Seed("A page", "a gun")])
        with running(site) as address, logged_in(site, address) as page:
            page.wait_for_selector("#detail[data-state=ready]")
            yield page


def shown(page: Any) -> str:
    """Return the explanation that is to be seen; empty where there is none."""
    found = page.query_selector(".about:popover-open")
    return "" if found is None else str(found.inner_text())


def test_a_word_is_explained_on_focus_and_on_hover(page: Any) -> None:
    """It comes with either, stays while the mouse is on it, goes with Esc, and is read out (WCAG 1.4.13)."""
    word = page.locator("#findings-heading .term")
    word.focus()
    assert shown(page) == glossary()["matched"].means
    page.keyboard.press("Escape")
    assert shown(page) == ""
    assert page.evaluate("document.activeElement.className") == "term"
    described = page.evaluate(
        "document.getElementById(document.activeElement.getAttribute('aria-describedby')).textContent"
    )
    assert described == glossary()["matched"].means
    last = page.locator("#facts .term").last
    last.evaluate("one => one.scrollIntoView(false)")
    page.locator("#sheet").evaluate("one => (one.scrollTop = 0)")
    last.focus()  # scrolls it into view, which must not take the explanation away
    page.wait_for_timeout(200)
    assert shown(page) == glossary()["chain"].means
    page.locator("h1#why").click()
    page.locator("#facts .term").first.hover()
    page.wait_for_selector(".about:popover-open")
    page.locator(".about").hover()
    page.wait_for_timeout(400)  # longer than it takes to go: it must not
    assert shown(page) == glossary()["source"].means
    page.mouse.move(5, 5)
    page.wait_for_function("() => document.querySelector('.about:popover-open') === null")


def test_every_explained_word_is_in_the_glossary(page: Any) -> None:
    """Each word of the desk that can be asked about has its sentence, once, and stands on the page Help."""
    words = page.eval_on_selector_all("button.term", "all => all.map(one => one.getAttribute('aria-describedby'))")
    assert len(words) > 5
    assert len(set(words)) == len(words)
    address = page.url.rpartition("/")[0]
    page.goto(f"{address}/help")
    page.wait_for_selector("main[data-state=ready]")
    on_page = set(
        page.eval_on_selector_all(".glossary > div", "all => all.map(one => one.id.replace('word-', 'about-'))")
    )
    assert set(words) <= on_page
    assert serious(page) == []
    page.go_back()


def test_the_page_for_courts_is_two_sheets(page: Any) -> None:
    """The same text as in the documents; printed on A4 it takes two pages, and the bar is not on them."""
    assert (ROOT / "docs/court.md").read_bytes() == (ROOT / "server_stub/console/court.md").read_bytes()
    assert "<table>" in court_page()
    address = page.url.rpartition("/")[0]
    page.goto(f"{address}/court")
    page.wait_for_selector("main[data-state=ready]")
    assert serious(page) == []
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page[^s]", printed)) == 2
    page.emulate_media(media="print")
    assert not page.is_visible("#log-out")
    page.emulate_media(media="screen")
    page.go_back()

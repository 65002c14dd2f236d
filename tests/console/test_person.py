"""Know the person, in a real browser: who went dark, what changed, hours, silences, a printed week, what led up."""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from server_stub.tables import Absence, CaptureGroup, CaseNote
from tests.console import weeks
from tests.console.axe import CONTRAST, RULES, serious
from tests.console.browser import logged_in, running
from tests.console.officer import Console
from tests.console.weeks import WeeksSite

pytestmark = pytest.mark.screen
PAGE = 30
NAME, REASON = "Quokka Tuesdays", "visits his mother in Wombatville"
READY = "main[data-state=ready]"
FOCUSED = """() => {
    const one = document.activeElement;
    return [one.id || one.tagName, one === document.body || getComputedStyle(one).outlineStyle !== 'none'];
}"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """Return a console with five weeks of a person, for all tests of this file."""
    with closing(WeeksSite(tmp_path_factory.mktemp("weeks"))) as site:
        weeks.fill(site)
        site.server.presence.look()
        with running(site) as address, logged_in(site, address) as page:
            yield Console(site, page, address)


def open_page(shared: Console, path: str) -> Any:
    """Open a page and wait until everything of it is there."""
    shared.page.goto(f"{shared.address}{path}")
    shared.page.wait_for_selector(READY)
    return shared.page


def person(shared: Console, more: str = "") -> Any:
    return open_page(shared, f"/people/{shared.site.case}{more}")


def test_who_went_dark_stands_above_the_queue_and_first_among_people(shared: Console) -> None:
    """One line with the evidence behind it; it leads to the person."""
    page = open_page(shared, "/captures")
    page.wait_for_selector("#dark-box:not([hidden])")
    page.click("#dark-said")
    assert "came back with an alarm: perhaps it was killed" in page.inner_text("#dark")
    page.click("#dark a")
    page.wait_for_url(f"**/people/{shared.site.case}")
    listed = open_page(shared, "/people").inner_text("#people")
    assert "It was silent for 60 minutes." in listed
    assert "captures to decide" in listed


def test_a_persons_page_tells_what_changed_and_why_it_says_so(shared: Console) -> None:
    """Good change and bad, coverage in words, silences with their evidence, events in their places."""
    page = person(shared)
    changed = page.inner_text("#changed")
    assert "Better: Use at night, 23:00 to 05:00, in the week" in changed
    assert "Worse: Signs of evasion: 4, more than in any of the four weeks before (0)." in changed
    assert page.locator("#changes tbody tr").count() == 9
    assert page.locator("#changes svg rect").count() == 9 * 5, "each week's part of a change can be seen"
    assert re.match(r"Last seven days\. Watched 9\d % of \d+ h \d\d min in use", page.inner_text("#coverage"))
    gaps = page.inner_text("#gaps")
    assert "Agent ended or held still from outside" in gaps
    assert "At its end the device recorded: The run before was killed." in gaps
    events = page.inner_text("#events")
    for words in ("kim probation officer address", "The Tor network is in use", "A monitor of 1920 x 1080", "A stick"):
        assert words in events
    assert "My brother used the laptop on Sunday." in page.inner_text("#notes")
    assert page.is_hidden("#progress"), "nothing was left unopened"
    assert shared.audited("view-person")[-1] == shared.site.case


def test_every_capture_counts_however_the_queue_is_cut(shared: Console) -> None:
    """A long queue comes in pages: the days hold as many captures as the server has, not those of the first page."""
    with shared.site.server.database.reading() as session:
        expected = session.query(CaptureGroup).count()
    assert expected > 3 * PAGE, "several pages"
    queue = re.compile(r"/v1/queue\?")
    shared.page.route(queue, lambda route: route.continue_(url=cut(route.request.url)))
    page = person(shared)
    counts = page.locator("#days-table tbody td:last-child").all_text_contents()
    page.unroute(queue)
    assert sum(map(int, counts)) == expected


def cut(url: str) -> str:
    """Return a question for the queue that asks for a short page of it."""
    return f"{re.sub('&limit=[0-9]+', '', url)}&limit={PAGE}"


def test_the_hours_are_a_table_that_can_be_read_out(shared: Console) -> None:
    """28 days of 24 hours; each cell says in words what colour and number say; so do the days' drawing and table."""
    page = person(shared)
    assert page.locator("#hours tbody tr").count() == 28
    assert page.locator("#hours tbody td").count() == 28 * 24
    said = page.locator("#hours td[data-captures] .hidden-label").first.text_content()
    assert "in use, " in said
    assert "capture" in said
    shades = page.eval_on_selector_all(
        "#hours td:not([data-level='0'])",
        "all => [...new Set(all.map(one => one.dataset.level + getComputedStyle(one).backgroundColor))]",
    )
    assert len(shades) >= 3
    label = page.get_attribute("#days svg", "aria-label")
    assert label.startswith("Use and captures on 36 days:")
    page.click("#days-table >> xpath=ancestor::details/summary")
    assert page.locator("#days-table tbody tr").count() == 36


def test_what_was_opened_is_kept_as_ciphertext_for_the_next_visit(shared: Console) -> None:
    """The second visit opens nothing anew, and the browser's storage holds no word of it."""
    person(shared)
    before = len(shared.audited("open-for-person"))
    assert before > 500
    page = person(shared)
    assert len(shared.audited("open-for-person")) == before
    assert "The Tor network is in use" in page.inner_text("#events")
    kept = page.evaluate(
        """async () => {
            const open = indexedDB.open("overt-index");
            const database = await new Promise((done) => (open.onsuccess = () => done(open.result)));
            const all = database.transaction("person").objectStore("person").getAll();
            const found = await new Promise((done) => (all.onsuccess = () => done(all.result)));
            database.close();
            return found.map((one) => new TextDecoder().decode(one.data)).join("");
        }"""
    )
    assert len(kept) > 10_000
    assert "Tor network" not in kept


def test_a_time_away_is_noted_and_taken_back_and_why_stays_sealed(shared: Console) -> None:
    """The server has from and until; the reason is read by the officers only."""
    page = person(shared)
    page.fill("#away-why", REASON)
    page.click("#away button >> text=Note it")
    page.wait_for_selector("#absences li")
    assert REASON in page.inner_text("#absences")
    with shared.site.server.database.reading() as session:
        (row,) = session.query(Absence)
        assert row.note is not None
        assert REASON.encode() not in row.note
        assert 6 < (row.until - row.since.astimezone(UTC)).days < 8
    page.click("#absences button")
    page.wait_for_selector("#absences li", state="detached")
    assert shared.audited("note-absence") == [shared.site.case]
    assert len(shared.audited("withdraw-absence")) == 1


def test_the_officers_own_name_for_a_person_is_sealed(shared: Console) -> None:
    """It stands on the pages, and nowhere on the server."""
    page = person(shared)
    page.fill("#call-name", NAME)
    page.click("#call button")
    page.wait_for_function("name => document.getElementById('name').textContent === name", arg=NAME)
    assert NAME in open_page(shared, "/people").inner_text("#people h2")
    with shared.site.server.database.reading() as session:
        sealed = [row.sealed for row in session.query(CaseNote).filter_by(kind="case-name")]
    assert len(sealed) == 1
    assert NAME.encode() not in sealed[0]


def test_the_week_is_one_page_of_paper(shared: Console) -> None:
    """A4, one page, with what to talk about and room to write; words of captures only when asked for."""
    page = person(shared, "/week")
    assert "can you get me a gun" not in page.inner_text("#captures")
    page.check("#with-why")
    assert "can you get me a gun" in page.inner_text("#captures")
    page.uncheck("#with-why")
    printed = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True)))
    assert len(printed.pages) == 1
    assert [round(float(side)) for side in printed.pages[0].mediabox[2:]] == [595, 842]
    text = " ".join(printed.pages[0].extract_text().split())
    for words in ("WORTH TALKING ABOUT", "Better, and worth saying", "AT THE VISIT", "The Tor network is in use"):
        assert words in text
    assert "Log out" not in text
    assert "can you get me a gun" not in text


def test_what_led_up_to_a_capture_is_told_in_sequence(shared: Console) -> None:
    """By keyboard: the chain's numbers rise to the capture's own, heartbeats are counted, pauses are said."""
    with shared.site.server.database.reading() as session:
        found = shared.site.server.review.captures(weeks.officer(session), before=None, limit=1, now=shared.site.begin)
    place = found[0].place
    page = open_page(shared, f"/captures/{place.device}/{place.epoch}/{place.seq}")
    page.focus("#lead-box summary")
    page.keyboard.press("Enter")
    page.wait_for_selector("#lead li.moment")
    numbers = [int(one.removeprefix("№ ")) for one in page.locator("#lead .number").all_inner_texts()]
    assert numbers == sorted(numbers)
    assert numbers[-1] == place.seq
    assert len(numbers) == 61
    lines = page.inner_text("#lead")
    for words in ("15 heartbeats", " later", "Coverage", "Event Agent started.", "This capture"):
        assert words in lines
    assert page.locator("#lead a").count() > 0, "captures before it can be opened"


@pytest.mark.parametrize(("scheme", "rules"), [("light", RULES), ("dark", CONTRAST)])
def test_no_page_of_a_person_has_serious_findings(shared: Console, scheme: str, rules: dict[str, list[str]]) -> None:
    """Axe-core by day, and what differs by night, with everything unfolded."""
    shared.page.emulate_media(color_scheme=scheme)
    problems = {}
    for path in ("/people", f"/people/{shared.site.case}", f"/people/{shared.site.case}/week"):
        page = open_page(shared, path)
        page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
        problems[path] = serious(page, rules)
    shared.page.emulate_media(color_scheme="light")
    assert {name: found for name, found in problems.items() if found} == {}


def test_a_page_that_failed_says_so_and_goes_on_nowhere(shared: Console) -> None:
    """The way to try again stands there, and nothing pretends to be on its way."""
    page = shared.page
    page.route("**/v1/**", lambda route: route.abort())
    page.goto(f"{shared.address}/people/{shared.site.case}")
    page.wait_for_selector("main[data-state=failed]")
    assert page.is_hidden("#progress")
    page.unroute("**/v1/**")
    page.click("#problem a")
    page.wait_for_selector(READY)


def test_a_person_can_be_read_by_keyboard(shared: Console) -> None:
    """Tab gets to the links, the tables that scroll, the forms and what is folded; focus can always be seen."""
    page = person(shared)
    page.locator("body").press("Tab")
    reached, unseen = [], []
    for _ in range(60):
        name, shows = page.evaluate(FOCUSED)
        reached.append(name)
        unseen += [] if shows else [name]
        page.keyboard.press("Tab")
    assert {"week-link", "away-since", "away-until", "away-why", "call-name", "SUMMARY", "DIV", "BUTTON"} <= set(
        reached
    )
    assert unseen == []

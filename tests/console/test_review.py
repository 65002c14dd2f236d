"""The review queue in a real browser: order, keys, undo, groups, search, lost network, lost place."""

import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from overt.evidence_check import check_store
from server_stub import audit, cases
from server_stub.accounts import at_the_machine
from server_stub.alerts import Rule
from server_stub.errors import StoreError
from server_stub.jobs import Worker
from server_stub.retention import UNDO_TIME
from server_stub.server import entropy
from server_stub.tables import AuditEntry, DecidedRecord, Record
from server_stub.work import handlers
from tests.console.browser import at_work, running, trusting
from tests.console.many import put
from tests.console.officer import Console
from tests.console.site import CaseSite, Seed

pytestmark = pytest.mark.screen

SEEDS = [
    Seed("Chat", "anyone want a gun tonight", 3, "aa"),
    Seed("Chat", "anyone want a gun tonight", 3, "aa"),
    Seed("Chat", "anyone want a gun tonight, said again", 3, "aa"),
    Seed("Forum", "where to hide a gun", 5),
    Seed("Shop", "glue gun, half price <img src=x onerror=alert(1)>", 3),
    Seed("Mail", "the gun is in the shed", 4),
]


@dataclass
class Desk:
    """A running server and a browser, for all tests of this file; each has an officer and a case of its own."""

    site: CaseSite
    address: str
    browser: Any
    officer: str = ""

    def seat(self) -> CaseSite:
        """Give the next officer a case; return the site of it."""
        self.officer = f"kim-{secrets.token_hex(4)}"
        self.site.begin_anew(self.officer)
        return self.site

    def work(self) -> AbstractContextManager[Any]:
        """Log that officer in."""
        return at_work(self.browser, self.address, self.officer)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Return a running server and a browser that trusts it."""
    root = tmp_path_factory.mktemp("review")
    with closing(CaseSite(root)) as site, running(site) as address, trusting(site, address) as browser:
        yield Desk(site, address, browser)


@pytest.fixture
def console(desk: Desk) -> Iterator[Console]:
    """Return a console on a case with six captures."""
    site = desk.seat()
    site.add(SEEDS)
    with desk.work() as page:
        yield Console(site, page, desk.address)


def test_the_most_severe_comes_first_and_groups_are_one_row(console: Console) -> None:
    """Four rows for six captures; severity, then the first of its kind, before time; and the count is told."""
    assert [row.split("“")[1][:22] for row in console.rows()] == [
        "where to hide a gun” i",
        "the gun is in the shed",
        "anyone want a gun toni",
        "glue gun, half price <",
    ]
    assert "4 rows, 6 captures" in console.page.inner_text("#summary")
    assert console.page.inner_text(".row[data-index='2'] .count") == "3 alike, 1 min"
    assert "where to hide" in console.chosen()


def test_one_key_decides_and_goes_on(console: Console) -> None:
    """The whole queue is decided by keyboard; a group by one key; each decision is in the audit record."""
    console.press("5", "4", "2", "1")
    console.wait_for(lambda: len(console.decisions()) == 4)
    assert [one.disposition for one in console.decisions()] == ["breach", "concern", "false-alarm", "no-concern"]
    assert "0 rows" in console.page.inner_text("#summary")
    with console.site.server.database.reading() as session:
        noted = session.query(AuditEntry).filter_by(action="decide-false-alarm")
        assert sum(one.subject.startswith(console.site.device) for one in noted) == 3
        assert not list(audit.broken_places(session))
    console.restart()
    assert console.page.inner_text("#empty") == "Nothing waits for a decision."


def test_an_alert_says_why_and_leads_to_the_capture(console: Console) -> None:
    """The sentence is opened in the browser, the look is in the audit record; whoever takes it on is led there."""
    machine = at_the_machine(datetime.now(UTC))
    console.site.server.alerts.add_rule(
        machine, Rule("duty@example.org", 5, timedelta(hours=1), case=console.site.case)
    )
    console.site.add([Seed("Forum", "a gun for the bank tonight", 5)])
    page = console.page
    page.goto(f"{console.address}/alerts")
    page.wait_for_selector("main[data-state=ready]")
    assert "a gun for the bank" in page.inner_text("#alerts a")
    assert len(console.audited("view-in-list")) > 0
    page.click("#alerts button")
    page.click("#told a")
    page.wait_for_url("**/captures/**")
    page.wait_for_selector("main[data-state=ready]")
    assert "a gun for the bank" in page.inner_text("#why")
    assert len(console.audited("take-alert")) == 1


def test_undo_brings_it_back(console: Console) -> None:
    """The last decision is taken back, and the officer stands where he was."""
    console.press("5")
    console.wait_for(lambda: len(console.decisions()) == 1)
    assert "the gun is in the shed" in console.chosen()
    console.page.keyboard.press("u")
    console.wait_for(lambda: console.decisions()[0].undone_at is not None)
    console.page.wait_for_selector("#why:has-text('where to hide')")
    console.restart()
    assert len(console.rows()) == 4


def test_one_capture_can_be_taken_out_of_its_group(console: Console) -> None:
    """What is unticked stays undecided."""
    console.press("j", "j")
    console.page.wait_for_selector("#strip li:nth-child(3)")
    console.page.uncheck("#strip li:nth-child(2) input")
    console.press("1")
    console.wait_for(lambda: len(console.decisions()) == 1)
    console.restart()
    console.press("Home", "j", "j")
    console.page.wait_for_selector("#strip li:nth-child(3)")
    ticked = console.page.eval_on_selector_all("#strip input", "all => all.map(one => one.checked)")
    assert ticked == [False, True, False]


def test_a_note_is_sealed(console: Console) -> None:
    """The officer's words and the term at fault go to the server as ciphertext only; kept until then, and no longer."""
    console.press("n")
    console.page.fill("#note-text", "MARKERWORD in my note")
    console.page.click("#note-box button[value=keep]")
    console.page.wait_for_function("() => localStorage[window.desk.place.name].includes('sealed')")
    console.restart()
    console.page.wait_for_selector("#note.kept")
    console.press("2")
    console.wait_for(lambda: len(console.decisions()) == 1)
    console.restart()
    console.chosen()
    assert console.page.locator("#note.kept").count() == 0, "it would go with another decision"
    note = console.decisions()[0].note
    assert note is not None
    assert b"MARKERWORD" not in note
    everything = b"".join(path.read_bytes() for path in console.site.folder.root.rglob("*") if path.is_file())
    assert b"MARKERWORD" not in everything
    opened = console.page.evaluate(
        """async () => {
            const { load } = await import("/static/key-store.js");
            const { openNote } = await import("/static/notes.js");
            const [decision] = await (await fetch("/v1/decisions")).json();
            return openNote((await load()).cases[decision.case], decision.note);
        }"""
    )
    assert opened["text"] == "MARKERWORD in my note"
    assert opened["terms"][0]["term_id"] == "gun"


def test_decisions_wait_for_the_network(console: Console) -> None:
    """Decided while the server is away: kept in the browser, sent when it is back, each once."""
    console.page.route("**/v1/decisions", lambda route: route.abort())
    console.press("5")
    console.page.wait_for_function("() => document.getElementById('said').textContent.includes('kept here')")
    assert console.decisions() == []
    console.page.unroute("**/v1/decisions")
    console.wait_for(lambda: len(console.decisions()) == 1)
    console.page.wait_for_timeout(500)
    assert len(console.decisions()) == 1


def test_what_this_browser_cannot_keep_is_not_done_and_can_be_done_again(console: Console) -> None:
    """A full disk: it is said, the capture stays where it is with its note, and the same key decides it later."""
    shown = console.chosen()
    console.page.evaluate(
        """() => {
            window.add = IDBObjectStore.prototype.add;
            IDBObjectStore.prototype.add = () => { throw new DOMException("full", "QuotaExceededError"); };
            window.desk.setNote("why");
        }"""
    )
    console.press("5")
    console.said("could not keep what you did")
    assert console.chosen() == shown
    assert console.decisions() == []
    console.page.wait_for_function("() => document.getElementById('said').dataset.waiting === '0'")
    console.page.evaluate("() => { IDBObjectStore.prototype.add = window.add; }")
    console.press("5")
    console.wait_for(lambda: [one.disposition for one in console.decisions()] == ["breach"])
    assert console.decisions()[0].note is not None


def test_what_could_not_be_read_is_named_until_it_is_there(console: Console) -> None:
    """Silence would say that no device went quiet. It is asked for again, and the line goes when all is known."""
    page = console.page
    missing = ("**/review/dark.js", "**/v1/decisions?limit=*")
    for address in missing:
        page.route(address, lambda route: route.abort())
    console.restart()
    page.wait_for_function("() => window.desk.background.missing.size === 2")
    told = page.inner_text("#not-known")
    assert "whose device went quiet" in told
    assert "earlier decisions" in told
    assert page.is_hidden("#problem"), "the page itself is there"
    for address in missing:
        page.unroute(address)
    page.evaluate("window.desk.lookAgain()")
    page.wait_for_selector("#not-known", state="hidden")


def test_what_is_added_while_sending_ends_is_sent_too(console: Console) -> None:
    """Between the last look at what waits and the end of sending: it does not wait for the next decision."""
    console.chosen()
    console.page.evaluate("window.desk.outbox.settled()")
    views = len(console.audited("view-record"))
    console.page.evaluate(
        """async () => {
            const { device, epoch, seq } = window.desk.rows[0];
            const request = navigator.locks.request.bind(navigator.locks);
            let added = false;
            navigator.locks.request = async (name, act) => {
                await request(name, act);
                if (!added) await window.desk.outbox.view({ device, epoch, seq }, (added = true));
            };
            await window.desk.outbox.settled();
        }"""
    )
    console.wait_for(lambda: len(console.audited("view-record")) > views)


def test_the_place_is_kept(console: Console) -> None:
    """After a reload the same capture is chosen."""
    console.press("j", "j", "j")
    before = console.chosen()
    assert "glue gun" in before
    console.restart()
    assert console.chosen() == before


def test_search_looks_into_the_words(console: Console) -> None:
    """The words are opened here and never sent."""
    console.press("/")
    console.page.keyboard.type("shed")
    console.page.wait_for_function("() => document.querySelectorAll('.row:not([hidden])').length === 1")
    console.page.wait_for_selector("#why:has-text('the gun is in the shed')")
    console.page.keyboard.press("Escape")
    console.page.wait_for_function("() => document.querySelectorAll('.row:not([hidden])').length === 4")


def test_older_captures_stay_readable_after_a_change_of_key(desk: Desk) -> None:
    """A case with two keys: the browser picks the one that each record is sealed to."""
    site = desk.seat()
    site.add([Seed("Before", "a gun before")])
    cases.rotate_key(site.server.database, site.case, now=datetime.now(UTC), entropy=entropy)
    site.use_newest_key()
    site.add([Seed("After", "a gun after")])
    with desk.work() as page:
        page.wait_for_function(
            "() => ['before', 'after'].every(word => [...document.querySelectorAll('.row .why')]"
            ".some(one => one.textContent.includes(word)))"
        )
        assert "could not be opened" not in page.inner_text("#list")


def test_words_from_the_device_are_words(console: Console) -> None:
    """A capture's text that looks like HTML is shown as text, everywhere."""
    console.press("j", "j", "j")
    assert "<img src=x" in console.chosen()
    assert console.page.eval_on_selector_all("img[src=x]", "all => all.length") == 0


def test_pictures_come_only_when_asked_for(console: Console) -> None:
    """Blurred at first; shown while P is held; text-only shows none at all; showing is in the audit record."""
    picture = console.page.locator("#picture")
    console.chosen()
    assert "veiled" in picture.get_attribute("class")
    console.page.keyboard.down("p")
    console.page.wait_for_selector("#picture:not(.veiled) img[data-frame]")
    console.page.keyboard.up("p")
    console.page.wait_for_selector("#picture.veiled canvas")
    console.press("t")
    assert not picture.is_visible()
    with console.site.server.database.reading() as session:
        noted = session.query(AuditEntry).filter_by(action="view-frame-0")
        assert sum(one.subject.startswith(console.site.device) for one in noted) == 1


def test_many_captures_stay_quick(desk: Desk) -> None:
    """Eight hundred groups: few rows exist, and the end of the list is opened without what lies before it."""
    site = desk.seat()
    put(site, [Seed(f"Page {number}", f"gun number {number}", 3 + number % 3, frames=()) for number in range(800)])
    with desk.work() as page:
        assert page.eval_on_selector_all(".row", "rows => rows.length") < 60
        page.wait_for_function("() => window.desk.whole")
        asked: list[str] = []
        page.on("request", lambda one: asked.append(one.post_data or ""))
        page.keyboard.press("End")
        page.wait_for_function(
            "() => [...document.querySelectorAll('.row:not([hidden])')].some(r => r.dataset.index === '799' "
            "&& r.querySelector('.why').textContent.includes('gun number'))"
        )
        assert sum("view-in-list" in one for one in asked) <= 4, "of eighty such requests"


def test_third_party_material_is_gone_after_the_time_to_undo(console: Console) -> None:
    """Six is pressed; ten minutes later the content is destroyed: out of queue and disk, and the chain holds."""
    console.press("6")
    console.wait_for(lambda: len(console.decisions()) == 1)
    server = console.site.server
    with server.database.reading() as session:
        found = session.query(Record).join(DecidedRecord, DecidedRecord.record_id == Record.id)
        (record,) = found.filter(Record.case_id == console.site.case)
    later = datetime.now(UTC) + UNDO_TIME + timedelta(minutes=1)
    assert Worker(server.database, handlers(server), clock=lambda: later).run_due() > 0
    with pytest.raises(StoreError):
        server.blobs.read(record.digest)
    console.restart()
    console.page.select_option("#show", "all")
    console.page.wait_for_function("() => document.getElementById('summary').textContent.startsWith('3 rows')")
    assert not [row for row in console.rows() if "where to hide" in row]
    assert console.audited("decide-third-party")
    checked = {device: steps for device, _, steps in check_store(console.site.folder.root)}
    assert [finding for step in checked[console.site.device] for finding in step.findings] == []

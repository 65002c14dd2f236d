"""Every page of the console: accessible (axe-core), usable by keyboard, plain where it must be, in the record."""

import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest

from overt.demo import officer
from server_stub.access import Role
from server_stub.accounts import find_officer
from server_stub.server import entropy
from server_stub.tables import Session
from tests.console import day
from tests.console.axe import serious
from tests.console.browser import logged_in, running, window
from tests.console.officer import Console
from tests.console.site import PASSPHRASE, CaseSite

pytestmark = pytest.mark.screen

OPEN_TO_ALL = ["/", "/join", "/session-ended", "/locked-out", "/unsupported-browser"]
# Each function of the review page by its key, and what shows that it was reached.
DIALOGS = {
    "n": "#note-box",
    "f": "#fix-box",
    "a": "#assign-box",
    "e": "#assign-box",
    "h": "#assign-box",
    "l": "#list-box",
    "?": "#help-box",
}


# What has the focus, and whether that can be seen.
FOCUS = """() => {
    const one = document.activeElement;
    const name = one.id || one.dataset.disposition || one.className;
    return [name, one === document.body || getComputedStyle(one).outlineStyle !== 'none'];
}"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """Return a console with some captures, for all tests of this file."""
    with closing(CaseSite(tmp_path_factory.mktemp("pages"))) as site:
        start = day.midnight(site.begin)
        site.add(day.captures(12, start=start))
        day.add_events(site, start=start)
        with running(site) as address, logged_in(site, address) as page:
            yield Console(site, page, address)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_serious_findings(shared: Console, scheme: str) -> None:
    """Every page in the bar, a capture's own page, the plain pages, and each dialog; by day and by night."""
    page = shared.page
    page.emulate_media(color_scheme=scheme)
    shared.restart()
    shared.chosen()
    bar = page.eval_on_selector_all("nav a", "all => all.map(one => one.getAttribute('href'))")
    assert {"/captures", "/tuning"} <= set(bar)
    capture = str(page.get_attribute(".row[aria-current]", "href"))
    problems = {"review": serious(page)}
    for key, box in DIALOGS.items():
        shared.press(key)
        page.wait_for_selector(f"{box}[open]")
        problems[key] = serious(page)
        page.keyboard.press("Escape")
        page.wait_for_selector(box, state="hidden")
    for path in [*bar, capture, *OPEN_TO_ALL]:
        page.goto(f"{shared.address}{path}")
        page.wait_for_selector("main:not([data-state=loading])")
        problems[path] = serious(page)
    page.emulate_media(color_scheme="light")
    assert {name: found for name, found in problems.items() if found} == {}


def test_everything_can_be_reached_by_keyboard(shared: Console) -> None:
    """Each key does its work, focus can be seen, Tab gets everywhere, and no dialog holds anybody."""
    page = shared.page
    shared.restart()
    for key, box in DIALOGS.items():
        shared.press(key)
        page.wait_for_selector(f"{box}[open]")
        page.keyboard.press("Escape")
        page.wait_for_selector(box, state="hidden")
    shared.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.press("Escape")
    page.locator("body").press("Tab")
    reached, outlined = set(), True
    for _ in range(80):
        name, shows = page.evaluate(FOCUS)
        reached.add(name)
        outlined = outlined and shows
        page.keyboard.press("Tab")
    wanted = {
        "log-out",
        "show",
        "search",
        "row",
        "sheet",
        "show-picture",
        "breach",
        "no-concern",
        "note",
        "assign",
        "help",
    }
    assert wanted <= reached
    assert outlined


VIEWS = {
    "GET /v1/records/{place}/parts/frame-0": "view-frame-0",
    "GET /v1/records/{place}/parts/meta": "view-meta",
    "GET /v1/records/{place}/head": "view-record",
    "GET /v1/records/{place}/around": "list-around",
    "GET /v1/members?groups={group}": "list-group",
    "GET /v1/queue": "list-queue",
    "POST /v1/bundle": "open-to-search",
}


@pytest.mark.parametrize("request_line", VIEWS)
def test_an_aborted_view_is_in_the_record(shared: Console, request_line: str) -> None:
    """The answer is not waited for; the entry is there all the same, because it is written before a byte is sent."""
    shared.restart()
    row = shared.page.evaluate("(({ id, device, epoch, seq }) => ({ id, device, epoch, seq }))(window.desk.rows[0])")
    record = {name: row[name] for name in ("device", "epoch", "seq")}
    method, path = request_line.format(place="/".join(map(str, record.values())), group=row["id"]).split()
    wish = json.dumps({"records": [record], "parts": ["meta"], "purpose": "open-to-search"}) if method == "POST" else ""
    action = VIEWS[request_line]
    before = len(shared.audited(action))
    send_and_leave(shared, f"{method} {path}", wish)
    shared.wait_for(lambda: len(shared.audited(action)) > before)


def send_and_leave(console: Console, request: str, body: str) -> None:
    """Ask as the logged-in browser would, and hang up at the first byte of the answer."""
    (cookie,) = [one for one in console.page.context.cookies() if "session" in one["name"]]
    csrf = console.page.evaluate("async () => (await (await import('/static/key-store.js')).load()).csrf")
    host, port = console.address.removeprefix("https://").split(":")
    trust = ssl.create_default_context(cafile=str(console.site.folder.ca_certificate))
    head = [
        f"{request} HTTP/1.1",
        f"Host: {host}",
        f"Cookie: {cookie['name']}={cookie['value']}",
        f"X-Overt-Csrf: {csrf}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    with trust.wrap_socket(socket.create_connection((host, int(port))), server_hostname=host) as wire:
        wire.sendall(("\r\n".join(head) + "\r\n\r\n" + body).encode())
        wire.recv(1)  # it answers; the rest is never taken


def test_a_browser_that_cannot_open_captures_gets_a_plain_page(shared: Console) -> None:
    """No WebCrypto, or one without X25519: what is needed is said, before anything is typed."""
    for missing in (
        "delete Crypto.prototype.subtle",
        "SubtleCrypto.prototype.generateKey = () => Promise.reject(new Error())",
    ):
        page = window(shared.page.context.browser)
        page.add_init_script(missing)
        page.goto(shared.address)
        page.wait_for_url("**/unsupported-browser")
        assert "Chrome or Edge 137" in page.inner_text("main")
        page.context.close()


def test_a_locked_out_officer_and_an_ended_session_get_plain_pages(shared: Console) -> None:
    """Five wrong tries lead to what locks and when it opens; an ended session to what is kept."""
    for name in ("wrong", "ended"):
        shared.site.server.officers.add(name, PASSPHRASE, now=datetime.now(UTC), entropy=entropy, role=Role.OFFICER)
    page = window(shared.page.context.browser)
    page.goto(shared.address)
    for _ in range(5):
        page.fill("#name", "wrong")
        page.fill("#passphrase", "certainly not it")
        with page.expect_response(lambda answer: answer.url.endswith("/v1/session")):
            page.click("#log-in")
    page.wait_for_url("**/locked-out")
    assert "15 minutes" in page.inner_text("main")

    page.goto(shared.address)
    officer.log_in(page, "ended", PASSPHRASE)
    page.goto(f"{shared.address}/unsupported-browser")  # a page that asks for nothing in the background
    with shared.site.server.database.writing() as session:
        session.query(Session).filter_by(officer_id=find_officer(session, "ended").id).delete()
    page.goto(f"{shared.address}/captures")
    page.wait_for_url("**/session-ended")
    assert "Nothing is lost" in page.inner_text("main")
    page.context.close()

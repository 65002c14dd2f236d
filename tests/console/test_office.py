"""The office in a real browser: passkeys that log in and unlock, leave cover, requests, devices, the auditor's page."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.enrol import parse_string
from overt.demo import officer
from overt.demo.browser import headless_browser, playwright
from server_stub import accounts, audit_search, teams
from server_stub.access import Principal, Role
from server_stub.accounts import at_the_machine
from server_stub.approvals import Kind
from server_stub.publishing import asked_for
from server_stub.server import entropy
from server_stub.transfer import give, invitation
from server_stub.transfer.parcel import ParcelFolder
from tests.console.axe import serious
from tests.console.browser import running, window
from tests.console.site import OFFICER, PASSPHRASE, CaseSite, Seed

pytestmark = pytest.mark.screen
NOW = datetime.now(UTC)
PEOPLE = {"sam": Role.SUPERVISOR, "lee": Role.OFFICER, "ada": Role.AUDITOR, "ann": Role.ADMINISTRATOR}
AUTHENTICATOR = {
    "protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal", "hasResidentKey": True,
    "hasUserVerification": True, "hasPrf": True, "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


class Desk:
    """A running server on a name, and browsers that trust it."""

    def __init__(self, site: CaseSite, address: str, browser: Any) -> None:
        self.site = site
        self.address = address
        self.browser = browser
        self.errors: list[str] = []

    def page(self) -> Any:
        """Open a browser window of its own, as another person would."""
        page = window(self.browser, viewport={"width": 1366, "height": 900})
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(self.address)
        return page

    def log_in(self, name: str) -> Any:
        """Log in with the passphrase; return the page where that account begins."""
        page = self.page()
        page.fill("#name", name)
        page.fill("#passphrase", PASSPHRASE)
        page.click("#log-in")
        page.wait_for_url(lambda address: address.rstrip("/") != self.address)
        return page

    def open(self, page: Any, path: str) -> None:
        """Go to a page and wait until it has shown everything."""
        page.goto(self.address + path)
        page.wait_for_selector("main[data-state=ready]")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Return a server with a team of every role, and a case with one capture."""
    with closing(CaseSite(tmp_path_factory.mktemp("site"), host="localhost")) as site, playwright() as driver:
        database, machine = site.server.database, at_the_machine(NOW)
        for name, role in PEOPLE.items():
            site.server.officers.add(name, PASSPHRASE, now=NOW, entropy=entropy, role=role)
        teams.add_team(database, machine, "north")
        for name in (OFFICER, "sam", "lee"):
            teams.join(database, machine, "north", name)
        teams.give_case(database, machine, site.case, "north")
        site.add([Seed("A page", "a gun")])
        with running(site) as address:
            named = address.replace("127.0.0.1", "localhost")
            key = officer.public_key_hash(named, site.folder.ca_certificate)
            browser = headless_browser(driver, trusted_key=key)
            found = Desk(site, named, browser)
            yield found
            browser.close()
            assert found.errors == []


def with_authenticator(page: Any) -> Any:
    """Give a page a passkey device that can compute secrets (PRF); return its session of the DevTools protocol."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return devtools


def actions(desk: Desk, action: str) -> list[str]:
    """Return the outcomes of an action in the audit chain, newest first."""
    found = audit_search.search(desk.site.server.database, audit_search.Question(action=action), limit=100)
    return [one.outcome for one in found]


def test_a_passkey_logs_in_and_unlocks_the_keys(desk: Desk) -> None:
    """Added with the passphrase once more; then it alone opens a capture; removed, it is refused."""
    page = desk.log_in(OFFICER)
    with_authenticator(page)
    desk.open(page, "/account")
    page.fill("#passphrase", "a wrong passphrase")
    page.click("#add button")
    page.wait_for_selector("#problem:not([hidden])")
    assert "wrong passphrase" in page.inner_text("#problem")
    page.fill("#passphrase", PASSPHRASE)
    page.click("#add button")
    page.wait_for_selector("#said:not([hidden])")
    page.click("#log-out")
    page.wait_for_url(desk.address + "/")
    page.fill("#name", OFFICER)
    page.click("#use-passkey")
    page.wait_for_url("**/captures")
    page.goto(f"{desk.address}/captures/{desk.site.device}/0/0")
    page.wait_for_selector("[data-state=ready]")
    assert "a gun" in page.inner_text("#why")
    assert actions(desk, "log-in-passkey") == ["done"]
    desk.open(page, "/account")
    page.click("#passkeys button")
    page.wait_for_selector("#passkeys .hint")
    page.click("#log-out")
    page.wait_for_url(desk.address + "/")
    page.fill("#name", OFFICER)
    page.click("#use-passkey")
    page.wait_for_selector("#problem:not([hidden])")
    assert "passphrase works as before" in page.inner_text("#problem")
    page.context.close()


def test_leave_cover_from_the_browser(desk: Desk) -> None:
    """Kim seals his case to lee in the browser; lee opens the capture; kim ends it, and lee sees nothing any more."""
    lee = desk.log_in("lee")
    desk.open(lee, "/captures")
    assert lee.locator("[data-capture]").count() == 0
    lee.context.close()
    page = desk.log_in(OFFICER)
    desk.open(page, "/team")
    page.select_option("#cover-officer", label="lee")
    with desk.site.server.database.reading() as session:
        expected = accounts.find_officer(session, "lee").id
    shown = page.inner_text("#cover-key")
    listed = {
        one.officer: one.fingerprint for one in accounts.list_accounts(desk.site.server.database, at_the_machine(NOW))
    }
    assert shown == listed[expected]
    page.fill("#cover-passphrase", PASSPHRASE)
    page.click("#cover button")
    page.wait_for_selector("#said:not([hidden])")
    lee = desk.log_in("lee")
    lee.goto(f"{desk.address}/captures/{desk.site.device}/0/0")
    lee.wait_for_selector("[data-state=ready]")
    assert "a gun" in lee.inner_text("#why")
    page.click("#covers button")
    page.wait_for_selector("#covers .hint")
    lee.goto(f"{desk.address}/captures/{desk.site.device}/0/0")
    lee.wait_for_selector("[data-state=failed]")
    assert lee.inner_text("#problem") == "There is no such record. Load this page again", "a sentence, and the way on"
    lee.context.close()
    page.context.close()


def test_a_request_is_made_by_one_and_approved_by_another(desk: Desk) -> None:
    """Kim asks; his own page offers no approval; sam reads exactly what and approves."""
    page = desk.log_in(OFFICER)
    desk.open(page, "/requests")
    page.fill("#reason", "<img src=x onerror=alert(1)> hearing")
    page.click("#ask button")
    page.wait_for_selector("#said:not([hidden])")
    assert page.locator("#requests button").count() == 0
    assert page.locator("#requests img").count() == 0
    page.context.close()
    ask_for_libraries(desk)
    sam = desk.log_in("sam")
    desk.open(sam, "/requests")
    libraries, export = (sam.locator("#requests tr", has_text=words) for words in ("Publish libraries", "hearing"))
    assert "new: slang, severity 4: “<b>strap</b>”" in libraries.inner_text(), "open as long as it waits"
    assert serious(sam) == []
    export.locator("summary").click()
    assert desk.site.device in export.locator("pre").inner_text()
    export.locator("button:text('Approve')").click()
    sam.wait_for_selector("#said:not([hidden])")
    assert "approved" in export.inner_text()
    assert "waiting" in libraries.inner_text()
    sam.context.close()


def ask_for_libraries(desk: Desk) -> None:
    """Ask as the command does, for a file that nobody needs to read here."""
    site = desk.site
    change = {
        "file": "libraries/mine.toml",
        "said": "1 term",
        "lines": ["new: slang, severity 4: “<b>strap</b>”"],
        "more": 2,
    }
    wish = asked_for(site.folder, site.case, {"libraries/mine.toml": b""}, [change])
    with site.server.database.reading() as session:
        kim = Principal(accounts.find_officer(session, OFFICER).id, "", Role.OFFICER, datetime.now(UTC))
    site.server.approvals.ask(kim, replace(wish, reason="New slang"))


def given(desk: Desk, invitation: bytes, folder: Path, request: str) -> None:
    """Give the case as the command does, with the request that was approved."""
    site = desk.site
    giver = give.Giver(OFFICER, PASSPHRASE, site.offline.issuing_key())
    now = datetime.now(UTC)
    give.give(
        site.server, site.case, invitation, ParcelFolder(folder), giver=giver, now=now,
        progress=lambda _done, _all: None, request=request,
    )  # fmt: skip


def test_a_transfer_is_invited_asked_for_followed_and_undone(desk: Desk, tmp_path: Path) -> None:
    """Ann's file is a good invitation; kim asks with the other agency's; sam approves that one; ann takes it back."""
    ann = desk.log_in("ann")
    desk.open(ann, "/transfers")
    ann.check("#officers label:has-text('kim') input")
    with ann.expect_download() as saved:
        ann.click("#invite button")
    made = Path(saved.value.path()).read_bytes()
    ann.wait_for_selector("#invitations .code")
    assert ann.inner_text("#invitations .code") == invitation.fingerprint(made)
    assert [one.name for one in invitation.read_invitation(made, now=datetime.now(UTC)).officers] == [OFFICER]

    with closing(CaseSite(tmp_path / "there", host="north.example")) as there:
        theirs = tmp_path / "theirs.json"
        theirs.write_bytes(invitation.invite(there.server, at_the_machine(datetime.now(UTC)), [OFFICER]))
    kim = desk.log_in(OFFICER)
    desk.open(kim, "/transfers")
    assert kim.locator("#inviting").is_hidden()
    for said, shows in (("0000 0000", "#problem"), (invitation.fingerprint(theirs.read_bytes()), "#said")):
        kim.set_input_files("#file", theirs)
        kim.fill("#fingerprint", said)
        kim.fill("#reason", "Moved house")
        kim.click("#ask button")
        kim.wait_for_selector(f"{shows}:not([hidden])")
    assert "north.example" in kim.inner_text("#said")
    kim.context.close()

    sam = desk.log_in("sam")
    desk.open(sam, "/transfers")
    assert invitation.fingerprint(theirs.read_bytes()) in sam.inner_text("#requests")
    sam.click("#requests button:text('Approve')")
    sam.wait_for_selector("#requests .command")
    (asked,) = [one for one in desk.site.server.approvals.all(at_the_machine(NOW)) if one.kind is Kind.TRANSFER]
    assert f"give {desk.site.case}" in sam.inner_text("#requests code")
    assert f"--request {asked.request}" in sam.inner_text("#requests code")
    assert str(desk.site.folder.root) not in sam.inner_text("main"), "where things lie is told to administrators"
    assert serious(sam) == []
    sam.context.close()

    given(desk, theirs.read_bytes(), tmp_path / "parcel", asked.request)
    desk.open(ann, "/transfers")
    row = ann.locator("#transfers tr", has_text=desk.site.case)
    assert "north.example" in row.inner_text()
    assert "has not moved yet" in row.inner_text()
    assert serious(ann) == []
    ann.on("dialog", lambda dialog: dialog.accept())
    row.locator("button:text('Undo')").click()
    ann.wait_for_selector("#said:not([hidden])")
    assert "here as before" in ann.inner_text("#said")
    assert row.count() == 0
    assert actions(desk, "undo-transfer") == ["done"]
    ann.context.close()


def test_an_account_is_offered_and_made_by_its_owner(desk: Desk) -> None:
    """Ann never sees the passphrase; a wrong code and two passphrases that differ are told; the account works."""
    ann = desk.log_in("ann")
    desk.open(ann, "/accounts")
    ann.fill("#name", "new <b>officer</b>")
    ann.click("#offer button")
    ann.wait_for_selector("#made:not([hidden])")
    code = ann.inner_text("#code")
    page = desk.page()
    page.goto(ann.inner_text("#address"))
    for typed in ("wrong-code", code):
        page.fill("#code", typed)
        page.click("#offer button")
        page.wait_for_selector("#problem:not([hidden])" if typed != code else "#make:not([hidden])")
    assert page.inner_text("#name") == "new <b>officer</b>"
    page.fill("#passphrase", PASSPHRASE)
    page.fill("#again", "something else entirely")
    page.click("#make button")
    page.wait_for_selector("#problem:not([hidden])")
    assert "not the same" in page.inner_text("#problem")
    page.fill("#again", PASSPHRASE)
    page.click("#make button")
    page.wait_for_url(desk.address + "/")
    page.context.close()
    made = desk.log_in("new <b>officer</b>")
    desk.open(made, "/account")
    shown = made.inner_text("#fingerprint")
    made.context.close()
    desk.open(ann, "/accounts")
    row = ann.locator("#accounts tr", has_text="new <b>officer</b>")
    assert shown in row.inner_text()
    row.locator("select").select_option("supervisor")
    row.locator("button:text('Change')").click()
    ann.wait_for_selector("#said:not([hidden])")
    assert {"make-account-code", "join", "set-role"} <= {
        one.action for one in audit_search.search(desk.site.server.database, audit_search.Question(), limit=100)
    }
    ann.context.close()


def test_the_passphrase_is_changed_by_its_owner(desk: Desk) -> None:
    """With the old one; other sessions end, the key stays, the old passphrase is worth nothing any more."""
    made = desk.site.server.officers.add("pat", PASSPHRASE, now=datetime.now(UTC), entropy=entropy)
    other, page = desk.log_in("pat"), desk.log_in("pat")
    desk.open(page, "/account")
    shown = page.inner_text("#fingerprint")
    for old, new, said in (
        ("a wrong passphrase", "other words in here", "wrong passphrase"),
        (PASSPHRASE, "aaaaaaaaaaaaaa", "different"),
        (PASSPHRASE, "other words in here", ""),
    ):
        page.fill("#old", old)
        page.fill("#new", new)
        page.fill("#again", new)
        page.click("#change button:text('Change')")
        page.wait_for_selector("#problem:not([hidden])" if said else "#said:not([hidden])")
        assert said in page.inner_text("#problem")
    other.goto(desk.address + "/account")
    other.wait_for_url("**/session-ended")
    page.click("#log-out")
    page.wait_for_url(desk.address + "/")
    page.fill("#name", "pat")
    page.fill("#passphrase", "other words in here")
    page.click("#log-in")
    page.wait_for_url("**/captures")
    desk.open(page, "/account")
    assert page.inner_text("#fingerprint") == shown
    assert "change-passphrase" in {
        one.action for one in audit_search.search(
            desk.site.server.database, audit_search.Question(actor=made), limit=100)
    }  # fmt: skip
    for one in (other, page):
        one.context.close()


def test_duty_is_planned_by_the_supervisor(desk: Desk) -> None:
    """Sam puts lee on duty and takes him off again; lee sees it and cannot."""
    sam = desk.log_in("sam")
    desk.open(sam, "/team")
    sam.select_option("#plan-officer", label="lee")
    sam.click("#plan button")
    sam.wait_for_selector("#duty button")
    lee = desk.log_in("lee")
    desk.open(lee, "/team")
    assert "lee" in lee.inner_text("#duty")
    assert lee.locator("#duty button").count() == 0
    assert lee.is_hidden("#plan")
    sam.click("#duty button")
    sam.wait_for_selector("#duty .hint")
    for page in (sam, lee):
        page.context.close()


def test_an_officer_takes_a_device_in(desk: Desk) -> None:
    """The string is one that an agent reads; the authority is told in words, each condition with what serves it."""
    page = desk.log_in(OFFICER)
    desk.open(page, "/devices")
    page.click("#join button")
    page.wait_for_selector("#made:not([hidden])")
    parsed = parse_string(page.inner_text("#enrolment"))
    assert parsed.server == desk.address
    page.click("#devices button:text('in force')")
    page.wait_for_selector("#shown:not([hidden])")
    assert "No weapons. Served by: weapons." in page.inner_text("#authority")
    page.context.close()


def test_the_auditor_searches_and_checks_the_chain(desk: Desk) -> None:
    """His log-in leads there; his own search is an entry; he gets no captures, others not his page."""
    page = desk.log_in("ada")
    page.wait_for_url("**/audit")
    page.wait_for_selector("main[data-state=ready]")
    assert "holds" in page.inner_text("#chain")
    page.fill("#action", "log-in")
    page.click("#search button")
    page.wait_for_function(
        "() => [...document.querySelectorAll('#entries tr')].every(row => row.cells[3]?.innerText === 'log-in')"
    )
    assert page.locator("#entries tr").count() > 1
    assert "done" in actions(desk, "search-audit")
    assert page.locator("nav a[href='/captures']").count() == 0
    page.context.close()
    other = desk.log_in(OFFICER)
    answer = other.goto(desk.address + "/audit")
    assert answer.status == 404
    assert actions(desk, "open-page")[0] == "refused"
    other.context.close()
    ann = desk.log_in("ann")
    ann.wait_for_url("**/accounts")
    ann.wait_for_selector("main[data-state=ready]")
    assert "ada" in ann.inner_text("#accounts")
    ann.context.close()

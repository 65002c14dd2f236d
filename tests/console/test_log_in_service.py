"""Log-in at an agency's own service, in a real browser, against a provider on loopback; what must not count."""

import os
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwk

from overt.demo import officer
from overt.demo.browser import headless_browser, playwright
from server_stub import audit_search
from server_stub.accounts import find_officer
from server_stub.errors import RefusedError
from server_stub.log_in_service import LogInService
from server_stub.server import entropy
from server_stub.settings import LogInSettings
from tests.console.browser import running, window
from tests.console.site import OFFICER, PASSPHRASE, CaseSite, Seed
from tests.server_stub.log_in_provider import CLIENT, SECRET, Provider
from tests.server_stub.log_in_provider import running as answering

pytestmark = pytest.mark.screen


@pytest.fixture
def site(tmp_path: Path) -> Iterator[CaseSite]:
    """Return a server with a case and a capture, and a second account without any."""
    with closing(CaseSite(tmp_path, host="localhost")) as found:
        found.server.officers.add("lee", PASSPHRASE, now=datetime.now(UTC), entropy=entropy)
        found.add([Seed("A page", "a gun")])
        yield found


@pytest.fixture
def provider(site: CaseSite) -> Iterator[Provider]:
    """Return a running provider that shows the server's own certificate."""
    with answering(Provider(), site.folder.tls_certificate, site.folder.tls_key) as found:
        yield found


@pytest.fixture
def settings(site: CaseSite, provider: Provider) -> Iterator[None]:
    """Have the next server processes know the provider."""
    names = {"ISSUER": provider.issuer, "CLIENT_ID": CLIENT, "CLIENT_SECRET": SECRET,
             "CA": str(site.folder.ca_certificate)}  # fmt: skip
    names = {f"OVERT_SERVER_LOG_IN__{name}": value for name, value in names.items()}
    os.environ.update(names)
    yield
    for name in names:
        del os.environ[name]


def actions(site: CaseSite, action: str) -> list[str]:
    found = audit_search.search(site.server.database, audit_search.Question(action=action), limit=100)
    return [one.outcome for one in found]


def press(page: Any, button: str) -> None:
    page.wait_for_selector(f"{button}:not([hidden])")
    page.click(button)


@pytest.mark.usefixtures("settings")
def test_an_officer_connects_once_and_is_logged_in_from_then_on(site: CaseSite, provider: Provider) -> None:
    """A stranger gets nothing; connected, the service logs in and the passphrase unlocks; then it is disconnected."""
    with running(site) as address, playwright() as driver:
        named = address.replace("127.0.0.1", "localhost")
        browser = headless_browser(driver, trusted_key=officer.public_key_hash(named, site.folder.ca_certificate))
        page = window(browser)
        page.goto(named)
        press(page, "#use-service")
        page.wait_for_selector(".problem:not([hidden])")
        assert "no account here is connected" in page.inner_text(".problem")
        page.goto(named)
        officer.log_in(page, OFFICER, PASSPHRASE)
        page.goto(named + "/account")
        press(page, "#connect")
        page.wait_for_url("**/account")
        page.wait_for_function("() => document.getElementById('connected').textContent.includes('is connected')")
        page.click("#log-out")
        page.wait_for_url(named + "/")

        press(page, "#use-service")
        page.wait_for_url("**/unlock")
        page.wait_for_function("() => document.getElementById('name').textContent === 'kim'")
        page.fill("#passphrase", "a wrong passphrase")
        page.click("#form button")
        page.wait_for_selector("#problem:not([hidden])")
        page.fill("#passphrase", PASSPHRASE)
        page.click("#form button")
        page.wait_for_url("**/captures")
        page.goto(f"{named}/captures/{site.device}/0/0")
        page.wait_for_selector("main[data-state=ready]")
        assert "a gun" in page.inner_text("#why")

        page.goto(named + "/account")
        press(page, "#disconnect")
        page.wait_for_selector("#said:not([hidden])")
        browser.close()
    assert actions(site, "log-in-service") == ["done", "refused"]
    assert actions(site, "connect-log-in") == actions(site, "disconnect-log-in") == ["done"]


class Way:
    """The service without a browser: a way begun, and what the provider would send back."""

    def __init__(self, site: CaseSite, provider: Provider) -> None:
        wanted = LogInSettings(
            issuer=provider.issuer, client_id=CLIENT, client_secret=SECRET, ca=str(site.folder.ca_certificate)
        )
        self.service = LogInService(site.server.database, wanted, redirect=lambda: "https://localhost/answer")
        self.provider = provider

    def go(self, now: datetime, officer_id: str | None = None) -> tuple[str, str, str]:
        """Return state, code and the browser's cookie."""
        begun = self.service.begin(now, officer=officer_id)
        asked = {name: values[0] for name, values in parse_qs(urlsplit(begun.address).query).items()}
        code = f"code-{len(self.provider.codes)}-{asked['state'][:8]}"
        self.provider.codes[code] = asked
        return asked["state"], code, begun.browser


def test_answers_that_must_not_count(site: CaseSite, provider: Provider) -> None:
    """Another audience, issuer, nonce, time, key, algorithm; another browser; twice; too late: no session, noted."""
    way, now = Way(site, provider), datetime.now(UTC)
    with site.server.database.reading() as session:
        kim = find_officer(session, OFFICER).id
    state, code, browser = way.go(now, kim)
    assert way.service.answer(state, code, browser, now=now).session is None
    state, code, browser = way.go(now)
    assert way.service.answer(state, code, browser, now=now).session is not None
    with pytest.raises(RefusedError):
        way.service.answer(state, code, browser, now=now)  # once

    seconds = int(now.timestamp())
    honest = provider.key
    for spoil in (
        {"aud": "another"}, {"aud": [CLIENT, "another"]}, {"iss": "https://localhost:1"}, {"nonce": "0" * 43},
        {"exp": seconds - 3600}, {"iat": seconds + 3600}, {"sub": ""}, {"sub": 5}, {"azp": "another"}, {"sub": "other"},
    ):  # fmt: skip
        provider.spoil = spoil
        state, code, browser = way.go(now)
        with pytest.raises(RefusedError):
            way.service.answer(state, code, browser, now=now)
    provider.spoil = {}
    provider.published, provider.key = honest, jwk.RSAKey.generate_key(2048, {"kid": "one"})
    refused_forged = way.go(now)
    with pytest.raises(RefusedError):
        way.service.answer(*refused_forged, now=now)
    provider.key, provider.algorithm = jwk.OctKey.import_key("0" * 64, {"kid": "one"}), "HS256"
    confused = way.go(now)
    with pytest.raises(RefusedError):
        way.service.answer(*confused, now=now)
    provider.key, provider.algorithm, provider.published = honest, "RS256", None

    state, code, _ = way.go(now)
    with pytest.raises(RefusedError):
        way.service.answer(state, code, "another browser", now=now)
    late = way.go(now.replace(year=now.year - 1))
    with pytest.raises(RefusedError):
        way.service.answer(*late, now=now)
    provider.named_issuer = "https://localhost:2"
    with pytest.raises(RefusedError):
        Way(site, provider).go(now)
    assert actions(site, "log-in-service").count("done") == 1
    assert actions(site, "log-in-service").count("refused") >= 13

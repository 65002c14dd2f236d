"""Devices over time: a second one, one that is revoked, a machine that was rebuilt; always a key, never a name."""

import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.enrol import enrol
from agent.errors import DeliveryError
from agent.spool import Number
from agent.state import StateFolder
from agent.transport import HttpTransport
from evidence.authority import read_authority
from evidence.envelope import parse
from evidence.errors import EvidenceError
from evidence.keys import generate_signing_key, load_signing_key, verifying_key
from evidence.ledger import head_of
from server_stub import authorities, devices
from server_stub.access import Principal, Role
from server_stub.accounts import find_officer
from server_stub.authorities import Standing
from server_stub.enrolment import MOST_FAILURES, enrolment_string
from server_stub.errors import NotFoundError, SignInError, UnacceptableError
from server_stub.server import entropy
from server_stub.setup import OfflineFolder
from server_stub.tables import AuditEntry, Departure, EnrolmentCode
from tests.console.browser import running
from tests.console.site import OFFICER, PASSPHRASE, CaseSite, Seed
from tests.server_stub.delivering import DeliveringDevice, answering

NOW = datetime.now(UTC)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[CaseSite]:
    """Return a server with one officer, case and device."""
    with closing(CaseSite(tmp_path)) as found:
        yield found


def who(site: CaseSite, name: str = OFFICER) -> Principal:
    with site.server.database.reading() as session:
        found = find_officer(session, name)
        return Principal(found.id, "", Role(found.role), datetime.now(UTC))


def new_key() -> bytes:
    return verifying_key(generate_signing_key(secrets.token_bytes))


def test_a_second_device_of_one_person(site: CaseSite) -> None:
    """Both belong to the case, each with its own key and chain; the officer sees both."""
    code = site.server.enrolment.make_code(who(site), site.case)
    second = site.server.enrolment.enrol(code, new_key(), now=NOW)
    assert second.case == site.case
    listed = devices.list_devices(site.server.database, who(site))
    assert {one.device for one in listed} == {site.device, second.device}
    assert len({one.fingerprint for one in listed}) == 2
    assert all(one.revoked_at is None and one.replaces is None for one in listed)


def test_a_code_closes_after_five_wrong_tries(site: CaseSite) -> None:
    """The right one is refused then as well; and a code is 128 bits of secret that the database does not hold."""
    code = site.server.enrolment.make_code(who(site), site.case)
    number, _, secret = code.partition("-")
    assert len(bytes.fromhex(secret)) == 16
    for wrong in range(MOST_FAILURES):
        with pytest.raises(SignInError):
            site.server.enrolment.enrol(f"{number}-{wrong:032x}", new_key(), now=NOW)
    with pytest.raises(SignInError):
        site.server.enrolment.enrol(code, new_key(), now=NOW)
    with site.server.database.reading() as session:
        assert secret.encode() not in session.get_one(EnrolmentCode, number).secret_hash
        assert session.query(AuditEntry).filter_by(action="enrol", outcome="refused").count() == MOST_FAILURES + 1


def test_one_code_one_device(site: CaseSite) -> None:
    """Used up by the first."""
    code = site.server.enrolment.make_code(who(site), site.case)
    site.server.enrolment.enrol(code, new_key(), now=NOW)
    with pytest.raises(SignInError):
        site.server.enrolment.enrol(code, new_key(), now=NOW)


def test_a_code_from_before_its_case_was_given_away_enrols_nothing(site: CaseSite) -> None:
    """The device would report here, where nothing may be watched any more, and the other server would not know it."""
    code = site.server.enrolment.make_code(who(site), site.case)
    with site.server.database.writing() as session:
        session.add(Departure(case_id=site.case, invitation=b"", given_at=NOW, by_id="officer-1"))
    with pytest.raises(UnacceptableError, match="given to another server"):
        site.server.enrolment.enrol(code, new_key(), now=NOW)


def test_codes_are_for_ones_own_cases(site: CaseSite) -> None:
    """Another officer makes none for this case, and none that continues a device of another case."""
    site.server.officers.add("lee", PASSPHRASE, now=NOW, entropy=entropy)
    with pytest.raises(NotFoundError):
        site.server.enrolment.make_code(who(site, "lee"), site.case)
    with pytest.raises(NotFoundError):
        site.server.enrolment.make_code(who(site), site.case, replaces="device-of-another-case")
    with pytest.raises(NotFoundError):
        devices.revoke(site.server.database, who(site, "lee"), site.device)
    assert devices.list_devices(site.server.database, who(site, "lee")) == []


def test_a_rebuilt_machine_continues_the_case(site: CaseSite) -> None:
    """It has a new key and a new chain; the old key is good for nothing; the terms of its authority are renewed."""
    now = datetime.now(UTC)
    site.add([Seed("Before", "a gun")])
    code = site.server.enrolment.make_code(who(site), site.case, replaces=site.device)
    old, rebuilt = site.device, site.server.enrolment.enrol(code, new_key(), now=now)
    before, after = devices.list_devices(site.server.database, who(site))
    assert (before.device, after.device, after.replaces) == (old, rebuilt.device, old)
    assert before.revoked_at == now
    wish = authorities.renewal(site.server.database, after.device, days=5, issuer_key=site.folder.issuer_key())
    key = OfflineFolder(site.folder.root.parent / "offline").issuing_key()
    authorities.issue(site.server.database, wish, issuing_key=key, now=now)
    file = authorities.newest(site.server.database, after.device)
    terms = read_authority(file, issuer_key=site.folder.issuer_key()).terms
    assert (terms.device, terms.case, terms.accounts) == (after.device, site.case, ("alex",))
    with pytest.raises(UnacceptableError, match="revoked"):
        authorities.issue(
            site.server.database,
            authorities.renewal(site.server.database, old, days=5, issuer_key=site.folder.issuer_key()),
            issuing_key=key,
            now=now,
        )
    assert len(site.server.review.captures(who(site), before=None, limit=9, now=now)) == 1, "what it sent stays"


def test_a_withdrawn_authority_permits_no_later_capture(site: CaseSite) -> None:
    """What was captured before is kept; what is captured after is not, whatever the device thinks."""
    key = OfflineFolder(site.folder.root.parent / "offline").issuing_key()
    site.add([Seed("Before", "a gun")])
    authorities.withdraw(
        site.server.database,
        site.authority[:20],
        "Consent taken back",
        issuing_key=key,
        now=site.begin + timedelta(seconds=2),
    )
    site.add([Seed("Within the minute of grace", "a gun")])
    site.begin += timedelta(minutes=2)
    late = site.seal(Seed("After", "a gun"))
    with pytest.raises(UnacceptableError, match="after its authority was withdrawn"):
        site.server.ingest.put(site.last_place, late.envelope, digest=late.digest, now=NOW)
    (listed,) = authorities.listed(site.server.database, who(site), issuer_key=site.folder.issuer_key())
    assert (listed.standing, listed.reason) == (Standing.WITHDRAWN, "Consent taken back")


def test_a_capture_after_the_withdrawal_holds_no_delivery_up(site: CaseSite, tmp_path: Path) -> None:
    """A device that was away hears of it late: over the wire, with the agent's own delivery."""
    device = DeliveringDevice(site, tmp_path / "spool", 1)
    key = OfflineFolder(site.folder.root.parent / "offline").issuing_key()
    at = site.begin + timedelta(seconds=2)
    authorities.withdraw(site.server.database, site.authority[:20], "Consent taken back", issuing_key=key, now=at)
    site.begin += timedelta(minutes=2)
    late = site.seal(Seed("After", "a gun"))
    device.spool.put(Number(0, site.last_place.seq), late.envelope, head_of(parse(late.envelope).header))
    with answering(site.server) as address, closing(device.transport(address)) as transport:
        delivery = device.uploader(transport, lambda upper: upper)
        while delivery.deliver_next():
            pass
    assert (delivery.state.count, len(device.spool), device.spool.refused) == (1, 0, 1)


@pytest.mark.parametrize("digest", ["", "zz", "0" * 64])
def test_an_authority_that_is_not_there_is_not_withdrawn(site: CaseSite, digest: str) -> None:
    """No digest fits everything."""
    key = OfflineFolder(site.folder.root.parent / "offline").issuing_key()
    with pytest.raises(NotFoundError):
        authorities.withdraw(site.server.database, digest, "Reason", issuing_key=key, now=NOW)


def test_one_paste_joins_over_the_network_and_revoked_it_is_out(site: CaseSite, tmp_path: Path) -> None:
    """The string is all a machine needs; both sides show one fingerprint; revoked, every signed request is refused."""
    with running(site) as address:
        code = site.server.enrolment.make_code(who(site), site.case)
        state = StateFolder(tmp_path / "state")
        joined = enrol(enrolment_string(site.folder, code), state, entropy=secrets.token_bytes)
        listed = devices.list_devices(site.server.database, who(site))[-1]
        assert (listed.device, listed.fingerprint) == (joined.enrolment.device, joined.fingerprint)
        key = load_signing_key(state.device_key_file.read_bytes())
        transport = HttpTransport(
            address, state.ca_file, device=listed.device, device_key=key, entropy=secrets.token_bytes
        )
        assert transport.fetch_authority() is None
        devices.revoke(site.server.database, who(site), listed.device)
        with pytest.raises((DeliveryError, EvidenceError), match="revoked"):
            transport.fetch_authority()
        transport.close()


def test_the_command_prints_what_the_agent_takes(site: CaseSite, tmp_path: Path) -> None:
    """`device code --replaces`, pasted into `agent enrol`: the old one is revoked, the new one goes on."""
    data = ["--data", str(site.folder.root)]

    def overt(*words: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "overt", *words], check=True, capture_output=True, text=True
        ).stdout

    with running(site):
        said = overt("server", "device", "code", "--case", site.case, "--replaces", site.device, *data)
        string = said.split()[-1]
        assert string.startswith("overt1:127.0.0.1:")
        overt("agent", "enrol", string, "--state", str(tmp_path / "state"), "--key-store", "file")
    before, after = overt("server", "device", "list", *data).splitlines()
    assert " revoked " in before
    assert after.endswith(f"continues {site.device}")

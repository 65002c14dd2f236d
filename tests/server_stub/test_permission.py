"""Who may join and what may be kept: codes that grew old, authorities that ended, two people with one name."""

import secrets
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evidence import envelope
from evidence.envelope import Kind, Part
from evidence.keys import generate_signing_key, verifying_key
from evidence.permission import SEALING
from server_stub import cases
from server_stub.access import Principal, Role
from server_stub.accounts import at_the_machine
from server_stub.enrolment import LIFE
from server_stub.errors import SignInError, UnacceptableError
from server_stub.ingest import Ingested
from server_stub.place import Place
from server_stub.server import entropy
from server_stub.tables import AuditEntry, AuthorityFile, Device
from tests.console.site import PASSPHRASE, CaseSite, Seed
from tests.server_stub.conftest import NewDatabase

DAYS = timedelta(days=30)
MOMENT = timedelta(milliseconds=1)


@pytest.fixture
def site(tmp_path: Path, new_database: NewDatabase) -> Iterator[CaseSite]:
    """Return a server with one officer, case and device; its authority is good for thirty days."""
    with closing(CaseSite(tmp_path, database=new_database())) as found:
        yield found


def put(site: CaseSite, when: datetime, kind: Kind = Kind.CAPTURE, authority: str = "") -> Ingested:
    """Have a record taken in that was made at some moment, under an authority."""
    seed = Seed("A page", "a gun")
    fields = replace(site.fields(seed, seq=0, prev="0" * 64), time=when, kind=kind)
    if authority:
        fields = replace(fields, authority=authority)
    parts = site.parts(seed) if kind is Kind.CAPTURE else [Part("meta", b"{}")]
    sealed = envelope.seal(fields, parts, site.recipients, site.device_key, entropy=secrets.token_bytes)
    return site.server.ingest.put(Place(site.device, 0, 0), sealed.envelope, digest=sealed.digest, now=when)


@pytest.mark.parametrize("after", [-SEALING, timedelta(0), DAYS - MOMENT, DAYS + SEALING - MOMENT])
def test_a_capture_within_its_authority_is_kept(site: CaseSite, after: timedelta) -> None:
    """From the first moment to the last, and a minute of grace for what was begun in time."""
    assert put(site, site.begin + after).new


@pytest.mark.parametrize("after", [-SEALING - timedelta(seconds=2), DAYS + SEALING + timedelta(seconds=2)])
def test_a_capture_outside_its_authority_is_refused(site: CaseSite, after: timedelta) -> None:
    """Not begun, or over: the server does not keep it whatever the device thinks."""
    with pytest.raises(UnacceptableError, match="outside the time"):
        put(site, site.begin + after)


def test_that_it_ended_may_be_told(site: CaseSite) -> None:
    """An event from after the end is kept: it says that the device stopped."""
    assert put(site, site.begin + DAYS + timedelta(days=1), Kind.EVENT).new


def test_an_authority_that_was_never_issued_permits_nothing(site: CaseSite) -> None:
    """Unknown, or another device's."""
    with pytest.raises(UnacceptableError, match="not issued for this device"):
        put(site, site.begin, authority="ab" * 32)
    other = _enrol(site, site.case)
    with site.server.database.writing() as session:
        session.add(AuthorityFile(digest="cd" * 32, device_id=other, file=b"{}", added_at=site.begin))
    with pytest.raises(UnacceptableError, match="not issued for this device"):
        put(site, site.begin, authority="cd" * 32)


@pytest.mark.parametrize(("age", "good"), [(LIFE - MOMENT, True), (LIFE, False)])
def test_a_code_grows_old(site: CaseSite, age: timedelta, *, good: bool) -> None:
    """Fifteen minutes, and not a moment more; the refusal is in the audit record."""
    code = site.server.enrolment.make_code(at_the_machine(site.begin), site.case)
    key = verifying_key(generate_signing_key(secrets.token_bytes))
    if good:
        assert site.server.enrolment.enrol(code, key, now=site.begin + age).case == site.case
        return
    with pytest.raises(SignInError, match="too old"):
        site.server.enrolment.enrol(code, key, now=site.begin + age)
    with site.server.database.reading() as session:
        assert session.query(AuditEntry).filter_by(action="enrol", outcome="refused").count() == 1
        assert session.query(Device).count() == 1


def test_two_people_with_one_account_name_never_mix(site: CaseSite) -> None:
    """Both computers have an account "alex"; neither officer is given anything of the other's."""
    now = datetime.now(UTC)
    other_officer = site.server.officers.add("lee", PASSPHRASE, now=now, entropy=entropy)
    other_case = cases.open_case(site.server.database, ["lee"], now=now, entropy=entropy)
    other_device = _enrol(site, other_case)
    site.add([Seed("A page", "a gun")])
    lee = Principal(other_officer, "", Role.OFFICER, now)
    assert {one.device for one in site.server.review.devices(lee)} == {other_device}
    assert site.server.review.captures(lee, before=None, limit=10, now=now) == []
    mine = site.seal(Seed("Another page", "a gun"))
    with pytest.raises(UnacceptableError, match="another place"):
        site.server.ingest.put(Place(other_device, 0, 1), mine.envelope, digest=mine.digest, now=now)


def _enrol(site: CaseSite, case: str) -> str:
    code = site.server.enrolment.make_code(at_the_machine(site.begin), case)
    key = verifying_key(generate_signing_key(secrets.token_bytes))
    return site.server.enrolment.enrol(code, key, now=site.begin).device

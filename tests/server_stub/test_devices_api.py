"""The devices' side of a running server, over TLS: who may speak, what is taken, what is refused and how."""

import secrets
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from agent import enrol as joining
from agent.errors import DeliveryError, EnrolmentError, GapError
from agent.state import StateFolder
from agent.transport import HttpTransport
from agent.witness import Witness
from evidence import envelope
from evidence.keys import generate_signing_key, verifying_key
from evidence.receipt import verify_receipt
from evidence.request import sign_request
from server_stub import checkpoints
from server_stub.accounts import at_the_machine
from server_stub.certificates import fingerprint
from server_stub.devices import list_devices
from server_stub.tables import AuditEntry, Record
from tests.console.browser import running
from tests.console.site import CaseSite, Seed
from tests.server_stub.conftest import NewDatabase


class Api:
    """A running server as a device meets it."""

    def __init__(self, site: CaseSite, address: str) -> None:
        self.site = site
        self.address = address
        self.trust = ssl.create_default_context(cafile=str(site.folder.ca_certificate))
        self.client = httpx2.Client(base_url=address, verify=self.trust, timeout=60)

    def transport(self) -> HttpTransport:
        """Return the agent's own connection."""
        return HttpTransport(
            self.address,
            self.site.folder.ca_certificate,
            device=self.site.device,
            device_key=self.site.device_key,
            entropy=secrets.token_bytes,
        )

    def signed(self, method: str, path: str, body: bytes, **changes: object) -> Mapping[str, str]:
        """Return the headers of a signed request, with changes to what is signed."""
        arguments = {
            "device": self.site.device,
            "device_key": self.site.device_key,
            "now": datetime.now(UTC),
            "entropy": secrets.token_bytes,
        } | changes
        return dict(sign_request(method, path, body, **arguments).items())  # type: ignore[arg-type]

    def path(self, seq: int, epoch: int = 0) -> str:
        """Return the address of a record."""
        return f"/v1/devices/{self.site.device}/records/{epoch}/{seq}"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, new_database: NewDatabase) -> Iterator[Api]:
    """Return a running server with one record of the device."""
    with closing(CaseSite(tmp_path_factory.mktemp("site"), database=new_database())) as site:
        site.add([Seed("A page", "a gun")])
        with running(site) as address:
            found = Api(site, address)
            yield found
            found.client.close()


def test_a_device_keeps_checkpoints_that_go_on(api: Api, tmp_path: Path) -> None:
    """None at first; then one, and with more records the next with its proof, over the wire and into the folder."""
    transport = api.transport()
    witness = Witness(tmp_path, device=api.site.device, receipt_key=verifying_key(api.site.server.folder.receipt_key()))
    assert transport.fetch_checkpoint(0) is None
    sizes = []
    for _ in range(3):
        api.site.add([Seed("A page", "a gun")])
        checkpoints.sign_all(api.site.server.folder, api.site.server.database, now=datetime.now(UTC))
        assert witness.ask(transport) == ""
        kept = witness.newest()
        assert kept is not None
        sizes.append(kept.checkpoint.size)
    assert sizes == sorted(set(sizes))
    with pytest.raises(DeliveryError, match="no checkpoint fixes"):
        transport.fetch_checkpoint(1000)
    transport.close()


def test_a_record_is_taken_once_and_signed_for_each_time(api: Api) -> None:
    """The same bytes again: the same receipt, one row."""
    data = api.site.seal(Seed("Another", "a gun"))
    place = api.site.last_place
    transport = api.transport()
    first = transport.put_record(place.epoch, place.seq, data.envelope)
    again = transport.put_record(place.epoch, place.seq, data.envelope)
    transport.close()
    assert first.receipt == again.receipt
    receipt_key = verifying_key(api.site.folder.receipt_key())
    verify_receipt(first, receipt_key, device=api.site.device, epoch=place.epoch, seq=place.seq, record=data.digest)
    with api.site.server.database.reading() as session:
        assert session.query(Record).filter_by(seq=place.seq).count() == 1


def test_a_request_counts_once(api: Api) -> None:
    """The very same signed request is refused the second time."""
    path = f"/v1/devices/{api.site.device}/authority"
    headers = api.signed("GET", path, b"")
    assert api.client.get(path, headers=headers).status_code == 200
    again = api.client.get(path, headers=headers)
    assert (again.status_code, again.json()["error"]) == (401, "this request was received before")


@pytest.mark.parametrize(
    "changes",
    [
        {"device_key": generate_signing_key(secrets.token_bytes)},
        {"device": "device-unknown"},
        {"now": timedelta(minutes=-10)},
        {"now": timedelta(minutes=10)},
    ],
    ids=["another key", "another device", "an old request", "a request from the future"],
)
def test_who_is_not_the_device_is_refused(api: Api, changes: dict[str, object]) -> None:
    """401, and nothing about why that would help an attacker."""
    path = f"/v1/devices/{api.site.device}/authority"
    moved = {name: datetime.now(UTC) + by for name, by in changes.items() if isinstance(by, timedelta)}
    assert api.client.get(path, headers=api.signed("GET", path, b"", **(changes | moved))).status_code == 401


def test_a_changed_body_is_refused(api: Api) -> None:
    """The signature covers the bytes."""
    path = api.path(99)
    answer = api.client.put(path, content=b"other bytes", headers=api.signed("PUT", path, b"signed bytes"))
    assert answer.status_code == 401


def test_no_signature_no_answer(api: Api) -> None:
    """Plain requests get nothing."""
    assert api.client.get(f"/v1/devices/{api.site.device}/authority").status_code == 401
    assert api.client.put(api.path(0), content=b"x").status_code == 401


def put(api: Api, seq: int, body: bytes) -> httpx2.Response:
    path = api.path(seq)
    return api.client.put(path, content=body, headers=api.signed("PUT", path, body))


def test_what_is_no_record_is_refused(api: Api) -> None:
    """Noise, a cut envelope, a header that names another place: 422, and the server lives."""
    sealed = api.site.seal(Seed("Page", "a gun"), keep=False)
    for body in (b"noise", sealed.envelope[:-1], sealed.envelope + b"\0"):
        assert put(api, api.site.seq, body).status_code == 422
    assert put(api, api.site.seq + 5, sealed.envelope).status_code == 422
    flipped = bytearray(sealed.envelope)
    flipped[-1] ^= 1
    assert put(api, api.site.seq, bytes(flipped)).status_code == 422
    assert api.client.get("/v1/health").status_code == 200


def test_too_much_is_refused_before_it_is_read(api: Api) -> None:
    """A body over the limit is refused by its announced length."""
    path = api.path(7)
    lines = [f"PUT {path} HTTP/1.1", "host: 127.0.0.1", f"content-length: {65 * 2**20}"]
    lines += [f"{name}: {value}" for name, value in api.signed("PUT", path, b"").items()]
    host, port = api.address.removeprefix("https://").split(":")
    with (
        socket.create_connection((host, int(port)), timeout=60) as plain,
        api.trust.wrap_socket(plain, server_hostname=host) as connection,
    ):
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 413")


def test_a_gap_is_refused_unless_it_is_declared(api: Api) -> None:
    """409 names what is expected; declared, it is taken and stands in the audit record."""
    lost = api.site.seal(Seed("Lost on the disk", "a gun"))
    missing = api.site.last_place
    kept = api.site.seal(Seed("The one after", "a gun"))
    place = api.site.last_place
    transport = api.transport()
    with pytest.raises(GapError) as caught:
        transport.put_record(place.epoch, place.seq, kept.envelope)
    assert caught.value.expected == missing.seq
    with pytest.raises(DeliveryError):
        transport.put_record(place.epoch, place.seq, kept.envelope, missing=2)
    transport.put_record(place.epoch, place.seq, kept.envelope, missing=1)
    with pytest.raises(DeliveryError, match="409"):
        transport.put_record(missing.epoch, missing.seq, lost.envelope)
    transport.close()
    with api.site.server.database.reading() as session:
        assert session.query(AuditEntry).filter_by(action="gap-declared").count() == 1


def test_another_record_in_a_taken_place_is_refused(api: Api) -> None:
    """Two histories: the second is a conflict, and the first stays."""
    other = envelope.seal(
        api.site.fields(Seed("Forged", "a gun"), seq=0, prev="0" * 64),
        api.site.parts(Seed("Forged", "a gun")),
        api.site.recipients,
        api.site.device_key,
        entropy=secrets.token_bytes,
    )
    assert put(api, 0, other.envelope).status_code == 409
    with api.site.server.database.reading() as session:
        assert session.query(Record).filter_by(seq=0).one().digest != other.digest


def test_an_enrolment_string_works_once(api: Api, tmp_path: Path) -> None:
    """The second device is refused, and both sides show the same fingerprint for the first."""
    string = enrolment_string(api)
    joined = joining.enrol(string, StateFolder(tmp_path / "one"), entropy=secrets.token_bytes)
    pinned = StateFolder(tmp_path / "one").updates / "root.json"
    assert pinned.read_bytes() == api.site.folder.updates_root.read_bytes(), "what signed libraries are checked with"
    assert joined.enrolment.case == api.site.case
    listed = {
        one.device: one.fingerprint for one in list_devices(api.site.server.database, at_the_machine(datetime.now(UTC)))
    }
    assert listed[joined.enrolment.device] == joined.fingerprint
    with pytest.raises(EnrolmentError):
        joining.enrol(string, StateFolder(tmp_path / "two"), entropy=secrets.token_bytes)
    assert not (tmp_path / "two" / "enrolment.json").exists()


def test_guessing_locks_a_code(api: Api, tmp_path: Path) -> None:
    """After five wrong guesses the right code is refused as well."""
    string = enrolment_string(api)
    for guess in range(5):
        wrong = string[:-4] + f"000{guess}"
        with pytest.raises(EnrolmentError):
            joining.enrol(wrong, StateFolder(tmp_path / str(guess)), entropy=secrets.token_bytes)
    with pytest.raises(EnrolmentError):
        joining.enrol(string, StateFolder(tmp_path / "right"), entropy=secrets.token_bytes)


def test_another_server_is_not_trusted(api: Api, tmp_path: Path) -> None:
    """A string made for another certificate ends the enrolment before the code is sent."""
    prefix, _, code = enrolment_string(api).rpartition(":")
    foreign = f"{prefix[:-64]}{'0' * 64}:{code}"
    with pytest.raises(EnrolmentError, match="certificate differs"):
        joining.enrol(foreign, StateFolder(tmp_path / "x"), entropy=secrets.token_bytes)


def enrolment_string(api: Api) -> str:
    code = api.site.server.enrolment.make_code(at_the_machine(datetime.now(UTC)), api.site.case)
    host, port = api.address.removeprefix("https://").split(":")
    return f"overt1:{host}:{port}:{fingerprint(api.site.folder.ca_certificate.read_bytes())}:{code}"

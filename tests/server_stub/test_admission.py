"""What the server takes in hand has a bound; who is turned away comes back when told to, and not with the others."""

import random
import socket
import ssl
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from agent.errors import DeliveryError
from server_stub.admission import LONGEST, SPREAD, USUAL_RATE, Admission, ComeBack
from server_stub.app import OUTAGE, make_app
from server_stub.errors import OverloadedError
from server_stub.routes.common import COOKIE
from server_stub.tables import Record
from tests.console.site import OFFICER, CaseSite
from tests.postgres import Cluster
from tests.server_stub.delivering import DeliveringDevice, Watched, answering
from tests.waiting import wait_until


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@given(crowd=st.integers(100, 20_000), seed=st.integers(0, 1000), least=st.floats(1, 60))
def test_a_crowd_that_was_turned_away_does_not_come_back_as_one(crowd: int, seed: int, least: float) -> None:
    """All in one moment: none sooner than the least, none later than allowed, and evenly over the time between."""
    come_back = ComeBack(clock=Clock(), chance=random.Random(seed).random)
    told = [come_back.seconds(64, least=least) for _ in range(crowd)]
    assert all(least <= seconds <= LONGEST for seconds in told)
    within = [seconds for seconds in told if seconds < LONGEST / 2]
    assert max(Counter(within).values(), default=0) <= USUAL_RATE / SPREAD + 1
    assert max(Counter(told).values()) <= max(USUAL_RATE, 3 * crowd / (LONGEST / 2))


@given(rate=st.integers(5, 500), waiting=st.integers(0, 1000))
def test_the_slower_the_work_and_the_more_wait_the_later(rate: int, waiting: int) -> None:
    """Waiting grows with who waits already, and falls with the records that were stored a second lately."""
    clock = Clock()
    come_back = ComeBack(clock=clock, chance=lambda: 1.0)
    for _ in range(rate * 4):
        clock.now += 1 / rate
        come_back.note_done()
    told = come_back.seconds(waiting)
    assert told <= LONGEST
    assert abs(told - min(LONGEST, 1 + (waiting + SPREAD) / rate)) <= 1 + 0.3 * told
    assert come_back.seconds(waiting) >= told


def test_room_is_kept_until_the_record_is_stored() -> None:
    """Room in bytes is given back also where something fails; beyond it the seconds to wait are said."""
    admission = Admission(most_bytes=100)
    with admission.room(60), admission.room(40), pytest.raises(OverloadedError) as told, admission.room(1):
        pass
    assert 1 <= told.value.seconds <= LONGEST
    with pytest.raises(ValueError, match="broken"), admission.room(100):
        raise ValueError("broken")
    with admission.room(100):
        pass


@pytest.fixture
def site(tmp_path: Path) -> Iterator[CaseSite]:
    """Return a site."""
    with closing(CaseSite(tmp_path / "site")) as found:
        yield found


def test_more_devices_than_can_be_served_are_turned_away_and_all_arrive(site: CaseSite, tmp_path: Path) -> None:
    """Ten agents at once at a server that stores nothing for a while: 503, obeyed; then each record is there once."""
    devices = [DeliveringDevice(site, tmp_path / f"spool-{number}", 3) for number in range(10)]
    server = replace(site.server, admission=Admission(most_waiting=2, chance=lambda: 0.0))
    with answering(server) as address, ExitStack() as open_transports:
        watched = [Watched(open_transports.enter_context(closing(one.transport(address)))) for one in devices]
        uploaders = [one.uploader(line, lambda _: 0.0) for one, line in zip(devices, watched, strict=True)]
        with server.database.writing():  # the disk is busy
            for uploader in uploaders:
                uploader.start()
            assert wait_until(lambda: sum(bool(line.told) for line in watched) == len(devices) - 2)
        assert wait_until(lambda: not any(len(device.spool) for device in devices))
        for uploader in uploaders:
            uploader.finish(30)
    turned_away = [one for line in watched for _, one in line.told if one is not None]
    assert all(isinstance(one, DeliveryError) and "503" in str(one) and one.retry_after for one in turned_away)
    assert all(early >= 0.0 for line in watched for early in line.after_what_was_asked())
    with site.server.database.reading() as session:
        stored = Counter(session.scalars(select(Record.digest)))
    assert stored == Counter(sealed.digest for device in devices for sealed in device.sealed)


def test_a_database_out_of_reach_is_503_and_nothing_is_lost(cluster: Cluster, tmp_path: Path) -> None:
    """PostgreSQL stops and comes back: devices and officers are told to wait, and the same server goes on."""
    with closing(CaseSite(tmp_path / "site", database=cluster.make_database())) as site:
        device = DeliveringDevice(site, tmp_path / "spool", 2)
        with answering(site.server) as address, closing(device.transport(address)) as transport:
            uploader = device.uploader(transport, lambda _: 0.0)
            assert uploader.deliver_next()
            with cluster.stopped():
                with pytest.raises(DeliveryError, match="503: the database does not answer") as told:
                    uploader.deliver_next()
                client = TestClient(make_app(site.server))  # raises what is not answered
                pages = [client.get("/v1/session/lock", params={"name": OFFICER}), client.get("/v1/ready")]
                going = {"accept": "text/html,*/*", "cookie": f"{COOKIE}=of-some-session"}
                shown = client.get("/captures", headers=going)
            assert told.value.retry_after is not None
            assert OUTAGE <= told.value.retry_after <= LONGEST
            assert [page.status_code for page in pages] == [503, 503]
            assert int(pages[0].headers["retry-after"]) >= OUTAGE
            assert (shown.status_code, "Try again</a>" in shown.text) == (503, True), "a person gets a page"
            assert int(shown.headers["retry-after"]) >= OUTAGE
            assert len(device.spool) == 1
            assert uploader.deliver_next()
        with site.server.database.reading() as session:
            assert session.query(Record).filter_by(device_id=device.name).count() == 2


def test_a_body_that_does_not_come_is_given_up(site: CaseSite) -> None:
    """Whoever announces a record and sends a little of it keeps no room for ever: 408, and the room is free again."""
    server = replace(site.server, admission=Admission(most_bytes=1000, patience=0.3))
    request = (
        f"PUT /v1/devices/{site.device}/records/0/0 HTTP/1.1\r\nhost: here\r\ncontent-length: 1000\r\n"
        "signature-input: x\r\nconnection: close\r\n\r\nand no more"
    )
    trust = ssl.create_default_context(cafile=str(site.folder.ca_certificate))
    with answering(server) as address:
        place = ("127.0.0.1", int(address.rpartition(":")[2]))
        with (
            socket.create_connection(place, 60) as plain,
            trust.wrap_socket(plain, server_hostname="127.0.0.1") as told,
        ):
            told.sendall(request.encode())
            assert told.recv(1000).startswith(b"HTTP/1.1 408 ")
        with server.admission.room(1000):
            pass

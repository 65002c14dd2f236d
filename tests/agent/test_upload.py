"""Delivery: in order, deleted on a verified receipt and on nothing else."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.clock import SystemClock
from agent.errors import DeliveryError, OutsideError, RefusedError
from agent.spool import Number, Spool
from agent.transport import seconds_to_wait
from agent.upload import FIRST_WAIT, LONGEST_ASKED, LONGEST_WAIT, REFUSED_WAIT, Uploader, wait_after
from evidence.envelope import Part, parse
from evidence.header import Kind
from evidence.keys import verifying_key
from evidence.receipt import SignedReceipt, sign_receipt
from tests.agent.rig import DEVICE, MemoryServer, Rig


@pytest.fixture
def spool(rig: Rig) -> Spool:
    """Return a spool with five records."""
    found = rig.open_spool()
    recorder = rig.recorder(found)
    for _ in range(5):
        recorder.event("agent-started")
    return found


def uploader(rig: Rig, spool: Spool, server: MemoryServer) -> Uploader:
    return Uploader(
        spool,
        server,
        SystemClock(),
        device=DEVICE,
        receipt_key=verifying_key(rig.receipt_key),
        jitter=lambda upper: upper,
    )


def test_everything_arrives_in_order(rig: Rig, spool: Spool, server: MemoryServer) -> None:
    """The thread empties the spool and then ends."""
    delivery = uploader(rig, spool, server)
    delivery.start()
    delivery.finish(10)
    assert list(server.records) == [(0, seq) for seq in range(5)]
    assert len(spool) == 0
    assert delivery.state.count == 5


def forged_key(server: MemoryServer) -> None:
    server.rig.receipt_key = Rig(server.rig.root / "other").receipt_key


def other_record(server: MemoryServer) -> None:
    honest = server.sign
    server.sign = lambda epoch, seq, data: honest(epoch, seq + 1, data)  # type: ignore[method-assign]


def other_digest(server: MemoryServer) -> None:
    def sign(epoch: int, seq: int, data: bytes) -> SignedReceipt:
        honest = server.receipt(epoch, seq, data)
        return sign_receipt(replace(honest, record="0" * 64), server.rig.receipt_key)

    server.sign = sign  # type: ignore[method-assign]


@pytest.mark.parametrize("spoil", [forged_key, other_record, other_digest])
def test_a_wrong_receipt_deletes_nothing(
    rig: Rig, spool: Spool, server: MemoryServer, spoil: Callable[[MemoryServer], None]
) -> None:
    """A receipt by another key, for another record or of other bytes is no receipt."""
    delivery = uploader(rig, spool, server)
    spoil(server)
    with pytest.raises(RefusedError, match="receipt"):
        delivery.deliver_next()
    assert len(spool) == 5
    found = spool.oldest()
    assert found is not None
    assert found[0] == Number(0, 0)


def test_lost_answers_store_each_record_once(rig: Rig, spool: Spool, server: MemoryServer) -> None:
    """With 70 % of the answers lost, and as many requests, all arrive, each once."""
    chance = random.Random(3)
    server.lose_answer = lambda: chance.random() < 0.7

    def fail() -> None:
        if chance.random() < 0.7:
            raise DeliveryError("the server cannot be reached")

    server.fault = fail
    delivery = uploader(rig, spool, server)
    tries = 0
    while len(spool):
        tries += 1
        try:
            delivery.deliver_next()
        except DeliveryError:
            continue
    assert tries > 20
    assert list(server.records) == [(0, seq) for seq in range(5)]


def failing(server: MemoryServer, problem: DeliveryError) -> None:
    def fail() -> None:
        raise problem

    server.fault = fail


def test_waiting_grows_to_a_limit(rig: Rig, spool: Spool, server: MemoryServer) -> None:
    """Full jitter up to twice the last bound each time, five minutes at most."""
    failing(server, DeliveryError("the server cannot be reached"))
    delivery = uploader(rig, spool, server)
    waits = [delivery._step() for _ in range(12)]
    assert waits[:4] == [2 * FIRST_WAIT, 4 * FIRST_WAIT, 8 * FIRST_WAIT, 16 * FIRST_WAIT]
    assert waits[-1] == LONGEST_WAIT
    assert "cannot be reached" in delivery.state.problem


def test_the_servers_wish_is_respected(rig: Rig, spool: Spool, server: MemoryServer) -> None:
    """Retry-After is waited for, and by chance a little longer; however often it failed, not much longer."""
    failing(server, DeliveryError("busy", retry_after=47.0))
    delivery = uploader(rig, spool, server)
    assert [delivery._step() for _ in range(9)][::8] == [47.0 + 2 * FIRST_WAIT, 47.0 * 1.5]


@given(
    failures=st.integers(1, 10_000), asked=st.none() | st.floats(0, 1e12), chance=st.floats(0, 1)
)  # fmt: skip
def test_no_wait_is_shorter_than_asked_or_endless(failures: int, asked: float | None, chance: float) -> None:
    """Up to an hour the server's word holds; no answer silences a device for longer than an hour and a half."""
    wait = wait_after(failures, asked, lambda upper: upper * chance)
    assert wait >= min(asked or 0.0, LONGEST_ASKED)
    assert wait <= LONGEST_ASKED * 1.5
    if asked is None:
        assert wait <= LONGEST_WAIT


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("120", 120.0, 120.0),
        ("9" * 400, LONGEST_ASKED, 1e9),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0, 0.0),
    ],
)
def test_when_to_come_back_is_read_in_both_spellings(text: str, least: float, most: float) -> None:
    """Seconds, or a date."""
    found = seconds_to_wait(text)
    assert found is not None
    assert least <= found <= most


def test_a_date_to_come_is_waited_for() -> None:
    """Counted from the moment in which it is read."""
    found = seconds_to_wait(format_datetime(datetime.now(UTC) + timedelta(hours=6), usegmt=True))
    assert found is not None
    assert 5.9 * 3600 <= found <= 6 * 3600


@pytest.mark.parametrize("text", [None, "", "soon", "-1", "\u00b2", "1.5", "Wed, 99 Oct 2015"])
def test_what_cannot_be_read_asks_for_nothing(text: str | None) -> None:
    """The agent's own waiting counts then."""
    assert seconds_to_wait(text) is None


def test_a_refusal_waits_for_an_officer(rig: Rig, spool: Spool, server: MemoryServer) -> None:
    """What the server will not take is kept, tried seldom, and said in the status."""
    failing(server, RefusedError("the server answered 422: the chain is broken"))
    delivery = uploader(rig, spool, server)
    assert delivery._step() == REFUSED_WAIT
    assert len(spool) == 5
    assert "422" in delivery.state.problem


@pytest.mark.parametrize("victims", [(0,), (2,), (1, 2), (0, 1, 3)])
def test_damaged_records_are_put_aside_and_the_rest_arrives(
    rig: Rig, spool: Spool, server: MemoryServer, victims: tuple[int, ...]
) -> None:
    """A bit that flipped on the disk costs that record only; the gap is declared, and the file is kept."""
    for seq in victims:
        path = spool._path(Number(0, seq))
        data = bytearray(path.read_bytes())
        data[-20] ^= 1
        path.write_bytes(data)
    delivery = uploader(rig, spool, server)
    while delivery.deliver_next():
        pass
    assert list(server.records) == [(0, seq) for seq in range(5) if seq not in victims]
    assert len(list((rig.state.spool / "damaged").iterdir())) == len(victims)


def outside(server: MemoryServer, kind: Kind) -> None:
    """Have the server refuse records of a kind, as it does with captures from outside the authority's time."""
    honest = server.put_record

    def put(epoch: int, seq: int, envelope: bytes, *, missing: int = 0) -> SignedReceipt:
        if parse(envelope).header.context.fields.kind is kind:
            raise OutsideError("the server answered 422: the capture was made after its authority was withdrawn")
        return honest(epoch, seq, envelope, missing=missing)

    server.put_record = put  # type: ignore[method-assign]


def test_a_capture_from_outside_its_authority_holds_nothing_up(rig: Rig, server: MemoryServer) -> None:
    """Withdrawn while the device was away: what no server may keep stays here, sealed; the last word is delivered."""
    found = rig.open_spool()
    recorder = rig.recorder(found)
    recorder.event("agent-started")
    for _ in range(2):
        recorder.capture([Part("meta", b"{}")], severity=3, group="a")
    recorder.event("authority-ended")
    recorder.capture([Part("meta", b"{}")], severity=3, group="b")
    outside(server, Kind.CAPTURE)
    delivery = uploader(rig, found, server)
    while delivery.deliver_next():
        pass
    assert list(server.records) == [(0, 0), (0, 3)]
    assert (len(found), found.refused, delivery.state.count) == (0, 3, 2)
    assert len(list((rig.state.spool / "refused").glob("*.ovt"))) == 3
    again = rig.open_spool()
    assert (again.refused, again.next_link()[0]) == (3, Number(0, 5)), "its number stays used"


def test_nothing_else_is_given_up(rig: Rig, spool: Spool, server: MemoryServer) -> None:
    """Only captures are bound to the authority's time: a server that says so of an event is not believed."""
    outside(server, Kind.EVENT)
    assert uploader(rig, spool, server)._step() == REFUSED_WAIT
    assert (len(spool), spool.refused) == (5, 0)


def test_an_answer_that_comes_after_the_end_deletes_nothing(rig: Rig, spool: Spool, server: MemoryServer) -> None:
    """The spool may be the next run's by then, which would take the record for a damaged one."""
    delivery = uploader(rig, spool, server)
    server.fault = lambda: delivery.finish(0)
    assert not delivery.deliver_next()
    assert list(server.records) == [(0, 0)]
    assert len(spool) == len(rig.open_spool()) == 5

"""Every parser against noise and damaged good input: it answers or raises an EvidenceError, and nothing else."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence import canonical, envelope
from evidence.authority import (
    AuthorityTerms,
    Withdrawal,
    check_withdrawal,
    issue_authority,
    issue_withdrawal,
    read_authority,
)
from evidence.checkpoint import Checkpoint, NamedKey, sign_checkpoint, verify_checkpoint, verify_cosignature
from evidence.coverage import CoverageRecord, State
from evidence.envelope import Part
from evidence.errors import EvidenceError
from evidence.keys import LockedKey, OpeningKey, generate_signing_key, unwrap_case_key, verifying_key, wrap_case_key
from evidence.passkey import PasskeyLock, lock_with_passkey
from evidence.receipt import Receipt, SignedReceipt, read_receipt, sign_receipt
from evidence.record import EventRecord, read_record
from evidence.statement import read_statement
from evidence.suite import Suite
from tests.agent.rig import Rig
from tests.evidence.conftest import World, stream

ENTROPY = stream("fuzz")
KEY = generate_signing_key(ENTROPY)
PUBLIC = verifying_key(KEY)
OWN = OpeningKey.generate(ENTROPY)
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
WORLD = World(Suite.X25519)
SEALED = WORLD.seal(Part("meta", EventRecord("heartbeat").to_bytes()), Part("frame-0", b"\1" * 700))
RECEIPT = sign_receipt(Receipt("device-1", 0, 7, "0" * 64, "1" * 64, NOON), KEY)


@dataclass(frozen=True)
class Target:
    """A parser, and good input for it."""

    read: Callable[[bytes], object]
    good: bytes


def open_whole(data: bytes) -> object:
    head = envelope.parse(data)
    envelope.verify(head, WORLD.device_public)
    return envelope.open_all(head, WORLD.case_key, data)


def an_authority() -> bytes:
    import tempfile  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        rig = Rig(Path(folder) / "device")
        return issue_authority(rig.terms(), KEY)


AUTHORITY = an_authority()
LOCKED = LockedKey(b"\1" * 16, b"\2" * 12, b"\3" * 48, OWN.public).to_bytes()
COVERED = CoverageRecord(NOON, NOON + timedelta(minutes=3), {State.WATCHED: (60, 60, 12)}, {"typed": (1, 2, 3)})
PASSKEY = lock_with_passkey(OWN, b"\1" * 32, credential=b"\2" * 20, prf_salt=b"\3" * 32, entropy=ENTROPY).to_bytes()
NOTE = sign_checkpoint(Checkpoint("device-1", 7, b"\4" * 32), "overt-server", KEY)
NAMED = NamedKey("overt-server", PUBLIC)
WITHDRAWN = issue_withdrawal(Withdrawal("0" * 64, NOON + timedelta(days=1), "consent taken back"), KEY)

TARGETS = {
    "envelope head": Target(envelope.parse, SEALED.envelope),
    "envelope opened": Target(open_whole, SEALED.envelope),
    "canonical JSON": Target(lambda data: canonical.decode(data, place="x", limit=10_000), b'{"a":[1,"b",null,true]}'),
    "record": Target(read_record, EventRecord("badge-lost", "words", {"n": 1}).to_bytes()),
    "coverage": Target(read_record, COVERED.to_bytes()),
    "authority": Target(lambda data: read_authority(data, issuer_key=PUBLIC), AUTHORITY),
    "authority terms": Target(AuthorityTerms.from_bytes, json.dumps({"format": "overt-authority-1"}).encode()),
    "withdrawal": Target(lambda data: check_withdrawal(data, issuer_key=PUBLIC), WITHDRAWN),
    "statement": Target(lambda data: read_statement(data, place="x"), AUTHORITY),
    "receipt on the wire": Target(SignedReceipt.from_wire, RECEIPT.to_wire()),
    "receipt": Target(Receipt.from_bytes, RECEIPT.receipt),
    "receipt, signed": Target(
        lambda data: read_receipt(SignedReceipt(data, RECEIPT.signature), PUBLIC), RECEIPT.receipt
    ),
    "locked key": Target(LockedKey.from_bytes, LOCKED),
    "passkey lock": Target(PasskeyLock.from_bytes, PASSKEY),
    "checkpoint": Target(lambda data: verify_checkpoint(data, NAMED), NOTE),
    "cosignature": Target(lambda data: verify_cosignature(data, NAMED), NOTE),
    "case key wrap": Target(
        lambda data: unwrap_case_key(data, OWN, case="case-1", epoch=0),
        wrap_case_key(OpeningKey.generate(ENTROPY), OWN.public, case="case-1", epoch=0),
    ),
}


@st.composite
def damaged(draw: st.DrawFn, good: bytes) -> bytes:
    """Return good input with bytes changed, cut, doubled or put in."""
    data = bytearray(good)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        match draw(st.integers(0, 4)):
            case 0:
                data[at : at + 1] = draw(st.binary(min_size=1, max_size=1))
            case 1:
                del data[at : at + draw(st.integers(1, 40))]
            case 2:
                data[at:at] = draw(st.binary(min_size=1, max_size=20))
            case 3:
                data[at:at] = data[at : at + draw(st.integers(1, 60))]
            case _:
                data = data[:at]
    return bytes(data)


@pytest.mark.parametrize("name", TARGETS)
def test_noise_is_refused_in_order(name: str) -> None:
    """Random bytes and damaged good ones: a value or an EvidenceError with a message."""
    target = TARGETS[name]
    refused: list[str] = []

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(data=st.one_of(st.binary(max_size=400), damaged(target.good), st.text(max_size=200).map(str.encode)))
    def attempt(data: bytes) -> None:
        try:
            target.read(data)
        except EvidenceError as problem:
            refused.append(str(problem))

    attempt()
    assert len(refused) > 20
    assert all(refused), "each says what was wrong"


@pytest.mark.parametrize("name", [name for name in TARGETS if name not in ("authority terms", "cosignature")])
def test_the_good_input_is_good(name: str) -> None:
    """What is damaged above is accepted whole: the targets are real."""
    assert TARGETS[name].read(TARGETS[name].good) is not None

"""A small world for evidence tests: fixed keys, a device that seals, a case and a recovery key that open."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from evidence.envelope import HeaderFields, Kind, Part, Recipient, Role, Sealed, seal
from evidence.keys import OpeningKey, generate_signing_key, verifying_key
from evidence.suite import Suite

NOON = datetime(2026, 6, 1, 12, 0, 0, 0, tzinfo=UTC)


def stream(seed: str) -> Callable[[int], bytes]:
    """Return random bytes that are the same in every run."""

    def blocks() -> Iterator[bytes]:
        number = 0
        while True:
            yield hashlib.sha256(f"{seed}/{number}".encode()).digest()
            number += 1

    source = blocks()
    return lambda size: b"".join(next(source) for _ in range(-(-size // 32)))[:size]


@dataclass
class World:
    """One device of one case, and the keys around it."""

    suite: Suite

    def __post_init__(self) -> None:
        self.entropy = stream(f"world {self.suite.name}")
        self.device_key = generate_signing_key(self.entropy)
        self.device_public = verifying_key(self.device_key)
        self.case_key = OpeningKey.generate(self.entropy, self.suite)
        self.recovery_key = OpeningKey.generate(self.entropy, self.suite)
        self.recipients = [
            Recipient(self.case_key.public, Role.CASE),
            Recipient(self.recovery_key.public, Role.RECOVERY),
        ]

    def fields(self, **changes: object) -> HeaderFields:
        """Return header fields of the chain's first record, with changes."""
        fields = HeaderFields(
            authority=hashlib.sha256(b"authority").hexdigest(),
            case="case-7",
            device="device-1",
            epoch=0,
            seq=0,
            prev="0" * 64,
            time=NOON,
            monotonic_ns=2**60,
            boot="5d2f0a6e-7b1c-4a52-9a43-0f6f1f0e9f11",
            agent="0.1.0",
            libraries=hashlib.sha256(b"libraries").hexdigest(),
            kind=Kind.CAPTURE,
            severity=3,
        )
        return replace(fields, **changes)

    def seal(self, *parts: Part, **changes: object) -> Sealed:
        """Seal parts (one small `meta` where none is given)."""
        chosen = parts or (Part("meta", b'{"format":"overt-event-1"}'),)
        return seal(self.fields(**changes), chosen, self.recipients, self.device_key, entropy=self.entropy)

    def chain(self, length: int, *, epoch: int = 0) -> list[Sealed]:
        """Seal that many records that follow each other."""
        records: list[Sealed] = []
        prev = "0" * 64
        for seq in range(length):
            records.append(self.seal(epoch=epoch, seq=seq, prev=prev, kind=Kind.HEARTBEAT, severity=0))
            prev = records[-1].header_digest
        return records


@pytest.fixture(params=list(Suite), ids=lambda suite: suite.name)
def world(request: pytest.FixtureRequest) -> World:
    """Return the world in each suite: both are always tested."""
    return World(request.param)


@pytest.fixture(scope="module")
def simple() -> World:
    """Return the world in the first suite, for tests to which the suite makes no difference."""
    return World(Suite.X25519)


@pytest.fixture(scope="session")
def seeded() -> Callable[[str], Callable[[int], bytes]]:
    """Return a maker of repeatable random bytes: `seeded("name")(32)`."""
    return stream

"""Every single bit of a small envelope: a changed one never opens."""

import pytest

from evidence.envelope import Part, open_all, parse, verify
from evidence.errors import EvidenceError

CONTENT = b"few words"


@pytest.fixture
def envelope(world):
    """A small envelope of each suite."""
    return world.seal(Part("meta", CONTENT)).envelope


def flipped(envelope):
    """Yield every envelope that differs in one bit."""
    changed = bytearray(envelope)
    for position in range(len(envelope)):
        for bit in range(8):
            changed[position] ^= 1 << bit
            yield 8 * position + bit, bytes(changed)
            changed[position] ^= 1 << bit


def test_a_careful_reader_refuses_every_single_bit_change(world, envelope):
    """Exhaustive: header, lengths, stanzas, signature, part."""
    count = 0
    for bit, altered in flipped(envelope):
        count += 1
        try:
            head = parse(altered)
            verify(head, world.device_public)
            open_all(head, world.case_key, altered)
        except EvidenceError:
            continue
        pytest.fail(f"the envelope opened with bit {bit} changed")
    assert count == 8 * len(envelope) > 10_000


def test_a_reader_without_the_device_s_key_gets_the_content_or_nothing(simple):
    """Even where the signature is not checked, no change of a bit makes other content."""
    opened = 0
    for bit, altered in flipped(simple.seal(Part("meta", CONTENT)).envelope):
        try:
            parts = open_all(parse(altered), simple.case_key, altered)
        except EvidenceError:
            continue
        opened += 1
        assert parts == {"meta": CONTENT}, f"other content with bit {bit} changed"
    # What may change unseen: the signature, the digest of the stanzas, the stanza of the other recipient.
    assert opened <= 8 * (64 + 64 + simple.suite.wrapped_size(32))

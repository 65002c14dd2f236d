"""The chain: each record follows the one before it, and every way of not following has a name."""

import pytest

from evidence.envelope import GENESIS, parse
from evidence.ledger import Break, BrokenChainError, follow, head_of, link_after, verify_sequence


@pytest.fixture(scope="module")
def headers(simple):
    """Six records that follow each other."""
    return [parse(sealed.envelope).header for sealed in simple.chain(6)]


def breaks(headers):
    """Return the kinds of the breaks found."""
    return [broken.kind for broken in verify_sequence(headers).breaks]


def test_a_whole_chain_has_no_break(headers):
    """Six records, and the head is the last."""
    report = verify_sequence(headers)
    assert (report.records, report.breaks, report.head) == (6, (), head_of(headers[-1]))


def test_the_next_link_follows_from_the_head(headers):
    """A device needs nothing but the head to go on; none stands for a new epoch."""
    assert link_after(None) == (0, GENESIS)
    assert link_after(head_of(headers[2])) == (3, headers[3].context.fields.prev)


def test_deleting_shows(headers):
    """One gap is reported once, with how much is missing."""
    report = verify_sequence(headers[:2] + headers[4:])
    assert [broken.kind for broken in report.breaks] == [Break.MISSING]
    assert "2 missing before it, from 2" in str(report.breaks[0])


def test_deleting_the_start_shows(headers):
    """A chain begins with seq 0."""
    assert breaks(headers[1:]) == [Break.MISSING]


def test_a_known_head_shows_that_the_start_is_missing_on_purpose(headers):
    """A part of a chain verifies after the record it follows."""
    assert verify_sequence(headers[3:], after=head_of(headers[2])).breaks == ()


def test_swapping_and_repeating_show(headers):
    """Order is part of the evidence."""
    swapped = [headers[0], headers[2], headers[1], *headers[3:]]
    assert breaks(swapped) == [Break.MISSING, Break.REPEATED, Break.MISSING]
    assert breaks([*headers[:3], headers[2], *headers[3:]]) == [Break.REPEATED]


def test_an_exchanged_record_shows(headers, simple):
    """The same number, another record: the next one does not name it."""
    other = parse(simple.seal(seq=2, prev=headers[2].context.fields.prev, severity=5).envelope).header
    assert breaks([*headers[:2], other, *headers[3:]]) == [Break.UNLINKED]


def test_a_record_of_another_device_shows(headers, simple):
    """Chains do not mix."""
    other = parse(simple.seal(device="device-2").envelope).header
    with pytest.raises(BrokenChainError) as broken:
        follow(head_of(headers[0]), other)
    assert broken.value.kind is Break.OTHER_DEVICE


def test_a_new_epoch_starts_at_zero_and_follows_its_predecessor(headers, simple):
    """A device that lost its state starts the next epoch; skipping one, or starting late, shows."""
    second, third = ([parse(one.envelope).header for one in simple.chain(2, epoch=n)] for n in (1, 2))
    assert verify_sequence([*headers, *second, *third]).breaks == ()
    assert breaks([*headers, *third]) == [Break.NEW_EPOCH]
    assert breaks([*headers, second[1]]) == [Break.NEW_EPOCH]
    assert breaks([*headers, *second, headers[0]]) == [Break.NEW_EPOCH]


def test_no_record_is_no_finding_but_no_head_either():
    """The caller decides what an empty chain means."""
    report = verify_sequence([])
    assert (report.records, report.head, report.breaks) == (0, None, ())

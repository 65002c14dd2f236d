"""Receipts: only the server's word for exactly this record lets the device delete it."""

from datetime import UTC, datetime

import pytest

from evidence.errors import EvidenceError, FormatError, ReceiptError, SignatureError
from evidence.keys import generate_signing_key, verifying_key
from evidence.receipt import Receipt, SignedReceipt, sign_receipt, verify_receipt

RECEIPT = Receipt("device-1", 0, 7, "a" * 64, "b" * 64, datetime(2026, 6, 1, tzinfo=UTC))
MINE = {"device": "device-1", "epoch": 0, "seq": 7, "record": "a" * 64}


@pytest.fixture(scope="module")
def key(seeded):
    """The server's receipt key."""
    return generate_signing_key(seeded("receipt"))


def test_a_receipt_survives_the_wire(key):
    """Signed, sent, read and verified."""
    wire = sign_receipt(RECEIPT, key).to_wire()
    assert verify_receipt(SignedReceipt.from_wire(wire), verifying_key(key), **MINE) == RECEIPT


@pytest.mark.parametrize("change", [{"device": "device-2"}, {"epoch": 1}, {"seq": 8}, {"record": "c" * 64}])
def test_a_receipt_for_something_else_is_refused(key, change):
    """Deleting on it would lose a record."""
    with pytest.raises(ReceiptError):
        verify_receipt(sign_receipt(RECEIPT, key), verifying_key(key), **(MINE | change))


def test_another_server_s_receipt_is_refused(key, seeded):
    """Signed by a key that was not pinned."""
    with pytest.raises(SignatureError):
        verify_receipt(sign_receipt(RECEIPT, generate_signing_key(seeded("x"))), verifying_key(key), **MINE)


def test_no_altered_wire_form_is_accepted(key):
    """Every bit of the wire form."""
    wire = sign_receipt(RECEIPT, key).to_wire()
    for position in range(8 * len(wire)):
        altered = bytearray(wire)
        altered[position // 8] ^= 1 << position % 8
        with pytest.raises(EvidenceError):
            verify_receipt(SignedReceipt.from_wire(bytes(altered)), verifying_key(key), **MINE)


@pytest.mark.parametrize("wire", [b"", b"{}", b'{"receipt":"","signature":"","x":""}', b"[]", b"x" * 10_000])
def test_other_answers_are_refused(wire):
    """A proxy's error page is no receipt."""
    with pytest.raises(FormatError):
        SignedReceipt.from_wire(wire)

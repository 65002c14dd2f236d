"""The test vectors of SPEC.md, read by this package: every file gets the answer that it expects."""

import base64
import hashlib
import json
from pathlib import Path

import pytest

from evidence import canonical
from evidence.authority import AuthorityTerms, read_authority
from evidence.envelope import open_all, parse, verify
from evidence.errors import (
    CommitmentError,
    DigestError,
    EvidenceError,
    FormatError,
    NotARecipientError,
    OpenError,
    PasskeyError,
    PassphraseError,
    SignatureError,
)
from evidence.keys import LockedKey, OpeningKey, unlock_officer_key, unwrap_case_key
from evidence.padding import padme
from evidence.passkey import PasskeyLock, unlock_with_passkey
from evidence.receipt import SignedReceipt, read_receipt
from evidence.suite import Suite

VECTORS = Path(__file__).parent.parent / "vectors"
# The most particular class first: an outcome is the first that fits.
OUTCOMES = [
    (NotARecipientError, "recipient"),
    (PassphraseError, "passphrase"),
    (PasskeyError, "passkey"),
    (CommitmentError, "commitment"),
    (SignatureError, "signature"),
    (DigestError, "digest"),
    (OpenError, "open"),
    (FormatError, "format"),
]


def load(folder):
    """Return the vectors of a folder by name; there have to be some."""
    found = {path.stem: json.loads(path.read_text()) for path in sorted((VECTORS / folder).glob("*.json"))}
    assert found, f"no vectors in {folder}"
    return found


ENVELOPES, KEYS, CANONICAL, PASSKEYS = load("envelope"), load("keys"), load("canonical"), load("passkeys")


def outcome(action):
    """Return how an action ended, in the words of the vectors."""
    try:
        action()
    except EvidenceError as error:
        return next(word for kind, word in OUTCOMES if isinstance(error, kind))
    return "success"


@pytest.mark.parametrize("name", ENVELOPES)
def test_envelope(name):
    """Read, verify and open, in the order of SPEC.md."""
    vector = ENVELOPES[name]
    envelope = base64.b64decode(vector["envelope"])
    key = OpeningKey.load(bytes.fromhex(vector["opening_key"]), Suite(vector["suite"]))
    opened = {}

    def read():
        head = parse(envelope)
        verify(head, bytes.fromhex(vector["device_key"]))
        opened.update(open_all(head, key, envelope))

    assert outcome(read) == vector["expect"], vector["comment"]
    assert {part: hashlib.sha256(data).hexdigest() for part, data in opened.items()} == vector.get("parts", {})


@pytest.mark.parametrize("name", PASSKEYS)
def test_passkeys(name):
    """Unlock the officer's key with what the passkey answered."""
    vector = PASSKEYS[name]
    found = []

    def read():
        stored = json.dumps(vector["locked"], sort_keys=True, separators=(",", ":")).encode()
        found.append(unlock_with_passkey(PasskeyLock.from_bytes(stored), bytes.fromhex(vector["prf"])))

    assert outcome(read) == vector["expect"], vector["comment"]
    assert [key.public.hex() for key in found] == [vector["officer_public"]] * len(found)


@pytest.mark.parametrize("name", KEYS)
def test_keys(name):
    """Unlock the officer's key, then the case's."""
    vector = KEYS[name]

    def read():
        locked = LockedKey.from_bytes(canonical.encode(vector["locked"]))
        officer = unlock_officer_key(locked, vector["passphrase"])
        wrap = bytes.fromhex(vector["wrap"])
        case_key = unwrap_case_key(wrap, officer, case=vector["case"], epoch=vector["epoch"])
        assert (officer.public.hex(), case_key.public.hex()) == (vector["officer_public"], vector["case_public"])

    assert outcome(read) == vector["expect"], vector["comment"]


@pytest.mark.parametrize("name", CANONICAL)
def test_canonical(name):
    """Read, and write again."""
    data = bytes.fromhex(CANONICAL[name]["json"])

    def read():
        assert canonical.encode(canonical.decode(data, place="vector", limit=10_000)) == data

    assert outcome(read) == CANONICAL[name]["expect"]


def test_padding():
    """Padmé sizes."""
    for length, size in load("padding")["padme"]["sizes"]:
        assert padme(length) == size


def test_statements():
    """A signed authority and a signed receipt."""
    vectors = load("statement")
    authority, receipt = vectors["authority"], vectors["receipt"]
    read = read_authority(base64.b64decode(authority["file"]), issuer_key=bytes.fromhex(authority["issuer_key"]))
    assert read.terms == AuthorityTerms.from_bytes(authority["payload"].encode())
    assert read.digest == authority["digest"]
    signed = SignedReceipt.from_wire(receipt["wire"].encode())
    assert read_receipt(signed, bytes.fromhex(receipt["receipt_key"])).to_bytes() == receipt["receipt"].encode()


def test_every_outcome_has_vectors():
    """No outcome is left untested, and both suites have good and bad ones."""
    assert {vector["expect"] for vector in ENVELOPES.values()} == {
        "success", "format", "signature", "digest", "recipient", "open", "commitment"
    }  # fmt: skip
    for suite in Suite:
        mine = {vector["expect"] for vector in ENVELOPES.values() if vector["suite"] == suite.value}
        assert {"success", "open", "commitment"} <= mine

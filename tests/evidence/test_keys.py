"""Keys: names, wraps for officers, and the lock under a passphrase."""

import dataclasses
import hashlib
import hmac
import json
import unicodedata

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from evidence.errors import FormatError, OpenError, PassphraseError, SignatureError, UsageError
from evidence.keys import (
    ITERATIONS,
    LockedKey,
    OpeningKey,
    check_signature,
    derive_secrets,
    generate_signing_key,
    key_id,
    load_signing_key,
    lock_officer_key,
    unlock_officer_key,
    unwrap_case_key,
    verifying_key,
    wrap_case_key,
)
from evidence.suite import Suite, suite_of_public

PASSPHRASE = "correct horse ﬁve"  # with a ligature, which NFKC takes apart


@pytest.fixture(scope="module")
def officer(seeded):
    """An officer's key."""
    return OpeningKey.generate(seeded("officer"))


@pytest.fixture(scope="module")
def locked(officer, seeded):
    """The same, locked."""
    return lock_officer_key(officer, PASSPHRASE, entropy=seeded("lock"))


def test_a_signing_key_survives_storage(seeded):
    """32 bytes are the whole key."""
    key = generate_signing_key(seeded("device"))
    again = load_signing_key(key.private_bytes_raw())
    check_signature(verifying_key(again), key.sign(b"message"), b"message", what="it")


def test_a_wrong_signature_names_what_and_whose(seeded):
    """The message says what was not signed by which key."""
    key = generate_signing_key(seeded("device"))
    public = verifying_key(key)
    with pytest.raises(SignatureError, match=f"it: not signed by key {key_id(public)}"):
        check_signature(public, key.sign(b"message"), b"massage", what="it")


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_keys_of_wrong_size_are_refused(size):
    """Both kinds have 32 bytes."""
    with pytest.raises(UsageError):
        load_signing_key(bytes(size))
    with pytest.raises(UsageError):
        OpeningKey.load(bytes(size))
    with pytest.raises(UsageError):
        check_signature(bytes(size), bytes(64), b"", what="it")


@pytest.mark.parametrize("suite", list(Suite))
def test_a_key_tells_its_suite_by_its_size(suite, seeded):
    """Public keys of the two suites differ in size, and loading repeats the public half."""
    key = OpeningKey.generate(seeded("k"), suite)
    assert suite_of_public(key.public) is suite
    assert OpeningKey.load(key.secret, suite) == key
    assert key.id == key_id(key.public)


@pytest.mark.parametrize("case_suite", list(Suite))
@pytest.mark.parametrize("officer_suite", list(Suite))
def test_an_officer_gets_the_case_key_from_a_wrap(case_suite, officer_suite, seeded):
    """One wrap is what a new officer costs, whatever the suites."""
    case_key = OpeningKey.generate(seeded("case"), case_suite)
    officer = OpeningKey.generate(seeded("officer"), officer_suite)
    wrap = wrap_case_key(case_key, officer.public, case="case-7", epoch=2)
    assert unwrap_case_key(wrap, officer, case="case-7", epoch=2, suite=case_suite) == case_key


@pytest.mark.parametrize(
    "change", [{"case": "case-8"}, {"epoch": 1}, {"suite": Suite.X_WING}, {"key": "stranger"}, {"flip": True}]
)
def test_a_wrap_opens_for_its_officer_case_epoch_and_suite_only(change, officer, seeded):
    """A server cannot hand out one case's key as another's."""
    case_key = OpeningKey.generate(seeded("case"))
    wrap = bytearray(wrap_case_key(case_key, officer.public, case="case-7", epoch=2))
    wrap[40] ^= bool(change.get("flip"))
    key = OpeningKey.generate(seeded("stranger")) if "key" in change else officer
    with pytest.raises(OpenError):
        unwrap_case_key(
            bytes(wrap),
            key,
            case=change.get("case", "case-7"),
            epoch=change.get("epoch", 2),
            suite=change.get("suite", Suite.X25519),
        )


def test_a_passphrase_unlocks_after_storage(officer, locked):
    """Stored and read back, in either spelling of the passphrase, it gives the key."""
    stored = LockedKey.from_bytes(locked.to_bytes())
    assert stored == locked
    assert unlock_officer_key(stored, "correct horse five") == officer


def test_a_wrong_passphrase_and_an_exchanged_public_key_are_refused(locked, seeded):
    """The public key is bound to the lock: a server cannot make an officer wrap to a key of its own."""
    with pytest.raises(PassphraseError):
        unlock_officer_key(locked, PASSPHRASE + " ")
    exchanged = dataclasses.replace(locked, public=OpeningKey.generate(seeded("other")).public)
    with pytest.raises(PassphraseError):
        unlock_officer_key(exchanged, PASSPHRASE)


def test_the_log_in_secret_says_nothing_of_the_lock():
    """Two derivations from one master: they differ, and both are repeatable."""
    one = derive_secrets(PASSPHRASE, bytes(16))
    assert one == derive_secrets("correct horse five", bytes(16))
    assert bytes.fromhex(one.log_in) != one.lock
    assert one.lock.hex() not in repr(one)


def test_an_empty_passphrase_is_refused(officer, seeded):
    """It would lock nothing."""
    with pytest.raises(UsageError):
        lock_officer_key(officer, "", entropy=seeded("lock"))


@pytest.mark.parametrize(
    "change",
    [
        {"iterations": ITERATIONS - 1}, {"iterations": 10_000_001}, {"iterations": "600000"}, {"salt": "00"},
        {"more": 1},
        {"salt": "zz" * 16}, {"nonce": ""}, {"ciphertext": "00" * 47}, {"public_key": "00" * 33}, {"format": "other-1"},
    ],
)  # fmt: skip
def test_a_locked_key_outside_the_format_is_refused(locked, change):
    """A server cannot ask for few iterations, so that guessing gets cheap."""
    value = json.loads(locked.to_bytes()) | change
    with pytest.raises(FormatError, match="locked key"):
        LockedKey.from_bytes(json.dumps(value, sort_keys=True, separators=(",", ":")).encode())
    if "iterations" in change and isinstance(change["iterations"], int):
        with pytest.raises(FormatError):
            derive_secrets(PASSPHRASE, locked.salt, change["iterations"])


def test_a_lock_is_opened_by_its_own_rounds_and_suite(seeded):
    """The stored number of rounds is used, and an X-Wing key comes back as one."""
    key = OpeningKey.generate(seeded("xwing"), Suite.X_WING)
    salt, rounds = b"\1" * 16, ITERATIONS + 1
    lock = derive_secrets("four words", salt, rounds).lock
    aad = b"overt-locked-key-1" + key.public
    ciphertext = AESGCM(lock).encrypt(b"\2" * 12, key.secret, aad)
    assert unlock_officer_key(LockedKey(salt, b"\2" * 12, ciphertext, key.public, rounds), "four words") == key


def test_both_secrets_are_those_of_the_format():
    """Worked out apart with hashlib and hmac: PBKDF2, then HKDF (RFC 5869) with an empty salt."""
    secrets = derive_secrets("Pässwörd", b"\3" * 16)
    normal = unicodedata.normalize("NFKC", "Pässwörd").encode()
    master = hashlib.pbkdf2_hmac("sha256", normal, b"\3" * 16, ITERATIONS)
    pseudorandom = hmac.digest(bytes(32), master, "sha256")
    expected = [hmac.digest(pseudorandom, label + b"\1", "sha256") for label in (b"overt-auth-v1", b"overt-kek-v1")]
    assert [bytes.fromhex(secrets.log_in), secrets.lock] == expected

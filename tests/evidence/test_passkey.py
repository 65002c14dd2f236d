"""Keys under a passkey: both suites, kept and read again, and what cannot be a lock."""

import dataclasses

import pytest

from evidence.errors import FormatError, PasskeyError, UsageError
from evidence.keys import OpeningKey
from evidence.passkey import LONGEST_CREDENTIAL, PasskeyLock, lock_with_passkey, unlock_with_passkey
from evidence.suite import Suite

PRF, SALT = b"\1" * 32, b"\2" * 32


@pytest.mark.parametrize("suite", list(Suite))
@pytest.mark.parametrize("size", [1, 16, LONGEST_CREDENTIAL])
def test_a_locked_key_survives_storage(suite, size, seeded):
    """Every size of credential id, either suite: stored, read back, unlocked; nothing secret in its repr."""
    key = OpeningKey.generate(seeded("officer"), suite)
    lock = lock_with_passkey(key, PRF, credential=b"\3" * size, prf_salt=SALT, entropy=seeded("nonce"))
    stored = PasskeyLock.from_bytes(lock.to_bytes())
    assert stored == lock
    assert (stored.credential, stored.prf_salt, stored.public) == (b"\3" * size, SALT, key.public)
    assert unlock_with_passkey(stored, PRF) == key
    assert lock.ciphertext.hex() not in repr(lock)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_an_answer_of_another_size_is_no_passkeys(size, seeded):
    """A passkey answers 32 bytes."""
    key = OpeningKey.generate(seeded("officer"))
    with pytest.raises(UsageError, match=f"32 bytes, not {size}"):
        lock_with_passkey(key, bytes(size), credential=b"\3", prf_salt=SALT, entropy=seeded("nonce"))


@pytest.mark.parametrize("change", [{"credential": b""}, {"credential": bytes(1024)}, {"prf_salt": b"\2" * 31}])
def test_what_the_format_has_no_room_for_is_not_written(change, seeded):
    """Found before it is stored, not by whoever reads it."""
    key = OpeningKey.generate(seeded("officer"))
    lock = lock_with_passkey(key, PRF, credential=b"\3", prf_salt=SALT, entropy=seeded("nonce"))
    with pytest.raises(FormatError, match="passkey lock"):
        dataclasses.replace(lock, **change).to_bytes()


@pytest.mark.parametrize("change", [{"prf_salt": b"\4" * 32}, {"credential": b"\5"}, {"nonce": b"\6" * 12}])
def test_only_what_was_locked_unlocks(change, seeded):
    """The id and the nonce are bound; the salt is only what the passkey is asked with."""
    key = OpeningKey.generate(seeded("officer"))
    lock = lock_with_passkey(key, PRF, credential=b"\3", prf_salt=SALT, entropy=seeded("nonce"))
    changed = dataclasses.replace(lock, **change)
    if "prf_salt" in change:
        assert unlock_with_passkey(changed, PRF) == key
    else:
        with pytest.raises(PasskeyError, match="does not unlock"):
            unlock_with_passkey(changed, PRF)

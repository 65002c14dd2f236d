"""An officer's opening key, locked under a passkey: WebAuthn's PRF extension gives the secret that the lock comes from.

The browser asks the passkey to evaluate `prf_salt` (`extensions.prf.eval.first`); the 32 bytes that it answers never
leave the browser. One officer may have many locks of one key: a passphrase and a few passkeys, each stored by itself.
"""

import hashlib
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from evidence import canonical
from evidence.errors import PasskeyError, UsageError
from evidence.fields import Fields
from evidence.keys import Entropy, OpeningKey, derive
from evidence.suite import SECRET_SIZE, Suite, suite_of_public

FORMAT = "overt-passkey-key-1"
PRF_SIZE = 32
"""Bytes that a passkey answers, and bytes of the salt that it is asked with."""
LONGEST_CREDENTIAL = 1023
"""Bytes of a credential id (Web Authentication, section 4)."""
_NONCE = 12
_LIMIT = 16_384


@dataclass(frozen=True, slots=True)
class PasskeyLock:
    """An officer's opening key as a server may keep it beside a passkey."""

    credential: bytes
    """The passkey's credential id."""
    prf_salt: bytes
    """What the passkey is asked to evaluate."""
    nonce: bytes
    ciphertext: bytes = field(repr=False)
    public: bytes = field(repr=False)

    def to_bytes(self) -> bytes:
        """Return the stored form; raises FormatError for sizes that the format does not allow."""
        data = canonical.encode(
            {
                "format": FORMAT,
                "credential": self.credential.hex(),
                "prf_salt": self.prf_salt.hex(),
                "nonce": self.nonce.hex(),
                "ciphertext": self.ciphertext.hex(),
                "public_key": self.public.hex(),
            }
        )
        PasskeyLock.from_bytes(data)
        return data

    @classmethod
    def from_bytes(cls, data: bytes) -> "PasskeyLock":
        """Read the stored form; raises FormatError."""
        fields = Fields(canonical.decode(data, place="passkey lock", limit=_LIMIT), "passkey lock")
        fields.constant("format", FORMAT)
        lock = cls(
            credential=fields.hexadecimal("credential", *range(1, LONGEST_CREDENTIAL + 1)),
            prf_salt=fields.hexadecimal("prf_salt", PRF_SIZE),
            nonce=fields.hexadecimal("nonce", _NONCE),
            ciphertext=fields.hexadecimal("ciphertext", SECRET_SIZE + 16),
            public=fields.hexadecimal("public_key", *(suite.public_size for suite in Suite)),
        )
        fields.done()
        return lock


def lock_with_passkey(
    key: OpeningKey, prf: bytes, *, credential: bytes, prf_salt: bytes, entropy: Entropy
) -> PasskeyLock:
    """Lock a key under what the passkey `credential` answered (`prf`) to `prf_salt`."""
    nonce = entropy(_NONCE)
    ciphertext = AESGCM(_lock(prf)).encrypt(nonce, key.secret, _aad(credential, key.public))
    return PasskeyLock(credential, prf_salt, nonce, ciphertext, key.public)


def unlock_with_passkey(lock: PasskeyLock, prf: bytes) -> OpeningKey:
    """Unlock a key; raises PasskeyError."""
    try:
        secret = AESGCM(_lock(prf)).decrypt(lock.nonce, lock.ciphertext, _aad(lock.credential, lock.public))
    except InvalidTag:
        raise PasskeyError("this passkey does not unlock it, or the locked key was altered") from None
    return OpeningKey.load(secret, suite_of_public(lock.public))


def _lock(prf: bytes) -> bytes:
    if len(prf) != PRF_SIZE:
        raise UsageError(f"a passkey answers {PRF_SIZE} bytes, not {len(prf)}")
    return derive(prf, b"overt-passkey-kek-v1")


def _aad(credential: bytes, public: bytes) -> bytes:
    return FORMAT.encode("ascii") + hashlib.sha256(credential).digest() + public

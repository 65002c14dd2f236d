"""Keys that sign and keys that open: generate, load, name by fingerprint, hand on to officers, lock under a passphrase.

Who holds what: a device holds a signing key and no key that opens; a case has an opening key, held only as wraps, one
for each officer; an officer's opening key is locked under a passphrase that never leaves the officer's browser.
"""

import hashlib
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from evidence import canonical
from evidence.errors import FormatError, PassphraseError, SignatureError, UsageError
from evidence.fields import Fields
from evidence.suite import SECRET_SIZE, Suite, suite_of_public

Entropy: TypeAlias = Callable[[int], bytes]
"""Gives that many random bytes; `os.urandom` in production."""

ITERATIONS = 600_000
_MOST_ITERATIONS = 10_000_000
_SALT = 16
_NONCE = 12
_LOCK_FORMAT = "overt-locked-key-1"
_LOCK_LIMIT = 8192


def key_id(public: bytes) -> str:
    """Return the short name of a public key: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(public).hexdigest()[:16]


def derive(secret: bytes, label: bytes, *, salt: bytes | None = None) -> bytes:
    """Derive 32 bytes for one use from a secret (HKDF-SHA256)."""
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=salt, info=label).derive(secret)


# --- keys that sign (Ed25519) ---


def generate_signing_key(entropy: Entropy) -> Ed25519PrivateKey:
    """Make a signing key from 32 random bytes."""
    return Ed25519PrivateKey.from_private_bytes(entropy(SECRET_SIZE))


def load_signing_key(secret: bytes) -> Ed25519PrivateKey:
    """Load a signing key from its 32 bytes."""
    _require_size(secret, "a signing key")
    return Ed25519PrivateKey.from_private_bytes(secret)


def verifying_key(key: Ed25519PrivateKey) -> bytes:
    """Return the 32-byte public half of a signing key."""
    return key.public_key().public_bytes_raw()


def check_signature(public: bytes, signature: bytes, message: bytes, *, what: str) -> None:
    """Raise SignatureError unless `signature` over `message` is by the owner of `public`."""
    _require_size(public, "a verifying key")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise SignatureError(f"{what}: not signed by key {key_id(public)}") from None


# --- keys that open (X25519 or X-Wing) ---


@dataclass(frozen=True, slots=True)
class OpeningKey:
    """The secret half of a key that envelopes or wraps are sealed to."""

    suite: Suite
    secret: bytes = field(repr=False)
    """32 bytes: the X25519 scalar or the X-Wing seed."""
    public: bytes = field(repr=False)

    @classmethod
    def generate(cls, entropy: Entropy, suite: Suite = Suite.X25519) -> "OpeningKey":
        """Make a key from 32 random bytes."""
        return cls.load(entropy(SECRET_SIZE), suite)

    @classmethod
    def load(cls, secret: bytes, suite: Suite = Suite.X25519) -> "OpeningKey":
        """Load a key from its 32 bytes."""
        _require_size(secret, "an opening key")
        return cls(suite, secret, suite.public_of(secret))

    @property
    def id(self) -> str:
        """The short name of the key, as headers list it."""
        return key_id(self.public)


def wrap_case_key(case_key: OpeningKey, officer_public: bytes, *, case: str, epoch: int) -> bytes:
    """Seal a case's opening key to an officer. `epoch` counts the case's keys, from 0."""
    suite = suite_of_public(officer_public)
    return suite.wrap(case_key.secret, officer_public, _wrap_info(case_key.suite, case, epoch))


def unwrap_case_key(
    wrap: bytes, officer_key: OpeningKey, *, case: str, epoch: int, suite: Suite = Suite.X25519
) -> OpeningKey:
    """Open such a wrap; `suite` is the case key's. Raises OpenError for another officer, case, epoch or suite."""
    return OpeningKey.load(officer_key.suite.unwrap(wrap, officer_key.secret, _wrap_info(suite, case, epoch)), suite)


def _wrap_info(suite: Suite, case: str, epoch: int) -> bytes:
    return canonical.encode({"format": "overt-case-wrap-1", "suite": suite.value, "case": case, "epoch": epoch})


# --- an officer's opening key, locked under a passphrase ---


@dataclass(frozen=True, slots=True)
class OfficerSecrets:
    """What a passphrase gives: the secret to log in with, and the key that locks."""

    log_in: str
    """64 hex digits: all that a server ever gets, and it keeps only a slow hash of it."""
    lock: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class LockedKey:
    """An officer's opening key as a server may keep it."""

    salt: bytes
    nonce: bytes
    ciphertext: bytes = field(repr=False)
    public: bytes = field(repr=False)
    iterations: int = ITERATIONS

    def to_bytes(self) -> bytes:
        """Return the stored form."""
        return canonical.encode(
            {
                "format": _LOCK_FORMAT,
                "iterations": self.iterations,
                "salt": self.salt.hex(),
                "nonce": self.nonce.hex(),
                "ciphertext": self.ciphertext.hex(),
                "public_key": self.public.hex(),
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "LockedKey":
        """Read the stored form; raises FormatError."""
        fields = Fields(canonical.decode(data, place="locked key", limit=_LOCK_LIMIT), "locked key")
        fields.constant("format", _LOCK_FORMAT)
        locked = cls(
            salt=fields.hexadecimal("salt", _SALT),
            nonce=fields.hexadecimal("nonce", _NONCE),
            ciphertext=fields.hexadecimal("ciphertext", SECRET_SIZE + 16),
            public=fields.hexadecimal("public_key", *(suite.public_size for suite in Suite)),
            iterations=fields.integer("iterations", low=ITERATIONS, high=_MOST_ITERATIONS),
        )
        fields.done()
        return locked


def derive_secrets(passphrase: str, salt: bytes, iterations: int = ITERATIONS) -> OfficerSecrets:
    """Derive both secrets from a passphrase; slow on purpose (PBKDF2-HMAC-SHA256)."""
    if not ITERATIONS <= iterations <= _MOST_ITERATIONS or len(salt) != _SALT:
        raise FormatError("locked key", f"salt or iterations outside the limits ({ITERATIONS} to {_MOST_ITERATIONS})")
    normal = unicodedata.normalize("NFKC", passphrase).encode("utf-8")
    master = PBKDF2HMAC(algorithm=hashes.SHA256(), length=32, salt=salt, iterations=iterations).derive(normal)
    return OfficerSecrets(log_in=derive(master, b"overt-auth-v1").hex(), lock=derive(master, b"overt-kek-v1"))


def lock_officer_key(key: OpeningKey, passphrase: str, *, entropy: Entropy) -> LockedKey:
    """Lock a key under a passphrase."""
    if not passphrase:
        raise UsageError("an empty passphrase locks nothing")
    salt, nonce = entropy(_SALT), entropy(_NONCE)
    lock = derive_secrets(passphrase, salt).lock
    ciphertext = AESGCM(lock).encrypt(nonce, key.secret, _lock_aad(key.public))
    return LockedKey(salt=salt, nonce=nonce, ciphertext=ciphertext, public=key.public)


def unlock_officer_key(locked: LockedKey, passphrase: str) -> OpeningKey:
    """Unlock a key; raises PassphraseError."""
    lock = derive_secrets(passphrase, locked.salt, locked.iterations).lock
    try:
        secret = AESGCM(lock).decrypt(locked.nonce, locked.ciphertext, _lock_aad(locked.public))
    except InvalidTag:
        raise PassphraseError("wrong passphrase, or the locked key was altered") from None
    return OpeningKey.load(secret, suite_of_public(locked.public))


def _lock_aad(public: bytes) -> bytes:
    return _LOCK_FORMAT.encode("ascii") + public


def _require_size(secret: bytes, what: str) -> None:
    if len(secret) != SECRET_SIZE:
        raise UsageError(f"{what} has {SECRET_SIZE} bytes, not {len(secret)}")

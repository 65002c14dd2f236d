"""The two ways of wrapping a small secret for a recipient: HPKE (RFC 9180, base mode) over X25519 or over X-Wing.

X-Wing (ML-KEM-768 with X25519) also holds against an attacker who keeps today's records for a quantum computer.
Which of the two a key belongs to follows from its size.
"""

import hashlib
from enum import Enum
from typing import TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PrivateKey, MLKEM768X25519PublicKey
from cryptography.hazmat.primitives.hpke import Suite as Hpke

from evidence.errors import OpenError, UsageError

SECRET_SIZE = 32
_TAG = 16
_MLKEM_PUBLIC = 1184
_MLKEM_SEED = 64

_Private: TypeAlias = X25519PrivateKey | MLKEM768X25519PrivateKey
_Public: TypeAlias = X25519PublicKey | MLKEM768X25519PublicKey


class Suite(Enum):
    """A suite, by the name it has in headers."""

    X25519 = "X25519-HKDF-SHA256-AES-256-GCM"
    X_WING = "X-Wing-HKDF-SHA256-AES-256-GCM"

    @property
    def public_size(self) -> int:
        """Size of a public key in bytes."""
        return 32 if self is Suite.X25519 else 1216

    def wrapped_size(self, size: int) -> int:
        """Size of a wrapped secret of `size` bytes: encapsulated key, ciphertext, tag."""
        return (32 if self is Suite.X25519 else 1120) + size + _TAG

    def public_of(self, secret: bytes) -> bytes:
        """Return the public key that belongs to a 32-byte secret key."""
        if self is Suite.X25519:
            return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
        kem, curve = _xwing_halves(secret)
        return kem.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()

    def wrap(self, secret: bytes, public: bytes, info: bytes) -> bytes:
        """Seal `secret` to `public`; `info` has to be the same when it is opened."""
        try:
            return _hpke(self).encrypt(secret, _public(self, public), info)
        except ValueError:
            raise UsageError(
                "this is not a usable public key", hint="Compare its fingerprint with the owner's."
            ) from None

    def unwrap(self, wrapped: bytes, secret_key: bytes, info: bytes) -> bytes:
        """Open what `wrap` made; raises OpenError for another key, another `info` or altered bytes."""
        try:
            return _hpke(self).decrypt(wrapped, _private(self, secret_key), info)
        except (InvalidTag, ValueError):
            raise OpenError("this key does not open it, or it was altered") from None


def suite_of_public(public: bytes) -> Suite:
    """Return the suite of a public key; raises UsageError when its size is neither's."""
    for suite in Suite:
        if len(public) == suite.public_size:
            return suite
    raise UsageError(f"a public key of {len(public)} bytes belongs to no suite", hint="X25519 has 32, X-Wing 1216.")


def _hpke(suite: Suite) -> Hpke:
    kem = KEM.X25519 if suite is Suite.X25519 else KEM.MLKEM768_X25519
    return Hpke(kem, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def _public(suite: Suite, public: bytes) -> _Public:
    if suite is Suite.X25519:
        return X25519PublicKey.from_public_bytes(public)
    return MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(public[:_MLKEM_PUBLIC]),
        X25519PublicKey.from_public_bytes(public[_MLKEM_PUBLIC:]),
    )


def _private(suite: Suite, secret: bytes) -> _Private:
    if suite is Suite.X25519:
        return X25519PrivateKey.from_private_bytes(secret)
    return MLKEM768X25519PrivateKey(*_xwing_halves(secret))


def _xwing_halves(secret: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    expanded = hashlib.shake_256(secret).digest(_MLKEM_SEED + 32)
    return (
        MLKEM768PrivateKey.from_seed_bytes(expanded[:_MLKEM_SEED]),
        X25519PrivateKey.from_private_bytes(expanded[_MLKEM_SEED:]),
    )

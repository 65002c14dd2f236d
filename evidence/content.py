"""What is sealed under one envelope's content key: its commitment and its parts.

Both keys in use are derived from the content key and from the context line, so neither can serve for another record.
"""

import hashlib
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM

from evidence.errors import CommitmentError, OpenError
from evidence.keys import derive
from evidence.padding import padding_of, unpad

_TAG = 16


@dataclass(frozen=True, slots=True)
class ContentKey:
    """32 random bytes, used for one envelope."""

    secret: bytes = field(repr=False)
    context_line: bytes = field(repr=False)

    def commitment(self) -> bytes:
        """Return what the header commits to: AES-GCM alone lets one ciphertext open under two keys."""
        return derive(self.secret, b"overt-commit-v1", salt=self._context())

    def check(self, commitment: bytes) -> None:
        """Raise CommitmentError unless this is the key that was committed to."""
        if self.commitment() != commitment:
            raise CommitmentError("the content key is not the one that the header commits to")

    def seal(self, index: int, name: str, data: bytes) -> bytearray:
        """Return the ciphertext of the part that stands at `index`.

        It is made in one buffer, without a padded copy: for a megabyte, new memory costs more than the cipher.
        """
        prefix, zeros = padding_of(len(data))
        size = len(prefix) + len(data) + len(zeros)
        sealed = bytearray(size + _TAG)
        view, at = memoryview(sealed), 0
        encryptor = Cipher(AES(self._part_key()), GCM(_nonce(index))).encryptor()
        encryptor.authenticate_additional_data(self._aad(name))
        for piece in (prefix, data, zeros):
            at += encryptor.update_into(piece, view[at:])
        encryptor.finalize()
        view[size:] = encryptor.tag
        return sealed

    def open(self, index: int, name: str, ciphertext: bytes) -> bytes:
        """Return what `seal` was given; raises OpenError, or FormatError for wrong padding."""
        try:
            padded = AESGCM(self._part_key()).decrypt(_nonce(index), ciphertext, self._aad(name))
        except InvalidTag:
            raise OpenError(f"part {name}: not sealed with this content key, or altered") from None
        return unpad(padded, place=f"parts.{name}")

    def _part_key(self) -> bytes:
        return derive(self.secret, b"overt-parts-v1", salt=self._context())

    def _aad(self, name: str) -> bytes:
        return self._context() + name.encode()

    def _context(self) -> bytes:
        return hashlib.sha256(self.context_line).digest()


def _nonce(index: int) -> bytes:
    return index.to_bytes(12, "big")  # the key serves one envelope, so the place in it is unique

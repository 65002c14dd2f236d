"""A signed statement as a file: canonical JSON with the payload, its Ed25519 signature and the name of the key.

The payload begins the domain: it is canonical JSON whose `format` says what is stated, so no signature made for one
purpose can serve another.
"""

import base64
import binascii
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence import canonical
from evidence.errors import FormatError, SignatureError
from evidence.fields import KEY_ID, Fields
from evidence.keys import check_signature, key_id, verifying_key

STATEMENT_LIMIT = 2**20


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as read: nothing in it is believed before `check`."""

    payload: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    key: str

    def check(self, public: bytes, *, what: str) -> bytes:
        """Return the payload; raises SignatureError unless the owner of `public` signed it."""
        if self.key != key_id(public):
            raise SignatureError(f"{what}: names key {self.key}, not the trusted {key_id(public)}")
        check_signature(public, self.signature, self.payload, what=what)
        return self.payload


def sign_statement(payload: bytes, key: Ed25519PrivateKey) -> bytes:
    """Return the file."""
    return canonical.encode(
        {
            "payload": base64.b64encode(payload).decode("ascii"),
            "signature": base64.b64encode(key.sign(payload)).decode("ascii"),
            "key": key_id(verifying_key(key)),
        }
    )


def read_statement(data: bytes, *, place: str) -> Statement:
    """Read the file; raises FormatError."""
    fields = Fields(canonical.decode(data, place=place, limit=STATEMENT_LIMIT), place)
    statement = Statement(
        payload=decode_base64(fields.text("payload", limit=STATEMENT_LIMIT), place=fields.at("payload")),
        signature=decode_base64(fields.text("signature", limit=88), place=fields.at("signature")),
        key=fields.text("key", pattern=KEY_ID),
    )
    fields.done()
    return statement


def decode_base64(text: str, *, place: str) -> bytes:
    """Read base64 in its one spelling (RFC 4648 section 4, padded); raises FormatError."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise FormatError(place, "not base64") from None
    if base64.b64encode(data).decode("ascii") != text:
        raise FormatError(place, "not the one spelling of base64")
    return data

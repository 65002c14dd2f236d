"""The hand-over: the issuer's signed word that a device reports to another server from now on (FIELD R21).

A device follows it without a visit: it believes the issuer that it pinned when it joined, and from then on the issuer,
the server and the root of updates that the hand-over names. The chain of records goes on where it is. Whoever reads the
evidence later goes the same way: the keys of the server before lead, over the hand-over, to those of the next one.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence import canonical
from evidence.canonical import Value
from evidence.errors import HandoverError
from evidence.fields import NAME, Fields, format_time
from evidence.statement import STATEMENT_LIMIT, read_statement, sign_statement

FORMAT = "overt-handover-1"
LONGEST_ADDRESS = 300
LARGEST_CERTIFICATE = 16 * 1024
LARGEST_ROOT = 256 * 1024
_PLACE = "hand-over"
_ADDRESS = re.compile(r"https://[A-Za-z0-9.:\[\]_-]{1,260}:[0-9]{1,5}")
_KEY_SIZE = 32


@dataclass(frozen=True, slots=True)
class ServerIdentity:
    """A server as devices pin it: what an enrolment tells, in one piece."""

    address: str
    """`https://HOST:PORT`."""
    ca: str
    """The certificate authority that signed its certificate, PEM."""
    issuer_key: bytes
    """The issuer's verifying key, 32 bytes."""
    receipt_key: bytes
    """The key that checks the server's receipts, 32 bytes."""
    updates_root: str = field(repr=False)
    """TUF root metadata for signed libraries; empty where the server publishes none."""

    def spell(self) -> dict[str, Value]:
        """Return it as a JSON object."""
        return {
            "address": self.address,
            "ca": self.ca,
            "issuer_key": self.issuer_key.hex(),
            "receipt_key": self.receipt_key.hex(),
            "updates_root": self.updates_root,
        }

    @classmethod
    def read(cls, fields: Fields) -> "ServerIdentity":
        """Read that object; raises FormatError."""
        identity = cls(
            address=fields.text("address", limit=LONGEST_ADDRESS, pattern=_ADDRESS),
            ca=fields.text("ca", least=1, limit=LARGEST_CERTIFICATE),
            issuer_key=fields.hexadecimal("issuer_key", _KEY_SIZE),
            receipt_key=fields.hexadecimal("receipt_key", _KEY_SIZE),
            updates_root=fields.text("updates_root", limit=LARGEST_ROOT),
        )
        fields.done()
        return identity


@dataclass(frozen=True, slots=True)
class Handover:
    """From which server, to which, for which device of which case, since when."""

    case: str
    device: str
    device_key: bytes
    """The device's 32-byte verifying key."""
    issued_at: datetime
    from_receipt_key: bytes
    """The key of the receipts of the server that gives the device away."""
    to: ServerIdentity

    def to_bytes(self) -> bytes:
        """Return the canonical form: what is signed."""
        return canonical.encode(
            {
                "format": FORMAT,
                "case": self.case,
                "device": self.device,
                "device_key": self.device_key.hex(),
                "issued_at": format_time(self.issued_at),
                "from_receipt_key": self.from_receipt_key.hex(),
                "to": self.to.spell(),
            }
        )


def sign_handover(handover: Handover, issuing_key: Ed25519PrivateKey) -> bytes:
    """Return the file, signed by the issuer whom the device trusts so far."""
    return sign_statement(handover.to_bytes(), issuing_key)


def read_handover(file: bytes, *, issuer_key: bytes) -> Handover:
    """Check the signature and read it; raises SignatureError or FormatError."""
    payload = read_statement(file, place=_PLACE).check(issuer_key, what=_PLACE)
    fields = Fields(canonical.decode(payload, place=_PLACE, limit=STATEMENT_LIMIT), _PLACE)
    fields.constant("format", FORMAT)
    handover = Handover(
        case=fields.text("case", pattern=NAME),
        device=fields.text("device", pattern=NAME),
        device_key=fields.hexadecimal("device_key", _KEY_SIZE),
        issued_at=fields.time("issued_at"),
        from_receipt_key=fields.hexadecimal("from_receipt_key", _KEY_SIZE),
        to=ServerIdentity.read(Fields(fields.take("to"), fields.at("to"))),
    )
    fields.done()
    return handover


def check_handover(
    file: bytes,
    *,
    issuer_key: bytes,
    receipt_key: bytes,
    device_key: bytes,
    device: str,
    case: str,
    after: datetime | None,
) -> Handover:
    """Return a hand-over that this device may follow; `after` is the moment of the one that it followed last.

    Raises SignatureError, FormatError, or HandoverError for one of another device, case or server, or an old one: what
    was signed for a move that was made must not send the device there again.
    """
    handover = read_handover(file, issuer_key=issuer_key)
    if (handover.device, handover.case, handover.device_key) != (device, case, device_key):
        raise HandoverError("the hand-over is for another device or case")
    if handover.from_receipt_key != receipt_key:
        raise HandoverError("the hand-over is not from the server that this device reports to")
    if after is not None and handover.issued_at <= after:
        raise HandoverError("the hand-over is not newer than the one that was followed last")
    return handover

"""Receipts: the server's signed word that it has stored a record durably. Without one the device deletes nothing."""

import base64
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence import canonical
from evidence.errors import ReceiptError
from evidence.fields import DIGEST, NAME, Fields, format_time
from evidence.keys import check_signature
from evidence.statement import decode_base64

FORMAT = "overt-receipt-1"
RECEIPT_LIMIT = 4096


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the server states."""

    device: str
    epoch: int
    seq: int
    record: str
    """SHA-256 of the envelope in hex."""
    header: str
    """SHA-256 of its header in hex."""
    received_at: datetime

    def to_bytes(self) -> bytes:
        """Return the canonical form: what is signed."""
        return canonical.encode(
            {
                "format": FORMAT,
                "device": self.device,
                "epoch": self.epoch,
                "seq": self.seq,
                "record": self.record,
                "header": self.header,
                "received_at": format_time(self.received_at),
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "Receipt":
        """Read the canonical form; raises FormatError."""
        fields = Fields(canonical.decode(data, place="receipt", limit=RECEIPT_LIMIT), "receipt")
        fields.constant("format", FORMAT)
        receipt = cls(
            device=fields.text("device", pattern=NAME),
            epoch=fields.integer("epoch"),
            seq=fields.integer("seq"),
            record=fields.text("record", pattern=DIGEST),
            header=fields.text("header", pattern=DIGEST),
            received_at=fields.time("received_at"),
        )
        fields.done()
        return receipt


@dataclass(frozen=True, slots=True)
class SignedReceipt:
    """A receipt's bytes and the signature over them."""

    receipt: bytes
    signature: bytes = field(repr=False)

    def to_wire(self) -> bytes:
        """Return the JSON form of responses: base64 of both."""
        return canonical.encode(
            {
                "receipt": base64.b64encode(self.receipt).decode("ascii"),
                "signature": base64.b64encode(self.signature).decode("ascii"),
            }
        )

    @classmethod
    def from_wire(cls, data: bytes) -> "SignedReceipt":
        """Read that form; raises FormatError."""
        fields = Fields(canonical.decode(data, place="receipt", limit=2 * RECEIPT_LIMIT), "receipt")
        signed = cls(
            receipt=decode_base64(fields.text("receipt", limit=2 * RECEIPT_LIMIT), place=fields.at("receipt")),
            signature=decode_base64(fields.text("signature", limit=88), place=fields.at("signature")),
        )
        fields.done()
        return signed


def sign_receipt(receipt: Receipt, receipt_key: Ed25519PrivateKey) -> SignedReceipt:
    """Sign a receipt."""
    data = receipt.to_bytes()
    return SignedReceipt(data, receipt_key.sign(data))


def read_receipt(signed: SignedReceipt, receipt_public_key: bytes) -> Receipt:
    """Check the signature and read what is stated; raises SignatureError or FormatError."""
    check_signature(receipt_public_key, signed.signature, signed.receipt, what="receipt")
    return Receipt.from_bytes(signed.receipt)


def verify_receipt(
    signed: SignedReceipt, receipt_public_key: bytes, *, device: str, epoch: int, seq: int, record: str
) -> Receipt:
    """Check that this is the server's receipt for exactly this record, given by the SHA-256 of its envelope in hex.

    Raises SignatureError, FormatError, or ReceiptError for a receipt of something else.
    """
    receipt = read_receipt(signed, receipt_public_key)
    if (receipt.device, receipt.epoch, receipt.seq, receipt.record) != (device, epoch, seq, record):
        raise ReceiptError(f"the receipt is not for record {epoch}/{seq} of device {device} with this digest")
    return receipt

"""The certificate of destruction: the server's signed word that the content of named records was destroyed, and why.

The record's head stays (header, stanzas, signature), so the chain can still be followed; the receipt still names the
envelope that was there. What the certificate adds is that its going was decided by somebody, and when.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence import canonical
from evidence.fields import DIGEST, NAME, Fields, format_time
from evidence.statement import STATEMENT_LIMIT, read_statement, sign_statement

FORMAT = "overt-destruction-1"
MOST_RECORDS = 2000
"""Of one certificate; a statement has at most a mebibyte."""


@dataclass(frozen=True, slots=True)
class DestroyedRecord:
    """A record whose content is gone: its place, and the SHA-256 of the envelope that was there."""

    device: str
    epoch: int
    seq: int
    record: str


@dataclass(frozen=True, slots=True)
class Destruction:
    """What was destroyed. `reason` is a word such as retention or third-party; `decided_by` an account's id."""

    destruction: str
    case: str
    reason: str
    decided_by: str
    finished_at: datetime
    records: Sequence[DestroyedRecord]

    def to_bytes(self) -> bytes:
        """Return the canonical form: what is signed."""
        return canonical.encode(
            {
                "format": FORMAT,
                "destruction": self.destruction,
                "case": self.case,
                "reason": self.reason,
                "decided_by": self.decided_by,
                "finished_at": format_time(self.finished_at),
                "records": [
                    {"device": one.device, "epoch": one.epoch, "seq": one.seq, "record": one.record}
                    for one in self.records
                ],
            }
        )


def sign_destruction(done: Destruction, key: Ed25519PrivateKey) -> bytes:
    """Return the certificate, signed with the key that signs receipts."""
    return sign_statement(done.to_bytes(), key)


def read_destruction(file: bytes, receipt_key: bytes) -> Destruction:
    """Read and verify a certificate; raises SignatureError or FormatError."""
    place = "destruction"
    payload = read_statement(file, place=place).check(receipt_key, what="certificate of destruction")
    fields = Fields(canonical.decode(payload, place=place, limit=STATEMENT_LIMIT), place)
    fields.constant("format", FORMAT)
    done = Destruction(
        destruction=fields.text("destruction", pattern=NAME),
        case=fields.text("case", pattern=NAME),
        reason=fields.text("reason", pattern=NAME),
        decided_by=fields.text("decided_by", pattern=NAME),
        finished_at=fields.time("finished_at"),
        records=[_record(one) for one in fields.objects("records", least=1, most=MOST_RECORDS)],
    )
    fields.done()
    return done


def _record(fields: Fields) -> DestroyedRecord:
    record = DestroyedRecord(
        fields.text("device", pattern=NAME),
        fields.integer("epoch"),
        fields.integer("seq"),
        fields.text("record", pattern=DIGEST),
    )
    fields.done()
    return record

"""Seals a report to the keys of a case, as the agent seals captures: `overt evidence open` opens it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from evidence import envelope
from evidence.envelope import Part, Recipient
from evidence.header import GENESIS, HeaderFields, Kind
from evidence.keys import Entropy, generate_signing_key, verifying_key
from evidence.record import META, EventRecord

NO_AUTHORITY = "0" * 64
"""A triage is done by an officer's own hand: no authority for a device stands behind it."""


@dataclass(frozen=True, slots=True)
class SealedReport:
    """The envelope, and the key that signed it: made for this one report, its public half is told beside it."""

    data: bytes
    signer: bytes


def seal(
    html: str, report: str, recipients: Sequence[bytes], *, case: str, version: str, severity: int, now: datetime,
    entropy: Entropy,
) -> SealedReport:  # fmt: skip
    """Seal the page and the JSON; raises EvidenceError for keys that are none."""
    key = generate_signing_key(entropy)
    fields = HeaderFields(
        authority=NO_AUTHORITY, case=case, device="triage", epoch=0, seq=0, prev=GENESIS, time=now, monotonic_ns=0,
        boot="triage", agent=version, libraries=NO_AUTHORITY, kind=Kind.EVENT, severity=severity,
    )  # fmt: skip
    told = json.loads(report)
    meta = EventRecord(
        "triage-report", "The report of a triage.", {"files": told["files"], "items": len(told["items"])}
    )
    parts = [Part(META, meta.to_bytes()), Part("report-html", html.encode()), Part("report-json", report.encode())]
    sealed = envelope.seal(fields, parts, [Recipient(one) for one in recipients], key, entropy=entropy)
    return SealedReport(sealed.envelope, verifying_key(key))

"""Time-stamps of checkpoints (RFC 3161): somebody outside signs that a checkpoint existed at a time.

That is what finds device and server key in one hand: the history that they write later has no token from before.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from cryptography.x509 import Certificate
from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

from evidence.errors import FormatError, TimestampError

LARGEST_TOKEN = 65_536
"""Bytes of an answer of a time-stamping authority."""


def check_timestamp(token: bytes, note: bytes, roots: Sequence[Certificate]) -> datetime:
    """Return when an authority under one of `roots` saw this very checkpoint.

    Raises TimestampError where it did not, FormatError for what is no answer of such an authority.
    """
    if len(token) > LARGEST_TOKEN:
        raise FormatError("timestamp", f"{len(token)} bytes, more than the {LARGEST_TOKEN} allowed")
    if not roots:
        raise TimestampError("timestamp: no authority is trusted", hint="Name its certificate.")
    try:
        answer = decode_timestamp_response(token)
        moment: datetime = answer.tst_info.gen_time
    except ValueError:  # malformed, or a refusal that carries no token
        raise FormatError("timestamp", "not an answer of a time-stamping authority") from None
    builder = VerifierBuilder(roots=list(roots))
    try:
        builder.build().verify_message(answer, note)
    except VerificationError as problem:
        raise TimestampError(f"timestamp: {problem}") from None
    return moment.astimezone(UTC)

"""Asks a time-stamping authority (RFC 3161) for its word on a checkpoint. It learns a digest, and nothing of a case."""

import httpx2
from rfc3161_client import HashAlgorithm, PKIStatus, TimestampRequestBuilder, decode_timestamp_response

from evidence.timestamp import LARGEST_TOKEN
from server_stub.errors import ServerError

PATIENCE = 20.0
"""Seconds that an authority may take."""
_QUERY = "application/timestamp-query"


class TimestampingError(ServerError):
    """The time-stamping authority gave no token; the checkpoint stands without one."""


def ask(url: str, note: bytes) -> bytes:
    """Return the authority's answer for a note, as it came; raises TimestampingError."""
    request = (
        TimestampRequestBuilder()
        .data(note)
        .hash_algorithm(HashAlgorithm.SHA256)
        .nonce(nonce=True)
        .cert_request(cert_request=True)
        .build()
    )
    try:
        answer = httpx2.post(url, content=request.as_bytes(), headers={"content-type": _QUERY}, timeout=PATIENCE)
        answer.raise_for_status()
    except httpx2.HTTPError as problem:
        raise TimestampingError(f"{url} gave no time-stamp: {problem}", hint="Run the command again later.") from None
    token = answer.content
    if len(token) > LARGEST_TOKEN:
        raise TimestampingError(f"{url} answered {len(token)} bytes: that is no time-stamp")
    try:
        granted = decode_timestamp_response(token).status == PKIStatus.GRANTED
    except ValueError:
        granted = False
    if not granted:
        raise TimestampingError(f"{url} did not grant a time-stamp")
    return token

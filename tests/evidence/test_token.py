"""A time-stamp's token alone: whose word it is, over what, and when; each refusal in its words."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.x509 import load_pem_x509_certificate
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

from evidence.errors import FormatError, TimestampError
from evidence.timestamp import LARGEST_TOKEN, check_timestamp
from tests.evidence.time_authority import TimeAuthority

NOTE = b"device-1\n7\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TimeAuthority]:
    """Return an authority on this computer."""
    with closing(TimeAuthority(tmp_path_factory.mktemp("tsa") / "authority")) as made:
        yield made


def stamp(authority: TimeAuthority, note: bytes) -> bytes:
    """Return the authority's token for a note."""
    request = TimestampRequestBuilder().data(note).hash_algorithm(HashAlgorithm.SHA256).build()
    return authority.answer(request.as_bytes())


def test_a_token_tells_the_time_to_whoever_trusts_its_authority(authority: TimeAuthority, tmp_path: Path) -> None:
    """In UTC; not over another note, not by an authority that is not trusted, not by nobody."""
    token = stamp(authority, NOTE)
    roots = [load_pem_x509_certificate(authority.certificate.read_bytes())]
    with closing(TimeAuthority(tmp_path / "other")) as other:
        strangers = [load_pem_x509_certificate(other.certificate.read_bytes())]
    seen = check_timestamp(token, NOTE, roots)
    assert seen.tzinfo is UTC
    assert abs(datetime.now(UTC) - seen) < timedelta(minutes=10)
    for note, trusted in ((b"another note", roots), (NOTE, strangers)):
        with pytest.raises(TimestampError, match=r"^timestamp: \w"):
            check_timestamp(token, note, trusted)
    for size in (LARGEST_TOKEN, 1, 0):
        with pytest.raises(FormatError) as caught:
            check_timestamp(bytes(size), NOTE, roots)
        assert str(caught.value) == "timestamp: not an answer of a time-stamping authority"

"""Signed requests: method, path, body and time are what the device signed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from evidence.errors import RequestError
from evidence.keys import generate_signing_key, verifying_key
from evidence.request import CLOCK_SKEW, LIFETIME, sign_request, verify_request

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
PATH = "/v1/devices/device-1/records/0/7"
BODY = b"envelope"


@pytest.fixture(scope="module")
def key(seeded):
    """The device's key."""
    return generate_signing_key(seeded("device"))


@pytest.fixture
def signed(key, seeded):
    """A signed PUT."""
    return sign_request("PUT", PATH, BODY, device="device-1", device_key=key, now=NOW, entropy=seeded("nonce"))


@pytest.fixture
def check(key):
    """Verify a request as the server does, with changes."""

    def run(headers, method="PUT", path=PATH, body=BODY, now=NOW, known="device-1"):
        keys = {known: verifying_key(key)}
        return verify_request(method, path, body, headers, key_of=keys.get, now=now)

    return run


def test_a_signed_request_is_accepted(signed, check):
    """The server learns who, and the nonce to remember."""
    request = check(signed)
    assert (request.device, request.created, request.expires) == ("device-1", NOW, NOW + LIFETIME)
    assert len(request.nonce) == 22


def test_requests_without_a_body_are_signed_alike(key, check, seeded):
    """A GET signs the digest of nothing."""
    signed = sign_request("GET", PATH, b"", device="device-1", device_key=key, now=NOW, entropy=seeded("n"))
    assert check(signed, method="GET", body=b"").device == "device-1"


@pytest.mark.parametrize(
    "change",
    [
        {"method": "DELETE"}, {"path": "/v1/devices/device-1/records/0/8"}, {"path": PATH + "/"}, {"body": b"envelopf"},
        {"body": b""}, {"known": "device-2"}, {"now": NOW + LIFETIME + CLOCK_SKEW},
        {"now": NOW - CLOCK_SKEW - timedelta(seconds=1)}, {"method": "put"}, {"path": "/ü"},
    ],
)  # fmt: skip
def test_what_was_not_signed_is_refused(signed, check, change):
    """Another method, path, body, device or time."""
    with pytest.raises(RequestError):
        check(signed, **change)


def test_clocks_may_be_a_little_apart(signed, check):
    """The edges of the tolerance are inside."""
    check(signed, now=NOW - CLOCK_SKEW)
    check(signed, now=NOW + LIFETIME + CLOCK_SKEW - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("field", "old", "new"),
    [
        ("signature_input", ' "content-digest"', ""),
        ("signature_input", ";created=", ";made="),
        ("signature_input", "expires=17", "expires=18"),
        ("signature_input", "expires=", "expires=9"),
        ("signature_input", 'tag="overt-v1"', 'tag="other"'),
        ("signature_input", 'alg="ed25519"', 'alg="hmac-sha256"'),
        ("signature_input", ";nonce=", ';x="y";nonce='),
        ("signature_input", "overt=(", "overt=("),
        ("signature", "overt=:", "overt=:AAAA"),
        ("signature", "overt=:", "other=:"),
        ("content_digest", "sha-256=:", "sha-512=:"),
    ],
)
def test_altered_headers_are_refused(signed, check, field, old, new):
    """Each part of the three fields matters (the row that changes nothing shows that the others do)."""
    value = getattr(signed, field)
    assert old in value
    altered = replace(signed, **{field: value.replace(old, new)})
    if old == new:
        check(altered)
        return
    with pytest.raises(RequestError):
        check(altered)


@pytest.mark.parametrize("junk", ["", "x", "overt=()", "overt=1", "é", "a" * 100_000, 'overt=("@method");created=1'])
def test_junk_is_refused(signed, check, junk):
    """Nothing that a stranger sends makes another kind of error."""
    for field in ("content_digest", "signature_input", "signature"):
        with pytest.raises(RequestError):
            check(replace(signed, **{field: junk}))


def test_a_second_signature_is_refused(signed, check, key, seeded):
    """One request, one signer."""
    more = sign_request("PUT", PATH, BODY, device="device-1", device_key=key, now=NOW, entropy=seeded("other"))
    both = replace(
        signed,
        signature_input=signed.signature_input + ", " + more.signature_input.replace("overt=", "second=", 1),
        signature=signed.signature + ", " + more.signature.replace("overt=", "second=", 1),
    )
    with pytest.raises(RequestError):
        check(both)

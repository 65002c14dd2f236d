"""Signed requests: method, path, body and time are what the device signed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import RequestError
from evidence.keys import generate_signing_key, verifying_key
from evidence.request import CLOCK_SKEW, LIFETIME, _by_library, _usual, sign_request, verify_request

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


@given(st.data())
def test_the_short_way_takes_nothing_that_the_library_refuses(data):
    """The same headers, altered or not: what is taken as the usual spelling is taken by the library, read alike."""
    key = generate_signing_key(lambda size: b"k" * size)
    keys = {"device-1": verifying_key(key)}.get
    signed = sign_request(
        "PUT", PATH, BODY, device="device-1", device_key=key, now=NOW, entropy=lambda size: b"n" * size
    )
    field = data.draw(st.sampled_from(["content_digest", "signature_input", "signature", "nothing"]))
    if field != "nothing":
        value = getattr(signed, field)
        at = data.draw(st.integers(0, len(value)))
        cut = data.draw(st.integers(0, 2))
        put = data.draw(st.text(' ;="():,0123456789AaZz+/-_~\\\t', max_size=2))
        signed = replace(signed, **{field: value[:at] + put + value[at + cut :]})
    path = data.draw(st.sampled_from([PATH, PATH + "/", PATH + "?", "/v1//" + PATH[4:], PATH + "%41", PATH + "/.."]))
    found = _usual("PUT", path, signed, keys)
    try:
        other = _by_library("PUT", path, None, signed, keys)
    except RequestError:
        assert found is None
        return
    for name in () if found is None else ("created", "expires", "keyid", "nonce"):
        assert found[name] == str(other[name])


def test_the_usual_spelling_is_that_of_our_own_devices(signed, key):
    """Or every record would go the long way, and nobody would notice."""
    assert _usual("PUT", PATH, signed, {"device-1": verifying_key(key)}.get) is not None


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

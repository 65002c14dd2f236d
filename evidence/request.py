"""Signed requests (RFC 9421) of devices to the server, over plain values: what of a request is signed, and how.

A signature covers the method, the path and the digest of the body; it lives at most two minutes and carries a nonce.
Refusing a nonce that was seen before is the server's part: this module keeps nothing.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    algorithms,
)

from evidence.errors import RequestError
from evidence.fields import NAME
from evidence.keys import Entropy

TAG = "overt-v1"
LABEL = "overt"
COMPONENTS = ("@method", "@path", "content-digest")
LIFETIME = timedelta(seconds=120)
CLOCK_SKEW = timedelta(seconds=60)
"""How far the two clocks may be apart; a server remembers nonces for LIFETIME + 2 CLOCK_SKEW."""
_NONCE = 16
_ORIGIN = "https://overt.invalid"  # the library wants an absolute address; only its path is signed
_PARAMETERS = {"created", "expires", "keyid", "nonce", "tag", "alg"}

_USUAL_INPUT = re.compile(
    rf'{LABEL}=(?P<parameters>\("@method" "@path" "content-digest"\);created=(?P<created>[1-9][0-9]{{0,10}});'
    r'keyid="(?P<keyid>[A-Za-z0-9][A-Za-z0-9._+-]{0,63})";alg="ed25519";expires=(?P<expires>[1-9][0-9]{0,10});'
    rf'nonce="(?P<nonce>[A-Za-z0-9_-]{{1,64}})";tag="{TAG}")'
)
_USUAL = re.compile(rf"{LABEL}=:([A-Za-z0-9+/]{{86}}==):")
_USUAL_PATH, _USUAL_METHOD = re.compile("[A-Za-z0-9/_-]+"), re.compile("[A-Z]+")

KeyOfDevice: TypeAlias = Callable[[str], bytes | None]
"""Gives the verifying key of a device, or None for a device that is not known."""


@dataclass(frozen=True, slots=True)
class SignedHeaders:
    """The three header fields of a signed request."""

    content_digest: str
    signature_input: str
    signature: str

    def items(self) -> Iterator[tuple[str, str]]:
        """Yield names and values, for an HTTP client: `dict(headers.items())`."""
        yield "Content-Digest", self.content_digest
        yield "Signature-Input", self.signature_input
        yield "Signature", self.signature


@dataclass(frozen=True, slots=True)
class VerifiedRequest:
    """Who signed a request, and the nonce that may not come again before `expires`."""

    device: str
    nonce: str
    created: datetime
    expires: datetime
    body: str
    """SHA-256 of the body in hex."""


def sign_request(
    method: str,
    path: str,
    body: bytes,
    *,
    device: str,
    device_key: Ed25519PrivateKey,
    now: datetime,
    entropy: Entropy,
) -> SignedHeaders:
    """Sign a request. `path` is as sent, percent-encoded, without a query; an absent body is b""."""
    message = _Message(method, _ORIGIN + path, {})
    HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=_OwnKey(device_key)).sign(
        message,
        key_id=device,
        created=now,
        expires=now + LIFETIME,
        nonce=base64.urlsafe_b64encode(entropy(_NONCE)).decode("ascii").rstrip("="),
        label=LABEL,
        tag=TAG,
        covered_component_ids=COMPONENTS,
        body=body,
    )
    fields = message.headers
    return SignedHeaders(fields["Content-Digest"], fields["Signature-Input"], fields["Signature"])


def verify_request(
    method: str, path: str, body: bytes, headers: SignedHeaders, *, key_of: KeyOfDevice, now: datetime
) -> VerifiedRequest:
    """Check a request's signature, life and body; raises RequestError.

    `path` is the path as it was received (raw, percent-encoded). The nonce still has to be checked by the caller.
    """
    digest = hashlib.sha256(body)
    named = headers.content_digest == f"sha-256=:{base64.b64encode(digest.digest()).decode('ascii')}:"
    usual = _usual(method, path, headers, key_of) if named else None
    parameters = _by_library(method, path, None if named else body, headers, key_of) if usual is None else usual
    return _checked(parameters, now, digest.hexdigest())


def _usual(method: str, path: str, headers: SignedHeaders, key_of: KeyOfDevice) -> Mapping[str, Any] | None:
    """Return the parameters of a signature that holds and is spelled as `sign_request` does; None for any other.

    A server does this for each record: reading structured fields in general costs it several times as much. The library
    judges whatever this does not take, and says what is wrong.
    """
    described, signature = _USUAL_INPUT.fullmatch(headers.signature_input), _USUAL.fullmatch(headers.signature)
    if described is None or signature is None or not _USUAL_PATH.fullmatch(path) or not _USUAL_METHOD.fullmatch(method):
        return None
    key, raw = key_of(described["keyid"]), base64.b64decode(signature[1])
    if key is None or base64.b64encode(raw).decode("ascii") != signature[1]:
        return None
    base = (
        f'"@method": {method}\n"@path": {path}\n"content-digest": {headers.content_digest}\n'
        f'"@signature-params": {described["parameters"]}'
    )
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(raw, base.encode("ascii"))
    except InvalidSignature:
        return None
    return described.groupdict()


def _by_library(
    method: str, path: str, body: bytes | None, headers: SignedHeaders, key_of: KeyOfDevice
) -> Mapping[str, Any]:
    """Return the parameters of a signature that holds. `body`: None where its digest was compared already."""
    message = _Message(method, _ORIGIN + path, dict(headers.items()))
    verifier = _Verifier(signature_algorithm=algorithms.ED25519, key_resolver=_KnownKeys(key_of))
    try:
        results = verifier.verify(message, max_age=None, expect_tag=TAG, require_components=COMPONENTS, body=body)
    except (HTTPMessageSignaturesException, ValueError) as problem:
        raise RequestError(f"the request's signature does not hold: {problem}") from None
    if len(results) != 1 or set(results[0].parameters) != _PARAMETERS:
        raise RequestError(f"a request carries one signature with {', '.join(sorted(_PARAMETERS))}")
    return results[0].parameters


def _checked(parameters: Mapping[str, Any], now: datetime, body: str) -> VerifiedRequest:
    created, expires = (datetime.fromtimestamp(int(parameters[name]), UTC) for name in ("created", "expires"))
    if not timedelta(0) < expires - created <= LIFETIME:
        raise RequestError(f"a signature lives at most {LIFETIME.seconds} seconds")
    if not created - CLOCK_SKEW <= now < expires + CLOCK_SKEW:
        raise RequestError("the request was signed at another time", hint="Compare the clocks of device and server.")
    return VerifiedRequest(str(parameters["keyid"]), str(parameters["nonce"]), created, expires, body)


@dataclass(frozen=True, slots=True)
class _Message:
    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)


class _OwnKey(HTTPSignatureKeyResolver):
    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    def resolve_private_key(self, key_id: str) -> Ed25519PrivateKey:
        return self._key


class _KnownKeys(HTTPSignatureKeyResolver):
    def __init__(self, key_of: KeyOfDevice) -> None:
        self._key_of = key_of

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey | None:
        key = self._key_of(key_id) if NAME.fullmatch(key_id) else None
        return None if key is None else Ed25519PublicKey.from_public_bytes(key)


class _Verifier(HTTPMessageVerifier):
    """Leaves times to `_checked`: the library would read the clock."""

    def validate_created_and_expires(self, sig_input: Any, max_age: timedelta | None = None) -> None:
        """Check nothing here."""

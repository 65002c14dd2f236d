"""HTTP to the server: pinned certificate authority, signed requests. The only module that knows the HTTP client."""

import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType

import httpx2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.errors import (
    DeliveryError,
    EnrolmentError,
    GapError,
    NotEnrolledError,
    OutsideError,
    RefusedError,
    TooLargeError,
)
from agent.ports import FetchedCheckpoint
from evidence.errors import FormatError
from evidence.keys import Entropy
from evidence.receipt import SignedReceipt
from evidence.request import sign_request

TIMEOUT = httpx2.Timeout(30.0, connect=10.0)
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
LARGEST_ANSWER = 64 * 2**20
"""Bytes of an answer that are taken in: the largest file of a set of libraries. Nobody fills the device's memory."""
_LONGEST_WORDS = 300
_MOST_DIGITS = 9


class HttpTransport:
    """An enrolled device's connection to its server."""

    def __init__(
        self, server: str, ca_file: Path, *, device: str, device_key: Ed25519PrivateKey, entropy: Entropy
    ) -> None:
        """Trust the server whose certificate `ca_file` signed, and nobody else."""
        context = _trusting(ca_file)
        self._client = httpx2.Client(base_url=server, verify=context, timeout=TIMEOUT, trust_env=False)
        self._device = device
        self._key = device_key
        self._entropy = entropy

    def fetch_authority(self) -> bytes | None:
        """Return the newest authority file; None where there is none. Raises DeliveryError."""
        return self._fetch("authority")

    def fetch_withdrawal(self) -> bytes | None:
        """Return the withdrawal of the newest authority; None where it was not withdrawn. Raises DeliveryError."""
        return self._fetch("withdrawal")

    def fetch_handover(self) -> bytes | None:
        """Return the hand-over to another server; None where there is none. Raises DeliveryError."""
        return self._fetch("handover")

    def follow_handover(self, digest: str) -> bool:
        """Say that the hand-over of this digest is followed; False where it was taken back. Raises DeliveryError."""
        answer = self._send("POST", f"/v1/devices/{self._device}/handover/{digest}", b"")
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return False
        _require_success(answer)
        return True

    def _fetch(self, what: str) -> bytes | None:
        answer = self._send("GET", f"/v1/devices/{self._device}/{what}", b"")
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return None
        _require_success(answer)
        return bytes(answer.content)

    def fetch_checkpoint(self, size: int) -> FetchedCheckpoint | None:
        """Return the newest checkpoint, with the proof from that of `size` records; None where there is none."""
        answer = self._send("GET", f"/v1/devices/{self._device}/checkpoints/{size}", b"")
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return None
        _require_success(answer)
        try:
            found = answer.json()
            return FetchedCheckpoint(str(found["note"]).encode(), tuple(bytes.fromhex(step) for step in found["proof"]))
        except (ValueError, KeyError, TypeError):
            raise DeliveryError("the server's checkpoint cannot be read") from None

    def fetch_update(self, running: int, path: str) -> bytes:
        """Return a file of the case's signed sets; `running` is the version in use. Raises FileNotFoundError."""
        answer = self._send("GET", f"/v1/devices/{self._device}/updates/{running}/{path.replace('/', '~')}", b"")
        if answer.status_code == HTTPStatus.NOT_FOUND:
            raise FileNotFoundError(path)
        _require_success(answer)
        return bytes(answer.content)

    def put_record(self, epoch: int, seq: int, envelope: bytes, *, missing: int = 0) -> SignedReceipt:
        """Deliver a record and return the server's receipt, not yet verified. Raises DeliveryError, GapError."""
        path = f"/v1/devices/{self._device}/records/{epoch}/{seq}"
        answer = self._send("PUT", path, envelope, {"overt-missing": str(missing)} if missing else {})
        _require_no_gap(answer, seq)
        _require_permitted(answer)
        _require_success(answer)
        try:
            return SignedReceipt.from_wire(answer.content)
        except FormatError as problem:
            raise DeliveryError(f"the server's receipt cannot be read: {problem}") from None

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _send(self, method: str, path: str, body: bytes, more: Mapping[str, str] = NO_HEADERS) -> httpx2.Response:
        headers = sign_request(
            method,
            path,
            body,
            device=self._device,
            device_key=self._key,
            now=datetime.now(UTC),
            entropy=self._entropy,
        )
        try:
            with self._client.stream(method, path, content=body, headers=dict(headers.items()) | dict(more)) as answer:
                return httpx2.Response(answer.status_code, headers=_plain(answer), content=_taken_in(answer))
        except httpx2.HTTPError as problem:
            raise DeliveryError(f"the server cannot be reached ({type(problem).__name__})") from None


def fetch_ca(server: str) -> bytes:
    """Fetch the certificate authority of a server that is not trusted yet; the caller compares its fingerprint."""
    return _enrol_request(server, verify=False, path="/v1/ca").content


def post_enrolment(server: str, ca_file: Path, wanted: Mapping[str, str]) -> Mapping[str, str]:
    """Redeem an enrolment code at a server whose authority is known."""
    context = _trusting(ca_file)
    answer = _enrol_request(server, verify=context, path="/v1/enrol", wanted=wanted)
    found: Mapping[str, str] = answer.json()
    return found


def _enrol_request(
    server: str, *, verify: bool | ssl.SSLContext, path: str, wanted: Mapping[str, str] | None = None
) -> httpx2.Response:
    try:
        with httpx2.Client(base_url=server, verify=verify, timeout=TIMEOUT, trust_env=False) as client:
            answer = client.get(path) if wanted is None else client.post(path, json=dict(wanted))
    except httpx2.HTTPError as problem:
        raise EnrolmentError(
            f"The server at {server} cannot be reached ({type(problem).__name__}).",
            hint="Is it running, and is the address in the enrolment string right?",
        ) from None
    if not answer.is_success:
        raise EnrolmentError(f"The server refused: {_told(answer)}", hint="Ask the officer for a new string.")
    return answer


def _trusting(ca_file: Path) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except OSError:  # missing, or no certificate: SSLError is one as well
        raise NotEnrolledError(
            f"The server's pinned certificate authority cannot be read: {ca_file}.", hint="Enrol again."
        ) from None


def _taken_in(answer: httpx2.Response) -> bytes:
    """Return the content of an answer, or raise TooLargeError as soon as it is too large."""
    content = bytearray()
    for piece in answer.iter_bytes():
        content += piece
        if len(content) > LARGEST_ANSWER:
            raise TooLargeError(f"the server's answer is larger than {LARGEST_ANSWER // 2**20} MB")
    return bytes(content)


def _plain(answer: httpx2.Response) -> dict[str, str]:
    """Return the headers of an answer but for those that say how its content was packed: it is unpacked by now."""
    packing = {"content-encoding", "content-length", "transfer-encoding"}
    return {name: value for name, value in answer.headers.items() if name not in packing}


def _require_no_gap(answer: httpx2.Response, seq: int) -> None:
    if answer.status_code == HTTPStatus.CONFLICT:
        try:
            expected = answer.json().get("expected")
        except (ValueError, AttributeError):
            return
        if isinstance(expected, int) and 0 <= expected < seq:
            raise GapError(f"the server waits for record {expected} of the chain, not {seq}", expected=expected)


def _require_permitted(answer: httpx2.Response) -> None:
    if answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY:
        try:
            outside = answer.json().get("outside")
        except (ValueError, AttributeError):
            return
        if outside == "authority":
            raise OutsideError(f"the server answered {answer.status_code}: {_told(answer)}")


def _require_success(answer: httpx2.Response) -> None:
    if answer.is_success:
        return
    told = f"the server answered {answer.status_code}: {_told(answer)}"
    if answer.status_code in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE) or answer.is_server_error:
        raise DeliveryError(told, retry_after=seconds_to_wait(answer.headers.get("retry-after")))
    raise RefusedError(told)


def _told(answer: httpx2.Response) -> str:
    try:
        return str(answer.json().get("error", ""))[:_LONGEST_WORDS]
    except (ValueError, AttributeError):
        return answer.reason_phrase


def seconds_to_wait(text: str | None) -> float | None:
    """Read Retry-After (RFC 9110, 10.2.3): seconds, or the moment at which to come back; None where it is neither."""
    if text is None:
        return None
    if text.isascii() and text.isdigit():
        return float(text[:_MOST_DIGITS])
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):  # TypeError: a moment without its zone
        return None

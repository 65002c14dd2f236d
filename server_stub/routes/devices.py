"""The devices' API: join, fetch the authority, deliver records. Every request but joining is signed by the device."""

import asyncio
import re
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import PlainTextResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field

from evidence.keys import verifying_key
from evidence.request import SignedHeaders
from server_stub import authorities, checkpoints, running_sets, updates
from server_stub.devices import case_of
from server_stub.errors import NotFoundError, RefusedError, SignInError, TooSlowError
from server_stub.ingest import Ingested
from server_stub.place import Place
from server_stub.routes.common import Now, ServerPart, Unknown, get_now, get_server
from server_stub.transfer import standing

router = APIRouter(prefix="/v1")

LARGEST_RECORD = 64 * 2**20
"""Bytes of one envelope."""
_LARGEST_NUMBER = 2**63 - 1
_MOST_DIGITS = 18
_PLAIN_DEVICE, _PLAIN_NUMBER = re.compile(r"[a-z0-9-]{1,64}"), re.compile(r"[0-9]{1,18}")

DeviceName = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,64}$")]
UpdateFile = Annotated[str, Path(pattern=r"^(metadata|targets)~[A-Za-z0-9._~-]{1,200}$")]
Version = Annotated[int, Path(ge=0, le=2**31 - 1)]
HandoverDigest = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
Number = Annotated[int, Path(ge=0, le=_LARGEST_NUMBER)]


class EnrolmentRequest(BaseModel):
    """What a device says when it joins."""

    model_config = ConfigDict(extra="forbid")
    code: str = Field(max_length=64)
    device_key: str = Field(pattern="^[0-9a-f]{64}$")


class EnrolmentAnswer(BaseModel):
    """What it learns."""

    device: str
    case: str
    issuer_key: str
    receipt_key: str
    updates_root: str
    """TUF root metadata to pin; empty where this server publishes no updates."""


class CheckpointAnswer(BaseModel):
    """A signed note, and the steps of a consistency proof (RFC 9162) in hex."""

    note: str
    proof: list[str]


class TooLargeError(RefusedError):
    """A body over the limit."""

    status = 413  # type: ignore[assignment]


@router.get("/ca", dependencies=[Unknown])
def authority_certificate(server: ServerPart) -> PlainTextResponse:
    """Give the certificate authority to pin; a device checks it against the fingerprint in its enrolment string."""
    return PlainTextResponse(server.folder.ca_certificate.read_text(encoding="ascii"))


@router.post("/enrol", dependencies=[Unknown])
def enrol(wanted: EnrolmentRequest, server: ServerPart, now: Now) -> EnrolmentAnswer:
    """Take a device in, once for each code."""
    enrolled = server.enrolment.enrol(wanted.code, bytes.fromhex(wanted.device_key), now=now)
    return EnrolmentAnswer(
        device=enrolled.device,
        case=enrolled.case,
        issuer_key=server.folder.issuer_key().hex(),
        receipt_key=verifying_key(server.folder.receipt_key()).hex(),
        updates_root=(updates.root_of(server.folder) or b"").decode(),
    )


@router.get("/devices/{device}/authority")
def authority(device: DeviceName, request: Request, server: ServerPart, now: Now) -> Response:
    """Give the device its newest authority."""
    server.gate.admit("GET", _raw_path(request), b"", _signed_headers(request), device=device, now=now)
    return Response(authorities.newest(server.database, device), media_type="application/json")


@router.get("/devices/{device}/withdrawal")
def withdrawal(device: DeviceName, request: Request, server: ServerPart, now: Now) -> Response:
    """Give the device the signed word that its newest authority ended before its time; 404 while it did not."""
    server.gate.admit("GET", _raw_path(request), b"", _signed_headers(request), device=device, now=now)
    return Response(authorities.newest_withdrawal(server.database, device), media_type="application/json")


@router.get("/devices/{device}/updates/{running}/{file}")
def update(
    device: DeviceName, running: Version, file: UpdateFile, request: Request, server: ServerPart, now: Now
) -> Response:
    """Give a file of the case's signed sets, its path with `~` for `/`; `running` is the set that the device runs."""
    name = file.replace("~", "/")
    server.gate.admit("GET", _raw_path(request), b"", _signed_headers(request), device=device, now=now)
    case = case_of(server.database, device)
    if name == "metadata/timestamp.json":
        running_sets.note(server.database, device, running, now=now)
    return Response(updates.read(server.folder, case, name, now=now), media_type="application/octet-stream")


@router.get("/devices/{device}/checkpoints/{size}")
def checkpoint(device: DeviceName, size: Number, request: Request, server: ServerPart, now: Now) -> CheckpointAnswer:
    """Give the device's newest checkpoint, with the proof that it goes on from that of `size` records."""
    server.gate.admit("GET", _raw_path(request), b"", _signed_headers(request), device=device, now=now)
    found = checkpoints.continued(server.database, device, size)
    if found is None:
        raise NotFoundError("no checkpoint was signed for this device yet")
    return CheckpointAnswer(note=found.note.decode(), proof=[step.hex() for step in found.proof])


@router.get("/devices/{device}/handover")
def handover(device: DeviceName, request: Request, server: ServerPart, now: Now) -> Response:
    """Give the device the signed hand-over to another server; 404 while there is none."""
    server.gate.admit("GET", _raw_path(request), b"", _signed_headers(request), device=device, now=now, moved=True)
    return Response(standing.handover_for(server.database, device), media_type="application/json")


@router.post("/devices/{device}/handover/{digest}")
def follow_handover(
    device: DeviceName, digest: HandoverDigest, request: Request, server: ServerPart, now: Now
) -> dict[str, str]:
    """Note that the device follows the hand-over of this digest: from now on it reports to the other server."""
    server.gate.admit("POST", _raw_path(request), b"", _signed_headers(request), device=device, now=now, moved=True)
    standing.follow(server.database, device, digest, now=now)
    return {"followed": digest}


class _RecordRoute(APIRoute):
    """Calls `deliver` at once where the address is plain; FastAPI's reading of it costs as much as a signature."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers; FastAPI does where something is wrong with the address, and says what."""
        careful = super().get_route_handler()

        async def handle(request: Request) -> Response:
            device, epoch, seq = (request.path_params[name] for name in ("device", "epoch", "seq"))
            if not (
                _PLAIN_DEVICE.fullmatch(device) and _PLAIN_NUMBER.fullmatch(epoch) and _PLAIN_NUMBER.fullmatch(seq)
            ):
                return await careful(request)
            return await deliver(device, int(epoch), int(seq), request, await get_server(request), await get_now())

        return handle


async def deliver(
    device: DeviceName, epoch: Number, seq: Number, request: Request, server: ServerPart, now: Now
) -> Response:
    """Store a record and answer with a signed receipt; the same record again gets the same receipt.

    The header Overt-Missing says how many records before this one were damaged on the device and will never come.
    """
    missing, size = _missing(request), _announced(request)
    path, signed = _raw_path(request), _signed_headers(request)

    def store() -> Ingested:
        admitted = server.gate.verify("PUT", path, body, signed, device=device, now=now)
        place = Place(device, epoch, seq)
        return server.ingest.put(place, body, digest=admitted.body, now=now, missing=missing, request=admitted)

    with server.admission.room(size):
        body = await _read_body(request, server.admission.patience_for(size))
        ingested = await server.admission.store(store)
    return Response(ingested.receipt, status_code=201 if ingested.new else 200, media_type="application/json")


router.add_api_route(
    "/devices/{device}/records/{epoch}/{seq}",
    deliver,
    methods=["PUT"],
    route_class_override=_RecordRoute,
)


def _announced(request: Request) -> int:
    """Return how many bytes a record will have, or the most that it may; raises TooLargeError, SignInError."""
    announced = request.headers.get("content-length", "")
    size = int(announced[:_MOST_DIGITS]) if announced.isdigit() else LARGEST_RECORD
    if size > LARGEST_RECORD:
        raise TooLargeError(f"a record has at most {LARGEST_RECORD} bytes")
    if "signature-input" not in request.headers:
        raise SignInError("the request is not signed")
    return size


async def _read_body(request: Request, patience: float) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(patience):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LARGEST_RECORD:
                    raise TooLargeError(f"a record has at most {LARGEST_RECORD} bytes")
    except TimeoutError:
        raise TooSlowError("the record did not come in time") from None
    return bytes(body)


def _missing(request: Request) -> int:
    said = request.headers.get("overt-missing", "0")
    return int(said) if said.isascii() and said.isdigit() and len(said) <= _MOST_DIGITS else 0


def _raw_path(request: Request) -> str:
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    return raw.decode("ascii")


def _signed_headers(request: Request) -> SignedHeaders:
    found = request.headers
    return SignedHeaders(
        content_digest=found.get("content-digest", ""),
        signature_input=found.get("signature-input", ""),
        signature=found.get("signature", ""),
    )

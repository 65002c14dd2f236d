"""Many devices on one event loop: real chains, seals, signatures and TLS, and the agent's own rule for waiting."""

import asyncio
import json
import random
import secrets
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

import httpx2
from sqlalchemy import func, select

from agent.transport import seconds_to_wait
from agent.upload import wait_after
from evidence import envelope
from evidence.envelope import Kind, Part
from evidence.errors import EvidenceError
from evidence.header import GENESIS
from evidence.keys import verifying_key
from evidence.receipt import SignedReceipt, verify_receipt
from evidence.request import sign_request
from overt.evidence_check import check_store
from server_stub.tables import Record
from tests.console.site import CaseSite, Seed
from tests.postgres import Cluster

LATER = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


@dataclass(frozen=True, slots=True)
class Upload:
    """A request that is ready but for its signature."""

    path: str
    body: bytes
    digest: str
    made: float = 0.0
    """When the record was made, by the monotonic clock."""


@dataclass(slots=True)
class Told:
    """What the server told all devices."""

    stored: list[float] = field(default_factory=list)
    """Moments at which a receipt came that holds."""
    lags: list[tuple[float, float]] = field(default_factory=list)
    """When a record was made, and the seconds until its receipt came."""
    turned_away: int = 0
    unreachable: int = 0
    too_early: int = 0
    """Requests sent before the server had said to come back."""
    longest_asked: float = 0.0
    refused: list[str] = field(default_factory=list)
    """Answers that are neither a receipt nor a word to come back."""
    receipts: set[str] = field(default_factory=set)
    doubled: int = 0
    """Records for which two receipts with different words came."""


class FleetDevice:
    """A device with a chain of its own: the site's helper seals, under this device's name and key."""

    def __init__(self, site: CaseSite) -> None:
        """Take the identity of the site's newest device, and have the next one enrolled."""
        self.site, self.key = site, site.device_key
        self.name, self.authority, self.prev, self.seq = site.device, site.authority, GENESIS, 0
        self.failures, self.not_before = 0, 0.0
        site.join_device()  # the next one's

    def upload(self, size: int, kind: Kind = Kind.CAPTURE, *, made: float | None = None) -> Upload:
        """Seal the next record, with `size` bytes of picture; `made`: when it was due, None: now."""
        capture = kind is Kind.CAPTURE
        fields = self.site.fields(Seed("A page", "a gun", 3 if capture else 0), seq=self.seq, prev=self.prev)
        fields = replace(fields, device=self.name, authority=self.authority, kind=kind)
        parts = [Part("meta", b"{}" * 500), *([Part("frame-0", secrets.token_bytes(size))] if size else [])]
        sealed = envelope.seal(fields, parts, self.site.recipients, self.key, entropy=secrets.token_bytes)
        path = f"/v1/devices/{self.name}/records/0/{self.seq}"
        self.prev, self.seq = sealed.header_digest, self.seq + 1
        return Upload(path, sealed.envelope, sealed.digest, time.monotonic() if made is None else made)

    def headers(self, upload: Upload) -> dict[str, str]:
        """Sign a request now."""
        signed = sign_request(
            "PUT", upload.path, upload.body, device=self.name, device_key=self.key, now=datetime.now(UTC),
            entropy=secrets.token_bytes,
        )  # fmt: skip
        return dict(signed.items())

    async def deliver(self, client: httpx2.AsyncClient, upload: Upload, told: Told, receipt_key: bytes) -> None:
        """Deliver a record as the agent does: until a receipt came that holds, waiting as it is asked to."""
        while True:
            told.too_early += time.monotonic() < self.not_before
            try:
                answer = await client.put(upload.path, content=upload.body, headers=self.headers(upload))
            except httpx2.HTTPError:
                told.unreachable += 1
                await self._wait(None)
                continue
            if answer.status_code in LATER:
                told.turned_away += 1
                asked = seconds_to_wait(answer.headers.get("retry-after"))
                told.longest_asked = max(told.longest_asked, asked or 0.0)
                await self._wait(asked)
                continue
            self.failures = 0
            self._note(answer, upload, told, receipt_key)
            return

    async def _wait(self, asked: float | None) -> None:
        self.failures += 1
        self.not_before = time.monotonic() + (asked or 0.0)
        await asyncio.sleep(wait_after(self.failures, asked, lambda upper: random.uniform(0, upper)))

    def _note(self, answer: httpx2.Response, upload: Upload, told: Told, receipt_key: bytes) -> None:
        *_, epoch, seq = upload.path.split("/")
        try:
            signed = SignedReceipt.from_wire(answer.content)
            verify_receipt(
                signed, receipt_key, device=self.name, epoch=int(epoch), seq=int(seq), record=upload.digest
            )  # fmt: skip
        except EvidenceError:
            told.refused.append(f"{answer.status_code}: {answer.text[:200]}")
            return
        now = time.monotonic()
        told.doubled += upload.digest in told.receipts
        told.receipts.add(upload.digest)
        told.stored.append(now)
        told.lags.append((upload.made, now - upload.made))


@contextmanager
def empty_database(kind: str) -> Iterator[str]:
    """Give an empty database's address: of a PostgreSQL cluster of our own, or "" for a file."""
    if kind == "sqlite":
        yield ""
        return
    with closing(Cluster()) as cluster:
        yield cluster.make_database()


def enrol(site: CaseSite, count: int, say: Callable[[str], None]) -> list[FleetDevice]:
    """Enrol so many devices."""
    say(f"Enrolling {count} devices …")
    return [FleetDevice(site) for _ in range(count)]


def keep_port(site: CaseSite, address: str) -> None:
    """Have the server come back at the same port."""
    settings = site.folder.settings_file
    port = address.rpartition(":")[2]
    settings.write_text(settings.read_text().replace("\nport = 0\n", f"\nport = {port}\n"))


def new_client(address: str, trust: ssl.SSLContext) -> httpx2.AsyncClient:
    """Return a device's connection."""
    return httpx2.AsyncClient(base_url=address, verify=trust, timeout=60, trust_env=False)


def receipt_key_of(site: CaseSite) -> bytes:
    """Return the key that receipts are believed by."""
    return verifying_key(site.folder.receipt_key())


def judge(site: CaseSite, told: Told, sent: Sequence[str]) -> list[str]:
    """Return what is wrong with what was stored; `sent` are the digests of all records. Nothing is the good answer."""
    with site.server.database.reading() as session:
        digests = list(session.scalars(select(Record.digest)))
        rows = session.scalar(select(func.count()).select_from(Record)) or 0
    found = [f"{len(told.refused)} answers were neither receipt nor wait: {told.refused[0]}"] if told.refused else []
    if not sent or not len(set(sent)) == len(told.receipts) == len(set(digests)) == rows:
        found.append(f"{len(sent)} sent, {len(told.receipts)} receipts, {len(set(digests))} records in {rows} rows")
    if told.receipts != set(digests):
        found.append("the records that are stored are not those that have receipts")
    missing = [one for one in digests if not (site.folder.blobs / one[:2] / one).exists()]
    if missing:
        found.append(f"{len(missing)} records have no envelope")
    broken = [
        name for name, _, steps in check_store(site.folder.root)
        if not all(step.holds for step in steps if step.checked)
    ]  # fmt: skip
    return [*found, *([f"the chains of {len(broken)} devices do not verify"] if broken else [])]


def write_json(file: Path | None, figures: dict[str, object]) -> None:
    """Write figures for a program to read, if they are wanted."""
    if file is not None:
        file.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")

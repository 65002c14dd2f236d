"""A server with a case full of captures, made without a screen: sealed on the spot, taken in by the real ingest."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np

from evidence import envelope
from evidence.authority import Condition, PermittedLibrary, authority_digest
from evidence.coverage import CoverageRecord
from evidence.envelope import HeaderFields, Kind, Part, Recipient, Role, Sealed
from evidence.header import GENESIS
from evidence.keys import generate_signing_key, verifying_key
from evidence.record import (
    Action,
    CaptureRecord,
    DecisionRecord,
    EventRecord,
    FindingRecord,
    FrameRecord,
    SuppressedRecord,
    ThumbRecord,
)
from evidence.suite import Suite
from server_stub import authorities, cases
from server_stub.accounts import at_the_machine
from server_stub.authority_wish import Wish
from server_stub.folder import ServerFolder
from server_stub.place import Place
from server_stub.server import Server, entropy, open_server
from server_stub.setup import OfflineFolder, make_server
from server_stub.tables import Case

OFFICER, PASSPHRASE = "kim", "four plain words here"


@dataclass(frozen=True, slots=True)
class Seed:
    """One capture to be made: what stood on the screen, how severe, in which group, and how it came to be seen."""

    title: str
    words: str
    severity: int = 3
    group: str = ""
    term: str = "gun"
    library: str = "weapons"
    provenance: str = "visible_window"
    source: str = "ocr"
    app: str = "Browser"
    url: str | None = None
    seconds: int | None = None
    """After the site's beginning; None: a second after the capture before it."""
    rule: str = "word"
    frames: tuple[str, ...] = ("frame-0",)
    ignored: str = ""
    """A term in the words that was seen and not counted; empty: none."""


class CaseSite:
    """A server's folder with one officer, one case, one device."""

    def __init__(
        self,
        root: Path,
        suite: Suite = Suite.X25519,
        *,
        database: str = "",
        host: str = "127.0.0.1",
        now: datetime | None = None,
    ) -> None:
        """Make the server, the officer, the case and the device; keys that open are of `suite`.

        `database` is an empty database's address; empty for a SQLite file. `now`: when all of it is made; None: now.
        """
        self.folder = ServerFolder(root / "server")
        self.offline = OfflineFolder(root / "offline")
        now = now or datetime.now(UTC)
        make_server(
            self.folder, self.offline, host=host, port=0, now=now, entropy=entropy, suite=suite,
            database=database,
        )  # fmt: skip
        self.server: Server = open_server(self.folder)
        self.server.officers.add(OFFICER, PASSPHRASE, now=now, entropy=entropy, suite=suite)
        self.case = cases.open_case(
            self.server.database,
            [OFFICER],
            now=now,
            entropy=entropy,
            recovery_key=self.folder.recovery_key(),
            suite=suite,
        )
        self.use_newest_key()
        self.begin = now.replace(microsecond=0)
        self.join_device()

    def begin_anew(self, officer: str) -> None:
        """Give a new officer a new case with a device; from now on captures are of that one."""
        self.server.officers.add(officer, PASSPHRASE, now=self.begin, entropy=entropy)
        self.case = cases.open_case(
            self.server.database, [officer], now=self.begin, entropy=entropy, recovery_key=self.folder.recovery_key()
        )
        self.use_newest_key()
        self.join_device()

    def join_device(self) -> None:
        """Enrol a device with an authority; from now on records are sealed as this one's."""
        now = self.begin
        self.device_key = generate_signing_key(secrets.token_bytes)
        code = self.server.enrolment.make_code(at_the_machine(now), self.case)
        self.device = self.server.enrolment.enrol(code, verifying_key(self.device_key), now=now).device
        wish = Wish(
            self.device, ["alex"], [PermittedLibrary("weapons", "3")], [Condition("3", "No weapons.")], 30,
            "Monitored.", "A court", "01632 960000",
        )  # fmt: skip
        authorities.issue(
            self.server.database,
            wish,
            issuing_key=self.offline.issuing_key(),
            now=now,
        )
        self.authority = authority_digest(authorities.newest(self.server.database, self.device))
        self.prev, self.seq = GENESIS, 0

    def use_newest_key(self) -> None:
        """Seal to the case's newest key from now on, as a device does with a new authority."""
        with self.server.database.reading() as session:
            case = session.get(Case, self.case)
            assert case is not None
            self.recipients = [Recipient(case.public_key, Role.CASE)]

    def add(self, seeds: Sequence[Seed]) -> None:
        """Seal captures and have them taken in."""
        for seed in seeds:
            sealed = self.seal(seed)
            self.server.ingest.put(self.last_place, sealed.envelope, digest=sealed.digest, now=self.begin)

    @property
    def last_place(self) -> Place:
        """Place of the capture that was sealed last."""
        return Place(self.device, 0, self.seq - 1)

    def seal(self, seed: Seed, *, keep: bool = True) -> Sealed:
        """Seal the next capture of the device's chain; unless `keep`, the one after it stands in the same place."""
        fields = self.fields(seed, seq=self.seq, prev=self.prev)
        sealed = envelope.seal(fields, self.parts(seed), self.recipients, self.device_key, entropy=secrets.token_bytes)
        if keep:
            self.prev, self.seq = sealed.header_digest, self.seq + 1
        return sealed

    def parts(self, seed: Seed) -> list[Part]:
        """Return the parts of a capture."""
        record = _record(seed, self._moment(seed))
        return [
            Part("meta", record.to_bytes()),
            Part("thumb", THUMB),
            *(Part(frame, PICTURE) for frame in seed.frames),
        ]

    def fields(self, seed: Seed, *, seq: int, prev: str) -> HeaderFields:
        """Return the clear part of a capture."""
        return HeaderFields(
            authority=self.authority, case=self.case, device=self.device, epoch=0, seq=seq, prev=prev,
            time=self._moment(seed), monotonic_ns=seq,
            boot="boot", agent="0.1.0", libraries="0" * 64, kind=Kind.CAPTURE,
            severity=seed.severity, group=seed.group,
        )  # fmt: skip

    def _moment(self, seed: Seed) -> datetime:
        return self.begin + timedelta(seconds=1 + self.seq if seed.seconds is None else seed.seconds)

    def add_event(self, kind: Kind, event: EventRecord | CoverageRecord, *, seconds: int) -> None:
        """Seal a record that is no capture and have it taken in."""
        fields = replace(
            self.fields(Seed("", "", 0, seconds=seconds), seq=self.seq, prev=self.prev), kind=kind, severity=0
        )
        sealed = envelope.seal(
            fields, [Part("meta", event.to_bytes())], self.recipients, self.device_key, entropy=secrets.token_bytes
        )
        self.prev, self.seq = sealed.header_digest, self.seq + 1
        self.server.ingest.put(self.last_place, sealed.envelope, digest=sealed.digest, now=self.begin)

    def reopen(self) -> None:
        """Close the server and open it again, with the settings as they are now."""
        self.close()
        self.server = open_server(self.folder)

    def close(self) -> None:
        """Give the database back, so that a server process may have it."""
        self.server.database.close()


def _finding(seed: Seed, term: str, why: str) -> FindingRecord:
    start = max(0, seed.words.find(term))
    end = start + len(term) if term in seed.words else start
    return FindingRecord(
        seed.library, "7", term, term, seed.rule, seed.library, seed.severity, "3", start, end, f"“{term}” {why}"
    )  # fmt: skip


def _record(seed: Seed, when: datetime) -> CaptureRecord:
    seen = {"typed": "Typed", "pasted": "Copied"}.get(seed.provenance, "Read on the screen")
    ignored = SuppressedRecord(_finding(seed, seed.ignored, "stood there too."), "it stands in a harmless phrase")
    return CaptureRecord(
        why=f"{seen}: “{seed.words[:60]}” in {seed.app}: {seed.library} library 7, condition 3 of the order.",
        observed_at=when,
        source=seed.source,
        provenance=seed.provenance,
        app=seed.app,
        title=seed.title,
        url=seed.url,
        account="alex",
        monitor=0,
        severity=seed.severity,
        text=seed.words,
        findings=(_finding(seed, seed.term, f"is on the {seed.library} list."),),
        suppressed=(ignored,) if seed.ignored else (),
        decision=DecisionRecord(Action.CAPTURE, "severity is high enough"),
        frames=tuple(
            FrameRecord(frame, 0, 0, 0, 640, 400, "image/jpeg", SECONDS[frame.partition("-")[0]])
            for frame in seed.frames
        ),
        thumb=ThumbRecord("image/jpeg", 320, 200),
    )


def _picture(width: int, height: int, quality: int) -> bytes:
    """Return a picture with lines of blocks like text, the same each time."""
    random = np.random.default_rng(7)
    pixels = np.full((height, width, 3), 255, np.uint8)
    for top in range(10, height - 20, 18):
        pixels[top : top + 10, 20:-20][random.random((10, width - 40)) < 0.4] = 40
    return bytes(cv2.imencode(".jpg", pixels, (cv2.IMWRITE_JPEG_QUALITY, quality))[1].tobytes())


PICTURE = _picture(640, 400, 80)
"""The frame of every capture."""
SECONDS = {"frame": 0, "before": -12, "after": 2}
"""When pictures of a kind were taken, from the moment of the capture."""
THUMB = _picture(320, 200, 70)

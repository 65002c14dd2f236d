"""A case with tens of thousands of captures, put into the store in one go: sealed as ever, not synced one by one."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice

import cv2
import numpy as np

from evidence import envelope
from evidence.envelope import Part
from evidence.receipt import Receipt, sign_receipt
from server_stub import groups
from server_stub.tables import CaptureGroup, Record
from tests.console import day
from tests.console.site import CaseSite, Seed

AT_ONCE = 2000
_GAP = 60


class ManySite(CaseSite):
    """A case of many captures whose thumbnails are as large as a page's, without frames."""

    def parts(self, seed: Seed) -> list[Part]:
        """Return the words and the small picture."""
        meta, _, *_ = super().parts(seed)
        return [meta, Part("thumb", PAGE_THUMB)]

    def fill(self, number: int) -> None:
        """Put `number` captures in, each a group of its own."""
        seeds = many_seeds()
        for begin in range(0, number, AT_ONCE):
            put(self, list(islice(seeds, min(AT_ONCE, number - begin))))


def put(site: CaseSite, seeds: Sequence[Seed]) -> None:
    """Put captures into a site, each a group of its own."""
    now = datetime.now(UTC)
    with site.server.database.writing() as session:
        for seed in seeds:
            sealed = site.seal(seed)
            path = site.folder.blobs / sealed.digest[:2] / sealed.digest
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(sealed.envelope)
            record = _record(site, seed, sealed, now)
            session.add_all([record, _group(record)])


def _record(site: CaseSite, seed: Seed, sealed: envelope.Sealed, now: datetime) -> Record:
    place = site.last_place
    receipt = Receipt(place.device, place.epoch, place.seq, sealed.digest, sealed.header_digest, _second(now))
    return Record(
        device_id=place.device, epoch=place.epoch, seq=place.seq, case_id=site.case, kind="capture",
        severity=seed.severity, fold_group="", origin="screen",
        recorded_at=site.begin + timedelta(seconds=seed.seconds or 0), received_at=now, digest=sealed.digest,
        header_digest=sealed.header_digest, head_length=envelope.parse(sealed.envelope).length,
        receipt=sign_receipt(receipt, site.folder.receipt_key()).to_wire(),
    )  # fmt: skip


def _second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def many_seeds() -> Iterator[Seed]:
    """Yield one capture after another, over weeks, no two alike."""
    number = 0
    while True:
        for seed in day.captures(97):
            words = f"{seed.words} {number} {'and so on with the page around it ' * 12}"
            yield Seed(
                f"{seed.title} {number}", words, seed.severity, term=seed.term, library=seed.library,
                provenance=seed.provenance, source=seed.source, app=seed.app, url=seed.url, seconds=number * _GAP,
                frames=(),
            )  # fmt: skip
            number += 1


def _group(record: Record) -> CaptureGroup:
    return CaptureGroup(
        case_id=record.case_id, device_id=record.device_id, name=groups.name_of(record), severity=record.severity,
        captures=1, undecided=1, first_at=record.recorded_at, last_at=record.recorded_at, epoch=record.epoch,
        seq=record.seq, escalated=False,
    )  # fmt: skip


def _page_thumb() -> bytes:
    """Return a thumbnail like that of a page of text: white, with lines of words."""
    random = np.random.default_rng(3)
    pixels = np.full((200, 320, 3), 250, np.uint8)
    for top in range(12, 190, 9):
        length = int(random.integers(80, 280))
        pixels[top : top + 4, 16 : 16 + length][random.random((4, length)) < 0.5] = 90
    return bytes(cv2.imencode(".jpg", pixels, (cv2.IMWRITE_JPEG_QUALITY, 70))[1].tobytes())


PAGE_THUMB = _page_thumb()

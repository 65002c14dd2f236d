"""Looks at one file: its hashes, the pictures and words in it, and what is packed inside, within limits."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import cv2

from engine.documents.errors import DocumentError, NotTextError
from engine.documents.formats import BY_ENDING, Format, recognise
from engine.documents.piece import Remark
from engine.errors import EngineError, PictureError
from engine.image.pixels import Pixels
from engine.image.screen import PREFILTER, PictureScreener
from engine.observation import Provenance, TextObservation
from engine.verdict import Finding
from overt.hashes_set import About
from overt.hashes_work import FileMatch, Matcher
from overt.picture_files import SUFFIXES, pixels_of
from overt.picture_frames import frames_at_most, further
from overt.picture_sizes import claimed_size
from overt.screening import Found as Words
from overt.screening import Screening
from overt.triage import embedded, recent, thumbnails, videos
from overt.triage.items import Found, Item
from overt.triage.packed import Limits, is_other_packing, is_packed, members
from overt.triage.walk import Listed, blocks

MOST_HELD = 256 * 2**20
"""Bytes of a file that is looked into; of larger ones only the hashes are taken."""
MOST_FOUND = 100
DEEPEST = 4
DIGESTS = ("md5", "sha1", "sha256")
_HEIC = {b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc", b"ftypmsf1"}
_PICTURE_ERRORS = (PictureError, cv2.error, MemoryError)


@dataclass(frozen=True, slots=True)
class Questions:
    """What is asked of each file."""

    matcher: Matcher
    abouts: dict[str, About]
    """Of the sets, by id."""
    pictures: PictureScreener
    screening: Screening


class Examiner:
    """Looks at files, one after the other."""

    def __init__(self, questions: Questions) -> None:
        self._ask = questions

    def examine(self, listed: Listed, tick: Callable[[int], None]) -> Item:
        """Return what is to be said of a file; `tick` is told how many bytes were read. Never raises for a bad file."""
        if listed.problem:
            return Item(listed.shown, listed.size, listed.changed, "", problems=(listed.problem,))
        digests = tuple(hashlib.new(name, usedforsecurity=False) for name in DIGESTS)
        held = bytearray()
        try:
            for block in blocks(listed.path):
                for one in digests:
                    one.update(block)
                if listed.size <= MOST_HELD:
                    held += block
                tick(len(block))
        except OSError as error:
            problem = f"it cannot be read: {error.strerror}"
            return Item(listed.shown, listed.size, listed.changed, "", problems=(problem,))
        notes = _Notes()
        notes.add(self._known([one.digest() for one in digests], ""))
        notes.add(self._name(listed.path.name, ""))
        if videos.is_video(listed.path.name):
            self._video(listed.path, notes)
        elif len(held) < listed.size:
            notes.problems.append(f"larger than {MOST_HELD // 2**20} MB: only its hashes and its name were looked at")
        else:
            self._inside(bytes(held), listed.path.name, "", notes, Limits())
        item = Item(listed.shown, listed.size, listed.changed, digests[2].hexdigest())
        return notes.into(item)

    def _inside(self, data: bytes, name: str, inside: str, notes: "_Notes", limits: Limits) -> None:
        """Look into bytes, and into what is packed in them."""
        if thumbnails.is_cache(name):
            self._cache(data, inside, notes)
        elif videos.is_video(name):
            notes.problem(inside, "a video inside another file: only its hashes and its name were looked at")
        elif recent.is_list(name):
            self._recent(data, inside, notes)
        elif PurePosixPath(name.lower()).suffix in SUFFIXES or claimed_size(data) is not None or data[4:12] in _HEIC:
            self._picture(data, inside, notes)
        elif is_other_packing(data):
            notes.problem(inside, "packed in a way that is not opened (7z, RAR)")
        else:
            self._text_or_packed(data, name, inside, notes, limits)

    def _text_or_packed(self, data: bytes, name: str, inside: str, notes: "_Notes", limits: Limits) -> None:
        document = recognise(data[:4096], name)
        if document is Format.PDF:
            for where, picture in embedded.in_pdf(data):
                self._picture(picture, f"{inside} {where}".strip(), notes)
        elif document is Format.EML:
            self._all(embedded.in_mail(data), inside, notes, limits)
        if is_packed(data):
            self._members(data, inside, notes, limits)
        if not is_packed(data) or document is Format.DOCX:
            self._words(data, name, inside, notes)

    def _members(self, data: bytes, inside: str, notes: "_Notes", limits: Limits) -> None:
        try:
            self._all(members(data, limits), inside, notes, limits)
        except DocumentError as error:
            notes.problem(inside, error.what)

    def _all(self, packed: Iterator[tuple[str, bytes]], inside: str, notes: "_Notes", limits: Limits) -> None:
        """Look at every file that is within another; raises `DocumentError`."""
        if limits.depth >= DEEPEST:
            notes.problem(inside, f"packed more than {DEEPEST} times: not opened further")
            return
        for name, content in packed:
            where = f"{inside}/{name}".lstrip("/")
            notes.members += 1
            notes.add(self._known([_digest(kind, content) for kind in DIGESTS], where))
            notes.add(self._name(PurePosixPath(name).name, where))
            self._inside(content, name, where, notes, limits.deeper())

    def _known(self, digests: list[bytes], inside: str) -> Iterator[Found]:
        matches = {one.set_id: one for one in reversed(list(self._ask.matcher.exact(digests)))}
        return (self._known_file(one, inside) for one in matches.values())

    def _known_file(self, match: FileMatch, inside: str) -> Found:
        about = self._ask.abouts[match.set_id]
        category = f", category {match.category}" if match.category else ""
        return Found(
            about.severity,
            "known-file",
            f"{about.set_id} {about.version}",
            f"The file is, byte by byte, row {match.row} of the set {about.set_id} ({about.source}{category}): its "
            f"{match.kind.value.upper()} is the same.",
            inside,
            about.condition,
        )

    def _name(self, name: str, inside: str) -> Iterator[Found]:
        words = PurePosixPath(name).stem.replace("_", " ").replace("-", " ").replace(".", " ")
        return (replace(one, kind="name") for one in self._screened(words, inside))

    def _screened(self, text: str, inside: str) -> Iterator[Found]:
        observation = TextObservation(text, Provenance.OPENED, "file", datetime.now(UTC))
        for finding in self._ask.screening.screener.screen(observation).findings:
            yield self._found(finding, "words", f"“{finding.matched}”: {finding.explanation}", inside)

    def _found(self, finding: Finding, kind: str, says: str, inside: str) -> Found:
        by = f"{finding.library_id} {finding.library_version}"
        return Found(finding.severity, kind, by, says, inside, finding.condition)

    def _picture(self, data: bytes, inside: str, notes: "_Notes") -> None:
        """Look at a picture file: its first picture, then the other frames or pages."""
        if data[4:12] in _HEIC:
            notes.problem(
                inside, "HEIC, as phones make it, is not decoded: only its hashes and its name were looked at"
            )
            return
        original = thumbnails.original_of(data)
        made = f" It is a thumbnail of {original}." if original else ""
        try:
            self._pixels(pixels_of(data, "the picture"), inside, notes, made)
            before = notes.pictures
            for where, pixels in further(data):
                self._pixels(pixels, f"{inside} {where}".strip(), notes, made)
            if 0 < notes.pictures - before == frames_at_most(data) - 1:
                notes.problem(inside, f"of its pictures the first {frames_at_most(data)} were looked at")
        except _PICTURE_ERRORS as error:
            notes.problem(
                inside, str(error) if isinstance(error, PictureError) else "the picture is damaged or too large"
            )
            return
        if original:
            notes.add(replace(one, kind="recently-used") for one in self._name(PurePosixPath(original).name, inside))

    def _pixels(self, pixels: Pixels, inside: str, notes: "_Notes", made: str = "") -> None:
        verdict = self._ask.pictures.screen_picture(pixels)
        notes.pictures += 1
        for one in verdict.findings:
            kind = "prefilter" if one.category == PREFILTER else "known-picture"
            notes.add([self._found(one, kind, one.explanation + made, inside)])

    def _video(self, path: Path, notes: "_Notes") -> None:
        """Look at frames of a video; what is found in several of them is told once."""
        told: set[tuple[str, str]] = set()
        try:
            for seconds, pixels in videos.sampled(path):
                frame = _Notes()
                self._pixels(pixels, f"at {seconds:.0f} s", frame)
                new = [one for one in frame.found if (one.kind, one.by) not in told]
                told |= {(one.kind, one.by) for one in new}
                notes.pictures += frame.pictures
                notes.add(new)
        except _PICTURE_ERRORS as error:
            notes.problem("", str(error) if isinstance(error, PictureError) else "the video is damaged")

    def _cache(self, data: bytes, inside: str, notes: "_Notes") -> None:
        for place, picture in thumbnails.cut_out(data):
            self._picture(picture, f"{inside} thumbnail at byte {place:,}".strip(), notes)

    def _recent(self, data: bytes, inside: str, notes: "_Notes") -> None:
        for used in recent.used_in(data):
            when = f", opened {used.when}" if used.when else ""
            for one in self._name(PurePosixPath(used.name.replace("\\", "/")).name, inside):
                notes.add([replace(one, kind="recently-used", says=f"{one.says} In the file name {used.name}{when}.")])

    def _words(self, data: bytes, name: str, inside: str, notes: "_Notes") -> None:
        known_kind = PurePosixPath(name.lower()).suffix.lstrip(".") in BY_ENDING
        try:
            for one in self._ask.screening.document([data], name, datetime.now(UTC)):
                if isinstance(one, Remark):
                    if one.serious:
                        notes.problem(inside, f"not read whole: {one.loss.value}")
                elif one.suppressed is None:
                    notes.add([self._word(one, inside)])
        except NotTextError:
            if known_kind:
                notes.problem(inside, "its name says text, and its bytes are none")
        except EngineError as error:
            notes.problem(inside, getattr(error, "what", "it cannot be read"))

    def _word(self, one: Words, inside: str) -> Found:
        says = f"“…{one.before}[{one.finding.matched}]{one.after}…” {one.finding.explanation}"
        place = ", ".join(filter(None, (one.part.describe(), f"line {one.place.line}")))
        return self._found(one.finding, "words", " ".join(says.split()), f"{inside} {place}".strip())


def _digest(kind: str, data: bytes) -> bytes:
    return hashlib.new(kind, data, usedforsecurity=False).digest()


@dataclass(slots=True)
class _Notes:
    """What is gathered about one file."""

    found: list[Found] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    pictures: int = 0
    members: int = 0

    def add(self, found: "Iterator[Found] | list[Found]") -> None:
        self.found += found

    def problem(self, inside: str, says: str) -> None:
        text = f"{inside}: {says}" if inside else says
        if text not in self.problems and len(self.problems) < MOST_FOUND:
            self.problems.append(text)

    def into(self, item: Item) -> Item:
        unique = list(dict.fromkeys(self.found))
        kept = sorted(unique, key=lambda one: -one.severity)[:MOST_FOUND]
        if len(unique) > MOST_FOUND:
            self.problems.append(f"{len(unique) - MOST_FOUND:,} further findings are not listed")
        return replace(
            item, found=tuple(kept), problems=tuple(self.problems), pictures=self.pictures, members=self.members
        )

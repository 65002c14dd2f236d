"""Screens a picture: regions, known pictures, prefilters; gives the same explained verdict as text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from engine.image.detect import find_regions
from engine.image.hashing import Algorithm, Fingerprint, fingerprint
from engine.image.known import KnownMatch, KnownSet
from engine.image.nearby import nearby
from engine.image.pixels import Pixels, checked, grey
from engine.image.prefilter import Ask, Weight
from engine.image.regions import Region
from engine.image.texture import is_textured
from engine.verdict import Finding, Place, Verdict

PREFILTER = "prefilter"
"""The category of findings that say nothing by themselves."""


@dataclass(frozen=True, slots=True)
class SeenPicture:
    """A picture within a frame, with its hashes."""

    region: Region
    prints: Fingerprint


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a frame found: the verdict, and every picture that was there."""

    verdict: Verdict
    pictures: tuple[SeenPicture, ...]


class PictureScreener:
    """Screens pictures against sets of known ones. One a thread: prefilters keep state.

    `jitter` tries rectangles a pixel off, and crops, as well: for regions of a screen, not for files. Without `hashes`
    nothing is hashed unless there is a set to match.
    """

    def __init__(
        self, sets: Sequence[KnownSet], *, prefilters: Sequence[Ask] = (), jitter: bool = True, hashes: bool = False
    ) -> None:
        self._sets = tuple(sets)
        self._algorithms = tuple({known.algorithm for known in self._sets})
        self._phash = hashes or any(known.algorithm is Algorithm.PHASH for known in self._sets)
        self._hashing = hashes or bool(self._sets)
        self._prefilters = tuple(prefilters)
        self._jitter = jitter

    def screen(self, pixels: NDArray[Any], regions: Sequence[Region] | None = None) -> Verdict:
        """Return what is found in a frame. `regions` come from accessibility where it has them, else they are found.

        Raises `PictureError` for an array that is no picture. Regions outside of the frame are left out.
        """
        return self.look(pixels, regions).verdict

    def screen_picture(self, pixels: NDArray[Any]) -> Verdict:
        """Return what is found in a picture file: the whole of it, and known pictures inside it.

        Prefilters weigh the whole only: what looks like pictures inside a photograph are its parts.
        """
        frame = checked(pixels)
        whole = Region(0, 0, frame.shape[1], frame.shape[0])
        findings, _ = self._screened(frame, grey(frame), [whole, *find_regions(frame)], weighed={whole})
        return Verdict(tuple(_nearest(findings)), ())

    def look(self, pixels: NDArray[Any], regions: Sequence[Region] | None = None) -> Look:
        """Return what `screen` returns, and the pictures that were looked at. Panels with words are not weighed."""
        frame = checked(pixels)
        luminance = grey(frame)
        height, width = luminance.shape
        asked = find_regions(luminance) if regions is None else regions
        inside = [found for region in asked if (found := region.inside(height, width)) is not None]
        weighed = {one for one in inside if self._prefilters and is_textured(one.crop(luminance))}
        findings, seen = self._screened(frame, luminance, inside, weighed=weighed)
        return Look(Verdict(tuple(_nearest(findings)), ()), tuple(seen))

    def _screened(
        self, frame: NDArray[Any], luminance: Pixels, regions: Sequence[Region], *, weighed: set[Region]
    ) -> tuple[list[Finding], list[SeenPicture]]:
        findings: list[Finding] = []
        seen: list[SeenPicture] = []
        for region in regions:
            known, prints = self._known(luminance, region)
            seen += [SeenPicture(region, prints)] if prints is not None else []
            findings += known or (self._weighed(frame, region) if region in weighed else [])
        return findings, seen

    def _weighed(self, frame: NDArray[Any], region: Region) -> list[Finding]:
        weights = ((ask, ask.prefilter.weigh(region.crop(frame))) for ask in self._prefilters)
        return [_prefilter_finding(ask, weight, region) for ask, weight in weights if weight.score >= ask.threshold]

    def _known(self, frame: Pixels, region: Region) -> tuple[list[Finding], Fingerprint | None]:
        if not self._hashing:
            return [], None
        whole = fingerprint(region.crop(frame), with_phash=self._phash)
        around = nearby(frame, region, self._algorithms) if self._jitter and self._sets else None
        found = (known.match(whole, nearby=around) for known in self._sets)
        return [_known_finding(match, region) for match in found if match is not None], whole


def _known_finding(match: KnownMatch, region: Region) -> Finding:
    label = match.label
    lay = f"{match.turn.value}, {match.way}" if match.way else match.turn.value
    bits = {Algorithm.PDQ: "PDQ", Algorithm.PHASH: "pHash"}[match.algorithm]
    return Finding(
        library_id=label.set_id,
        library_version=label.version,
        term_id=f"{match.algorithm.value}-{match.row}",
        term="known picture",
        rule=f"{match.algorithm.value}, distance {match.distance}, {lay}",
        category=match.category,
        severity=label.severity,
        start=0,
        end=0,
        matched="",
        explanation=(
            f"The picture at {region.left},{region.top} ({region.width} x {region.height}), {lay}, is a "
            f"known one: its {bits} hash differs from row {match.row} of the set {label.set_id} {label.version} "
            f"({label.source}) in {match.distance} of {match.algorithm.bits} bits."
        ),
        condition=label.condition,
        place=Place(region.left, region.top, region.width, region.height),
    )


def _prefilter_finding(ask: Ask, weight: Weight, region: Region) -> Finding:
    return Finding(
        library_id=ask.prefilter.id,
        library_version=ask.prefilter.version,
        term_id=ask.prefilter.id,
        term="prefilter",
        rule=f"score {weight.score:.2f}, threshold {ask.threshold:.2f}",
        category=PREFILTER,
        severity=ask.severity,
        start=0,
        end=0,
        matched="",
        explanation=(
            f"The picture at {region.left},{region.top} ({region.width} x {region.height}): {weight.explanation}"
        ),
        condition=ask.condition,
        place=Place(region.left, region.top, region.width, region.height),
    )


def _nearest(findings: Sequence[Finding]) -> list[Finding]:
    """Keep one finding for a place and a library: rectangles within rectangles show the same picture.

    What a prefilter found within what it found already adds nothing, however small a part it is.
    """
    kept: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        same = kept.setdefault((finding.library_id, finding.term_id), [])
        region, within = _region_of(finding), finding.category == PREFILTER
        if not any(
            region.overlap(_region_of(other)) > 0.5 or (within and region.within(_region_of(other))) for other in same
        ):
            same.append(finding)
    return [finding for same in kept.values() for finding in same]


def _region_of(finding: Finding) -> Region:
    place = finding.place
    return Region(place.left, place.top, place.width, place.height) if place is not None else Region(0, 0, 0, 0)

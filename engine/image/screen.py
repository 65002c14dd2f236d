"""Screens a picture: regions, known pictures, skin; gives the same explained verdict as text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from engine.image.faces import Faces, NoFaces
from engine.image.hashing import Algorithm, fingerprint
from engine.image.known import KnownMatch, KnownSet
from engine.image.pixels import Pixels, checked, grey
from engine.image.regions import Region, find_regions, jittered
from engine.image.skin import DEFAULT_THRESHOLD, measure
from engine.verdict import Finding, Place, Verdict

SKIN_LIBRARY = "skin-colours"
SKIN_VERSION = "1"


@dataclass(frozen=True, slots=True)
class PicturePolicy:
    """What a case asks of pictures. `skin_threshold` of `None` leaves skin alone, which is the default."""

    skin_threshold: float | None = None
    skin_severity: int = 1
    jitter: bool = True
    """Try rectangles a pixel off as well: for regions of a screen, not for files."""

    @classmethod
    def with_skin(cls) -> "PicturePolicy":
        """Return the policy with the default threshold for skin."""
        return cls(skin_threshold=DEFAULT_THRESHOLD)


class PictureScreener:
    """Screens pictures against sets of known ones. One a thread: the face detector keeps state."""

    def __init__(
        self, sets: Sequence[KnownSet], *, faces: Faces | None = None, policy: PicturePolicy | None = None
    ) -> None:
        self._sets = tuple(sets)
        self._phash = any(known.algorithm is Algorithm.PHASH for known in self._sets)
        self._faces = faces or NoFaces()
        self._policy = policy or PicturePolicy()

    def screen(self, pixels: NDArray[Any], regions: Sequence[Region] | None = None) -> Verdict:
        """Return what is found in a frame. `regions` come from accessibility where it has them, else they are found.

        Raises `PictureError` for an array that is no picture. Regions outside of the frame are left out.
        """
        frame = checked(pixels)
        luminance = grey(frame)
        height, width = luminance.shape
        asked = find_regions(luminance) if regions is None else [r.inside(height, width) for r in regions]
        findings = [found for region in asked if region is not None for found in self._region(frame, luminance, region)]
        return Verdict(tuple(_nearest(findings)), ())

    def screen_picture(self, pixels: NDArray[Any]) -> Verdict:
        """Return what is found in a picture file: the whole of it, and pictures inside it."""
        frame = checked(pixels)
        whole = Region(0, 0, frame.shape[1], frame.shape[0])
        return self.screen(frame, [whole, *find_regions(frame)])

    def _region(self, frame: NDArray[Any], luminance: Pixels, region: Region) -> list[Finding]:
        known = self._known(luminance, region)
        if known or self._policy.skin_threshold is None:
            return known
        skin = measure(region.crop(frame), self._faces)
        if skin.share < self._policy.skin_threshold:
            return []
        return [_skin_finding(skin.explanation(region), self._policy.skin_severity, region)]

    def _known(self, frame: NDArray[Any], region: Region) -> list[Finding]:
        if not self._sets:
            return []
        whole, *nearby = [
            fingerprint(one.crop(frame), with_phash=self._phash) for one in self._rectangles(frame, region)
        ]
        found = (known.match(whole, nearby=nearby) for known in self._sets)
        return [_known_finding(match, region) for match in found if match is not None]

    def _rectangles(self, frame: NDArray[Any], region: Region) -> list[Region]:
        return list(jittered(region, *frame.shape[:2])) if self._policy.jitter else [region]


def _known_finding(match: KnownMatch, region: Region) -> Finding:
    label = match.label
    bits = {Algorithm.PDQ: "PDQ", Algorithm.PHASH: "pHash"}[match.algorithm]
    return Finding(
        library_id=label.set_id,
        library_version=label.version,
        term_id=f"{match.algorithm.value}-{match.row}",
        term="known picture",
        rule=f"{match.algorithm.value}, distance {match.distance}, {match.turn.value}",
        category=match.category,
        severity=label.severity,
        start=0,
        end=0,
        matched="",
        explanation=(
            f"The picture at {region.left},{region.top} ({region.width} x {region.height}), {match.turn.value}, is a "
            f"known one: its {bits} hash differs from row {match.row} of the set {label.set_id} {label.version} "
            f"({label.source}) in {match.distance} of {match.algorithm.bits} bits."
        ),
        condition=label.condition,
        place=Place(region.left, region.top, region.width, region.height),
    )


def _skin_finding(explanation: str, severity: int, region: Region) -> Finding:
    return Finding(
        library_id=SKIN_LIBRARY,
        library_version=SKIN_VERSION,
        term_id="skin",
        term="colours of skin",
        rule="share of skin colours",
        category="prefilter",
        severity=severity,
        start=0,
        end=0,
        matched="",
        explanation=explanation,
        place=Place(region.left, region.top, region.width, region.height),
    )


def _nearest(findings: Sequence[Finding]) -> list[Finding]:
    """Keep one finding for a place and a library: rectangles within rectangles show the same picture."""
    kept: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        same = kept.setdefault((finding.library_id, finding.term_id), [])
        if not any(_region_of(finding).overlap(_region_of(other)) > 0.5 for other in same):
            same.append(finding)
    return [finding for same in kept.values() for finding in same]


def _region_of(finding: Finding) -> Region:
    place = finding.place
    return Region(place.left, place.top, place.width, place.height) if place is not None else Region(0, 0, 0, 0)

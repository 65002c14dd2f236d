"""Hashes of the pictures on the screen, sealed for matching at review with lists that may not lie on the device."""

from collections.abc import Iterable, Sequence

from agent.ports import Frame
from engine.image.detect import find_regions
from engine.image.hashing import GOOD_QUALITY, fingerprint
from engine.image.screen import SeenPicture
from evidence.authority import Authority
from evidence.pictures import MOST_PICTURES, HashedPicture, Hashes, PicturePlace, PictureTerms

SCREEN_PICTURE = "screen-picture"
"""The source as an authority names it."""


def picture_terms(authority: Authority) -> PictureTerms:
    """Return what a case permits for pictures; where it says nothing, the default."""
    return authority.terms.pictures or PictureTerms()


def seals_hashes(authority: Authority) -> bool:
    """Return whether hashes of the pictures in a captured frame are sealed with it."""
    permitted = SCREEN_PICTURE in authority.terms.sources
    return permitted and picture_terms(authority).hashes is not Hashes.NONE


def hashed_in(frames: Sequence[Frame]) -> tuple[HashedPicture, ...]:
    """Return the hashes of all pictures in these frames; plain ones, whose hashes say nothing, are left out."""
    return hashed((frame.monitor, _seen(frame)) for frame in frames)


def hashed(seen: Iterable[tuple[int, Iterable[SeenPicture]]]) -> tuple[HashedPicture, ...]:
    """Return hashes of pictures that were looked at, by monitor; a picture found twice is named once."""
    found: dict[bytes, HashedPicture] = {}
    for monitor, pictures in seen:
        for one in pictures:
            if one.prints.quality >= GOOD_QUALITY:
                found.setdefault(one.prints.pdq[0].tobytes(), _hashed(monitor, one))
    return tuple(found.values())[:MOST_PICTURES]


def _seen(frame: Frame) -> Iterable[SeenPicture]:
    return (SeenPicture(region, fingerprint(region.crop(frame.pixels))) for region in find_regions(frame.pixels))


def _hashed(monitor: int, one: SeenPicture) -> HashedPicture:
    region = one.region
    place = PicturePlace(monitor, region.left, region.top, region.width, region.height)
    return HashedPicture(place, one.prints.pdq[0].tobytes(), one.prints.phash[0].tobytes(), one.prints.quality)

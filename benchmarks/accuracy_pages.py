"""How many known pictures on real pages are found, by three ways of knowing where pictures are, and false matches."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.picture_material import same_picture
from benchmarks.picture_pages import KINDS, Shot, shots
from benchmarks.pictures import Picture
from engine.image.detect import find_regions
from engine.image.hashing import GOOD_QUALITY, Algorithm, Fingerprint, fingerprint
from engine.image.known import RADIUS, KnownSet, SetLabel
from engine.image.regions import Region
from engine.image.screen import PictureScreener
from engine.verdict import Finding
from overt.demo.browser import headless_browser, playwright

LABEL = SetLabel("known", "1", "benign pictures", "none")


@dataclass(slots=True)
class Found:
    """Counts of one kind of page."""

    of: int = 0
    exact: int = 0
    """By the true rectangle."""
    told: int = 0
    """By rectangles as accessibility tells them, with what only the eye finds."""
    seen: int = 0
    """By eye alone."""
    whole: int = 0
    """By the hash of the whole screenshot."""


@dataclass(slots=True)
class Pages:
    """Counts of all pages. `regions`: how many were hashed; `false`: findings of pictures that were not there.

    `again`: findings of a picture that was not placed there, and whose pixels are alike all the same: the shoe's other
    side, the same street a step on.
    """

    kinds: dict[str, Found] = field(default_factory=dict)
    regions: int = 0
    false: list[str] = field(default_factory=list)
    again: int = 0
    known: int = 0

    def take(self, shot: Shot, findings: Sequence[Finding], pictures: Sequence[Picture]) -> None:
        """Take the findings of a page that name pictures which are not on it."""
        for finding in findings:
            number = int(finding.term_id.rpartition("-")[2])
            if number in shot.numbers or finding.place is None:
                continue
            if same_picture(Region(*finding.place).crop(shot.pixels), pictures[number]):
                self.again += 1
            else:
                self.false.append(f"{shot.kind}: {finding.term_id}, {finding.rule}")

    @property
    def total(self) -> Found:
        total = Found()
        for one in self.kinds.values():
            for name in Found.__slots__:
                setattr(total, name, getattr(total, name) + getattr(one, name))
        return total


def known_sets(pictures: Sequence[Picture]) -> list[KnownSet]:
    """Return sets of both hashes of these pictures."""
    prints = [fingerprint(one) for one in pictures]
    return [
        KnownSet(LABEL, Algorithm.PDQ, np.stack([one.pdq[0] for one in prints])),
        KnownSet(LABEL, Algorithm.PHASH, np.stack([one.phash[0] for one in prints])),
    ]


def measure_pages(known: Sequence[Picture], others: Sequence[Picture], each: int) -> Pages:
    """Show the known pictures in every kind of page, then others that are in no set; count."""
    screener, result = PictureScreener(known_sets(known)), Pages(known=len(known))
    with TemporaryDirectory() as folder, playwright() as driver:
        browser = headless_browser(driver, trusted_key="")
        first, second = Path(folder, "known"), Path(folder, "others")
        first.mkdir()
        second.mkdir()
        for shot in shots(browser, first, known, KINDS, each):
            _count(shot, screener, result, known)
        for shot in shots(browser, second, others, KINDS[1:9], 2 * each):
            regions = find_regions(shot.pixels)
            result.regions += len(regions)
            strangers = replace(shot, numbers=frozenset())  # their numbers are of other pictures
            result.take(strangers, screener.screen(shot.pixels, regions).findings, known)
        browser.close()
    return result


def _count(shot: Shot, screener: PictureScreener, result: Pages, known: Sequence[Picture]) -> None:
    found = result.kinds.setdefault(shot.kind, Found())
    places = [one.region for one in shot.placed]
    eye = find_regions(shot.pixels)
    result.regions += len(eye)
    both = [*places, *(one for one in eye if not any(one.overlap(other) > 0.8 for other in places))]
    exact, told, seen = (screener.screen(shot.pixels, regions).findings for regions in (places, both, eye))
    found.of += len(places)
    found.exact += len(_hits(shot, exact))
    found.told += len(_hits(shot, told))
    found.seen += len(_hits(shot, seen))
    whole = Region(0, 0, shot.pixels.shape[1], shot.pixels.shape[0])
    found.whole += len(_hits(shot, screener.screen(shot.pixels, [whole]).findings))
    result.take(shot, seen, known)


def _hits(shot: Shot, findings: Sequence[Finding]) -> set[int]:
    """Return the numbers of the pictures that stand whole on the page and are named by a finding."""
    found = {int(one.term_id.rpartition("-")[2]) for one in findings}
    return {one.number for one in shot.placed} & found


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of different pictures, in eight lays each, and those that match all the same."""

    compared: int
    false: tuple[tuple[str, int, int, int], ...]
    """Algorithm, two numbers, distance."""
    again: int
    """Matches of pictures whose pixels are alike too: one picture twice."""
    nearest: dict[str, int]


def benign_pairs(pictures: Sequence[Picture]) -> Pairs:
    """Compare every two pictures."""
    good = [one for one in pictures if fingerprint(one).quality >= GOOD_QUALITY]
    prints = [fingerprint(one) for one in good]
    found, nearest = [], {}
    for algorithm in Algorithm:
        distances = np.stack([_distances(prints, at, algorithm) for at in range(len(prints))])
        distances[np.tril_indices(len(prints))] = algorithm.bits
        nearest[algorithm.value] = int(distances.min())
        rows, columns = np.nonzero(distances <= RADIUS[algorithm])
        found += [(algorithm.value, int(a), int(b), int(distances[a, b])) for a, b in zip(rows, columns, strict=True)]
    false = tuple(one for one in found if not same_picture(good[one[1]], good[one[2]]))
    return Pairs(len(prints) * (len(prints) - 1) // 2, false, len(found) - len(false), nearest)


def _distances(prints: Sequence[Fingerprint], at: int, algorithm: Algorithm) -> np.ndarray:
    """Return the smallest distance over eight lays of one picture to each other."""
    rows = np.stack([one.rows(algorithm)[0] for one in prints])
    lays = prints[at].rows(algorithm)
    return np.asarray(np.bitwise_count(rows[None] ^ lays[:, None]).sum(axis=2).min(axis=0), int)

"""The hashes of a rectangle's neighbours are those that hashing the neighbours one by one would give."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.image.axes import Span, pdq_samples, phash_axis
from engine.image.hashing import Algorithm, Turn, fingerprint
from engine.image.known import KnownSet, SetLabel
from engine.image.nearby import nearby
from engine.image.regions import Region
from engine.image.screen import PictureScreener

BOTH = tuple(Algorithm)
LABEL = SetLabel("known", "1", "a test", "none")


def apart(one, other):
    return int(np.bitwise_count(one ^ other).sum())


@pytest.mark.parametrize("algorithm", BOTH)
@pytest.mark.parametrize("region", [Region(100, 60, 200, 160), Region(0, 0, 90, 333), Region(301, 77, 211, 36)])
def test_a_pixel_off(photos, region, algorithm):
    """The rectangle with one column more to the left, or cut a pixel on each side: the hash of that crop."""
    grey = cv2.cvtColor(photos["astronaut"], cv2.COLOR_BGR2GRAY)
    found = nearby(grey, region, BOTH)
    wider = Region(region.left - 1, region.top, region.width + 1, region.height).inside(*grey.shape)
    for at, expected in ((0, wider), (3, region.grown(-1))):
        rows = fingerprint(expected.crop(grey)).rows(algorithm)
        for lay, turn in enumerate((Turn.AS_IS, Turn.MIRRORED)):
            row = at + lay * (len(found.turns) // 2)
            assert found.turns[row] is turn
            assert apart(found.rows[algorithm][row], rows[list(Turn).index(turn)]) <= algorithm.bits // 64


def test_a_crop_is_mended_by_its_mirror(photos):
    """Half a tenth cut off all around: the neighbour that imagines it is the hash of the crop with mirrored edges."""
    grey = cv2.cvtColor(photos["coffee"], cv2.COLOR_BGR2GRAY)
    region = Region(40, 40, 300, 200)
    mended = cv2.copyMakeBorder(region.crop(grey), 10, 10, 15, 15, cv2.BORDER_REFLECT)
    found = nearby(grey, region, BOTH)
    row = found.ways.index("10 % cropped")
    assert apart(found.rows[Algorithm.PDQ][row], fingerprint(mended).pdq[0]) <= 4


def test_a_cropped_picture_is_known(photos):
    """A page that cuts 5 % off a picture does not hide it, and the finding says so; another picture is not found."""
    known = KnownSet(LABEL, Algorithm.PDQ, fingerprint(photos["coffee"]).pdq[:1])
    screener = PictureScreener([known])
    for name, hits in (("coffee", 1), ("rocket", 0)):
        photo = photos[name]
        height, width = photo.shape[:2]
        cut = photo[height // 40 : height - height // 40, width // 40 : width - width // 40]
        screen = np.full((600, 800, 3), 255, np.uint8)
        region = Region(100, 100, 400, 260)
        region.crop(screen)[:] = cv2.resize(cut, (400, 260), interpolation=cv2.INTER_AREA)
        findings = screener.screen(screen, [region]).findings
        assert len(findings) == hits
        assert all("cropped" in one.rule and "cropped" in one.explanation for one in findings)


def test_too_small_for_neighbours():
    """Nothing is made up for tiny rectangles."""
    assert nearby(np.zeros((100, 100), np.uint8), Region(0, 0, 35, 90), BOTH) is None
    assert nearby(np.zeros((100, 100), np.uint8), Region(200, 0, 90, 90), BOTH) is None


@given(st.integers(5, 700))
@settings(max_examples=40, deadline=None)
def test_samples_are_means(length):
    """Each sample is a weighted mean of pixels near its place: weights are not negative and add up to one."""
    weights = pdq_samples(length)
    assert weights.shape == (64, length)
    assert weights.min() >= -1e-6
    assert np.allclose(weights.sum(axis=1), 1, atol=1e-5)
    centres = weights @ np.arange(length)
    assert np.all(np.abs(centres - (np.arange(64) + 0.5) * length / 64) <= length / 64 + 1)


@given(st.integers(32, 300), st.integers(0, 20))
@settings(max_examples=40, deadline=None)
def test_imagined_pixels_lose_no_weight(length, pad):
    """Folding what is beyond the ends back in keeps every weight."""
    axis = phash_axis((Span(0, length, min(pad, length)),), length)
    plain = axis @ np.ones(length, np.float32)
    assert np.abs(plain).max() < 1e-4

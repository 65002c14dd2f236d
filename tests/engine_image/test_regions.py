"""Pictures on drawn pages are found to the pixel; text, buttons and plain surfaces are not."""

import cv2
import numpy as np
import pytest

from engine.image.regions import Region, find_regions, jittered


def page(background=(255, 255, 255), size=(1080, 1920)):
    return np.full((*size, 3), background, np.uint8)


def place(screen, photo, region):
    scaled = cv2.resize(photo, (region.width, region.height), interpolation=cv2.INTER_AREA)
    region.crop(screen)[:] = scaled
    return region


def write(screen, rows):
    for at in range(rows):
        cv2.putText(screen, "The quick brown fox jumps over the lazy dog, again " * 2, (20, 30 + at * 22), 0, 0.5, 0, 1)


def best(found, region):
    return max((one.overlap(region) for one in found), default=0.0)


@pytest.mark.parametrize("background", [(255, 255, 255), (28, 24, 22), (213, 221, 229)])
def test_pictures_beside_text(photos, background):
    """Within a pixel on each side, on light and dark pages."""
    screen = page(background)
    write(screen, 10)
    placed = [place(screen, photo, Region(100 + at * 420, 400, 360, 300)) for at, photo in enumerate(photos.values())]
    found = find_regions(screen)
    assert sum(best(found, region) > 0.97 for region in placed) >= 3


def test_a_gallery_without_gaps_is_cut(photos):
    """Pictures that touch are parted where a straight step runs."""
    screen = page()
    placed = [place(screen, photo, Region(at * 400, 200, 400, 300)) for at, photo in enumerate(photos.values())]
    found = find_regions(screen)
    assert sum(best(found, region) > 0.95 for region in placed) >= 2


def test_no_picture_on_a_page_of_words():
    """Words, buttons and gradients along one axis are no pictures."""
    screen = page()
    write(screen, 45)
    cv2.rectangle(screen, (1500, 100), (1800, 200), (200, 120, 0), -1)
    assert find_regions(screen) == []


@pytest.mark.parametrize("size", [(1, 1), (63, 500), (16, 16), (64, 64)])
def test_small_screens(size):
    """Nothing to find, nothing to fail."""
    assert find_regions(page(size=size)) == []


def test_noise_everywhere_is_bounded():
    """A screen of noise is one picture, not thousands."""
    noise = np.random.default_rng(1).integers(0, 256, (1080, 1920, 3), dtype=np.uint8)
    assert find_regions(noise)[0] == Region(0, 0, 1920, 1080)
    assert len(find_regions(noise)) <= 120


def test_jitter_stays_on_the_screen():
    """Neighbours of a rectangle in the corner lie inside; the rectangle itself comes first."""
    corner = Region(0, 0, 100, 100)
    moved = list(jittered(corner, 100, 100))
    assert moved[0] == corner
    assert all(r.left >= 0 and r.top >= 0 and r.right <= 100 and r.bottom <= 100 for r in moved)
    assert len(moved) == len(set(moved)) > 1


def test_overlap():
    """Intersection over union."""
    assert Region(0, 0, 10, 10).overlap(Region(0, 0, 10, 10)) == 1.0
    assert Region(0, 0, 10, 10).overlap(Region(5, 0, 10, 10)) == pytest.approx(1 / 3)
    assert Region(0, 0, 10, 10).overlap(Region(20, 20, 5, 5)) == 0.0
    assert Region(0, 0, 10, 10).inside(5, 5) == Region(0, 0, 5, 5)
    assert Region(-20, 0, 10, 10).inside(5, 5) is None

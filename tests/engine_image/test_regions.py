"""Pictures on drawn pages are found to the pixel; text, buttons and plain surfaces are not."""

import cv2
import numpy as np
import pytest

from engine.image.detect import find_regions
from engine.image.regions import Region


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


def test_overlap():
    """Intersection over union."""
    assert Region(0, 0, 10, 10).overlap(Region(0, 0, 10, 10)) == 1.0
    assert Region(0, 0, 10, 10).overlap(Region(5, 0, 10, 10)) == pytest.approx(1 / 3)
    assert Region(0, 0, 10, 10).overlap(Region(20, 20, 5, 5)) == 0.0
    assert Region(0, 0, 10, 10).inside(5, 5) == Region(0, 0, 5, 5)
    assert Region(-20, 0, 10, 10).inside(5, 5) is None


@pytest.mark.parametrize("background", [(255, 255, 255), (28, 24, 22)])
def test_sides_are_exact_however_plain_the_edges_are(background):
    """A drawing with a flat sky and a flat ground ends where the page begins, not where its detail does."""
    screen = page(background)
    drawing = np.full((300, 420, 3), (230, 190, 120), np.uint8)
    drawing[200:] = (60, 140, 70)
    for at in range(60, 360, 40):
        cv2.circle(drawing, (at, 150), 26, (40, 40, 40 + at // 2), -1, cv2.LINE_AA)
    region = Region(401, 333, 420, 300)
    region.crop(screen)[:] = drawing
    assert region in find_regions(screen)


def test_a_border_and_a_shadow_are_left_out(photos):
    """Of what stands out, the part within its straight edges is looked at as well."""
    screen = page((240, 242, 245))
    region = Region(500, 300, 400, 300)
    for grown, shade in ((4, 236), (3, 230), (2, 222), (1, 214)):
        region.grown(grown).crop(screen)[:] = shade
    place(screen, photos["coffee"], region)
    framed = place(screen, photos["rocket"], Region(1000, 300, 400, 300))
    cv2.rectangle(screen, (997, 297), (1402, 602), (60, 60, 60), 3)
    found = find_regions(screen)
    assert any(one.near(region, 1) for one in found)
    assert any(one.near(framed, 1) for one in found)


def test_panels_are_no_pictures():
    """A side bar with words, a card, a button: they stand out from the page, and are plain."""
    screen = page()
    screen[:, :300] = (60, 50, 40)
    for row in range(20):
        cv2.putText(screen, "A line of the menu", (20, 60 + 40 * row), 0, 0.5, (220, 220, 220), 1, cv2.LINE_AA)
    cv2.rectangle(screen, (500, 200), (900, 500), (250, 246, 240), -1)
    cv2.putText(screen, "A card", (520, 260), 0, 0.8, (40, 40, 40), 1, cv2.LINE_AA)
    cv2.rectangle(screen, (1000, 200), (1200, 280), (200, 120, 0), -1)
    assert find_regions(screen) == []


def test_near():
    """Every side within so many pixels."""
    assert Region(10, 10, 50, 50).near(Region(11, 9, 48, 52), 1)
    assert not Region(10, 10, 50, 50).near(Region(10, 10, 52, 50), 1)
    assert Region(5, 5, 10, 10).grown(2) == Region(3, 3, 14, 14)

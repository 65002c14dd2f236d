"""A frame in, an explained verdict out: known pictures in any lay, skin as a low prefilter, nothing on plain pages."""

import cv2
import numpy as np
import pytest

from engine.errors import HashError, PictureError
from engine.image.faces import BlazeFace, NoFaces
from engine.image.hashing import Algorithm, fingerprint
from engine.image.known import KnownSet, SetLabel
from engine.image.prefilter import Ask, Weight
from engine.image.regions import Region
from engine.image.screen import PictureScreener
from engine.image.skin import DEFAULT_THRESHOLD, SkinPrefilter, measure
from engine.verdict import Place

SKIN = [Ask(SkinPrefilter(NoFaces()), DEFAULT_THRESHOLD, condition="4")]
LABEL = SetLabel("test-set", "3", "made for this test", "A to C", condition="4")


@pytest.fixture(scope="module")
def known(photos):
    rows = np.stack([fingerprint(photo).pdq[0] for photo in photos.values()])
    return KnownSet(LABEL, Algorithm.PDQ, rows, ("A", "B"), np.array([0, 1, 0, 0]))


def screen_with(photo, left=300, top=200):
    frame = np.full((1080, 1920, 3), 255, np.uint8)
    small = cv2.resize(photo, (480, 400), interpolation=cv2.INTER_AREA)
    frame[top : top + 400, left : left + 480] = small
    return frame


def test_a_known_picture_on_a_page(photos, known):
    """Set, row, category, distance, rule and place are in the finding."""
    verdict = PictureScreener([known]).screen(screen_with(photos["coffee"]))
    (finding,) = verdict.findings
    assert (finding.library_id, finding.term_id, finding.category) == ("test-set", "pdq-1", "B")
    assert finding.condition == "4"
    assert verdict.severity == 5
    assert finding.rule.startswith("pdq, distance ")
    assert "made for this test" in finding.explanation
    place = finding.place
    assert place is not None
    assert max(abs(a - b) for a, b in zip(place, (300, 200, 480, 400), strict=True)) <= 3


def test_a_mirrored_copy_is_told_as_mirrored(photos, known):
    """The explanation says how the copy lies."""
    mirrored = np.ascontiguousarray(photos["coffee"][:, ::-1])
    (finding,) = PictureScreener([known]).screen(screen_with(mirrored)).findings
    assert finding.rule.endswith("mirrored")


def test_given_regions_are_used(photos, known):
    """Rectangles from accessibility, one of them off the screen."""
    regions = [Region(300, 200, 480, 400), Region(5000, 5000, 10, 10)]
    verdict = PictureScreener([known]).screen(screen_with(photos["coffee"]), regions)
    assert [finding.place for finding in verdict.findings] == [Place(300, 200, 480, 400)]


def test_nothing_on_other_pictures(photos, known):
    """A picture that is not in the set, and an empty page."""
    other = np.random.default_rng(3).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    assert PictureScreener([known]).screen(screen_with(cv2.resize(other, (480, 400)))).findings == ()
    assert PictureScreener([known]).screen(np.full((800, 600, 3), 240, np.uint8)).findings == ()


def test_phash_sets_too(photos):
    """The other algorithm, through the same door."""
    rows = np.stack([fingerprint(photo).phash[0] for photo in photos.values()])
    known = KnownSet(LABEL, Algorithm.PHASH, rows)
    (finding,) = PictureScreener([known]).screen_picture(photos["chelsea"]).findings
    assert finding.term_id == "phash-2"


def test_a_set_of_the_wrong_length_is_refused(photos):
    """PDQ hashes called pHash."""
    rows = np.stack([fingerprint(photo).pdq[0] for photo in photos.values()])
    with pytest.raises(HashError, match="test-set"):
        KnownSet(LABEL, Algorithm.PHASH, rows)


def skin_coloured():
    noise = np.random.default_rng(5).normal(0, 6, (300, 300, 3))
    return np.clip(np.array([125, 160, 205]) + noise, 0, 255).astype(np.uint8)


def test_skin_is_off_by_default_and_low_when_on():
    """A case has to ask; and then it weighs least."""
    frame = screen_with(skin_coloured())
    assert PictureScreener([]).screen(frame).findings == ()
    (finding,) = PictureScreener([], prefilters=SKIN).screen(frame).findings
    assert finding.severity == 1
    assert finding.condition == "4"
    assert "The picture at 300,200 (480 x 400): 100 %" in finding.explanation
    assert "% of it has colours of skin; no face; largest patch" in finding.explanation


def test_flat_colours_of_interfaces_are_not_skin():
    """A button in the colour of skin has no texture."""
    assert measure(np.full((300, 300, 3), (125, 160, 205), np.uint8), NoFaces()).share == 0


def test_a_face_zone_is_left_out():
    """Skin that belongs to a face counts for nothing."""

    class OneFace:
        def find(self, pixels):
            return [Region(0, 0, pixels.shape[1], pixels.shape[0])]

    skin = measure(skin_coloured(), OneFace())
    assert (skin.share, skin.faces) == (0.0, 1)


def test_a_file_that_is_no_face_model_is_refused():
    """The message names the model."""
    with pytest.raises(PictureError, match="face_detection_full_range"):
        BlazeFace(b"no model at all")


@pytest.mark.parametrize("shape", [(1, 1, 3), (3000, 3, 3), (64, 64, 4), (70, 70)])
def test_odd_shapes(known, shape):
    """Slivers, grey and alpha: no crash."""
    frame = np.random.default_rng(9).integers(0, 256, shape, dtype=np.uint8)
    assert PictureScreener([known], prefilters=SKIN).screen_picture(frame) is not None


def test_panels_with_words_are_not_weighed(photos):
    """A speech bubble in a skin colour stands out from the page, and is no photograph: prefilters do not see it."""
    screen = np.full((600, 1000, 3), (23, 36, 59), np.uint8)
    bubble, photo = Region(100, 100, 640, 90), Region(100, 300, 300, 200)
    bubble.crop(screen)[:] = (121, 162, 210)
    cv2.putText(screen, "The council met on Tuesday", (120, 155), 0, 1.1, (68, 68, 68), 2, cv2.LINE_AA)
    photo.crop(screen)[:] = cv2.resize(photos["chelsea"], (300, 200), interpolation=cv2.INTER_AREA)
    seen: list[tuple[int, ...]] = []

    class Watcher:
        id, version = "watcher", "1"

        def weigh(self, pixels):
            seen.append(pixels.shape)
            return Weight(0.0, "")

    PictureScreener([], prefilters=[Ask(Watcher(), 0.5)]).screen(screen, [bubble, photo])
    assert seen == [(200, 300, 3)]

"""A finding in a picture: its reason first, the picture veiled, its place outlined once the picture is asked for."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evidence.envelope import Part
from evidence.pictures import PicturePlace
from evidence.record import CaptureRecord
from tests.console.browser import logged_in, running
from tests.console.site import CaseSite, Seed

pytestmark = pytest.mark.screen
PLACE = PicturePlace(monitor=0, left=160, top=100, width=320, height=200)


class PictureSite(CaseSite):
    """A case whose captures are of pictures."""

    def parts(self, seed: Seed) -> list[Part]:
        """Return a capture without words, with one finding in the middle of the frame."""
        meta, *pictures = super().parts(seed)
        record = CaptureRecord.from_bytes(meta.data)
        found = replace(
            record.findings[0], start=0, end=0, place=PLACE, library_id="skin", explanation="It has colours of skin."
        )
        said = "A picture on the screen in Browser: skin 7, condition 3 of the order."
        picture = replace(record, why=said, source="screen-picture", text="", findings=(found,))
        return [Part("meta", picture.to_bytes()), *pictures]


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Any]:
    """Return the review page of that case."""
    site = PictureSite(tmp_path)
    site.add([Seed("A page", "gun", 5)])
    with running(site) as address, logged_in(site, address) as found:
        found.wait_for_selector("#detail[data-state=ready]")
        yield found
    site.close()


def test_the_picture_is_veiled_until_asked_for_and_the_finding_is_outlined(page: Any) -> None:
    """No words, no heading for words; the outline lies where the finding says, whatever the size on the page."""
    assert page.inner_text("#why").startswith("A picture on the screen")
    assert not page.is_visible("#text")
    assert "It has colours of skin." in page.inner_text("#findings")
    assert page.inner_text("#source").startswith("a picture on the screen")
    assert page.eval_on_selector("#picture", "one => one.classList.contains('veiled')")
    assert page.query_selector(".outlined") is None

    page.click("#show-picture")
    outline = page.wait_for_selector(".outlined span")
    shown, around = outline.bounding_box(), page.query_selector(".outlined img").bounding_box()
    assert shown["x"] - around["x"] == pytest.approx(around["width"] / 4, abs=2)
    assert shown["y"] - around["y"] == pytest.approx(around["height"] / 4, abs=2)
    assert shown["width"] == pytest.approx(around["width"] / 2, abs=2)
    assert outline.get_attribute("title") == "It has colours of skin."

    page.click("#show-picture")
    page.wait_for_selector("#picture.veiled")
    assert page.query_selector(".outlined") is None

"""The server's whole disk, after captures came in and were looked at: no word and no pixel of them is there."""

from pathlib import Path

import pytest

from tests.console.browser import logged_in, running
from tests.console.site import PICTURE, CaseSite, Seed

pytestmark = pytest.mark.screen

MARKER = "QUIXOTICMARKER"
WINDOW = 24
"""Bytes of a picture that are looked for at once; a chance meeting of so many is out of the question."""


def test_neither_words_nor_pixels_are_on_the_servers_disk(tmp_path: Path) -> None:
    """Database, write-ahead log, blobs, keys, settings: the whole folder is searched, while it runs and after."""
    site = CaseSite(tmp_path)
    site.add([Seed(f"{MARKER} title", f"the gun {MARKER} words", 4)])
    with running(site) as address, logged_in(site, address) as page:
        page.wait_for_selector("#detail[data-state=ready]")
        assert MARKER in page.inner_text("#why"), "the officer can read it"
        page.keyboard.press("Shift+P")
        page.wait_for_selector("#picture img[data-frame]")
        assert found_in(site.folder.root) == []
    site.close()
    assert found_in(site.folder.root) == []


def test_the_search_would_find_them(tmp_path: Path) -> None:
    """Planted in a file, words and pixels are found: the search above can fail."""
    (tmp_path / "words").write_bytes(b"..." + MARKER.encode("utf-16-le"))
    (tmp_path / "pixels").write_bytes(b"..." + PICTURE[300 : 300 + 3 * WINDOW])
    assert {path.name for path in found_in(tmp_path)} == {"words", "pixels"}


def found_in(folder: Path) -> list[Path]:
    """Return the files that hold the marker in some encoding, or any piece of the picture."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files, "nothing would be searched"
    words = [MARKER.encode(), MARKER.lower().encode(), MARKER.encode("utf-16-le"), MARKER.encode().hex().encode()]
    middle = range(200, len(PICTURE) - WINDOW, WINDOW // 2)
    pieces = [PICTURE[at : at + WINDOW] for at in middle if len(set(PICTURE[at : at + WINDOW])) > WINDOW // 3]
    assert len(pieces) > 20
    return [path for path in files if any(needle in path.read_bytes() for needle in (*words, *pieces))]

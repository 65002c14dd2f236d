"""Text by accessibility, from a real browser on a real bus: what is shown, in order, once, and never a password."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.accessible import Kind, Piece, WindowText, join, without_doubles
from agent.errors import PlatformError
from agent.platforms.atspi import AtspiScreen
from agent.platforms.linux import X11Windows
from agent.ports import Rectangle
from tests.agent.desktop import Desktop, desktop, page
from tests.waiting import wait_until

BODY = """
<h1>Notes for Tuesday</h1>
<p>A paragraph with <b>bold words</b> and <a href="#">a link inside</a>, then more of it.</p>
<ul><li>first item<li>second item</ul>
<table><tr><td>cell one<td>cell two</table>
<input value="typed value"> <input type="password" value="hunter2secret" autofocus>
<div style="display:none">never displayed</div>
<img alt="a drawing" width="120" height="40" src="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E">
<div style="height:3000px"></div><p>far below the fold</p>
"""


@pytest.fixture(scope="module")
def screen() -> Iterator[Desktop]:
    """Return a desktop that this process sees too."""
    with desktop() as found, pytest.MonkeyPatch.context() as patch:
        for name in ("DISPLAY", "DBUS_SESSION_BUS_ADDRESS"):
            patch.setenv(name, found.environment[name])
        yield found


def read_until(tree: AtspiScreen, words: str) -> WindowText:
    """Return the text of the window that tells these words and has all of its pictures."""
    found: list[WindowText] = []

    def shown() -> bool:
        found[:] = [one for one in tree.read() if words in join(one.pieces).text and one.pictures]
        return bool(found)

    assert wait_until(shown), f"“{words}” was not told"
    return found[0]


@pytest.mark.screen
def test_a_browser_tells_what_it_shows(screen: Desktop, tmp_path: Path) -> None:
    """In order, each word once, with address and place; nothing hidden, nothing below the fold, no password."""
    tree, windows = AtspiScreen(), X11Windows()
    try:
        with screen.browser(page(tmp_path, "A quiet page", BODY)) as browser:
            told = read_until(tree, "typed value")
            text = join(told.pieces).text
            assert "A paragraph with bold words and a link inside, then more of it." in text
            assert text.index("Notes for Tuesday") < text.index("A paragraph") < text.index("first item")
            assert text.count("second item") == text.count("bold words") == text.count("a link inside") == 1
            assert "cell one\tcell two" in text
            assert "typed value" in text
            for unseen in ("never displayed", "a drawing", "far below the fold", "hunter2", "•••"):
                assert unseen not in text
            assert told.url is not None
            assert told.url.endswith("A-quiet-page.html")
            assert told.window.title is not None
            assert told.window.title.startswith("A quiet page")
            assert told.window.process is not None
            assert any(one.kind is Kind.SECRET and not one.text for one in told.pieces)
            assert any(abs(one.width - 120) < 3 for one in told.pictures)
            same = [one for one in windows.shown() if one.title == told.window.title]
            assert [one.process for one in same] == [told.window.process]
            assert wait_until(lambda: tree.secret_focus(told.window) is True)
            begun = time.process_time()
            for _ in range(5):
                tree.read()
            assert (time.process_time() - begun) / 5 < 0.5
            browser.kill()
            browser.wait()
            assert wait_until(lambda: all(one.window != told.window for one in tree.read()))
    finally:
        windows.close()
        tree.close()


@pytest.mark.screen
def test_no_bus_is_said_plainly(screen: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing bus names the package."""
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/at/all")
    with pytest.raises(PlatformError) as raised:
        AtspiScreen()
    assert "at-spi2-core" in raised.value.hint
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS")
    assert "DBUS_SESSION_BUS_ADDRESS" not in os.environ
    with pytest.raises(PlatformError):
        AtspiScreen()


def at(top: int, left: int = 0, width: int = 100, height: int = 20) -> Rectangle:
    return Rectangle(left, top, width, height)


def run(text: str, top: int = 0, left: int = 0) -> Piece:
    return Piece(Kind.INLINE, at(top, left), text)


def block(text: str, top: int = 0, left: int = 0) -> Piece:
    return Piece(Kind.BLOCK, at(top, left), text)


@pytest.mark.parametrize(
    ("objects", "text"),
    [
        ([block("one two"), run("one "), run("two", 0, 30)], "one two"),
        ([block("a ￼ c"), run("a "), run("b", 0, 9), run(" c", 0, 9)], "a b c"),
        ([block("Save"), block("Save as", 0, 200)], "Save\tSave as"),
        ([block("one"), block("one more", 40)], "one\n\none more"),
        ([run("wraps"), run("here", 20)], "wraps\nhere"),
        ([block("￼￼"), Piece(Kind.PICTURE, at(0), "a picture"), block("x", 40)], "x"),
    ],
)
def test_pieces_are_joined_as_they_are_read(objects: list[Piece], text: str) -> None:
    """Runs stand together, rows have tabs, paragraphs blank lines; the places tell where each piece stands."""
    kept = without_doubles(objects)
    joined = join(kept)
    assert joined.text == text
    assert [joined.text[start:end] for start, end in joined.places] == [one.text for one in kept]

"""Clipboard, notifications, programs, files: from a real X server, a real bus, real processes and real folders."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
from jeepney import DBusAddress, new_method_call
from jeepney.io.blocking import open_dbus_connection
from numpy.typing import NDArray

from agent.copied_picture import LONGEST_SIDE, decoded
from agent.platforms.dbus_notifications import Notifications
from agent.platforms.x11_clipboard import X11Clipboard
from agent.ports import Given, Scene, Seen, SeenPicture, Source
from agent.sources.processes import Processes
from tests.agent.desktop import Desktop, desktop
from tests.waiting import PATIENCE, wait_until

NOWHERE = Scene.nowhere()
COPY = """
import sys, tkinter as tk
root = tk.Tk()
root.title("Copier")
root.geometry("300x80+10+10")
root.update()
root.focus_force()
if len(sys.argv) > 3:
    for kind in (sys.argv[3], "UTF8_STRING"):
        root.selection_handle(lambda *_: sys.argv[1], selection="CLIPBOARD", type=kind)
    root.selection_own(selection="CLIPBOARD")
else:
    root.clipboard_clear()
    root.clipboard_append(sys.argv[1] * int(sys.argv[2]))
root.update()
print("up", flush=True)
root.mainloop()
"""


@pytest.fixture(scope="module")
def screen() -> Iterator[Desktop]:
    """Return a desktop that this process sees too."""
    with desktop() as found, pytest.MonkeyPatch.context() as patch:
        for name in ("DISPLAY", "DBUS_SESSION_BUS_ADDRESS"):
            patch.setenv(name, found.environment[name])
        yield found


def until(source: Source, words: str, seconds: float = PATIENCE) -> list[Seen]:
    found: list[Seen] = []

    def given() -> bool:
        found.extend(one for one in source.poll(NOWHERE) if isinstance(one, Seen))
        return any(words in one.text for one in found)

    assert wait_until(given, seconds), f"“{words}” was not given"
    return found


@pytest.mark.screen
@pytest.mark.parametrize("times", [1, 30_000])
def test_what_is_copied(screen: Desktop, times: int) -> None:
    """A short text, and one so long that it comes in pieces."""
    source = X11Clipboard()
    try:
        with screen.program([sys.executable, "-c", COPY, "copied wörds ", str(times)]):
            found = until(source, "copied wörds")
            assert [(one.source, one.provenance.name, one.window.title) for one in found] == [
                ("clipboard", "PASTED", "Copier")
            ]
            assert found[0].text == ("copied wörds " * times)[:200_000]
    finally:
        source.close()


@pytest.mark.screen
@pytest.mark.parametrize(("mark", "fetched"), [("x-kde-passwordManagerHint", False), ("x-other", True)])
def test_what_a_password_manager_copies_is_not_fetched(screen: Desktop, mark: str, fetched: bool) -> None:
    """Its mark is respected; another mark changes nothing."""
    source = X11Clipboard()
    try:
        with screen.program([sys.executable, "-c", COPY, "hunter2", "1", mark], pipe=True) as process:
            assert process.stdout is not None
            process.stdout.readline()
            found: list[Given] = []
            wait_until(lambda: found.extend(source.poll(NOWHERE)) or found, PATIENCE if fetched else 1)
            assert [one.text for one in found if isinstance(one, Seen)] == (["hunter2"] if fetched else [])
    finally:
        source.close()


def png(pixels: NDArray[np.uint8]) -> bytes:
    return cv2.imencode(".png", pixels)[1].tobytes()


def noise(height: int, width: int) -> NDArray[np.uint8]:
    """Return a picture that no compression makes small."""
    return np.random.default_rng(5).integers(0, 256, (height, width, 3), np.uint8)


@contextmanager
def copying(screen: Desktop, data: bytes, target: str = "image/png") -> Iterator[None]:
    """Have a real program own the clipboard."""
    command = ["xclip", "-quiet", "-selection", "clipboard", "-target", target, "-in"]
    process = subprocess.Popen(
        command, env=screen.environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        assert process.stdin is not None
        process.stdin.write(data)
        process.stdin.close()
        yield
    finally:
        process.terminate()
        process.wait()


def pictures(source: X11Clipboard, least: int = 1) -> list[SeenPicture]:
    """Return the pictures that come."""
    found: list[SeenPicture] = []

    def given() -> bool:
        found.extend(one for one in source.poll(NOWHERE) if isinstance(one, SeenPicture))
        return len(found) >= least

    assert wait_until(given, PATIENCE), "no picture was given"
    return found


@pytest.mark.screen
@pytest.mark.parametrize(("height", "width"), [(60, 80), (900, 1200)])
def test_a_picture_that_is_copied(screen: Desktop, height: int, width: int) -> None:
    """A small one, and one of 3 MB that comes in pieces, pixel by pixel as it was."""
    source = X11Clipboard(pictures=True)
    try:
        with copying(screen, png(noise(height, width))):
            (found,) = pictures(source)
        assert (found.source, found.provenance.name) == ("clipboard", "PASTED")
        assert np.array_equal(found.pixels[..., :3], noise(height, width))
    finally:
        source.close()


@pytest.mark.screen
def test_a_picture_is_fetched_only_where_pictures_are_permitted(screen: Desktop) -> None:
    """Text that is copied after it is given all the same, so it is known that the picture had its chance."""
    source = X11Clipboard()
    try:
        with copying(screen, png(noise(60, 80))):
            wait_until(lambda: source.poll(NOWHERE), 1)
        with copying(screen, b"words", "UTF8_STRING"):
            assert [one.text for one in until(source, "words")] == ["words"]
    finally:
        source.close()


@pytest.mark.screen
@pytest.mark.parametrize("data", [b"no picture", png(noise(60, 80))[:300], b""], ids=["words", "cut", "nothing"])
def test_what_is_no_picture_is_passed_over(screen: Desktop, data: bytes) -> None:
    """And the next one is given."""
    source = X11Clipboard(pictures=True)
    try:
        with copying(screen, data):
            wait_until(lambda: source.poll(NOWHERE), 1)
        with copying(screen, png(noise(60, 80))):
            assert len(pictures(source)) == 1
    finally:
        source.close()


def test_a_picture_that_claims_too_much_is_not_decoded() -> None:
    """A few bytes may claim billions of pixels; a large one is made smaller."""
    bomb = bytearray(png(noise(8, 8)))
    bomb[16:24] = (100_000).to_bytes(4) * 2
    assert decoded(bytes(bomb)) is None
    found = decoded(png(np.full((100, 4000, 3), 90, np.uint8)))
    assert found is not None
    assert found.shape == (48, LONGEST_SIDE, 4)


@pytest.mark.screen
def test_a_notification(screen: Desktop) -> None:
    """Summary and text, whoever shows it."""
    source = Notifications()
    sender = open_dbus_connection("SESSION")
    try:
        server = DBusAddress(
            "/org/freedesktop/Notifications", "org.freedesktop.Notifications", "org.freedesktop.Notifications"
        )
        body = ("Chat", 0, "", "New message", "meet me at nine", [], {}, -1)
        sender.send(new_method_call(server, "Notify", "susssasa{sv}i", body))
        (found,) = until(source, "meet me")
        assert found.text == "New message\n\nmeet me at nine"
        assert (found.window.app, found.window.title) == ("Chat", "New message")
    finally:
        sender.close()
        source.close()


def test_a_program_that_is_started(tmp_path: Path) -> None:
    """With its command line; what ran before is not told, nor what the agent itself starts."""
    source = Processes()
    marker = str(tmp_path / "marker")
    ours = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", marker])
    shell = f"{sys.executable} -c 'import time; time.sleep(20)' {marker} &"
    try:
        subprocess.run(["setsid", "--fork", "sh", "-c", shell], check=True)
        found = until(source, marker)
        assert all(one.window.process != ours.pid for one in found)
        assert {one.source for one in found} == {"process"}
    finally:
        ours.kill()
        ours.wait()
        source.close()

"""Pictures by the desktop's portal: a real session bus, and a stand-in for the portal that answers as documented."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
from jeepney import (
    DBusAddress,
    HeaderFields,
    MessageType,
    message_bus,
    new_error,
    new_method_call,
    new_method_return,
    new_signal,
)
from jeepney.io.blocking import DBusConnection, Proxy, open_dbus_connection

from agent.errors import PlatformError, UnseenError
from agent.platforms import open_screen
from agent.platforms.portal_screen import PortalScreen
from tests.agent.desktop import session_bus

NAME = "org.freedesktop.portal.Desktop"


class Portal:
    """Answers each request for a picture: by a file, by a refusal, or by an error. `asked` counts them."""

    def __init__(self, address: str, folder: Path, answer: int | None) -> None:
        self._bus: DBusConnection = open_dbus_connection(address)
        self._folder, self._answer = folder, answer
        self.asked = 0
        Proxy(message_bus, self._bus).RequestName(NAME)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                message = self._bus.receive()
            except (OSError, ValueError):
                return
            if message.header.message_type is MessageType.method_call:
                if message.header.fields[HeaderFields.member] == "Stop":
                    return
                self._picture(message)

    def _picture(self, message: object) -> None:
        self.asked += 1
        if self._answer is None:
            self._bus.send(new_error(message, "org.freedesktop.DBus.Error.UnknownMethod"))
            return
        sender = message.header.fields[HeaderFields.sender]  # type: ignore[attr-defined]
        token = message.body[1]["handle_token"][1]  # type: ignore[attr-defined]
        request = f"/org/freedesktop/portal/desktop/request/{sender[1:].replace('.', '_')}/{token}"
        self._bus.send(new_method_return(message, "o", (request,)))
        results = {}
        if self._answer == 0:
            file = self._folder / "a picture.png"
            cv2.imwrite(str(file), np.full((60, 80, 3), (10, 20, 30), np.uint8))
            results = {"uri": ("s", file.as_uri())}
        emitter = DBusAddress(request, interface="org.freedesktop.portal.Request")
        self._bus.send(new_signal(emitter, "Response", "ua{sv}", (self._answer, results)))

    def close(self, address: str) -> None:
        with open_dbus_connection(address) as other:
            other.send(new_method_call(DBusAddress("/", NAME, "x.y"), "Stop"))
            self._thread.join(10)
        self._bus.close()


@contextmanager
def portal(folder: Path, monkeypatch: pytest.MonkeyPatch, answer: int | None) -> Iterator[Portal]:
    with session_bus() as address:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
        found = Portal(address, folder, answer)
        try:
            yield found
        finally:
            found.close(address)


def test_a_picture_comes_and_its_file_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that was seen stays on the disk; the same picture is given again until it is time for a new one."""
    monkeypatch.setattr("agent.platforms.portal_screen.EVERY", 3600.0)
    with portal(tmp_path, monkeypatch, 0) as desktop:
        screen = open_screen()
        assert isinstance(screen, PortalScreen)
        (frame,) = screen.grab()
        assert frame.pixels.shape == (60, 80, 4)
        assert list(frame.pixels[0, 0]) == [10, 20, 30, 255]
        assert list(tmp_path.iterdir()) == []
        assert screen.grab() == (frame,)
        assert desktop.asked == 1
        screen.close()


@pytest.mark.parametrize(("answer", "reason"), [(1, "permission-lost"), (None, "unsupported-session")])
def test_why_not_is_what_coverage_calls_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: int | None, reason: str
) -> None:
    """Leave that is not given, or a desktop that has no such portal: it is asked again, and the agent stays."""
    with portal(tmp_path, monkeypatch, answer):
        screen = open_screen()
        with pytest.raises(UnseenError) as refused:
            screen.grab()
        screen.close()
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("answer", "says"), [(1, "gives the agent no picture"), (2, "could not make"), (None, "gives no pictures")]
)
def test_what_the_desktop_refuses_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: int | None, says: str
) -> None:
    with portal(tmp_path, monkeypatch, answer):
        screen = open_screen()
        with pytest.raises(PlatformError, match=says):
            screen.grab()
        screen.close()


def test_without_a_bus_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    with pytest.raises(PlatformError, match="session bus"):
        open_screen()

"""Pictures of a Wayland session, by its desktop portal: org.freedesktop.portal.Screenshot, version 1 and later.

The first picture needs the person's leave in a dialogue of the desktop's own, which desktops give only to a window in
front: it is asked for during the officer's visit, and kept by the desktop until somebody takes it back. One picture
shows all monitors. Written to the portal's documentation, and tried against a stand-in for it only.
"""

import secrets
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import cv2
from jeepney import DBusAddress, MatchRule, MessageType, message_bus, new_method_call
from jeepney.io.blocking import DBusConnection, Proxy, open_dbus_connection

from agent.errors import PlatformError, UnseenError
from agent.ports import Frame, Rectangle

PATIENCE = 20.0
"""Seconds for an answer; the first time a person is asked and has to read."""
EVERY = 2.0
"""Seconds between two pictures: each is written and read as a file by the desktop."""
_BUS, _PATH, _NAME = "org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop", "org.freedesktop.portal"
_PORTAL = DBusAddress(_PATH, _BUS, f"{_NAME}.Screenshot")
_DONE, _REFUSED = 0, 1
_REVOKED = (
    "Leave was refused or taken back: allow screenshots for Overt in the desktop's settings, then start it again."
)


class PortalScreen:
    """The whole desktop as one frame."""

    def __init__(self) -> None:
        """Connect to the session's bus; raises PlatformError."""
        try:
            self._bus: DBusConnection = open_dbus_connection("SESSION")
        except (OSError, KeyError, ValueError) as problem:
            raise PlatformError("This session has no D-Bus session bus, so its screen cannot be read.") from problem
        self._last: tuple[Frame, ...] = ()
        self._taken = float("-inf")
        self._own = self._bus.unique_name.removeprefix(":").replace(".", "_")

    def grab(self) -> tuple[Frame, ...]:
        """Return one frame of everything, at most two seconds old.

        Raises:
            UnseenError: the desktop refuses or does not answer.
            PlatformError: it gave a picture that cannot be read.
        """
        if time.monotonic() - self._taken >= EVERY:
            self._last = self._frames()
            self._taken = time.monotonic()
        return self._last

    def close(self) -> None:
        """Disconnect."""
        self._bus.close()

    def _frames(self) -> tuple[Frame, ...]:
        file = self._picture()
        try:
            pixels = cv2.imread(str(file), cv2.IMREAD_COLOR_BGR)
        finally:
            file.unlink(missing_ok=True)  # nothing that was seen stays on the disk in the clear
        if pixels is None:
            raise PlatformError("The desktop gave a picture that cannot be read.")
        height, width = pixels.shape[:2]
        place = Rectangle(0, 0, width, height)
        return (Frame(0, place, cv2.cvtColor(pixels, cv2.COLOR_BGR2BGRA)),)  # type: ignore[arg-type]

    def _picture(self) -> Path:
        token = f"overt_{secrets.token_hex(8)}"
        request = f"{_PATH}/request/{self._own}/{token}"
        rule = MatchRule(type="signal", interface=f"{_NAME}.Request", member="Response", path=request)
        options = {"handle_token": ("s", token), "interactive": ("b", False), "modal": ("b", False)}
        try:
            Proxy(message_bus, self._bus).AddMatch(rule)
            with self._bus.filter(rule) as answers:
                self._ask(new_method_call(_PORTAL, "Screenshot", "sa{sv}", ("", options)))
                code, results = self._bus.recv_until_filtered(answers, timeout=PATIENCE).body
            Proxy(message_bus, self._bus).RemoveMatch(rule)
        except (OSError, TimeoutError) as problem:
            raise UnseenError(
                "The desktop does not answer when asked for a picture.", reason="permission-lost", hint=_REVOKED
            ) from problem
        return self._file(code, results)

    def _ask(self, message: Any) -> None:
        reply = self._bus.send_and_get_reply(message, timeout=PATIENCE)
        if reply.header.message_type is MessageType.error:
            raise UnseenError(
                "This desktop gives no pictures of the screen.",
                reason="unsupported-session",
                hint="xdg-desktop-portal and the desktop's own part of it must run; or log in to an X11 session.",
            )

    @staticmethod
    def _file(code: int, results: dict[str, tuple[str, Any]]) -> Path:
        if code == _REFUSED:
            raise UnseenError(
                "The desktop gives the agent no picture of the screen.", reason="permission-lost", hint=_REVOKED
            )
        address = urlsplit(str(results["uri"][1])) if code == _DONE and "uri" in results else None
        if address is None or address.scheme != "file":
            raise PlatformError("The desktop could not make a picture of the screen.")
        return Path(unquote(address.path))

"""Windows on X11: which is in focus, which can be seen and where (EWMH, or without a window manager the top)."""

from dataclasses import replace

import xcffib
import xcffib.xproto as x

from agent.errors import PlatformError
from agent.platforms.x11_connection import connect
from agent.ports import Rectangle, WindowInfo

_LONGEST = 1024  # units of 4 bytes that are asked of a property
_DEEPEST = 16
_FRAMES = 3  # window managers put a window into at most so many of their own


class X11Windows:
    """The window in focus on an X display."""

    def __init__(self) -> None:
        """Connect to DISPLAY; raises PlatformError."""
        try:
            self._connection = connect()
        except xcffib.ConnectionException as problem:
            raise PlatformError(
                "The display cannot be opened for window titles.", hint="Is DISPLAY right?"
            ) from problem
        self._core = self._connection.core
        self._root = self._connection.get_setup().roots[0].root
        self._active = self._atom("_NET_ACTIVE_WINDOW")
        self._name = self._atom("_NET_WM_NAME")
        self._process = self._atom("_NET_WM_PID")

    def focused(self) -> WindowInfo:
        """Return the window in focus; an empty WindowInfo where none has a name."""
        try:
            for window in (self._active_window(), self._focus_window(), self._top_window()):
                info = WindowInfo() if window is None else self._describe(window)
                if info.title is not None:
                    return info
        except xcffib.XcffibException:
            pass  # a window went away while we asked; the next tick asks again
        return WindowInfo()

    def shown(self) -> tuple[WindowInfo, ...]:
        """Return the windows that can be seen, lowest first; those without a name too, for they cover others."""
        children = self._core.QueryTree(self._root).reply().children
        asked = [(child, self._core.GetWindowAttributes(child)) for child in children]
        found = []
        for child, attributes in asked:
            try:
                if attributes.reply().map_state == x.MapState.Viewable:
                    found.append(self._shown(child))
            except xcffib.XcffibException:
                continue  # it was closed while we asked
        return tuple(found)

    def _shown(self, window: int) -> WindowInfo:
        level = [window]
        for _ in range(_FRAMES):
            for one in level:
                info = self._named(one)
                if info is not None:
                    return replace(info, place=self._place(window))
            level = [child for one in level for child in self._core.QueryTree(one).reply().children]
        return WindowInfo(place=self._place(window))

    def close(self) -> None:
        """Disconnect."""
        self._connection.disconnect()

    def _atom(self, name: str) -> int:
        return int(self._core.InternAtom(False, len(name), name).reply().atom)

    def _active_window(self) -> int | None:
        reply = self._core.GetProperty(False, self._root, self._active, x.GetPropertyType.Any, 0, 1).reply()
        found = reply.value.to_atoms() if reply.value_len else ()
        return int(found[0]) if found and found[0] else None

    def _focus_window(self) -> int | None:
        focus = int(self._core.GetInputFocus().reply().focus)
        return focus if focus > 1 and focus != self._root else None  # 0 none, 1 follows the pointer

    def _top_window(self) -> int | None:
        for window in reversed(self._core.QueryTree(self._root).reply().children):
            attributes = self._core.GetWindowAttributes(window).reply()
            shown = attributes.map_state == x.MapState.Viewable and not attributes.override_redirect
            if shown and self._describe(window).title is not None:
                return int(window)
        return None

    def _describe(self, window: int) -> WindowInfo:
        # Toolkits put the focus on a nameless child: the name stands on one of the windows around it.
        for _ in range(_DEEPEST):
            info = self._named(window)
            if info is not None:
                return info
            parent = int(self._core.QueryTree(window).reply().parent)
            if parent in (0, self._root):
                break
            window = parent
        return WindowInfo()

    def _named(self, window: int) -> WindowInfo | None:
        title = self._text(window, self._name) or self._text(window, x.Atom.WM_NAME)
        if not title:
            return None
        app = self._text(window, x.Atom.WM_CLASS).rstrip("\0").rpartition("\0")[2]
        reply = self._core.GetProperty(False, window, self._process, x.Atom.CARDINAL, 0, 1).reply()
        process = int(reply.value.to_atoms()[0]) if reply.value_len else None
        return WindowInfo(app or None, title, self._place(window), process)

    def _place(self, window: int) -> Rectangle:
        asked = self._core.GetGeometry(window)
        corner = self._core.TranslateCoordinates(window, self._root, 0, 0).reply()
        size = asked.reply()
        return Rectangle(corner.dst_x, corner.dst_y, size.width, size.height)

    def _text(self, window: int, name: int) -> str:
        reply = self._core.GetProperty(False, window, name, x.GetPropertyType.Any, 0, _LONGEST).reply()
        return bytes(reply.value.buf()).decode("utf-8", "replace") if reply.value_len else ""

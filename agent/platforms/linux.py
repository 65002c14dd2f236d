"""Window titles on X11 (EWMH: _NET_ACTIVE_WINDOW, _NET_WM_NAME; without a window manager the focus, then the top)."""

import xcffib
import xcffib.xproto as x

from agent.errors import PlatformError
from agent.ports import WindowInfo

_LONGEST = 1024  # units of 4 bytes that are asked of a property
_DEEPEST = 16


class X11Windows:
    """The window in focus on an X display."""

    def __init__(self) -> None:
        """Connect to DISPLAY; raises PlatformError."""
        try:
            self._connection = xcffib.connect()
        except xcffib.ConnectionException as problem:
            raise PlatformError(
                "The display cannot be opened for window titles.", hint="Is DISPLAY right?"
            ) from problem
        self._core = self._connection.core
        self._root = self._connection.get_setup().roots[0].root
        self._active = self._atom("_NET_ACTIVE_WINDOW")
        self._name = self._atom("_NET_WM_NAME")

    def focused(self) -> WindowInfo:
        """Return the window in focus; an empty WindowInfo where none has a name."""
        try:
            for window in (self._active_window(), self._focus_window(), self._top_window()):
                info = WindowInfo() if window is None else self._describe(window)
                if info.title is not None:
                    return info
        except (xcffib.ConnectionException, xcffib.ProtocolException):
            pass  # a window went away while we asked; the next tick asks again
        return WindowInfo()

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
            title = self._text(window, self._name) or self._text(window, x.Atom.WM_NAME)
            if title:
                app = self._text(window, x.Atom.WM_CLASS).rstrip("\0").rpartition("\0")[2]
                return WindowInfo(app or None, title)
            parent = int(self._core.QueryTree(window).reply().parent)
            if parent in (0, self._root):
                break
            window = parent
        return WindowInfo()

    def _text(self, window: int, name: int) -> str:
        reply = self._core.GetProperty(False, window, name, x.GetPropertyType.Any, 0, _LONGEST).reply()
        return bytes(reply.value.buf()).decode("utf-8", "replace") if reply.value_len else ""

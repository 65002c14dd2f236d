"""Text that is copied on an X display (XFixes tells of it). What a password manager marks as secret is not fetched."""

from collections.abc import Iterator, Sequence

import xcffib
import xcffib.xfixes
import xcffib.xproto as x

from agent.errors import PlatformError
from agent.platforms.linux import X11Windows
from agent.ports import Scene, Seen
from engine.observation import Provenance

SECRET = "x-kde-passwordManagerHint"  # noqa: S105  (the name of the mark)
LONGEST = 200_000
"""Code points of one text that are screened."""
_UNITS = LONGEST  # of 4 bytes: what one property may hold


class X11Clipboard:
    """The clipboard of this display."""

    def __init__(self) -> None:
        """Connect and ask to be told of copies; raises PlatformError."""
        try:
            self._connection = xcffib.connect()
            fixes = self._connection(xcffib.xfixes.key)
            fixes.QueryVersion(5, 0).reply()
        except (xcffib.ConnectionException, xcffib.ProtocolException, xcffib.ExtensionException) as problem:
            raise PlatformError("The clipboard of this display cannot be followed (XFixes is missing).") from problem
        self._core = self._connection.core
        self._clipboard, self._text = self._atom("CLIPBOARD"), self._atom("UTF8_STRING")
        self._targets, self._secret = self._atom("TARGETS"), self._atom(SECRET)
        self._incremental, self._place = self._atom("INCR"), self._atom("OVERT_CLIPBOARD")
        root = self._connection.get_setup().roots[0]
        self._window = self._connection.generate_id()
        self._core.CreateWindow(
            0, self._window, root.root, -1, -1, 1, 1, 0, x.WindowClass.InputOnly, root.root_visual,
            x.CW.EventMask, [x.EventMask.PropertyChange],
        )  # fmt: skip
        fixes.SelectSelectionInput(self._window, self._clipboard, xcffib.xfixes.SelectionEventMask.SetSelectionOwner)
        self._connection.flush()
        self._windows = X11Windows()
        self._pieces: list[bytes] | None = None

    def poll(self, _scene: Scene) -> Sequence[Seen]:
        """Return what was copied since the last call."""
        found = []
        while (event := self._connection.poll_for_event()) is not None:
            for text in self._texts(event):
                window = self._windows.focused()
                found.append(Seen(text[:LONGEST], "clipboard", Provenance.PASTED, window))
        self._connection.flush()
        return found

    def close(self) -> None:
        """Disconnect."""
        self._windows.close()
        self._connection.disconnect()

    def _texts(self, event: object) -> Iterator[str]:
        match event:
            case xcffib.xfixes.SelectionNotifyEvent() if event.owner:
                self._ask(self._targets, event.timestamp)
            case x.SelectionNotifyEvent() if event.property and event.target == self._targets:
                offered = set(self._property().value.to_atoms())
                if self._text in offered and self._secret not in offered:
                    self._ask(self._text, event.time)
            case x.SelectionNotifyEvent() if event.property and event.target == self._text:
                yield from self._arrived()
            case x.PropertyNotifyEvent() if self._pieces is not None and event.state == x.Property.NewValue:
                yield from self._piece(self._pieces)

    def _arrived(self) -> Iterator[str]:
        """Take a text that came whole, or begin with one that comes in pieces."""
        reply = self._property()
        if reply.type == self._incremental:
            self._pieces = []
        else:
            yield bytes(reply.value.buf()).decode("utf-8", "replace")

    def _piece(self, pieces: list[bytes]) -> Iterator[str]:
        data = bytes(self._property().value.buf())
        if data:
            if sum(map(len, pieces)) < 4 * LONGEST:
                pieces.append(data)
            return
        self._pieces = None
        yield b"".join(pieces).decode("utf-8", "replace")

    def _ask(self, target: int, time: int) -> None:
        self._pieces = None
        self._core.ConvertSelection(self._window, self._clipboard, target, self._place, time)

    def _property(self) -> x.GetPropertyReply:
        return self._core.GetProperty(True, self._window, self._place, x.GetPropertyType.Any, 0, _UNITS).reply()

    def _atom(self, name: str) -> int:
        return int(self._core.InternAtom(False, len(name), name).reply().atom)

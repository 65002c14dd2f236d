"""What is copied on an X display (XFixes tells of it): text, and pictures where those are permitted.

What a password manager marks as secret is not fetched.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import xcffib
import xcffib.xfixes
import xcffib.xproto as x

from agent.copied_picture import MOST_BYTES, decoded
from agent.errors import PlatformError
from agent.platforms.linux import X11Windows
from agent.platforms.x11_connection import connect
from agent.platforms.x11_waking import Doorbell
from agent.ports import Given, Scene, Seen, SeenPicture
from engine.observation import Provenance

SECRET = "x-kde-passwordManagerHint"  # noqa: S105  (the name of the mark)
PICTURE = "image/png"
"""Every toolkit offers a copied picture as this, whatever else it offers."""
LONGEST = 200_000
"""Code points of one text that are screened."""


@dataclass(slots=True)
class _Transfer:
    """What is being fetched: one target of one copy."""

    target: int
    most: int
    """Bytes; what is longer is cut, and a cut picture is none."""
    pieces: list[bytes] | None = field(default=None, repr=False)
    """What came so far, where it comes in pieces."""


class X11Clipboard:
    """The clipboard of this display."""

    def __init__(self, *, pictures: bool = False) -> None:
        """Connect and ask to be told of copies; raises PlatformError."""
        try:
            self._connection = connect()
            fixes = self._connection(xcffib.xfixes.key)
            fixes.QueryVersion(5, 0).reply()
        except (xcffib.ConnectionException, xcffib.ProtocolException, xcffib.ExtensionException) as problem:
            raise PlatformError("The clipboard of this display cannot be followed (XFixes is missing).") from problem
        self._core = self._connection.core
        self._clipboard, self._text = self._atom("CLIPBOARD"), self._atom("UTF8_STRING")
        self._targets, self._secret = self._atom("TARGETS"), self._atom(SECRET)
        self._limits = {self._text: 4 * LONGEST}
        if pictures:
            self._limits[self._atom(PICTURE)] = MOST_BYTES
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
        self._doorbell = Doorbell(self._connection)
        self._now: _Transfer | None = None
        self._next: list[int] = []

    def poll(self, _scene: Scene) -> Sequence[Given]:
        """Return what was copied since the last call."""
        found: list[Given] = []
        while (event := self._connection.poll_for_event()) is not None:
            for target, data in self._whole(event):
                found += self._given(target, data)
                self._ask_next(x.Time.CurrentTime)
        self._connection.flush()
        return found

    def wait(self, _least: float, most: float) -> None:
        """Wait until the display tells something: `poll` took out all that was there."""
        self._doorbell.wait(most)

    def wake(self) -> None:
        """End the waiting."""
        self._doorbell.ring()

    def close(self) -> None:
        """Disconnect."""
        self._doorbell.close()
        self._windows.close()
        self._connection.disconnect()

    def _given(self, target: int, data: bytes) -> Iterator[Given]:
        window = self._windows.focused()
        if target == self._text:
            yield Seen(data.decode("utf-8", "replace")[:LONGEST], "clipboard", Provenance.PASTED, window)
        elif (pixels := decoded(data)) is not None:
            yield SeenPicture(pixels, "clipboard", Provenance.PASTED, window)

    def _whole(self, event: object) -> Iterator[tuple[int, bytes]]:
        """Yield a target and its bytes, once all of them are here."""
        match event:
            case xcffib.xfixes.SelectionNotifyEvent() if event.owner:
                self._now, self._next = None, []
                self._convert(self._targets, event.timestamp)
            case x.SelectionNotifyEvent() if event.property and event.target == self._targets:
                offered = set(self._property(4 * LONGEST).value.to_atoms())
                self._next = [] if self._secret in offered else [one for one in self._limits if one in offered]
                self._ask_next(event.time)
            case x.SelectionNotifyEvent() if self._now is not None and event.target == self._now.target:
                yield from self._arrived(self._now, refused=not event.property)
            case x.PropertyNotifyEvent() if self._now is not None and event.state == x.Property.NewValue:
                yield from self._piece(self._now)

    def _arrived(self, transfer: _Transfer, *, refused: bool) -> Iterator[tuple[int, bytes]]:
        """Take what came whole, or begin with what comes in pieces."""
        if refused:
            self._ask_next(x.Time.CurrentTime)
            return
        reply = self._property(transfer.most)
        if reply.type == self._incremental:
            transfer.pieces = []
        else:
            self._now = None
            yield transfer.target, bytes(reply.value.buf())

    def _piece(self, transfer: _Transfer) -> Iterator[tuple[int, bytes]]:
        if transfer.pieces is None:
            return  # the property of a transfer that comes whole, or its announcement
        data = bytes(self._property(MOST_BYTES).value.buf())
        if data:
            if sum(map(len, transfer.pieces)) < transfer.most:
                transfer.pieces.append(data)
            return
        self._now = None
        yield transfer.target, b"".join(transfer.pieces)

    def _ask_next(self, time: int) -> None:
        self._now = _Transfer(self._next[0], self._limits[self._next[0]]) if self._next else None
        if self._now is not None:
            self._next = self._next[1:]
            self._convert(self._now.target, time)

    def _convert(self, target: int, time: int) -> None:
        self._core.ConvertSelection(self._window, self._clipboard, target, self._place, time)
        self._connection.flush()

    def _property(self, most: int) -> x.GetPropertyReply:
        """Take what lies there; `most` in bytes."""
        return self._core.GetProperty(True, self._window, self._place, x.GetPropertyType.Any, 0, most // 4 + 1).reply()

    def _atom(self, name: str) -> int:
        return int(self._core.InternAtom(False, len(name), name).reply().atom)

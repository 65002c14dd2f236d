"""A scripted person: presses a button of a window on an X display, as a hand with a mouse would (XTEST)."""

import time
from collections.abc import Callable

from overt.demo.display import Display
from overt.demo.errors import DemoError

PRESS, RELEASE, MOTION = 4, 5, 6  # X11 core event codes (X Window System Protocol, appendix B)
PATIENCE = 60.0
"""Seconds until a window is there, on a computer that does other things as well."""
AGAIN = 3.0
"""Seconds until somebody whose click did nothing clicks once more."""


def press(display: Display, title: str, until: Callable[[], object], *, across: float, down: float) -> None:
    """Click as `click` does, and again while the window is there and nothing came of it: `until` is what must come.

    A window that was shown a moment ago does not always have its buttons yet, and takes no notice of a click then.

    Raises:
        DemoError: no such window came up, or nothing came of it within a minute.
    """
    deadline = time.monotonic() + PATIENCE
    click(display, title, across=across, down=down)
    while not _comes(until, AGAIN):
        if time.monotonic() > deadline:
            raise DemoError(f"Nothing came of pressing “{title}” within {PATIENCE:.0f} seconds.")
        if is_shown(display, title):
            click(display, title, across=across, down=down)


def is_shown(display: Display, title: str) -> bool:
    """Return whether a window of this name can be seen."""
    import xcffib  # noqa: PLC0415  (Linux only)

    connection = xcffib.connect(display=display.name)
    try:
        return _find(connection, title) is not None
    finally:
        connection.disconnect()


def _comes(until: Callable[[], object], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not until():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def click(display: Display, title: str, *, across: float, down: float, patience: float = PATIENCE) -> None:
    """Click the point (`across`, `down`: fractions of width and height) of the window named `title`.

    Raises:
        DemoError: no such window came up within `patience` seconds.
    """
    import xcffib  # noqa: PLC0415  (Linux only)
    import xcffib.xproto  # noqa: PLC0415
    import xcffib.xtest  # noqa: PLC0415

    connection = xcffib.connect(display=display.name)
    try:
        x, y, width, height = _wait_for_window(connection, title, patience)
        test = connection(xcffib.xtest.key)
        root = connection.get_setup().roots[0].root
        target = (x + int(width * across), y + int(height * down))
        for event, detail in ((MOTION, 0), (PRESS, 1), (RELEASE, 1)):
            test.FakeInput(event, detail, 0, root, *target, 0)
            connection.flush()
            time.sleep(0.08)
    finally:
        connection.disconnect()


def _wait_for_window(connection: object, title: str, patience: float) -> tuple[int, int, int, int]:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        place = _find(connection, title)
        if place is not None:
            time.sleep(0.3)  # mapped is not yet drawn
            return place
        time.sleep(0.1)
    raise DemoError(f"The window “{title}” did not appear within {patience:.0f} seconds.")


def _find(connection: object, title: str) -> tuple[int, int, int, int] | None:
    import xcffib  # noqa: PLC0415
    import xcffib.xproto  # noqa: PLC0415

    core = connection.core  # type: ignore[attr-defined]
    root = connection.get_setup().roots[0].root  # type: ignore[attr-defined]
    waiting = [root]
    while waiting:
        window = waiting.pop()
        try:
            if window != root and _name(core, window) == title and _viewable(core, window):
                size = core.GetGeometry(window).reply()
                corner = core.TranslateCoordinates(window, root, 0, 0).reply()
                return corner.dst_x, corner.dst_y, size.width, size.height
            waiting += core.QueryTree(window).reply().children
        except (xcffib.xproto.WindowError, xcffib.xproto.DrawableError):
            continue  # it was closed while we looked
    return None


def _viewable(core: object, window: int) -> bool:
    return bool(core.GetWindowAttributes(window).reply().map_state == 2)  # type: ignore[attr-defined]


def _name(core: object, window: int) -> str:
    import xcffib.xproto as x  # noqa: PLC0415

    reply = core.GetProperty(False, window, x.Atom.WM_NAME, x.GetPropertyType.Any, 0, 256).reply()  # type: ignore[attr-defined]
    return bytes(reply.value.buf()).decode("utf-8", "replace")

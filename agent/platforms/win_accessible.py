"""Text that programs on Windows give through UI Automation. Password fields are not asked. Not yet run there.

Everything that is asked of an object is asked in one go (a cache request): each further question would be a call into
the other program.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from agent.accessible import Kind, Piece, WindowText, without_doubles
from agent.errors import PlatformError
from agent.platforms.win import WindowsWindows
from agent.ports import Rectangle, WindowInfo

BOUNDS, CONTROL, NAME, PASSWORD, OFFSCREEN, VALUE = 30001, 30003, 30005, 30019, 30022, 30045
"""UIA_…PropertyId of UIAutomationClient.h."""
EDIT, HYPERLINK, IMAGE, TEXT, DOCUMENT = 50004, 50005, 50006, 50020, 50030
"""UIA_…ControlTypeId."""
INLINE = frozenset({TEXT, HYPERLINK})
MOST_OBJECTS = 5_000
LONGEST = 50_000
_DESCENDANTS = 4  # TreeScope_Descendants
_CLIENT = "{ff48dba4-60ef-4201-aa87-54103eef594e}"  # CLSID_CUIAutomation


def automation() -> Any:
    """Return the system's IUIAutomation, for this thread; raises PlatformError."""
    try:
        from comtypes import CoInitializeEx  # noqa: PLC0415  (on Windows only)
        from comtypes.client import CreateObject, GetModule  # noqa: PLC0415  (on Windows only)

        CoInitializeEx()  # comtypes does this for the thread that imports it first, and each thread needs it
        module = GetModule("UIAutomationCore.dll")
        return CreateObject(_CLIENT, interface=module.IUIAutomation)
    except (ImportError, OSError) as problem:
        raise PlatformError("UI Automation does not answer.", hint="pip install comtypes") from problem


class AutomationScreen:
    """Everything shown on this session's screens, as UI Automation tells it."""

    def __init__(self, client: Any = None, windows: Any = None) -> None:
        """Connect; raises PlatformError."""
        self._client = client or automation()
        self._windows = windows or WindowsWindows()
        self._request = self._client.CreateCacheRequest()
        for one in (BOUNDS, CONTROL, NAME, PASSWORD, VALUE):
            self._request.AddProperty(one)
        self._shown = self._client.CreatePropertyCondition(OFFSCREEN, False)

    def read(self) -> Sequence[WindowText]:
        """Return what every shown window says. A window that does not answer is left out."""
        return tuple(self._read())

    def secret_focus(self, window: WindowInfo) -> bool | None:
        """Return whether what is typed goes into a password field; None where no program says, or it is another's."""
        try:
            element = self._client.GetFocusedElement()
            if window.process not in (None, element.CurrentProcessId):
                return None
            return bool(element.CurrentIsPassword)
        except (OSError, ValueError):
            return None

    def close(self) -> None:
        """Nothing is held that is not given back by itself."""

    def _read(self) -> Iterator[WindowText]:
        for handle, window in self._windows.handles():
            try:
                yield self._window(handle, window)
            except (OSError, ValueError):
                continue  # COM errors are OSErrors: the program hangs, ended, or refuses

    def _window(self, handle: int, window: WindowInfo) -> WindowText:
        element = self._client.ElementFromHandle(handle)
        found = element.FindAllBuildCache(_DESCENDANTS, self._shown, self._request)
        objects = [found.GetElement(number) for number in range(min(found.Length, MOST_OBJECTS))]
        pieces = [piece for one in objects if (piece := _piece(one, window.place)) is not None]
        pictures = tuple(one.place for one in pieces if one.kind is Kind.PICTURE)
        return WindowText(window, without_doubles(pieces), _url(objects), pictures)


def _piece(element: Any, inside: Rectangle | None) -> Piece | None:
    bounds = element.CachedBoundingRectangle
    place = Rectangle(bounds.left, bounds.top, bounds.right - bounds.left, bounds.bottom - bounds.top)
    shown = place if inside is None else place.overlap(inside)
    if shown is None or shown.width <= 0 or shown.height <= 0:
        return None
    kind = _kind(element)
    text = "" if kind in (Kind.SECRET, Kind.PICTURE) else _words(element)
    return Piece(kind, shown, text[:LONGEST])


def _kind(element: Any) -> Kind:
    if element.CachedIsPassword:
        return Kind.SECRET
    if element.CachedControlType == IMAGE:
        return Kind.PICTURE
    return Kind.INLINE if element.CachedControlType in INLINE else Kind.BLOCK


def _words(element: Any) -> str:
    """Return what an object shows: a field its value, another its name. A document's value is its address."""
    if element.CachedControlType == EDIT:
        return str(element.GetCachedPropertyValue(VALUE) or "")
    return "" if element.CachedControlType == DOCUMENT else str(element.CachedName or "")


def _url(objects: Sequence[Any]) -> str | None:
    values = (one.GetCachedPropertyValue(VALUE) for one in objects if one.CachedControlType == DOCUMENT)
    return next((str(value) for value in values if value and "://" in str(value)), None)

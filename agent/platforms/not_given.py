"""Why a system has no such source, in a sentence for the record, `overt agent doctor` and the status.

It is offered all the same, and fails with this sentence: where an authority names it, nobody should take its silence
for nothing to be seen.
"""

from collections.abc import Callable
from typing import NoReturn

from agent.errors import PlatformError
from agent.roster import Offer

WINDOWS_NOTIFICATIONS = (
    "Windows lets only programs with a package identity read the notifications of others (UserNotificationListener)"
)
MAC_NOTIFICATIONS = "macOS lets no program read the notifications of others"
WAYLAND_KEYS = "Wayland tells no program what is typed into another, and no desktop portal does"
WAYLAND_CLIPBOARD = "Wayland tells of what is copied only to the window in front, and no desktop portal does"
HINT = (
    "Nothing is broken. What stands on the screen is read there as before; name this source no longer in the "
    "authority, and this line ends."
)
X11_HINT = "Have the person log in to an X11 session, where the desktop has one."


def not_given(permission: str, words: str, why: str, *, hint: str = HINT) -> Offer:
    """Return the offer of a source that there is none of."""
    return Offer(permission, words, _refusal(why, hint))


def _refusal(why: str, hint: str) -> Callable[[], NoReturn]:
    def start() -> NoReturn:
        raise PlatformError(f"{why}.", hint=hint)

    return start

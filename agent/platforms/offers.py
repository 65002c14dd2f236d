"""The sources beside the screen that each system can give. Nothing is imported or started before it is asked for."""

import sys
from collections.abc import Callable, Sequence

from agent.ports import Source
from agent.roster import Offer
from agent.sources.background import BackgroundSource
from agent.tree_reader import TreeReader

KEYS_EVERY = 0.05
"""Seconds between two looks at the keyboard: a password field is asked for while it still has the focus."""


def offers() -> Sequence[Offer]:
    """Return the sources that this system can give."""
    return _linux() if sys.platform == "linux" else ()


def _linux() -> Sequence[Offer]:
    return (Offer("typed-text", "Typed text", _in_background(_typed, KEYS_EVERY)),)


def _in_background(start: Callable[[], Source], every: float) -> Callable[[], Source]:
    return lambda: BackgroundSource(start, every=every)


def accessible() -> TreeReader:
    """Start reading accessible text on Linux."""
    from agent.platforms.atspi import AtspiScreen  # noqa: PLC0415

    return TreeReader(AtspiScreen)


def _typed() -> Source:
    from agent.platforms.x11_keys import X11Keys  # noqa: PLC0415
    from agent.sources.typed import TypedSource  # noqa: PLC0415

    return TypedSource(X11Keys(), accessible())

"""Monitors: each that is plugged in, taken away or moved is told, so that a second screen is no place to hide."""

from collections.abc import Callable

from agent.ports import Rectangle
from agent.screen_facts import ScreenFacts
from agent.signs.changes import ListWatcher
from agent.signs.sign import Sign


def display_watcher(facts: Callable[[], ScreenFacts]) -> ListWatcher[tuple[int, Rectangle]]:
    """Watch the monitors that the last grab found."""
    return ListWatcher(lambda: enumerate(facts().places) if facts().places else None, came=_came, went=_went, pause=1.0)


def _came(one: tuple[int, Rectangle]) -> Sign:
    number, place = one
    text = f"A monitor of {place.width} x {place.height} pixels was added or changed; it is watched as well."
    return Sign("display-added", text, _details(number, place), 1)


def _went(one: tuple[int, Rectangle]) -> Sign:
    number, place = one
    return Sign("display-removed", "A monitor was taken away or changed.", _details(number, place))


def _details(number: int, place: Rectangle) -> dict[str, str | int]:
    return {
        "monitor": number, "width": place.width, "height": place.height, "left": place.left, "top": place.top,
    }  # fmt: skip

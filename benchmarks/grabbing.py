"""What one look at the screen costs, beside a copy of the same frame: a real X server, the agent's own code.

    python -m benchmarks.grabbing

Called by benchmarks.images as well. By the wall clock, since the X server does half of a grab.
"""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from agent.change import changed_tiles
from agent.platforms.screen import MssScreen
from overt.demo.display import virtual_display

SIZES = {"1080p": (1920, 1080), "4K": (3840, 2160)}
ROUNDS = 100


@dataclass(frozen=True, slots=True)
class Looking:
    """Milliseconds, the shortest: a copy of a frame, a grab, telling that nothing changed, or which tile."""

    name: str
    copy: float
    grab: float
    same: float
    changed: float

    @property
    def ratio(self) -> float:
        """A grab and an exact comparison in which everything is equal, in copies of a frame."""
        return (self.grab + self.same) / self.copy

    def __str__(self) -> str:
        return (
            f"{self.name}: a copy of a frame {self.copy:.2f} ms, a grab {self.grab:.2f}, nothing changed "
            f"{self.same:.2f}, one tile changed {self.changed:.2f}; grab and nothing changed: {self.ratio:.1f} copies"
        )


def looking_at(name: str) -> Looking:
    """Measure one size of screen."""
    width, height = SIZES[name]
    before = os.environ.get("DISPLAY")
    with virtual_display(f"{width}x{height}x24") as display:
        assert display.name is not None
        os.environ["DISPLAY"] = display.name
        screen = MssScreen()
        try:
            return _measured(name, screen)
        finally:
            screen.close()
            os.environ.pop("DISPLAY")
            if before is not None:
                os.environ["DISPLAY"] = before


def _measured(name: str, screen: MssScreen) -> Looking:
    shape = screen.grab()[0].pixels.shape
    old = np.random.default_rng(3).integers(0, 256, shape, dtype=np.uint8)
    new, target = old.copy(), np.empty_like(old)
    other = old.copy()
    other[500:520, 500:520] ^= 1
    works = (
        lambda: np.copyto(target, old),
        screen.grab,
        lambda: changed_tiles(old, new),
        lambda: changed_tiles(old, other),
    )
    return Looking(name, *_fastest(works))


def _fastest(works: Sequence[Callable[[], object]]) -> list[float]:
    """Return the shortest time of each in milliseconds: other work on the machine can only add to it."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(ROUNDS):
        for work, taken in zip(works, times, strict=True):
            start = time.perf_counter()
            work()
            taken.append(1000 * (time.perf_counter() - start))
    return [min(taken) for taken in times]


def main() -> None:
    """Measure and print."""
    for name in SIZES:
        print(looking_at(name))


if __name__ == "__main__":
    main()

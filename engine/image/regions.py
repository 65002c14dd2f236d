"""Rectangles of a screen in which a picture may be."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, order=True)
class Region:
    """A rectangle of a screen in pixels."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def bottom(self) -> int:
        return self.top + self.height

    @property
    def area(self) -> int:
        return self.width * self.height

    def crop(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """Return the part of a picture, no copy."""
        return pixels[max(0, self.top) : self.bottom, max(0, self.left) : self.right]

    def inside(self, height: int, width: int) -> "Region | None":
        """Return the part that lies within a picture of this size; `None` where nothing does."""
        left, top = max(0, self.left), max(0, self.top)
        across, down = min(width, self.right) - left, min(height, self.bottom) - top
        return Region(left, top, across, down) if across > 0 and down > 0 else None

    def grown(self, pixels: int) -> "Region":
        """Return the rectangle with so many pixels more on each side."""
        return Region(self.left - pixels, self.top - pixels, self.width + 2 * pixels, self.height + 2 * pixels)

    def overlap(self, other: "Region") -> float:
        """Return intersection over union, 0 to 1."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        common = max(0, across) * max(0, down)
        return common / (self.area + other.area - common) if common else 0.0

    def near(self, other: "Region", pixels: int) -> bool:
        """Return whether no side is further than this from the same side of another."""
        across = abs(self.left - other.left) <= pixels and abs(self.right - other.right) <= pixels
        return across and abs(self.top - other.top) <= pixels and abs(self.bottom - other.bottom) <= pixels

    def within(self, other: "Region") -> bool:
        """Return whether this lies wholly inside another."""
        across = other.left <= self.left and self.right <= other.right
        return across and other.top <= self.top and self.bottom <= other.bottom

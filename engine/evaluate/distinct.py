"""How many different things there are, in bounded memory: exact up to a few thousand, estimated beyond.

Keeps the k smallest of uniformly distributed 64-bit numbers (Bar-Yossef et al. 2002, "Counting distinct elements in a
data stream"): if the k-th smallest is at a share u of the range, there are about (k − 1) / u. Its standard error is
1 / √(k − 2).
"""

from bisect import bisect_left, insort
from collections.abc import Iterable
from dataclasses import dataclass, field

KEPT = 4096
RANGE = 1 << 64


@dataclass(slots=True)
class Distinct:
    """A set of numbers of which only the smallest are kept. Adding up is exact: order and parts make no difference."""

    kept: list[int] = field(default_factory=list, repr=False)

    def add(self, number: int) -> None:
        """Take in a number, uniformly distributed over 0 to 2⁶⁴ − 1."""
        if len(self.kept) >= KEPT and number >= self.kept[-1]:
            return
        at = bisect_left(self.kept, number)
        if at == len(self.kept) or self.kept[at] != number:
            insort(self.kept, number)
            del self.kept[KEPT:]

    def add_all(self, other: "Distinct") -> None:
        """Take in another set."""
        most = RANGE if self.exact else self.kept[-1]
        fresh = [number for number in other.kept if number < most]
        if fresh:
            together = sorted(self.kept + fresh)  # both are in order, which sorting makes use of
            self.kept = list(dict.fromkeys(together))[:KEPT]

    @property
    def exact(self) -> bool:
        """Whether nothing was dropped."""
        return len(self.kept) < KEPT

    def count(self) -> int:
        """Return how many different numbers were taken in."""
        return len(self.kept) if self.exact else round((KEPT - 1) / (self.kept[-1] / RANGE))

    def values(self) -> list[int]:
        """Return what is kept, for storing."""
        return list(self.kept)

    @classmethod
    def from_values(cls, values: Iterable[int]) -> "Distinct":
        """Return the set that `values` spelt."""
        return cls(sorted({int(one) for one in values})[:KEPT])

"""Intervals for shares. A share of nothing is undefined: None, never 0."""

from dataclasses import dataclass
from math import sqrt

Z95 = 1.959963984540054
"""Quantile of the normal distribution for 95 %."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share of `count` in `of`, with its 95 % interval."""

    count: int
    of: int
    value: float
    low: float
    high: float


def wilson(count: int, of: int, z: float = Z95) -> Share | None:
    """Return a share with Wilson's score interval (Wilson 1927), sound near 0 and 1 too; None for none of none."""
    if of == 0:
        return None
    value = count / of
    middle = value + z * z / (2 * of)
    reach = z * sqrt(value * (1 - value) / of + z * z / (4 * of * of))
    scale = 1 + z * z / of
    return Share(count, of, value, max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale))

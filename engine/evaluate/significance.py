"""Whether two measurements differ by more than chance: paired (McNemar), unpaired (Newcombe), two people (kappa)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, lgamma, log, sqrt

from engine.evaluate.intervals import Z95, Share


def mcnemar(only_first: int, only_second: int) -> float | None:
    """Return the two-sided exact p-value of McNemar's test (1947) on what only one of two sets flags.

    Under no difference each such document is as likely to be flagged by either. None where they never differ.
    """
    differ = only_first + only_second
    if differ == 0:
        return None
    tail = sum(exp(_log_half(differ, k)) for k in range(min(only_first, only_second) + 1))
    return min(1.0, 2 * tail)


def _log_half(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) - n * log(2)


@dataclass(frozen=True, slots=True)
class Difference:
    """How much a share grew, with its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def real(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0


def difference(new: Share, old: Share) -> Difference:
    """Return new − old of two independent shares (Newcombe 1998, method 10: from the two Wilson intervals)."""
    value = new.value - old.value
    down = sqrt((new.value - new.low) ** 2 + (old.high - old.value) ** 2)
    up = sqrt((new.high - new.value) ** 2 + (old.value - old.low) ** 2)
    return Difference(value, value - down, value + up)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two people agree beyond chance. `kappa` is None where chance alone would agree always."""

    items: int
    agreed: int
    kappa: float | None
    low: float | None
    high: float | None


def agreement(pairs: Sequence[tuple[str, str]]) -> Agreement:
    """Return Cohen's kappa (1960) of two people's labels of the same items, with its large-sample 95 % interval.

    The standard error is that of Fleiss, Cohen and Everitt (1969).
    """
    count = len(pairs)
    agreed = sum(one == other for one, other in pairs)
    if not count:
        return Agreement(0, 0, None, None, None)
    first, second = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    labels = sorted({*first, *second})
    by_chance = sum(first[label] * second[label] for label in labels) / count**2
    if by_chance >= 1:
        return Agreement(count, agreed, None, None, None)
    kappa = (agreed / count - by_chance) / (1 - by_chance)
    reach = Z95 * _kappa_error(Counter(pairs), first, second, labels, kappa, by_chance)
    return Agreement(count, agreed, kappa, max(-1.0, kappa - reach), min(1.0, kappa + reach))


def _kappa_error(
    cells: Counter[tuple[str, str]],
    first: Counter[str],
    second: Counter[str],
    labels: Sequence[str],
    kappa: float,
    by_chance: float,
) -> float:
    count = cells.total()
    on = sum(
        cells[label, label] / count * (1 - (first[label] + second[label]) / count * (1 - kappa)) ** 2
        for label in labels
    )
    off = sum(
        cells[one, other] / count * ((second[one] + first[other]) / count) ** 2
        for one in labels
        for other in labels
        if one != other
    )
    spread = on + (1 - kappa) ** 2 * off - (kappa - by_chance * (1 - kappa)) ** 2
    return sqrt(max(0.0, spread) / count) / (1 - by_chance)

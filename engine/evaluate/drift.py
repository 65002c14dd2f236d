"""What changed since an earlier run: shares that moved by more than chance, terms that came, went, or grew."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.evaluate.figures import SEVERITIES, flagged_from
from engine.evaluate.intervals import Share, wilson
from engine.evaluate.significance import Difference, difference
from engine.evaluate.tally import Tally


@dataclass(frozen=True, slots=True)
class Moved:
    """A share then and now. `None`: that run has nothing to take a share of."""

    name: str
    then: Share | None
    now: Share | None
    change: Difference | None


@dataclass(frozen=True, slots=True)
class Earlier:
    """What is needed of an earlier run."""

    documents: int
    flagged: Mapping[int, int]
    """Lowest severity → documents flagged from there on."""
    terms: Mapping[str, int]
    digest: str


@dataclass(frozen=True, slots=True)
class Drift:
    """This run beside an earlier one."""

    documents_then: int
    same_libraries: bool
    severities: tuple[Moved, ...]
    terms: tuple[Moved, ...]
    """Those that moved by more than chance, the largest change first."""


def earlier_run(figures: Mapping[str, Any]) -> Earlier:
    """Read the figures that an earlier run wrote. Raises KeyError, TypeError, ValueError for anything else."""
    flagged = {floor: int(figures["flagged"][str(floor)]["count"]) for floor in SEVERITIES}
    terms = {str(one["term"]): int(one["documents"]) for one in figures["terms"]}
    return Earlier(int(figures["documents"]), flagged, terms, str(figures["library_set"]))


def drift(tally: Tally, then: Earlier, digest: str) -> Drift:
    """Return what moved."""
    severities = tuple(
        _moved(f"severity {floor} and above", wilson(then.flagged[floor], then.documents), flagged_from(tally, floor))
        for floor in reversed(SEVERITIES)
    )
    terms = (
        _moved(
            key,
            wilson(then.terms.get(key, 0), then.documents),
            wilson(tally.terms[key].documents if key in tally.terms else 0, tally.documents),
        )
        for key in sorted({*then.terms, *tally.terms})
    )
    real = [one for one in terms if one.change is not None and one.change.real]
    real.sort(key=lambda one: -abs(one.change.value if one.change else 0.0))
    return Drift(then.documents, then.digest == digest, severities, tuple(real))


def _moved(name: str, then: Share | None, now: Share | None) -> Moved:
    change = difference(now, then) if now is not None and then is not None else None
    return Moved(name, then, now, change)

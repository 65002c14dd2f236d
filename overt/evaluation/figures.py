"""What an evaluation found, as values for a program: every figure that the report shows."""

from dataclasses import asdict
from typing import Any

from engine.evaluate.burden import Assumptions, burden
from engine.evaluate.drift import Drift
from engine.evaluate.figures import (
    SEVERITIES,
    Rate,
    calibration,
    flagged_from,
    has_labels,
    ladder,
    league,
    quality,
    rates,
    rates_by_source,
    screen_looks,
)
from engine.evaluate.intervals import Share
from engine.evaluate.tally import Tally
from overt.evaluation.about import About

FORMAT = "overt-evaluation-1"


def figures(tally: Tally, about: About, assumed: Assumptions, drift: Drift | None) -> dict[str, Any]:
    """Return every figure. An undefined share is null."""
    labelled = has_labels(tally)
    return {
        "format": FORMAT,
        "corpus": about.corpus,
        "libraries": dict(about.versions),
        "library_set": about.digest,
        "finished": about.finished,
        "views": about.views,
        "meaning": about.meaning,
        "through_screen": about.through_screen,
        "documents": tally.documents,
        "characters": tally.characters,
        "flagged": {str(floor): _spelt(flagged_from(tally, floor)) for floor in SEVERITIES},
        "quality": [asdict(quality(tally, floor)) for floor in SEVERITIES] if labelled else None,
        "calibration": [asdict(one) for one in calibration(tally)] if labelled else None,
        "ladder": [{**asdict(step), "stage": step.stage.value} for step in ladder(tally)],
        "by_library": _rates(rates(tally.libraries, tally.documents)),
        "by_category": _rates(rates(tally.categories, tally.documents)),
        "by_source": _rates(rates_by_source(tally)),
        "screen": [asdict(one) for one in screen_looks(tally)] if about.through_screen else None,
        "screen_terms": _screen_terms(tally) if about.through_screen else None,
        "not_fired_because": dict(tally.suppressed),
        "terms": [
            {
                "term": row.term,
                "documents": row.documents,
                "captured": row.captured,
                "false": row.false,
                "true": row.true,
                "severity": row.severity,
            }
            for row in league(tally, labelled=labelled)
        ],
        "assumed": asdict(assumed),
        "burden": asdict(burden(tally, assumed)),
        "drift": None if drift is None else asdict(drift),
        "problems": {what: {"count": n, "first": tally.places.get(what, [])} for what, n in tally.problems.items()},
    }


def _screen_terms(tally: Tally) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {"lost": {}, "invented": {}}
    for (term, what), count in sorted(tally.screen_terms.items()):
        found[what][term] = count
    return found


def _rates(rows: list[Rate]) -> dict[str, Any]:
    return {row.name: {"flagged": asdict(row.flagged), "captured": asdict(row.captured)} for row in rows}


def _spelt(share: Share | None) -> dict[str, Any] | None:
    return None if share is None else asdict(share)

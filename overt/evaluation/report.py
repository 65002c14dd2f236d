"""The report of an evaluation: one HTML file with everything in it, to read on a screen and to print."""

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from engine.evaluate.burden import Assumptions, burden
from engine.evaluate.drift import Drift
from engine.evaluate.figures import (
    SEVERITIES,
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
from engine.evaluate.tally import CAPTURED, Tally
from engine.verdict import REASONS
from overt.evaluation import charts
from overt.evaluation.about import About
from overt.evaluation.terminal import PER, UNDEFINED, percent

SHOWN = 30
SHOWN_DRIFT = 20


def html(tally: Tally, about: About, assumed: Assumptions, drift: Drift | None) -> str:
    """Return the report as one HTML file."""
    floors = list(reversed(SEVERITIES))
    flagged = [flagged_from(tally, floor) for floor in floors]
    names = [f"{floor} and above" if floor < 5 else "5" for floor in floors]
    steps, labelled = ladder(tally), has_labels(tally)
    by = {
        "library": rates(tally.libraries, tally.documents),
        "category": rates(tally.categories, tally.documents),
        "source": rates_by_source(tally),
    }
    environment = Environment(loader=PackageLoader("overt.evaluation"), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("report.html").render(
        about=about,
        tally=tally,
        labelled=labelled,
        captured=flagged_from(tally, CAPTURED),
        quality=quality(tally, CAPTURED),
        flagged=list(zip(names, flagged, strict=True)),
        qualities=[quality(tally, floor) for floor in floors] if labelled else [],
        steps=[(charts.STAGE_NAMES[step.stage.value], step) for step in steps if step.flagged is not None],
        calibration=calibration(tally) if labelled else [],
        league=league(tally, labelled=labelled)[:SHOWN],
        terms=len(tally.terms),
        by=by,
        reasons=REASONS,
        screen=screen_looks(tally),
        screen_terms=sorted(tally.screen_terms.items(), key=lambda row: (-row[1], row[0]))[:SHOWN],
        assumed=assumed,
        burden=burden(tally, assumed),
        drift=drift,
        drift_terms=drift.terms[:SHOWN_DRIFT] if drift else (),
        charts={
            "severities": _safe(charts.severities(names, flagged, per=PER)),
            "ladder": _safe(charts.ladder(steps, per=PER)),
            "calibration": _safe(charts.calibration(calibration(tally))) if labelled else "",
            "category": _safe(charts.rates(by["category"], per=PER)),
            "drift": _safe(charts.drift(drift.severities, per=PER)) if drift else "",
        },
        percent=percent,
        per=_per,
        range_of=_range,
        interval=_interval,
        undefined=UNDEFINED,
    )


def _safe(chart: str) -> Markup:
    return Markup(chart)  # noqa: S704  (drawn by us; matplotlib escapes the names in it)


def _per(share: Share | None) -> str:
    return UNDEFINED if share is None else f"{share.value * PER:,.1f}"


def _range(share: Share | None) -> str:
    return UNDEFINED if share is None else f"{share.low * PER:,.1f} – {share.high * PER:,.1f}"


def _interval(share: Share | None) -> str:
    return "nothing to take a share of" if share is None else f"{share.low:.1%} – {share.high:.1%}; of {share.of:,}"

"""The report's charts as SVG, by matplotlib, readable in print and in grey."""

import io
from collections.abc import Sequence
from typing import Any

from engine.evaluate.drift import Moved
from engine.evaluate.figures import Calibrated, Rate, Step
from engine.evaluate.intervals import Share

PALE, MIDDLE, DARK = "#c3cdd9", "#8496ab", "#24405e"
WIDTH = 7.4
STYLE: Any = {
    "svg.hashsalt": "overt",
    "font.family": ["DejaVu Sans"],
    "font.size": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#7b8794",
    "text.color": "#1c2430",
    "axes.labelcolor": "#46576b",
    "xtick.color": "#46576b",
    "ytick.color": "#1c2430",
    "hatch.linewidth": 0.6,
}
STAGE_NAMES = {
    "naive": "plain search, as sold today",
    "boundary": "+ whole words",
    "forms": "+ forms and disguises",
    "context": "+ exceptions and context",
    "severity": "+ severity: captured",
}


def severities(names: Sequence[str], values: Sequence[Share | None], *, per: int) -> str:
    """Return bars of the shares with their intervals, `per` of so many documents."""
    known = [(name, value) for name, value in zip(names, values, strict=True) if value is not None]
    return _bars([name for name, _ in known], [value for _, value in known], per=per)


def rates(rows: Sequence[Rate], *, per: int) -> str:
    """Return bars of what was captured, for libraries, categories or sources."""
    return _bars([row.name for row in rows], [row.captured for row in rows], per=per)


def _bars(names: Sequence[str], values: Sequence[Share], *, per: int) -> str:
    def draw(axes: Any) -> None:
        places = range(len(values))
        axes.barh(places, [v.value * per for v in values], 0.62, color=PALE, edgecolor=MIDDLE, linewidth=0.6)
        _whiskers(axes, places, values, per)
        _names(axes, places, names)
        axes.set_xlim(left=0)
        axes.set_xlabel(f"documents of {per:,}; the line is the 95 % interval")

    return _drawn(draw, 0.34 * max(1, len(names)) + 0.75) if values else ""


def _whiskers(axes: Any, places: Sequence[int] | range, values: Sequence[Share], per: float) -> None:
    for place, value in zip(places, values, strict=True):
        axes.plot([value.low * per, value.high * per], [place, place], color=DARK, linewidth=1.4, solid_capstyle="butt")
        axes.text(value.high * per, place, f"  {_short(value.value * per)}", va="center", fontsize=8.5)


def _beside(axes: Any, place: int, said: str) -> None:
    axes.text(1.0, place, said, va="center", ha="right", fontsize=8.5, transform=axes.get_yaxis_transform())


def _names(axes: Any, places: Sequence[int] | range, names: Sequence[str]) -> None:
    axes.set_yticks(list(places), [name if len(name) <= 34 else name[:33] + "…" for name in names])
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()


def _short(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.1f}"


def ladder(steps: Sequence[Step], *, per: int) -> str:
    """Return the way from plain search to captures: bars of what is flagged; beside it the recall that is left."""
    known = [step for step in steps if step.flagged is not None]
    with_fire = [step for step in known if step.fire is not None]

    def draw(axes: Any) -> None:
        places = range(len(known))
        shares = [step.flagged for step in known if step.flagged is not None]
        axes.barh(places, [one.value * per for one in shares], 0.62, color=PALE, edgecolor=MIDDLE, linewidth=0.6)
        _whiskers(axes, places, shares, per)
        for place, step in enumerate(known):
            if step.fire is not None:
                _beside(axes, place, f"finds {step.fire.value:.0%} of what should fire")
        _names(axes, places, [STAGE_NAMES[step.stage.value] for step in known])
        highest = max(one.high for one in shares) * per
        axes.set_xlim(0, highest * (1.75 if with_fire else 1.15) or 1)
        axes.set_xlabel(f"documents of {per:,} that are flagged")

    return _drawn(draw, 0.36 * max(1, len(known)) + 0.75) if known else ""


def calibration(rows: Sequence[Calibrated]) -> str:
    """Return for each severity the share that was rightly flagged, with its interval."""
    known = [(row.severity, row.fire) for row in rows if row.fire is not None]

    def draw(axes: Any) -> None:
        for severity, share in known:
            axes.plot([severity, severity], [share.low, share.high], color=DARK, linewidth=1.6)
            said = f"{share.value:.0%} of {share.of:,}"
            axes.text(severity + 0.08, share.value + 0.06, said, va="center", fontsize=8.5)
        axes.plot([s for s, _ in known], [v.value for _, v in known], "o-", color=MIDDLE, markerfacecolor="white")
        axes.set_xlim(0.6, 5.9)
        axes.set_ylim(-0.05, 1.05)
        axes.set_xticks(range(1, 6))
        axes.set_yticks([0, 0.5, 1], ["0 %", "50 %", "100 %"])
        axes.set_xlabel("severity")
        axes.set_ylabel("labelled fire")

    return _drawn(draw, 2.5) if known else ""


def drift(rows: Sequence[Moved], *, per: int) -> str:
    """Return then and now, joined by a line: empty circle then, full circle now."""
    known = [(row.name, row.then, row.now) for row in rows if row.then is not None and row.now is not None]

    def draw(axes: Any) -> None:
        for place, (_, then, now) in enumerate(known):
            axes.plot([then.value * per, now.value * per], [place, place], color=MIDDLE, linewidth=1.2)
            axes.plot([then.value * per], [place], "o", color=DARK, markerfacecolor="white", markersize=7)
            axes.plot([now.value * per], [place], "o", color=DARK, markersize=7)
        _names(axes, range(len(known)), [name for name, _, _ in known])
        axes.set_xlim(left=0)
        axes.set_xlabel(f"documents flagged of {per:,}: ○ then, ● now")

    return _drawn(draw, 0.34 * max(1, len(known)) + 0.8) if known else ""


def _drawn(draw: Any, height: float) -> str:
    """Draw on fresh axes; empty where matplotlib is missing."""
    try:
        import matplotlib as mpl  # noqa: PLC0415  (the extra [evaluate]; without it the tables tell it all)
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError:
        return ""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        draw(figure.subplots())
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None}, transparent=True)
    text = out.getvalue()
    return text[text.index("<svg") :]

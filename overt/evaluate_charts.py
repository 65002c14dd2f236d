"""The report's charts as SVG, by matplotlib, readable in print and in grey."""

import io
from collections.abc import Sequence
from typing import Any

from engine.evaluate.intervals import Share

GREY, DARK = "#8a97a6", "#24405e"


def shares(names: Sequence[str], values: Sequence[Share | None], *, per: int) -> str:
    """Return bars of shares with their intervals, `per` of so many documents; empty where matplotlib is missing."""
    known = [(name, value) for name, value in zip(names, values, strict=True) if value is not None]
    figure = _figure(height=0.42 * max(2, len(known)) + 0.7)
    if figure is None:
        return ""
    axes = figure.subplots()
    heights = [value.value * per for _, value in known]
    spread = [
        [(value.value - value.low) * per for _, value in known],
        [(value.high - value.value) * per for _, value in known],
    ]
    places = range(len(known))
    axes.barh(places, heights, color=GREY, xerr=spread, ecolor=DARK, capsize=3)
    axes.set_yticks(places, [name for name, _ in known])
    axes.invert_yaxis()
    axes.set_xlabel(f"documents flagged of {per:,}, with 95 % intervals")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return _svg(figure)


def _figure(*, height: float) -> Any:
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415  (the extra [evaluate]; without it the tables tell it all)
    except ImportError:
        return None
    return Figure(figsize=(7.2, height), layout="constrained")


def _svg(figure: Any) -> str:
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None})
    text = out.getvalue()
    return text[text.index("<svg") :]

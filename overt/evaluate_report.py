"""What an evaluation found: a summary for the terminal, figures as JSON, and one HTML file to read and print."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from engine.evaluate.figures import CAPTURED, League, flagged_from, has_labels, league, quality
from engine.evaluate.intervals import Share
from engine.evaluate.tally import Tally
from overt import evaluate_charts

UNDEFINED = "–"
PER = 10_000
SHOWN = 25


@dataclass(frozen=True, slots=True)
class About:
    """What was evaluated with what. `finished` is False after Ctrl-C: the report is of a part, and says so."""

    corpus: tuple[str, ...]
    versions: dict[str, str]
    digest: str
    seconds: float
    finished: bool


def summary(tally: Tally, about: About) -> Iterator[str]:
    """Yield the lines for the terminal."""
    if not about.finished:
        yield "STOPPED EARLY: these figures are of a part of the corpus."
    rate = tally.characters / 1e6 / about.seconds if about.seconds else 0.0
    yield f"{tally.documents:,} documents, {tally.characters / 1e6:.1f} million characters, {rate:.1f} million a second"
    yield f"{'severity':<26}{'flagged':>9}{'of 10,000':>12}   95 % interval"
    for floor in range(5, 0, -1):
        yield _line(f"{floor} and above", flagged_from(tally, floor))
    if has_labels(tally):
        found = quality(tally, CAPTURED)
        yield f"\nfrom severity {CAPTURED}, against labels"
        yield f"  precision    {percent(found.precision)}"
        yield f"  recall       {percent(found.recall)}"
        yield f"  F1           {UNDEFINED if found.f1 is None else f'{found.f1:.3f}'}"
        yield f"  clean but flagged {percent(found.false_flags)}"
    rows = league(tally, labelled=has_labels(tally))[:10]
    if rows:
        yield "\nterms that flag most" + (" falsely" if has_labels(tally) else "")
        for row in rows:
            counts = f"{row.false:>6} false {row.true:>6} true" if has_labels(tally) else ""
            yield f"  {row.term:<40}{row.documents:>8} documents {counts}"
    for problem, count in tally.problems.most_common():
        yield f"{count:,} times: {problem}"


def figures(tally: Tally, about: About) -> dict[str, object]:
    """Return every figure, for a program."""
    labelled = has_labels(tally)
    return {
        "corpus": about.corpus,
        "libraries": about.versions,
        "library_set": about.digest,
        "finished": about.finished,
        "documents": tally.documents,
        "characters": tally.characters,
        "flagged": {str(floor): _spell(flagged_from(tally, floor)) for floor in range(1, 6)},
        "quality": [asdict(quality(tally, floor)) for floor in range(1, 6)] if labelled else None,
        "by_library": dict(tally.libraries),
        "by_category": dict(tally.categories),
        "not_fired_because": dict(tally.suppressed),
        "terms": [
            {
                "term": row.term,
                "documents": row.documents,
                "false": row.false,
                "true": row.true,
                "severity": row.severity,
            }
            for row in league(tally, labelled=labelled)
        ],
        "problems": dict(tally.problems),
    }


def html(tally: Tally, about: About) -> str:
    """Return the report as one HTML file."""
    labelled = has_labels(tally)
    floors = range(5, 0, -1)
    names = [f"severity {floor} and above" for floor in floors]
    chart = evaluate_charts.shares(names, [flagged_from(tally, floor) for floor in floors], per=PER)
    environment = Environment(loader=PackageLoader("overt"), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("evaluation.html").render(
        about=about,
        tally=tally,
        chart=Markup(chart),  # noqa: S704  (drawn by us, from numbers and our own words)
        flagged=[(name, flagged_from(tally, floor)) for name, floor in zip(names, floors, strict=True)],
        qualities=[quality(tally, floor) for floor in floors] if labelled else [],
        league=_rows(league(tally, labelled=labelled)),
        labelled=labelled,
        percent=percent,
        per=_per,
        undefined=UNDEFINED,
    )


def percent(share: Share | None) -> str:
    """Spell a share with its interval."""
    if share is None:
        return UNDEFINED
    return f"{share.value:.1%} ({share.low:.1%} to {share.high:.1%}; {share.count:,} of {share.of:,})"


def _per(share: Share | None) -> str:
    if share is None:
        return UNDEFINED
    return f"{share.value * PER:.1f} ({share.low * PER:.1f} to {share.high * PER:.1f})"


def _rows(rows: Sequence[League]) -> Sequence[League]:
    return rows[:SHOWN]


def _line(name: str, share: Share | None) -> str:
    if share is None:
        return f"{name:<26}{UNDEFINED:>9}"
    interval = f"{share.low * PER:.1f} to {share.high * PER:.1f}"
    return f"{name:<26}{share.count:>9,}{share.value * PER:>12.1f}   {interval}"


def _spell(share: Share | None) -> dict[str, object] | None:
    return None if share is None else asdict(share)

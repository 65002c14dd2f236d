"""What an evaluation found, as lines for the terminal."""

from collections.abc import Iterator

from engine.evaluate.burden import Assumptions, burden
from engine.evaluate.drift import Drift
from engine.evaluate.figures import flagged_from, has_labels, ladder, league, quality, screen_looks
from engine.evaluate.intervals import Share
from engine.evaluate.tally import CAPTURED, Tally
from overt.evaluation.about import About
from overt.evaluation.charts import STAGE_NAMES
from overt.visible import visible

UNDEFINED = "–"
PER = 10_000
SHOWN_TERMS = 10
SHOWN_DRIFT = 8


def summary(tally: Tally, about: About, assumed: Assumptions, drift: Drift | None) -> Iterator[str]:
    """Yield the lines."""
    if not about.finished:
        yield "STOPPED EARLY: these figures are of a part of the corpus."
    rate = tally.characters / 1e6 / about.seconds if about.seconds else 0.0
    size = f"{tally.characters / 1e6:,.1f} million characters"
    yield f"{tally.documents:,} documents, {size}, {rate:,.1f} million a second"
    yield f"\n{'severity':<26}{'flagged':>9}{'of 10,000':>12}   95 % interval"
    for floor in range(5, 0, -1):
        yield _line(f"{floor} and above", flagged_from(tally, floor))
    yield from _steps(tally)
    yield from _labels(tally)
    yield from _terms(tally)
    yield from _screen(tally)
    yield from _people(tally, assumed)
    if drift is not None:
        yield from _drift(drift)
    if tally.problems:
        yield ""
        yield from problems(tally)


def problems(tally: Tally) -> Iterator[str]:
    """Yield what could not be read, and where; nothing where all was."""
    if tally.problems:
        yield "not read, or not as it should be"
    for problem, count in tally.problems.most_common():
        names = ", ".join(visible(name) for name in tally.places.get(problem, ()))
        yield f"  {count:,} × {problem}: {names}{' …' if count > len(tally.places.get(problem, ())) else ''}"


def _steps(tally: Tally) -> Iterator[str]:
    steps = [step for step in ladder(tally) if step.flagged is not None]
    yield f"\n{'from plain search to captures':<32}{'flagged of 10,000':>18}{'of clean':>10}{'of fire':>10}"
    for step in steps:
        flagged = UNDEFINED if step.flagged is None else f"{step.flagged.value * PER:,.1f}"
        yield f"  {STAGE_NAMES[step.stage.value]:<30}{flagged:>18}{_brief(step.clean):>10}{_brief(step.fire):>10}"


def _labels(tally: Tally) -> Iterator[str]:
    if not has_labels(tally):
        return
    found = quality(tally, CAPTURED)
    yield f"\nfrom severity {CAPTURED}, against labels"
    yield f"  precision    {percent(found.precision)}"
    yield f"  recall       {percent(found.recall)}"
    yield f"  F1           {UNDEFINED if found.f1 is None else f'{found.f1:.3f}'}"
    yield f"  clean but flagged {percent(found.false_flags)}"


def _terms(tally: Tally) -> Iterator[str]:
    labelled = has_labels(tally)
    rows = league(tally, labelled=labelled)[:SHOWN_TERMS]
    if rows:
        yield "\nterms that flag most" + (" falsely" if labelled else "")
    for row in rows:
        counts = f"{row.false:>6} false {row.true:>6} true" if labelled else ""
        yield f"  {row.term:<40}{row.documents:>8,} documents {counts}".rstrip()


def _screen(tally: Tally) -> Iterator[str]:
    looks = screen_looks(tally)
    if not looks:
        return
    heads = f"{'words lost':>12}{'invented':>10}{'terms lost':>12}{'invented':>10}"
    yield f"\n{'read back from a screen':<26}{'texts':>7}{heads}"
    for one in looks:
        cells = f"{_brief(one.words_lost):>12}{one.words_invented:>10,}{_brief(one.terms_lost):>12}"
        yield f"  {one.name:<24}{one.documents:>7,}{cells}{one.terms_invented:>10,}"
    for (term, what), count in sorted(tally.screen_terms.items(), key=lambda row: (-row[1], row[0]))[:SHOWN_TERMS]:
        yield f"  {term:<40}{count:>8,} × {what}"


def _people(tally: Tally, assumed: Assumptions) -> Iterator[str]:
    found = burden(tally, assumed)
    if found.minutes_a_day is None:
        return
    about = "" if found.groups_exact else "about "
    hours = f"{assumed.hours_a_day:g} hours a day"
    yield f"\nfor an officer with {assumed.people:g} people who use a device {hours} (assumed)"
    yield f"  hits in an hour of use      {found.hits_an_hour:>10,.2f}"
    yield f"  captures a day              {found.captures_a_day:>10,.1f}   ({found.captures:,} in this corpus)"
    yield f"  after near-duplicates fold  {found.groups_a_day:>10,.1f}   ({about}{found.groups:,})"
    yield f"  minutes of review a day     {found.minutes_a_day:>10,.1f}   ({assumed.seconds_a_group:g} seconds each)"


def _drift(drift: Drift) -> Iterator[str]:
    same = "the same libraries" if drift.same_libraries else "other libraries"
    yield f"\nsince the earlier run ({drift.documents_then:,} documents, {same})"
    for moved in drift.severities:
        if moved.change is not None and moved.then is not None and moved.now is not None:
            sure = "" if moved.change.real else "   no more than chance"
            yield f"  {moved.name:<24}{moved.then.value * PER:>9.1f} → {moved.now.value * PER:.1f} of 10,000{sure}"
    for moved in drift.terms[:SHOWN_DRIFT]:
        if moved.then is not None and moved.now is not None:
            yield f"  {moved.name:<40}{moved.then.value * PER:>9.1f} → {moved.now.value * PER:.1f}"


def percent(share: Share | None) -> str:
    """Spell a share with its interval."""
    if share is None:
        return UNDEFINED
    return f"{share.value:.1%} ({share.low:.1%} to {share.high:.1%}; {share.count:,} of {share.of:,})"


def _brief(share: Share | None) -> str:
    return UNDEFINED if share is None else f"{share.value:.1%}"


def _line(name: str, share: Share | None) -> str:
    if share is None:
        return f"{name:<26}{UNDEFINED:>9}"
    interval = f"{share.low * PER:,.1f} to {share.high * PER:,.1f}"
    return f"{name:<26}{share.count:>9,}{share.value * PER:>12,.1f}   {interval}"

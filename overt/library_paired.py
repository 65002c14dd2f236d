"""What a new library set changes on whole documents of a corpus: paired counts, their cost in labels, review saved."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from engine.evaluate.paired import Paired
from engine.evaluate.tally import CAPTURED, Label, Tally
from engine.library.compiled import LibrarySet
from engine.text.screen import TextScreener
from overt.evaluation.labelled import labelled_batches
from overt.evaluation.run import Settings, observation
from overt.evaluation.terminal import percent
from overt.library_shell import Page, many

SURE = 0.05
"""A difference less likely than this by chance alone is called real."""


def pair(old: LibrarySet, new: LibrarySet, corpus: Sequence[str], settings: Settings, told: Tally) -> Paired:
    """Screen every document with both sets. `told` gets what could not be read. Raises CorpusError."""
    screeners = (TextScreener(old), TextScreener(new))
    paired = Paired()
    for batch, labels in labelled_batches(corpus, settings, told):
        documents = [batch.document(index) for index in range(len(batch.texts))]
        paired.screen(screeners, [observation(one) for one in documents], [label or "" for label in labels])
    return paired


def show(page: Page, paired: Paired) -> None:
    """Print what changes, in words."""
    old, new = paired.count(old=True), paired.count(new=True)
    gone, fresh = paired.count(old=True, new=False), paired.count(old=False, new=True)
    page.line(
        f"{many(paired.documents, 'document')}: captured (severity {CAPTURED} and more) {old:,} before, {new:,} now; "
        f"{gone:,} no more, {fresh:,} newly"
    )
    if paired.chance is not None:
        real = "more than chance" if paired.chance < SURE else "no more than chance"
        page.line(f"    McNemar's test: p = {paired.chance:.2g}, {real}")
    if paired.labelled:
        _show_labels(page, paired)
    minutes = paired.minutes_a_day()
    if minutes is not None:
        saved = minutes[0] - minutes[1]
        said = f"saves {saved:,.1f}" if saved >= 0 else f"costs {-saved:,.1f}"
        page.line(f"    review: {minutes[0]:,.1f} → {minutes[1]:,.1f} minutes a day (assumed): {said}")


def _show_labels(page: Page, paired: Paired) -> None:
    removed = paired.false_flags(new=False) - paired.false_flags(new=True)
    false = f"removes {many(removed, 'false flag')}" if removed >= 0 else f"adds {many(-removed, 'false flag')}"
    lost = paired.count(old=True, new=False, label=Label.FIRE)
    won = paired.count(old=False, new=True, label=Label.FIRE)
    page.line((f"    {false}, loses {lost:,} confirmed, finds {won:,} more", "bold"))
    page.line(f"    recall {percent(paired.recall(new=False))} → {percent(paired.recall(new=True))}")


def as_json(paired: Paired) -> dict[str, Any]:
    """Return the same for a program."""
    minutes = paired.minutes_a_day()
    recalls = [paired.recall(new=new) for new in (False, True)]
    return {
        "documents": paired.documents,
        "captured_before": paired.count(old=True),
        "captured_now": paired.count(new=True),
        "only_before": paired.count(old=True, new=False),
        "only_now": paired.count(old=False, new=True),
        "mcnemar_p": paired.chance,
        "false_before": paired.false_flags(new=False) if paired.labelled else None,
        "false_now": paired.false_flags(new=True) if paired.labelled else None,
        "confirmed_lost": paired.count(old=True, new=False, label=Label.FIRE) if paired.labelled else None,
        "confirmed_won": paired.count(old=False, new=True, label=Label.FIRE) if paired.labelled else None,
        "recall": [None if one is None else asdict(one) for one in recalls],
        "minutes_a_day": minutes,
        "recall_falls": paired.recall_falls,
    }

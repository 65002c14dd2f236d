"""A comparison of two library sets as a person reads it, and for a program."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from engine.evaluate.paired import Paired
from overt import library_paired
from overt.evaluation.terminal import problems
from overt.exits import DONE, FINDINGS
from overt.library_compare import Comparison, Key, LostExample, TermChange
from overt.library_corpus import CorpusChanges, Shift
from overt.library_shell import Page, many
from overt.screen_text import where
from overt.visible import squeezed

FORMAT = "overt-library-compare-1"
SHOWN_TEXTS = 12
SHOWN_EXAMPLES = 50


def exit_code(comparison: Comparison, paired: Paired | None = None) -> int:
    """A lost example or confirmed hit is a finding; other changes are what a new version is for."""
    return FINDINGS if comparison.any_lost or (paired is not None and paired.recall_falls) else DONE


def show(page: Page, comparison: Comparison, corpus: CorpusChanges | None, paired: Paired | None = None) -> None:
    """Print versions, changes of terms, what changes on the files, lost examples, and the sum."""
    for name, (old, new) in comparison.versions.items():
        page.line(
            f"{name}  ", ("only in the old" if new is None else "only in the new" if old is None else _step(old, new))
        )
    for name in comparison.unversioned:
        page.line((f"{name}: the terms differ and the version does not: change it", "yellow"))
    _show_terms(page, comparison)
    if corpus is not None:
        page.line("")
        _show_corpus(page, corpus)
    if paired is not None:
        library_paired.show(page, paired)
    if corpus is not None:
        for line in problems(corpus.told):
            page.line(line)
    _show_lost(page, comparison.lost)
    page.line("")
    page.line((_sum(comparison), "bold"))


def _step(old: str, new: str | None) -> str:
    return f"{old} → {new}" if old != new else old


def _show_terms(page: Page, comparison: Comparison) -> None:
    if comparison.removed or comparison.added or comparison.changed:
        page.line("")
    for key in comparison.removed:
        page.line(("- ", "red"), _name(key))
    for key in comparison.added:
        page.line(("+ ", "green"), _name(key))
    for change in comparison.changed:
        page.line(("~ ", "yellow"), f"{_name(change.key)}: {describe_change(change, SHOWN_TEXTS)}")


def describe_change(change: TermChange, most: int) -> str:
    """Say what differs in a term, with `most` of its words."""
    said = []
    if change.severity is not None:
        said.append(f"severity {change.severity[0]} → {change.severity[1]}")
    if change.texts_removed:
        said.append("no more " + some(change.texts_removed, most))
    if change.texts_added:
        said.append("new " + some(change.texts_added, most))
    if change.rules:
        said.append("changed " + ", ".join(change.rules))
    return "; ".join(said)


def some(texts: Sequence[str], most: int) -> str:
    """Quote `most` of some texts and count the rest."""
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(f"“{text}”" for text in texts[:most]) + more


def _show_corpus(page: Page, corpus: CorpusChanges) -> None:
    page.line(
        f"{many(corpus.files, 'file')}, {many(corpus.pieces, 'piece')} of text: "
        f"{corpus.flagged_before:,} fired before, {corpus.flagged_after:,} fire now"
    )
    for said, style, counter in (
        ("fires no more", "red", corpus.gone),
        ("fires now", "green", corpus.fresh),
        ("weighs otherwise", "yellow", corpus.reweighted),
    ):
        for key, count in counter.most_common():
            page.line((f"{count:,} x {said}: ", style), _name(key))
            for shift in corpus.examples:
                if shift.key == key and _counter(corpus, shift) is counter:
                    _show_shift(page, shift)
    for said in corpus.not_read:
        page.line(("NOT READ: ", "bold"), said)


def _counter(corpus: CorpusChanges, shift: Shift) -> Counter[Key]:
    return corpus.gone if shift.new is None else corpus.fresh if shift.old is None else corpus.reweighted


def _show_shift(page: Page, shift: Shift) -> None:
    found = shift.found
    weight = f"severity {shift.old} → {shift.new}" if shift.old and shift.new else f"severity {shift.old or shift.new}"
    page.line(f"    {where(shift.file, found)}  {weight}")
    before, after = squeezed(found.before).lstrip(), squeezed(found.after).rstrip()
    page.line("      ", before, (f"[{squeezed(found.finding.matched)}]", "bold"), after)
    if shift.why_not:
        page.line("      ", (shift.why_not, "dim"))


def _show_lost(page: Page, lost: Sequence[LostExample]) -> None:
    for one in lost[:SHOWN_EXAMPLES]:
        page.line("")
        page.line((f"{one.place}", "bold"), f"  {'hit' if one.kind == 'weaker' else one.kind} of {_name(one.key)}")
        page.line("    ", (f"“{one.text}”", "cyan"))
        page.line("    ", (one.what, "yellow"))
    if len(lost) > SHOWN_EXAMPLES:
        page.line(f"and {len(lost) - SHOWN_EXAMPLES} more; --json has all")


def _sum(comparison: Comparison) -> str:
    terms = (
        f"{many(len(comparison.added), 'term')} added, {len(comparison.removed)} removed, "
        f"{len(comparison.changed)} changed"
    )
    kinds = Counter(one.kind for one in comparison.lost)
    examples = f"{comparison.examples:,} examples of the old version run against the new one: "
    said = [
        f"{kinds[kind]} {words}"
        for kind, words in (("hit", "hits lost"), ("miss", "misses fire"), ("weaker", "weigh less"))
        if kinds[kind]
    ]
    return f"{terms}. {examples}{', '.join(said) or 'none is lost'}."


def _name(key: Key) -> str:
    return f"{key[0]}/{key[1]}"


def as_json(comparison: Comparison, corpus: CorpusChanges | None, paired: Paired | None = None) -> dict[str, Any]:
    """Return the same for a program, and whole."""
    return {
        "format": FORMAT,
        "versions": {name: {"old": old, "new": new} for name, (old, new) in comparison.versions.items()},
        "unversioned": comparison.unversioned,
        "removed": [_name(key) for key in comparison.removed],
        "added": [_name(key) for key in comparison.added],
        "changed": [{**asdict(change), "key": _name(change.key)} for change in comparison.changed],
        "examples": comparison.examples,
        "lost": [_lost_values(one) for one in comparison.lost],
        "corpus": None if corpus is None else _corpus_values(corpus),
        "documents": None if paired is None else library_paired.as_json(paired),
        "exit": exit_code(comparison, paired),
    }


def _lost_values(one: LostExample) -> dict[str, Any]:
    place = {"file": one.place.origin, "line": one.place.line, "column": one.place.column}
    return {**place, "term": _name(one.key), "kind": one.kind, "text": one.text, "what": one.what}


def _corpus_values(corpus: CorpusChanges) -> dict[str, Any]:
    return {
        "files": corpus.files,
        "pieces": corpus.pieces,
        "fired_before": corpus.flagged_before,
        "fire_now": corpus.flagged_after,
        "gone": {_name(key): count for key, count in corpus.gone.items()},
        "new": {_name(key): count for key, count in corpus.fresh.items()},
        "reweighted": {_name(key): count for key, count in corpus.reweighted.items()},
        "examples": [_shift_values(shift) for shift in corpus.examples],
        "not_read": corpus.not_read,
        "problems": dict(corpus.told.problems),
    }


def _shift_values(shift: Shift) -> dict[str, Any]:
    found = shift.found
    return {
        "file": shift.file,
        "line": found.place.line,
        "column": found.place.column,
        "term": _name(shift.key),
        "old": shift.old,
        "new": shift.new,
        "before": found.before,
        "matched": found.finding.matched,
        "after": found.after,
        "why_not": shift.why_not,
    }

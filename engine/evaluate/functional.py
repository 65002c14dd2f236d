"""Functional tests of libraries: templates with slots become items, minimal pairs count when both sides are right."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from string import Formatter
from typing import Any

from engine.errors import EngineError
from engine.evaluate.intervals import Share, wilson
from engine.evaluate.tally import CAPTURED, Label

FORMAT = "overt-functional-1"
SHARES = ("found", "quiet", "pairs")
"""What is measured of each functionality."""


class FunctionalError(EngineError):
    """A file of functional tests that makes no sense; the sentence says where."""


@dataclass(frozen=True, slots=True)
class Item:
    """One text and what is expected of it. `pair`: the number of its minimal pair, `None` outside of one."""

    functionality: str
    text: str = field(repr=False)
    label: Label
    template: str = field(repr=False)
    pair: int | None = None


def items_of(data: Mapping[str, Any], origin: str) -> list[Item]:
    """Return the items of a parsed file, in its order. Raises FunctionalError."""
    if data.get("format") != FORMAT:
        raise FunctionalError(f'{origin}: it must begin with format = "{FORMAT}"')
    try:
        found = [item for one in data["functionality"] for item in _functionality(one, data.get("slots", {}))]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FunctionalError(f"{origin}: a functionality lacks, or misspells, {error}") from None
    if not found:
        raise FunctionalError(f"{origin}: it holds no item")
    return found


def _functionality(one: Mapping[str, Any], slots: Mapping[str, Sequence[str]]) -> Iterator[Item]:
    name = str(one["id"])
    for case in one.get("case", ()):
        own = {**slots, **case.get("slots", {})}
        label = Label(case["label"])
        for template in case["templates"]:
            yield from (Item(name, text, label, template) for text in _filled(template, own))
    number = 0
    for pair in one.get("pair", ()):
        template = f"{pair['clean']} | {pair['fire']}"
        for entries in zip(*pair["slots"].values(), strict=True):
            values = dict(zip(pair["slots"], entries, strict=True))
            for label in (Label.CLEAN, Label.FIRE):
                yield Item(name, pair[label.value].format_map(values), label, template, number)
            number += 1


def _filled(template: str, slots: Mapping[str, Sequence[str]]) -> Iterator[str]:
    names = list(dict.fromkeys(name for _, name, _, _ in Formatter().parse(template) if name))
    for entries in product(*(slots[name] for name in names)):
        yield template.format_map(dict(zip(names, entries, strict=True)))


def right(item: Item, severity: int) -> bool:
    """Tell whether the highest severity in an item's text is as its label asks."""
    if item.label is Label.FIRE:
        return severity > 0
    return severity < CAPTURED if item.label is Label.LOW else severity == 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one functionality. Shares are None where it has no such items."""

    functionality: str
    items: int
    found: Share | None
    """Of the items that must fire, those that did: recall."""
    quiet: Share | None
    """Of the items that must not, those that did not."""
    pairs: Share | None
    """Of the minimal pairs, those right on both sides."""
    wrong: tuple[tuple[Item, int], ...] = field(repr=False)
    """Items that came out otherwise, with their severity."""


def outcomes(items: Sequence[Item], severities: Sequence[int]) -> list[Outcome]:
    """Return what came of each functionality, in the order of the file."""
    groups: dict[str, list[tuple[Item, int]]] = {}
    for item, severity in zip(items, severities, strict=True):
        groups.setdefault(item.functionality, []).append((item, severity))
    return [_outcome(name, rows) for name, rows in groups.items()]


def _outcome(name: str, rows: Sequence[tuple[Item, int]]) -> Outcome:
    fire = [right(*row) for row in rows if row[0].label is Label.FIRE]
    quiet = [right(*row) for row in rows if row[0].label is not Label.FIRE]
    both: dict[int, bool] = {}
    for item, severity in rows:
        if item.pair is not None:
            both[item.pair] = both.get(item.pair, True) and right(item, severity)
    return Outcome(
        name,
        len(rows),
        wilson(sum(fire), len(fire)),
        wilson(sum(quiet), len(quiet)),
        wilson(sum(both.values()), len(both)),
        tuple(row for row in rows if not right(*row)),
    )


def regressions(now: Sequence[Outcome], baseline: Mapping[str, Mapping[str, float | None]]) -> list[str]:
    """Say what is worse than in the baseline: a functionality that finds less, is less quiet, or is gone."""
    said = []
    by_name = {one.functionality: one for one in now}
    for name, then in baseline.items():
        one = by_name.get(name)
        if one is None:
            said.append(f"{name}: the functionality is gone")
            continue
        for what, share in (("found", one.found), ("quiet", one.quiet), ("pairs", one.pairs)):
            before = then.get(what)
            if before is not None and (share is None or share.value < before - 1e-6):
                after = "nothing" if share is None else f"{share.value:.1%}"
                said.append(f"{name}: {what} fell from {before:.1%} to {after}")
    return said


def check_baseline(data: Any) -> Mapping[str, Mapping[str, float | None]]:
    """Return what was read from a file, where `baseline_of` made it. Raises FunctionalError."""
    rows = list(data.values()) if isinstance(data, dict) else []
    shares = [row.get(what) for row in rows if isinstance(row, dict) for what in SHARES]
    whole = rows and all(isinstance(row, dict) and {*row} <= {*SHARES} for row in rows)
    if not whole or not all(share is None or type(share) in (int, float) for share in shares):
        raise FunctionalError("it is no baseline of functional tests: --write-baseline writes one")
    checked: Mapping[str, Mapping[str, float | None]] = data
    return checked


def baseline_of(now: Sequence[Outcome]) -> dict[str, dict[str, float | None]]:
    """Return what `regressions` compares with later."""
    return {
        one.functionality: {
            what: None if share is None else round(share.value, 6)
            for what, share in (("found", one.found), ("quiet", one.quiet), ("pairs", one.pairs))
        }
        for one in now
    }

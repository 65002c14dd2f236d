"""`overt evaluate functional`: runs the functional tests of libraries and says what each functionality does."""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.evaluate.functional import FunctionalError, Item, Outcome, items_of, outcomes
from engine.evaluate.intervals import Share
from engine.observation import Provenance, TextObservation
from engine.text.screen import TextScreener
from overt.evaluation.terminal import UNDEFINED
from overt.visible import visible

DEFAULT = Path("tests/functional")
_WHEN = datetime(2000, 1, 1, tzinfo=UTC)


def items_in(folder: Path) -> list[Item]:
    """Read the items of a file, or of every .toml file of a folder. Raises EngineError."""
    files = sorted(folder.glob("*.toml")) if folder.is_dir() else [folder]
    if not files or not folder.exists():
        raise FunctionalError(f"{folder}: there are no functional tests (.toml files): name their folder")
    found = []
    for path in files:
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as problem:
            raise FunctionalError(f"{path} cannot be read: {problem}") from None
        found += items_of(data, str(path))
    return found


def run(items: Sequence[Item], screener: TextScreener) -> list[Outcome]:
    """Screen every item."""
    return outcomes(items, [severity_of(screener, item.text) for item in items])


def severity_of(screener: TextScreener, text: str) -> int:
    """Return the highest severity that fires in a text."""
    return screener.screen(TextObservation(text, Provenance.TYPED, "file", _WHEN)).severity


def lines(found: Sequence[Outcome], *, show: int) -> Iterator[str]:
    """Yield the table for the terminal, each with up to `show` items that came out otherwise."""
    yield f"{'functionality':<28}{'items':>6}{'found':>9}{'quiet':>9}{'pairs right':>13}"
    for one in found:
        cells = f"{_cell(one.found):>9}{_cell(one.quiet):>9}{_cell(one.pairs):>13}"
        yield f"{one.functionality:<28}{one.items:>6}{cells}"
        for item, severity in one.wrong[:show]:
            yield f"    {item.label.value:<5} severity {severity}: {visible(item.text)}"
    shares = (_sum([getattr(one, what) for one in found]) for what in ("found", "quiet", "pairs"))
    every, quiet, pairs = (_cell(share) for share in shares)
    yield f"{'all':<28}{sum(one.items for one in found):>6}{every:>9}{quiet:>9}{pairs:>13}"


def values(found: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Return the same for a program."""
    return [
        {
            "functionality": one.functionality,
            "items": one.items,
            "found": _spelt(one.found),
            "quiet": _spelt(one.quiet),
            "pairs": _spelt(one.pairs),
            "wrong": [
                {"text": item.text, "label": item.label.value, "severity": severity} for item, severity in one.wrong
            ],
        }
        for one in found
    ]


def _sum(shares: Sequence[Share | None]) -> tuple[int, int] | None:
    known = [share for share in shares if share is not None]
    return (sum(share.count for share in known), sum(share.of for share in known)) if known else None


def _cell(share: Share | tuple[int, int] | None) -> str:
    if share is None:
        return UNDEFINED
    count, of = (share.count, share.of) if isinstance(share, Share) else share
    return f"{count / of:.1%}"


def _spelt(share: Share | None) -> dict[str, Any] | None:
    return None if share is None else asdict(share)

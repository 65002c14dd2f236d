"""Measures picture screening on a folder of folders: the name of each folder is the label of the pictures in it."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from engine.evaluate.intervals import Share, wilson
from engine.image.screen import PREFILTER, PictureScreener
from overt.picture_screening import ScreenedPicture, picture_paths, screened

CLEAN, FIRE = "clean", "fire"
MOST_NAMED = 20


@dataclass(slots=True)
class Folder:
    """What happened to the pictures of one label."""

    label: str
    """`fire`: they should be flagged; `clean`: they should not; any other name says nothing."""
    pictures: int = 0
    known: int = 0
    """Pictures with a finding of a set."""
    prefiltered: int = 0
    """Pictures with a finding of a prefilter and none of a set."""
    unread: list[str] = field(default_factory=list)
    flagged: list[str] = field(default_factory=list)

    @property
    def share(self) -> Share | None:
        """Flagged pictures of those that were screened."""
        return wilson(self.known + self.prefiltered, self.pictures)


@dataclass(slots=True)
class Measured:
    """All folders by name."""

    folders: dict[str, Folder] = field(default_factory=dict)

    def of_label(self, label: str) -> Share | None:
        """Return the flagged of all pictures of a label."""
        chosen = [one for one in self.folders.values() if one.label == label]
        return wilson(sum(one.known + one.prefiltered for one in chosen), sum(one.pictures for one in chosen))

    @property
    def precision(self) -> Share | None:
        """Of the flagged pictures whose label is fire or clean, those labelled fire."""
        right, wrong = self.of_label(FIRE), self.of_label(CLEAN)
        count = 0 if right is None else right.count
        return wilson(count, count + (0 if wrong is None else wrong.count))


def measure(
    root: Path, screener: PictureScreener, labels: Mapping[str, str], tick: Callable[[], None] = lambda: None
) -> Measured:
    """Screen every picture below the folders of `root`. Raises ValueError where there is no picture at all."""
    result = Measured()
    for folder in sorted(one for one in root.iterdir() if one.is_dir()):
        counts = Folder(labels.get(folder.name, folder.name))
        for path, shown in picture_paths([str(folder)]):
            _count(counts, screened(screener, path, shown))
            tick()
        if counts.pictures or counts.unread:
            result.folders[folder.name] = counts
    if not any(one.pictures for one in result.folders.values()):
        raise ValueError(f"{root}: there is no picture in a folder in there: one folder a label, pictures inside")
    return result


def _count(counts: Folder, one: ScreenedPicture) -> None:
    if one.problem:
        counts.unread.append(f"{one.shown}: {one.problem}")
        return
    counts.pictures += 1
    known = any(finding.category != PREFILTER for finding in one.findings)
    counts.known += known
    counts.prefiltered += bool(one.findings) and not known
    if one.findings:
        counts.flagged.append(one.shown)


def lines(result: Measured) -> list[str]:
    """Return a table and the figures for a terminal."""
    width = max(len(name) for name in result.folders) + 2
    found = [f"{'folder':<{width}}{'label':<10}{'pictures':>9}{'known':>7}{'prefilter':>11}  flagged, 95 % interval"]
    for name, one in result.folders.items():
        counts = f"{one.pictures:>9,}{one.known:>7,}{one.prefiltered:>11,}"
        found.append(f"{name:<{width}}{one.label:<10}{counts}  {spelled(one.share)}")
    figures = {"recall": result.of_label(FIRE), "false flags": result.of_label(CLEAN), "precision": result.precision}
    found += [f"{name}: {spelled(share)}" for name, share in figures.items()]
    unread = sum(len(one.unread) for one in result.folders.values())
    return [*found, f"{unread:,} pictures could not be screened."] if unread else found


def spelled(share: Share | None) -> str:
    """Return a share in words: `3 of 26, 11.5 % (4.0 to 29.0)`."""
    if share is None:
        return "undefined: no such picture"
    low, value, high = (f"{100 * one:.1f}" for one in (share.low, share.value, share.high))
    return f"{share.count:,} of {share.of:,}, {value} % ({low} to {high})"


def as_json(result: Measured) -> str:
    """Return everything for a program to read."""
    folders = {
        name: {
            "label": one.label, "pictures": one.pictures, "known": one.known, "prefiltered": one.prefiltered,
            "share": _values(one.share), "flagged": one.flagged, "unread": one.unread,
        }
        for name, one in result.folders.items()
    }  # fmt: skip
    figures = {"recall": result.of_label(FIRE), "false_flags": result.of_label(CLEAN), "precision": result.precision}
    told = {"format": "overt-picture-evaluation-1", "folders": folders}
    return json.dumps(told | {name: _values(share) for name, share in figures.items()}, indent=1)


def _values(share: Share | None) -> dict[str, float] | None:
    if share is None:
        return None
    return {"count": share.count, "of": share.of, "value": share.value, "low": share.low, "high": share.high}


def as_html(result: Measured, asked: Sequence[str]) -> str:
    """Return a printable page without any picture."""
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(one.label)}</td><td>{one.pictures:,}</td><td>{one.known:,}</td>"
        f"<td>{one.prefiltered:,}</td><td>{escape(spelled(one.share))}</td></tr>"
        for name, one in result.folders.items()
    )
    wrong = [name for one in result.folders.values() if one.label == CLEAN for name in one.flagged][:MOST_NAMED]
    figures = "".join(
        f"<tr><th>{name}</th><td>{escape(spelled(share))}</td></tr>"
        for name, share in (
            ("Recall (label fire)", result.of_label(FIRE)),
            ("False flags (label clean)", result.of_label(CLEAN)),
            ("Precision", result.precision),
        )
    )
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Picture screening, measured</title>"
        "<style>body{font:15px/1.45 Georgia,serif;max-width:60em;margin:2em auto}td,th{text-align:left;"
        "padding:.2em 1em .2em 0}</style><h1>Picture screening, measured</h1>"
        f"<p>Asked: {escape(', '.join(asked))}. Intervals are Wilson's, 95 %.</p><table>{figures}</table>"
        "<h2>By folder</h2><table><tr><th>Folder</th><th>Label</th><th>Pictures</th><th>Known</th><th>Prefilter</th>"
        f"<th>Flagged</th></tr>{rows}</table><h2>Flagged though clean</h2><ol>"
        + "".join(f"<li>{escape(name)}</li>" for name in wrong)
        + "</ol></html>"
    )

"""Decides what becomes of a finding in a picture. A known picture is captured; a prefilter alone is folded hard.

Prefilters fire on benign pictures by the thousand. So one site gives at most one capture an hour, and only where the
case asks for captures at all; everything else is counted, and heartbeats report the number.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from agent.decide import Decision, Outcome
from agent.ports import WindowInfo
from engine.image.screen import PREFILTER
from engine.verdict import Finding
from evidence.keys import Entropy

COUNTS, CAPTURES = 1, 2
"""Severity of a prefilter's finding where the case asks to count, and where it asks for captures."""
TOGETHER = timedelta(minutes=10)
"""Known pictures in one window within this time make one group."""
PATIENCE = timedelta(hours=1)
"""A site gives one capture in this time by prefilters alone."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where and when a finding in a picture was made."""

    window: WindowInfo = field(repr=False)
    at: datetime
    playing: bool = False
    """A video: all its frames count as one picture."""


@dataclass(slots=True)
class _Group:
    name: str
    last: datetime
    known: set[tuple[str, str]] = field(default_factory=set)


class PictureDecider:
    """Remembers what was captured of late. Keys are digests: no title or site stays in memory."""

    def __init__(self, *, entropy: Entropy) -> None:
        """Begin without groups."""
        self._entropy = entropy
        self._groups: dict[str, _Group] = {}
        self._sites: dict[str, datetime] = {}

    def decide(self, sighting: Sighting, findings: Sequence[Finding]) -> Decision:
        """Return what becomes of the findings of one look."""
        if not findings:
            return Decision(Outcome.NOTHING, "nothing was found")
        known = [one for one in findings if one.category != PREFILTER]
        return self._known(sighting, known) if known else self._prefiltered(sighting, findings)

    def _known(self, sighting: Sighting, findings: Sequence[Finding]) -> Decision:
        group = self._group(sighting)
        new = {_identity(one, playing=sighting.playing) for one in findings} - group.known
        group.last = sighting.at
        group.known |= new
        if not new:
            return Decision(
                Outcome.FOLD, "the same picture in the same window was captured a short while ago", group.name
            )
        return Decision(Outcome.CAPTURE, "a known picture is always captured", group.name)

    def _prefiltered(self, sighting: Sighting, findings: Sequence[Finding]) -> Decision:
        if max(one.severity for one in findings) < CAPTURES:
            return Decision(Outcome.COUNT, "this case counts what prefilters find, and captures none of it")
        self._sites = {key: at for key, at in self._sites.items() if sighting.at - at < PATIENCE}
        site = _digest(site_of(sighting.window))
        if site in self._sites:
            return Decision(Outcome.COUNT, "this site gave a capture by prefilters within the last hour")
        self._sites[site] = sighting.at
        return Decision(
            Outcome.CAPTURE, "the first finding of a prefilter on this site within an hour", self._entropy(8).hex()
        )

    def _group(self, sighting: Sighting) -> _Group:
        self._groups = {key: one for key, one in self._groups.items() if sighting.at - one.last <= TOGETHER}
        window = _digest(f"{sighting.window.app}\0{sighting.window.title}")
        return self._groups.setdefault(window, _Group(self._entropy(8).hex(), sighting.at))


def site_of(window: WindowInfo) -> str:
    """Return what counts as one site: the program, as long as the system does not tell the address."""
    return window.app or ""


def _identity(finding: Finding, *, playing: bool) -> tuple[str, str]:
    return finding.library_id, "playing" if playing else finding.term_id


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()

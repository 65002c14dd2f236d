"""Decides what becomes of a finding in a picture. A known picture is captured; a prefilter alone is folded hard.

Prefilters fire on benign pictures by the thousand. So one site gives at most one capture an hour, and only where the
case asks for captures at all; everything else is counted, and heartbeats report the number. The policy's floors hold
for known pictures as for words; of prefilters, whose severity is low by design, only a floor that names them. The
budget of an hour is one for words and pictures; severity 5 is captured beyond it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from agent.budget import Budget
from agent.decide import Decision, Outcome
from agent.policy import ALWAYS, Policy
from agent.ports import WindowInfo
from engine.image.screen import PREFILTER
from engine.observation import Provenance
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
    provenance: Provenance = Provenance.VISIBLE_WINDOW


@dataclass(slots=True)
class _Group:
    name: str
    last: datetime
    known: set[tuple[str, str]] = field(default_factory=set)


class PictureDecider:
    """Remembers what was captured of late. Keys are digests: no title or site stays in memory."""

    def __init__(self, policy: Policy, *, entropy: Entropy, budget: Budget | None = None) -> None:
        """Begin without groups. `budget` may be shared with whatever else makes captures."""
        self._policy = policy
        self._budget = budget or Budget()
        self._entropy = entropy
        self._groups: dict[str, _Group] = {}
        self._sites: dict[str, datetime] = {}

    def use(self, policy: Policy) -> None:
        """Decide by another policy from now on; the groups stay."""
        self._policy = policy

    def decide(self, sighting: Sighting, findings: Sequence[Finding]) -> Decision:
        """Return what becomes of the findings of one look."""
        if not findings:
            return Decision(Outcome.NOTHING, "nothing was found")
        known = [one for one in findings if one.category != PREFILTER]
        counted = [one for one in findings if one.severity >= self._floor_of(one, sighting.provenance)]
        if not counted:
            floor = min(self._floor_of(one, sighting.provenance) for one in findings)
            severity = max(one.severity for one in findings)
            return Decision(Outcome.COUNT, f"severity {severity} is below {floor}, from which captures are made")
        counted_known = [one for one in counted if one in known]
        return self._known(sighting, counted_known) if counted_known else self._prefiltered(sighting, counted)

    def _floor_of(self, finding: Finding, provenance: Provenance) -> int:
        if finding.category == PREFILTER:
            return self._policy.floors.get(finding.library_id, COUNTS)
        return self._policy.floor_of(finding, provenance)

    def _known(self, sighting: Sighting, findings: Sequence[Finding]) -> Decision:
        group = self._group(sighting)
        new = {_identity(one, playing=sighting.playing) for one in findings} - group.known
        group.last = sighting.at
        if not new:
            return Decision(
                Outcome.FOLD, "the same picture in the same window was captured a short while ago", group.name
            )
        severity = max(one.severity for one in findings)
        return self._over_budget(severity, sighting.at) or self._capture_known(group, new, sighting.at)

    def _capture_known(self, group: "_Group", new: set[tuple[str, str]], at: datetime) -> Decision:
        group.known |= new
        self._budget.spend(at)
        return Decision(Outcome.CAPTURE, "it is a known picture", group.name)

    def _over_budget(self, severity: int, at: datetime) -> Decision | None:
        reason = None if severity >= ALWAYS else self._budget.why_not(self._policy.captures_an_hour, at)
        return None if reason is None else Decision(Outcome.DROP, reason)

    def _prefiltered(self, sighting: Sighting, findings: Sequence[Finding]) -> Decision:
        if max(one.severity for one in findings) < CAPTURES:
            return Decision(Outcome.COUNT, "this case counts what prefilters find, and captures none of it")
        self._sites = {key: at for key, at in self._sites.items() if sighting.at - at < PATIENCE}
        site = _digest(site_of(sighting.window))
        if site in self._sites:
            return Decision(Outcome.COUNT, "this site gave a capture by prefilters within the last hour")
        dropped = self._over_budget(CAPTURES, sighting.at)
        if dropped is not None:
            return dropped
        self._sites[site] = sighting.at
        self._budget.spend(sighting.at)
        return Decision(
            Outcome.CAPTURE, "the first finding of a prefilter on this site within an hour", self._entropy(8).hex()
        )

    def _group(self, sighting: Sighting) -> _Group:
        self._groups = {key: one for key, one in self._groups.items() if sighting.at - one.last <= TOGETHER}
        # What was on the screen is told once more when the person copies it: that says more.
        acted = sighting.provenance >= Provenance.OPENED
        window = _digest(f"{sighting.window.app}\0{sighting.window.title}\0{acted}")
        return self._groups.setdefault(window, _Group(self._entropy(8).hex(), sighting.at))


def site_of(window: WindowInfo) -> str:
    """Return what counts as one site: the program, as long as the system does not tell the address."""
    return window.app or ""


def _identity(finding: Finding, *, playing: bool) -> tuple[str, str]:
    return finding.library_id, "playing" if playing else finding.term_id


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()

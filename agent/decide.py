"""Decides what becomes of what was found: capture, fold into a group that was captured already, count, or nothing.

Everything has a reason in words. What is folded or counted is not lost: heartbeats report the numbers.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from engine.observation import TextObservation
from engine.verdict import Finding, Verdict
from evidence.keys import Entropy


class Outcome(Enum):
    """What becomes of an observation."""

    CAPTURE = "capture"
    FOLD = "fold"
    COUNT = "count"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Policy:
    """The numbers that decide."""

    floor: int = 3
    """Least severity that makes a capture; what is below only counts."""
    together: timedelta = timedelta(minutes=10)
    """The same window within this time makes one group."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided and why. `group` is opaque and empty where nothing is captured."""

    outcome: Outcome
    reason: str
    group: str = ""


@dataclass(slots=True)
class _Group:
    name: str
    last: datetime
    known: set[tuple[str, str]] = field(default_factory=set)


class Decider:
    """Remembers the groups of the last minutes. Keys are digests: no title stays in memory."""

    def __init__(self, policy: Policy, *, entropy: Entropy) -> None:
        """Begin without groups."""
        self._policy = policy
        self._entropy = entropy
        self._groups: dict[str, _Group] = {}

    def decide(self, observation: TextObservation, verdict: Verdict) -> Decision:
        """Return what becomes of a verdict on this observation."""
        policy = self._policy
        if not verdict.findings:
            return Decision(Outcome.NOTHING, "nothing was found")
        if verdict.severity < policy.floor:
            return Decision(
                Outcome.COUNT, f"severity {verdict.severity} is below {policy.floor}, from which captures are made"
            )
        group = self._group(observation)
        new = _terms(verdict.findings, policy.floor) - group.known
        group.last = observation.observed_at
        group.known |= new
        if not new:
            return Decision(
                Outcome.FOLD, "the same words in the same window were captured a short while ago", group.name
            )
        return Decision(
            Outcome.CAPTURE, f"severity {verdict.severity}, and captures are made from {policy.floor}", group.name
        )

    def _group(self, observation: TextObservation) -> _Group:
        now = observation.observed_at
        self._groups = {k: one for k, one in self._groups.items() if now - one.last <= self._policy.together}
        context = observation.context
        window = hashlib.sha256(f"{context.app}\0{context.title}".encode("utf-8", "replace")).hexdigest()
        return self._groups.setdefault(window, _Group(self._entropy(8).hex(), now))


def _terms(findings: Iterable[Finding], floor: int) -> set[tuple[str, str]]:
    return {(one.library_id, one.term_id) for one in findings if one.severity >= floor}

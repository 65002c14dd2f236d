"""Decides what becomes of what was found: capture, fold into a group that was captured already, count, or nothing.

Everything has a reason in words. What is folded, counted or dropped is not lost: the record reports the numbers.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import TypeAlias

from agent.budget import Budget
from agent.policy import ALWAYS, Policy
from engine.observation import Provenance, TextObservation
from engine.verdict import Finding, Verdict
from evidence.keys import Entropy

__all__ = ["Decider", "Decision", "Outcome", "Policy"]

_DAY_SECONDS = 86_400.0
_Term: TypeAlias = tuple[str, str]
_MOST_LOOKS = 64


class Outcome(Enum):
    """What becomes of an observation."""

    CAPTURE = "capture"
    FOLD = "fold"
    COUNT = "count"
    DROP = "drop"
    """It would have been captured; the budget of this hour is used up."""
    SAMPLE = "sample"
    """Nothing was found; it is captured at random, as the policy asks."""
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided and why. `group` is opaque and empty where nothing is captured."""

    outcome: Outcome
    reason: str
    group: str = ""


@dataclass(slots=True)
class _Group:
    name: str
    program: str
    """Digest of the program's name."""
    last: datetime
    known: dict[_Term, bool] = field(default_factory=dict)
    """Terms that were captured, and whether the person wrote or opened one: that says more than having seen it."""
    looks: list[int] = field(default_factory=list)
    """Perceptual hashes of what was captured."""


class Decider:
    """Remembers the groups of the last minutes. Keys are digests: no title stays in memory."""

    def __init__(self, policy: Policy, *, entropy: Entropy, budget: Budget | None = None) -> None:
        """Begin without groups. `budget` may be shared with whatever else makes captures."""
        self._policy = policy
        self._budget = budget or Budget()
        self._entropy = entropy
        self._groups: dict[str, _Group] = {}
        self._captured: dict[_Term, tuple[datetime, str]] = {}
        self._next_sample: datetime | None = None

    def use(self, policy: Policy) -> None:
        """Decide by another policy from now on; the groups stay."""
        self._policy = policy

    def decide(
        self, observation: TextObservation, verdict: Verdict, look: Callable[[], int | None] = lambda: None
    ) -> Decision:
        """Return what becomes of a verdict. `look` gives the screen's perceptual hash; None where unknown."""
        policy, now = self._policy, observation.observed_at
        if not verdict.findings:
            return self._clean(now)
        counted = [one for one in verdict.findings if one.severity >= policy.floor_of(one, observation.provenance)]
        if not counted:
            floor = min(policy.floor_of(one, observation.provenance) for one in verdict.findings)
            reason = f"severity {verdict.severity} is below {floor}, from which captures are made"
            return Decision(Outcome.COUNT, reason)
        acted = observation.provenance >= Provenance.OPENED
        group = self._group(observation)
        group.last = now
        return (
            self._known(group, counted, acted=acted)
            or self._cooling(counted, now)
            or self._looks_alike(group, counted, acted=acted, look=look)
            or self._over_budget(counted, now)
            or self._capture(group, counted, now, acted=acted, look=look())
        )

    def _clean(self, now: datetime) -> Decision:
        if self._policy.clean_samples_a_day == 0:
            return Decision(Outcome.NOTHING, "nothing was found")
        due, self._next_sample = self._next_sample, self._next_sample or self._draw(now)
        if due is None or now < due:
            return Decision(Outcome.NOTHING, "nothing was found")
        self._next_sample = self._draw(now)
        reason = f"nothing was found; the policy asks for {self._policy.clean_samples_a_day} random samples a day"
        return Decision(Outcome.SAMPLE, reason, self._entropy(8).hex())

    def _draw(self, now: datetime) -> datetime:
        """Return a moment evenly drawn from twice the mean pause, so that nobody can tell when the next one comes."""
        share = int.from_bytes(self._entropy(8)) / 2**64
        return now + timedelta(seconds=2 * share * _DAY_SECONDS / self._policy.clean_samples_a_day)

    @staticmethod
    def _known(group: _Group, counted: Sequence[Finding], *, acted: bool) -> Decision | None:
        if _all_known(group, counted, acted=acted):
            reason = "the same words in the same window were captured a short while ago"
            return Decision(Outcome.FOLD, reason, group.name)
        return None

    def _cooling(self, counted: Sequence[Finding], now: datetime) -> Decision | None:
        if max(one.severity for one in counted) >= ALWAYS:
            return None
        groups = []
        for one in counted:
            at, group = self._captured.get(_term(one), (None, ""))
            if at is None or now - at >= self._policy.cool_down_of(one):
                return None
            groups.append(group)
        longest = max(self._policy.cool_down_of(one) for one in counted)
        minutes = int(longest.total_seconds() // 60)
        reason = f"these words were captured before, and the policy captures them once in {minutes} minutes"
        return Decision(Outcome.FOLD, reason, groups[0])

    def _looks_alike(
        self, group: _Group, counted: Sequence[Finding], *, acted: bool, look: Callable[[], int | None]
    ) -> Decision | None:
        """Fold a screen that looks like one captured under another title: a counter in a title makes no new page."""
        groups = [one for one in self._groups.values() if one is not group and one.program == group.program]
        others = [one for one in groups if _all_known(one, counted, acted=acted)]
        shown = look() if others and self._policy.look_alike >= 0 else None
        if shown is None:
            return None
        for other in others:
            nearest = min(((shown ^ one).bit_count() for one in other.looks), default=256)
            if nearest <= self._policy.look_alike:
                reason = f"the same words on a screen that looks the same ({nearest} of 256 bits differ) were captured"
                return Decision(Outcome.FOLD, reason, other.name)
        return None

    def _over_budget(self, counted: Sequence[Finding], now: datetime) -> Decision | None:
        if max(one.severity for one in counted) >= ALWAYS:
            return None
        reason = self._budget.why_not(self._policy.captures_an_hour, now)
        return None if reason is None else Decision(Outcome.DROP, reason)

    def _capture(
        self, group: _Group, counted: Sequence[Finding], now: datetime, *, acted: bool, look: int | None
    ) -> Decision:
        worst = max(one.severity for one in counted)
        for one in counted:
            group.known[_term(one)] = acted or group.known.get(_term(one), False)
        if look is not None:
            group.looks = [*group.looks, look][-_MOST_LOOKS:]
        self._budget.spend(now)
        self._captured |= {_term(one): (now, group.name) for one in counted}
        floor = min(one.severity for one in counted)
        reason = f"severity {worst}, and captures are made from {min(floor, self._policy.floor)}"
        return Decision(Outcome.CAPTURE, reason, group.name)

    def _group(self, observation: TextObservation) -> _Group:
        now = observation.observed_at
        self._groups = {k: one for k, one in self._groups.items() if now - one.last <= self._policy.together}
        context = observation.context
        window, program = _digest(f"{context.app}\0{context.title}"), _digest(str(context.app))
        return self._groups.setdefault(window, _Group(self._entropy(8).hex(), program, now))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _term(finding: Finding) -> _Term:
    return finding.library_id, finding.term_id


def _all_known(group: _Group, findings: Iterable[Finding], *, acted: bool) -> bool:
    return all(group.known.get(_term(one), acted) >= acted and _term(one) in group.known for one in findings)

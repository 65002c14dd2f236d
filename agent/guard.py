"""Honesty about the watching itself: what could be seen in each second, and signs that somebody works against it.

Called once in every look of the agent. A watcher that fails is put aside for a while and said so; the others go on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from agent.clock import SystemClock
from agent.coverage import IN_USE, Sight
from agent.coverage_keeper import CoverageKeeper
from agent.passing_time import Moment, Passed, passed
from agent.ports import Notice, Session, SessionState
from agent.recorder import Recorder
from agent.screen_facts import JudgedScreen, StillnessProbe
from agent.signs.sign import Sign, Watcher
from evidence.coverage import State

AGAIN = 600.0
"""Seconds for which a watcher that failed is left alone."""
BLACK = 10.0
"""Seconds of a black monitor from which it is told."""
FROZEN = "The picture of the screen stands still, although the device is used and the badge changed."
FRESH = "The picture of the screen is fresh again."
_NOT_OPEN = {
    SessionState.LOCKED: State.LOCKED,
    SessionState.OTHER_ACCOUNT: State.OTHER_ACCOUNT,
}


@dataclass(frozen=True, slots=True)
class GuardParts:
    """What the guard works with."""

    clock: SystemClock
    recorder: Recorder
    keeper: CoverageKeeper
    session: Session
    screen: JudgedScreen
    notice: Notice
    watchers: Sequence[Watcher]


@dataclass(slots=True)
class _Turn:
    watcher: Watcher
    due: float = 0.0
    failed: bool = field(default=False)


class Guard:
    """Keeps coverage and looks for signs."""

    def __init__(self, parts: GuardParts) -> None:
        """Begin to count now."""
        self._parts = parts
        self._last = self._moment()
        self._turns = [_Turn(watcher) for watcher in parts.watchers]
        self._probe = StillnessProbe()
        self._frozen = False
        self._black = 0.0

    def front(self) -> SessionState:
        """Return what is in front of the person; nothing is looked at where it is not this open session."""
        return self._parts.session.state()

    def look(self, *, seeing: frozenset[str], why_not: str = "", partly: frozenset[str] = frozenset()) -> None:
        """Count the time since the last look. `seeing` are the sources that could see; without any, `why_not` says why.
        `partly` says why not all could be seen.

        Then give every watcher that is due its turn.
        """
        now = self._moment()
        went_by = passed(self._last, now)
        self._last = now
        sight = self._sight(went_by, seeing, partly | {why_not} if why_not and not seeing else partly)
        self._tell_time(went_by)
        self._parts.keeper.add(went_by, sight, now.now)
        self._take_turns(now.monotonic_ns / 1e9)

    def tell(self, sign: Sign) -> None:
        """Record a sign."""
        self._parts.recorder.event(sign.event, sign.text, sign.details, severity=sign.severity)

    def end(self) -> None:
        """Tell what went by since the last look, which may be why this is the end; seal what is left of coverage."""
        self._tell_time(passed(self._last, self._moment()))
        self._parts.keeper.end()
        self._parts.session.close()

    def _moment(self) -> Moment:
        clock = self._parts.clock
        return Moment(clock.now(), clock.monotonic_ns(), clock.asleep_ns())

    def _sight(self, went_by: Passed, seeing: frozenset[str], why_not: frozenset[str]) -> Sight:
        session = self._parts.session
        front = session.state()
        if front in _NOT_OPEN:
            return Sight(_NOT_OPEN[front])
        idle = session.idle_seconds()
        reasons = why_not | self._pixel_reasons(went_by, touched=idle is not None and idle < 1.0)
        if front is SessionState.SECURE_DESKTOP:
            seeing, reasons = frozenset(), reasons | {"secure-desktop"}
        if self._frozen:
            seeing = frozenset()
        if idle is not None and idle >= IN_USE:
            return Sight(State.IDLE, seeing)
        return Sight(State.WATCHED if seeing else State.UNWATCHED, seeing, reasons)

    def _pixel_reasons(self, went_by: Passed, *, touched: bool) -> frozenset[str]:
        reasons = set()
        if self._parts.screen.facts.black:
            reasons.add("black-frames")
        self._tell_black(went_by.ran)
        if self._probe.step(self._parts.screen.last, went_by.ran, touched=touched):
            self._parts.notice.pulse()
        if self._probe.frozen:
            reasons.add("frozen-frames")
        self._tell_frozen()
        return frozenset(reasons)

    def _tell_black(self, seconds: float) -> None:
        black = self._parts.screen.facts.black
        before, self._black = self._black, self._black + seconds if black else 0.0
        if before < BLACK <= self._black:
            text = "A monitor gives nothing but black: it is dark, or the system forbids looking at it."
            self.tell(Sign("black-frames", text, {"monitors": len(black)}, 1))

    def _tell_frozen(self) -> None:
        if self._probe.frozen != self._frozen:
            self._frozen = self._probe.frozen
            self.tell(Sign("frozen-frames", FROZEN if self._frozen else FRESH, {}, 2))

    def _tell_time(self, went_by: Passed) -> None:
        if went_by.held:
            text = f"The agent did not run for {went_by.held:.0f} seconds although the system did: it was held still."
            self.tell(Sign("agent-suspended", text, {"seconds": round(went_by.held)}, 3))
        if went_by.moved:
            where = "forward" if went_by.moved > 0 else "back"
            text = f"This device's clock was set {where} by {abs(went_by.moved):.0f} seconds."
            self.tell(Sign("clock-moved", text, {"seconds": round(went_by.moved)}, 3))

    def _take_turns(self, now: float) -> None:
        for turn in self._turns:
            if now < turn.due:
                continue
            turn.due = now + turn.watcher.pause
            try:
                found = turn.watcher.look()
            except Exception as problem:  # noqa: BLE001  (one blind watcher must not blind the others)
                turn.due = now + AGAIN
                self._tell_failure(turn, problem)
                continue
            turn.failed = False
            for sign in found:
                self.tell(sign)

    def _tell_failure(self, turn: _Turn, problem: Exception) -> None:
        if not turn.failed:
            turn.failed = True
            name = type(turn.watcher).__name__
            text = f"{name} could not look ({type(problem).__name__}); it is tried again later."
            self.tell(Sign("watcher-failed", text, {"watcher": name}, 1))

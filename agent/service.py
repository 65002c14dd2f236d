"""The agent's life: notice, badge, watching, heartbeats, and an orderly end. Every step is in the record."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from agent import notes
from agent.clock import SystemClock
from agent.errors import AgentError, EndedError, NoAuthorityError, RenewedError
from agent.guard import Guard
from agent.memory import GivingBack
from agent.pipeline import Pipeline
from agent.ports import Notice, SessionState
from agent.recorder import Recorder
from agent.sd_notify import ServiceManager
from agent.spool import Spool
from agent.state import StateFolder, Status
from agent.unseen import Unseen
from agent.upkeep import Upkeep
from agent.upload import Uploader
from agent.watch import Watch
from evidence.authority import Authority
from evidence.sources import SOURCES

TICK = 0.25
"""Seconds between two looks at the screen."""
HEARTBEAT_NS = 60 * 10**9
FLUSH_PATIENCE = 10.0
"""Seconds in which the last records may still be delivered at the end; what is left is delivered at the next start."""
NOT_IN_FRONT = {
    SessionState.LOCKED: "the session is locked",
    SessionState.OTHER_ACCOUNT: "another account is in front, which is not watched",
    SessionState.SECURE_DESKTOP: "the system shows a screen of its own, which is not looked at",
}
REFUSED = (
    "captures were made outside the time of the authority, as it ended before this device heard of it or the clock was "
    "wrong. No server may keep them: they stay sealed on this device until the agent is removed."
)
RENEWALS = (12, 40, 200)
"""Looks without a visible badge after which its window is opened anew; then again after each 200."""
BADGE_PATIENCE = 2
"""Looks without a visible badge before it counts as lost. No look without it is used, not even the first."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the agent is made of."""

    state: StateFolder
    authority: Authority
    recheck: Callable[[], Authority]
    """Checks the authority again as it lies in the state folder; raises NoAuthorityError."""
    notice: Notice
    watch: Watch
    pipeline: Pipeline
    recorder: Recorder
    spool: Spool
    uploader: Uploader
    clock: SystemClock
    guard: Guard
    upkeep: Upkeep
    cut_off: str | None
    """Boot of the run before, where that one was cut off."""
    boot: str
    """Name of this run of the system."""
    with_libraries: Callable[[Status], Status]
    """Adds to a status what is to be said of libraries."""


class Service:
    """Runs until told to stop, or until the authority ends."""

    def __init__(self, parts: Parts) -> None:
        """Take the parts; `run` begins."""
        self._parts = parts
        until = parts.authority.terms.not_after.isoformat(timespec="minutes")
        self._status = Status("starting", authority_until=until)
        self._manager = ServiceManager()
        self._memory = GivingBack()
        self._missing = 0
        self._damaged, self._refused = 0, parts.spool.refused
        self._notes: list[str] = []
        self._unseen = Unseen(parts.recorder, parts.clock)
        self._next_heartbeat = 0
        self.ended: NoAuthorityError | None = None
        """Why it may not go on, where that is why `run` returned."""
        self._latest = parts.clock.now()

    def run(self) -> str:
        """Run; return in words why it ended. Raises PlatformError where the screen is lost."""
        parts = self._parts
        self._manager.ready()
        parts.uploader.start()
        parts.upkeep.start()
        reason = "it was told to stop"
        try:
            self._await_reading()
            while not parts.clock.stopped:
                self._tick()
                parts.clock.wait(TICK)
        except NoAuthorityError as ended:
            self.ended = ended
            reason = str(ended)
            parts.recorder.event("authority-ended", reason)
        except Exception as problem:
            reason = str(problem).rstrip(".") if isinstance(problem, AgentError) else type(problem).__name__
            raise
        finally:
            self._end(reason)
        return reason

    def _await_reading(self) -> None:
        parts = self._parts
        if parts.cut_off is not None:
            killed = parts.cut_off == parts.boot
            how = "was killed" if killed else "ended with the system, without an orderly stop"
            parts.recorder.event("agent-cut-off", f"The run before {how}.", severity=3 if killed else 1)
        parts.recorder.event("agent-started", "", {"libraries": len(parts.authority.terms.libraries)})
        while not parts.notice.acknowledged():
            if parts.clock.stopped:
                return
            if parts.notice.keep_up():
                parts.recorder.event("notice-ended", "The notice's window was ended from outside; it is shown again.")
            self._wait("the person has not confirmed the notice yet")
        parts.recorder.event("notice-acknowledged", "The person pressed “I have read this”.")
        while parts.notice.opening and not parts.clock.stopped:
            self._wait("the badge is being opened")

    def _wait(self, why: str) -> None:
        """Let one look go by in which nothing may be watched yet. What the server answered is heard all the same."""
        parts = self._parts
        self._still_permitted()
        parts.guard.look(seeing=frozenset(), why_not="notice-waiting")
        self._publish("waiting-for-notice", why, badge=False)
        self._settle()
        parts.clock.wait(TICK)

    def _tick(self) -> None:
        parts = self._parts
        self._still_permitted()
        front = parts.guard.front()
        if front is not SessionState.OPEN:  # the badge cannot stand there either, and nobody is to be watched
            parts.watch.pause()
            parts.guard.look(seeing=frozenset())
            self._publish("paused", NOT_IN_FRONT[front], badge=False)
        else:
            self._look()
        self._settle()
        self._take_notes()
        self._memory.step()

    def _look(self) -> None:
        parts = self._parts
        seen = self._unseen.look(parts.watch.look)
        if seen:
            self._badge_seen()
            parts.guard.look(seeing=parts.watch.seeing, partly=parts.watch.partly)
            self._publish("watching", "", badge=True)
        elif seen is None:
            parts.watch.pause()
            parts.guard.look(seeing=frozenset(), why_not=self._unseen.reason)
            self._publish("paused", self._unseen.words, badge=False)
        else:
            parts.guard.look(seeing=frozenset(), why_not="badge-lost")
            self._publish("paused", "the badge cannot be seen, so nothing is watched", badge=False)
            self._badge_missing()

    def _settle(self) -> None:
        """Do what follows from what the server answered, and from what the disk did."""
        parts = self._parts
        self._ask_now()
        parts.upkeep.settle()
        parts.recorder.flush()
        self._tell_damage()

    def _take_notes(self) -> None:
        """Seal what the person wrote. A full disk takes no note: it is kept here until the disk does."""
        parts = self._parts
        self._notes += parts.notice.notes()
        with contextlib.suppress(OSError):
            while self._notes:
                notes.leave(parts.state.notes, self._notes[0])
                del self._notes[0]
            notes.take(parts.state.notes, parts.recorder)

    def _ask_now(self) -> None:
        """Hear somebody who does not want to wait for the next minute: `overt agent update`."""
        asked = self._parts.state.ask_file
        if asked.exists():
            asked.unlink(missing_ok=True)
            self._parts.upkeep.ask_now()

    def _tell_damage(self) -> None:
        new = self._parts.spool.damaged - self._damaged
        if new:
            self._damaged += new
            text = f"{new} records were found damaged on this device's disk and put aside."
            self._parts.recorder.gap("records-damaged", text, {"damaged": new})
        refused = self._parts.spool.refused - self._refused
        if refused:
            self._refused += refused
            self._parts.recorder.gap("captures-refused", f"{refused} {REFUSED}", {"refused": refused})

    def _badge_seen(self) -> None:
        if self._missing >= BADGE_PATIENCE:
            self._parts.recorder.event("badge-back", "The badge can be seen again; watching goes on.")
        self._missing = 0

    def _badge_missing(self) -> None:
        if self._parts.notice.opening:
            return  # it is on its way; nothing is watched until it stands there
        self._missing += 1
        if self._missing == BADGE_PATIENCE:
            self._parts.recorder.event("badge-lost", "The badge cannot be seen; watching stopped.", severity=2)
        if self._missing in RENEWALS or self._missing % RENEWALS[-1] == 0:
            self._parts.notice.renew()  # hidden, moved away, frozen: a new window stands where it belongs
        if self._parts.notice.keep_up():
            text = "The badge's window was ended from outside; watching stopped until it was shown again."
            self._parts.recorder.event("badge-ended", text, severity=2)

    def _still_permitted(self) -> None:
        """Check the clock at every tick, everything else at every heartbeat; raises NoAuthorityError."""
        parts = self._parts
        now = self._latest = max(self._latest, parts.clock.now())  # a clock that is turned back revives nothing
        if now >= parts.authority.terms.not_after:
            self._require_same(parts.recheck())
            raise EndedError("the authority has ended")
        ran = parts.clock.monotonic_ns()
        if ran >= self._next_heartbeat:
            self._next_heartbeat = ran + HEARTBEAT_NS
            self._require_same(parts.recheck())
            self._remember_time(now)
            self._heartbeat()

    def _remember_time(self, now: datetime) -> None:
        with contextlib.suppress(OSError):  # a full disk: what was remembered before stays, and this run knows better
            self._parts.state.remember_time(now)

    def _require_same(self, current: Authority) -> None:
        if current.digest != self._parts.authority.digest:
            raise RenewedError("a newer authority is in force, and the person is told of it first")

    def _heartbeat(self) -> None:
        self._parts.pipeline.report()
        counts = self._parts.pipeline.counts
        self._parts.recorder.heartbeat(
            {
                "observations": counts.observations,
                "captures": counts.captures,
                "folded": counts.folded,
                "counted": counts.counted,
                "dropped": counts.dropped,
                "excluded": counts.excluded,
                "pictures": counts.pictures,
                "unscreened": counts.unscreened,
                "unread": self._parts.watch.unread,
                "libraries": self._parts.pipeline.version,
                "waiting": len(self._parts.spool) + self._parts.recorder.waiting,
            }
        )

    def _publish(self, state: str, reason: str, *, badge: bool) -> None:
        parts = self._parts
        delivered = parts.uploader.state
        status = parts.with_libraries(
            replace(
                self._status,
                state=state,
                reason=reason or delivered.problem,
                badge=badge,
                captures=parts.pipeline.counts.captures,
                spooled=len(parts.spool) + parts.recorder.waiting,
                delivered=delivered.count,
                last_report=delivered.last,
                troubles=_troubles(parts.watch.failing),
            )
        )
        self._manager.alive(reason or state)
        if status != self._status:
            self._status = status
            parts.notice.tell(state, _moment(delivered.last))
            with contextlib.suppress(OSError):  # a full disk: whoever asks is told what was true a moment ago
                parts.state.write_status(status)

    def _end(self, reason: str) -> None:
        """End in order. Where the authority is over, nothing that was being looked at is captured any more."""
        parts = self._parts
        self._manager.stopping()
        for put_away in (parts.guard.end, lambda: parts.watch.close(finish=self.ended is None), parts.notice.close):
            self._try(put_away)
        parts.recorder.event("agent-stopped", f"It stopped: {reason}.")
        parts.upkeep.finish(0.0)
        parts.uploader.finish(FLUSH_PATIENCE)
        self._remember_time(parts.clock.now())
        parts.state.end_run()
        self._publish("stopped", reason, badge=False)

    def _try(self, put_away: Callable[[], object]) -> None:
        """Put a part away. What goes wrong is told, and costs the rest of the end nothing: a display that is gone."""
        try:
            put_away()
        except Exception as problem:  # noqa: BLE001  (an end without its last word would count as a killed agent)
            name = type(problem).__name__
            self._parts.recorder.event("end-incomplete", f"A part could not be put away ({name}).", {"problem": name})


def _troubles(failing: Mapping[str, str]) -> tuple[str, ...]:
    """Say of each source that cannot see now that it cannot, and why."""
    return tuple(
        f"{SOURCES.get(name, name)}: {reason.rstrip('.') or 'does not work'}" for name, reason in failing.items()
    )


def _moment(text: str | None) -> str | None:
    return None if text is None else f"{datetime.fromisoformat(text).astimezone():%d %B %Y, %H:%M}"

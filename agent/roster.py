"""The sources that the authority permits, each asked in its own rhythm, each in a quarantine of its own."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from agent.ports import Clock, Given, Scene, Source
from agent.quarantine import Health, Quarantine, Tell


@dataclass(frozen=True, slots=True)
class Offer:
    """A source that this system can give."""

    permission: str
    """What an authority calls it; without it there the source is not even started."""
    words: str
    """What it is in words, as a sentence begins: “Typed text”."""
    start: Callable[[], Source]
    """Starts it; raises whatever is in the way."""
    every: float = 0.0
    """Seconds between two questions; 0 at each look."""


@dataclass(slots=True)
class _Member:
    offer: Offer
    guarded: Quarantine[Source]
    due: int = 0


class Roster:
    """Asks every source that is permitted."""

    def __init__(self, offers: Iterable[Offer], allows: Callable[[str], bool], *, tell: Tell, clock: Clock) -> None:
        """Keep what is permitted. Nothing is started before the first question."""
        self._clock = clock
        self._members = [
            _Member(offer, Quarantine(offer.permission, offer.words, offer.start, tell=tell, clock=clock))
            for offer in offers
            if allows(offer.permission)
        ]

    def poll(self, scene: Scene) -> list[Given]:
        """Return what is new in any source."""
        now = self._clock.monotonic_ns()
        found: list[Given] = []
        for member in self._members:
            if now >= member.due:
                member.due = now + int(member.offer.every * 1e9)
                found += member.guarded.use(lambda source: source.poll(scene), ())
        return found

    def pause(self) -> None:
        """Let go of every source, with whatever it holds: what happens while nothing may be watched is never seen."""
        for member in self._members:
            member.guarded.close()

    @property
    def health(self) -> Mapping[str, Health]:
        """Whether each source works, by the name the authority gives it."""
        return {member.offer.permission: member.guarded.health for member in self._members}

    def close(self) -> None:
        """Close every source."""
        self.pause()

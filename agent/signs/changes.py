"""Things that are counted rather than recognised: what came and what went in a list since the last look."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Generic, TypeVar

from agent.signs.sign import Sign

Thing = TypeVar("Thing", bound=Hashable)
MOST_TOLD = 20
"""Signs of one look; a flood is told as a number."""


class ListWatcher(Generic[Thing]):
    """Compares a list with what it was. The first look only learns."""

    def __init__(
        self,
        read: Callable[[], Iterable[Thing] | None],
        *,
        came: Callable[[Thing], Sign],
        went: Callable[[Thing], Sign],
        pause: float = 5.0,
    ) -> None:
        """`read` returns the things there are now; None where nothing is known yet."""
        self._read, self._came, self._went = read, came, went
        self._before: frozenset[Thing] | None = None
        self.pause = pause

    def look(self) -> Sequence[Sign]:
        """Return a sign for each thing that came or went."""
        read = self._read()
        if read is None:
            return ()
        now = frozenset(read)
        before, self._before = self._before, now
        if before is None:
            return ()
        signs = [self._came(one) for one in sorted(now - before, key=repr)]
        signs += [self._went(one) for one in sorted(before - now, key=repr)]
        if len(signs) > MOST_TOLD:
            rest = len(signs) - MOST_TOLD
            signs = [*signs[:MOST_TOLD], Sign(signs[0].event, f"And {rest} more at once.", {"more": rest})]
        return signs

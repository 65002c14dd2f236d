"""How much the server takes in hand at a time. Who comes beyond that is turned away at once and told when to come back.

After an outage every device comes with what it kept meanwhile. What is in hand is bounded in bytes and in number, so
that each upload that is taken is answered soon and officers' requests are not behind hundreds of records. The others
are given moments to come back, one after the other and as far apart as storing takes: a server that says the same
number of seconds to all has the same crowd before it again then.
"""

import asyncio
import math
import random
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from server_stub.errors import OverloadedError

Answer = TypeVar("Answer")

MOST_BYTES = 512 * 2**20
"""Bytes of records that one process holds at a time, from senders whose signature cannot be checked before the end."""
MOST_WAITING = 128
"""Whole records that are being stored or wait for it: at 250 a second, half a second's work."""
THREADS = 32
"""Threads that store records: their own, so that officers' requests never wait behind records."""
PATIENCE, SLOWEST = 60.0, 16 * 2**10
"""Seconds, and bytes a second: what comes in more slowly keeps others out, and is given up."""
LONGEST = 120.0
"""Seconds: nobody is told to stay away for longer."""
SPREAD = 2.0
"""Records' time between two who come back: each brings more than one, and most find a place then. Longer leaves the
server idle, shorter turns more away once more, which costs little (`python -m benchmarks.storm`)."""
USUAL_RATE = 100.0
"""Records a second, where too few were stored lately to say."""
_LATELY, _ENOUGH = 10.0, 20


class ComeBack:
    """Gives moments to come back to: one after the other, as far apart as the work lately took."""

    def __init__(self, *, clock: Callable[[], float], chance: Callable[[], float]) -> None:
        """`clock` in seconds; `chance` returns a number from 0 up to 1."""
        self._clock = clock
        self._chance = chance
        self._given = 0.0
        self._done: deque[float] = deque(maxlen=1000)

    def note_done(self) -> None:
        """Note that a record was stored: how fast that goes is what waiting is reckoned by."""
        self._done.append(self._clock())

    def seconds(self, waiting: int, *, least: float = 1.0) -> int:
        """Return after how many whole seconds one more may come, `least` or more; `waiting` are before him as it is."""
        now, rate = self._clock(), self._rate()
        self._given = max(self._given, now + least + waiting / rate) + SPREAD / rate
        wait = self._given - now
        if wait > LONGEST:  # more than have moments of their own by then: by chance, and most are turned away again
            self._given = now + LONGEST
            wait = LONGEST * (1 + self._chance()) / 2
        return math.ceil(wait)

    def _rate(self) -> float:
        now = self._clock()
        while self._done and self._done[0] < now - _LATELY:
            self._done.popleft()
        if len(self._done) < _ENOUGH:
            return USUAL_RATE
        return len(self._done) / max(1.0, now - self._done[0])


class Admission:
    """What one process has in hand. One event loop uses it, so nothing of it needs a lock."""

    def __init__(
        self,
        *,
        most_bytes: int = MOST_BYTES,
        most_waiting: int = MOST_WAITING,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Allow so much at a time."""
        self._left = most_bytes
        self._most_waiting = most_waiting
        self._waiting = 0
        self._patience = patience
        self._come_back = ComeBack(clock=clock, chance=chance)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="store")

    @contextmanager
    def room(self, size: int) -> Iterator[None]:
        """Keep room for a body from its first byte until it is stored; raises OverloadedError where there is none."""
        if size > self._left:
            raise self._overloaded()
        self._require_a_place()
        self._left -= size
        try:
            yield
        finally:
            self._left += size

    def patience_for(self, size: int) -> float:
        """Return in how many seconds a body of so many bytes must be here."""
        return self._patience + size / SLOWEST

    async def store(self, work: Callable[[], Answer]) -> Answer:
        """Store a record that is here whole, in a thread; raises what `work` raises, and OverloadedError."""
        self._require_a_place()  # many may have come in at the same time
        self._waiting += 1
        try:
            answer = await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1
        self._come_back.note_done()
        return answer

    def come_back(self, *, least: float = 1.0) -> int:
        """Return in how many seconds somebody who cannot be answered now should come back."""
        return self._come_back.seconds(self._waiting, least=least)

    def _require_a_place(self) -> None:
        if self._waiting >= self._most_waiting:
            raise self._overloaded()

    def _overloaded(self) -> OverloadedError:
        return OverloadedError("the server has as much in hand as it can store now", seconds=self.come_back())

    def close(self) -> None:
        """End the threads, once what is in hand is stored."""
        self._threads.shutdown()

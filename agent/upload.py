"""Delivers the spool in order, in a thread of its own. A record is deleted on a verified receipt and on nothing else.

A capture that was made outside the time of its authority (withdrawn while the device was out of reach, a wrong clock)
is refused for good. It is put aside, still sealed, and declared missing: what comes after it is delivered.

Waiting after a failure grows with full jitter (Brooker, “Exponential Backoff And Jitter”, AWS 2015), so that devices
that come back together after an outage do not all knock at once. What the server asks for (Retry-After) is waited for,
and a little longer, by chance as well: a proxy before it may say the same number of seconds to all.
"""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass

from agent.errors import DeliveryError, GapError, OutsideError, RefusedError
from agent.ports import Clock, Transport
from agent.spool import Number, Spool
from evidence import envelope
from evidence.errors import EvidenceError
from evidence.header import Kind
from evidence.receipt import SignedReceipt, verify_receipt

FIRST_WAIT = 1.0
LONGEST_WAIT = 300.0
REFUSED_WAIT = 60.0
"""Seconds after a refusal: trying at once does not help, and an officer may put it right."""
LONGEST_ASKED = 3600.0
"""Seconds: whoever answers in the server's place must not be able to silence a device with one large number."""
IDLE_WAIT = 0.2


@dataclass(frozen=True, slots=True)
class Delivered:
    """How delivery stands. `problem` is empty while it works; `last` is when the server last signed, RFC 3339."""

    count: int = 0
    last: str | None = None
    problem: str = ""
    away: bool = False
    """Whether the problem is that the server does not answer; else it refused, or this disk is the problem."""


class Uploader:
    """The delivering thread."""

    def __init__(
        self,
        spool: Spool,
        transport: Transport,
        clock: Clock,
        *,
        device: str,
        receipt_key: bytes,
        jitter: Callable[[float], float],
    ) -> None:
        """`jitter(upper)` returns a random number of seconds up to `upper`."""
        self._spool = spool
        self._transport = transport
        self._clock = clock
        self._device = device
        self._receipt_key = receipt_key
        self._jitter = jitter
        self._failures = 0
        self._deleting = threading.Lock()
        self._over = False
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upload", daemon=True)
        self.state = Delivered()

    def start(self) -> None:
        """Start delivering."""
        self._thread.start()

    def finish(self, patience: float) -> None:
        """Deliver what is there for at most `patience` seconds, then end the thread. What is left stays on the disk.

        A request that is still under way deletes nothing any more: the spool may be another run's by then.
        """
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(patience)
        with self._deleting:
            self._over = True

    def deliver_next(self) -> bool:
        """Deliver the oldest record; return whether there was one. Raises DeliveryError."""
        found = self._spool.oldest()
        if found is None:
            return False
        number, data = found
        try:
            self._put(number, data)
        except OutsideError:
            if _kind(data) is not Kind.CAPTURE:
                raise
            return self._remove(self._spool.give_up, number)
        if not self._remove(self._spool.acknowledge, number):
            return False
        self.state = Delivered(self.state.count + 1, self._clock.now().isoformat(timespec="seconds"))
        return True

    def _remove(self, from_spool: Callable[[Number], None], number: Number) -> bool:
        with self._deleting:
            if self._over:
                return False
            from_spool(number)
        return True

    def _put(self, number: Number, data: bytes) -> None:
        signed = self._send(number, data)
        digest = hashlib.sha256(data).hexdigest()
        try:
            verify_receipt(
                signed, self._receipt_key, device=self._device, epoch=number.epoch, seq=number.seq, record=digest
            )
        except EvidenceError as problem:
            raise RefusedError(
                f"the server's receipt for record {number.epoch}/{number.seq} is not valid: {problem}"
            ) from None

    def _send(self, number: Number, data: bytes) -> SignedReceipt:
        try:
            return self._transport.put_record(number.epoch, number.seq, data)
        except GapError as gap:
            # This is the oldest record here: what the server waits for was damaged and put aside. Say so, and go on.
            missing = number.seq - gap.expected
            return self._transport.put_record(number.epoch, number.seq, data, missing=missing)

    def _run(self) -> None:
        while True:
            pause = self._step()
            if self._ending.is_set() and (pause != 0.0):
                return
            if pause:
                self._ending.wait(pause)

    def _step(self) -> float:
        """Deliver one record; return how long to wait before the next."""
        try:
            delivered = self.deliver_next()
        except DeliveryError as problem:
            away = not isinstance(problem, RefusedError)
            self.state = Delivered(self.state.count, self.state.last, str(problem), away)
            self._failures += 1
            return self._pause(problem)
        except OSError as problem:  # the disk: whatever was not deleted is delivered again, which the server allows
            self.state = Delivered(self.state.count, self.state.last, f"the spool's disk: {problem.strerror}")
            return LONGEST_WAIT / 10
        self._failures = 0
        return 0.0 if delivered else IDLE_WAIT

    def _pause(self, problem: DeliveryError) -> float:
        if isinstance(problem, RefusedError):
            return REFUSED_WAIT
        return wait_after(self._failures, problem.retry_after, self._jitter)


def _kind(record: bytes) -> Kind:
    return envelope.parse(record).header.context.fields.kind


def wait_after(failures: int, asked: float | None, jitter: Callable[[float], float]) -> float:
    """Return the seconds to wait after so many failures in a row. `asked`: what the server wants, None: nothing.

    A server that says when to come back knows how many others wait: it is believed, and not waited for much longer.
    """
    longest = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(failures, 20))
    if asked is None:
        return jitter(longest)
    least = min(asked, LONGEST_ASKED)
    return least + jitter(min(longest, max(FIRST_WAIT, least / 2)))

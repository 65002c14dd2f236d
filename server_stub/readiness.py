"""Whether the server could take a record now: the database answers, the envelopes' store can be written to."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from server_stub.blobs import Blobs
from server_stub.database import Database
from server_stub.errors import StoreError

GOOD_FOR = 5.0
"""Seconds for which an answer is given again: whoever asks all the time must not cost a write each time."""


@dataclass(frozen=True, slots=True)
class Ready:
    """What works."""

    database: bool
    envelopes: bool

    @property
    def all(self) -> bool:
        """Return whether records would be taken."""
        return self.database and self.envelopes


class Readiness:
    """Tries both, and remembers the answer for a moment."""

    def __init__(self, database: Database, blobs: Blobs, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Try these."""
        self._database = database
        self._blobs = blobs
        self._clock = clock
        self._lock = threading.Lock()
        self._known: tuple[float, Ready] | None = None

    def now(self) -> Ready:
        """Return what works; at most GOOD_FOR seconds old."""
        with self._lock:
            if self._known is None or self._clock() - self._known[0] >= GOOD_FOR:
                self._known = (self._clock(), Ready(self._database_answers(), self._envelopes_are_taken()))
            return self._known[1]

    def _database_answers(self) -> bool:
        try:
            with self._database.reading() as session:
                session.execute(text("SELECT 1"))
        except DBAPIError:
            return False
        return True

    def _envelopes_are_taken(self) -> bool:
        try:
            self._blobs.check()
        except StoreError:
            return False
        return True

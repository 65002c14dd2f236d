"""Writing that many threads want at the same moment, done in one transaction and one wait for the disk.

Whoever gets the turn does the work of all who wait for it meanwhile; while he waits for the disk, the next gather. Each
gets his answer only once the transaction that holds his work outlives a power cut.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from server_stub.database import Database

Piece = TypeVar("Piece")
Answer = TypeVar("Answer")
MOST_TOGETHER = 64
"""Pieces of one transaction: nobody waits for the work of hundreds."""


class GroupCommit(Generic[Piece, Answer]):
    """Does pieces of writing that touch nothing but rows of their own devices."""

    def __init__(
        self,
        database: Database,
        *,
        together: Callable[[Connection, Sequence[Piece]], Sequence[Answer]],
        alone: Callable[[Connection, Piece], Answer],
        device_of: Callable[[Piece], str],
    ) -> None:
        """`together` does many pieces quickly and may fail as a whole; `alone` then does each with all its checks.

        `together` raises whatever it likes where one of the pieces cannot be done: nothing of it is kept.
        """
        self._database = database
        self._together = together
        self._alone = alone
        self._device_of = device_of
        self._waiting: deque[_Place[Piece, Answer]] = deque()
        self._turns = threading.Lock()

    def do(self, piece: Piece) -> Answer:
        """Do a piece; return its answer once it is durable, or raise what it raised."""
        mine = _Place[Piece, Answer](piece)
        self._waiting.append(mine)
        with self._turns:
            while not mine.finished:  # somebody who had the turn before may have done it
                self._do_all(self._take())
        return mine.answer()

    def _take(self) -> "list[_Place[Piece, Answer]]":
        return [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_TOGETHER))]

    def _do_all(self, places: "list[_Place[Piece, Answer]]") -> None:
        pieces = [one.piece for one in places]
        try:
            with self._database.committing([self._device_of(piece) for piece in pieces]) as connection:
                answers = self._together(connection, pieces)
        except OperationalError as problem:  # the disk or the database: trying each alone would only take longer
            for one in places:
                one.fail(problem)
        except Exception:  # noqa: BLE001  (whose fault it is, each finds out alone)
            for one in places:
                self._do_alone(one)
        else:
            for one, answer in zip(places, answers, strict=True):
                one.finish(answer)

    def _do_alone(self, place: "_Place[Piece, Answer]") -> None:
        try:
            with self._database.committing([self._device_of(place.piece)]) as connection:
                answer = self._alone(connection, place.piece)
        except Exception as problem:  # noqa: BLE001  (raised again where it belongs, by `answer`)
            place.fail(problem)
        else:
            place.finish(answer)


class _Place(Generic[Piece, Answer]):
    """Where a piece waits, and how it ended."""

    def __init__(self, piece: Piece) -> None:
        self.piece = piece
        self.finished = False
        self._answers: list[Answer] = []
        self._problem: Exception | None = None

    def finish(self, answer: Answer) -> None:
        self._answers, self.finished = [answer], True

    def fail(self, problem: Exception) -> None:
        self._problem, self.finished = problem, True

    def answer(self) -> Answer:
        if self._problem is not None:
            raise self._problem
        return self._answers[0]

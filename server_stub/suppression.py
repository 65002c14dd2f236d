"""Which numbers of a table are not shown, so that none of them tells of a few people (FIELD R31).

The rule: a number to which fewer than five people contribute is hidden. Zero is shown. Because a total minus the
numbers beside it would give a hidden one away, further numbers are hidden until each hidden one could, by all that is
shown, be one of at least five different numbers. (Cell suppression with complementary suppression; the check is a walk
through the table along which hidden numbers can rise and fall together, as in a transportation problem: L. H. Cox,
"Network models for complementary cell suppression", JASA 90 (1995).)

Nothing here reads a database or knows what is counted.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LEAST_PEOPLE = 5
"""How many people must contribute to a number before it is shown."""
ROOM = LEAST_PEOPLE - 1
"""How far a hidden number must be able to move, up and down together, within what is shown."""

Place = tuple[int, int]
Line = tuple[str, int]
OUTSIDE: Line = ("outside", 0)


@dataclass(frozen=True, slots=True)
class Cell:
    """A count and how many people contribute to it."""

    count: int
    people: int


class Table:
    """Counts in rows and columns that add up: the last row and the last column are the totals.

    A table of one row (or one column) has no total row (or column) beside it, because that would be the same again.
    """

    def __init__(self, cells: Sequence[Sequence[Cell]]) -> None:
        """Take the whole table, totals included; raises ValueError where it does not add up."""
        self.cells = [list(row) for row in cells]
        self.rows, self.columns = len(self.cells), len(self.cells[0])
        self._check()
        self.hidden = {place for place in self._places() if 0 < self._at(place).people < LEAST_PEOPLE}
        while (weak := self._weakest()) is not None and (other := self._partner(weak)) is not None:
            self.hidden.add(other)

    def shown(self) -> list[list[int | None]]:
        """Return the counts; None where one is hidden."""
        return [
            [None if (row, column) in self.hidden else self._at((row, column)).count for column in range(self.columns)]
            for row in range(self.rows)
        ]

    def _places(self) -> Iterator[Place]:
        return ((row, column) for row in range(self.rows) for column in range(self.columns))

    def _at(self, place: Place) -> Cell:
        return self.cells[place[0]][place[1]]

    def _check(self) -> None:
        lines = [*self.cells, *map(list, zip(*self.cells, strict=True))]
        for line in lines:
            counts = [cell.count for cell in line]
            if len(counts) > 1 and sum(counts[:-1]) != counts[-1]:
                raise ValueError(f"{counts[:-1]} do not add up to {counts[-1]}")

    def _weakest(self) -> Place | None:
        """Return a hidden number that can be worked out too closely; None: there is none."""
        return next((place for place in sorted(self.hidden) if self._room(place) < ROOM), None)

    def _room(self, place: Place) -> int:
        """Return between how many more numbers a hidden one could lie, as far as the rest of the table tells."""
        return sum(next((by for by in range(ROOM, 0, -1) if self._can_move(place, way * by)), 0) for way in (+1, -1))

    def _can_move(self, place: Place, change: int) -> bool:
        """Return whether other hidden numbers can make up for a change, so that every line adds up as before."""
        row, column = self._lines(place)
        begin, end = (column, row) if change > 0 else (row, column)
        return self._may(place, change) and self._reaches(begin, end, without=place, by=abs(change))

    def _reaches(self, begin: Line, end: Line, *, without: Place, by: int) -> bool:
        todo, seen = deque([begin]), {begin}
        while todo:
            line = todo.popleft()
            if line == end:
                return True
            for following in self._steps(line, without, by):
                if following not in seen:
                    seen.add(following)
                    todo.append(following)
        return False

    def _steps(self, line: Line, without: Place, by: int) -> Iterator[Line]:
        """A column that has too much goes on to the row of what falls in it; a row too little to a column."""
        for place in self.hidden - {without}:
            row, column = self._lines(place)
            if line == row and self._may(place, by):
                yield column
            if line == column and self._may(place, -by):
                yield row

    def _may(self, place: Place, change: int) -> bool:
        # Zeros are shown: whoever reads the table knows that a hidden number is at least one.
        return change * self._sign(place) > 0 or self._at(place).count - abs(change) >= 1

    def _lines(self, place: Place) -> tuple[Line, Line]:
        """Return what must add up: a single row or column need not, and counts as outside the table."""
        row, column = place
        return ("row", row) if self.columns > 1 else OUTSIDE, ("column", column) if self.rows > 1 else OUTSIDE

    def _sign(self, place: Place) -> int:
        """Totals count against the numbers that they are made of: every line then adds up to nothing."""
        in_total_row, in_total_column = self._totals(place)
        return -1 if in_total_row != in_total_column else 1

    def _is_total(self, place: Place) -> bool:
        return any(self._totals(place))

    def _totals(self, place: Place) -> tuple[bool, bool]:
        """Return whether a place is in the row, and in the column, of totals."""
        return (
            self.rows > 1 and place[0] == self.rows - 1,
            self.columns > 1 and place[1] == self.columns - 1,
        )

    def _partner(self, weak: Place) -> Place | None:
        """Return what is hidden next: the smallest number in the same line, a total last; None: nothing is left."""
        lines = [(weak[0], column) for column in range(self.columns)] + [(row, weak[1]) for row in range(self.rows)]
        left = [place for place in lines if place not in self.hidden and self._at(place).count > 0]
        left = left or [place for place in self._places() if place not in self.hidden and self._at(place).count > 0]
        return min(left, key=lambda place: (self._is_total(place), self._at(place).count, place), default=None)

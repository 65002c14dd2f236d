"""Small numbers stay hidden, also from whoever subtracts: checked by linear programming on tables of every kind."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from server_stub.suppression import LEAST_PEOPLE, ROOM, Cell, Table


def table_of(inner: list[list[tuple[int, int]]]) -> Table:
    """Return a table with its totals; people of a total are those of its numbers, as if nobody were in two."""
    rows = [[Cell(count, min(count, people)) for count, people in row] for row in inner]
    wide = [[*row, total(row)] for row in rows] if len(rows[0]) > 1 else rows
    return Table([*wide, [total(column) for column in zip(*wide, strict=True)]] if len(wide) > 1 else wide)


def total(cells: list[Cell] | tuple[Cell, ...]) -> Cell:
    """Add cells up."""
    return Cell(sum(one.count for one in cells), sum(one.people for one in cells))


def bounds(shown: list[list[int | None]], place: tuple[int, int]) -> tuple[float, float]:
    """Return between which numbers a hidden one must lie by all that is shown: what a reader with a computer learns."""
    cells = [(row, column) for row in range(len(shown)) for column in range(len(shown[0]))]
    lines = [[(row, column) for column in range(len(shown[0]))] for row in range(len(shown)) if len(shown[0]) > 1]
    lines += [[(row, column) for row in range(len(shown))] for column in range(len(shown[0])) if len(shown) > 1]
    sums = np.array([[(cell in line) * (1 if cell != line[-1] else -1) for cell in cells] for line in lines])
    limits = [(1, None) if shown[row][column] is None else (shown[row][column],) * 2 for row, column in cells]
    wanted = np.array([float(cell == place) for cell in cells])
    found = []
    for sign in (1, -1):
        answer = linprog(sign * wanted, A_eq=sums, b_eq=np.zeros(len(lines)), bounds=limits, method="highs")
        found.append(np.inf if answer.status == 3 else float(answer.fun) * sign)
    return min(found), max(found)


COUNTS = st.tuples(st.sampled_from([0, 0, 1, 2, 3, 5, 6, 9, 14, 40, 300]), st.integers(1, 12))


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Return a table of teams and kinds of decision."""
    columns = draw(st.integers(1, 5))
    return table_of(draw(st.lists(st.lists(COUNTS, min_size=columns, max_size=columns), min_size=1, max_size=5)))


@given(tables())
@settings(max_examples=60, deadline=None)
def test_no_hidden_number_can_be_worked_out(table: Table) -> None:
    """Five numbers at least are possible for each; or nothing but zeros is shown at all."""
    shown = table.shown()
    if all(not number for row in shown for number in row) or table.rows * table.columns == 1:
        return
    for place in table.hidden:
        low, high = bounds(shown, place)
        assert high - low >= ROOM, (shown, place)


@given(tables())
@settings(max_examples=60, deadline=None)
def test_few_people_are_never_shown_and_zeros_always(table: Table) -> None:
    """The rule itself; and what is shown is the truth."""
    for row, cells in zip(table.shown(), table.cells, strict=True):
        for number, cell in zip(row, cells, strict=True):
            assert number in (None, cell.count)
            if 0 < cell.people < LEAST_PEOPLE:
                assert number is None
            if cell.count == 0:
                assert number == 0


def test_a_total_does_not_give_the_one_hidden_number_away() -> None:
    """3 of 43 is hidden; 43 - 40 would be 3, so that one more goes; the total stays."""
    shown = table_of([[(40, 12)], [(3, 3)], [(60, 20)]]).shown()
    assert shown == [[None], [None], [60], [103]]


def test_what_concerns_enough_people_is_all_shown() -> None:
    """Nothing is hidden without a reason."""
    table = table_of([[(40, 12), (9, 9)], [(8, 7), (60, 20)]])
    assert not table.hidden
    assert table.shown()[2] == [48, 69, 117]


def test_many_captures_of_few_people_are_few_people() -> None:
    """It is people that count: 412 captures of two people tell about two people."""
    assert table_of([[(412, 2)]]).shown() == [[None]]


def test_a_table_must_add_up() -> None:
    """Totals that are none are a mistake of the caller."""
    with pytest.raises(ValueError, match="do not add up"):
        Table([[Cell(1, 1), Cell(1, 1), Cell(3, 2)]])

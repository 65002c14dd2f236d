"""The force's figures as a CSV file: one number a line, so that a spreadsheet or a program can turn it as it likes."""

import csv
import io
from collections.abc import Iterator

from server_stub.figures import Figures, Grid

COLUMNS = ("month", "scope", "figure", "row", "column", "value", "unit", "hidden")
HIDDEN = "hidden"
"""What stands in the last column of a number that is not shown. An empty value without it: nothing to measure."""


def spell(figures: Figures) -> str:
    """Return the file's text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    head = (figures.month, figures.scope)
    for grid in figures.grids:
        writer.writerows((*head, *line) for line in _lines(grid))
    for one in figures.numbers:
        writer.writerow((*head, one.name, "", "", _plain(one.value), one.unit, HIDDEN if one.hidden else ""))
    return text.getvalue()


def _lines(grid: Grid) -> Iterator[tuple[str, ...]]:
    for row, counts in zip(grid.rows, grid.counts, strict=True):
        for column, count in zip(grid.columns, counts, strict=True):
            yield grid.name, _safe(row), column, _plain(count), "", HIDDEN if count is None else ""


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _safe(name: str) -> str:
    """Return a team's name so that no spreadsheet takes it for a formula (CWE-1236)."""
    return f"'{name}" if name.startswith(("=", "+", "-", "@", "\t", "\r")) else name

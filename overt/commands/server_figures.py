"""`overt server figures`: the force's figures of a month, on the screen, as JSON, or as a CSV file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from overt.server_shell import AsJson, Data, now, opened, plain_errors, tell

if TYPE_CHECKING:
    from server_stub.figures import Figures, Grid, Number

app = typer.Typer()
HIDDEN = "hidden"


@app.command()
def figures(
    data: Data,
    month: Annotated[str | None, typer.Option(help="Which month, as 2026-11 (default: this one).")] = None,
    file: Annotated[Path | None, typer.Option("--csv", help="Write a CSV file here, one number a line.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the force's figures: people, devices, captures, decisions, delay, backlog, exposure.

    A number to which fewer than five people contribute is hidden, and so is what would give it away by subtraction.
    Which terms caused false alarms is sealed: supervisors count that on the console's page Figures, where the keys are.

    Example: overt server figures --data /srv/overt --month 2026-10 --csv october.csv
    """
    from dataclasses import asdict  # noqa: PLC0415

    from server_stub import figures_csv  # noqa: PLC0415  (help must not wait for the database code)
    from server_stub.accounts import at_the_machine  # noqa: PLC0415
    from server_stub.figures import force_figures, read_month  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        at = now()
        found = force_figures(server.database, at_the_machine(at), read_month(month, now=at))
    if file is not None:
        # The writer ends its lines itself, as RFC 4180 wants them.
        file.write_text(figures_csv.spell(found), encoding="utf-8", newline="")
        typer.echo(f"The figures of {found.month} are in {file}.")
    elif as_json:
        tell(asdict(found) | {"made_at": found.made_at.isoformat()}, "", as_json=True)
    else:
        _show(found)


def _show(figures: "Figures") -> None:
    console = Console(highlight=False)
    console.print(f"Figures of {figures.scope}, {figures.month}.")
    console.print("Hidden, or –: what fewer than five people contribute to, and what would give that away.")
    for number in figures.numbers:
        console.print(f"  {number.title}: {_spell(number)}", soft_wrap=True)
    for grid in figures.grids:
        if grid.rows:
            console.print(f"\n{grid.title}")
            console.print(_table(grid))


def _spell(number: "Number") -> str:
    if number.value is None:
        return HIDDEN if number.hidden else "nothing to measure"
    return f"{number.value:g} {number.unit}".strip()


def _table(grid: "Grid") -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("", no_wrap=True, min_width=max(map(len, grid.rows)))
    for column in grid.columns:
        table.add_column(column.replace("-", "\n").replace(" ", "\n", 1), justify="right", no_wrap=True)
    for row, counts in zip(grid.rows, grid.counts, strict=True):
        table.add_row(row, *("–" if count is None else str(count) for count in counts))
    return table

"""The `overt` command: names the command groups and loads only the one that is asked for.

Loading is lazy so that `overt agent run` can refuse a bad authority before any capture library is imported,
and so that help is quick.
"""

import importlib
import os
import sys
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from overt import __version__

EXIT_CODES = (
    "Exit codes: 0 done or nothing found, 1 findings, 2 wrong usage or bad input, 3 something missing on this computer."
)

GROUPS = {
    "demo": ("overt.commands.demo", "See the whole way through on this computer: screen, notice, capture, console."),
    "screen": (
        "overt.commands.screen",
        "Screen a text or a file against word libraries and say why each word fired or did not.",
    ),
    "library": ("overt.commands.library", "Check, test and explain word libraries."),
    "evaluate": (
        "overt.commands.evaluate",
        "Measure on a corpus how many documents libraries flag, and how often rightly.",
    ),
    "hashes": ("overt.commands.hashes", "Sets of hashes of known pictures: import, add, match, review, export."),
    "evasion": ("overt.commands.evasion", "Signatures of evasion: list, check and try them."),
    "triage": (
        "overt.commands.triage",
        "Look through a memory stick or folder, read-only; report what is there by risk.",
    ),
    "agent": ("overt.commands.agent", "The device side: enrol, run, status, doctor."),
    "server": ("overt.commands.server", "The server side: set up, officers, cases, authorities, run."),
    "evidence": ("overt.commands.evidence", "Open and verify sealed records without any server."),
}


class LazyGroups(TyperGroup):
    """Lists every command group, imports the module of one when it is used."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the group names in the order a newcomer meets them."""
        return list(GROUPS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return the command, importing its module; None for a name that is no command."""
        if cmd_name not in GROUPS:
            return None
        module, short_help = GROUPS[cmd_name]
        command = get_command(importlib.import_module(module).app)
        command.short_help = short_help
        command.name = cmd_name
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the groups without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in GROUPS.items()])


app = typer.Typer(
    cls=LazyGroups,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Overt monitors a device openly, under a recorded authority: it says that it runs, why, and until when.",
    epilog=EXIT_CODES,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"overt {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(
        False, "--version", is_eager=True, callback=_print_version, help="Print the version and stop."
    ),
) -> None:
    """Handle options that stand before the command."""


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small products: more threads would only wait for one another
    return app(sys.argv[1:] if arguments is None else arguments)

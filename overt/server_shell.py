"""What the `overt server` commands share: the data option, opening a server, plain errors, answers for programs."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.errors import EvidenceError
from evidence.suite import Suite, suite_of_public
from overt.evidence_files import InputError
from overt.exits import BAD_INPUT, ENVIRONMENT

if TYPE_CHECKING:
    from server_stub.access import Principal
    from server_stub.folder import ServerFolder
    from server_stub.server import Server
    from server_stub.setup import OfflineFolder

Data = Annotated[Path, typer.Option("--data", help="The server's data folder.", file_okay=False)]
Offline = Annotated[
    Path | None,
    typer.Option("--offline", help="Folder of the keys kept off the server (default: DATA-offline).", file_okay=False),
]
PassphraseFile = Annotated[
    Path | None, typer.Option(help="Read the passphrase from this file's first line.", dir_okay=False, exists=True)
]
AskBy = Annotated[
    str | None,
    typer.Option("--ask-by", help="Do not do it: ask for it as this account, for a second person to approve."),
]
Reason = Annotated[str, typer.Option(help="Why, for the second person: no names, nothing of what was captured.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object for a program to read.")]


class KeySuite(Enum):
    """The suites as they are typed."""

    X25519 = "x25519"
    X_WING = "x-wing"

    @property
    def suite(self) -> Suite:
        """Return it as the formats name it."""
        return Suite[self.name]


def folder_at(data: Path) -> "ServerFolder":
    """Return the paths inside a data folder."""
    from server_stub.folder import ServerFolder  # noqa: PLC0415  (help must not wait for the database code)

    return ServerFolder(data)


def offline_at(data: Path, offline: Path | None) -> "OfflineFolder":
    """Return the folder of the keys that are kept off the server."""
    from server_stub.setup import OfflineFolder  # noqa: PLC0415

    return OfflineFolder(offline or data.with_name(data.name + "-offline"))


@contextmanager
def opened(data: Path) -> "Iterator[Server]":
    """Open the server in a folder and close it afterwards."""
    from server_stub.server import open_server  # noqa: PLC0415

    server = open_server(folder_at(data))
    try:
        yield server
    finally:
        server.database.close()


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn what goes wrong into a sentence, a hint and an exit code."""
    from server_stub.errors import RefusedError, ServerError  # noqa: PLC0415

    try:
        yield
    except (ServerError, EvidenceError, InputError) as problem:
        typer.echo(f"Error: {problem}", err=True)
        if problem.hint:
            typer.echo(problem.hint, err=True)
        bad_input = isinstance(problem, RefusedError | EvidenceError | InputError)
        raise typer.Exit(BAD_INPUT if bad_input else ENVIRONMENT) from None


def tell(values: object, text: str, *, as_json: bool) -> None:
    """Print for a person, or for a program."""
    typer.echo(json.dumps(values) if as_json else text)


def now() -> datetime:
    """Return this moment."""
    return datetime.now(UTC)


def ask_passphrase(file: Path | None, *, again: bool = True) -> str:
    """Read a passphrase from a file's first line, or ask for it; `again` for a new one, which is typed twice."""
    if file is not None:
        return file.read_text(encoding="utf-8").partition("\n")[0]
    if not sys.stdin.isatty():
        typer.echo("Error: there is no terminal to ask for a passphrase at. Use --passphrase-file.", err=True)
        raise typer.Exit(BAD_INPUT)
    words = "Passphrase (twelve characters or more)" if again else "Passphrase"
    return str(typer.prompt(words, hide_input=True, confirmation_prompt=again))


def account_at(server: "Server", name: str, file: Path | None) -> "Principal":
    """Return an account that proves itself at the command line by its passphrase."""
    from server_stub.accounts import at_the_machine_as  # noqa: PLC0415

    return at_the_machine_as(server.database, name, ask_passphrase(file, again=False), now=now())


def asking_account(server: "Server", name: str, reason: str, file: Path | None) -> "Principal":
    """Return the account of --ask-by; without a --reason, which the second person reads, nothing is asked."""
    if not reason:
        typer.echo("Error: --ask-by needs a --reason for the second person.", err=True)
        raise typer.Exit(BAD_INPUT)
    return account_at(server, name, file)


def tell_asked(request: str, then: str, *, as_json: bool) -> None:
    """Tell that something was asked for, and what to type when it is approved."""
    text = (
        f"Asked for as {request}. A second person reads and decides it, in the console under Requests or with\n"
        f"    overt server approval approve {request} --by NAME --data DATA\n"
        f"When it is approved: {then}"
    )
    tell({"request": request}, text, as_json=as_json)


def suite_of(server: "Server") -> Suite:
    """Return the suite of this server's keys that open: that of its recovery key."""
    return suite_of_public(server.folder.recovery_key())

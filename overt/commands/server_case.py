"""`overt server case`: open cases, list them, change who is on them and their keys, destroy their keys."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.fields import format_time
from overt.commands import server_transfer
from overt.exits import BAD_INPUT
from overt.server_shell import AsJson, Data, KeySuite, ask_passphrase, now, opened, plain_errors, suite_of, tell

if TYPE_CHECKING:
    from server_stub.case_list import CaseView

app = typer.Typer(no_args_is_help=True, help="Cases: one person under supervision, with the keys of the case.")
app.add_typer(server_transfer.app, name="transfer")

Request = Annotated[str | None, typer.Option("--request", help="The approved request, where four eyes are demanded.")]
Case = Annotated[str, typer.Option("--case", help="The case.")]


@app.command("new")
def new(
    data: Data,
    officer: Annotated[list[str], typer.Option("--officer", help="An officer of the case; may be given again.")],
    as_json: AsJson = False,
) -> None:
    """Open a case for one or more officers. Its name is random: people's names are not kept on the server."""
    from server_stub.cases import open_case  # noqa: PLC0415
    from server_stub.server import entropy  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        recovery = server.folder.recovery_key()
        case = open_case(
            server.database, officer, now=now(), entropy=entropy, recovery_key=recovery, suite=suite_of(server)
        )
    tell({"case": case}, f"Opened {case} for {', '.join(officer)}.", as_json=as_json)


@app.command("list")
def list_cases(data: Data, as_json: AsJson = False) -> None:
    """List cases, newest first: officers, team, devices, and what happened to them."""
    from server_stub.accounts import at_the_machine  # noqa: PLC0415
    from server_stub.case_list import listed  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        found = listed(server.database, at_the_machine(now()))
    text = "\n".join(map(_line, found)) or f"No case yet: overt server case new --officer NAME --data {data}"
    tell({"cases": [_values(one) for one in found]}, text, as_json=as_json)


@app.command("add-officer")
def add_officer(
    case: Case,
    officer: Annotated[str, typer.Option("--officer", help="Who shall see it from now on, older captures included.")],
    by: Annotated[str, typer.Option("--by", help="An officer of the case, whose passphrase is asked for.")],
    data: Data,
    passphrase_file: Annotated[
        Path | None, typer.Option(help="Read that passphrase from this file's first line.", dir_okay=False, exists=True)
    ] = None,
) -> None:
    """Put another officer on a case: leave cover, reassignment. It costs one wrap of each key."""
    from server_stub.cases import add_officer as add  # noqa: PLC0415

    passphrase = ask_passphrase(passphrase_file, again=False)
    with plain_errors(), opened(data) as server:
        keys = add(server.database, case, officer, by=by, passphrase=passphrase, now=now())
    typer.echo(f"{officer} is on case {case} now, with {keys} key{'s' if keys != 1 else ''}.")


@app.command("remove-officer")
def remove_officer(
    case: Case,
    officer: Annotated[str, typer.Option("--officer", help="Who shall not see it any more.")],
    data: Data,
) -> None:
    """Take an officer off a case. The case gets a new key; issue a new authority to each of its devices."""
    from server_stub.cases import remove_officer as remove  # noqa: PLC0415
    from server_stub.server import entropy  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        epoch = remove(server.database, case, officer, now=now(), entropy=entropy)
    typer.echo(f"{officer} is off case {case}, which has key number {epoch} now.")
    typer.echo("Devices seal to the new key once they have a new authority: overt server authority issue")


@app.command("rotate")
def rotate(
    case: Case,
    data: Data,
    suite: Annotated[
        KeySuite | None, typer.Option(help="Change the case to keys of this kind; as before without it.")
    ] = None,
) -> None:
    """Give a case a new key, sealed to each of its officers. Older captures stay readable with the older key."""
    from server_stub.cases import rotate_key  # noqa: PLC0415
    from server_stub.server import entropy  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        wanted = None if suite is None else suite.suite
        epoch = rotate_key(server.database, case, now=now(), entropy=entropy, suite=wanted)
    typer.echo(f"Case {case} has key number {epoch} now. Next, for each device: overt server authority issue")


@app.command("shred")
def shred(
    case: Case,
    data: Data,
    request: Request = None,
    confirm: Annotated[
        str | None, typer.Option("--confirm", help="The case's name again: there is no way back.", metavar="CASE")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Destroy every key of a case, so that nothing of it can be opened by anybody: what is stored, and every copy.

    The chain of its records stays and can still be verified. Backups of the database hold the keys until they are
    destroyed as well. A legal hold forbids it. Where the server demands four eyes, a second person approves first:
    overt server approval ask shred --subject CASE --by NAME --reason WHY
    """
    from server_stub.cases import shred as destroy  # noqa: PLC0415

    if confirm != case:
        typer.echo(f"Nothing was destroyed. To do it: overt server case shred --case {case} --confirm {case}", err=True)
        raise typer.Exit(BAD_INPUT)
    with plain_errors(), opened(data) as server:
        done = destroy(server.database, case, now=now(), request=request)
    text = (
        f"{done.wraps} wraps of {done.keys} keys of case {case} were destroyed: {done.records} records cannot be "
        "opened any more.\nOlder backups of the database hold the keys: destroy those as your retention rules say."
    )
    tell({"case": case, "keys": done.keys, "wraps": done.wraps, "records": done.records}, text, as_json=as_json)


def _values(one: "CaseView") -> dict[str, object]:
    return {
        "case": one.case,
        "opened": format_time(one.opened_at),
        "officers": list(one.officers),
        "team": one.team,
        "devices": one.devices,
        "state": one.state.value,
    }


def _line(one: "CaseView") -> str:
    officers = ", ".join(one.officers) or "nobody: overt server recovery --help"
    devices = f"{one.devices} device{'' if one.devices == 1 else 's'}"
    return f"{one.case}  {one.state.value}  team {one.team or 'none'}  {devices}  officers: {officers}"

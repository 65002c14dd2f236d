"""`overt server`: set up, officers, cases, devices, authorities, run. Thin: every step is a function of server_stub."""

import sys
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.suite import Suite
from overt.commands import (
    server_alert,
    server_approval,
    server_audit,
    server_authority,
    server_device,
    server_duty,
    server_figures,
    server_operations,
    server_people,
    server_recovery,
    server_retention,
    server_transfer,
    server_updates,
)  # fmt: skip
from overt.exits import BAD_INPUT
from overt.server_shell import (
    AsJson,
    Data,
    Offline,
    PassphraseFile,
    ask_passphrase,
    folder_at,
    now,
    offline_at,
    opened,
    plain_errors,
    suite_of,
    tell,
)

if TYPE_CHECKING:
    from server_stub.setup import OfflineFolder

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The server side: set up, officers, cases, devices, authorities, run.",
    epilog="A first server: overt server init, run, officer add, case new; then device code, and on the device "
    "overt agent enrol; then authority issue.",
)
case_app = typer.Typer(no_args_is_help=True, help="Cases: one person under supervision, with the keys of the case.")
app.add_typer(server_people.officer_app, name="officer")
app.add_typer(server_people.team_app, name="team")
app.add_typer(server_duty.cover_app, name="cover")
app.add_typer(server_duty.duty_app, name="duty")
case_app.add_typer(server_transfer.app, name="transfer")
app.add_typer(case_app, name="case")
app.add_typer(server_device.app, name="device")
app.add_typer(server_authority.app, name="authority")
app.add_typer(server_approval.app, name="approval")
app.add_typer(server_alert.app, name="alert")
app.add_typer(server_audit.app, name="audit")
app.add_typer(server_operations.app)
app.add_typer(server_figures.app)
app.add_typer(server_retention.app, name="retention")
app.add_typer(server_recovery.app, name="recovery")
app.add_typer(server_updates.app, name="updates")


class KeySuite(Enum):
    """The suites as they are typed."""

    X25519 = "x25519"
    X_WING = "x-wing"

    @property
    def suite(self) -> Suite:
        """Return it as the formats name it."""
        return Suite[self.name]


@app.command()
def init(
    data: Data,
    offline: Offline = None,
    host: Annotated[str, typer.Option(help="Name or address that devices and officers will use.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one at each start.", min=0, max=65535)] = 8443,
    suite: Annotated[
        KeySuite, typer.Option(help="How keys that open are made: x-wing also resists quantum computers.")
    ] = KeySuite.X25519,
    database: Annotated[
        str, typer.Option(help="An empty PostgreSQL database: postgresql+psycopg://USER@HOST/NAME (default: a file).")
    ] = "",
    administrator: Annotated[
        str | None,
        typer.Option(help="Name of the first administrator, who makes the other accounts in the console."),
    ] = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Make a new server in an empty folder: keys, certificate, commented settings, and the first administrator.

    At a terminal it asks for the administrator's name and passphrase; a passkey can be added in the console later.

    Example: overt server init --data /srv/overt --host overt.example.org --administrator ann
    """
    from server_stub.officers import check_passphrase  # noqa: PLC0415  (help must not wait for the database code)
    from server_stub.server import entropy  # noqa: PLC0415
    from server_stub.setup import make_server  # noqa: PLC0415

    away = offline_at(data, offline)
    name = _first_administrator(administrator)
    passphrase = ask_passphrase(passphrase_file) if name else ""
    with plain_errors():
        if name:
            check_passphrase(passphrase)
        make_server(
            folder_at(data),
            away,
            host=host,
            port=port,
            now=now(),
            entropy=entropy,
            suite=suite.suite,
            database=database,
        )
        if name:
            _add_administrator(data, name, passphrase)
    _tell_made(data, away, f"https://{host}:{port}/" if port else "the address that it prints", name)


def _tell_made(data: Path, away: "OfflineFolder", where: str, name: str) -> None:
    typer.echo(f"A server was made in {data}.")
    typer.echo(f"The issuing key and the recovery key are in {away.root}. Move that folder off this machine.")
    typer.echo("So that nobody holds the recovery key alone: overt server recovery split --help")
    if name:
        typer.echo(f"{name} administers it: log in at {where} once it runs, and make the other accounts.")
        typer.echo(f"Next: overt server run --data {data}")
    else:
        typer.echo(f"Nobody administers it yet. Next: overt server officer add NAME --role administrator --data {data}")
    typer.echo(f"What is still missing, at any time: overt server doctor --data {data}")


def _first_administrator(name: str | None) -> str:
    """Return who shall administer; asked for at a terminal, and empty for nobody yet."""
    if name is not None or not sys.stdin.isatty():
        return name or ""
    return str(typer.prompt("Name of the first administrator (empty: later)", default="", show_default=False)).strip()


def _add_administrator(data: Path, name: str, passphrase: str) -> None:
    from server_stub.access import Role  # noqa: PLC0415
    from server_stub.server import entropy  # noqa: PLC0415

    with opened(data) as server:
        server.officers.add(
            name, passphrase, now=now(), entropy=entropy, role=Role.ADMINISTRATOR, suite=suite_of(server)
        )


@app.command()
def run(data: Data) -> None:
    """Serve devices and officers until Ctrl-C."""
    from server_stub.run import run as serve  # noqa: PLC0415

    with plain_errors():
        serve(
            folder_at(data), ready=lambda address: typer.echo(f"Overt answers at https://{address}/ (Ctrl-C stops it)")
        )


@app.command()
def checkpoint(
    data: Data,
    timestamp: Annotated[
        str | None, typer.Option("--timestamp", help="Address of a time-stamping authority (RFC 3161).", metavar="URL")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Sign what was received from each device so far. Run it daily, and give the files to somebody else to keep.

    Each device fetches its own by itself and keeps a copy for the person. With --timestamp somebody outside confirms
    when each checkpoint was there; he learns a digest only.

    Example: overt server checkpoint --data /srv/overt --timestamp http://timestamp.example.org/
    """
    from server_stub.checkpoints import sign_all, stamp  # noqa: PLC0415
    from server_stub.timestamping import ask  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        signed = sign_all(server.folder, server.database, now=now())
        if timestamp is not None:
            for one in signed:
                stamp(server.folder, server.database, one.device, lambda note: ask(timestamp, note))
    rows = [{"device": one.device, "records": one.records, "file": str(one.file), "new": one.new} for one in signed]
    lines = [f"{one.device}  {one.records} records  {one.file}{'' if one.new else '  (as before)'}" for one in signed]
    text = "\n".join(lines) or "No device has sent a record yet."
    tell({"checkpoints": rows}, text, as_json=as_json)


@case_app.command("new")
def case_new(
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


@case_app.command("add-officer")
def case_add_officer(
    case: Annotated[str, typer.Option("--case", help="The case.")],
    officer: Annotated[str, typer.Option("--officer", help="Who shall see it from now on, older captures included.")],
    by: Annotated[str, typer.Option("--by", help="An officer of the case, whose passphrase is asked for.")],
    data: Data,
    passphrase_file: Annotated[
        Path | None, typer.Option(help="Read that passphrase from this file's first line.", dir_okay=False, exists=True)
    ] = None,
) -> None:
    """Put another officer on a case: leave cover, reassignment. It costs one wrap of each key."""
    from server_stub.cases import add_officer  # noqa: PLC0415

    passphrase = ask_passphrase(passphrase_file, again=False)
    with plain_errors(), opened(data) as server:
        keys = add_officer(server.database, case, officer, by=by, passphrase=passphrase, now=now())
    typer.echo(f"{officer} is on case {case} now, with {keys} key{'s' if keys != 1 else ''}.")


@case_app.command("remove-officer")
def case_remove_officer(
    case: Annotated[str, typer.Option("--case", help="The case.")],
    officer: Annotated[str, typer.Option("--officer", help="Who shall not see it any more.")],
    data: Data,
) -> None:
    """Take an officer off a case. The case gets a new key; issue a new authority to each of its devices."""
    from server_stub.cases import remove_officer  # noqa: PLC0415
    from server_stub.server import entropy  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        epoch = remove_officer(server.database, case, officer, now=now(), entropy=entropy)
    typer.echo(f"{officer} is off case {case}, which has key number {epoch} now.")
    typer.echo("Devices seal to the new key once they have a new authority: overt server authority issue")


@case_app.command("rotate")
def case_rotate(
    case: Annotated[str, typer.Option("--case", help="The case.")],
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


@case_app.command("shred")
def case_shred(
    case: Annotated[str, typer.Option("--case", help="The case.")],
    data: Data,
    confirm: Annotated[
        str | None, typer.Option("--confirm", help="The case's name again: there is no way back.", metavar="CASE")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Destroy every key of a case, so that nothing of it can be opened by anybody: what is stored, and every copy.

    The chain of its records stays and can still be verified. Backups of the database hold the keys until they are
    destroyed as well.
    """
    from server_stub.cases import shred  # noqa: PLC0415

    if confirm != case:
        typer.echo(f"Nothing was destroyed. To do it: overt server case shred --case {case} --confirm {case}", err=True)
        raise typer.Exit(BAD_INPUT)
    with plain_errors(), opened(data) as server:
        done = shred(server.database, case, now=now())
    text = (
        f"{done.wraps} wraps of {done.keys} keys of case {case} were destroyed: {done.records} records cannot be "
        "opened any more.\nOlder backups of the database hold the keys: destroy those as your retention rules say."
    )
    tell({"case": case, "keys": done.keys, "wraps": done.wraps, "records": done.records}, text, as_json=as_json)

"""`overt server`: set up, officers, cases, devices, authorities, run. Thin: every step is a function of server_stub."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overt.commands import (
    server_alert,
    server_approval,
    server_audit,
    server_authority,
    server_case,
    server_device,
    server_duty,
    server_figures,
    server_operations,
    server_people,
    server_recovery,
    server_retention,
    server_updates,
)  # fmt: skip
from overt.server_shell import (
    AsJson,
    Data,
    KeySuite,
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
app.add_typer(server_people.officer_app, name="officer")
app.add_typer(server_people.team_app, name="team")
app.add_typer(server_duty.cover_app, name="cover")
app.add_typer(server_duty.duty_app, name="duty")
app.add_typer(server_case.app, name="case")
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

"""`overt server`: set up, officers, cases, devices, authorities, run. Thin: every step is a function of server_stub."""

from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.suite import Suite
from overt.commands import server_audit, server_duty, server_people, server_recovery
from overt.commands.server_pictures import picture_terms
from overt.exits import BAD_INPUT
from overt.server_shell import AsJson, Data, ask_passphrase, folder_at, now, opened, plain_errors, suite_of, tell

if TYPE_CHECKING:
    from server_stub.server import Server
    from server_stub.setup import OfflineFolder

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The server side: set up, officers, cases, devices, authorities, run.",
    epilog="A first server: overt server init, officer add, case new, run; then device code, and on the device "
    "overt agent enrol; then authority issue.",
)
case_app = typer.Typer(no_args_is_help=True, help="Cases: one person under supervision, with the keys of the case.")
device_app = typer.Typer(no_args_is_help=True, help="Devices of a case.")
authority_app = typer.Typer(no_args_is_help=True, help="Authorities: what may be watched, why, and until when.")
app.add_typer(server_people.officer_app, name="officer")
app.add_typer(server_people.team_app, name="team")
app.add_typer(server_duty.cover_app, name="cover")
app.add_typer(server_duty.duty_app, name="duty")
app.add_typer(case_app, name="case")
app.add_typer(device_app, name="device")
app.add_typer(authority_app, name="authority")
app.add_typer(server_audit.app, name="audit")
app.add_typer(server_recovery.app, name="recovery")


class KeySuite(Enum):
    """The suites as they are typed."""

    X25519 = "x25519"
    X_WING = "x-wing"

    @property
    def suite(self) -> Suite:
        """Return it as the formats name it."""
        return Suite[self.name]


Offline = Annotated[
    Path | None,
    typer.Option("--offline", help="Folder of the keys kept off the server (default: DATA-offline).", file_okay=False),
]

NOTICE = """\
This computer is monitored.

What is shown on its screen is compared with lists of words. When something matches, a picture of the screen is taken,
encrypted, and sent to the officers of your case. The badge on the screen shows that the monitoring is running.

If you want to speak to your solicitor, your doctor or your bank in private, ask the contact below how to do that.
"""


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
) -> None:
    """Make a new server in an empty folder.

    Example: overt server init --data /srv/overt --host overt.example.org
    """
    from server_stub.server import entropy  # noqa: PLC0415  (help must not wait for the database code)
    from server_stub.setup import make_server  # noqa: PLC0415

    away = _offline(data, offline)
    with plain_errors():
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
    typer.echo(f"A server was made in {data}.")
    typer.echo(f"The issuing key and the recovery key are in {away.root}. Move that folder off this machine.")
    typer.echo("So that nobody holds the recovery key alone: overt server recovery split --help")
    typer.echo(f"Next: overt server officer add NAME --data {data}")


@app.command()
def run(data: Data) -> None:
    """Serve devices and officers until Ctrl-C."""
    from server_stub.run import run as serve  # noqa: PLC0415

    with plain_errors():
        serve(
            folder_at(data), ready=lambda address: typer.echo(f"Overt answers at https://{address}/ (Ctrl-C stops it)")
        )


@app.command()
def checkpoint(data: Data, as_json: AsJson = False) -> None:
    """Sign what was received from each device so far. Run it daily, and give the files to somebody else to keep.

    Example: overt server checkpoint --data /srv/overt
    """
    from server_stub.checkpoints import sign_all  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        signed = sign_all(server.folder, server.database, now=now())
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


@device_app.command("code")
def device_code(
    data: Data,
    case: Annotated[str, typer.Option("--case", help="The case the device will belong to.")],
    host: Annotated[str | None, typer.Option(help="Address to put into the string, if devices use another.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make an enrolment string: good for fifteen minutes, for one device. Paste it into `overt agent enrol`."""
    from server_stub.certificates import fingerprint  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        address = _address(server, host)
        code = server.enrolment.make_code(case, actor="cli", now=now())
        pinned = fingerprint(server.folder.ca_certificate.read_bytes())
    enrolment = f"overt1:{address}:{pinned}:{code}"
    text = f"On the device, within fifteen minutes:\n    overt agent enrol {enrolment}"
    tell({"enrolment": enrolment}, text, as_json=as_json)


@device_app.command("list")
def device_list(data: Data, as_json: AsJson = False) -> None:
    """List enrolled devices, with the fingerprint that each shows on its own screen."""
    from server_stub.device_list import enrolled_devices  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        found = enrolled_devices(server.database)
    rows = [{"device": d.device, "case": d.case, "fingerprint": d.fingerprint} for d in found]
    text = "\n".join(f"{row['device']}  {row['case']}  {row['fingerprint']}" for row in rows) or "No device yet."
    tell({"devices": rows}, text, as_json=as_json)


@authority_app.command("issue")
def authority_issue(
    data: Data,
    device: Annotated[str, typer.Option("--device", help="The device it is for.")],
    account: Annotated[list[str], typer.Option("--account", help="An account of the device that may be watched.")],
    library: Annotated[
        list[str],
        typer.Option("--library", help="ID=N: a word library or a set of hashes, and the condition it serves."),
    ],
    condition: Annotated[list[str], typer.Option("--condition", help="N=TEXT: a numbered condition of the order.")],
    days: Annotated[int, typer.Option(help="For how many days from now.", min=1, max=366)],
    offline: Offline = None,
    notice_file: Annotated[Path | None, typer.Option(help="Text of the notice.", exists=True, dir_okay=False)] = None,
    issued_by: Annotated[str, typer.Option(help="Who permits this.")] = "The issuing authority",
    contact: Annotated[str, typer.Option(help="Whom the person can ask.")] = "The officer of the case",
    picture_hashes: Annotated[
        str, typer.Option(help="Whose hashes are sealed for matching at review: none, captured, seen.")
    ] = "captured",
    prefilter: Annotated[
        list[str] | None,
        typer.Option(help="ID=N[,count|capture[,PERCENT]]: skin-colours or a model, and the condition it serves."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Sign an authority for a device. The device fetches it by itself.

    Example: overt server authority issue --data D --device device-5f… --account alex --days 90
    --condition "3=Not to seek weapons." --library weapons=3
    """
    from evidence.authority import Condition, PermittedLibrary  # noqa: PLC0415
    from server_stub.authorities import Wish, issue  # noqa: PLC0415

    wish = Wish(
        device=device,
        accounts=account,
        libraries=[PermittedLibrary(*_pair(word, "--library ID=N")) for word in library],
        conditions=[Condition(*_pair(word, "--condition N=TEXT")) for word in condition],
        days=days,
        notice=NOTICE if notice_file is None else notice_file.read_text(encoding="utf-8"),
        issued_by=issued_by,
        contact=contact,
        pictures=picture_terms(picture_hashes, prefilter or []),
    )
    with plain_errors(), opened(data) as server:
        key = _offline(data, offline).issuing_key()
        kept = issue(server.database, wish, issuing_key=key, now=now())
    tell({"authority": kept.digest}, f"Authority {kept.digest[:16]} for {device}, {days} days.", as_json=as_json)


def _offline(data: Path, offline: Path | None) -> "OfflineFolder":
    from server_stub.setup import OfflineFolder  # noqa: PLC0415

    return OfflineFolder(offline or data.with_name(data.name + "-offline"))


def _address(server: "Server", host: str | None) -> str:
    settings = server.folder.settings()
    running = server.folder.address_file
    port = int(running.read_text().rpartition(":")[2]) if running.exists() else settings.port
    return f"{host or settings.host}:{port}"


def _pair(word: str, form: str) -> Sequence[str]:
    left, equals, right = word.partition("=")
    if not (left and equals and right):
        typer.echo(f"Error: {word!r} is not of the form {form}", err=True)
        raise typer.Exit(BAD_INPUT)
    return left, right

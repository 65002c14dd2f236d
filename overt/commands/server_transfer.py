"""`overt server case transfer`: a case goes to another agency's server with its history, and its devices with it."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.fields import format_time
from overt.commands.server_operations import Bar
from overt.exits import BAD_INPUT
from overt.server_shell import (
    AsJson,
    AskBy,
    Data,
    Offline,
    PassphraseFile,
    Reason,
    ask_as,
    ask_passphrase,
    now,
    offline_at,
    opened,
    plain_errors,
    tell,
)

if TYPE_CHECKING:
    from server_stub.approvals import Wish
    from server_stub.server import Server
    from server_stub.transfer.give import Given
    from server_stub.transfer.parcel import ParcelFolder
    from server_stub.transfer.standing import TransferView

app = typer.Typer(
    no_args_is_help=True,
    help="A case goes to another agency's server with its history; its devices follow without a visit.",
    epilog="In this order: invite (there), give (here), accept (there), authority renew (there). See docs/transfer.md.",
)
Case = Annotated[str, typer.Argument(help="The case.")]
Fingerprint = Annotated[
    str, typer.Option("--fingerprint", help="What the other agency read out by telephone: eight groups of four.")
]
Request = Annotated[str | None, typer.Option("--request", help="The approved request, where four eyes are demanded.")]
_COPYING = "copying envelopes"
READ_OUT = "Read this out to the other agency by telephone, so that nobody in between changes it"


@app.command()
def invite(
    data: Data,
    officer: Annotated[list[str], typer.Option("--officer", help="Who shall have the case here; may be given again.")],
    out: Annotated[Path, typer.Option("--out", help="File for the invitation.", dir_okay=False)],
    host: Annotated[str | None, typer.Option(help="Address of this server, if devices use another.")] = None,
    as_json: AsJson = False,
) -> None:
    """On the receiving server: write an invitation for the agency that shall give a case. Good for 14 days.

    Example: overt server case transfer invite --officer lee --out invitation.json --data /srv/overt
    """
    from server_stub.transfer.invitation import fingerprint  # noqa: PLC0415  (help must not wait for the database code)
    from server_stub.transfer.invitation import invite as make  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        made = make(server, officer, now=now(), host=host)
    out.write_bytes(made)
    text = f"{out} invites for {', '.join(officer)}. Nothing in it is secret.\n{READ_OUT}:\n    {fingerprint(made)}"
    tell({"invitation": str(out), "fingerprint": fingerprint(made)}, text, as_json=as_json)


@app.command()
def give(
    case: Case,
    data: Data,
    invitation: Annotated[Path, typer.Option("--invitation", help="What the other agency sent.", exists=True)],
    fingerprint: Fingerprint,
    by: Annotated[str, typer.Option("--by", help="An officer of the case, whose passphrase is asked for.")],
    to: Annotated[Path, typer.Option("--to", help="Folder for the parcel.", file_okay=False)],
    offline: Offline = None,
    prepare: Annotated[
        bool, typer.Option("--prepare", help="Only copy what is there so far: the case stays here, and works on.")
    ] = False,
    request: Request = None,
    ask_by: AskBy = None,
    reason: Reason = "",
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """On the giving server: seal the case to the invited officers, hand its devices over, write the parcel.

    From then on this server takes nothing from these devices: what they make waits on them, sealed, until the other
    server has accepted the parcel and issued an authority. --prepare copies most of it before, so that this is short.
    Broken off, it is run again. `undo` takes it back while no device has moved.

    Example: overt server case transfer give case-5f… --invitation invitation.json --fingerprint "3f2a 91bc …"
    --by kim --to /media/stick/parcel --data /srv/overt --offline /media/keys
    """
    from server_stub.transfer import give as giving  # noqa: PLC0415
    from server_stub.transfer.invitation import require_fingerprint  # noqa: PLC0415

    invited = invitation.read_bytes()
    with plain_errors(), opened(data) as server:
        require_fingerprint(invited, fingerprint, what="invitation")
        if ask_by is not None:
            _ask(server, giving.asked_for(case, invited), ask_by, reason, passphrase_file, as_json=as_json)
        elif prepare:
            _prepare(server, case, to, as_json=as_json)
        else:
            passphrase = ask_passphrase(passphrase_file, again=False)  # before there is a bar, which would run over it
            giver = giving.Giver(by, passphrase, offline_at(data, offline).issuing_key())
            with Bar(_COPYING) as bar:
                given = giving.give(
                    server, case, invited, _folder(to), giver=giver, now=now(), progress=bar.tell, request=request
                )
            _tell_given(given, case, to, data, as_json=as_json)


def _prepare(server: "Server", case: str, to: Path, *, as_json: bool) -> None:
    from server_stub.transfer.give import prepare  # noqa: PLC0415

    with Bar(_COPYING) as bar:
        count = prepare(server, case, _folder(to), bar.tell)
    tell({"envelopes": count}, f"{count} envelopes are in {to}; the case is still here.", as_json=as_json)


def _folder(to: Path) -> "ParcelFolder":
    from server_stub.transfer.parcel import ParcelFolder  # noqa: PLC0415

    to.mkdir(parents=True, exist_ok=True, mode=0o700)
    return ParcelFolder(to)


def _tell_given(given: "Given", case: str, to: Path, data: Path, *, as_json: bool) -> None:
    text = (
        f"The parcel with {given.records} records is in {to}. It opens nothing but for the invited officers.\n"
        f"{len(given.devices)} devices are handed over; nothing is taken from them here any more.\n"
        f"{READ_OUT}:\n    {given.fingerprint}\n"
        f"To take it back while no device has moved: overt server case transfer undo {case} --data {data}"
    )
    values = {"fingerprint": given.fingerprint, "records": given.records, "devices": list(given.devices)}
    tell(values, text, as_json=as_json)


@app.command()
def accept(
    parcel: Annotated[Path, typer.Argument(help="The parcel's folder.", exists=True, file_okay=False)],
    data: Data,
    fingerprint: Fingerprint,
    request: Request = None,
    ask_by: AskBy = None,
    reason: Reason = "",
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """On the receiving server: check everything in a parcel and take the case. It gets a new key.

    Then issue an authority for each device: a device comes when there is one, and not before.

    Example: overt server case transfer accept /media/stick/parcel --fingerprint "77d0 12ab …" --data /srv/overt
    """
    from server_stub.server import entropy  # noqa: PLC0415
    from server_stub.transfer import accept as accepting  # noqa: PLC0415
    from server_stub.transfer.invitation import require_fingerprint  # noqa: PLC0415
    from server_stub.transfer.parcel import ParcelFolder  # noqa: PLC0415

    folder = ParcelFolder(parcel)
    with plain_errors(), opened(data) as server:
        signed = folder.read_list()
        require_fingerprint(signed, fingerprint, what="parcel")
        if ask_by is not None:
            _ask(server, accepting.asked_for(signed), ask_by, reason, passphrase_file, as_json=as_json)
            return
        with Bar("checking envelopes") as bar:
            taken = accepting.accept(server, folder, now=now(), entropy=entropy, progress=bar.tell, request=request)
    text = [f"Case {taken.case} is here with {taken.records} records, for {', '.join(taken.officers)}."]
    text += [
        f"Next: overt server authority renew --device {device} --days DAYS --data {data}" for device in taken.devices
    ]
    text.append("Publish the case's libraries first, if it had its own: overt library publish")
    values = {"case": taken.case, "records": taken.records, "devices": list(taken.devices)}
    tell(values | {"officers": list(taken.officers)}, "\n".join(text), as_json=as_json)


@app.command()
def undo(case: Case, data: Data) -> None:
    """Take a transfer back, on both servers: the giving one first, then the receiving one.

    On the giving server it works while no device has moved; records are taken again from that moment. On the receiving
    server the case is removed, while nothing was received from its devices and nothing was decided or noted about it.
    """
    from server_stub.accounts import at_the_machine  # noqa: PLC0415
    from server_stub.transfer import standing, withdraw  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        if withdraw.has_arrived(server.database, case):
            count = withdraw.send_back(server, at_the_machine(now()), case)
            typer.echo(f"Case {case} and its {count} records are not here any more. The giving server has them still.")
            return
        devices = standing.take_back(server.database, at_the_machine(now()), case)
    typer.echo(f"Case {case} is here as before; records are taken again from {len(devices)} devices.")
    typer.echo("Tell the other agency to do the same: overt server case transfer undo")


@app.command("list")
def list_transfers(data: Data, as_json: AsJson = False) -> None:
    """List what was given and what was accepted, with each device: still waiting, or moved and when."""
    from server_stub.accounts import at_the_machine  # noqa: PLC0415
    from server_stub.transfer.standing import listed  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        found = listed(server.database, at_the_machine(now()))
    rows = [
        {
            "case": one.case,
            "direction": "accepted" if one.arrived else "given",
            "at": format_time(one.at),
            "devices": [
                {"device": move.device, "moved_at": None if move.moved_at is None else format_time(move.moved_at)}
                for move in one.devices
            ],
        }
        for one in found
    ]
    tell({"transfers": rows}, "\n".join(_in_words(one) for one in found) or "No transfer yet.", as_json=as_json)


def _in_words(one: "TransferView") -> str:
    head = f"{one.case}  {'accepted' if one.arrived else 'given'} {format_time(one.at)}"
    moves = [
        f"    {move.device}  " + ("waits" if move.moved_at is None else f"moved {format_time(move.moved_at)}")
        for move in one.devices
    ]
    return "\n".join([head, *moves])


def _ask(server: "Server", wish: "Wish", by: str, reason: str, file: Path | None, *, as_json: bool) -> None:
    if not reason:
        typer.echo("Error: --ask-by needs a --reason for the second person.", err=True)
        raise typer.Exit(BAD_INPUT)
    request = ask_as(server, by, replace(wish, reason=reason), file)
    text = f"Asked for as {request}. When somebody else has approved it, run this again with --request {request}"
    tell({"request": request}, text, as_json=as_json)

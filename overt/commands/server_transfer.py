"""`overt server case transfer`: a case goes to another agency's server with its history, and its devices with it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.fields import format_time
from overt.commands.server_operations import Bar
from overt.server_shell import (
    AsJson,
    AskBy,
    Data,
    Offline,
    PassphraseFile,
    Reason,
    ask_passphrase,
    asking_account,
    now,
    offline_at,
    opened,
    plain_errors,
    tell,
    tell_asked,
)

if TYPE_CHECKING:
    from server_stub.server import Server
    from server_stub.transfer.accept import Accepted
    from server_stub.transfer.asking import Asked
    from server_stub.transfer.give import Given
    from server_stub.transfer.next_steps import Step
    from server_stub.transfer.overview import DeviceMove, Overview, TransferView
    from server_stub.transfer.parcel import ParcelFolder

app = typer.Typer(
    no_args_is_help=True,
    help="A case goes to another agency's server with its history; its devices follow without a visit.",
    epilog="In this order: invite (there), give (here), accept (there), authority renew (there). list says what comes "
    "next, as the console's page Transfers does. See docs/transfer.md.",
)
Case = Annotated[str, typer.Argument(help="The case.")]
Fingerprint = Annotated[
    str, typer.Option("--fingerprint", help="What the other agency read out by telephone: eight groups of four.")
]
Request = Annotated[str | None, typer.Option("--request", help="The approved request, where four eyes are demanded.")]
Invited = Annotated[list[str], typer.Option("--officer", help="Who shall have the case here; may be given again.")]
InvitationOut = Annotated[Path, typer.Option("--out", help="File for the invitation.", dir_okay=False)]
InvitationIn = Annotated[
    Path, typer.Option("--invitation", help="What the other agency sent.", exists=True, dir_okay=False)
]
Giver = Annotated[str, typer.Option("--by", help="An officer of the case, whose passphrase is asked for.")]
ParcelOut = Annotated[Path, typer.Option("--to", help="Folder for the parcel.", file_okay=False)]
ParcelIn = Annotated[Path, typer.Argument(help="The parcel's folder.", exists=True, file_okay=False)]
OnlyPrepare = Annotated[
    bool, typer.Option("--prepare", help="Only copy what is there so far: the case stays here, and works on.")
]
_COPYING = "copying envelopes"
READ_OUT = "Read this out to the other agency by telephone, so that nobody in between changes it"


@app.command()
def invite(
    data: Data,
    officer: Invited,
    out: InvitationOut,
    host: Annotated[str | None, typer.Option(help="Address of this server, if devices use another.")] = None,
    as_json: AsJson = False,
) -> None:
    """On the receiving server: write an invitation for the agency that shall give a case. Good for 14 days.

    Example: overt server case transfer invite --officer lee --out invitation.json --data /srv/overt
    """
    from server_stub.accounts import at_the_machine  # noqa: PLC0415  (help must not wait for the database code)
    from server_stub.transfer.invitation import fingerprint  # noqa: PLC0415
    from server_stub.transfer.invitation import invite as make  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        made = make(server, at_the_machine(now()), officer, host=host)
    out.write_bytes(made)
    text = f"{out} invites for {', '.join(officer)}. Nothing in it is secret.\n{READ_OUT}:\n    {fingerprint(made)}"
    tell({"invitation": str(out), "fingerprint": fingerprint(made)}, text, as_json=as_json)


@app.command()
def give(
    case: Case,
    data: Data,
    invitation: InvitationIn,
    fingerprint: Fingerprint,
    by: Giver,
    to: ParcelOut,
    offline: Offline = None,
    prepare: OnlyPrepare = False,
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
    from server_stub.transfer import asking  # noqa: PLC0415
    from server_stub.transfer.invitation import require_fingerprint  # noqa: PLC0415

    invited = invitation.read_bytes()
    with plain_errors(), opened(data) as server:
        require_fingerprint(invited, fingerprint, what="invitation")
        if ask_by is not None:
            account = asking_account(server, ask_by, reason, passphrase_file)
            _tell_asked(asking.ask_to_give(server, account, case, invited, fingerprint, reason=reason), as_json=as_json)
        elif prepare:
            _prepare(server, case, to, as_json=as_json)
        else:
            giving = _Giving(case, invited, by, to, data, offline, request, passphrase_file)
            _tell_given(giving.run(server), giving, as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Giving:
    """What `give` was told."""

    case: str
    invitation: bytes
    by: str
    to: Path
    data: Path
    offline: Path | None
    request: str | None
    passphrase_file: Path | None

    def run(self, server: "Server") -> "Given":
        from server_stub.transfer import give as giving  # noqa: PLC0415

        passphrase = ask_passphrase(self.passphrase_file, again=False)  # before there is a bar, which would run over it
        giver = giving.Giver(self.by, passphrase, offline_at(self.data, self.offline).issuing_key())
        with Bar(_COPYING) as bar:
            return giving.give(
                server, self.case, self.invitation, _folder(self.to), giver=giver, now=now(), progress=bar.tell,
                request=self.request,
            )  # fmt: skip


def _prepare(server: "Server", case: str, to: Path, *, as_json: bool) -> None:
    from server_stub.transfer.give import prepare  # noqa: PLC0415

    with Bar(_COPYING) as bar:
        count = prepare(server, case, _folder(to), bar.tell, now=now())
    tell({"envelopes": count}, f"{count} envelopes are in {to}; the case is still here.", as_json=as_json)


def _folder(to: Path) -> "ParcelFolder":
    from server_stub.transfer.parcel import ParcelFolder  # noqa: PLC0415

    to.mkdir(parents=True, exist_ok=True, mode=0o700)
    return ParcelFolder(to)


def _tell_given(given: "Given", giving: _Giving, *, as_json: bool) -> None:
    text = (
        f"The parcel with {given.records} records is in {giving.to}. It opens nothing but for the invited officers.\n"
        f"{len(given.devices)} devices are handed over; nothing is taken from them here any more.\n"
        f"{READ_OUT}:\n    {given.fingerprint}\n"
        f"To take it back while no device has moved: overt server case transfer undo {giving.case} --data {giving.data}"
    )
    values = {"fingerprint": given.fingerprint, "records": given.records, "devices": list(given.devices)}
    tell(values, text, as_json=as_json)


@app.command()
def accept(
    parcel: ParcelIn,
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
    from server_stub.transfer import asking  # noqa: PLC0415
    from server_stub.transfer.invitation import require_fingerprint  # noqa: PLC0415

    folder = _folder(parcel)
    with plain_errors(), opened(data) as server:
        signed = folder.read_list()
        require_fingerprint(signed, fingerprint, what="parcel")
        if ask_by is not None:
            account = asking_account(server, ask_by, reason, passphrase_file)
            _tell_asked(asking.ask_to_accept(server, account, signed, fingerprint, reason=reason), as_json=as_json)
            return
        with Bar("checking envelopes") as bar:
            taken = accepting.accept(server, folder, now=now(), entropy=entropy, progress=bar.tell, request=request)
    _tell_accepted(taken, data, as_json=as_json)


def _tell_accepted(taken: "Accepted", data: Path, *, as_json: bool) -> None:
    text = [f"Case {taken.case} is here with {taken.records} records, for {', '.join(taken.officers)}."]
    text += [
        f"Next: overt server authority renew --device {device} --days DAYS --data {data}" for device in taken.devices
    ]
    text.append("Publish the case's libraries first, if it had its own: overt library publish")
    values = {"case": taken.case, "records": taken.records, "devices": list(taken.devices)}
    tell(values | {"officers": list(taken.officers)}, "\n".join(text), as_json=as_json)


def _tell_asked(asked: "Asked", *, as_json: bool) -> None:
    tell_asked(asked.request, f"run this again with --request {asked.request} instead of --ask-by", as_json=as_json)


@app.command()
def undo(case: Case, data: Data) -> None:
    """Take a transfer back, on both servers: the giving one first, then the receiving one.

    On the giving server it works while no device has moved; records are taken again from that moment. On the receiving
    server the case is removed, while nothing was received from its devices and nothing was decided or noted about it.
    """
    from server_stub.accounts import at_the_machine  # noqa: PLC0415
    from server_stub.transfer import withdraw  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        done = withdraw.undo(server, at_the_machine(now()), case)
    if done.arrived:
        typer.echo(
            f"Case {case} and its {done.records} records are not here any more. The giving server has them still."
        )
        return
    typer.echo(f"Case {case} is here as before; records are taken again from {len(done.devices)} devices.")
    typer.echo("Tell the other agency to do the same: overt server case transfer undo")


@app.command("list")
def list_transfers(data: Data, as_json: AsJson = False) -> None:
    """List what was prepared, given and accepted, with each device, and what comes next."""
    from server_stub.accounts import at_the_machine  # noqa: PLC0415
    from server_stub.transfer.overview import overview  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        found = overview(server, at_the_machine(now()))
    tell({"transfers": [_values(one) for one in found.transfers]}, _in_words(found), as_json=as_json)


def _values(one: "TransferView") -> dict[str, object]:
    return {
        "case": one.case,
        "direction": "accepted" if one.arrived else "given",
        "stage": one.stage.value,
        "at": format_time(one.at),
        "address": one.address,
        "devices": [
            {"device": move.device, "moved_at": None if move.moved_at is None else format_time(move.moved_at)}
            for move in one.devices
        ],
        "next": [asdict(step) for step in one.steps],
    }


def _in_words(found: "Overview") -> str:
    lines = [line for one in found.transfers for line in _transfer_lines(one)]
    for invited in found.invitations:
        lines.append(f"Invitation for {', '.join(invited.officers)}, good until {format_time(invited.until)}")
        lines += [f"    fingerprint to read out: {invited.fingerprint}", *_step_lines(invited.steps)]
    for asked in found.requests:
        lines.append(f"{asked.asked.request}  {asked.asked.kind.value} {asked.asked.state.value}")
        lines += _step_lines(asked.steps)
    return "\n".join(lines or ["No transfer yet.", "How a case is given:", *_step_lines(found.beginning)])


def _transfer_lines(one: "TransferView") -> list[str]:
    other = f" {'from' if one.arrived else 'to'} {one.address}" if one.address else ""
    head = f"{one.case}  {one.stage.value} {format_time(one.at)}{other}"
    return [head, *(f"    {move.device}  {_standing(move)}" for move in one.devices), *_step_lines(one.steps)]


def _standing(move: "DeviceMove") -> str:
    if move.moved_at is not None:
        return f"moved {format_time(move.moved_at)}"
    return "has no authority yet" if move.authority is False else "waits"


def _step_lines(steps: "Sequence[Step]") -> list[str]:
    return [f"    - {step.words}" + (f"\n      {step.command}" if step.command else "") for step in steps]

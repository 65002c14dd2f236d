"""`overt server device`: enrolment strings, the list to compare fingerprints with, revoking."""

from typing import Annotated

import typer

from evidence.fields import format_time
from overt.server_shell import AsJson, Data, now, opened, plain_errors, tell

app = typer.Typer(no_args_is_help=True, help="Devices of a case.")


@app.command()
def code(
    data: Data,
    case: Annotated[str, typer.Option("--case", help="The case the device will belong to.")],
    host: Annotated[str | None, typer.Option(help="Address to put into the string, if devices use another.")] = None,
    replaces: Annotated[
        str | None, typer.Option("--replaces", help="The device that a rebuilt machine continues; that one is revoked.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make an enrolment string: good for fifteen minutes, for one device. Paste it into `overt agent enrol`.

    A second device of the same person simply gets a string of the same case. For a machine that was rebuilt,
    --replaces names the device it was before: the case goes on, and the old key is good for nothing any more.
    """
    from server_stub.accounts import at_the_machine  # noqa: PLC0415
    from server_stub.enrolment import enrolment_string  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        made = server.enrolment.make_code(at_the_machine(now()), case, replaces=replaces)
        enrolment = enrolment_string(server.folder, made, host=host)
    text = f"On the device, within fifteen minutes:\n    overt agent enrol {enrolment}"
    tell({"enrolment": enrolment}, text, as_json=as_json)


@app.command("list")
def list_enrolled(data: Data, as_json: AsJson = False) -> None:
    """List enrolled devices, with the fingerprint that each shows on its own screen."""
    from server_stub.accounts import at_the_machine  # noqa: PLC0415
    from server_stub.devices import list_devices  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        found = list_devices(server.database, at_the_machine(now()))
    rows = [
        {
            "device": one.device,
            "case": one.case,
            "fingerprint": one.fingerprint,
            "enrolled_at": format_time(one.enrolled_at),
            "revoked_at": None if one.revoked_at is None else format_time(one.revoked_at),
            "replaces": one.replaces,
        }
        for one in found
    ]
    lines = [
        f"{one.device}  {one.case}  {one.fingerprint}"
        + ("" if one.revoked_at is None else f"  revoked {format_time(one.revoked_at)}")
        + ("" if one.replaces is None else f"  continues {one.replaces}")
        for one in found
    ]
    tell({"devices": rows}, "\n".join(lines) or "No device yet.", as_json=as_json)


@app.command()
def revoke(device: Annotated[str, typer.Argument(help="The device.")], data: Data) -> None:
    """Take nothing from a device any more: it was lost, given back, or is not the person's. What it sent stays.

    This does not stop the agent on it: withdraw the authority first, and let the device hear of that.
    """
    from server_stub.accounts import at_the_machine  # noqa: PLC0415
    from server_stub.devices import revoke as end  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        end(server.database, at_the_machine(now()), device)
    typer.echo(f"{device} is revoked.")

"""`overt server alert`: who is told at once of what is severe, and who is told when nobody answers."""

from datetime import time, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.fields import format_time
from overt.server_shell import AsJson, Data, now, opened, plain_errors, tell

if TYPE_CHECKING:
    from server_stub.alerts import Channel
    from server_stub.settings import AlertSettings

app = typer.Typer(no_args_is_help=True, help="Alerts: rules, contacts, and what waits.")

QUIET = "HH:MM-HH:MM"


@app.command("rule")
def rule(
    address: Annotated[str, typer.Argument(help="Whom to tell: a mail address or an https:// address.")],
    data: Data,
    team: Annotated[str | None, typer.Option("--team", help="For all cases of this team, by its name or id.")] = None,
    case: Annotated[str | None, typer.Option("--case", help="For this case.")] = None,
    severity: Annotated[int, typer.Option(min=1, max=5, help="From this severity on.")] = 4,
    escalate_after: Annotated[
        int, typer.Option(min=1, max=1440, help="Minutes until who is on duty is told as well.")
    ] = 30,
    quiet: Annotated[
        str | None, typer.Option(metavar=QUIET, help="Hours in which only severity 5 is sent; the rest comes after.")
    ] = None,
    zone: Annotated[str, typer.Option(help="Time zone of the quiet hours.")] = "Europe/London",
    as_json: AsJson = False,
) -> None:
    """Tell somebody at once of captures from a severity on. The message says nothing of what was captured.

    Example: overt server alert rule duty@example.org --team north --severity 4 --quiet 22:00-07:00 --data /srv/overt
    """
    from server_stub import alerts  # noqa: PLC0415  (help must not wait for the database code)
    from server_stub.accounts import at_the_machine  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        wish = alerts.Rule(
            address, severity, timedelta(minutes=escalate_after), team, case, _hours(quiet) if quiet else None, zone
        )
        made = server.alerts.add_rule(at_the_machine(now()), wish)
        ready = _is_set_up(server.folder.settings().alerts, wish.channel)
    text = f"{made}: {address} is told of severity {severity} and more."
    if not ready:
        text += f"\nNothing is sent yet: set up [alerts] for {wish.channel.value} in {data}/server.toml."
    tell({"rule": made, "set_up": ready}, text, as_json=as_json)


@app.command("rules")
def rules(data: Data, as_json: AsJson = False) -> None:
    """List the rules."""
    from server_stub.accounts import at_the_machine  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        found = server.alerts.rules(at_the_machine(now()))
    rows = [
        {
            "rule": one.rule,
            "for": f"team {one.wish.team}" if one.wish.team else f"case {one.wish.case}",
            "address": one.wish.address,
            "severity": f"{one.wish.least_severity}+",
            "then": f"on duty after {int(one.wish.escalate_after.total_seconds() // 60)} min",
        }
        for one in found
    ]
    tell({"rules": rows}, "\n".join("  ".join(row.values()) for row in rows) or "No rules.", as_json=as_json)


@app.command("remove")
def remove(rule: Annotated[str, typer.Argument(help="The rule, as `alert rules` names it.")], data: Data) -> None:
    """Take a rule away."""
    from server_stub.accounts import at_the_machine  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        server.alerts.remove_rule(at_the_machine(now()), rule)
    typer.echo(f"{rule} is removed.")


@app.command("contact")
def contact(
    officer: Annotated[str, typer.Argument(help="The account, by its name or id.")],
    address: Annotated[str, typer.Argument(help="A mail address or an https:// address.")],
    data: Data,
) -> None:
    """Say where somebody is told when he is on duty, or supervises, and nobody has answered."""
    from server_stub.accounts import at_the_machine, find_officer  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        with server.database.reading() as session:
            known = find_officer(session, officer).id
        server.alerts.set_contact(at_the_machine(now()), address, officer=known)
    typer.echo(f"{officer} is told at {address}.")


@app.command("test")
def test(address: Annotated[str, typer.Argument(help="A mail address or an https:// address.")], data: Data) -> None:
    """Send a trial alert to an address, now, and say whether it went out."""
    from server_stub.alert_delivery import Message, senders_of, try_out  # noqa: PLC0415
    from server_stub.alerts import channel_of  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        moment = now()
        trial = Message("alert-trial", "case-trial", 1, moment, 0)
        try_out(senders_of(server)[channel_of(address)], address, trial)
    typer.echo(f"A trial alert went to {address} at {format_time(moment)}.")


def _hours(text: str) -> tuple[time, time]:
    from server_stub.errors import UnacceptableError  # noqa: PLC0415

    begin, _, end = text.partition("-")
    try:
        return time.fromisoformat(begin), time.fromisoformat(end)
    except ValueError:
        raise UnacceptableError(f"{text!r} are no hours", hint=f"Write them as {QUIET}.") from None


def _is_set_up(settings: "AlertSettings", channel: "Channel") -> bool:
    from server_stub.alerts import Channel  # noqa: PLC0415

    return bool(settings.smtp_host if channel is Channel.MAIL else settings.webhook_secret.get_secret_value())

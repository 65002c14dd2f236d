"""`overt server cover` and `overt server duty`: who stands in while somebody is away, and who answers for alerts."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from evidence.fields import format_time
from overt.server_shell import AsJson, Data, PassphraseFile, ask_passphrase, now, opened, plain_errors, tell

cover_app = typer.Typer(no_args_is_help=True, help="Leave cover: somebody stands in on cases, for a time.")
duty_app = typer.Typer(no_args_is_help=True, help="The duty rota: who answers for a team's alerts, and when.")

From = Annotated[datetime | None, typer.Option("--from", help="From when, UTC (default: now).")]
Until = Annotated[datetime, typer.Option("--until", help="Until when, UTC.")]


@cover_app.command("add")
def cover_add(
    officer: Annotated[str, typer.Argument(help="Who stands in.")],
    by: Annotated[str, typer.Option("--by", help="Who is away: an officer of the cases, whose passphrase is asked.")],
    until: Until,
    data: Data,
    begin: From = None,
    case: Annotated[
        list[str] | None, typer.Option("--case", help="A case; may be given again (default: all of --by).")
    ] = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Let somebody stand in on cases for a time. It begins and ends by itself.

    Example: overt server cover add lee --by kim --from 2026-08-03 --until 2026-08-17 --data /srv/overt
    """
    from server_stub.covers import seal_for  # noqa: PLC0415  (help must not wait for the database code)

    moment = now()
    span = (moment if begin is None else _utc(begin), _utc(until))
    passphrase = ask_passphrase(passphrase_file, again=False)
    with plain_errors(), opened(data) as server:
        principal, wishes = seal_for(server.database, by, passphrase, officer, case or [], span, moment)
        made = [{"cover": server.covers.make(principal, wish), "case": wish.case} for wish in wishes]
    count = f"{len(made)} case{'' if len(made) == 1 else 's'}"
    text = f"{officer} stands in for {by} on {count}, from {format_time(span[0])} until {format_time(span[1])}."
    tell({"covers": made}, text, as_json=as_json)


@duty_app.command("add")
def duty_add(
    team: Annotated[str, typer.Argument(help="The team, by its name or id.")],
    officer: Annotated[str, typer.Argument(help="Who is on duty: somebody of the team.")],
    until: Until,
    data: Data,
    begin: From = None,
    as_json: AsJson = False,
) -> None:
    """Put an officer on duty: alerts of the team's cases go to him first.

    Example: overt server duty add north kim --data D --from "2026-08-07 17:00:00" --until "2026-08-10 08:00:00"
    """
    from server_stub import duty  # noqa: PLC0415
    from server_stub.accounts import at_the_machine  # noqa: PLC0415

    moment = now()
    wish = duty.Wish(team, officer, moment if begin is None else _utc(begin), _utc(until))
    with plain_errors(), opened(data) as server:
        turn = server.rota.plan(at_the_machine(moment), wish)
    text = f"{officer} is on duty for {team}, from {format_time(wish.since)} until {format_time(wish.until)}."
    tell({"duty": turn}, text, as_json=as_json)


@duty_app.command("list")
def duty_list(data: Data, as_json: AsJson = False) -> None:
    """List the turns of duty that are not over."""
    from server_stub.accounts import at_the_machine  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        found = server.rota.listed(at_the_machine(now()))
    rows = [
        {
            "duty": one.duty,
            "team": one.team,
            "officer": one.name,
            "from": format_time(one.since),
            "until": format_time(one.until),
        }
        for one in found
    ]
    text = "\n".join("  ".join(row.values()) for row in rows) or "Nobody is on duty."
    tell({"duty": rows}, text, as_json=as_json)


@duty_app.command("cancel")
def duty_cancel(turn: Annotated[str, typer.Argument(help="The turn, as `duty list` names it.")], data: Data) -> None:
    """Take a turn off the rota."""
    from server_stub.accounts import at_the_machine  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        server.rota.cancel(at_the_machine(now()), turn)
    typer.echo(f"{turn} is off the rota.")


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)

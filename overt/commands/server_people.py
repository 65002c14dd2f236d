"""`overt server officer` and `overt server team`: accounts and their roles, and who works with whom."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from overt.server_shell import AsJson, Data, PassphraseFile, ask_passphrase, now, opened, plain_errors, suite_of, tell

if TYPE_CHECKING:
    from server_stub.accounts import Account
    from server_stub.teams import TeamView

officer_app = typer.Typer(no_args_is_help=True, help="Accounts of the console: officers, supervisors, auditors …")
team_app = typer.Typer(no_args_is_help=True, help="Teams: who works together, and which cases they answer for.")


class RoleName(Enum):
    """What an account is for."""

    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


Name = Annotated[str, typer.Argument(help="The account, by its name or id.")]
Team = Annotated[str, typer.Argument(help="The team, by its name or id.")]


@officer_app.command("add")
def officer_add(
    name: Annotated[str, typer.Argument(help="The name to log in with.")],
    data: Data,
    role: Annotated[RoleName, typer.Option(help="What the account is for.")] = RoleName.OFFICER,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Add an account. The passphrase opens captures and cannot be recovered: nobody else ever has it.

    An officer reviews the captures of his cases. A supervisor may do so too, sees how much waits in the cases of his
    teams, plans their duty, and is the second person for exports, deletions and authorities. An auditor reads the audit
    chain, and no capture. An administrator makes accounts, teams and devices, and sees no capture.
    """
    from server_stub.access import Role  # noqa: PLC0415  (help must not wait for the database code)
    from server_stub.server import entropy  # noqa: PLC0415

    passphrase = ask_passphrase(passphrase_file)
    with plain_errors(), opened(data) as server:
        officer = server.officers.add(
            name, passphrase, now=now(), entropy=entropy, role=Role(role.value), suite=suite_of(server)
        )
    tell({"officer": officer, "role": role.value}, f"{role.value.capitalize()} {name} was added.", as_json=as_json)


@officer_app.command("list")
def officer_list(data: Data, as_json: AsJson = False) -> None:
    """List accounts: name, role, teams, how many cases each can open, and the fingerprint of its key."""
    from server_stub import accounts  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        found = accounts.list_accounts(server.database, accounts.at_the_machine(now()))
    rows = [
        {
            "officer": one.officer,
            "name": one.name,
            "role": one.role.value,
            "teams": list(one.teams),
            "cases": one.cases,
            "fingerprint": one.fingerprint,
            "closed": one.closed_at is not None,
        }
        for one in found
    ]
    tell({"officers": rows}, "\n".join(_line(one) for one in found) or "No account yet.", as_json=as_json)


@officer_app.command("role")
def officer_role(
    name: Name, role: Annotated[RoleName, typer.Argument(help="What the account is for now.")], data: Data
) -> None:
    """Give an account another role, from its next request on."""
    from server_stub import accounts  # noqa: PLC0415
    from server_stub.access import Role  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        accounts.set_role(server.database, accounts.at_the_machine(now()), name, Role(role.value))
    typer.echo(f"{name} is {role.value} now.")


@officer_app.command("close")
def officer_close(name: Name, data: Data) -> None:
    """Close an account: it cannot log in any more. It stays in the record, because decisions name it."""
    from server_stub import accounts  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        accounts.close_account(server.database, accounts.at_the_machine(now()), name)
    typer.echo(f"The account {name} is closed.")


@team_app.command("add")
def team_add(
    name: Annotated[str, typer.Argument(help="What the team is called.")], data: Data, as_json: AsJson = False
) -> None:
    """Make a team."""
    from server_stub import accounts, teams  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        team = teams.add_team(server.database, accounts.at_the_machine(now()), name)
    tell({"team": team}, f"Team {name} was made.", as_json=as_json)


@team_app.command("list")
def team_list(data: Data, as_json: AsJson = False) -> None:
    """List teams with their people."""
    from server_stub import accounts, teams  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        found = teams.list_teams(server.database, accounts.at_the_machine(now()))
    rows = [
        {"team": one.team, "name": one.name, "members": [member.name for member in one.members], "cases": one.cases}
        for one in found
    ]
    tell({"teams": rows}, "\n".join(_team_line(one) for one in found) or "No team yet.", as_json=as_json)


@team_app.command("join")
def team_join(team: Team, officer: Name, data: Data) -> None:
    """Put an account into a team."""
    from server_stub import accounts, teams  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        teams.join(server.database, accounts.at_the_machine(now()), team, officer)
    typer.echo(f"{officer} is in team {team} now.")


@team_app.command("leave")
def team_leave(team: Team, officer: Name, data: Data) -> None:
    """Take an account out of a team. Keys of cases stay: overt server case remove-officer takes those."""
    from server_stub import accounts, teams  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        teams.leave(server.database, accounts.at_the_machine(now()), team, officer)
    typer.echo(f"{officer} is not in team {team} any more.")


@team_app.command("case")
def team_case(
    team: Team, case: Annotated[str, typer.Option("--case", help="The case it shall answer for.")], data: Data
) -> None:
    """Let a team answer for a case: its supervisors see how much waits there. Nobody gets a key by this."""
    from server_stub import accounts, teams  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        teams.give_case(server.database, accounts.at_the_machine(now()), case, team)
    typer.echo(f"Team {team} answers for {case} now.")


def _line(one: "Account") -> str:
    ends = " (closed)" if one.closed_at is not None else ""
    cases = f"{one.cases} case{'' if one.cases == 1 else 's'}"
    return f"{one.name}{ends}  {one.role.value}  {', '.join(one.teams) or 'no team'}  {cases}  {one.fingerprint}"


def _team_line(one: "TeamView") -> str:
    members = ", ".join(f"{member.name} ({member.role.value})" for member in one.members) or "nobody yet"
    return f"{one.name}  {members}  {one.cases} case{'' if one.cases == 1 else 's'}"

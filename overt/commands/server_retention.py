"""`overt server retention`: how long what is kept, holds, what is due, and destroying it with a certificate."""

from pathlib import Path
from typing import Annotated

import typer

from overt.exits import BAD_INPUT
from overt.server_shell import AsJson, Data, PassphraseFile, ask_passphrase, now, opened, plain_errors, tell

app = typer.Typer(
    no_args_is_help=True,
    help="How long records are kept, by class; legal holds; destroying what is due, with a certificate.",
    epilog="Classes: no-concern, false-alarm, intelligence, concern, breach (from the decision on), undecided, and the "
    "other kinds of record: coverage, event, gap, heartbeat (from their arrival on). What has no rule is kept.",
)

CaseOption = Annotated[str, typer.Option("--case", help="The case.")]
ByOption = Annotated[str, typer.Option("--by", help="Who decides: an account's name; its passphrase is asked for.")]


@app.command()
def rules(
    data: Data,
    wanted: Annotated[
        list[str] | None, typer.Option("--set", help="CLASS=DAYS, or CLASS=forever; may be given again.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the rules, or change some of them. A change destroys nothing: what is then due waits for a person.

    Example: overt server retention rules --data D --set false-alarm=30 --set breach=2555
    """
    from server_stub.accounts import at_the_machine  # noqa: PLC0415  (help must not wait for the database code)

    days = dict(_rule(word) for word in wanted or [])
    with plain_errors(), opened(data) as server:
        if days:
            server.retention.set_rules(days, by=at_the_machine(now()))
        found = server.retention.rules()
    lines = [f"{name:14} {'for ever' if kept is None else f'{kept} days'}" for name, kept in found.items()]
    tell({"days": found}, "\n".join(lines), as_json=as_json)


@app.command()
def due(data: Data, as_json: AsJson = False) -> None:
    """List what may be destroyed now, by case and class. Nothing of it goes before somebody decides."""
    with plain_errors(), opened(data) as server:
        found = server.retention.due(now=now())
    rows = [{"case": one.case, "class": one.record_class, "records": one.records, "held": one.held} for one in found]
    lines = [
        f"{one.case}  {one.record_class:14} {one.records:6} records, the oldest of {one.oldest:%Y-%m-%d}"
        f"{'  (a legal hold keeps them)' if one.held else ''}"
        for one in found
    ]
    tell({"due": rows}, "\n".join(lines) or "Nothing is due.", as_json=as_json)


@app.command()
def destroy(
    data: Data,
    case: CaseOption,
    by: ByOption,
    request: Annotated[
        str | None, typer.Option("--request", help="The approved request, where the server demands four eyes.")
    ] = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Destroy what is due in a case. There is no way back. A running server does it; the certificate follows.

    Example: overt server retention destroy --data D --case case-5f… --by kim
    """
    from server_stub.accounts import at_the_machine_as  # noqa: PLC0415

    passphrase = ask_passphrase(passphrase_file, again=False)
    with plain_errors(), opened(data) as server:
        who = at_the_machine_as(server.database, by, passphrase, now=now())
        begun = server.retention.destroy_due(case, by=who, request=request)
    text = (
        f"The content of {begun.records} records will be destroyed as {begun.destruction}.\n"
        f"When that is done: overt server retention certificate {begun.destruction} --data {data}"
    )
    tell({"destruction": begun.destruction, "records": begun.records}, text, as_json=as_json)


@app.command()
def hold(
    data: Data, case: CaseOption, reason: Annotated[str, typer.Option(help="Why; no names.")], as_json: AsJson = False
) -> None:
    """Keep everything of a case, whatever its time, until the hold is released."""
    from server_stub.accounts import at_the_machine  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        made = server.retention.hold(case, reason, by=at_the_machine(now()))
    tell({"hold": made}, f"{made}: nothing of {case} is destroyed until it is released.", as_json=as_json)


@app.command()
def release(data: Data, held: Annotated[str, typer.Argument(help="The hold.", metavar="HOLD")]) -> None:
    """End a legal hold. What is due then waits for a person, as always."""
    from server_stub.accounts import at_the_machine  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        server.retention.release(held, by=at_the_machine(now()))
    typer.echo(f"{held} is released.")


@app.command()
def certificate(
    data: Data,
    destruction: Annotated[str, typer.Argument(help="The destruction.")],
    out: Annotated[Path | None, typer.Option("--out", help="Write to this file instead.", dir_okay=False)] = None,
) -> None:
    """Print the signed certificate of a finished destruction: which records, why, who decided, when it was done."""
    with plain_errors(), opened(data) as server:
        signed = server.retention.certificate(destruction)
    if out is None:
        typer.echo(signed.decode("ascii"))
    else:
        out.write_bytes(signed)


def _rule(word: str) -> tuple[str, int | None]:
    name, equals, days = word.partition("=")
    if not equals or not (days == "forever" or days.isdigit()):
        typer.echo(f"Error: {word!r} is not of the form CLASS=DAYS or CLASS=forever", err=True)
        raise typer.Exit(BAD_INPUT)
    return name, None if days == "forever" else int(days)

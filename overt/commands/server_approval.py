"""`overt server approval`: four eyes for exports, deletions and authorities: ask, approve, refuse, list."""

import json
from collections.abc import Iterator
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.fields import format_time
from overt.server_shell import AsJson, Data, PassphraseFile, account_at, now, opened, plain_errors, tell
from overt.visible import visible

if TYPE_CHECKING:
    from server_stub.approvals import ApprovalView

app = typer.Typer(no_args_is_help=True, help="Four eyes: one person asks, another approves.")

By = Annotated[str, typer.Option("--by", help="As which account; its passphrase is asked for.")]
Request = Annotated[str, typer.Argument(help="The request, as `approval list` names it.")]


class Asked(Enum):
    """What can be asked for here; authorities are asked for where they are issued."""

    EXPORT = "export"
    DELETION = "deletion"
    SHRED = "shred"
    FOUR_EYES_OFF = "four-eyes-off"


class Switch(Enum):
    """On or off."""

    ON = "on"
    OFF = "off"


@app.command()
def ask(
    what: Annotated[Asked, typer.Argument(help="What shall be done.")],
    by: By,
    reason: Annotated[str, typer.Option(help="Why: no names, nothing of what was captured.")],
    data: Data,
    subject: Annotated[str, typer.Option(help="The device, or the case.")] = "",
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Ask for something that takes a second person. A request is good for seven days, and once.

    Example: overt server approval ask export --subject device-5f… --reason "Hearing on 3 May" --by kim --data D
    """
    from server_stub.approvals import (  # noqa: PLC0415  (help must not wait for the database code)
        Kind,
        Wish,
        plain_details,
        policy_details,
    )

    kind = Kind.POLICY if what is Asked.FOUR_EYES_OFF else Kind(what.value)
    details = policy_details(needed=False) if kind is Kind.POLICY else plain_details(kind, subject)
    with plain_errors(), opened(data) as server:
        principal = account_at(server, by, passphrase_file)
        request = server.approvals.ask(principal, Wish(kind, subject, details, reason))
    tell({"request": request}, f"Asked for as {request}; a supervisor other than {by} decides.", as_json=as_json)


@app.command()
def approve(request: Request, by: By, data: Data, passphrase_file: PassphraseFile = None) -> None:
    """Approve what somebody else asked for. Read it first: overt server approval list"""
    _decide(request, by, data, passphrase_file, approve=True)
    typer.echo(f"{request} is approved.")


@app.command()
def refuse(request: Request, by: By, data: Data, passphrase_file: PassphraseFile = None) -> None:
    """Refuse what somebody else asked for."""
    _decide(request, by, data, passphrase_file, approve=False)
    typer.echo(f"{request} is refused.")


@app.command("list")
def list_requests(data: Data, as_json: AsJson = False) -> None:
    """List requests, newest first, with exactly what is asked for."""
    from server_stub.accounts import at_the_machine  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        needed = server.approvals.needed()
        found = server.approvals.all(at_the_machine(now()))
    rows = [_values(one) for one in found]
    head = f"Four eyes are {'on' if needed else 'off'}."
    text = "\n".join([head, *(_in_words(one) for one in found)]) if found else f"{head} Nothing was asked for."
    tell({"four_eyes": needed, "requests": rows}, text, as_json=as_json)


@app.command("four-eyes")
def four_eyes(
    switch: Annotated[Switch, typer.Argument(help="on, or off.")],
    data: Data,
    request: Annotated[
        str | None, typer.Option("--request", help="The approved request to turn it off (ask four-eyes-off).")
    ] = None,
) -> None:
    """Demand a second person for exports, deletions and authorities, or stop demanding it."""
    from server_stub.accounts import at_the_machine  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        server.approvals.set_needed(at_the_machine(now()), needed=switch is Switch.ON, request=request)
    typer.echo(f"Four eyes are {switch.value}.")


def _decide(request: str, by: str, data: Data, passphrase_file: PassphraseFile, *, approve: bool) -> None:
    with plain_errors(), opened(data) as server:
        server.approvals.decide(account_at(server, by, passphrase_file), request, approve=approve)


def _values(one: "ApprovalView") -> dict[str, object]:
    return {
        "request": one.request,
        "kind": one.kind.value,
        "subject": one.subject,
        "details": one.details.decode("ascii"),
        "reason": one.reason,
        "asked_by": one.asked_by,
        "asked_by_name": one.asked_by_name,
        "asked_at": format_time(one.asked_at),
        "expires_at": format_time(one.expires_at),
        "decided_by": one.decided_by,
        "decided_by_name": one.decided_by_name,
        "decided_at": None if one.decided_at is None else format_time(one.decided_at),
        "state": one.state.value,
    }


def _in_words(one: "ApprovalView") -> str:
    decided = "" if one.decided_by_name is None else f", decided by {one.decided_by_name}"
    return (
        f"{one.request}  {one.state.value}  {one.kind.value} {one.subject}\n"
        f"    asked by {one.asked_by_name} at {format_time(one.asked_at)}, "
        f"good until {format_time(one.expires_at)}{decided}\n"
        f"    reason: {visible(one.reason)}\n"
        f"{''.join(_changes(one))}"
        f"    exactly: {one.details.decode('ascii')}"
    )


def _changes(one: "ApprovalView") -> Iterator[str]:
    """Spell what a set of libraries changes; nothing for any other request."""
    for change in json.loads(one.details).get("changes", []):
        yield f"    {change['file']}: {change['said']}\n"
        yield from (f"        {line}\n" for line in change["lines"])
        if change["more"]:
            yield f"        and {change['more']} more: overt library compare shows them, given the file\n"

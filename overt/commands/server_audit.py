"""`overt server audit`: check the audit chain, and ask it who did what."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.fields import format_time
from overt.exits import FINDINGS
from overt.server_shell import AsJson, Data, opened, plain_errors, tell

if TYPE_CHECKING:
    from server_stub.audit_search import Entry

app = typer.Typer(no_args_is_help=True, help="The audit chain: who did what, and whether the chain still holds.")


@app.command()
def verify(
    data: Data,
    holds: Annotated[
        str | None, typer.Option("--holds", help="A head digest that was written down earlier; must still be there.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check every entry against the one before it. Exit code 1 if the chain is broken."""
    from server_stub import audit_search  # noqa: PLC0415  (help must not wait for the database code)

    with plain_errors(), opened(data) as server:
        report = audit_search.verify(server.database)
        cut = holds is not None and not audit_search.has_digest(server.database, holds)
    good = not report.broken and not cut
    lines = [f"{report.entries} entries; head {report.head}"]
    lines += [f"Entry {seq} does not follow the one before it." for seq in report.broken]
    lines += [f"No entry has the digest {holds}: the chain was cut or replaced."] if cut else []
    lines += ["The chain holds. Write the head down elsewhere: it shows later if the end was cut off."] if good else []
    values = {"entries": report.entries, "head": report.head, "broken": list(report.broken), "cut": cut}
    tell(values, "\n".join(lines), as_json=as_json)
    if not good:
        raise typer.Exit(FINDINGS)


@app.command()
def search(
    data: Data,
    actor: Annotated[str | None, typer.Option(help="Officer or device, by its id.")] = None,
    action: Annotated[str | None, typer.Option(help="Such as log-in, view-record, decide, enrol.")] = None,
    subject: Annotated[str | None, typer.Option(help="Beginning of it: DEVICE or DEVICE/EPOCH/SEQ.")] = None,
    refused: Annotated[bool, typer.Option("--refused", help="Only what was refused.")] = False,
    since: Annotated[datetime | None, typer.Option(help="Only from this moment on, UTC.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many, newest first.", min=1, max=10_000)] = 100,
    as_json: AsJson = False,
) -> None:
    """Find entries, newest first. Entries name records and people by id; they hold no content.

    Example: overt server audit search --data D --subject device-5f…/0/12
    """
    from server_stub import audit_search  # noqa: PLC0415
    from server_stub.audit import Outcome  # noqa: PLC0415

    moment = None if since is None else since.replace(tzinfo=UTC)
    question = audit_search.Question(actor, action, subject, Outcome.REFUSED if refused else None, moment)
    with plain_errors(), opened(data) as server:
        found = audit_search.search(server.database, question, limit=limit)
    rows = [_values(one) for one in found]
    text = "\n".join("  ".join(str(value) for value in row.values()) for row in rows) or "Nothing fits."
    tell({"entries": rows}, text, as_json=as_json)


def _values(one: "Entry") -> dict[str, str | int]:
    return {
        "seq": one.seq,
        "at": format_time(one.at),
        "actor": one.actor,
        "action": one.action,
        "subject": one.subject,
        "outcome": one.outcome,
    }

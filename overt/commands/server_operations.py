"""`overt server doctor | migrate | backup | restore | openapi`: what keeps a server running."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from overt.exits import FINDINGS
from overt.server_shell import AsJson, Data, folder_at, now, opened, plain_errors, tell

app = typer.Typer()

_SIGNS = {"good": "ok  ", "warning": "look", "bad": "BAD "}


@app.command()
def doctor(data: Data, as_json: AsJson = False) -> None:
    """Say what works, what does not, and what to do about it. Exit code 1 if something does not work."""
    from server_stub import doctor as examination  # noqa: PLC0415  (help must not wait for the database code)

    checks = list(examination.examine(folder_at(data), now=now()))
    bad = any(one.state is examination.State.BAD for one in checks)
    rows = [{"name": one.name, "state": one.state.value, "words": one.words, "advice": one.advice} for one in checks]
    lines = [f"{_SIGNS[row['state']]}  {row['name']}: {row['words']}" for row in rows]
    for number, row in reversed(list(enumerate(rows))):
        if row["advice"]:
            lines.insert(number + 1, f"      {row['advice']}")
    lines.append(_conclusion(bad=bad, looks=sum(one.state is examination.State.WARNING for one in checks)))
    tell({"checks": rows, "works": not bad}, "\n".join(lines), as_json=as_json)
    if bad:
        raise typer.Exit(FINDINGS)


def _conclusion(*, bad: bool, looks: int) -> str:
    if bad:
        return "Something does not work: see BAD above."
    works = "Everything that was looked at works"
    return f"{works}; {looks} to consider, marked “look”." if looks else f"{works}."


@app.command()
def migrate(
    data: Data,
    to: Annotated[str, typer.Option("--to", help="A schema version; an older one undoes changes.")] = "head",
    check: Annotated[bool, typer.Option("--check", help="Only say whether it is needed; exit code 1 if so.")] = False,
) -> None:
    """Bring the database to this program's schema. Make a backup first.

    Example: overt server migrate --data /srv/overt --check
    """
    from server_stub.database import Database  # noqa: PLC0415

    with plain_errors():
        database = Database(folder_at(data).database_url())
        before = database.schema()
        if not check:
            database.migrate(to)
        after = database.schema()
        database.close()
    typer.echo(f"The database has schema {after.found}; this program wants {after.wanted}.")
    if check and not before.is_current:
        raise typer.Exit(FINDINGS)


@app.command()
def backup(
    data: Data,
    to: Annotated[Path, typer.Option("--to", help="A new folder for the backup.", file_okay=False)],
    as_json: AsJson = False,
) -> None:
    """Copy the whole server into a folder, while it runs. Every envelope is compared with its digest on the way.

    Example: overt server backup --data /srv/overt --to /mnt/backup/2026-01-31
    """
    from server_stub.backup import back_up  # noqa: PLC0415

    with plain_errors(), opened(data) as server, Bar("copying envelopes") as bar:
        made = back_up(server, to, now=now(), progress=bar.tell)
    text = (
        f"{made.records} records with {made.envelopes} envelopes are in {to}, as of {made.made_at}.\n"
        f"The audit chain has {made.audit_entries} entries; its head is {made.audit_head}\n"
        "The folder opens no capture, but signs for the server: keep it as safe as the server."
    )
    tell({"to": str(to), "records": made.records, "audit_head": made.audit_head}, text, as_json=as_json)


@app.command()
def restore(
    backup_folder: Annotated[Path, typer.Argument(help="The backup.", metavar="BACKUP", exists=True, file_okay=False)],
    data: Data,
    database: Annotated[
        str, typer.Option(help="An empty PostgreSQL database: postgresql+psycopg://USER@HOST/NAME (default: a file).")
    ] = "",
) -> None:
    """Make a server from a backup in an empty folder; also the way from one kind of database to the other.

    Example: overt server restore /mnt/backup/2026-01-31 --data /srv/overt-new
    """
    from server_stub.backup import restore as make_from  # noqa: PLC0415

    with plain_errors(), Bar("copying envelopes") as bar:
        made = make_from(backup_folder, folder_at(data), database=database, now=now(), progress=bar.tell)
    typer.echo(f"{made.records} records of {made.made_at} are in {data}.")
    typer.echo(f"Next: overt evidence verify {data}; overt server doctor --data {data}")
    typer.echo("What devices delivered after that moment is gone here: never run both servers for the same devices.")


@app.command()
def openapi(
    out: Annotated[Path | None, typer.Option("--out", help="Write to this file instead.", dir_okay=False)] = None,
) -> None:
    """Print the description of the server's API (OpenAPI 3.1). The console and the agent use this API and no other."""
    from server_stub.app import make_app  # noqa: PLC0415

    described = json.dumps(make_app(None).openapi(), indent=1)
    if out is None:
        typer.echo(described)
    else:
        out.write_text(described + "\n", encoding="utf-8")


class Bar:
    """A progress bar on a terminal; nothing elsewhere."""

    def __init__(self, words: str) -> None:
        self._bar = Progress(disable=not sys.stderr.isatty(), transient=True)
        self._task = self._bar.add_task(words, total=None)

    def __enter__(self) -> "Bar":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def tell(self, done: int, total: int) -> None:
        """Show how far it is."""
        self._bar.update(self._task, completed=done, total=total)

"""`overt server recovery`: keep the recovery key in several hands, rehearse, and give a case away with it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from evidence.errors import UsageError
from evidence.keys import OpeningKey
from evidence.suite import suite_of_public
from overt.evidence_files import InputError
from overt.server_shell import AsJson, Data, folder_at, opened, plain_errors, tell

app = typer.Typer(
    no_args_is_help=True,
    help="The recovery key, for the day when no officer of a case can open it: split it, rehearse, use it.",
)

Shares = Annotated[
    list[Path], typer.Option("--share", help="A share's file; give as many as are needed.", dir_okay=False, exists=True)
]
Whole = Annotated[
    Path | None, typer.Option("--key", help="The recovery key itself, where it was never split.", dir_okay=False)
]


@app.command()
def split(
    key: Annotated[Path, typer.Option("--key", help="recovery.key, from the offline folder.", dir_okay=False)],
    data: Data,
    out: Annotated[Path, typer.Option("--out", help="Folder for the shares, one file each.", file_okay=False)],
    shares: Annotated[int, typer.Option(help="How many shares are made.")] = 3,
    needed: Annotated[int, typer.Option(help="How many of them together make the key.")] = 2,
    remove_key: Annotated[
        bool, typer.Option("--remove-key", help="Delete recovery.key afterwards: then nobody holds it alone.")
    ] = False,
) -> None:
    """Split the recovery key into shares of words, each for another person. Fewer than needed say nothing about it.

    Example: overt server recovery split --data D --key D-offline/recovery.key --out shares --shares 3 --needed 2
    """
    from overt import recovery_shares  # noqa: PLC0415

    with plain_errors():
        made = recovery_shares.split(_whole(key, folder_at(data).recovery_key()), out, shares=shares, needed=needed)
    for share in made:
        typer.echo(f"{share.file}")
    if remove_key:
        key.unlink()
        typer.echo(f"{key} was deleted.")
    else:
        typer.echo(f"Delete {key} once the shares are in their hands: until then it opens alone.")
    typer.echo(f"Rehearse: overt server recovery check --data {data} --share FILE --share FILE")


@app.command()
def check(data: Data, share: Shares, as_json: AsJson = False) -> None:
    """Rehearse: tell whether these shares make this server's recovery key. Nothing is opened."""
    from overt import recovery_shares  # noqa: PLC0415

    with plain_errors():
        key = recovery_shares.join(share, folder_at(data).recovery_key())
    tell({"key": key.id}, f"These shares make the recovery key {key.id} of this server.", as_json=as_json)


@app.command("case")
def recover_case(
    case: Annotated[str, typer.Option("--case", help="The case that nobody can open any more.")],
    officer: Annotated[str, typer.Option("--officer", help="Who shall have it from now on, older captures included.")],
    data: Data,
    share: Annotated[
        list[Path] | None, typer.Option("--share", help="A share's file; give as many as are needed.", dir_okay=False)
    ] = None,
    key: Whole = None,
) -> None:
    """Give a case to an officer with the recovery key. It stands in the audit record as what it is."""
    from overt import recovery_shares  # noqa: PLC0415
    from server_stub.cases import recover  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        public = server.folder.recovery_key()
        if bool(share) == (key is not None):
            raise InputError("give either --share, as often as shares are needed, or --key")
        found = _whole(key, public) if key is not None else recovery_shares.join(share or [], public)
        keys = recover(server.database, case, officer, recovery_key=found, now=datetime.now(UTC))
    typer.echo(f"{officer} has case {case} now, with {keys} key{'s' if keys != 1 else ''}.")
    typer.echo(f"Next, so that those who are gone hold nothing new: overt server case rotate --case {case}")


def _whole(file: Path, public: bytes) -> OpeningKey:
    try:
        key = OpeningKey.load(file.read_bytes(), suite_of_public(public))
    except (OSError, UsageError):
        raise InputError(f"{file} is no recovery key", hint="Name recovery.key from the offline folder.") from None
    if key.public != public:
        raise InputError(f"{file} is the recovery key of another server")
    return key

"""`overt library publish`: sign a set of libraries for the devices of a case. They fetch it by themselves."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from overt.library_shell import print_json, stop, told_errors

Names = Annotated[
    list[str],
    typer.Argument(metavar="LIBRARY...", help="A shipped library by id, or a file.", show_default=False),
]


def publish(
    libraries: Names,
    *,
    data: Annotated[Path, typer.Option("--data", help="The server's data folder.", file_okay=False)],
    case: Annotated[str, typer.Option("--case", help="The case whose devices get it.")],
    offline: Annotated[
        Path | None,
        typer.Option(
            "--offline", help="Folder of the keys kept off the server (default: DATA-offline).", file_okay=False
        ),
    ] = None,
    hash_set: Annotated[
        list[Path] | None, typer.Option("--hash-set", help="A set of hashes; repeatable.", dir_okay=False, exists=True)
    ] = None,
    signatures: Annotated[
        list[Path] | None,
        typer.Option("--signatures", help="A file of signatures of evasion; repeatable.", dir_okay=False, exists=True),
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option("--policy", help="policy.toml: from which severity captures are made.", dir_okay=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,
) -> None:
    """Publish a set of libraries, tried first: their own examples, and everyday sentences that must not be captured.

    The whole set is replaced: name every library that devices shall have from you. What it does not bring is what came
    with the agent. Devices check who signed it, try it again, put it in use without a restart, and say so in their
    record; one that refuses it goes on with the set before.

    Example: overt library publish --data D --case case-5f… my/weapons.toml anonymity
    """
    from overt import library_publish  # noqa: PLC0415  (the server's code is not needed to lint or test)
    from server_stub.errors import ServerError  # noqa: PLC0415

    wanted = library_publish.Wanted(libraries, hash_set or [], signatures or [], policy)
    with told_errors():
        try:
            done = library_publish.publish(
                wanted, data, case, offline or data.with_name(data.name + "-offline"), now=datetime.now(UTC)
            )
        except ServerError as problem:
            stop(f"{problem} {problem.hint}".strip())
    if as_json:
        print_json({"case": case, "version": done.version, "files": list(done.files)})
        return
    typer.echo(f"Set {done.version} of case {case}: {', '.join(done.files)}.")
    typer.echo(
        f"Its devices fetch it within a minute of being online. See it: overt server updates status --data {data}"
    )

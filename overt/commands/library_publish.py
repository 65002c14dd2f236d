"""`overt library publish`: sign a set of libraries for the devices of a case. They fetch it by themselves."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.errors import EvidenceError
from overt.library_shell import print_json, stop, told_errors
from overt.server_shell import AskBy, Data, Offline, PassphraseFile, Reason, asking_account, tell_asked

if TYPE_CHECKING:
    from overt.library_publish import Target
    from server_stub.updates import Published

Names = Annotated[
    list[str],
    typer.Argument(metavar="LIBRARY...", help="A shipped library by id, a file, or a folder.", show_default=False),
]
Case = Annotated[str, typer.Option("--case", help="The case whose devices get it.")]
HashSets = Annotated[
    list[Path] | None, typer.Option("--hash-set", help="A set of hashes; repeatable.", dir_okay=False, exists=True)
]
Signatures = Annotated[
    list[Path] | None,
    typer.Option("--signatures", help="A file of signatures of evasion; repeatable.", dir_okay=False, exists=True),
]
PolicyFile = Annotated[
    Path | None,
    typer.Option("--policy", help="policy.toml: from which severity captures are made.", dir_okay=False),
]
Request = Annotated[str | None, typer.Option("--request", help="The approved request, where four eyes are demanded.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


def publish(
    libraries: Names,
    *,
    data: Data,
    case: Case,
    offline: Offline = None,
    hash_set: HashSets = None,
    signatures: Signatures = None,
    policy: PolicyFile = None,
    request: Request = None,
    ask_by: AskBy = None,
    reason: Reason = "",
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Publish a set of libraries, tried first: their own examples, and everyday sentences that must not be captured.

    The whole set is replaced: name every library that devices shall have from you. What it does not bring is what came
    with the agent. Devices check who signed it, try it again, put it in use without a restart, and say so in their
    record; one that refuses it goes on with the set before.

    Where the server demands four eyes, --ask-by asks for it instead; when somebody else has approved it, the same
    command with --request publishes exactly these files.

    Example: overt library publish --data D --case case-5f… my/weapons.toml anonymity
    """
    from overt import library_publish  # noqa: PLC0415  (the server's code is not needed to lint or test)

    wanted = library_publish.Wanted(libraries, hash_set or [], signatures or [], policy)
    target = library_publish.Target(data, case)
    with told_errors(), _told_server_errors():
        if ask_by is None:
            away = offline or data.with_name(data.name + "-offline")
            done = library_publish.publish(wanted, target, away, now=datetime.now(UTC), request=request)
            _tell_published(done, target, alone=request is None, as_json=as_json)
        else:
            name = ask_by
            asked = library_publish.ask(
                wanted, target, lambda server: asking_account(server, name, reason, passphrase_file), reason=reason
            )
            tell_asked(asked, f"run this again with --request {asked} instead of --ask-by", as_json=as_json)


@contextmanager
def _told_server_errors() -> Iterator[None]:
    from server_stub.errors import ServerError  # noqa: PLC0415

    try:
        yield
    except (ServerError, EvidenceError) as problem:
        stop(f"{problem} {problem.hint}".strip())


def _tell_published(done: "Published", target: "Target", *, alone: bool, as_json: bool) -> None:
    if as_json:
        print_json({"case": target.case, "version": done.version, "files": list(done.files)})
        return
    typer.echo(f"Set {done.version} of case {target.case}: {', '.join(done.files)}.")
    typer.echo("Its devices fetch it within a minute of being online. See it:")
    typer.echo(f"    overt server updates status --data {target.data}")
    if alone:
        typer.echo("One person decided it: this server does not demand four eyes (overt server approval four-eyes on).")

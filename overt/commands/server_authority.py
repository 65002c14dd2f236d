"""`overt server authority`: what may be watched, why, until when: issued, renewed, withdrawn, listed, shown."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.authority import Condition, PermittedLibrary
from evidence.fields import format_time
from evidence.sources import SOURCES
from overt.commands.server_pictures import picture_terms
from overt.commands.server_rules import checked_policy, permitted_sources
from overt.exits import BAD_INPUT
from overt.server_shell import (
    AsJson,
    AskBy,
    Data,
    Offline,
    PassphraseFile,
    Reason,
    asking_account,
    now,
    offline_at,
    opened,
    plain_errors,
    tell,
    tell_asked,
)

if TYPE_CHECKING:
    from server_stub.authorities import AuthorityView
    from server_stub.authority_wish import Wish
    from server_stub.server import Server

app = typer.Typer(no_args_is_help=True, help="Authorities: what may be watched, why, and until when.")

Device = Annotated[str, typer.Option("--device", help="The device it is for.")]
Days = Annotated[int, typer.Option(help="For how many days from now.", min=1, max=366)]
Digest = Annotated[str, typer.Argument(help="The authority: its digest, or the beginning of it.")]
Accounts = Annotated[list[str], typer.Option("--account", help="An account of the device that may be watched.")]
Libraries = Annotated[
    list[str], typer.Option("--library", help="ID=N: a word library or a set of hashes, and the condition it serves.")
]
Conditions = Annotated[list[str], typer.Option("--condition", help="N=TEXT: a numbered condition of the order.")]
NoticeFile = Annotated[Path | None, typer.Option(help="Text of the notice.", exists=True, dir_okay=False)]
IssuedBy = Annotated[str, typer.Option(help="Who permits this.")]
Contact = Annotated[str, typer.Option(help="Whom the person can ask.")]
PictureHashes = Annotated[
    str, typer.Option(help="Whose hashes are sealed for matching at review: none, captured, seen.")
]
Prefilters = Annotated[
    list[str] | None,
    typer.Option(help="ID=N[,count|capture[,PERCENT]]: skin-colours or a model, and the condition it serves."),
]
Sources = Annotated[
    list[str] | None,
    typer.Option(help="What is watched; repeat it. Default: screen-text, window-title, screen-picture."),
]
PolicyFile = Annotated[
    Path | None, typer.Option(help="Rules of the case for captures (TOML, docs/policy.md).", exists=True)
]

NOTICE = """\
This computer is monitored.

What is shown on its screen is compared with lists of words. When something matches, a picture of the screen is taken,
encrypted, and sent to the officers of your case. The badge on the screen shows that the monitoring is running.

If you want to speak to your solicitor, your doctor or your bank in private, ask the contact below how to do that.
"""


@app.command()
def issue(
    data: Data,
    device: Device,
    account: Accounts,
    library: Libraries,
    condition: Conditions,
    days: Days,
    offline: Offline = None,
    notice_file: NoticeFile = None,
    issued_by: IssuedBy = "The issuing authority",
    contact: Contact = "The officer of the case",
    picture_hashes: PictureHashes = "captured",
    prefilter: Prefilters = None,
    source: Sources = None,
    policy: PolicyFile = None,
    ask_by: AskBy = None,
    reason: Reason = "",
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Sign an authority for a device. The device fetches it by itself.

    Where the server demands four eyes, --ask-by asks for it instead; when somebody else has approved it, `sign` signs.

    Example: overt server authority issue --data D --device device-5f… --account alex --days 90
    --condition "3=Not to seek weapons." --library weapons=3
    """
    from server_stub.authority_wish import Wish  # noqa: PLC0415  (help must not wait for the database code)

    wish = Wish(
        device=device,
        accounts=account,
        libraries=[PermittedLibrary(*_pair(word, "--library ID=N")) for word in library],
        conditions=[Condition(*_pair(word, "--condition N=TEXT")) for word in condition],
        days=days,
        notice=NOTICE if notice_file is None else notice_file.read_text(encoding="utf-8"),
        issued_by=issued_by,
        contact=contact,
        pictures=picture_terms(picture_hashes, prefilter or []),
        sources=permitted_sources(source or []),
        policy=None if policy is None else checked_policy(policy),
    )
    second = _Second(ask_by, reason, passphrase_file)
    with plain_errors(), opened(data) as server:
        _sign_or_ask(server, wish, data, offline, second, as_json=as_json)


@app.command()
def sign(
    request: Annotated[str, typer.Argument(help="The request that a second person approved.")],
    data: Data,
    offline: Offline = None,
    as_json: AsJson = False,
) -> None:
    """Sign exactly what was asked for and approved.

    Example: overt server authority sign request-5f… --data /srv/overt --offline /media/stick
    """
    from server_stub.approvals import approved  # noqa: PLC0415
    from server_stub.authority_wish import Wish  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        wish = Wish.from_bytes(approved(server.database, request).details)
        _sign(server, wish, data, offline, request=request, as_json=as_json)


@app.command()
def renew(
    data: Data,
    device: Device,
    days: Days,
    offline: Offline = None,
    ask_by: AskBy = None,
    reason: Reason = "",
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Issue the newest authority of a device again, from now on: same terms, the case's newest key.

    A machine that was rebuilt and enrolled with --replaces takes over the terms of the device that it continues.
    """
    from server_stub.authorities import renewal  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        wish = renewal(server.database, device, days=days, issuer_key=server.folder.issuer_key())
        second = _Second(ask_by, reason, passphrase_file)
        _sign_or_ask(server, wish, data, offline, second, as_json=as_json)


@app.command()
def withdraw(
    digest: Digest,
    reason: Annotated[str, typer.Option(help="Why: consent taken back, order discharged …")],
    data: Data,
    offline: Offline = None,
    as_json: AsJson = False,
) -> None:
    """End an authority now, before its time. One person can do it: stopping never waits for a second one.

    The device learns it at its next contact and stops; the server takes no capture that was made later.
    """
    from server_stub.authorities import withdraw as end  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        key = offline_at(data, offline).issuing_key()
        device = end(server.database, digest, reason, issuing_key=key, now=now())
    tell({"device": device}, f"The authority of {device} is withdrawn.", as_json=as_json)


@app.command("list")
def list_authorities(data: Data, as_json: AsJson = False) -> None:
    """List authorities, newest first: device, how it stands, until when."""
    from server_stub.accounts import at_the_machine  # noqa: PLC0415
    from server_stub.authorities import listed  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        found = listed(server.database, at_the_machine(now()), issuer_key=server.folder.issuer_key())
    rows = [_values(one) for one in found]
    columns = ("authority", "device", "standing", "until")
    lines = ["  ".join(str(row[name])[:31] for name in columns) for row in rows]
    tell({"authorities": rows}, "\n".join(lines) or "No authority yet.", as_json=as_json)


@app.command()
def show(digest: Digest, data: Data, as_json: AsJson = False) -> None:
    """Show one authority in plain words: conditions, what serves each, accounts, times, notice."""
    from server_stub.accounts import at_the_machine  # noqa: PLC0415
    from server_stub.authorities import shown  # noqa: PLC0415

    with plain_errors(), opened(data) as server:
        found = shown(server.database, at_the_machine(now()), digest, issuer_key=server.folder.issuer_key())
    tell(_values(found) | _terms(found), _in_words(found), as_json=as_json)


def _sign(
    server: "Server", wish: "Wish", data: Path, offline: Path | None, *, request: str | None, as_json: bool
) -> None:
    from server_stub.authorities import issue as sign_wish  # noqa: PLC0415

    key = offline_at(data, offline).issuing_key()
    kept = sign_wish(server.database, wish, issuing_key=key, now=now(), request=request)
    text = f"Authority {kept.digest[:16]} for {wish.device}, {wish.days} day{'s' if wish.days != 1 else ''}."
    tell({"authority": kept.digest}, text, as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Second:
    """What was said of a second person; `ask_by` None: it is signed at once."""

    ask_by: str | None
    reason: str
    passphrase_file: Path | None


def _sign_or_ask(
    server: "Server", wish: "Wish", data: Path, offline: Path | None, second: _Second, *, as_json: bool
) -> None:
    from server_stub.authorities import asked_for  # noqa: PLC0415

    if second.ask_by is None:
        _sign(server, wish, data, offline, request=None, as_json=as_json)
        return
    principal = asking_account(server, second.ask_by, second.reason, second.passphrase_file)
    request = server.approvals.ask(principal, replace(asked_for(wish), reason=second.reason))
    tell_asked(request, f"overt server authority sign {request} --data {data}", as_json=as_json)


def _values(one: "AuthorityView") -> dict[str, object]:
    return {
        "authority": one.digest,
        "device": one.terms.device,
        "case": one.terms.case,
        "standing": one.standing.value,
        "from": format_time(one.terms.not_before),
        "until": format_time(one.terms.not_after),
        "withdrawn_at": None if one.withdrawn_at is None else format_time(one.withdrawn_at),
        "reason": one.reason,
    }


def _terms(one: "AuthorityView") -> dict[str, object]:
    terms = one.terms
    return {
        "accounts": list(terms.accounts),
        "conditions": {condition.number: condition.text for condition in terms.conditions},
        "libraries": {library.id: library.condition for library in terms.libraries},
        "sources": list(terms.sources),
        "issued_by": terms.issued_by,
        "contact": terms.contact,
        "notice": terms.notice,
    }


def _in_words(one: "AuthorityView") -> str:
    terms = one.terms
    lines = [
        f"Authority {one.digest}",
        f"  {one.standing.value}, from {format_time(terms.not_before)} until {format_time(terms.not_after)}",
        f"  case {terms.case}, device {terms.device}, accounts: {', '.join(terms.accounts)}",
        f"  issued by {terms.issued_by}; questions to {terms.contact}",
    ]
    if one.withdrawn_at is not None:
        lines.append(f"  withdrawn at {format_time(one.withdrawn_at)}: {one.reason}")
    for condition in terms.conditions:
        serving = [library.id for library in terms.libraries if library.condition == condition.number]
        lines += [
            f"  Condition {condition.number}: {condition.text}",
            f"    served by: {', '.join(serving) or 'nothing'}",
        ]
    lines += [
        f"  Watched: {', '.join(SOURCES.get(source, source) for source in terms.sources)}",
        *(["  Policy:", *(f"    {line}" for line in terms.policy.splitlines())] if terms.policy else []),
        "  Notice:",
        *(f"    {line}" for line in terms.notice.splitlines()),
    ]
    return "\n".join(lines)


def _pair(word: str, form: str) -> Sequence[str]:
    left, equals, right = word.partition("=")
    if not (left and equals and right):
        typer.echo(f"Error: {word!r} is not of the form {form}", err=True)
        raise typer.Exit(BAD_INPUT)
    return left, right

"""The receiving server's invitation: its identity, and the public keys that the case shall be sealed to.

It is signed by the server's own receipt key, which nobody at the other agency knows yet: what makes it believed is its
fingerprint, read out by telephone and typed in on the other side.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from evidence import canonical
from evidence.fields import NAME, Fields, format_time
from evidence.handover import ServerIdentity
from evidence.keys import LockedKey, verifying_key
from evidence.statement import STATEMENT_LIMIT, read_statement, sign_statement
from evidence.suite import Suite
from server_stub import updates
from server_stub.access import Principal, Right, demand, note
from server_stub.accounts import can_review, find_officer
from server_stub.errors import UnacceptableError
from server_stub.folder import ServerFolder
from server_stub.identifiers import new_id
from server_stub.server import Server
from server_stub.tables import Invitation as Kept

FORMAT = "overt-invitation-1"
LIFE = timedelta(days=14)
MOST_OFFICERS = 20
_PLACE = "invitation"
_SIZES = tuple(suite.public_size for suite in Suite)
_GROUP, _GROUPS = 4, 8


@dataclass(frozen=True, slots=True)
class Receiver:
    """An officer who shall have the case."""

    officer: str
    name: str
    public_key: bytes


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a server says of itself to one that shall give it a case."""

    invitation: str
    server: ServerIdentity
    recovery_key: bytes
    officers: tuple[Receiver, ...]
    until: datetime


def identity_of(folder: ServerFolder, *, host: str | None = None) -> ServerIdentity:
    """Return a server as devices pin it; `host` stands for the one in the settings."""
    name, port = folder.reached_at(host)
    return ServerIdentity(
        address=f"https://{name}:{port}",
        ca=folder.ca_certificate.read_text(encoding="ascii"),
        issuer_key=folder.issuer_key(),
        receipt_key=verifying_key(folder.receipt_key()),
        updates_root=(updates.root_of(folder) or b"").decode(),
    )


def invite(server: Server, principal: Principal, officers: Sequence[str], *, host: str | None = None) -> bytes:
    """Return a signed invitation for officers by name or id.

    Raises:
        NotFoundError: no such officer, or the asking account does not administer; the try is noted.
        UnacceptableError: none or too many officers, or one whose role opens no captures.
    """
    demand(server.database, principal, Right.ADMINISTER, action="invite-case", subject="invitation")
    if not 0 < len(officers) <= MOST_OFFICERS:
        raise UnacceptableError(f"an invitation names 1 to {MOST_OFFICERS} officers")
    with server.database.writing() as session:
        made = Invitation(
            new_id("invitation"), identity_of(server.folder, host=host), server.folder.recovery_key(),
            _receivers(session, officers), principal.at + LIFE,
        )  # fmt: skip
        signed = sign_statement(_spell(made), server.folder.receipt_key())
        digest = hashlib.sha256(signed).hexdigest()
        kept = Kept(
            id=made.invitation, digest=digest, file=signed, made_at=principal.at, until=made.until,
            by_id=principal.officer,
        )  # fmt: skip
        session.add(kept)
        note(session, principal, "invite-case", made.invitation)
    return signed


def _receivers(session: Session, officers: Sequence[str]) -> tuple[Receiver, ...]:
    rows = [find_officer(session, name) for name in dict.fromkeys(officers)]
    for row in rows:
        if not can_review(row):
            raise UnacceptableError(f"{row.name} is {row.role}: that role opens no captures")
    return tuple(Receiver(row.id, row.name, LockedKey.from_bytes(row.locked_key).public) for row in rows)


def read_invitation(file: bytes, *, now: datetime) -> Invitation:
    """Read an invitation, signed by the key that it names itself; compare its fingerprint before it is believed.

    Raises FormatError, SignatureError, or UnacceptableError for one whose time is over.
    """
    statement = read_statement(file, place=_PLACE)
    fields = Fields(canonical.decode(statement.payload, place=_PLACE, limit=STATEMENT_LIMIT), _PLACE)
    fields.constant("format", FORMAT)
    found = Invitation(
        fields.text("invitation", pattern=NAME),
        ServerIdentity.read(Fields(fields.take("server"), fields.at("server"))),
        fields.hexadecimal("recovery_key", *_SIZES),
        tuple(_receiver(one) for one in fields.objects("officers", least=1, most=MOST_OFFICERS)),
        fields.time("until"),
    )
    fields.done()
    statement.check(found.server.receipt_key, what=_PLACE)
    if now >= found.until:
        raise UnacceptableError(
            "the invitation is too old", hint="Ask for a new one: overt server case transfer invite"
        )
    return found


def fingerprint(file: bytes) -> str:
    """Return what is read out by telephone for an invitation or a parcel's list."""
    return spoken(hashlib.sha256(file).hexdigest())


def spoken(digest: str) -> str:
    """Return the first 128 bits of a SHA-256 in groups of four hex digits, as they are read out."""
    return " ".join(digest[at : at + _GROUP] for at in range(0, _GROUP * _GROUPS, _GROUP))


def require_fingerprint(file: bytes, said: str, *, what: str) -> None:
    """Raise UnacceptableError unless somebody read out this file's fingerprint; spaces and case do not matter."""
    if "".join(said.split()).lower() != fingerprint(file).replace(" ", ""):
        raise UnacceptableError(
            f"this is not the {what} whose fingerprint was read out: its own is {fingerprint(file)}",
            hint="Ask the other agency again, by telephone and not by the way on which the file came.",
        )


def _spell(made: Invitation) -> bytes:
    return canonical.encode(
        {
            "format": FORMAT,
            "invitation": made.invitation,
            "server": made.server.spell(),
            "recovery_key": made.recovery_key.hex(),
            "officers": [
                {"officer": one.officer, "name": one.name, "public_key": one.public_key.hex()} for one in made.officers
            ],
            "until": format_time(made.until),
        }
    )


def _receiver(fields: Fields) -> Receiver:
    receiver = Receiver(
        fields.text("officer", pattern=NAME),
        fields.text("name", least=1, limit=100),
        fields.hexadecimal("public_key", *_SIZES),
    )
    fields.done()
    return receiver

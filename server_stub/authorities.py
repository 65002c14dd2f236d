"""Issues, renews and withdraws authorities with the issuing key, which does not live on the server; keeps the files.

To begin or to prolong takes four eyes where the server demands them; to stop never does: one person can withdraw.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from evidence.authority import (
    AuthorityTerms,
    NamedRecipient,
    Withdrawal,
    authority_digest,
    check_withdrawal,
    issue_authority,
    issue_withdrawal,
    read_authority,
)
from evidence.header import Role
from server_stub import audit
from server_stub.access import Principal, note, refuse
from server_stub.approvals import Kind, spend
from server_stub.approvals import Wish as Asked
from server_stub.audit import Outcome
from server_stub.authority_wish import Wish
from server_stub.database import Database
from server_stub.devices import reached
from server_stub.errors import NotFoundError, UnacceptableError
from server_stub.identifiers import new_id
from server_stub.tables import AuthorityFile, Case, Device
from server_stub.transfer.standing import require_here


class Standing(Enum):
    """How an authority stands at some moment."""

    IN_FORCE = "in force"
    REPLACED = "replaced"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class AuthorityView:
    """An authority as it is listed."""

    digest: str
    terms: AuthorityTerms
    standing: Standing
    withdrawn_at: datetime | None
    reason: str | None
    """Why it was withdrawn; None unless it was."""


def issue(
    database: Database,
    wish: Wish,
    *,
    issuing_key: Ed25519PrivateKey,
    now: datetime,
    request: str | None = None,
) -> AuthorityFile:
    """Sign an authority for a device, from now on, and keep it for the device to fetch.

    Raises:
        NotFoundError: no such device.
        UnacceptableError: the case's keys were destroyed, the device was revoked, or four eyes are needed and `request`
            is no approved request for exactly this.
        evidence.errors.FormatError: terms that no authority may have.
    """
    with database.writing() as session:
        device, case = _device_and_case(session, wish.device)
        spend(session, request, asked_for(wish), at=now)
        file = issue_authority(_terms(wish, device, case, now), issuing_key)
        kept = AuthorityFile(digest=authority_digest(file), device_id=device.id, file=file, added_at=now)
        session.add(kept)
        audit.write(session, at=now, actor="cli", action="issue-authority", subject=device.id, outcome=Outcome.DONE)
    return kept


def asked_for(wish: Wish) -> Asked:
    """Return what a second person has to approve before `wish` is signed."""
    return Asked(Kind.AUTHORITY, wish.device, wish.to_bytes(), "")


def withdraw(database: Database, digest: str, reason: str, *, issuing_key: Ed25519PrivateKey, now: datetime) -> str:
    """Sign that an authority ended now, before its time; return its device. `digest` may be its beginning.

    Raises:
        NotFoundError: no such authority.
        UnacceptableError: several begin like that, or it was withdrawn before.
    """
    with database.writing() as session:
        kept = _by_digest(session, digest)
        if kept.withdrawal is not None:
            raise UnacceptableError(f"authority {kept.digest[:16]} was withdrawn before")
        if kept.issuer_key is not None:
            raise UnacceptableError("this authority was issued by the server that had the case before")
        kept.withdrawal = issue_withdrawal(Withdrawal(kept.digest, now.replace(microsecond=0), reason), issuing_key)
        subject = f"{kept.device_id} {kept.digest[:16]}"
        audit.write(session, at=now, actor="cli", action="withdraw-authority", subject=subject, outcome=Outcome.DONE)
        return kept.device_id


def newest(database: Database, device: str) -> bytes:
    """Return the newest authority file of a device; raises NotFoundError."""
    with database.reading() as session:
        found = session.scalars(_of_device(device)).first()
        if found is None:
            raise NotFoundError("no authority was issued for this device yet")
        return found.file


def newest_withdrawal(database: Database, device: str) -> bytes:
    """Return the withdrawal of a device's newest authority; raises NotFoundError where it was not withdrawn."""
    with database.reading() as session:
        found = session.scalars(_of_device(device)).first()
        if found is None or found.withdrawal is None:
            raise NotFoundError("no authority of this device was withdrawn")
        return found.withdrawal


def renewal(database: Database, device: str, *, days: int, issuer_key: bytes) -> Wish:
    """Return the wish to prolong a device's newest authority; a rebuilt machine takes over its forerunner's.

    Raises NotFoundError where there is no authority to prolong.
    """
    with database.reading() as session:
        found = session.get(Device, device)
        wanted: str | None = device
        while found is not None and wanted is not None:
            kept = session.scalars(_of_device(wanted)).first()
            if kept is not None:
                terms = read_authority(kept.file, issuer_key=kept.issuer_key or issuer_key).terms
                return Wish.again(terms, device=device, days=days)
            before = session.get(Device, wanted)
            wanted = None if before is None else before.replaces_id
    raise NotFoundError(f"no authority was issued for device {device} yet", hint="overt server authority issue")


def listed(database: Database, principal: Principal, *, issuer_key: bytes) -> list[AuthorityView]:
    """Return the authorities of the devices that an account manages, newest first."""
    query = (
        select(AuthorityFile)
        .join(Device, Device.id == AuthorityFile.device_id)
        .where(Device.case_id.in_(reached(principal)))
        .order_by(AuthorityFile.added_at.desc(), AuthorityFile.digest)
    )
    found, seen = [], set[str]()
    with database.reading() as session:
        for row in session.scalars(query):
            found.append(_told(row, issuer_key, principal.at, replaced=row.device_id in seen))
            seen.add(row.device_id)
    return found


def shown(database: Database, principal: Principal, digest: str, *, issuer_key: bytes) -> AuthorityView:
    """Return one authority by its digest or the beginning of it; raises NotFoundError, and notes a foreign try."""
    fitting = [one for one in listed(database, principal, issuer_key=issuer_key) if one.digest.startswith(digest)]
    if len(fitting) != 1:
        refuse(database, principal, action="show-authority", subject=digest[:64])
    with database.writing() as session:
        note(session, principal, "show-authority", fitting[0].digest)
    return fitting[0]


def _of_device(device: str) -> Select[AuthorityFile]:
    query = select(AuthorityFile).where(AuthorityFile.device_id == device)
    return query.order_by(AuthorityFile.added_at.desc()).limit(1)


def _by_digest(session: Session, digest: str) -> AuthorityFile:
    query = select(AuthorityFile).where(AuthorityFile.digest.startswith(digest, autoescape=True)).limit(2)
    found = session.scalars(query).all()
    if not digest or not found:
        raise NotFoundError(f"there is no authority {digest}", hint="overt server authority list names them.")
    if len(found) > 1:
        raise UnacceptableError(f"several authorities begin with {digest}: give more of it")
    return found[0]


def _device_and_case(session: Session, name: str) -> tuple[Device, Case]:
    device = session.get(Device, name)
    case = None if device is None else session.get(Case, device.case_id)
    if device is None or case is None:
        raise NotFoundError(f"there is no device {name}", hint="overt server device list names them.")
    if device.revoked_at is not None:
        raise UnacceptableError(f"device {name} was revoked: nothing is taken from it any more")
    if case.shredded_at is not None:
        raise UnacceptableError(f"the keys of case {case.id} were destroyed: nothing can be sealed to it")
    require_here(session, case.id)
    return device, case


def _told(row: AuthorityFile, issuer_key: bytes, at: datetime, *, replaced: bool) -> AuthorityView:
    signer = row.issuer_key or issuer_key
    terms = read_authority(row.file, issuer_key=signer).terms
    withdrawal = None if row.withdrawal is None else check_withdrawal(row.withdrawal, issuer_key=signer)
    standing = Standing.REPLACED if replaced else Standing.IN_FORCE
    if at >= terms.not_after:
        standing = Standing.ENDED
    if withdrawal is None:
        return AuthorityView(row.digest, terms, standing, None, None)
    return AuthorityView(row.digest, terms, Standing.WITHDRAWN, withdrawal.withdrawn_at, withdrawal.reason)


def _terms(wish: Wish, device: Device, case: Case, now: datetime) -> AuthorityTerms:
    return AuthorityTerms(
        authority_id=new_id("authority"),
        case=case.id,
        device=device.id,
        device_key=device.public_key,
        accounts=tuple(wish.accounts),
        sources=tuple(wish.sources),
        libraries=tuple(wish.libraries),
        conditions=tuple(wish.conditions),
        recipients=(NamedRecipient(case.public_key, Role.CASE),),
        not_before=now.replace(microsecond=0),
        not_after=now.replace(microsecond=0) + timedelta(days=wish.days),
        notice=wish.notice,
        issued_by=wish.issued_by,
        contact=wish.contact,
        pictures=wish.pictures,
        policy=wish.policy,
    )

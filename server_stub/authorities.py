"""Issues authorities with the issuing key, which does not live on the server; keeps the signed files for devices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from evidence.authority import (
    AuthorityTerms,
    Condition,
    NamedRecipient,
    PermittedLibrary,
    authority_digest,
    issue_authority,
)
from evidence.header import Role
from evidence.pictures import PictureTerms
from server_stub import audit
from server_stub.audit import Outcome
from server_stub.database import Database
from server_stub.errors import NotFoundError, UnacceptableError
from server_stub.identifiers import new_id
from server_stub.tables import AuthorityFile, Case, Device

SOURCES = ("screen-text", "window-title", "screen-picture")


@dataclass(frozen=True, slots=True)
class Wish:
    """What an authority shall permit, as the issuer says it."""

    device: str
    accounts: Sequence[str]
    libraries: Sequence[PermittedLibrary]
    conditions: Sequence[Condition]
    days: int
    notice: str
    issued_by: str
    contact: str
    pictures: PictureTerms | None = None


def issue(database: Database, wish: Wish, *, issuing_key: Ed25519PrivateKey, now: datetime) -> AuthorityFile:
    """Sign an authority for a device, from now on, and keep it for the device to fetch.

    Raises:
        NotFoundError: no such device.
        UnacceptableError: the case's keys were destroyed.
        evidence.errors.FormatError: terms that no authority may have.
    """
    with database.writing() as session:
        device = session.get(Device, wish.device)
        case = None if device is None else session.get(Case, device.case_id)
        if device is None or case is None:
            raise NotFoundError(f"there is no device {wish.device}")
        if case.shredded_at is not None:
            raise UnacceptableError(f"the keys of case {case.id} were destroyed: nothing can be sealed to it")
        file = issue_authority(_terms(wish, device, case, now), issuing_key)
        kept = AuthorityFile(digest=authority_digest(file), device_id=device.id, file=file, added_at=now)
        session.add(kept)
        audit.write(session, at=now, actor="cli", action="issue-authority", subject=device.id, outcome=Outcome.DONE)
    return kept


def newest(database: Database, device: str) -> bytes:
    """Return the newest authority file of a device; raises NotFoundError."""
    with database.reading() as session:
        found = session.scalars(
            select(AuthorityFile)
            .where(AuthorityFile.device_id == device)
            .order_by(AuthorityFile.added_at.desc())
            .limit(1)
        ).first()
        if found is None:
            raise NotFoundError("no authority was issued for this device yet")
        return found.file


def _terms(wish: Wish, device: Device, case: Case, now: datetime) -> AuthorityTerms:
    return AuthorityTerms(
        authority_id=new_id("authority"),
        case=case.id,
        device=device.id,
        device_key=device.public_key,
        accounts=tuple(wish.accounts),
        sources=SOURCES,
        libraries=tuple(wish.libraries),
        conditions=tuple(wish.conditions),
        recipients=(NamedRecipient(case.public_key, Role.CASE),),
        not_before=now.replace(microsecond=0),
        not_after=now.replace(microsecond=0) + timedelta(days=wish.days),
        notice=wish.notice,
        issued_by=wish.issued_by,
        contact=wish.contact,
        pictures=wish.pictures,
    )

"""Cases and their keys: a key pair whose private half leaves memory only as wraps, one for each officer.

A new officer costs one wrap. When one leaves, his wraps go and the case gets a new key, so that what is captured from
then on is sealed to a key that he never had; older captures stay readable to those who remain. The recovery key, kept
off the server, holds a wrap as an officer does: with it, a case whose officers are all gone gets a new one. When every
wrap is destroyed, nothing opens what was sealed to the case, wherever copies of it lie.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, select
from sqlalchemy.orm import Session

from evidence.keys import Entropy, LockedKey, OpeningKey, unlock_officer_key, unwrap_case_key, wrap_case_key
from evidence.suite import Suite, suite_of_public
from server_stub import approvals, audit
from server_stub.accounts import can_review, find_officer
from server_stub.approvals import Kind, Wish, plain_details
from server_stub.audit import Outcome
from server_stub.covers import add_new_key
from server_stub.database import Database
from server_stub.errors import NotFoundError, UnacceptableError
from server_stub.identifiers import new_id
from server_stub.retention import is_held
from server_stub.tables import Case, CaseWrap, Cover, CoverWrap, Officer, Record, RecoveryWrap
from server_stub.transfer.standing import require_here

FIRST_EPOCH = 0
DONE = Outcome.DONE


@dataclass(frozen=True, slots=True)
class Shredded:
    """What was destroyed, for a certificate: how many wraps of how many keys, and the records that nobody opens now."""

    case: str
    keys: int
    wraps: int
    records: int


def open_case(
    database: Database,
    officers: Sequence[str],
    *,
    now: datetime,
    entropy: Entropy,
    recovery_key: bytes | None = None,
    suite: Suite = Suite.X25519,
) -> str:
    """Open a case for officers given by name; return its id. Raises NotFoundError for an unknown name.

    Without the public `recovery_key` nobody but its officers will ever open it.
    """
    if not officers:
        raise UnacceptableError("a case needs an officer: nobody could open what is captured")
    key = OpeningKey.generate(entropy, suite)
    case = Case(id=new_id("case"), public_key=key.public, key_epoch=FIRST_EPOCH, created_at=now)
    with database.writing() as session:
        session.add(case)
        session.flush()
        for name in officers:
            session.add(_wrap(key, find_officer(session, name), case.id, FIRST_EPOCH))
        if recovery_key is not None:
            session.add(_recovery_wrap(key, recovery_key, case.id, FIRST_EPOCH))
        audit.write(session, at=now, actor="cli", action="open-case", subject=case.id, outcome=DONE)
    return case.id


def add_officer(database: Database, case: str, name: str, *, by: str, passphrase: str, now: datetime) -> int:
    """Give an officer every key of a case, with the passphrase of one who has them; return how many keys.

    Raises:
        NotFoundError: no such case or officer, or `by` is no officer of the case.
        evidence.errors.PassphraseError: wrong passphrase.
    """
    with database.writing() as session:
        giver, taker = find_officer(session, by), find_officer(session, name)
        wraps = session.scalars(select(CaseWrap).where(CaseWrap.case_id == case, CaseWrap.officer_id == giver.id)).all()
        if not wraps:
            raise NotFoundError(f"{by} is no officer of case {case}")
        own = unlock_officer_key(LockedKey.from_bytes(giver.locked_key), passphrase)
        for wrap in wraps:
            key = unwrap_case_key(wrap.wrap, own, case=case, epoch=wrap.epoch, suite=Suite(wrap.suite))
            session.merge(_wrap(key, taker, case, wrap.epoch))
        audit.write(session, at=now, actor=giver.id, action="add-to-case", subject=f"{case} {taker.id}", outcome=DONE)
    return len(wraps)


def remove_officer(database: Database, case: str, name: str, *, now: datetime, entropy: Entropy) -> int:
    """Take an officer off a case and give the case a new key; return its number.

    Devices seal to the new key as soon as they have an authority that names it.

    Raises:
        NotFoundError: no such case or officer, or he is not on it.
        UnacceptableError: nobody would be left who can open what was captured.
    """
    with database.writing() as session:
        leaver = find_officer(session, name)
        wraps = session.scalars(select(CaseWrap).where(CaseWrap.case_id == case)).all()
        if leaver.id not in {wrap.officer_id for wrap in wraps}:
            raise NotFoundError(f"{name} is no officer of case {case}")
        if {wrap.officer_id for wrap in wraps} == {leaver.id}:
            raise UnacceptableError(f"{name} is the only officer of case {case}: add another one first")
        for wrap in wraps:
            if wrap.officer_id == leaver.id:
                session.delete(wrap)
        audit.write(
            session, at=now, actor="cli", action="remove-from-case", subject=f"{case} {leaver.id}", outcome=DONE
        )
        session.flush()
        return rotate_in(session, case, now=now, entropy=entropy)


def rotate_key(database: Database, case: str, *, now: datetime, entropy: Entropy, suite: Suite | None = None) -> int:
    """Give a case a new key, sealed to each of its officers and to recovery; return its number. Raises NotFoundError.

    With `suite` the case changes to it; without, the new key is of the old one's.
    """
    with database.writing() as session:
        return rotate_in(session, case, now=now, entropy=entropy, suite=suite)


def recover(database: Database, case: str, name: str, *, recovery_key: OpeningKey, now: datetime) -> int:
    """Give an officer every key of a case with the recovery key; return how many keys.

    Raises:
        NotFoundError: no such case or officer, or nothing of the case was sealed to a recovery key.
        evidence.errors.OpenError: another recovery key than the one it was sealed to.
    """
    with database.writing() as session:
        taker = find_officer(session, name)
        wraps = session.scalars(select(RecoveryWrap).where(RecoveryWrap.case_id == case)).all()
        if not wraps:
            raise NotFoundError(f"no key of case {case} was sealed to a recovery key")
        for wrap in wraps:
            key = unwrap_case_key(wrap.wrap, recovery_key, case=case, epoch=wrap.epoch, suite=Suite(wrap.suite))
            session.merge(_wrap(key, taker, case, wrap.epoch))
        audit.write(
            session, at=now, actor="recovery", action="recover-case", subject=f"{case} {taker.id}", outcome=DONE
        )
    return len(wraps)


def shred(database: Database, case: str, *, now: datetime, request: str | None = None) -> Shredded:
    """Destroy every wrap of a case's keys: no officer and no recovery key opens it any more. There is no way back.

    Raises:
        NotFoundError: no such case.
        UnacceptableError: its keys were destroyed before, a legal hold keeps it, or four eyes are needed and `request`
            is no approved request for this.
    """
    with database.writing() as session:
        found = session.get(Case, case)
        if found is None:
            raise NotFoundError(f"there is no case {case}")
        if found.shredded_at is not None:
            raise UnacceptableError(f"the keys of case {case} were destroyed at {found.shredded_at:%Y-%m-%d %H:%M}")
        if is_held(session, case):
            raise UnacceptableError(f"a legal hold keeps everything of {case}", hint="overt server retention --help")
        approvals.spend(session, request, Wish(Kind.SHRED, case, plain_details(Kind.SHRED, case), ""), at=now)
        destroyed = _destroy_wraps(session, case)
        found.shredded_at = now
        records = session.scalar(select(func.count()).select_from(Record).where(Record.case_id == case)) or 0
        audit.write(session, at=now, actor="cli", action="shred-case", subject=case, outcome=DONE)
    return Shredded(case, found.key_epoch + 1, destroyed, records)


def _destroy_wraps(session: Session, case: str) -> int:
    covers = select(Cover.id).where(Cover.case_id == case)
    destroyed = 0
    for wraps in (
        delete(CaseWrap).where(CaseWrap.case_id == case),
        delete(RecoveryWrap).where(RecoveryWrap.case_id == case),
        delete(CoverWrap).where(CoverWrap.cover_id.in_(covers)),
    ):
        destroyed += cast("CursorResult[Any]", session.execute(wraps)).rowcount
    return destroyed


def rotate_in(session: Session, case_id: str, *, now: datetime, entropy: Entropy, suite: Suite | None = None) -> int:
    """The same as `rotate_key`, in the caller's writing transaction."""
    require_here(session, case_id)
    case = session.get(Case, case_id)
    if case is None:
        raise NotFoundError(f"there is no case {case_id}")
    if case.shredded_at is not None:
        raise UnacceptableError(f"the keys of case {case_id} were destroyed: a new one would open nothing of it")
    officers = session.scalars(
        select(Officer).where(Officer.id.in_(select(CaseWrap.officer_id).where(CaseWrap.case_id == case_id)))
    ).all()
    recovery = session.scalars(
        select(RecoveryWrap.recovery_key).where(RecoveryWrap.case_id == case_id, RecoveryWrap.epoch == case.key_epoch)
    ).first()
    key = OpeningKey.generate(entropy, suite or suite_of_public(case.public_key))
    case.key_epoch, case.public_key = case.key_epoch + 1, key.public
    for officer in officers:
        session.add(_wrap(key, officer, case_id, case.key_epoch))
    if recovery is not None:
        session.add(_recovery_wrap(key, recovery, case_id, case.key_epoch))
    add_new_key(session, case_id, key, case.key_epoch, now=now)
    audit.write(session, at=now, actor="cli", action="rotate-key", subject=f"{case_id} {case.key_epoch}", outcome=DONE)
    return case.key_epoch


def _wrap(key: OpeningKey, officer: Officer, case: str, epoch: int) -> CaseWrap:
    if not can_review(officer):
        raise UnacceptableError(f"{officer.name} is {officer.role}: that role opens no captures")
    public = LockedKey.from_bytes(officer.locked_key).public
    return CaseWrap(
        case_id=case,
        epoch=epoch,
        officer_id=officer.id,
        wrap=wrap_case_key(key, public, case=case, epoch=epoch),
        suite=key.suite.value,
    )


def _recovery_wrap(key: OpeningKey, recovery_key: bytes, case: str, epoch: int) -> RecoveryWrap:
    return RecoveryWrap(
        case_id=case,
        epoch=epoch,
        suite=key.suite.value,
        recovery_key=recovery_key,
        wrap=wrap_case_key(key, recovery_key, case=case, epoch=epoch),
    )

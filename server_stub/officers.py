"""Officers' accounts and log-ins. The passphrase never comes here: the browser derives a log-in secret from it."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.orm import Session as DatabaseSession

from evidence.errors import FormatError
from evidence.keys import Entropy, LockedKey, OpeningKey, derive, derive_secrets, lock_officer_key
from evidence.suite import Suite
from server_stub import audit
from server_stub.access import Principal, Role, note
from server_stub.audit import Outcome
from server_stub.database import Database
from server_stub.errors import NotFoundError, SignInError, UnacceptableError
from server_stub.identifiers import new_id
from server_stub.tables import Officer, Session

SESSION_LIFE = timedelta(hours=10)  # a long shift
IDLE = timedelta(hours=1)
"""After so long without a request a session is over."""
_SEEN_EVERY = timedelta(minutes=5)
MOST_FAILURES = 5
LOCK_TIME = timedelta(minutes=15)
LEAST_PASSPHRASE = 12
LEAST_DIFFERENT = 6
_REFUSED = "wrong name or passphrase, or too many wrong tries"


@dataclass(frozen=True, slots=True)
class NewSession:
    """A fresh log-in: the cookie's secret and the token that writes must carry."""

    token: str = field(repr=False)
    csrf: str = field(repr=False)


class Officers:
    """Accounts, log-ins and sessions."""

    def __init__(self, database: Database, *, decoy_secret: bytes) -> None:
        """`decoy_secret` makes steady answers for names that do not exist, so that names cannot be found by asking."""
        self._database = database
        self._hasher = PasswordHasher()
        self._decoy = derive(decoy_secret, b"overt-decoy-salt")

    def add(
        self,
        name: str,
        passphrase: str,
        *,
        now: datetime,
        entropy: Entropy,
        role: Role = Role.OFFICER,
        suite: Suite = Suite.X25519,
    ) -> str:
        """Make an account; return its id. Done where the officer is, not by the running server.

        Raises:
            UnacceptableError: the name is taken, or the passphrase too short.
        """
        check_passphrase(passphrase)
        locked = lock_officer_key(OpeningKey.generate(entropy, suite), passphrase, entropy=entropy)
        secret = derive_secrets(passphrase, locked.salt, locked.iterations).log_in
        with self._database.writing() as session:
            officer = self.keep(session, name, locked.to_bytes(), secret, now=now, role=role)
            audit.write(session, at=now, actor="cli", action="add-officer", subject=officer, outcome=Outcome.DONE)
        return officer

    def keep(
        self, session: DatabaseSession, name: str, locked: bytes, secret: str, *, now: datetime, role: Role
    ) -> str:
        """Keep an account whose key was made and locked elsewhere, in the caller's transaction; return its id.

        Raises:
            UnacceptableError: the name is taken.
        """
        if _by_name(session, name) is not None:
            raise UnacceptableError(f"there is an officer called {name} already")
        officer = Officer(
            id=new_id("officer"),
            name=name,
            locked_key=locked,
            secret_hash=self._hasher.hash(secret),
            created_at=now,
            role=role.value,
        )
        session.add(officer)
        return officer.id

    def lock_parameters(self, name: str) -> tuple[str, int]:
        """Return salt (hex) and iterations for a name; for an unknown name a salt that is always the same."""
        with self._database.reading() as session:
            found = _by_name(session, name)
        if found is None:
            decoy = hashlib.sha256(self._decoy + name.encode()).digest()[:16]
            return decoy.hex(), LockedKey(decoy, b"", b"", b"").iterations
        locked = LockedKey.from_bytes(found.locked_key)
        return locked.salt.hex(), locked.iterations

    def log_in(self, name: str, secret: str, *, now: datetime) -> NewSession:
        """Open a session; raises SignInError, after the same work, for a wrong name and a wrong secret."""
        with self._database.writing() as session:
            officer = _by_name(session, name)
            good = self._is_right(officer, secret, now)
            opened = open_session(session, officer, now) if officer is not None and good else None
            _count(officer, good=good, now=now)
            audit.write(
                session,
                at=now,
                actor="nobody" if officer is None else officer.id,
                action="log-in",
                subject="console",
                outcome=Outcome.DONE if good else Outcome.REFUSED,
            )
        if opened is None:
            raise SignInError(_REFUSED)
        return opened

    def who(self, token: str, *, now: datetime) -> Principal:
        """Return who a session belongs to; raises SignInError."""
        with self._database.reading() as session:
            found = session.get(Session, _hash(token))
            if found is None or now >= found.expires_at or now - found.seen_at >= IDLE:
                raise SignInError("the session has ended; please log in again")
            officer = session.get_one(Officer, found.officer_id)
            if officer.closed_at is not None:
                raise SignInError("this account was closed")
            principal = Principal(found.officer_id, found.csrf, Role(officer.role), now)
            is_due = now - found.seen_at >= _SEEN_EVERY
        if is_due:
            with self._database.writing() as session:
                session.execute(update(Session).where(Session.token_hash == _hash(token)).values(seen_at=now))
        return principal

    def change_passphrase(self, principal: Principal, token: str, secret: str, locked: bytes, new_secret: str) -> None:
        """Keep the same key locked under a new passphrase; every other session of the account ends.

        Raises:
            UnacceptableError: the old passphrase is wrong, or it is not the account's key that was locked.
        """
        self.prove(principal, secret)
        with self._database.writing() as session:
            officer = session.get_one(Officer, principal.officer)
            if _public_of(locked) != _public_of(officer.locked_key):
                raise UnacceptableError("this is not the key of the account, locked under a new passphrase")
            officer.locked_key, officer.secret_hash = locked, self._hasher.hash(new_secret)
            _end_others(session, principal, token)
            note(session, principal, "change-passphrase", officer.id)

    def end_others(self, principal: Principal, token: str, secret: str) -> int:
        """End every other session of the account, the passphrase given once more; return how many there were."""
        self.prove(principal, secret)
        with self._database.writing() as session:
            count = _end_others(session, principal, token)
            note(session, principal, "end-sessions", principal.officer)
        return count

    def name_of(self, principal: Principal) -> str:
        """Return the name that the asking account logs in with."""
        with self._database.reading() as session:
            return session.get_one(Officer, principal.officer).name

    def log_out(self, token: str, *, now: datetime) -> None:
        """End a session; ending one that has ended is no error."""
        with self._database.writing() as session:
            found = session.get(Session, _hash(token))
            if found is None:
                return
            audit.write(
                session, at=now, actor=found.officer_id, action="log-out", subject="console", outcome=Outcome.DONE
            )
            session.delete(found)

    def prove(self, principal: Principal, secret: str) -> None:
        """Ask the passphrase again before something lasting; raises UnacceptableError, noted and counted."""
        with self._database.writing() as session:
            officer = session.get_one(Officer, principal.officer)
            good = self._is_right(officer, secret, principal.at)
            _count(officer, good=good, now=principal.at)
            if not good:
                audit.write(
                    session,
                    at=principal.at,
                    actor=officer.id,
                    action="prove-passphrase",
                    subject="console",
                    outcome=Outcome.REFUSED,
                )
        if not good:
            raise UnacceptableError("wrong passphrase, or too many wrong tries")

    def locked_key(self, principal: Principal) -> bytes:
        """Return the officer's own locked key, as JSON."""
        with self._database.reading() as session:
            found = session.get(Officer, principal.officer)
            if found is None:
                raise NotFoundError("no such officer")
            return found.locked_key

    def _is_right(self, officer: Officer | None, secret: str, now: datetime) -> bool:
        # An unknown name costs as much as a known one.
        stored = self._hasher.hash("nobody") if officer is None else officer.secret_hash
        try:
            right = self._hasher.verify(stored, secret)
        except VerificationError:
            return False
        locked = officer is None or (officer.locked_until is not None and now < officer.locked_until)
        return right and not locked and officer is not None and officer.closed_at is None


def _end_others(session: DatabaseSession, principal: Principal, token: str) -> int:
    others = delete(Session).where(Session.officer_id == principal.officer, Session.token_hash != _hash(token))
    return cast("CursorResult[Any]", session.execute(others)).rowcount


def _public_of(locked: bytes) -> bytes:
    try:
        return LockedKey.from_bytes(locked).public
    except FormatError as problem:
        raise UnacceptableError(str(problem)) from None


def check_passphrase(passphrase: str) -> None:
    """Raise UnacceptableError for one that is too short, or of too few different characters."""
    if len(passphrase) < LEAST_PASSPHRASE:
        raise UnacceptableError(f"a passphrase needs at least {LEAST_PASSPHRASE} characters; four words are good")
    if len(set(passphrase)) < LEAST_DIFFERENT:
        raise UnacceptableError(f"a passphrase needs at least {LEAST_DIFFERENT} different characters")


def _by_name(session: DatabaseSession, name: str) -> Officer | None:
    return session.scalars(select(Officer).where(Officer.name == name)).first()


def open_session(session: DatabaseSession, officer: Officer, now: datetime) -> NewSession:
    """Open a session for an account that has proved itself, in the transaction that notes the log-in."""
    session.execute(delete(Session).where(Session.expires_at < now))
    opened = NewSession(secrets.token_urlsafe(32), secrets.token_urlsafe(32))
    session.add(
        Session(
            token_hash=_hash(opened.token),
            officer_id=officer.id,
            csrf=opened.csrf,
            expires_at=now + SESSION_LIFE,
            seen_at=now,
        )
    )
    return opened


def _count(officer: Officer | None, *, good: bool, now: datetime) -> None:
    if officer is None:
        return
    officer.failures = 0 if good else officer.failures + 1
    if officer.failures >= MOST_FAILURES:
        officer.locked_until, officer.failures = now + LOCK_TIME, 0


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

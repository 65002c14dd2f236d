"""Accounts made in the console: an administrator says who and what for, the person makes the key and the passphrase.

The administrator gets a one-time code and hands it over. With it the person's own browser makes the key pair and locks
it; the server learns the public half, the locked half and the log-in secret, as for every account. So nobody but the
owner ever knows a passphrase.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.errors import FormatError
from evidence.keys import LockedKey
from evidence.suite import Suite, suite_of_public
from server_stub import audit
from server_stub.access import Principal, Right, Role, demand, note
from server_stub.audit import Outcome
from server_stub.database import Database
from server_stub.errors import SignInError, UnacceptableError
from server_stub.officers import Officers
from server_stub.tables import AccountCode, Officer

LIFE = timedelta(days=3)
MOST_FAILURES = 5
_REFUSED = "the code is wrong, used up or too old; ask the administrator for a new one"


@dataclass(frozen=True, slots=True)
class Offer:
    """What a code is for, and of which kind the key has to be."""

    name: str
    role: Role
    suite: Suite


class AccountCodes:
    """Makes codes and takes them back."""

    def __init__(self, database: Database, officers: Officers, *, suite: Suite) -> None:
        """Keep codes in this database; keys of new accounts are of `suite`."""
        self._database = database
        self._officers = officers
        self._suite = suite

    def make(self, principal: Principal, name: str, role: Role) -> str:
        """Return a new code for an account of this name and role, good for three days and once.

        Raises:
            NotFoundError: the asking account does not administer; the try is noted.
            UnacceptableError: the name is taken.
        """
        demand(self._database, principal, Right.ADMINISTER, action="make-account-code", subject="accounts")
        number, secret = secrets.token_hex(4), secrets.token_hex(16)
        with self._database.writing() as session:
            if session.scalars(select(Officer.id).where(Officer.name == name)).first() is not None:
                raise UnacceptableError(f"there is an officer called {name} already")
            code = AccountCode(
                id=number, secret_hash=_hash(secret), name=name, role=role.value, made_by=principal.officer,
                expires_at=principal.at + LIFE, failures=0,
            )  # fmt: skip
            session.add(code)
            note(session, principal, "make-account-code", f"{number} {role.value}")
        return f"{number}-{secret}"

    def look(self, code: str, *, now: datetime) -> Offer:
        """Return what a code is for; raises SignInError, and counts a wrong one."""
        with self._database.writing() as session:
            found = _redeem(session, code, now)
            offer = None if found is None else Offer(found.name, Role(found.role), self._suite)
        if offer is None:
            raise SignInError(_REFUSED)
        return offer

    def join(self, code: str, locked: bytes, secret: str, *, now: datetime) -> str:
        """Use a code up and keep the account that its owner's browser made; return its id.

        Raises:
            SignInError: a wrong code, which is counted.
            UnacceptableError: no locked key of this server's suite, or the name was taken meanwhile.
        """
        with self._database.writing() as session:
            found = _redeem(session, code, now)
            officer = None
            if found is not None:
                self._check_key(locked)
                officer = self._officers.keep(session, found.name, locked, secret, now=now, role=Role(found.role))
                session.flush()
                found.officer_id = officer
            subject = officer or code.partition("-")[0][:8]
            outcome = Outcome.REFUSED if officer is None else Outcome.DONE
            audit.write(session, at=now, actor=officer or "nobody", action="join", subject=subject, outcome=outcome)
        if officer is None:
            raise SignInError(_REFUSED)
        return officer

    def _check_key(self, locked: bytes) -> None:
        try:
            public = LockedKey.from_bytes(locked).public
        except FormatError as problem:
            raise UnacceptableError(str(problem)) from None
        if suite_of_public(public) is not self._suite:
            raise UnacceptableError("the key is of another kind than this server's keys")


def _redeem(session: Session, code: str, now: datetime) -> AccountCode | None:
    number, _, secret = code.partition("-")
    found = session.get(AccountCode, number[:16])
    if found is None or found.officer_id is not None or now >= found.expires_at or found.failures >= MOST_FAILURES:
        return None
    if not hmac.compare_digest(found.secret_hash, _hash(secret)):
        found.failures += 1
        return None
    return found


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()

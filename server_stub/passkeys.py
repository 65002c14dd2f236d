"""Passkeys (Web Authentication): log in without a passphrase, and unlock the officer's key in the browser (PRF).

The server checks signatures with py_webauthn and keeps, beside each passkey, the officer's key locked under what that
passkey alone can compute (`evidence.passkey`). Log-in and unlocking need user verification: a finger, a face or a PIN.
Adding one takes the passphrase again, so that an open session in other hands gains nothing lasting.
"""

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import webauthn
from sqlalchemy import delete, select
from sqlalchemy.orm import Session as DatabaseSession
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from evidence.errors import EvidenceError
from evidence.keys import LockedKey, derive
from evidence.passkey import PRF_SIZE, PasskeyLock
from server_stub import audit
from server_stub.access import Principal, note, refuse
from server_stub.audit import Outcome
from server_stub.database import Database
from server_stub.errors import SignInError, UnacceptableError
from server_stub.officers import NewSession, Officers, open_session
from server_stub.tables import Challenge, Officer, Passkey

CHALLENGE_LIFE = timedelta(minutes=5)
MOST_PASSKEYS = 10
LARGEST_ANSWER = 16 * 1024
"""Characters of what a browser sends for a passkey, as JSON."""
_REFUSED = "this passkey is not known here, or its answer is not valid; the passphrase works as before"


@dataclass(frozen=True, slots=True)
class OwnPasskey:
    """A passkey as its owner sees it. `used_at`: None while it was never used to log in."""

    passkey: str
    added_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class LogInQuestion:
    """What a browser asks passkeys: a challenge, and which credentials with which salt (bytes each)."""

    challenge: bytes
    rp_id: str
    credentials: tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class PasskeySession:
    """A session that a passkey opened, and the locked key that the same passkey unlocks."""

    session: NewSession
    lock: bytes = field(repr=False)


class Passkeys:
    """Registers passkeys and takes log-ins by them."""

    def __init__(self, database: Database, officers: Officers, *, host: str, decoy_secret: bytes) -> None:
        """`host` is the name that passkeys are bound to; `decoy_secret` makes steady answers for unknown names."""
        self._database = database
        self._officers = officers
        self._host = host
        self._decoy = derive(decoy_secret, b"overt-decoy-passkey")

    def creation_options(self, principal: Principal) -> dict[str, Any]:
        """Return what the browser makes a passkey from, as Web Authentication's JSON; raises UnacceptableError."""
        self._require_name()
        with self._database.writing() as session:
            officer = session.get_one(Officer, principal.officer)
            known = session.scalars(select(Passkey.credential).where(Passkey.officer_id == officer.id)).all()
            if len(known) >= MOST_PASSKEYS:
                raise UnacceptableError(f"an account has at most {MOST_PASSKEYS} passkeys; remove one first")
            challenge = _new_challenge(session, officer.id, principal.at)
        options = webauthn.generate_registration_options(
            rp_id=self._host,
            rp_name="Overt",
            user_id=officer.id.encode("ascii"),
            user_name=officer.name,
            challenge=challenge,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
        )
        spelled: dict[str, Any] = json.loads(webauthn.options_to_json(options))
        return spelled

    def add(self, principal: Principal, answer: str, lock: bytes, *, secret: str, origin: str) -> str:
        """Keep a new passkey with the key locked under it; return its id.

        `answer` is the browser's JSON, `secret` the log-in secret derived from the passphrase.

        Raises:
            UnacceptableError: wrong passphrase, which is noted and counts against the account; an answer that does
                not verify; or a lock that is not of this passkey and this account.
        """
        self._officers.prove(principal, secret)
        with self._database.writing() as session:
            challenge = _use_challenge(session, answer, principal.officer, principal.at)
            try:
                verified = webauthn.verify_registration_response(
                    credential=answer,
                    expected_challenge=challenge,
                    expected_rp_id=self._host,
                    expected_origin=self._checked(origin),
                    require_user_verification=True,
                )
            except WebAuthnException as problem:
                raise UnacceptableError(f"the passkey's answer is not valid: {problem}") from None
            officer = session.get_one(Officer, principal.officer)
            _check_lock(lock, verified.credential_id, officer)
            row = Passkey(
                id=_name(verified.credential_id),
                officer_id=officer.id,
                credential=verified.credential_id,
                public_key=verified.credential_public_key,
                sign_count=verified.sign_count,
                lock=lock,
                added_at=principal.at,
            )
            if session.get(Passkey, row.id) is not None:
                raise UnacceptableError("this passkey is registered already")
            session.add(row)
            note(session, principal, "add-passkey", row.id)
        return row.id

    def question(self, name: str, *, now: datetime) -> LogInQuestion:
        """Return what the browser asks the passkeys of a name; for others a steady decoy. Raises UnacceptableError."""
        self._require_name()
        with self._database.writing() as session:
            challenge = _new_challenge(session, None, now)
            rows = session.scalars(
                select(Passkey)
                .join(Officer, Officer.id == Passkey.officer_id)
                .where(Officer.name == name, Officer.closed_at.is_(None))
                .order_by(Passkey.added_at)
            ).all()
            found = [(row.credential, PasskeyLock.from_bytes(row.lock).prf_salt) for row in rows]
        return LogInQuestion(challenge, self._host, tuple(found or [self._made_up(name)]))

    def log_in(self, answer: str, *, origin: str, now: datetime) -> PasskeySession:
        """Open a session by a passkey; raises SignInError, and notes the try."""
        with self._database.writing() as session:
            row = _asked_passkey(session, answer)
            opened = None if row is None else self._open(session, row, answer, origin, now)
            audit.write(
                session,
                at=now,
                actor="nobody" if row is None else row.officer_id,
                action="log-in-passkey",
                subject="console" if row is None else row.id,
                outcome=Outcome.DONE if opened else Outcome.REFUSED,
            )
        if opened is None:
            raise SignInError(_REFUSED)
        return opened

    def own(self, principal: Principal) -> list[OwnPasskey]:
        """Return the asking account's passkeys, the oldest first."""
        query = select(Passkey).where(Passkey.officer_id == principal.officer).order_by(Passkey.added_at)
        with self._database.reading() as session:
            return [OwnPasskey(row.id, row.added_at, row.used_at) for row in session.scalars(query)]

    def remove(self, principal: Principal, passkey: str) -> None:
        """Forget one of the account's own passkeys; raises NotFoundError, and notes the try."""
        with self._database.writing() as session:
            found = session.get(Passkey, passkey)
            own = found is not None and found.officer_id == principal.officer
            if own:
                session.delete(found)
                note(session, principal, "remove-passkey", passkey)
        if not own:
            refuse(self._database, principal, action="remove-passkey", subject=passkey)

    def _open(
        self, session: DatabaseSession, row: Passkey, answer: str, origin: str, now: datetime
    ) -> PasskeySession | None:
        try:
            verified = webauthn.verify_authentication_response(
                credential=answer,
                expected_challenge=_use_challenge(session, answer, None, now),
                expected_rp_id=self._host,
                expected_origin=self._checked(origin),
                credential_public_key=row.public_key,
                credential_current_sign_count=row.sign_count,
                require_user_verification=True,
            )
        except (WebAuthnException, UnacceptableError):
            return None
        officer = session.get_one(Officer, row.officer_id)
        if officer.closed_at is not None:
            return None
        row.sign_count, row.used_at = verified.new_sign_count, now
        return PasskeySession(open_session(session, officer, now), row.lock)

    def _require_name(self) -> None:
        try:
            ip_address(self._host)
        except ValueError:
            return
        raise UnacceptableError(
            "passkeys are bound to a name, and this server is reached by an address; the passphrase works as before"
        )

    def _checked(self, origin: str) -> str:
        """Return the origin if it is this server over TLS, on whatever port; raises UnacceptableError."""
        parts = urlsplit(origin)
        if parts.scheme != "https" or parts.hostname != self._host:
            raise UnacceptableError("passkeys are taken from this server's own pages only")
        return origin

    def _made_up(self, name: str) -> tuple[bytes, bytes]:
        made = hmac.new(self._decoy, name.encode(), hashlib.sha512).digest()
        return made[:32], made[32 : 32 + PRF_SIZE]


def _new_challenge(session: DatabaseSession, officer: str | None, now: datetime) -> bytes:
    session.execute(delete(Challenge).where(Challenge.expires_at <= now))
    challenge = secrets.token_bytes(32)
    session.add(Challenge(hash=_hash(challenge), officer_id=officer, expires_at=now + CHALLENGE_LIFE))
    return challenge


def _use_challenge(session: DatabaseSession, answer: str, officer: str | None, now: datetime) -> bytes:
    """Return the challenge that an answer names, once; whether the answer signs it is for py_webauthn to say."""
    challenge = _challenge_in(answer)
    found = session.get(Challenge, _hash(challenge))
    if found is None or found.officer_id != officer or now >= found.expires_at:
        raise UnacceptableError("this answer came too late, or twice; please try again")
    session.delete(found)
    return challenge


def _challenge_in(answer: str) -> bytes:
    try:
        client_data = webauthn.base64url_to_bytes(json.loads(answer)["response"]["clientDataJSON"])
        return webauthn.base64url_to_bytes(json.loads(client_data)["challenge"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UnacceptableError("this is no answer of a passkey") from None


def _asked_passkey(session: DatabaseSession, answer: str) -> Passkey | None:
    try:
        credential = webauthn.base64url_to_bytes(json.loads(answer)["rawId"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return session.get(Passkey, _name(credential))


def _check_lock(data: bytes, credential: bytes, officer: Officer) -> None:
    try:
        lock = PasskeyLock.from_bytes(data)
    except EvidenceError as problem:
        raise UnacceptableError(str(problem)) from None
    if lock.credential != credential or lock.public != LockedKey.from_bytes(officer.locked_key).public:
        raise UnacceptableError("the locked key is not of this passkey and this account")


def _name(credential: bytes) -> str:
    return hashlib.sha256(credential).hexdigest()[:32]


def _hash(challenge: bytes) -> str:
    return hashlib.sha256(challenge).hexdigest()


def spell(value: bytes) -> str:
    """Spell bytes as Web Authentication's JSON does."""
    return bytes_to_base64url(value)

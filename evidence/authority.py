"""The permission to monitor, signed by the issuer that was pinned when the device was enrolled.

Capture takes a checked `Authority` as an argument; `check_authority` is how one is made from a file.

The steps, in the order of the code: 1 signature, 2 form, 3 device, 4 account, 5 withdrawal, 6 time. A clock that was
turned back must not revive an authority: callers give as `now` the latest time that they have reason to believe.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence import canonical
from evidence.errors import (
    AuthorityFormatError,
    AuthoritySignatureError,
    ExpiredError,
    ForeignAccountError,
    ForeignDeviceError,
    FormatError,
    NotYetValidError,
    SignatureError,
    WithdrawnError,
)
from evidence.fields import DIGEST, Fields, format_time
from evidence.statement import Statement, read_statement, sign_statement
from evidence.terms import AuthorityTerms, Condition, NamedRecipient, PermittedLibrary

__all__ = [
    "Authority", "AuthorityTerms", "Condition", "NamedRecipient", "PermittedLibrary", "Withdrawal", "authority_digest",
    "check_authority", "check_withdrawal", "issue_authority", "issue_withdrawal", "read_authority",
]  # fmt: skip

WITHDRAWAL_FORMAT = "overt-withdrawal-1"
_WITHDRAWAL_LIMIT = 4096


@dataclass(frozen=True, slots=True)
class Authority:
    """A permission whose signature was checked. Only this module makes one."""

    terms: AuthorityTerms
    digest: str
    """SHA-256 of the file in hex: what headers name."""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """The issuer's word that an authority ended before its time: consent taken back, order discharged."""

    authority: str
    """Digest of the authority file."""
    withdrawn_at: datetime
    reason: str = field(repr=False)


def issue_authority(terms: AuthorityTerms, issuing_key: Ed25519PrivateKey) -> bytes:
    """Return the signed file; raises FormatError for terms that no authority may have."""
    return sign_statement(terms.to_bytes(), issuing_key)


def authority_digest(file_bytes: bytes) -> str:
    """Return the name of an authority file: its SHA-256 in hex."""
    return hashlib.sha256(file_bytes).hexdigest()


def read_authority(file_bytes: bytes, *, issuer_key: bytes) -> Authority:
    """Check signature and form only: for those who keep authorities, not for those who act under one.

    Raises AuthoritySignatureError or AuthorityFormatError.
    """
    statement = _statement(file_bytes)
    try:
        payload = statement.check(issuer_key, what="authority")
        return Authority(AuthorityTerms.from_bytes(payload), authority_digest(file_bytes))
    except SignatureError as problem:
        raise AuthoritySignatureError(
            str(problem), hint="Ask who runs the server whether the issuing key was changed; then enrol again."
        ) from None
    except FormatError as problem:
        raise AuthorityFormatError(problem.place, problem.problem, hint=problem.hint) from None


def check_authority(
    file_bytes: bytes,
    *,
    issuer_key: bytes,
    device_key: bytes,
    now: datetime,
    account: str,
    withdrawal: bytes | None = None,
) -> Authority:
    """Return the authority if this device may be monitored now in this account.

    `device_key` is the device's 32-byte verifying key, `now` an aware moment, `withdrawal` a withdrawal file where one
    was received. Raises the AuthorityError that says why not.
    """
    authority = read_authority(file_bytes, issuer_key=issuer_key)
    terms = authority.terms
    if terms.device_key != device_key:
        raise ForeignDeviceError(
            f"authority {terms.authority_id} is for another device", hint="Ask for one that names this device's key."
        )
    if account not in terms.accounts:
        raise ForeignAccountError(
            f"authority {terms.authority_id} does not name the account in use",
            hint=f"Accounts it names: {', '.join(terms.accounts)}.",
        )
    if withdrawal is not None:
        _check_not_withdrawn(authority, check_withdrawal(withdrawal, issuer_key=issuer_key))
    _check_time(terms, now)
    return authority


def issue_withdrawal(withdrawal: Withdrawal, issuing_key: Ed25519PrivateKey) -> bytes:
    """Return the signed file."""
    payload = canonical.encode(
        {
            "format": WITHDRAWAL_FORMAT,
            "authority": withdrawal.authority,
            "withdrawn_at": format_time(withdrawal.withdrawn_at),
            "reason": withdrawal.reason,
        }
    )
    return sign_statement(payload, issuing_key)


def check_withdrawal(file_bytes: bytes, *, issuer_key: bytes) -> Withdrawal:
    """Check a withdrawal's signature and read it; raises SignatureError or FormatError."""
    payload = read_statement(file_bytes, place="withdrawal").check(issuer_key, what="withdrawal")
    fields = Fields(canonical.decode(payload, place="withdrawal", limit=_WITHDRAWAL_LIMIT), "withdrawal")
    fields.constant("format", WITHDRAWAL_FORMAT)
    withdrawal = Withdrawal(
        fields.text("authority", pattern=DIGEST), fields.time("withdrawn_at"), fields.text("reason", limit=1000)
    )
    fields.done()
    return withdrawal


def _statement(file_bytes: bytes) -> Statement:
    try:
        return read_statement(file_bytes, place="authority file")
    except FormatError as problem:
        raise AuthorityFormatError(problem.place, problem.problem, hint="Fetch the authority again.") from None


def _check_not_withdrawn(authority: Authority, withdrawal: Withdrawal) -> None:
    if withdrawal.authority == authority.digest:
        moment = format_time(withdrawal.withdrawn_at)
        raise WithdrawnError(f"authority {authority.terms.authority_id} was withdrawn at {moment}")


def _check_time(terms: AuthorityTerms, now: datetime) -> None:
    if now < terms.not_before:
        raise NotYetValidError(
            f"authority {terms.authority_id} begins at {format_time(terms.not_before)}",
            hint="If that time has come, this computer's clock is wrong.",
        )
    if now >= terms.not_after:
        raise ExpiredError(
            f"authority {terms.authority_id} ended at {format_time(terms.not_after)}",
            hint="Nothing is monitored without one; ask the issuer for a new one if there is an order.",
        )

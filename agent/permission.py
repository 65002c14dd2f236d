"""Finds the authority and checks it. Imports no capture library: a bad one ends the agent before any is loaded."""

from datetime import datetime
from pathlib import Path

from agent.errors import DeliveryError, EndedError, NoAuthorityError
from agent.ports import Transport
from agent.state import StateFolder, write_replaced
from evidence.authority import Authority, check_authority, check_withdrawal, read_authority
from evidence.errors import AuthorityError, EvidenceError, ExpiredError, WithdrawnError
from evidence.keys import verifying_key


def refresh(state: StateFolder, transport: Transport) -> str:
    """Fetch the newest authority and keep it; without the server the one that is kept stands until its end.

    Return what went wrong, in words; empty where nothing did. What the issuer did not sign replaces nothing.
    """
    issuer_key = bytes.fromhex(state.enrolment().issuer_key)
    try:
        found, withdrawn = transport.fetch_authority(), transport.fetch_withdrawal()
    except DeliveryError as problem:
        return str(problem)
    if found is not None:
        try:
            read_authority(found, issuer_key=issuer_key)
        except EvidenceError as problem:
            return f"the server sent an authority that nobody with the right to has signed: {problem}"
        _keep(state.authority_file, found)
    if withdrawn is not None:
        try:
            check_withdrawal(withdrawn, issuer_key=issuer_key)
        except EvidenceError as problem:
            return f"the server sent a withdrawal that nobody with the right to has signed: {problem}"
        _keep(state.withdrawal_file, withdrawn)
    return ""


def _keep(file: Path, content: bytes) -> None:
    if not file.exists() or file.read_bytes() != content:
        write_replaced(file, content, durable=True)


def check(state: StateFolder, *, now: datetime, account: str) -> Authority:
    """Return the authority that permits watching this account of this device now.

    Raises:
        NoAuthorityError: there is none, or it does not; the message says which.
    """
    latest = state.latest_time(now)
    try:
        return permitting(state, latest, account=account)
    except EndedError as ended:
        if latest > now:
            showed = f"This device's clock showed {latest:%d %B %Y, %H:%M} UTC before: set back, it revives nothing."
            ended.hint = f"{showed} Ask for an authority that ends later, or enrol this device anew."
        raise


def permitting(state: StateFolder, moment: datetime, *, account: str) -> Authority:
    """Return the authority that permits watching this account at a moment; raises NoAuthorityError."""
    enrolment = state.enrolment()
    try:
        file = state.authority_file.read_bytes()
    except FileNotFoundError:
        raise NoAuthorityError(
            "There is no authority for this device: nothing may be watched.",
            hint="The officer issues one with: overt server authority issue",
        ) from None
    try:
        return check_authority(
            file,
            issuer_key=bytes.fromhex(enrolment.issuer_key),
            device_key=verifying_key(state.device_key()),
            now=moment,
            account=account,
            withdrawal=_withdrawal(state, bytes.fromhex(enrolment.issuer_key)),
        )
    except (ExpiredError, WithdrawnError) as over:
        raise EndedError(f"Nothing may be watched: {over}.", hint=over.hint) from None
    except AuthorityError as problem:
        raise NoAuthorityError(f"Nothing may be watched: {problem}.", hint=problem.hint) from None


def _withdrawal(state: StateFolder, issuer_key: bytes) -> bytes | None:
    """Return the withdrawal that is kept. One that is damaged here counts as none: the server is asked again."""
    try:
        found = state.withdrawal_file.read_bytes()
        check_withdrawal(found, issuer_key=issuer_key)
    except (FileNotFoundError, EvidenceError):
        return None
    return found

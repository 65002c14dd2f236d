"""Finds the authority and checks it. Imports no capture library: a bad one ends the agent before any is loaded."""

from datetime import datetime

from agent.errors import DeliveryError, NoAuthorityError
from agent.ports import Transport
from agent.state import StateFolder, write_replaced
from evidence.authority import Authority, check_authority
from evidence.errors import AuthorityError
from evidence.keys import verifying_key


def refresh(state: StateFolder, transport: Transport) -> str:
    """Fetch the newest authority and keep it; without the server the one that is kept stands until its end.

    Return what went wrong, in words; empty where nothing did.
    """
    try:
        found = transport.fetch_authority()
    except DeliveryError as problem:
        return str(problem)
    if found is not None:
        write_replaced(state.authority_file, found, durable=True)
    return ""


def check(state: StateFolder, *, now: datetime, account: str) -> Authority:
    """Return the authority that permits watching this account of this device now.

    Raises:
        NoAuthorityError: there is none, or it does not; the message says which.
    """
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
            now=state.latest_time(now),
            account=account,
        )
    except AuthorityError as problem:
        raise NoAuthorityError(f"Nothing may be watched: {problem}.", hint=problem.hint) from None

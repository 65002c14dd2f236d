"""Joins a case: checks that the server is the one the officer meant, makes the device's own key, redeems the code."""

import hashlib
import json
import ssl
from dataclasses import asdict, dataclass, field

from agent import key_store, transport
from agent.errors import EnrolmentError
from agent.key_store import Wanted
from agent.state import Enrolment, StateFolder, write_replaced
from evidence.keys import Entropy, key_id, load_signing_key, verifying_key

PREFIX = "overt1"
_FINGERPRINT_LENGTH = 64


@dataclass(frozen=True, slots=True)
class EnrolmentString:
    """What the officer gives: where the server is, whom to trust there, and the one-time code."""

    server: str
    ca_fingerprint: str
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Joined:
    """A device that has joined. The fingerprint is what the officer compares with the server's list."""

    enrolment: Enrolment
    fingerprint: str
    key_in_system: bool = False
    """Whether the system's key store has the device's key; else a file has it."""


def parse_string(text: str) -> EnrolmentString:
    """Read `overt1:HOST:PORT:FINGERPRINT:CODE`; raises EnrolmentError."""
    prefix, _, rest = text.strip().partition(":")
    fields = rest.rsplit(":", 3)
    if prefix != PREFIX or len(fields) != 4 or not fields[1].isdigit() or len(fields[2]) != _FINGERPRINT_LENGTH:
        raise EnrolmentError(
            "That is not an enrolment string.", hint="It begins with overt1: and is best pasted whole, in quotes."
        )
    host, port, fingerprint, code = fields
    return EnrolmentString(f"https://{host}:{port}", fingerprint, code)


def enrol(text: str, state: StateFolder, *, entropy: Entropy, keep_key: Wanted = Wanted.FILE) -> Joined:
    """Join the case that an enrolment string belongs to; raises EnrolmentError and leaves nothing behind then.

    `keep_key` says where the key is kept. Raises NotEnrolledError where the system's store was asked for and fails.
    """
    wanted = parse_string(text)
    if state.enrolment_file.exists():
        raise EnrolmentError(
            f"This computer has joined a case already ({state.root}).",
            hint="Use another --state folder, or ask the officer to end the old enrolment first.",
        )
    state.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_replaced(state.ca_file, _trusted_ca(wanted))
    secret = entropy(32)
    public = verifying_key(load_signing_key(secret))
    in_system = key_store.keep(state.device_key_file, secret, keep_key)  # first: a code is not used up for nothing
    try:
        asked = {"code": wanted.code, "device_key": public.hex()}
        answer = transport.post_enrolment(wanted.server, state.ca_file, asked)
    except EnrolmentError:
        key_store.forget(state.device_key_file)
        raise
    enrolment = Enrolment(
        device=answer["device"],
        case=answer["case"],
        server=wanted.server,
        issuer_key=answer["issuer_key"],
        receipt_key=answer["receipt_key"],
    )
    root = answer.get("updates_root", "")
    if root:  # what is believed for signed libraries from now on; a server without them gives none
        state.updates.mkdir(exist_ok=True, mode=0o700)
        write_replaced(state.updates / "root.json", root.encode(), durable=True)
    # The enrolment comes last: without it the folder counts as not enrolled.
    write_replaced(state.enrolment_file, json.dumps(asdict(enrolment)).encode(), durable=True)
    return Joined(enrolment, key_id(public), in_system)


def _trusted_ca(wanted: EnrolmentString) -> bytes:
    found = transport.fetch_ca(wanted.server)
    try:
        der = ssl.PEM_cert_to_DER_cert(found.decode("ascii"))
    except ValueError:
        raise EnrolmentError(f"{wanted.server} is not an Overt server.") from None
    if hashlib.sha256(der).hexdigest() != wanted.ca_fingerprint:
        raise EnrolmentError(
            "This is not the server that the enrolment string was made for: its certificate differs.",
            hint="Somebody may be in between. Do not go on; tell the officer.",
        )
    return found

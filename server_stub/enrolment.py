"""Brings a device into a case by a one-time code: 128 bits, fifteen minutes, one use, closed after five wrong tries."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from server_stub import audit
from server_stub.access import Principal, note, refuse
from server_stub.audit import Outcome
from server_stub.certificates import fingerprint
from server_stub.database import Database
from server_stub.devices import reached
from server_stub.errors import SignInError, UnacceptableError
from server_stub.folder import ServerFolder
from server_stub.identifiers import new_id
from server_stub.tables import Case, Device, EnrolmentCode
from server_stub.transfer.standing import require_here

LIFE = timedelta(minutes=15)
MOST_FAILURES = 5
_REFUSED = "the code is wrong, used up or too old; ask for a new one"


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What a device learns when it joins."""

    device: str
    case: str


class Enrolment:
    """Makes codes and takes them back."""

    def __init__(self, database: Database) -> None:
        """Keep codes and devices in this database."""
        self._database = database

    def make_code(self, principal: Principal, case: str, *, replaces: str | None = None) -> str:
        """Return a new code for a case. `replaces` names the device that a rebuilt machine continues.

        Raises:
            NotFoundError: not the account's case, or no such device in it; the try is noted.
            UnacceptableError: the case was given to another server.
        """
        number, secret = secrets.token_hex(4), secrets.token_hex(16)
        with self._database.writing() as session:
            known = session.scalars(reached(principal).where(Case.id == case)).first() is not None
            if known and replaces is not None:
                known = session.scalars(
                    select(Device.id).where(Device.id == replaces, Device.case_id == case)
                ).first() is not None  # fmt: skip
            if known:
                require_here(session, case)
                session.add(
                    EnrolmentCode(
                        id=number,
                        secret_hash=_hash(secret),
                        case_id=case,
                        expires_at=principal.at + LIFE,
                        replaces_id=replaces,
                    )
                )
                note(session, principal, "make-code", case if replaces is None else f"{case} replaces {replaces}")
        if not known:
            refuse(self._database, principal, action="make-code", subject=case)
        return f"{number}-{secret}"

    def enrol(self, code: str, device_key: bytes, *, now: datetime) -> Enrolled:
        """Use up a code and take the device in; raises SignInError or UnacceptableError."""
        with self._database.writing() as session:
            found = _redeem(session, code, now)
            if found is not None:
                require_here(session, found.case_id)  # a code that was made before is good for some minutes after
            enrolled = None if found is None else _take_in(session, found, device_key, now)
            audit.write(
                session,
                at=now,
                actor="device",
                action="enrol",
                subject=enrolled.device if enrolled else code.partition("-")[0][:8],
                outcome=Outcome.DONE if enrolled else Outcome.REFUSED,
            )
        if enrolled is None:
            raise SignInError(_REFUSED)
        return enrolled


def enrolment_string(folder: ServerFolder, code: str, *, host: str | None = None) -> str:
    """Return what is pasted on the device: where the server is, whom to trust there, and the code.

    `host` stands for the one in the settings, where devices reach the server by another name.
    """
    name, port = folder.reached_at(host)
    pinned = fingerprint(folder.ca_certificate.read_bytes())
    return f"overt1:{name}:{port}:{pinned}:{code}"


def _redeem(session: Session, code: str, now: datetime) -> EnrolmentCode | None:
    number, _, secret = code.partition("-")
    found = session.get(EnrolmentCode, number[:16])
    if found is None or found.device_id is not None or now >= found.expires_at or found.failures >= MOST_FAILURES:
        return None
    if not hmac.compare_digest(found.secret_hash, _hash(secret)):
        found.failures += 1
        return None
    return found


def _take_in(session: Session, code: EnrolmentCode, device_key: bytes, now: datetime) -> Enrolled:
    if session.scalars(select(Device).where(Device.public_key == device_key)).first() is not None:
        raise UnacceptableError("a device with this key is enrolled already")
    device = Device(
        id=new_id("device"),
        case_id=code.case_id,
        public_key=device_key,
        enrolled_at=now,
        replaces_id=code.replaces_id,
    )
    session.add(device)
    session.flush()
    before = None if code.replaces_id is None else session.get(Device, code.replaces_id)
    if before is not None and before.revoked_at is None:
        before.revoked_at = now  # one machine, one chain that grows: the old key's ends here
    code.device_id = device.id
    return Enrolled(device.id, device.case_id)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()

"""The end of an agent: what is left is delivered, everything is removed, and a signed receipt stays.

Nothing is removed while the server does not confirm that the authority is over, nor while records wait for delivery:
then the agent only stops, and tries again at its next start.
"""

import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path

from agent import key_store, permission
from agent.ballast import Ballast
from agent.clock import SystemClock, boot_id
from agent.errors import AgentError, EndedError, NoAuthorityError
from agent.recorder import Origins, Recorder
from agent.spool import Spool
from agent.state import Enrolment, StateFolder
from agent.transport import HttpTransport
from agent.upload import Uploader
from evidence import canonical
from evidence.fields import format_time
from evidence.keys import key_id, verifying_key
from evidence.statement import sign_statement
from overt import __version__
from overt.service_files import remove_service, undeletable

FORMAT = "overt-removal-1"
PATIENCE = 30.0
"""Seconds in which what is left may still be delivered."""


@contextmanager
def finish_if_over(state: StateFolder, tell: Callable[[str], None]) -> Iterator[None]:
    """Remove the agent when its authority turns out to be over, and the server confirms it."""
    try:
        yield
    except EndedError as over:
        if is_over(state):
            try:
                left = remove_agent(state, str(over), Path.home(), abandon=False)
            except AgentError as problem:
                tell(f"The agent stays installed for now: {problem}")
            else:
                tell(f"The authority is over: the agent was removed from this computer. The receipt is {left}")
                tell(definitions_left(undeletable()).rstrip())
        raise


def is_over(state: StateFolder) -> bool:
    """Return whether the server was asked, and there is no authority any more that was not ended or withdrawn.

    The server takes signed requests of this very moment only. So the clock is right now, and what it showed before,
    ahead of its time perhaps, ends nothing for good.
    """
    transport = _transport(state)
    try:
        if permission.refresh(state, transport):
            return False
    finally:
        transport.close()
    try:
        permission.permitting(state, datetime.now(UTC), account=getuser())
    except EndedError:
        return True
    except NoAuthorityError:
        return False
    return False


def in_force(state: StateFolder) -> str | None:
    """Return until when the authority that lies here is in force; None where none is."""
    try:
        authority = permission.check(state, now=datetime.now(UTC), account=getuser())
    except NoAuthorityError:
        return None
    return f"{authority.terms.not_after.astimezone():%d %B %Y, %H:%M}"


def remove_agent(state: StateFolder, why: str, receipt_folder: Path, *, abandon: bool) -> Path:
    """Deliver what is left, leave a receipt, remove everything; return the receipt. Raises AgentError.

    The caller holds the state folder (`only_agent`).
    """
    enrolment, key = state.enrolment(), state.device_key()
    spool = Spool(state.spool, verifying_key(key))
    _deliver(state, enrolment, spool)
    if len(spool) and not abandon:
        raise AgentError(
            f"{len(spool)} sealed records could not be delivered to {enrolment.server}.",
            hint="Try again when it can be reached; --abandon removes them undelivered.",
        )
    _record(state, enrolment, spool, why)
    _deliver(state, enrolment, spool)
    number, prev = spool.next_link()
    facts: dict[str, canonical.Value] = {
        "format": FORMAT,
        "device": enrolment.device,
        "case": enrolment.case,
        "why": why,
        "removed_at": format_time(datetime.now(UTC)),
        "epoch": number.epoch,
        "records": number.seq,
        "last_header": prev,
        "undelivered": len(spool) + spool.refused,
    }
    signed = sign_statement(canonical.encode(canonical.without_lone_surrogates(facts)), key)
    receipt_folder.mkdir(parents=True, exist_ok=True)
    left = receipt_folder / f"overt-receipt-{enrolment.device}.txt"
    left.write_text(_words(facts, key_id(verifying_key(key)), signed, undeletable()), encoding="utf-8")
    remove_service()
    key_store.forget(state.device_key_file)
    shutil.rmtree(state.root)
    return left


def _record(state: StateFolder, enrolment: Enrolment, spool: Spool, why: str) -> None:
    """Say in the chain that it ends, where an authority is in force. Where it is over, that was the last word."""
    try:
        authority = permission.check(state, now=datetime.now(UTC), account=getuser())
    except NoAuthorityError:
        return
    origins = Origins(enrolment.device, boot_id(), __version__, "0" * 64)
    recorder = Recorder(
        authority, origins, spool, device_key=state.device_key(), clock=SystemClock(), entropy=secrets.token_bytes,
        ballast=Ballast(state.spool),
    )  # fmt: skip
    recorder.event("agent-removed", f"The agent removes itself from this device. {why}", severity=3)


def _deliver(state: StateFolder, enrolment: Enrolment, spool: Spool) -> None:
    transport = _transport(state)
    receipt_key = bytes.fromhex(enrolment.receipt_key)
    uploader = Uploader(
        spool,
        transport,
        SystemClock(),
        device=enrolment.device,
        receipt_key=receipt_key,
        jitter=lambda upper: upper / 2,
    )
    uploader.start()
    uploader.finish(PATIENCE)
    transport.close()


def _transport(state: StateFolder) -> HttpTransport:
    enrolment = state.enrolment()
    return HttpTransport(
        enrolment.server,
        state.ca_file,
        device=enrolment.device,
        device_key=state.device_key(),
        entropy=secrets.token_bytes,
    )


def definitions_left(kept: Sequence[Path]) -> str:
    """Say which definitions of services only an administrator may delete, and how; empty where there are none."""
    if not kept:
        return ""
    names = ", ".join(map(str, kept))
    return f"An administrator's files, which start nothing any more: {names}. To delete them: sudo overt agent remove\n"


def _words(facts: "dict[str, canonical.Value]", fingerprint: str, signed: bytes, kept: Sequence[Path]) -> str:
    return f"""This computer is no longer monitored. The agent, its keys and its records were removed from it.

Why           {facts["why"]}
When          {facts["removed_at"]}
Case          {facts["case"]}
Device        {facts["device"]}, key {fingerprint}
Records       {facts["records"]} were made in all; {facts["undelivered"]} of them were not delivered and are gone
Last record   {facts["last_header"]}

What was delivered before stays with the authority; who to ask about it stood in the notice.
The program itself is a Python package: python -m pip uninstall overt
{definitions_left(kept)}
Signed by the device's key before it was destroyed (evidence/SPEC.md, statement):
{signed.decode("ascii")}
"""

"""Follows a signed hand-over to another server without a visit (FIELD R21).

The old server gives the hand-over. It is believed only under the issuer's key that this device has pinned. Before
anything changes the new server is asked, over TLS with the authority that the hand-over names: it has to know this
device and to have an authority for it, signed by the issuer that the hand-over names. Then the old server is told;
where it has taken the hand-over back meanwhile, nothing happens. Only then the new server's keys are pinned, in an
order in which a crash anywhere leads to the one state or the other. Records that wait go to the new server, in the
same chain.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path

from agent.errors import DeliveryError, HandoverRefusedError
from agent.ports import Transport
from agent.state import StateFolder, write_replaced
from evidence.authority import read_authority
from evidence.errors import EvidenceError
from evidence.handover import Handover, check_handover, read_handover
from evidence.keys import verifying_key

OpenTransport = Callable[[str, Path], Transport]
"""Opens a connection to a server by its address, trusting the certificate authority in a file."""
_PENDING, _FOLLOWED, _AUTHORITY = "pending.json", "followed", "authority"
_SUFFIX, _ISSUER = ".json", ".issuer"


class Movement:
    """One device's moves from server to server."""

    def __init__(self, state: StateFolder, transport: Transport, open_transport: OpenTransport) -> None:
        """Ask the server that the device reports to through `transport`."""
        self._state = state
        self._transport = transport
        self._open = open_transport
        self._told = ""

    def ask(self) -> Handover | None:
        """Look for a hand-over and do what goes before a move; return it where only `complete` is left.

        Raises HandoverRefusedError for one that must not be followed, once for each.
        """
        try:
            file = self._transport.fetch_handover()
            handover = None if file is None else self._check(file)
            if file is None or handover is None or not self._is_expected(handover):
                return None
            write_replaced(_made(self._state.handovers) / _PENDING, file, durable=True)
            if not self._transport.follow_handover(hashlib.sha256(file).hexdigest()):
                (self._state.handovers / _PENDING).unlink()
                return None
        except (DeliveryError, OSError):
            return None  # asked again
        write_replaced(self._state.handovers / _FOLLOWED, b"", durable=True)
        return handover

    def _check(self, file: bytes) -> Handover | None:
        enrolment = self._state.enrolment()
        try:
            return check_handover(
                file,
                issuer_key=bytes.fromhex(enrolment.issuer_key),
                receipt_key=bytes.fromhex(enrolment.receipt_key),
                device_key=verifying_key(self._state.device_key()),
                device=enrolment.device,
                case=enrolment.case,
                after=_last_moment(self._state),
            )
        except EvidenceError as problem:
            digest = hashlib.sha256(file).hexdigest()
            if digest == self._told:
                return None
            self._told = digest
            raise HandoverRefusedError(f"{problem}.") from None

    def _is_expected(self, handover: Handover) -> bool:
        """Return whether the new server knows this device and has an authority for it; keep that for the move."""
        with tempfile.TemporaryDirectory(dir=self._state.root) as folder:
            ca = Path(folder) / "ca.pem"
            ca.write_text(handover.to.ca, encoding="ascii")
            transport = self._open(handover.to.address, ca)
            try:
                file = transport.fetch_authority()
            finally:
                transport.close()
        try:
            authority = None if file is None else read_authority(file, issuer_key=handover.to.issuer_key)
        except EvidenceError:
            return False  # the one of before still: a new one is awaited
        if file is None or authority is None or authority.terms.device_key != handover.device_key:
            return False
        write_replaced(_made(self._state.handovers) / _AUTHORITY, file, durable=True)
        return True


def complete(state: StateFolder) -> bool:
    """Pin the new server where the old one was told of the move; return whether. May be called at any time."""
    folder = state.handovers
    if not (folder / _FOLLOWED).exists() or not (folder / _PENDING).exists():
        return False
    file = (folder / _PENDING).read_bytes()
    enrolment = state.enrolment()
    kept = folder / f"{len(_followed(state)):04d}{_SUFFIX}"
    try:
        handover = read_handover(file, issuer_key=bytes.fromhex(enrolment.issuer_key))
    except EvidenceError:  # the enrolment is the new one already: what is left is to put the hand-over away
        return _put_away(folder, kept)
    write_replaced(kept.with_suffix(_ISSUER), enrolment.issuer_key.encode(), durable=True)
    _carry_updates_over(state, handover)
    state.withdrawal_file.unlink(missing_ok=True)
    write_replaced(state.ca_file, handover.to.ca.encode("ascii"), durable=True)
    write_replaced(state.authority_file, (folder / _AUTHORITY).read_bytes(), durable=True)
    new = replace(
        enrolment,
        server=handover.to.address,
        issuer_key=handover.to.issuer_key.hex(),
        receipt_key=handover.to.receipt_key.hex(),
    )
    write_replaced(state.enrolment_file, json.dumps(asdict(new)).encode(), durable=True)
    return _put_away(folder, kept)


def former_receipt_keys(state: StateFolder) -> list[bytes]:
    """Return the keys of receipts of the servers that this device reported to before."""
    return [one.from_receipt_key for one in _statements(state)]


def untold(state: StateFolder, tell: Callable[[str, str], None]) -> None:
    """Say in the record of each move that was not told yet: `tell` is given its name and a sentence."""
    told = state.handovers / "told"
    count = int(told.read_text(encoding="ascii")) if told.exists() else 0
    moves = _statements(state)
    for one in moves[count:]:
        text = f"The case was handed over: this device reports to {one.to.address} now, and its record goes on."
        tell("server-moved", text)
    if len(moves) > count:
        write_replaced(told, str(len(moves)).encode(), durable=True)


def _put_away(folder: Path, kept: Path) -> bool:
    (folder / _PENDING).replace(kept)
    for name in (_FOLLOWED, _AUTHORITY):
        (folder / name).unlink(missing_ok=True)
    return True


def _carry_updates_over(state: StateFolder, handover: Handover) -> None:
    """Believe the new server's root for libraries; what is in use stays until the new server publishes a set."""
    shutil.rmtree(state.updates / "metadata", ignore_errors=True)
    if not handover.to.updates_root:
        return
    state.updates.mkdir(exist_ok=True, mode=0o700)
    write_replaced(state.updates / "root.json", handover.to.updates_root.encode(), durable=True)
    active = state.updates / "active"
    if active.exists():
        number = int(active.read_text(encoding="ascii"))
        in_use, first = (state.updates / "sets" / f"{one:010d}" for one in (number, 0))
        if number and in_use.is_dir():  # the new server counts its sets from one
            shutil.rmtree(first, ignore_errors=True)
            in_use.rename(first)
        write_replaced(active, b"0", durable=True)


def _followed(state: StateFolder) -> list[Path]:
    return sorted(state.handovers.glob(f"[0-9]*{_SUFFIX}"))


def _statements(state: StateFolder) -> list[Handover]:
    """Return the hand-overs that were followed, read with the issuer's key that was pinned then."""
    return [
        read_handover(path.read_bytes(), issuer_key=bytes.fromhex(path.with_suffix(_ISSUER).read_text("ascii")))
        for path in _followed(state)
    ]


def _last_moment(state: StateFolder) -> datetime | None:
    moves = _statements(state)
    return moves[-1].issued_at if moves else None


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder

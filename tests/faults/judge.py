"""Judges a device after a fault: what was promised must be there, whole, in its place, once."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from agent.spool import Number, Spool
from evidence import envelope
from evidence.errors import EvidenceError
from evidence.keys import verifying_key
from evidence.ledger import follow, head_of
from tests.agent.rig import Rig


@dataclass
class Verdict:
    """What was found wrong, over any number of faults. All zero is the only good verdict."""

    faults: int = 0
    promised: int = 0
    lost: int = 0
    torn: int = 0
    reused: int = 0
    unchained: int = 0
    crashed: int = 0
    """Processes that ended by an error where they should have borne the fault."""
    skipped: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether nothing was wrong and something was examined."""
        wrong = self.lost + self.torn + self.reused + self.unchained + self.crashed
        return not wrong and (bool(self.skipped) or (self.faults > 0 and self.promised > 0))


@dataclass
class Promises:
    """Everything that a device's processes said was durable."""

    put: set[Number] = field(default_factory=set)
    stored: set[Number] = field(default_factory=set)

    def take(self, said: bytes, verdict: Verdict) -> None:
        """Add the whole lines of one process's output."""
        lines = said.decode().splitlines(keepends=True)
        for line in lines:
            if not line.endswith("\n"):
                continue
            word, epoch, seq = line.split()
            number = Number(int(epoch), int(seq))
            if word == "put":
                verdict.reused += number in self.put
                self.put.add(number)
                verdict.promised += 1
            else:
                self.stored.add(number)


def judge(rig: Rig, store: Path, promises: Promises, verdict: Verdict) -> None:
    """Open the device again as its next start would, and compare."""
    spool = rig.open_spool()
    waiting = list(_waiting(rig, spool, verdict))
    held = _stored(store)
    verdict.lost += len(promises.put - set(waiting) - set(held))
    verdict.lost += len(promises.stored - set(held))
    spooled = {number: spool._path(number).read_bytes() for number in waiting}
    verdict.reused += sum(1 for number in spooled.keys() & held.keys() if spooled[number] != held[number])
    verdict.unchained += _breaks({**held, **spooled})


def _waiting(rig: Rig, spool: Spool, verdict: Verdict) -> Iterable[Number]:
    for number in sorted(spool._numbers):
        try:
            data = spool._path(number).read_bytes()
            head = envelope.parse(data)
            envelope.verify(head, verifying_key(rig.device_key))
            envelope.verify_parts(head, data)
        except (EvidenceError, OSError):
            verdict.torn += 1
        else:
            yield number


def _stored(store: Path) -> dict[Number, bytes]:
    found = {}
    for path in store.iterdir():
        epoch, _, seq = path.name.partition("-")
        if seq.isdigit():
            found[Number(int(epoch), int(seq))] = path.read_bytes()
    return found


def _breaks(records: dict[Number, bytes]) -> int:
    """Count the records that do not follow the one before them in their epoch."""
    breaks, head = 0, None
    for number in sorted(records):
        header = envelope.parse(records[number]).header
        if head is None or head.epoch != number.epoch:
            head = head_of(header)
            continue
        try:
            head = follow(head, header)
        except EvidenceError:
            breaks, head = breaks + 1, head_of(header)
    return breaks

"""Seals what is to be recorded and gives it to the spool. What the disk does not take waits sealed in memory."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.ballast import Ballast
from agent.errors import SpoolError
from agent.held import HeldFile
from agent.ports import Clock
from agent.spool import Number, Spool
from evidence import envelope
from evidence.authority import Authority
from evidence.coverage import CoverageRecord
from evidence.envelope import Part, Recipient
from evidence.header import HeaderFields, Kind, Origin
from evidence.keys import Entropy, verifying_key
from evidence.ledger import ChainHead, head_of, link_after
from evidence.record import META, EventRecord

MOST_WAITING = 64 * 2**20
"""Bytes of sealed records that are kept in memory while the disk takes none."""
QUOTA = 8 * 2**30
"""Bytes of records that may wait on the device's disk, which belongs to the person: some 20,000 captures."""

_RELAXED = 0.9
"""Share of the quota under which captures count as kept again."""


@dataclass(frozen=True, slots=True)
class Origins:
    """What every header of this run says the same."""

    device: str
    boot: str
    agent: str
    """The agent's version."""
    libraries: str
    """Digest of the library set."""
    origin: Origin = Origin.SCREEN


@dataclass(frozen=True, slots=True)
class _Waiting:
    number: Number
    data: bytes = field(repr=False)
    head: ChainHead


@dataclass(frozen=True, slots=True)
class _Held:
    """A capture that is sealed, on the disk, and may still be sealed anew under the same number."""

    waiting: _Waiting
    severity: int
    group: str


class Recorder:
    """The one place where records get their number, their seal and their file."""

    def __init__(
        self,
        authority: Authority,
        origins: Origins,
        spool: Spool,
        *,
        device_key: Ed25519PrivateKey,
        clock: Clock,
        entropy: Entropy,
        ballast: Ballast,
        quota: int = QUOTA,
    ) -> None:
        """Seal to the recipients that the authority names, and to nobody else."""
        self._ballast = ballast
        self._quota = quota
        self._authority = authority
        self._origins = origins
        self._spool = spool
        self._key = device_key
        self._clock = clock
        self._entropy = entropy
        self._recipients = [Recipient(one.key, one.role) for one in authority.terms.recipients]
        self._waiting: deque[_Waiting] = deque()
        self._lost = 0
        self._held: _Held | None = None
        self._believed = max(clock.now(), authority.terms.not_before), clock.monotonic_ns()
        self._held_file = HeldFile(spool.folder, verifying_key(device_key))
        self._take_in()

    def use(self, libraries: str) -> None:
        """Name another set of libraries in headers from now on: `libraries` is its digest."""
        self._origins = replace(self._origins, libraries=libraries)

    def event(
        self, event: str, text: str = "", details: Mapping[str, str | int] | None = None, *, severity: int = 0
    ) -> None:
        """Record something that happened. The severity stands in the clear, so that the server can raise an alarm."""
        parts = [Part(META, EventRecord(event, text, details or {}).to_bytes())]
        self._add(Kind.EVENT, parts, severity=severity)

    def coverage(self, record: CoverageRecord) -> None:
        """Record what could be seen, minute by minute."""
        self._add(Kind.COVERAGE, [Part(META, record.to_bytes())])

    def gap(self, event: str, text: str, details: Mapping[str, str | int]) -> None:
        """Record that something is missing from now on, and why."""
        self._record(Kind.GAP, EventRecord(event, text, details))

    def heartbeat(self, details: Mapping[str, str | int]) -> None:
        """Record that the agent is alive."""
        self._record(Kind.HEARTBEAT, EventRecord("heartbeat", "", details))

    def note(self, text: str) -> bool:
        """Record a note of the person; return whether it is on the disk now. A full disk takes none."""
        if self._waiting:
            return False
        return self._add(Kind.NOTE, [Part(META, EventRecord("note", text).to_bytes())])

    def capture(self, parts: Sequence[Part], *, severity: int, group: str, hold: bool = False) -> bool:
        """Record a capture. Return whether it is on the disk now; otherwise it waits, or is counted in a gap record.

        With `hold` it may get more parts by `complete`, until another record comes; `holds` tells whether it may.
        """
        self.settle()
        if self._spool.size + sum(len(part.data) for part in parts) > self._quota:
            self._lose("quota-reached", "As many records as may wait on this device do so: captures are counted only.")
            return False
        if hold and self._hold(parts, severity, group):
            return True
        return self._add(Kind.CAPTURE, parts, severity=severity, group=group)

    @property
    def holds(self) -> bool:
        """Whether a capture waits to be completed."""
        return self._held is not None

    def complete(self, parts: Sequence[Part]) -> None:
        """Give the capture that is held its place in the chain, with these parts in place of what it had."""
        if self._held is not None:
            severity, group = self._held.severity, self._held.group
            self._held = replace(self._held, waiting=self._seal(Kind.CAPTURE, parts, severity, group))
            self.settle()

    def settle(self) -> None:
        """Give the capture that is held its place in the chain as it is."""
        if self._held is not None:
            self._waiting.append(self._held.waiting)
            self._held = None
            self.flush()

    def _hold(self, parts: Sequence[Part], severity: int, group: str) -> bool:
        if self._waiting:
            return False  # the disk takes nothing now
        sealed = self._seal(Kind.CAPTURE, parts, severity, group)
        if not self._held_file.write(sealed.data):
            return False
        self._held = _Held(sealed, severity, group)
        return True

    def _take_in(self) -> None:
        """Give the capture that the last run held its place, unless that run came to do it."""
        found = self._held_file.read()
        if found is None:
            return
        data, parsed = found
        fields, (number, prev) = parsed.header.context.fields, self._spool.next_link()
        if (fields.epoch, fields.seq, fields.prev) == (number.epoch, number.seq, prev):
            self._waiting.append(_Waiting(number, data, head_of(parsed.header)))
            self.flush()
        else:
            self._held_file.remove()

    def flush(self) -> bool:
        """Try again what the disk did not take; return whether all of it is on the disk now."""
        while self._waiting:
            first = self._waiting[0]
            try:
                self._spool.put(first.number, first.data, first.head)
            except SpoolError:
                if self._ballast.release():
                    self._record(
                        Kind.GAP, EventRecord("disk-full", "This device's disk is full; the room set aside is in use.")
                    )
                    continue
                return False
            self._waiting.popleft()
        if self._held is None:
            self._held_file.remove()  # what it was is in the chain now
        self._ballast.restore()
        self._tell_losses()
        return True

    def _lose(self, event: str, text: str) -> None:
        """Count a capture that cannot be kept. The first is told at once, the number when captures are kept again."""
        self._lost += 1
        if self._lost == 1:
            self._record(Kind.GAP, EventRecord(event, text))

    def _tell_losses(self) -> None:
        if self._lost and self._spool.size < self._quota * _RELAXED:
            lost, self._lost = self._lost, 0
            text = f"{lost} captures could not be kept: there was no room for them on this device."
            self._record(Kind.GAP, EventRecord("captures-lost", text, {"lost": lost}))

    @property
    def waiting(self) -> int:
        """How many sealed records wait for their place among the spool's files."""
        return len(self._waiting) + (self._held is not None)

    def _record(self, kind: Kind, record: EventRecord) -> None:
        self._add(kind, [Part(META, record.to_bytes())])

    def _add(self, kind: Kind, parts: Sequence[Part], *, severity: int = 0, group: str = "") -> bool:
        self.settle()
        if sum(len(one.data) for one in self._waiting) > MOST_WAITING:
            self._lost += 1  # nothing can be written at all; the number is told when the disk takes records again
            return False
        self._waiting.append(self._seal(kind, parts, severity, group))
        return self.flush()

    def _seal(self, kind: Kind, parts: Sequence[Part], severity: int, group: str) -> _Waiting:
        number, prev = self._next_link()
        fields = self._fields(kind, number, prev, severity, group)
        sealed = envelope.seal(fields, parts, self._recipients, self._key, entropy=self._entropy)
        data = sealed.envelope
        return _Waiting(number, data, head_of(envelope.parse(data[: sealed.head_length]).header))

    def _next_link(self) -> tuple[Number, str]:
        if not self._waiting:
            return self._spool.next_link()
        head = self._waiting[-1].head
        seq, prev = link_after(head)
        return Number(head.epoch, seq), prev

    def _now(self) -> datetime:
        """Return the clock's time. One from before the authority began is wrong: then the time is counted on."""
        now, ran = self._clock.now(), self._clock.monotonic_ns()
        if now >= self._authority.terms.not_before:
            self._believed = now, ran
            return now
        at, since = self._believed
        return at + timedelta(microseconds=(ran - since) // 1000)

    def _fields(self, kind: Kind, number: Number, prev: str, severity: int, group: str) -> HeaderFields:
        return HeaderFields(
            authority=self._authority.digest,
            case=self._authority.terms.case,
            device=self._origins.device,
            epoch=number.epoch,
            seq=number.seq,
            prev=prev,
            time=self._now(),
            monotonic_ns=self._clock.monotonic_ns(),
            boot=self._origins.boot,
            agent=self._origins.agent,
            libraries=self._origins.libraries,
            kind=kind,
            severity=severity,
            group=group,
            origin=self._origins.origin,
        )

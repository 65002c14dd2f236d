"""Verifies a set of envelopes step by step, the way SPEC.md numbers the steps, and says plainly what does not hold.

Records come one at a time, so that a set of any size can be verified; what is kept of each is its header.

1. Form        each file is an envelope as SPEC.md describes it
2. Signature   each header was signed by the device's key
3. Content     stanzas and parts are those that were signed
4. One chain   all records are of one device and one case
5. Order       numbers run without gap or repetition, and each record names the one before it
6. Authority   each record was made under the authority, each capture in its time, and sealed only to keys that it names
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from evidence.authority import Authority
from evidence.envelope import parse, verify_parts
from evidence.envelope import verify as verify_head
from evidence.errors import DigestError, EvidenceError, FormatError, SignatureError
from evidence.header import Header
from evidence.ledger import verify_sequence
from evidence.permission import objections


class Step(Enum):
    """The steps, by number and name."""

    FORM = (1, "Form", "each file is an envelope")
    SIGNATURE = (2, "Signature", "each header was signed by the device")
    CONTENT = (3, "Content", "stanzas and parts are those that were signed")
    ONE_CHAIN = (4, "One chain", "all records are of one device and one case")
    ORDER = (5, "Order", "no record is missing, repeated or exchanged")
    AUTHORITY = (6, "Authority", "each record was made under the authority and sealed to its keys only")

    @property
    def number(self) -> int:
        """Its number in SPEC.md."""
        return self.value[0]

    @property
    def title(self) -> str:
        """One or two words."""
        return self.value[1]

    @property
    def claim(self) -> str:
        """What holds when nothing was found."""
        return self.value[2]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not hold: where, and one sentence."""

    place: str
    sentence: str


@dataclass(frozen=True, slots=True)
class StepResult:
    """What one step found. `checked` counts records; None means that the step was not made, and `note` says why."""

    step: Step
    checked: int | None
    findings: tuple[Finding, ...] = ()
    note: str = ""

    @property
    def holds(self) -> bool:
        """True when the step was made on at least one record and found nothing."""
        return bool(self.checked) and not self.findings


@dataclass(frozen=True, slots=True)
class Verification:
    """The whole answer."""

    results: tuple[StepResult, ...]
    records: int

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that does not hold."""
        return tuple(finding for result in self.results for finding in result.findings)

    @property
    def holds(self) -> bool:
        """True when there was something to verify and nothing was found."""
        return self.records > 0 and not self.findings


def verify_records(
    records: Iterable[tuple[str, bytes]], device_public_key: bytes, *, authority: Authority | None = None
) -> Verification:
    """Verify envelopes given as (name, bytes), in any order; what is wrong with one does not stop the others."""
    collected = _Collected(device_public_key)
    for name, data in records:
        collected.add(name, data)
    return Verification((*collected.results(), *_over_all(collected.headers, authority)), collected.seen)


class _Collected:
    """Runs steps 1 to 3 on each record and keeps the headers that may be believed."""

    def __init__(self, device_public_key: bytes) -> None:
        self._key = device_public_key
        self._findings: dict[Step, list[Finding]] = {step: [] for step in (Step.FORM, Step.SIGNATURE, Step.CONTENT)}
        self.headers: list[tuple[str, Header]] = []
        self.seen = 0

    def add(self, name: str, data: bytes) -> None:
        self.seen += 1
        try:
            head = parse(data)
            verify_head(head, self._key)
            self.headers.append((name, head.header))
            verify_parts(head, data)
        except (FormatError, SignatureError, DigestError) as problem:
            self._findings[_step_of(problem)].append(Finding(name, str(problem)))

    def results(self) -> Iterable[StepResult]:
        checked = self.seen
        for step, findings in self._findings.items():
            yield StepResult(step, checked, tuple(findings))
            if step is not Step.CONTENT:
                checked -= len(findings)


def _step_of(problem: EvidenceError) -> Step:
    kinds = {FormatError: Step.FORM, SignatureError: Step.SIGNATURE, DigestError: Step.CONTENT}
    return next(step for kind, step in kinds.items() if isinstance(problem, kind))


def _over_all(headers: list[tuple[str, Header]], authority: Authority | None) -> Iterable[StepResult]:
    ordered = sorted(headers, key=_position)
    yield StepResult(Step.ONE_CHAIN, len(ordered), tuple(_strangers(ordered)))
    broken = verify_sequence([header for _, header in ordered]).breaks
    yield StepResult(Step.ORDER, len(ordered), tuple(Finding("chain", str(one)) for one in broken))
    if authority is None:
        yield StepResult(Step.AUTHORITY, None, note="no authority file was given")
        return
    permitted = authority
    yield StepResult(Step.AUTHORITY, len(ordered), tuple(_each(ordered, lambda one: _outside(one, permitted))))


def _position(named: tuple[str, Header]) -> tuple[int, int, str]:
    fields = named[1].context.fields
    return fields.epoch, fields.seq, named[0]


def _strangers(ordered: list[tuple[str, Header]]) -> Iterable[Finding]:
    if not ordered:
        return
    first = ordered[0][1].context.fields
    for name, header in ordered[1:]:
        fields = header.context.fields
        if (fields.device, fields.case) != (first.device, first.case):
            yield Finding(
                name, f"is of device {fields.device}, case {fields.case}; others of {first.device}, {first.case}"
            )


def _each(ordered: list[tuple[str, Header]], problem_of: Callable[[Header], str]) -> Iterable[Finding]:
    for name, header in ordered:
        problem = problem_of(header)
        if problem:
            yield Finding(name, problem)


def _outside(header: Header, authority: Authority) -> str:
    """Return in which way a record is outside the authority; empty when it is not."""
    named = header.context.fields.authority
    if named != authority.digest:
        return f"names another authority ({named[:16]}…)"
    return next(objections(header.context, authority), "")

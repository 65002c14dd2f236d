"""Puts opened records and verifications into plain words for a terminal.

What a record holds was written by the watched computer, so every word of it passes through `visible`.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from evidence.coverage import CoverageRecord, summarise
from evidence.fields import format_time
from evidence.header import Header
from evidence.record import AnyRecord, CaptureRecord, EventRecord, FindingRecord
from evidence.verification import StepResult, Verification
from overt.coverage_text import coverage_lines
from overt.visible import visible

_WIDTH = 12


def describe_opened(
    header: Header,
    signer: str,
    record: AnyRecord | None,
    parts: Mapping[str, bytes],
    written: Sequence[Path],
) -> Iterator[str]:
    """Yield lines on an opened envelope: who signed it, what it says in the clear, what was sealed."""
    yield _row("Signature", signer)
    yield from _describe_header(header)
    if record is not None:
        yield from _describe_record(record)
    yield _row("Parts", ", ".join(f"{name} ({len(data)} bytes)" for name, data in parts.items()))
    yield from (_row("Written", str(path)) for path in written)


def _describe_header(header: Header) -> Iterator[str]:
    fields = header.context.fields
    yield _row("Record", f"{fields.kind.value}, severity {fields.severity}, number {fields.epoch}/{fields.seq}")
    yield _row("Device", f"{fields.device}, case {fields.case}")
    yield _row("Time", f"{format_time(fields.time)} by the device's clock")
    if fields.origin.value != "screen":
        yield _row("Origin", "replayed pictures, not a screen")


def _describe_record(record: AnyRecord) -> Iterator[str]:
    if isinstance(record, CoverageRecord):
        yield _row("From", f"{format_time(record.since)} to {format_time(record.until)}")
        yield from (_row("Coverage", line) for line in coverage_lines(summarise([record])))
        return
    if isinstance(record, EventRecord):
        yield _row("Event", record.event)
        yield _row("Text", visible(record.text))
        yield from (_row("", f"{visible(name)}: {visible(str(value))}") for name, value in record.details.items())
        return
    yield _row("Why", visible(record.why))
    yield _row("Decision", f"{record.decision.action.value}: {visible(record.decision.reason)}")
    yield from _surroundings(record)
    yield from (_row("Found", line) for finding in record.findings for line in [_finding(finding)])
    for one in record.suppressed:
        yield _row("Not counted", f"{_finding(one.finding)} Reason: {visible(one.reason)}")
    yield _row("Text", visible(record.text))


def describe_verification(verification: Verification) -> Iterator[str]:
    """Yield numbered steps, what each found, and the answer."""
    for result in verification.results:
        yield _step(result)
        yield from (f"     {finding.place}: {finding.sentence}" for finding in result.findings)
    count = len(verification.findings)
    if verification.holds:
        yield f"All {verification.records} records hold in every step that was made."
    else:
        yield f"{count} finding{'s' if count != 1 else ''} in {verification.records} records."


def _surroundings(record: CaptureRecord) -> Iterator[str]:
    seen = {
        "Seen at": format_time(record.observed_at),
        "Source": f"{record.source}, {record.provenance}",
        "Program": record.app,
        "Window": record.title,
        "Address": record.url,
        "Account": record.account,
        "Monitor": None if record.monitor is None else str(record.monitor),
    }
    yield from (_row(name, "not known" if value is None else visible(value)) for name, value in seen.items())


def _finding(finding: FindingRecord) -> str:
    serves = f", condition {visible(finding.condition)}" if finding.condition else ""
    library = f"library {finding.library_id} {finding.library_version}"
    at = finding.place
    place = f"characters {finding.start} to {finding.end}"
    if at is not None:
        place = f"monitor {at.monitor + 1}, {at.width} x {at.height} pixels at {at.left},{at.top}"
    return (
        f"{visible(finding.term)} ({library}, {visible(finding.rule)}{serves}, {place}). {visible(finding.explanation)}"
    )


def _step(result: StepResult) -> str:
    step = result.step
    if result.checked is None:
        return f"  {step.number}. {step.title}: not checked, {result.note}"
    if result.holds:
        return f"  {step.number}. {step.title}: holds for {result.checked} records ({step.claim})"
    if not result.findings:
        return f"  {step.number}. {step.title}: no record left to check"
    return f"  {step.number}. {step.title}: {len(result.findings)} of {result.checked} records do not hold"


def _row(name: str, text: str) -> str:
    return f"{name:<{_WIDTH}}{text}"

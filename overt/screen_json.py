"""The result of a screening as JSON lines, one object a line, ASCII. Documented in docs/screening.md."""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields

from engine.documents.piece import Part, Remark
from engine.library.compiled import LibrarySet
from overt.screen_result import Tally
from overt.screening import Found

FORMAT = "overt-screen-1"
Value = str | int | bool | None | Mapping[str, str | int]


class JsonPrinter:
    """Writes one object a line: begin, finding, suppressed, remark, not-read, summary."""

    def __init__(self, write: Callable[[str], object], *, suppressed: bool) -> None:
        self._write = write
        self._suppressed = suppressed

    def begin(self, library_set: LibrarySet) -> None:
        self._line("begin", format=FORMAT, set=library_set.digest, libraries=library_set.versions)

    def found(self, file: str, found: Found, *, counts: bool) -> None:
        """Write a finding; what did not fire or weighs too little only where asked for."""
        if not counts and not self._suppressed:
            return
        finding, held = found.finding, found.suppressed
        values: dict[str, Value] = {
            "file": file,
            "part": part_values(found.part),
            "kind": found.kind,
            "line": found.place.line,
            "column": found.place.column,
            "in_file": found.place.in_file,
            "library": finding.library_id,
            "version": finding.library_version,
            "term_id": finding.term_id,
            "term": finding.term,
            "rule": finding.rule,
            "category": finding.category,
            "severity": finding.severity,
            "condition": finding.condition,
            "before": found.before,
            "matched": finding.matched,
            "after": found.after,
            "explanation": finding.explanation,
        }
        if held is not None:
            values |= {"reason": held.reason, "why_not": held.explanation}
        self._line("finding" if held is None else "suppressed", **values)

    def remark(self, file: str, remark: Remark) -> None:
        self._line(
            "remark",
            file=file,
            loss=remark.loss.value,
            count=remark.count,
            part=part_values(remark.part),
            line=remark.line,
            serious=remark.serious,
            says=remark.says,
        )

    def problem(self, place: str, says: str, hint: str) -> None:
        self._line("not-read", file=place, says=says, hint=hint)

    def end(self, tally: Tally) -> None:
        self._line(
            "summary",
            documents=tally.files,
            bytes=tally.size,
            findings=tally.findings,
            documents_with_findings=tally.with_findings,
            by_severity={str(level): count for level, count in sorted(tally.by_severity.items())},
            below_min_severity=tally.below,
            suppressed=tally.suppressed,
            losses={loss.value: count for loss, count in tally.losses.items()},
            not_read=sum(one.serious for one in tally.not_read),
            not_text=sum(not one.serious for one in tally.not_read),
            read_in_part=len(tally.lossy_files),
            interrupted=tally.interrupted,
            exit=tally.exit_code,
        )

    def _line(self, type_: str, /, **values: Value) -> None:
        self._write(json.dumps({"type": type_, **values}, separators=(",", ":")))


def part_values(part: Part) -> dict[str, str | int]:
    """Return the divisions that a part has."""
    return {one.name: value for one in fields(part) if (value := getattr(part, one.name)) is not None}

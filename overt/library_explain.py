"""`overt library explain`: why each word of a text fired or did not, as a person reads it and for a program."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from engine.library.explain import Explanation, Near, Outcome
from engine.verdict import Finding, SuppressedFinding
from overt.library_shell import Page
from overt.visible import visible

FORMAT = "overt-library-explain-1"
WINDOW = 40
MOST_NEAR = 12


def show(page: Page, explained: Explanation) -> None:
    """Print how the text was read, then every place with its reason, then what is in no library."""
    _show_reading(page, explained)
    for finding in explained.verdict.findings:
        page.line("")
        _show_place(page, explained.text, finding)
        page.line("  ", ("FIRES", "bold red"), f"  {_name(finding)}  severity {finding.severity}  {finding.rule}")
        page.line("  ", finding.explanation)
    for one in explained.verdict.suppressed:
        page.line("")
        _show_held(page, explained.text, one)
    _show_near(page, explained.near)
    silent = [word.written for word in explained.words if word.outcome is Outcome.SILENT]
    if silent:
        page.line("")
        page.line(("No term: ", "bold"), " ".join(silent))
    page.line("")
    page.line((_sum(explained), "bold"))


def _show_reading(page: Page, explained: Explanation) -> None:
    page.line(("Read as: ", "bold"), explained.read_as or "nothing (no letter or digit)")
    for one in explained.readings:
        page.line(f"  {one.view} view: ", (one.written, "cyan"), " → ", (one.reading, "cyan"))


def _show_place(page: Page, text: str, finding: Finding) -> None:
    """Print the text around a finding with carets under it."""
    start = max(0, finding.start - WINDOW)
    before = ("…" if start else "") + visible(text[start : finding.start])
    matched = visible(finding.matched)
    after = visible(text[finding.end : finding.end + WINDOW]) + ("…" if finding.end + WINDOW < len(text) else "")
    page.line("  ", before, (matched, "bold"), after)
    page.line("  ", " " * len(before), ("^" * max(1, len(matched)), "bold yellow"))


def _show_held(page: Page, text: str, one: SuppressedFinding) -> None:
    finding = one.finding
    _show_place(page, text, finding)
    page.line("  ", ("does not fire", "bold green"), f"  {_name(finding)}  {finding.rule}  ({one.reason})")
    page.line("  ", one.explanation)
    page.line("  ", (finding.explanation, "dim"))


def _show_near(page: Page, near: Sequence[Near]) -> None:
    if not near:
        return
    page.line("")
    page.line(("Not a match:", "bold"))
    for one in near[:MOST_NEAR]:
        page.line(f"  {one.library_id}/{one.term_id} “{one.term}”: {one.why}")
    if len(near) > MOST_NEAR:
        page.line(f"  and {len(near) - MOST_NEAR} more; --json has all")


def _name(finding: Finding) -> str:
    return f"{finding.library_id}/{finding.term_id}"


def _sum(explained: Explanation) -> str:
    fired, held = len(explained.verdict.findings), len(explained.verdict.suppressed)
    said = f"{fired} fired, severity {explained.verdict.severity} at most" if fired else "Nothing fires"
    return f"{said}; {held} stood there and did not fire."


def as_json(explained: Explanation, versions: dict[str, str]) -> dict[str, Any]:
    """Return the same for a program, and whole."""
    return {
        "format": FORMAT,
        "libraries": versions,
        "text": explained.text,
        "read_as": explained.read_as,
        "readings": [asdict(one) for one in explained.readings],
        "findings": [finding._asdict() for finding in explained.verdict.findings],
        "suppressed": [
            {**one.finding._asdict(), "reason": one.reason, "why_not": one.explanation}
            for one in explained.verdict.suppressed
        ],
        "near": [asdict(one) for one in explained.near],
        "words": [asdict(one) for one in explained.words],
        "severity": explained.verdict.severity,
    }

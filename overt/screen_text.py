"""The result of a screening as a person reads it."""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from engine.documents.piece import Loss, Remark
from overt.screen_result import Tally
from overt.screening import Found
from overt.visible import squeezed, visible

LOSS_WORDS = {
    Loss.UNDECODABLE_BYTES: "undecodable bytes, read as U+FFFD",
    Loss.GUESSED_ENCODING: "documents in an encoding that had to be guessed",
    Loss.BROKEN_RECORD: "broken records, not read",
    Loss.MISSING_FIELD: "records without the field",
    Loss.TOO_LONG: "records over the limit, not read whole",
    Loss.NO_TEXT: "pages without text (perhaps pictures)",
    Loss.UNREAD_PART: "parts of no kind that has text (pictures, programs)",
    Loss.UNREADABLE_PART: "damaged or locked parts, not read",
}
STYLES = {1: "dim", 2: "default", 3: "yellow", 4: "bold yellow", 5: "bold red"}


class TextPrinter:
    """Prints findings as they come, remarks as they come to the error stream, and the sum at the end."""

    def __init__(self, out: Console, errors: Console, *, suppressed: bool) -> None:
        self._out = out
        self._errors = errors
        self._suppressed = suppressed

    def found(self, file: str, found: Found, *, counts: bool) -> None:
        """Print a finding, or, where asked for, what did not fire or weighs too little."""
        if not counts and not self._suppressed:
            return
        finding, held = found.finding, found.suppressed
        head = Text(f"{where(file, found)}  ", style="bold")
        if held is None:
            head.append(f"severity {finding.severity}", style=STYLES.get(finding.severity, "default"))
        else:
            head.append(f"did not fire ({held.reason})", style="dim")
        head.append(f"  {finding.library_id}/{finding.term_id}", style="cyan")
        head.append(f"  {finding.rule}", style="dim")
        self._print(head)
        if found.before or found.after or not finding.explanation.startswith("“"):
            line = Text("    " + squeezed(found.before).lstrip())
            line.append(f"[{visible(finding.matched)}]", style="bold")
            line.append(squeezed(found.after).rstrip())
            self._print(line)
        self._print(Text("    " + visible(finding.explanation)))
        if held is not None:
            self._print(Text("    " + visible(held.explanation)))

    def remark(self, file: str, remark: Remark) -> None:
        if remark.serious:
            place = f":{remark.line}" if remark.line is not None else ""
            self.problem(f"{file}{place}", remark.says, "")

    def problem(self, place: str, says: str, hint: str) -> None:
        """Say on the error stream that something was not read."""
        said = f"{place}: {says}" + (f". Try: {hint}" if hint else "")
        self._errors.print(Text(visible(said)), soft_wrap=True)

    def end(self, tally: Tally) -> None:
        """Print the sum, and what was not read."""
        self._print(Text(summary(tally), style="bold"))
        for line in losses(tally):
            self._print(Text(line))

    def _print(self, line: Text) -> None:
        self._out.print(line, soft_wrap=True)


def where(file: str, found: Found) -> str:
    """Return `file:line:column`, with the part before line and column where they count inside the part."""
    place = found.place
    said = visible(found.part.describe())
    if place.in_file:
        return f"{file}:{place.line}:{place.column}" + (f" ({said})" if said else "")
    return f"{file} ({said or 'unpacked'}):{place.line}:{place.column}"


def summary(tally: Tally) -> str:
    """Return the sum in one line."""
    found = _count(tally.findings, "finding")
    if tally.findings:
        severities = ", ".join(
            f"{count} of severity {level}" for level, count in sorted(tally.by_severity.items())[::-1]
        )
        found += f" ({severities}) in {tally.with_findings} of {_count(tally.files, 'document')}"
    else:
        found = f"Nothing fires in {_count(tally.files, 'document')}"
    found += f", {size(tally.size)}"
    if tally.below:
        found += f"; {tally.below} below severity {tally.floor}"
    if tally.suppressed:
        found += f"; {tally.suppressed} stood there and did not fire"
    return found + "."


def losses(tally: Tally) -> Iterator[str]:
    """Yield what was not read or not read well."""
    for loss, count in tally.losses.items():
        yield f"  {count} {LOSS_WORDS[loss]}"
    unknown = [one for one in tally.not_read if not one.serious]
    if unknown:
        names = _some([one.file for one in unknown])
        yield f"  {_count(len(unknown), 'file')} of no kind that has text, not screened: {names}"
    failed = [one.file for one in tally.not_read if one.serious]
    if failed:
        yield f"NOT READ: {_count(len(failed), 'file')}: {_some(failed)}"
    partly = sorted(tally.lossy_files - set(failed))
    if partly:
        yield f"READ ONLY IN PART: {_count(len(partly), 'file')}: {_some(partly)}"
    if tally.interrupted:
        yield "STOPPED before the end: the files after this point were not screened."


def size(count: int) -> str:
    """Return a size in bytes in words."""
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1000:.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _some(names: list[str], most: int = 20) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more

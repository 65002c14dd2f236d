"""The screen on which a person labels hits: the words, one key a label, undo, and nothing lost when it is closed."""

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.widgets import Footer, Static

from engine.evaluate.tally import Label
from overt.evaluation.candidates import Candidate
from overt.evaluation.labels import Labelled, line_of
from overt.visible import visible

AROUND = 700
"""Characters shown on each side of the hit."""


class LabelFile:
    """Appends labels to their file, each on the disk before the next hit is shown; the last ones can be taken back."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ends: list[int] = []

    def write(self, one: Labelled) -> None:
        """Append a label. Raises OSError."""
        with self._path.open("ab") as file:
            self._ends.append(file.tell())
            file.write(line_of(one).encode())
            file.flush()
            os.fsync(file.fileno())

    def undo(self) -> bool:
        """Take the last label of this session back; False where there is none."""
        if not self._ends:
            return False
        with self._path.open("r+b") as file:
            file.truncate(self._ends.pop())
            os.fsync(file.fileno())
        return True


class LabelApp(App[int]):
    """Shows one hit after the other. Returns how many were labelled."""

    CSS = """
    Screen { padding: 1 2; }
    #progress { color: $text-muted; height: 1; }
    #why { margin: 1 0; }
    #text { height: 1fr; border: round $primary; padding: 1 2; overflow-y: auto; }
    """
    BINDINGS: ClassVar[list[Any]] = [
        Binding("c", "label('clean')", "clean: must not fire"),
        Binding("l", "label('low')", "low: note, no capture"),
        Binding("f", "label('fire')", "fire: must fire"),
        Binding("s", "skip", "skip"),
        Binding("u", "undo", "undo"),
        Binding("q", "quit_labelling", "quit"),
    ]

    def __init__(
        self,
        hits: Sequence[Candidate],
        out: LabelFile,
        by: str,
        *,
        with_text: bool,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__()
        self._hits, self._out, self._by = hits, out, by
        self._with_text, self._now = with_text, now
        self._at = 0
        self._labelled: list[bool] = []
        """For each hit that was shown: whether it got a label."""

    def compose(self) -> ComposeResult:
        """Lay the screen out."""
        yield Static(id="progress", markup=False)
        yield Static(id="why", markup=False)
        yield Static(id="text", markup=False)
        yield Footer()

    def on_mount(self) -> None:
        """Show the first hit."""
        self._show()

    def action_label(self, label: str) -> None:
        """Write the label and go on."""
        one = self._hits[self._at]
        text = one.text if self._with_text else ""
        term = f"{one.finding.library_id}/{one.finding.term_id}"
        at = self._now().isoformat(timespec="seconds")
        self._out.write(Labelled(one.sha256, Label(label).value, self._by, at, term, "", text, one.source))
        self._next(labelled=True)

    def action_skip(self) -> None:
        """Go on without a label: it is asked again another time."""
        self._next(labelled=False)

    def action_undo(self) -> None:
        """Go one back, and take its label back."""
        if self._labelled:
            if self._labelled.pop():
                self._out.undo()
            self._at -= 1
            self._show()

    def action_quit_labelling(self) -> None:
        """End; all labels are on the disk already."""
        self.exit(sum(self._labelled))

    def _next(self, *, labelled: bool) -> None:
        self._labelled.append(labelled)
        self._at += 1
        if self._at == len(self._hits):
            self.exit(sum(self._labelled))
        else:
            self._show()

    def _show(self) -> None:
        one = self._hits[self._at]
        finding = one.finding
        self.query_one("#progress", Static).update(f"{self._at + 1} of {len(self._hits)}   labelled by {self._by}")
        why = f"{finding.library_id}/{finding.term_id}, severity {finding.severity}"
        self.query_one("#why", Static).update(Text(f"{why}  {'held back: ' + visible(one.note) if one.note else ''}"))
        before, after = one.text[: finding.start], one.text[finding.end :]
        shown = Text(_lines(before[-AROUND:]))
        shown.append(_lines(one.text[finding.start : finding.end]), style="bold reverse")
        shown.append(_lines(after[:AROUND]))
        self.query_one("#text", Static).update(shown)


def _lines(text: str) -> str:
    """Keep line ends, make every other control visible."""
    return "\n".join(visible(line) for line in text.split("\n"))

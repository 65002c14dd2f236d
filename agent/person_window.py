"""The person's own window, opened from the badge: that it runs, by what authority, who to ask, and a note of one's own.

Which moment was captured is not in it, nor how many were.
"""

import tkinter as tk
from collections.abc import Mapping
from tkinter import font
from typing import Any

from agent.notes import LONGEST
from agent.windows_talk import PERSON_TITLE, Announcement, say

WIDTH = 620
INK, PAPER, NAVY, AMBER, SOFT = "#1b2733", "#ffffff", "#24405e", "#f2b632", "#f3f5f8"
REFRESH_MS = 1000
STATES = {
    "watching": "This computer is monitored now.",
    "paused": "The agent runs, and watches nothing at the moment.",
}


def rows(told: Announcement, said: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return what the window tells, as pairs of a name and a value."""
    return (
        ("Now", STATES.get(str(said.get("state", "")), "The agent runs.")),
        ("What is watched", told.watched),
        ("Until", told.until),
        ("Case", told.case),
        ("Ordered by", told.issued_by),
        ("Questions to", told.contact),
        ("Last report", str(said.get("last_report") or "not since it was started")),
    )


class PersonWindow:
    """One window at most; a second click brings it to the front."""

    def __init__(self, root: tk.Tk, told: Announcement, said: Mapping[str, Any]) -> None:
        """Keep what there is to tell; nothing is shown before `open`."""
        self._root, self._told, self._said = root, told, said
        self._window: tk.Toplevel | None = None
        self._values: list[tk.Label] = []

    def open(self) -> None:
        """Show it."""
        if self._window is not None and self._window.winfo_exists():
            self._window.lift()
            return
        self._window = window = tk.Toplevel(self._root, background=PAPER)
        window.title(PERSON_TITLE)
        window.resizable(width=False, height=False)
        left, top = (window.winfo_screenwidth() - WIDTH) // 2, window.winfo_screenheight() // 8
        window.geometry(f"+{max(left, 0)}+{top}")
        self._heading(window)
        self._facts(window)
        self._note(window)
        self._refresh()

    def _heading(self, window: tk.Toplevel) -> None:
        bar = tk.Frame(window, background=NAVY)
        bar.pack(fill="x")
        tk.Frame(bar, background=AMBER, width=10).pack(side="left", fill="y")
        words = tk.Label(
            bar, text="This device is monitored", background=NAVY, foreground=PAPER, font=_font(16, bold=True)
        )
        words.pack(anchor="w", padx=14, pady=10)
        text = " ".join(self._told.notice.split())
        tk.Label(
            window, text=text[:600], background=PAPER, foreground=INK, font=_font(11), wraplength=WIDTH - 48,
            justify="left",
        ).pack(anchor="w", padx=24, pady=(14, 10))  # fmt: skip

    def _facts(self, window: tk.Toplevel) -> None:
        facts = tk.Frame(window, background=SOFT)
        facts.pack(fill="x", padx=24)
        self._values = []
        for row, (name, value) in enumerate(rows(self._told, self._said)):
            for column, words in enumerate((name, value)):
                label = tk.Label(
                    facts, text=words, font=_font(11, bold=column == 0), background=SOFT, foreground=INK,
                    justify="left", anchor="nw", wraplength=420,
                )  # fmt: skip
                label.grid(row=row, column=column, sticky="nw", padx=12, pady=2)
            self._values.append(label)

    def _note(self, window: tk.Toplevel) -> None:
        tell = "A note of your own for the officers (“my brother used the laptop yesterday”). It is dated and sealed."
        tk.Label(
            window, text=tell, background=PAPER, foreground=INK, font=_font(11), wraplength=WIDTH - 48, justify="left"
        ).pack(anchor="w", padx=24, pady=(14, 4))
        box = tk.Text(window, height=4, wrap="word", font=_font(12), relief="solid", borderwidth=1)
        box.pack(fill="x", padx=24)
        below = tk.Frame(window, background=PAPER)
        below.pack(fill="x", padx=24, pady=12)
        answer = tk.Label(below, text="", background=PAPER, foreground=INK, font=_font(11))
        button = tk.Button(
            below, text="Add this note", font=_font(12, bold=True), background=NAVY, foreground=PAPER, relief="flat",
            padx=18, pady=6, command=lambda: self._send(box, answer),
        )  # fmt: skip
        button.pack(side="left")
        answer.pack(side="left", padx=14)

    @staticmethod
    def _send(box: tk.Text, answer: tk.Label) -> None:
        text = box.get("1.0", "end").strip()
        if not 0 < len(text) <= LONGEST:
            answer.configure(text=f"A note has 1 to {LONGEST} characters.")
            return
        say({"note": text})
        box.delete("1.0", "end")
        answer.configure(text="Your note was taken. It cannot be taken back.")

    def _refresh(self) -> None:
        if self._window is None or not self._window.winfo_exists():
            return
        for label, (_, value) in zip(self._values, rows(self._told, self._said), strict=True):
            label.configure(text=value)
        self._window.after(REFRESH_MS, self._refresh)


def _font(size: int, *, bold: bool = False) -> font.Font:
    return font.Font(family="DejaVu Sans", size=-size - 2, weight="bold" if bold else "normal")

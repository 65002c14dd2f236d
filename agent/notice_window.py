"""The acceptable-use notice as a window: shown at every start, closed by “I have read this” and by nothing else."""

import re
import sys
import threading
import tkinter as tk
from tkinter import font

from agent.windows_talk import NOTICE_TITLE, Announcement, listen, read_announcement, say

WIDTH, HEIGHT = 640, 540
INK, PAPER, NAVY, AMBER = "#1b2733", "#ffffff", "#24405e", "#f2b632"
_POLL_MS = 200


def build(root: tk.Tk, told: Announcement) -> None:
    """Fill the window: heading, the authority's own words, who to ask, the button."""
    root.title(NOTICE_TITLE)
    root.configure(background=PAPER)
    left, top = (root.winfo_screenwidth() - WIDTH) // 2, (root.winfo_screenheight() - HEIGHT) // 3
    root.geometry(f"{WIDTH}x{HEIGHT}+{max(left, 0)}+{max(top, 0)}")
    root.attributes("-topmost", True)
    root.protocol("WM_DELETE_WINDOW", root.bell)
    _heading(root)
    _button(root)
    _facts(root, told)
    _notice(root, told.notice)


def _heading(root: tk.Tk) -> None:
    bar = tk.Frame(root, background=NAVY)
    bar.pack(fill="x")
    tk.Frame(bar, background=AMBER, width=10).pack(side="left", fill="y")
    words = tk.Label(
        bar, text="This device is monitored", background=NAVY, foreground=PAPER, font=_font(18, bold=True), anchor="w"
    )
    words.pack(fill="x", padx=14, pady=12)


def _notice(root: tk.Tk, text: str) -> None:
    frame = tk.Frame(root, background=PAPER)
    frame.pack(fill="both", expand=True, padx=24, pady=(16, 8))
    bar = tk.Scrollbar(frame)
    box = tk.Text(
        frame, wrap="word", font=_font(12), foreground=INK, background=PAPER, relief="flat", height=4,
        highlightthickness=0, spacing2=3, spacing3=6, yscrollcommand=bar.set,
    )  # fmt: skip
    bar.configure(command=box.yview)
    bar.pack(side="right", fill="y")
    box.pack(side="left", fill="both", expand=True)
    box.insert("1.0", _unwrapped(text))
    box.configure(state="disabled")
    root.update_idletasks()
    if box.yview() == (0.0, 1.0):  # all of it can be seen
        bar.pack_forget()


def _unwrapped(text: str) -> str:
    """Lines of one paragraph as one: the window wraps them to its own width."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in re.split(r"\n\s*\n", text.strip()))


def _facts(root: tk.Tk, told: Announcement) -> None:
    facts = tk.Frame(root, background="#f3f5f8")
    facts.pack(side="bottom", fill="x", padx=24)
    rows = (
        ("What is watched", told.watched),
        ("Until", told.until),
        ("Case", told.case),
        ("Ordered by", told.issued_by),
        ("Questions to", told.contact),
    )
    for row, (name, value) in enumerate(rows):
        for column, (words, bold) in enumerate(((name, True), (value, False))):
            label = tk.Label(
                facts, text=words, font=_font(11, bold=bold), background="#f3f5f8", foreground=INK, anchor="nw",
                justify="left", wraplength=400,
            )  # fmt: skip
            label.grid(row=row, column=column, sticky="nw", padx=12, pady=2)


def _button(root: tk.Tk) -> None:
    frame = tk.Frame(root, background=PAPER)
    frame.pack(side="bottom", fill="x", pady=12)
    button = tk.Button(
        frame, text="I have read this", font=_font(13, bold=True), background=NAVY, foreground=PAPER,
        activebackground=INK, activeforeground=PAPER, relief="flat", padx=28, pady=8, command=lambda: _read(root),
    )  # fmt: skip
    button.pack()
    root.bind("<Return>", lambda _event: _read(root))


def _read(root: tk.Tk) -> None:
    say({"acknowledged": True})
    root.destroy()


def _font(size: int, *, bold: bool = False) -> font.Font:
    return font.Font(family="DejaVu Sans", size=-size - 2, weight="bold" if bold else "normal")


def _watch(root: tk.Tk, gone: threading.Event) -> None:
    if gone.is_set():
        root.destroy()
    else:
        root.after(_POLL_MS, _watch, root, gone)


def main() -> None:
    """Show the notice until it is acknowledged or the agent ends."""
    told = read_announcement(sys.stdin)
    root = tk.Tk()
    build(root, told)
    _watch(root, listen().gone)
    root.update()
    say({"shown": True})
    root.mainloop()


if __name__ == "__main__":
    main()

"""The badge as a window: small, always on top, movable, and there as long as the agent runs. A click tells more."""

import sys
import tkinter as tk
from tkinter import font

from agent.badge import BLOCK, HEIGHT, NAVY, WIDTH, block_colours
from agent.person_window import PersonWindow
from agent.windows_talk import BADGE_TITLE, Announcement, Heard, listen, read_announcement, say

WORDS = "This device is monitored"
MARGIN = 16
"""Pixels between the badge and the corner of the screen."""
LIFT_MS = 400
"""How often it comes back to the top, and says where it is if it was moved."""
PULSE = ("#f2b632", "#ffffff")
"""Colours of a small square, changed when the agent asks for proof that pictures of the screen are fresh."""
_CLICK = 4  # pixels a pointer may move and still click rather than drag


class Badge:
    """The window, its dragging, and its reports."""

    def __init__(self, root: tk.Tk, told: Announcement, heard: Heard) -> None:
        """Build the window at the lower right."""
        self._root, self._told, self._heard = root, told, heard
        self._person = PersonWindow(root, told, heard.said)
        self._grip = (0, 0)
        self._dragged = False
        self._pulsed = 0
        self._said: dict[str, int] = {}
        root.title(BADGE_TITLE)
        root.overrideredirect(True)
        root.attributes("-topmost", True)
        left = root.winfo_screenwidth() - WIDTH - MARGIN
        top = root.winfo_screenheight() - HEIGHT - MARGIN
        root.geometry(f"{WIDTH}x{HEIGHT}+{left}+{top}")
        self._draw()
        root.bind("<ButtonPress-1>", self._press)
        root.bind("<B1-Motion>", self._drag)
        root.bind("<ButtonRelease-1>", self._release)

    def stay(self) -> None:
        """Lift the window, report its place, and come back soon; end with the agent."""
        if self._heard.gone.is_set():
            self._root.destroy()
            return
        self._root.lift()
        if self._heard.pulses != self._pulsed:  # drawn only then: each stroke would have the agent look at the screen
            self._pulsed = self._heard.pulses
            self._canvas.itemconfigure(self._pulse, fill=PULSE[self._pulsed % 2])
        self._root.update_idletasks()
        place = {"left": self._root.winfo_rootx(), "top": self._root.winfo_rooty(), "width": WIDTH, "height": HEIGHT}
        if place != self._said:
            self._said = place
            say(place)
        self._root.after(LIFT_MS, self.stay)

    def _draw(self) -> None:
        canvas = tk.Canvas(self._root, width=WIDTH, height=HEIGHT, highlightthickness=0, background=_hex(NAVY))
        canvas.pack()
        for block, colour in enumerate(block_colours()):
            for top in (0, HEIGHT - BLOCK):
                canvas.create_rectangle(
                    block * BLOCK, top, (block + 1) * BLOCK, top + BLOCK, fill=_hex(colour), width=0
                )
        middle = HEIGHT // 2
        self._pulse = canvas.create_rectangle(8, middle - 3, 14, middle + 3, fill=PULSE[0], width=0)
        self._canvas = canvas
        canvas.create_text(
            WIDTH // 2,
            HEIGHT // 2,
            text=WORDS,
            fill="#ffffff",
            font=font.Font(family="DejaVu Sans", size=-13, weight="bold"),
        )

    def _press(self, event: "tk.Event[tk.Misc]") -> None:
        self._grip, self._dragged = (event.x_root - self._root.winfo_x(), event.y_root - self._root.winfo_y()), False

    def _drag(self, event: "tk.Event[tk.Misc]") -> None:
        left, top = event.x_root - self._grip[0], event.y_root - self._grip[1]
        if abs(left - self._root.winfo_x()) + abs(top - self._root.winfo_y()) < _CLICK and not self._dragged:
            return
        self._dragged = True
        left = min(max(left, 0), self._root.winfo_screenwidth() - WIDTH)  # it cannot be pushed off the screen
        top = min(max(top, 0), self._root.winfo_screenheight() - HEIGHT)
        self._root.geometry(f"+{left}+{top}")

    def _release(self, _event: "tk.Event[tk.Misc]") -> None:
        if not self._dragged:
            self._person.open()


def _hex(colour: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def main() -> None:
    """Show the badge until the agent ends."""
    told = read_announcement(sys.stdin)
    root = tk.Tk()
    badge = Badge(root, told, listen())
    root.update()
    badge.stay()
    root.mainloop()


if __name__ == "__main__":
    main()

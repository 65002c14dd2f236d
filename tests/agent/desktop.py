"""A desktop for tests: a virtual display with a session bus, and a browser that gives its text to accessibility."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import xcffib

from overt.demo.browser import ARGUMENTS, find_browser
from overt.demo.display import virtual_display

# A page as a program without accessibility would show it, in the fonts of this computer.
PLAIN_WINDOW = """
import sys, tkinter as tk
root = tk.Tk()
root.title(sys.argv[1])
root.geometry(sys.argv[3])
tk.Label(root, text=sys.argv[2], font=("DejaVu Sans", -16), justify="left", wraplength=560,
         background="white", foreground="black").pack(fill="both", expand=True)
print("up", flush=True)
root.mainloop()
"""


@dataclass(frozen=True)
class Desktop:
    """A display and a bus. Programs started here belong to it."""

    environment: dict[str, str]

    @contextmanager
    def browser(self, address: str, *extra: str, size: str = "1200,760") -> Iterator[subprocess.Popen[bytes]]:
        """Show a page in a browser that speaks to accessibility."""
        with tempfile.TemporaryDirectory(prefix="overt-browser-", ignore_cleanup_errors=True) as profile:
            sandbox = ["--no-sandbox", "--test-type"] if os.geteuid() == 0 else []
            command = [
                find_browser(), *ARGUMENTS, *sandbox, f"--user-data-dir={profile}", "--force-renderer-accessibility",
                "--window-position=0,0", f"--window-size={size}", "--password-store=basic", *extra, address,
            ]  # fmt: skip
            with self.program(command) as process:
                yield process

    @contextmanager
    def plain_window(self, title: str, words: str, place: str = "600x200+20+20") -> Iterator[None]:
        """Show a window that accessibility knows nothing of."""
        with self.program([sys.executable, "-c", PLAIN_WINDOW, title, words, place], pipe=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"up\n"
            yield

    @contextmanager
    def program(self, command: list[str], *, pipe: bool = False) -> Iterator[subprocess.Popen[bytes]]:
        """Run a program until the end of the block."""
        out = subprocess.PIPE if pipe else subprocess.DEVNULL
        process = subprocess.Popen(command, env=self.environment, stdout=out, stderr=subprocess.DEVNULL)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()


@contextmanager
def desktop() -> Iterator[Desktop]:
    """Start display and session bus."""
    with virtual_display() as display, session_bus() as address:
        yield Desktop(display.environment() | {"DBUS_SESSION_BUS_ADDRESS": address, "NO_AT_BRIDGE": "0"})


@contextmanager
def session_bus() -> Iterator[str]:
    """Start a session bus of its own; yield its address."""
    command = ["dbus-daemon", "--session", "--nofork", "--print-address=1"]
    bus = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        assert bus.stdout is not None
        yield bus.stdout.readline().decode().strip()
    finally:
        bus.terminate()
        bus.wait()
        if bus.stdout is not None:
            bus.stdout.close()


def page(folder: Path, title: str, body: str) -> str:
    """Write a page; return its address."""
    path = folder / f"{title.replace(' ', '-')}.html"
    path.write_text(
        f"<!doctype html><meta charset=utf-8><title>{title}</title><body style='font:14px sans-serif'>{body}"
    )
    return path.as_uri()


def type_text(desktop: Desktop, text: str, *, pause: float = 0.03) -> None:
    """Press keys as a hand would (XTEST): \b is Backspace, \t Tab, \n Enter; what the layout lacks is an error."""
    import xcffib.xtest  # noqa: PLC0415

    connection = xcffib.connect(display=desktop.environment["DISPLAY"])
    try:
        keyboard = _keyboard(connection)
        test, root = connection(xcffib.xtest.key), connection.get_setup().roots[0].root
        for letter in text:
            codes = keyboard[{"\b": 0xFF08, "\t": 0xFF09, "\n": 0xFF0D}.get(letter, ord(letter))]
            for code in codes:
                test.FakeInput(2, code, 0, root, 0, 0, 0)
            for code in reversed(codes):
                test.FakeInput(3, code, 0, root, 0, 0, 0)
            connection.flush()
            time.sleep(pause)
    finally:
        connection.disconnect()


def _keyboard(connection: xcffib.Connection) -> dict[int, tuple[int, ...]]:
    """Return which keys write a keysym: the key alone, with Shift, with AltGr."""
    setup = connection.get_setup()
    reply = connection.core.GetKeyboardMapping(setup.min_keycode, setup.max_keycode - setup.min_keycode + 1).reply()
    width, keysyms = reply.keysyms_per_keycode, list(reply.keysyms)
    alone = {one: setup.min_keycode + place // width for place, one in reversed(list(enumerate(keysyms)))}
    held: dict[int, tuple[int, ...]] = {0: (), 1: (alone[0xFFE1],), 4: (alone.get(0xFE03, 0),)}
    found: dict[int, tuple[int, ...]] = {}
    for place, keysym in enumerate(keysyms):
        if keysym and place % width in held:
            found.setdefault(keysym, (*held[place % width], setup.min_keycode + place // width))
    return found

"""The screen the demo plays on: the one that is there, or a virtual one (Xvfb) where there is none."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from overt.demo.errors import DemoError

VIRTUAL_SIZE = "1280x800x24"


@dataclass(frozen=True, slots=True)
class Display:
    """Where windows appear. `name` is the X display, or None on systems without X."""

    name: str | None
    virtual: bool

    def environment(self) -> dict[str, str]:
        """Return this process's environment with the display set."""
        environment = dict(os.environ)
        if self.name is not None:
            environment["DISPLAY"] = self.name
            environment.pop("WAYLAND_DISPLAY", None)
        return environment


def real_display() -> Display | None:
    """Return the display of this session, or None where there is none."""
    if sys.platform in ("win32", "darwin"):
        return Display(None, virtual=False)
    name = os.environ.get("DISPLAY")
    return Display(name, virtual=False) if name else None


def _end(server: "subprocess.Popen[bytes]") -> None:
    server.terminate()
    try:
        server.wait(timeout=10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


@contextmanager
def virtual_display(size: str = VIRTUAL_SIZE) -> Iterator[Display]:
    """Start Xvfb on a free display number and stop it at the end; `size` is width x height x depth.

    Raises:
        DemoError: Xvfb is not installed or did not start.
    """
    program = shutil.which("Xvfb")
    if program is None:
        raise DemoError(
            "There is no display here, and no virtual one can be made: the program Xvfb is missing.",
            hint="Debian, Ubuntu: apt-get install xvfb. Or run the demo in a desktop session.",
        )
    read_end, write_end = os.pipe()
    command = [program, "-displayfd", str(write_end), "-screen", "0", size, "-nolisten", "tcp", "-noreset"]
    server = subprocess.Popen(command, pass_fds=(write_end,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(write_end)
    try:
        with os.fdopen(read_end) as answer:
            number = answer.readline().strip()
        if not number:
            raise DemoError("Xvfb did not start.", hint=f"Run it by hand to see why: {program} :99")
        yield Display(f":{number}", virtual=True)
    finally:
        _end(server)

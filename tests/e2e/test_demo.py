"""The main job with nothing replaced: Xvfb, Chromium, Tk, OCR, a TLS server, a browser that opens the captures."""

import os
import pty
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from overt.demo.display import virtual_display
from overt.demo.play import NOTICE_TITLE
from overt.demo.robot import is_shown, press
from tests.waiting import PATIENCE

pytestmark = pytest.mark.screen

OVERT = [sys.executable, "-m", "overt"]


@pytest.fixture
def temporary() -> Iterator[Path]:
    """Return a folder for what the demo puts away: others may play it too. Its path is short, for it holds sockets."""
    with tempfile.TemporaryDirectory(prefix="ov-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("overt-demo-*")]


def test_check_captures_the_right_pages_and_only_those(tmp_path: Path, temporary: Path) -> None:
    """`overt demo --check` exits 0, keeps what it is told to keep, and its picture of the console exists."""
    picture = tmp_path / "console.png"
    done = subprocess.run(
        [*OVERT, "demo", "--check", "--screenshot", str(picture)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"TMPDIR": str(temporary)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(re.findall(r": no capture", done.stdout)) == 3
    assert len(re.findall(r"captured after [0-9.]+ s", done.stdout)) == 2
    assert picture.stat().st_size > 10_000
    assert leftovers(temporary) == []


def test_with_a_display_it_asks_first_and_a_person_reads_the_notice(temporary: Path) -> None:
    """On a display that is there, nothing starts before a yes, and the notice waits for a person's click."""
    with virtual_display() as display:
        keyboard, terminal = pty.openpty()
        demo = subprocess.Popen(
            [*OVERT, "demo"],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            env=os.environ | {"DISPLAY": str(display.name), "TMPDIR": str(temporary)},
            start_new_session=True,
        )
        os.close(terminal)
        try:
            heard = read_until(keyboard, "Go on?")
            os.write(keyboard, b"y\n")
            heard += read_until(keyboard, "press")
            press(display, NOTICE_TITLE, lambda: not is_shown(display, NOTICE_TITLE), across=0.5, down=0.93)
            heard += read_until(keyboard, "Ctrl-C ends the demo")
            demo.send_signal(signal.SIGINT)
            heard += read_until(keyboard, "Stopping")
            demo.wait(timeout=PATIENCE)
        finally:
            demo.kill()
            os.close(keyboard)
    assert "The right pages, and only those" in heard
    assert leftovers(temporary) == []


def read_until(terminal: int, words: str, patience: float = 2 * PATIENCE) -> str:
    """Read the terminal until `words` stand in what was read."""
    heard = ""
    deadline = time.monotonic() + patience
    while words not in heard:
        assert time.monotonic() < deadline, f"waited for {words!r}, heard: {heard}"
        heard += os.read(terminal, 65536).decode("utf-8", "replace")
    return heard

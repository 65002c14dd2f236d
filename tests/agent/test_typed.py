"""Typed text: pressed on a real keyboard of a real X server, in a real browser. Corrections count, passwords do not."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import xcffib
import xcffib.xkb
from hypothesis import given
from hypothesis import strategies as st

from agent.platforms.atspi import AtspiScreen
from agent.platforms.x11_keys import X11Keys
from agent.platforms.x11_keysyms import character, composed, keysym_at
from agent.ports import Scene, Seen
from agent.sources.typed import TypedSource
from agent.sources.typed_line import LONGEST, TypedLine
from agent.tree_reader import TreeReader
from tests.agent.desktop import Desktop, desktop, page, type_text
from tests.waiting import PATIENCE, wait_until

FORM = """
<textarea id=words autofocus rows=4 cols=60></textarea><br>
<input type=password id=secret><br>
<input id=name>
"""
ENTRY = """
import tkinter as tk
root = tk.Tk()
root.title("Plain entry")
root.geometry("500x80+300+500")
entry = tk.Entry(root, width=50)
entry.pack()
root.update()
entry.focus_force()
root.update()
print("up", flush=True)
root.mainloop()
"""


@pytest.fixture(scope="module")
def screen() -> Iterator[Desktop]:
    """Return a desktop that this process sees too."""
    with desktop() as found, pytest.MonkeyPatch.context() as patch:
        for name in ("DISPLAY", "DBUS_SESSION_BUS_ADDRESS"):
            patch.setenv(name, found.environment[name])
        yield found


class Listener:
    """A source that is asked as often as the agent asks it."""

    def __init__(self) -> None:
        self.source = TypedSource(X11Keys(), TreeReader(AtspiScreen))
        self.seen: list[Seen] = []

    def listen(self, seconds: float) -> str:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(0.03)
            self.seen += self.source.poll(Scene.nowhere())  # at least once, and that after a while
        return self.words

    def until(self, words: str, seconds: float = PATIENCE) -> bool:
        return wait_until(lambda: words in self.listen(0.1), seconds)

    @property
    def words(self) -> str:
        """What was given as new."""
        return "|".join(one.text[start:end] for one in self.seen for start, end in one.fresh or ())


@pytest.fixture
def listener(screen: Desktop) -> Iterator[Listener]:
    """Return one that is closed at the end."""
    found = Listener()
    yield found
    found.source.close()


@pytest.mark.screen
def test_typing_into_a_browser(screen: Desktop, listener: Listener, tmp_path: Path) -> None:
    """What stands, what was deleted, the window it went to; nothing of what goes into a password field."""
    tree = AtspiScreen()
    with screen.browser(page(tmp_path, "A form", FORM)):
        assert wait_until(lambda: types_into(tree, "A form"))
        type_text(screen, "where to buy a gub\b\b\bknife, Thanks")
        assert listener.until("Thanks")
        assert "gub" in listener.words
        assert "buy a knife, " in listener.words
        first = listener.seen[0]
        assert (first.source, first.provenance.name) == ("typed", "TYPED")
        assert (first.window.title or "").startswith("A form")
        type_text(screen, "\t")
        listener.listen(0.3)
        type_text(screen, "hunter two secret ", pause=0.08)
        type_text(screen, "\t")
        listener.listen(0.5)
        type_text(screen, "afterwards ", pause=0.08)
        assert listener.until("afterwards")
        assert "hunter" not in listener.words
        assert "secret" not in listener.words
    tree.close()


def types_into(tree: AtspiScreen, title: str) -> bool:
    """Return whether a field of a window has the focus that is no password field."""
    windows = [one.window for one in tree.read() if (one.window.title or "").startswith(title)]
    return any(tree.secret_focus(one) is False for one in windows)


@contextmanager
def entry(screen: Desktop) -> Iterator[None]:
    """Show a field of a program without accessibility, with the focus in it."""
    with screen.program([sys.executable, "-c", ENTRY], pipe=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield


@pytest.mark.screen
def test_a_program_without_accessibility(screen: Desktop, listener: Listener) -> None:
    """Nobody says which field it is: words are followed, but not while a program has taken the keyboard for itself."""
    with entry(screen):
        type_text(screen, "plain words here ")
        assert listener.until("plain words here")
        assert listener.seen[0].window.title == "Plain entry"
        grabber = xcffib.connect(display=screen.environment["DISPLAY"])
        root = grabber.get_setup().roots[0].root
        assert grabber.core.GrabKeyboard(False, root, 0, 1, 1).reply().status == 0
        listener.listen(0.3)
        type_text(screen, "grabbed ")
        listener.listen(0.5)
        grabber.core.UngrabKeyboard(0)
        grabber.flush()
        listener.listen(0.3)
        type_text(screen, "given back ")
        assert listener.until("given back")
        assert "grabbed" not in listener.words
        grabber.disconnect()


@pytest.mark.screen
@pytest.mark.parametrize(
    ("layout", "typed"),
    [
        ("de", "Zylinder über Größe "),
        ("ru", "\u043f\u0440\u0438\u0432\u0435\u0442 "),
        ("us", "Plain UPPER @ 12 "),
    ],
)
def test_layouts(screen: Desktop, layout: str, typed: str) -> None:
    """What a key writes depends on the layout: German, Russian, American."""
    subprocess.run(["setxkbmap", layout], env=screen.environment, check=True)
    listener = Listener()
    try:
        keys = typed
        if layout == "ru":  # these keysyms are older than Unicode's: the keys are pressed by where they are
            subprocess.run(["setxkbmap", "us,ru"], env=screen.environment, check=True)
            lock_group(screen, 1)
            keys = "ghbdtn "
        with entry(screen):
            listener.listen(0.3)
            type_text(screen, keys)
            assert listener.until(typed.strip()), listener.words
    finally:
        lock_group(screen, 0)
        subprocess.run(["setxkbmap", "us"], env=screen.environment, check=True)
        listener.source.close()


def lock_group(screen: Desktop, group: int) -> None:
    connection = xcffib.connect(display=screen.environment["DISPLAY"])
    extension = connection(xcffib.xkb.key)
    extension.UseExtension(1, 0).reply()
    extension.LatchLockState(0x100, 0, 0, True, group, 0, False, 0)
    connection.core.GetInputFocus().reply()
    connection.disconnect()


@pytest.mark.parametrize(
    ("keysyms", "how", "written"),
    [
        ([0x61, 0x41], {}, "a"),
        ([0x61, 0x41], {"shift": True}, "A"),
        ([0x61, 0x41], {"caps": True}, "A"),
        ([0x61, 0x41], {"caps": True, "shift": True}, "a"),
        ([0x61], {"shift": True}, "A"),
        ([0x31, 0x21], {"caps": True}, "1"),
        ([0x71, 0x51, 0, 0, 0x40, 0], {"level3": True}, "@"),
        ([0xFF9F, 0xFFAE], {"num": True}, "."),
        ([0x61, 0x41, 0x10006C6, 0], {"group": 1}, "\u06c6"),
    ],
)
def test_what_a_key_writes(keysyms: list[int], how: dict[str, bool], written: str) -> None:
    """Groups, levels, Caps Lock and Num Lock."""
    state = {"group": 0, "shift": False, "level3": False, "caps": False, "num": False} | how
    assert character(keysym_at(keysyms, **state)) == written  # type: ignore[arg-type]


def test_dead_keys_make_one_letter() -> None:
    """An accent typed before its letter."""
    assert composed("\u0301", "e") == "é"
    assert composed("", "e") == "e"


@given(st.lists(st.sampled_from([*"abc ", "ERASE", "TAKE"]), max_size=60))
def test_whatever_was_typed_is_screened(keys: list[str]) -> None:
    """Every character that a key wrote lies in some text that was given, and texts only grow from what was typed."""
    line, given_out, written = TypedLine(), [], 0
    for key in keys:
        if key == "ERASE":
            line.erase()
        elif key == "TAKE":
            given_out += line.take(finished=False)
        else:
            line.write(key)
            written += 1
    given_out += line.take(finished=True)
    assert line.empty
    assert sum(len(one.text) - one.fresh for one in given_out) >= 0
    if written and "ERASE" not in keys:
        assert "".join(one.text[one.fresh :] for one in given_out) == "".join(key for key in keys if key != "TAKE")


def test_a_long_line_forgets_its_beginning() -> None:
    """Memory has a limit, and what is new is still given."""
    line = TypedLine()
    line.write("x" * LONGEST)
    line.take(finished=True)
    line.write(" gun")
    (found,) = line.take(finished=True)
    assert len(found.text) == LONGEST
    assert found.text[found.fresh :] == " gun"


def test_deleted_words_are_given_with_what_stood_before() -> None:
    """A sentence that was typed and taken back is still a sentence."""
    line = TypedLine()
    line.write("buy a gun")
    line.erase(word=True)
    line.write("cake")
    assert [one.text for one in line.take(finished=True)] == ["buy a gun", "buy a cake"]

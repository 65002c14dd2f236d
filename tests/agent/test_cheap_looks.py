"""What watchers learn the cheap way is what the plain way would tell."""

import os
import socket
import struct
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import psutil
import pytest

from agent.memory import GivingBack
from agent.mounts import Mounts
from agent.newest_process import newest_process
from agent.signs.files import FilesBelow, FileWatcher, Group
from agent.signs.listening import listening_in, listening_ports, messages_in, told_by_kernel, told_by_tables
from agent.signs.tracer import children


def test_ports_that_are_listened_on() -> None:
    """A port is told while something listens on it."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        assert listener.getsockname()[1] not in set(listening_ports())
        listener.listen()
        assert listener.getsockname()[1] in set(listening_ports())


def test_the_kernel_tells_what_its_tables_tell() -> None:
    """Asked for listeners alone; those of connections are none."""
    with closing(socket.socket()) as listener, closing(socket.socket()) as caller:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        assert port not in {*told_by_kernel(), *told_by_tables()}
        listener.listen()
        caller.connect(("127.0.0.1", port))
        assert port in set(told_by_kernel()) & set(told_by_tables())
        assert caller.getsockname()[1] not in told_by_kernel()


def test_answers_of_the_kernel_that_are_cut() -> None:
    """A message that is shorter than its head ends the reading; nothing is read twice, and nothing for ever."""
    whole = struct.pack("=IHHII", 18, 20, 0, 0, 0) + b"ab\0\0"
    assert list(messages_in(whole + whole)) == [(20, b"ab")] * 2
    assert list(messages_in(whole + whole[:9])) == [(20, b"ab")]
    assert list(messages_in(struct.pack("=IHHII", 0, 20, 0, 0, 0) * 3)) == []


def test_the_newest_process_is_another_with_each() -> None:
    """So a look at one number tells that no program was started."""
    before = newest_process()
    subprocess.run([sys.executable, "-c", ""], check=True)
    assert before is not None
    assert newest_process() != before


def test_lines_of_a_table_that_are_no_listeners() -> None:
    """Headings, connections and torn lines are passed over."""
    table = [
        "  sl  local_address rem_address   st tx_queue\n",
        "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000\n",
        "   1: 0100007F:1F91 0100007F:0050 01 00000000:00000000\n",
        "   0: 00000000000000000000000001000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000\n",
        "   2: 0100007F\n",
        "\n",
    ]
    assert list(listening_in(table)) == [8080, 22]


def test_the_agents_own_children() -> None:
    """The list of the kernel, against that of psutil."""
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    processes = [subprocess.Popen(command) for _ in range(3)]
    try:
        assert {one.pid for one in processes} <= set(children())
        assert set(children()) == {one.pid for one in psutil.Process().children()}
    finally:
        for one in processes:
            one.kill()
            one.wait()
    assert not {one.pid for one in processes} & set(children())


@pytest.fixture
def watched(tmp_path: Path) -> Path:
    """Return a folder with two modules, an hour old."""
    root = tmp_path / "package"
    (root / "inner").mkdir(parents=True)
    for path in (root / "one.py", root / "inner" / "two.py", root / "page.html"):
        path.write_text("pass\n")
    for path in (root / "inner", root):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    return root


def test_files_below_a_folder(watched: Path) -> None:
    """What comes, goes and moves between folders is found at each look, by its ending."""
    files = FilesBelow([watched], (".py", ".toml"))
    assert set(files()) == {watched / "one.py", watched / "inner" / "two.py"}
    (watched / "inner" / "three.toml").write_text("")
    (watched / "new").mkdir()
    (watched / "new" / "four.py").write_text("")
    assert set(files()) == {
        watched / "one.py", watched / "inner" / "two.py", watched / "inner" / "three.toml", watched / "new" / "four.py",
    }  # fmt: skip
    (watched / "inner" / "two.py").rename(watched / "two.py")
    (watched / "one.py").unlink()
    assert set(files()) == {
        watched / "two.py", watched / "inner" / "three.toml", watched / "new" / "four.py",
    }  # fmt: skip


def test_a_changed_file_is_told_once(watched: Path) -> None:
    """By its content: a touched file is no change; a folder that goes takes its files with it."""
    group = Group("changed", "Files changed.", 4, FilesBelow([watched], (".py",)), watched)
    watcher = FileWatcher([group])
    assert watcher.look() == []
    (watched / "one.py").touch()
    assert watcher.look() == []
    (watched / "one.py").write_text("fail\n")
    (sign,) = watcher.look()
    assert sign.details == {"files": 1, "first": "one.py"}
    assert watcher.look() == []
    (watched / "inner").rename(watched.parent / "elsewhere")
    (sign,) = watcher.look()
    assert sign.details == {"files": 1, "first": "inner/two.py"}


def test_what_pictures_leave_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Freed megabytes that the C library keeps go back to the system when it is time, and not before."""
    giving = GivingBack()
    kept = [np.ones(100_000, np.uint8) for _ in range(600)]
    pins = kept[::60]  # a little that stays keeps all of it, without this
    del kept
    before = psutil.Process().memory_info().rss
    giving.step()
    assert psutil.Process().memory_info().rss > before - 2**20
    monkeypatch.setattr(giving, "_due", 0.0)
    giving.step()
    assert psutil.Process().memory_info().rss < before - 20 * 2**20
    assert all(one.all() for one in pins)


@pytest.mark.parametrize("everything", [True, False])
def test_what_is_mounted_is_what_psutil_says(everything: bool) -> None:
    """Asked twice: the second time out of the table that reads as before."""
    mounts = Mounts(everything=everything)
    assert list(mounts.now()) == list(mounts.now()) == psutil.disk_partitions(all=everything)


def test_a_mount_is_seen_at_the_next_look(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As soon as the table reads otherwise; a table that changes while it is read is read again."""
    table, told = tmp_path / "mounts", ["first", "second", "third"]
    monkeypatch.setattr("agent.mounts._TABLE", table)
    table.write_text("a")

    def partitions(**_: bool) -> list[str]:
        table.write_text("b")
        return [told.pop(0)]

    monkeypatch.setattr("agent.mounts.psutil.disk_partitions", partitions)
    mounts = Mounts(everything=True)
    assert [list(mounts.now()) for _ in range(3)] == [["first"], ["second"], ["second"]]
    table.unlink()
    assert [list(mounts.now())] == [["third"]], "where there is no table"

"""The spool: what was put is there after any end of the process, in order, under a number that is used once."""

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from agent.ballast import Ballast
from agent.errors import SpoolError
from agent.spool import MOST_READS, Number, Spool
from evidence import envelope
from evidence.envelope import ParsedHead, Part
from evidence.header import GENESIS, Kind
from evidence.keys import OpeningKey, verifying_key
from evidence.ledger import head_of
from evidence.record import EventRecord
from tests.agent.rig import MemoryServer, Rig


def put_event(rig: Rig, spool: Spool) -> Number:
    number, _ = spool.next_link()
    rig.recorder(spool).event("agent-started")
    return number


def drain(spool: Spool) -> list[Number]:
    numbers = []
    while (found := spool.oldest()) is not None:
        numbers.append(found[0])
        spool.acknowledge(found[0])
    return numbers


def test_numbers_follow_each_other_over_restarts(rig: Rig) -> None:
    """Every opening of the folder continues the chain where it ended."""
    for seq in range(5):
        assert put_event(rig, rig.open_spool()) == Number(0, seq)
    assert drain(rig.open_spool()) == [Number(0, seq) for seq in range(5)]


def test_the_chain_goes_on_after_everything_was_delivered(rig: Rig) -> None:
    """With no file left, the kept head says where the chain ended."""
    spool = rig.open_spool()
    for _ in range(3):
        put_event(rig, spool)
    last = envelope.parse(spool._path(Number(0, 2)).read_bytes()).header
    drain(spool)
    number, prev = rig.open_spool().next_link()
    assert number == Number(0, 3)
    assert prev == head_of(last).digest


def test_a_half_written_file_is_no_record(rig: Rig) -> None:
    """What a power cut leaves before the rename is cleared away."""
    spool = rig.open_spool()
    put_event(rig, spool)
    part = rig.state.spool / "records" / "0000000000-00000000000000000001.part"
    part.write_bytes(b"half")
    again = rig.open_spool()
    assert len(again) == 1
    assert not part.exists()


def test_a_damaged_end_starts_a_new_epoch_and_is_kept_aside(rig: Rig) -> None:
    """An unreadable newest record leaves its number unused for ever; nothing is deleted."""
    spool = rig.open_spool()
    put_event(rig, spool)
    put_event(rig, spool)
    newest = spool._path(Number(0, 1))
    newest.write_bytes(b"\0" * newest.stat().st_size)
    again = rig.open_spool()
    assert again.next_link() == (Number(1, 0), GENESIS)
    assert [path.name for path in (rig.state.spool / "damaged").iterdir()] == [newest.name]
    assert put_event(rig, again) == Number(1, 0)
    assert drain(rig.open_spool()) == [Number(0, 0), Number(1, 0)]


@contextmanager
def no_files_left() -> Iterator[None]:
    """Let this process open no file more."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_what_cannot_be_read_now_stays(rig: Rig) -> None:
    """A full table of files says nothing about a record: it is not put aside, and delivered when it can be read."""
    spool = rig.open_spool()
    number = put_event(rig, spool)
    for _ in range(3):
        with no_files_left(), pytest.raises(OSError, match="Too many open files"):
            spool.oldest()
    assert (drain(spool), spool.damaged) == ([number], 0)


def test_what_can_never_be_read_does_not_hold_the_others_up(rig: Rig) -> None:
    """A record that was asked for again and again is put aside, and the one behind it is delivered."""
    spool = rig.open_spool()
    first, second = put_event(rig, spool), put_event(rig, spool)
    path = spool._path(first)
    path.unlink()
    path.mkdir()  # each try to read it fails, and not because it is gone
    for _ in range(MOST_READS - 1):
        with pytest.raises(IsADirectoryError):
            spool.oldest()
    assert (drain(spool), spool.damaged) == ([second], 1)
    assert (rig.state.spool / "damaged" / path.name).exists()


def test_acknowledging_twice_is_harmless_to_others(rig: Rig) -> None:
    """Only the named record goes."""
    spool = rig.open_spool()
    put_event(rig, spool)
    put_event(rig, spool)
    spool.acknowledge(Number(0, 0))
    assert drain(spool) == [Number(0, 1)]


class SpoolLife(RuleBasedStateMachine):
    """Any order of putting, delivering and restarting keeps the order and never uses a number twice."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="overt-spool-"))
        self.rig = Rig(self.folder / "device")
        self.spool = self.rig.open_spool()
        self.expected: list[Number] = []
        self.used: set[Number] = set()

    @rule()
    def put(self) -> None:
        number = put_event(self.rig, self.spool)
        assert number not in self.used
        self.used.add(number)
        self.expected.append(number)

    @rule(count=st.integers(1, 4))
    def deliver(self, count: int) -> None:
        for _ in range(count):
            found = self.spool.oldest()
            if found is None:
                break
            assert found[0] == self.expected.pop(0)
            self.spool.acknowledge(found[0])

    @rule()
    def restart(self) -> None:
        self.spool = self.rig.open_spool()

    @invariant()
    def holds_what_was_put(self) -> None:
        found = self.spool.oldest()
        assert (found[0] if found else None) == (self.expected[0] if self.expected else None)
        assert len(self.spool) == len(self.expected)

    def teardown(self) -> None:
        shutil.rmtree(self.folder)


TestSpoolLife = SpoolLife.TestCase
TestSpoolLife.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)


# A process of its own that records and delivers, and says on its output what it was told is durable.
WRITER = """
import sys
from pathlib import Path
from agent.spool import Spool
from tests.agent.rig import Rig
rig = Rig.load(Path(sys.argv[1]))
spool = rig.open_spool()
recorder = rig.recorder(spool)
while True:
    number, _ = spool.next_link()
    recorder.event("agent-started", "x" * 3000)
    print("put", number.epoch, number.seq, flush=True)
    if number.seq % 3 == 2:
        found = spool.oldest()
        if found:
            print("gone", found[0].epoch, found[0].seq, flush=True)
            spool.acknowledge(found[0])
"""


def test_nothing_is_lost_when_the_process_is_killed(rig: Rig, tmp_path: Path) -> None:
    """kill -9 at 25 random moments: what was said to be durable is there, readable, chained, each number once."""
    writer = tmp_path / "writer.py"
    writer.write_text(WRITER)
    chance = random.Random(7)
    put: set[Number] = set()
    gone: set[Number] = set()
    for _ in range(25):
        for line in run_and_kill(writer, rig.root, chance.randrange(1, 14), chance.uniform(0.0, 0.05)):
            word, epoch, seq = line.split()
            number = Number(int(epoch), int(seq))
            if word == "put":
                assert number not in put, "a number was used twice"
                put.add(number)
            else:
                gone.add(number)
    assert len(put) > 50, "the writer hardly wrote: this would show nothing"
    spool = rig.open_spool()
    left = {number for number in put if spool._path(number).exists()}
    assert put - gone <= left
    server = MemoryServer(rig, strict=False)
    while (found := spool.oldest()) is not None:  # the server checks signature and chain of each
        server.put_record(found[0].epoch, found[0].seq, found[1])
        spool.acknowledge(found[0])
    assert set(server.records) >= {(number.epoch, number.seq) for number in put - gone}


def run_and_kill(writer: Path, root: Path, lines: int, seconds: float) -> list[str]:
    """Start the writer, kill it so many seconds after that many lines; return the whole lines that it said."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    process = subprocess.Popen(
        [sys.executable, str(writer), str(root)], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert process.stdout is not None
    first = "".join(process.stdout.readline() for _ in range(lines))
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
    said = first + process.communicate()[0]
    return said.splitlines() if said.endswith("\n") else said.splitlines()[:-1]


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Mount a small file system in memory; skip where this account may not."""
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("this account may not mount a file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a tmpfs")
def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    """The room set aside is used and a gap record says so; then records wait in memory; with room again all follow."""
    with small_disk(tmp_path / "disk", "4m") as disk:
        rig = Rig(disk / "device")
        spool = rig.open_spool()
        recorder = rig.recorder(spool, ballast=2**19)
        assert Ballast(rig.state.spool, 2**19).held
        filler = disk / "filler"
        filler.write_bytes(b"\0" * 2_000_000)
        recorded = 0
        while recorder.waiting < 3:
            recorder.event("agent-started", "x" * 20_000)
            recorded += 1
        assert not list(rig.state.spool.rglob("*.part")), "nothing half-written is left"
        assert not Ballast(rig.state.spool, 2**19).held
        filler.unlink()
        assert recorder.flush()
        gaps = [envelope.parse(path.read_bytes()).header for path in sorted(rig.state.spool.rglob("*.ovt"))]
        assert [one.context.fields.kind for one in gaps].count(Kind.GAP) == 1
        assert drain(spool) == [Number(0, seq) for seq in range(recorded + 1)]


def test_the_quota_counts_what_it_does_not_keep(rig: Rig) -> None:
    """A gap record at once, another with the number when captures are kept again: nothing is dropped in silence."""
    spool = rig.open_spool()
    recorder = rig.recorder(spool, quota=100_000)
    kept = [recorder.capture([Part("meta", b"{}" * 5000)], severity=3, group="") for _ in range(12)]
    assert kept == sorted(kept, reverse=True), "once full, it stays full"
    lost = kept.count(False)
    assert lost >= 2
    kinds = [
        envelope.parse(path.read_bytes()).header.context.fields.kind for path in sorted(rig.state.spool.rglob("*.ovt"))
    ]
    assert kinds == [Kind.CAPTURE] * (12 - lost) + [Kind.GAP]
    for _ in range(4):
        found = spool.oldest()
        assert found is not None
        spool.acknowledge(found[0])
    assert recorder.flush()
    newest = envelope.open_all(*opened(rig, sorted(rig.state.spool.rglob("*.ovt"))[-1]))
    assert EventRecord.from_bytes(newest["meta"]).details == {"lost": lost}
    assert recorder.capture([Part("meta", b"{}")], severity=3, group="")


def opened(rig: Rig, path: Path) -> tuple[ParsedHead, OpeningKey, bytes]:
    data = path.read_bytes()
    head = envelope.parse(data)
    envelope.verify(head, verifying_key(rig.device_key))
    return head, rig.case_key, data


def test_put_on_a_full_disk_says_so(tmp_path: Path) -> None:
    """The error says what to do, and not what was in the record."""
    with small_disk(tmp_path / "disk", "256k") as disk:
        rig = Rig(disk / "device")
        spool = rig.open_spool()
        number, _ = spool.next_link()
        with pytest.raises(SpoolError, match="No space left") as caught:
            spool.put(number, b"\0" * 2**20, None)  # type: ignore[arg-type]
        assert caught.value.hint
        assert spool.next_link()[0] == number

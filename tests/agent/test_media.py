"""Files on media: names, words and hashes; from real folders, with real sets, into a real record."""

import hashlib
import json
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import psutil
import pytest
from numpy.typing import NDArray
from skimage import data

from agent.clock import SystemClock
from agent.errors import PlatformError
from agent.exclusions import Exclusions
from agent.known_files import LIST_MOST, KnownFilePipeline
from agent.media_memory import MediaMemory, medium_id
from agent.picture_decide import PictureDecider
from agent.pipeline import Counts
from agent.platforms.untitled import UntitledWindows
from agent.policy import Excluded, Policy
from agent.ports import Frame, Given, Rectangle, Scene, Seen, SeenFile, Source
from agent.signs.sign import Sign
from agent.sources.media_files import A_TIME, MOST_FILES, MediaFiles
from agent.sources.media_hashes import MediaHashes
from agent.sources.media_walk import MediaWalk, is_own
from evidence import envelope
from evidence.authority import PermittedLibrary
from evidence.header import Kind
from evidence.record import CaptureRecord, EventRecord, read_record
from overt.agent_files import DeviceFiles
from overt.agent_pictures import DevicePictures
from overt.hashes_set import About, Builder, HashSet
from overt.hashes_set import Kind as Hash
from overt.hashes_work import add_pictures
from tests.agent.rig import Rig

NOWHERE = Scene.nowhere()
FRAME = Frame(0, Rectangle(0, 0, 320, 200), np.full((200, 320, 4), 255, np.uint8))


def photo(name: str) -> NDArray[np.uint8]:
    return np.ascontiguousarray(getattr(data, name)()[..., ::-1])


def walk_of(mounts: set[str], memory: MediaMemory | None = None, *own: Path) -> MediaWalk:
    """Walk folders that stand for mounted media."""
    mine = {str(one) for one in own}
    return MediaWalk(lambda: frozenset(mounts), memory, most=MOST_FILES, own=mine.__contains__)


def test_files_on_new_media(tmp_path: Path) -> None:
    """Names of all, text of documents, a few at a time; links are not followed; what was there before is not read."""
    stick, old = tmp_path / "stick", tmp_path / "old"
    for folder in (stick / "below", old):
        folder.mkdir(parents=True)
    (old / "before.txt").write_text("unread")
    (stick / "letter.html").write_text("<p>Words of a letter</p>")
    (stick / "broken.pdf").write_bytes(b"%PDF-1.4 broken")
    (stick / "below" / "picture.jpg").write_bytes(b"\xff\xd8")
    (stick / "away").symlink_to(old)
    for number in range(A_TIME):
        (stick / f"note-{number}.bin").write_text("x")
    mounts = {str(old)}
    source = MediaFiles(walk_of(mounts))
    assert source.poll(NOWHERE) == []
    mounts.add(str(stick))
    first, second = source.poll(NOWHERE), source.poll(NOWHERE)
    names = [one.text for one in (*first, *second) if one.source == "file-name"]
    assert len([one for one in first if one.source == "file-name"]) == A_TIME
    assert set(names) == {"letter.html", "broken.pdf", "picture.jpg"} | {f"note-{n}.bin" for n in range(A_TIME)}
    (text,) = [one for one in (*first, *second) if one.source == "file"]
    assert text.text.strip() == "Words of a letter"
    assert text.window.title == str(stick / "letter.html")
    assert source.poll(NOWHERE) == []


# --- hashes


@pytest.fixture
def coffee(tmp_path: Path) -> Path:
    """Return a picture file that a set knows."""
    path = tmp_path / "coffee.png"
    cv2.imwrite(str(path), photo("coffee"))
    return path


@pytest.fixture
def known(coffee: Path) -> DeviceFiles:
    """Return a set of one picture with all its hashes, and a set of a file that is no picture."""
    about = About("known-a", "7", "made for this test", "none", 4)
    pictures, problems = add_pictures(coffee.parent / "a.set", [coffee], about, "2")
    assert not problems
    builder = Builder()
    builder.add(Hash.MD5, hashlib.md5(b"a film", usedforsecurity=False).digest(), "1")
    builder.add(Hash.SHA1, hashlib.sha1(b"a film", usedforsecurity=False).digest(), "1")
    films = builder.build(About("films", "3", "made for this test", "none", 5))
    return of(pictures, films)


def of(*sets: HashSet) -> DeviceFiles:
    return DeviceFiles(DevicePictures(permitted=False, sets=sets))


def fill(stick: Path, coffee: Path) -> None:
    """Write a stick: the picture itself, the picture smaller and as JPEG, a film, and things that nobody knows."""
    (stick / "below").mkdir(parents=True)
    shutil.copy(coffee, stick / "same.dat")
    small = cv2.resize(photo("coffee"), (300, 200), interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(stick / "smaller.jpg"), small)
    cv2.imwrite(str(stick / "another.jpg"), photo("rocket"))
    (stick / "broken.jpg").write_bytes(b"no picture")
    (stick / "below" / "film.mp4").write_bytes(b"a film")
    (stick / "large.bin").write_bytes(bytes(300_000))
    (stick / "gone.bin").symlink_to(coffee)


def polled(source: Source, times: int = 100) -> list[Given]:
    """Ask until the end of the medium is told."""
    found: list[Given] = []
    for _ in range(times):
        found += source.poll(NOWHERE)
        if any(isinstance(one, Sign) for one in found):
            return found
    raise AssertionError(f"no end was told in {times} questions")


def files(found: list[Given]) -> dict[str, list[tuple[str, str, int]]]:
    """Return set, rule and severity of what was found, by file name."""
    seen = [one for one in found if isinstance(one, SeenFile)]
    return {Path(one.path).name: [(find.library_id, find.rule, find.severity) for find in one.findings] for one in seen}


def test_known_files_on_new_media(tmp_path: Path, coffee: Path, known: DeviceFiles) -> None:
    """By their bytes whatever they are called, pictures by likeness too; the end is told with what was compared."""
    mounts: set[str] = set()
    source = MediaHashes(known, walk_of(mounts))
    assert source.poll(NOWHERE) == []
    fill(tmp_path / "stick", coffee)
    mounts.add(str(tmp_path / "stick"))
    found = polled(source)
    by_name = files(found)
    assert by_name.pop("smaller.jpg")[0][1].startswith("pdq, distance ")
    assert by_name == {"same.dat": [("known-a", "sha256", 4)], "film.mp4": [("films", "sha1", 5)]}
    (end,) = [one for one in found if isinstance(one, Sign)]
    assert end.event == "media-compared"
    assert end.text == (
        "A medium was compared with the sets of known files: 6 files, 3 of them known, damaged pictures: 1."
    )
    assert end.details == {"sets": 2, "files": 6, "known": 3, "damaged-pictures": 1}
    assert source.poll(NOWHERE) == []
    source.close()


def test_a_question_reads_no_more_than_its_share(tmp_path: Path, coffee: Path, known: DeviceFiles) -> None:
    """A large file takes several; nothing is missed."""
    stick = tmp_path / "stick"
    fill(stick, coffee)
    mounts: set[str] = set()
    source = MediaHashes(known, walk_of(mounts), rate=50_000)
    mounts.add(str(stick))
    sizes = sum(one.stat().st_size for one in stick.rglob("*") if one.is_file() and not one.is_symlink())
    asked, found = 0, list[Given]()
    while not any(isinstance(one, Sign) for one in found):
        found += source.poll(NOWHERE)
        asked += 1
    assert asked >= sizes // 50_000
    assert set(files(found)) == {"same.dat", "smaller.jpg", "film.mp4"}
    source.close()


def test_between_two_questions_no_file_is_open(tmp_path: Path, known: DeviceFiles) -> None:
    """A medium with an open file on it could not be taken out. A file that changes meanwhile is told as unreadable."""
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / "film.mp4").write_bytes(b"a film")
    (stick / "growing.mp4").write_bytes(b"a fil")
    mounts: set[str] = set()
    source = MediaHashes(known, walk_of(mounts), rate=3)
    mounts.add(str(stick))
    found: list[Given] = []
    for _ in range(3):
        found += source.poll(NOWHERE)
        assert not [one for one in psutil.Process().open_files() if one.path.startswith(str(stick))]
    assert files(found) == {"film.mp4": [("films", "sha1", 5)]}
    with (stick / "growing.mp4").open("ab") as more:
        more.write(b"m")
    (end,) = polled(source)
    assert isinstance(end, Sign)
    assert end.details["unreadable"] == 1


def test_a_search_goes_on_after_a_pause_and_a_restart(tmp_path: Path, coffee: Path, known: DeviceFiles) -> None:
    """Where it was, with nothing but numbers in its file; after a restart of the system it begins anew."""
    stick, file = tmp_path / "stick", tmp_path / "media-hashes.json"
    stick.mkdir()
    for number in range(6):
        (stick / f"file-{number}.bin").write_bytes(b"a film" if number in (0, 5) else b"x")
    mounts: set[str] = set()
    source = MediaHashes(known, walk_of(mounts, MediaMemory(file, "boot-1")), rate=1)
    mounts.add(str(stick))
    for _ in range(10):
        source.poll(NOWHERE)
    source.close()
    kept = json.loads(file.read_text())
    assert kept["boot"] == "boot-1"
    assert 0 < kept["searched"][medium_id(str(stick))] < 5
    assert "file-" not in file.read_text()
    assert "stick" not in file.read_text()
    again = MediaHashes(known, walk_of(mounts, MediaMemory(file, "boot-1")))
    assert set(files(polled(again))) == {"file-5.bin"}
    again.close()
    assert MediaHashes(known, walk_of(mounts, MediaMemory(file, "boot-1"))).poll(NOWHERE) == []
    elsewhere = MediaHashes(known, walk_of(mounts, MediaMemory(file, "boot-2"), stick))
    assert set(files(polled(elsewhere))) == {"file-0.bin", "file-5.bin"}
    elsewhere.close()


def test_what_is_mounted_before_is_searched_only_where_it_is_this_accounts_own(tmp_path: Path) -> None:
    """A desktop mounts a stick for one account; the device's disks and other people's sticks are left alone."""
    for name in ("mine", "disk"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.txt").write_text(f"words of {name}")
    mounts = {str(tmp_path / "mine"), str(tmp_path / "disk")}
    source = MediaFiles(walk_of(mounts, None, tmp_path / "mine"))
    names = [one.text for one in source.poll(NOWHERE) if isinstance(one, Seen) and one.source == "file-name"]
    assert names == ["mine.txt"]


@pytest.mark.parametrize(
    ("mount", "own"),
    [("/media/kim/STICK", True), ("/run/media/kim/STICK", True), ("/media/lou/STICK", False), ("/mnt", False)],
)
def test_whose_a_medium_is(monkeypatch: pytest.MonkeyPatch, mount: str, own: bool) -> None:
    """By where the desktop mounts it."""
    monkeypatch.setenv("LOGNAME", "kim")
    assert is_own(mount) is own


def test_a_medium_that_is_taken_away_is_told(tmp_path: Path, known: DeviceFiles) -> None:
    """Not all of it was compared, and the record says how much was."""
    stick = tmp_path / "stick"
    stick.mkdir()
    for number in range(4):
        (stick / f"{number}.bin").write_bytes(b"1234")
    mounts: set[str] = set()
    source = MediaHashes(known, walk_of(mounts), rate=4)
    mounts.add(str(stick))
    source.poll(NOWHERE)
    source.poll(NOWHERE)
    mounts.clear()
    (told,) = source.poll(NOWHERE)
    assert isinstance(told, Sign)
    assert (told.event, told.severity) == ("media-taken-away", 1)
    assert source.poll(NOWHERE) == []


def test_without_a_set_nothing_is_said_to_be_compared() -> None:
    """The source says so, and the record with it."""
    with pytest.raises(PlatformError, match="no set of hashes"):
        MediaHashes(of(), walk_of(set()))


def test_other_sets_are_used_at_once(tmp_path: Path, coffee: Path, known: DeviceFiles) -> None:
    """Those of an update."""
    builder = Builder()
    builder.add(Hash.SHA256, hashlib.sha256(b"x").digest())
    mounts: set[str] = set()
    source = MediaHashes(known, walk_of(mounts))
    known.use(DevicePictures(permitted=False, sets=(builder.build(About("new", "1", "us", "none")),)))
    (tmp_path / "stick").mkdir()
    shutil.copy(coffee, tmp_path / "stick")
    (tmp_path / "stick" / "x").write_bytes(b"x")
    mounts.add(str(tmp_path / "stick"))
    assert files(polled(source)) == {"x": [("new", "sha256", 5)]}


# --- from what was found to the record


class Device:
    """A real recorder and spool of an enrolled device."""

    def __init__(self, rig: Rig, excluded: Excluded, policy: Policy) -> None:
        libraries = (PermittedLibrary("weapons", "3"), PermittedLibrary("known-a", "4"), PermittedLibrary("films", "4"))
        self.rig, self.counts = rig, Counts()
        self.pipeline = KnownFilePipeline(
            rig.write_authority(libraries=libraries), PictureDecider(policy, entropy=secrets.token_bytes),
            rig.recorder(rig.open_spool()), self.counts, exclusions=Exclusions(excluded, UntitledWindows()),
            account="kim", clock=SystemClock(),
        )  # fmt: skip

    def sealed(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted(self.rig.state.spool.rglob("*.ovt"))]

    def records(self, kind: Kind) -> Iterator[CaptureRecord | EventRecord]:
        for one in self.sealed():
            head = envelope.parse(one)
            if head.header.context.fields.kind is kind:
                record = read_record(envelope.open_all(head, self.rig.case_key, one)["meta"])
                yield cast(CaptureRecord | EventRecord, record)


def seen_files(tmp_path: Path, coffee: Path, known: DeviceFiles) -> list[SeenFile]:
    """Return what the source finds on a stick."""
    mounts: set[str] = set()
    source = MediaHashes(known, walk_of(mounts))
    fill(tmp_path / "stick", coffee)
    mounts.add(str(tmp_path / "stick"))
    return [one for one in polled(source) if isinstance(one, SeenFile)]


def test_one_capture_a_medium_and_set_and_a_list_of_all(
    rig: Rig, tmp_path: Path, coffee: Path, known: DeviceFiles
) -> None:
    """Set, rule and path are sealed; the clear part names the severity and nothing else of it."""
    device = Device(rig, Excluded(), Policy())
    for one in seen_files(tmp_path, coffee, known):
        device.pipeline.take(one, [FRAME])
    device.pipeline.flush(final=True)
    captures = [cast(CaptureRecord, one) for one in device.records(Kind.CAPTURE)]
    assert {one.findings[0].library_id for one in captures} == {"known-a", "films"}
    assert (device.counts.captures, device.counts.folded) == (2, 1)
    (film,) = [one for one in captures if one.findings[0].library_id == "films"]
    assert film.why == (
        "A known file, the same byte by byte, on a stick or disk: set films 3, condition 4 of the order."
    )
    assert (film.source, film.provenance, film.severity) == ("known-file", "background", 5)
    assert film.title == str(tmp_path / "stick" / "below" / "film.mp4")
    data = (tmp_path / "stick" / "below" / "film.mp4").read_bytes()
    assert film.findings[0].explanation == (
        "The file is, byte by byte, row 0 of the set films 3 (made for this test): its SHA1 is the same, "
        f"{hashlib.sha1(data, usedforsecurity=False).hexdigest()}. "
        f"The file's own SHA256 is {hashlib.sha256(data).hexdigest()}."
    )
    assert len(film.frames) == 1
    (told,) = [cast(EventRecord, one) for one in device.records(Kind.EVENT)]
    assert told.event == "known-files"
    assert sorted(str(one).rpartition("/")[2] for one in told.details.values()) == [
        "film.mp4", "same.dat", "smaller.jpg",
    ]  # fmt: skip
    assert str(next(iter(told.details.values()))).split()[0] in {"films", "known-a"}
    clear = b"".join(device.sealed())
    assert b"known-a" not in clear
    assert b"film" not in clear


def test_below_the_floor_it_is_counted_and_listed(rig: Rig, tmp_path: Path, coffee: Path, known: DeviceFiles) -> None:
    """A floor of the policy for how the person stood to it holds."""
    device = Device(rig, Excluded(), Policy(floor=5))
    for one in seen_files(tmp_path, coffee, known):
        device.pipeline.take(one, [])
    assert (device.counts.captures, device.counts.counted) == (1, 2)


def test_an_excluded_place_is_left_out(rig: Rig, tmp_path: Path, coffee: Path, known: DeviceFiles) -> None:
    """Neither captured nor listed."""
    device = Device(rig, Excluded(titles=("*/below/*",)), Policy())
    for one in seen_files(tmp_path, coffee, known):
        device.pipeline.take(one, [])
    device.pipeline.flush(final=True)
    assert device.counts.excluded == 1
    told = [str(value) for one in device.records(Kind.EVENT) for value in cast(EventRecord, one).details.values()]
    assert told
    assert not any("film" in one for one in told)


def test_a_long_list_is_sealed_in_several_records(rig: Rig, tmp_path: Path, coffee: Path, known: DeviceFiles) -> None:
    """Whatever a stick holds, every file is named."""
    device = Device(rig, Excluded(), Policy())
    (film,) = [one for one in seen_files(tmp_path, coffee, known) if one.path.endswith("film.mp4")]
    for _ in range(LIST_MOST + 5):
        device.pipeline.take(film, [])
    device.pipeline.flush(final=True)
    lists = [cast(EventRecord, one).details for one in device.records(Kind.EVENT)]
    assert [len(one) for one in lists] == [LIST_MOST, 5]
    assert device.counts.captures == 1

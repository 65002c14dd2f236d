"""Names of files saved and opened: told by the system for real folders, and looked for where it tells no more."""

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil
import pytest

from agent.ports import Scene, Seen
from agent.signs.sign import Sign
from agent.sources import new_files
from agent.sources.file_names import MOST_NAMES, FileNames, own_folders
from agent.sources.new_files import NewFiles
from tests.waiting import PATIENCE, wait_until

NOWHERE = Scene.nowhere()


def refused(_: Sequence[Path]) -> NewFiles:
    raise OSError(28, "inotify watch limit reached")


class Refused:
    """Is told of folders at first, and then of no more."""

    def __init__(self, _: Sequence[Path]) -> None:
        """Begin well."""

    def take(self) -> list[Path]:
        raise OSError(28, "inotify watch limit reached")

    def close(self) -> None:
        """Nothing is held."""


@pytest.fixture
def start() -> Iterator[Callable[..., FileNames]]:
    """Return what starts sources, which end with the test."""
    started: list[FileNames] = []

    def begin(*words: object) -> FileNames:
        started.append(FileNames(*words))  # type: ignore[arg-type]
        return started[-1]

    yield begin
    for one in started:
        one.close()


def given(source: FileNames, *wanted: str) -> dict[str, Seen]:
    """Return what is given, by name, until these were."""
    found: dict[str, Seen] = {}

    def all_there() -> bool:
        found.update((one.text, one) for one in source.poll(NOWHERE) if isinstance(one, Seen))
        return set(wanted) <= set(found)

    assert wait_until(all_there, PATIENCE), f"{set(wanted) - set(found)} was not given"
    return found


@pytest.mark.parametrize("told", [True, False])
def test_names_of_files_saved_and_opened(tmp_path: Path, start: Callable[..., FileNames], told: bool) -> None:
    """New names in a folder and below it, and what the desktop's list of recent files says."""
    folder, recent = tmp_path / "Downloads", tmp_path / "recently-used.xbel"
    (folder / "inside").mkdir(parents=True)
    (folder / "old.txt").write_text("x")
    recent.write_text('<bookmark href="file:///home/a/old.pdf" added="1" modified="1" visited="1">')
    source = start([folder], recent) if told else start([folder], recent, refused)
    signs = [one.event for one in source.poll(NOWHERE) if isinstance(one, Sign)]
    assert signs == ([] if told else ["file-names-shallow"])
    (folder / "new report.pdf").write_text("x")
    (folder / "inside" / "deeper.txt").write_text("x")
    recent.write_text(
        '<bookmark href="file:///home/a/old.pdf" added="1" modified="1" visited="1">\n'
        '<bookmark href="file:///home/a/Caf%C3%A9%20&amp;%20more.odt" added="2" modified="2" visited="2">'
    )
    found = given(source, "new report.pdf", "deeper.txt", "Café & more.odt")
    assert set(found) == {"new report.pdf", "deeper.txt", "Café & more.odt"}
    assert found["new report.pdf"].window.title == str(folder)
    assert found["Café & more.odt"].provenance.name == "OPENED"
    assert source.poll(NOWHERE) == []


def test_what_is_deep_or_there_for_a_moment_is_told(tmp_path: Path, start: Callable[..., FileNames]) -> None:
    """Looking every few seconds would miss both; so is a new name of an old file, and a folder that is moved here."""
    folder = tmp_path / "Documents"
    (folder / "a" / "b" / "c").mkdir(parents=True)
    (folder / "old.txt").write_text("x")
    (tmp_path / "elsewhere" / "moved folder").mkdir(parents=True)
    (tmp_path / "elsewhere" / "moved folder" / "with a file.txt").write_text("x")
    source = start([folder], tmp_path / "none")
    (folder / "a" / "b" / "c" / "deep.txt").write_text("x")
    moment = folder / "there for a moment.txt"
    moment.write_text("x")
    moment.unlink()
    (folder / "old.txt").rename(folder / "renamed.txt")
    (tmp_path / "elsewhere" / "moved folder").rename(folder / "moved folder")
    given(source, "deep.txt", moment.name, "renamed.txt", "moved folder", "with a file.txt")


def test_what_programs_keep_in_hidden_folders_is_left_out(tmp_path: Path, start: Callable[..., FileNames]) -> None:
    """Their names say nothing of the person; the hidden mark of an office program, which names the file, does."""
    (tmp_path / ".git" / "objects").mkdir(parents=True)
    source = start([tmp_path], tmp_path / "none")
    (tmp_path / ".git" / "objects" / "ab12").write_text("x")
    (tmp_path / ".~lock.letter.odt#").write_text("x")
    (tmp_path / "last.txt").write_text("x")
    assert set(given(source, "last.txt")) == {".~lock.letter.odt#", "last.txt"}


def test_a_folder_that_comes_later_or_is_made_anew_is_followed(tmp_path: Path, start: Callable[..., FileNames]) -> None:
    """Not every folder is there at first; removed and made again it is another one."""
    folder = tmp_path / "Videos"
    source = start([folder], tmp_path / "none")
    folder.mkdir()
    source.poll(NOWHERE)
    (folder / "one.txt").write_text("x")
    given(source, "one.txt")
    (folder / "one.txt").unlink()
    folder.rename(tmp_path / "away")
    folder.mkdir()
    source.poll(NOWHERE)
    (folder / "two.txt").write_text("x")
    given(source, "two.txt")


def test_of_the_home_folder_itself_only_what_lies_in_it(
    tmp_path: Path, start: Callable[..., FileNames], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some desktops call the home folder the desktop; what all programs do below it is nobody's name of a file."""
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    (tmp_path / "work").mkdir()
    source = start([tmp_path], tmp_path / "none")
    (tmp_path / "work" / "below.txt").write_text("x")
    (tmp_path / "here.txt").write_text("x")
    assert set(given(source, "here.txt")) == {"here.txt"}


def test_a_flood_is_cut(tmp_path: Path, start: Callable[..., FileNames], monkeypatch: pytest.MonkeyPatch) -> None:
    """An unpacked archive: the first names say enough, and what comes after it is told again."""
    monkeypatch.setattr(new_files, "MOST_WAITING", 50)
    source = start([tmp_path], tmp_path / "none")
    for number in range(200):
        (tmp_path / f"{number}.txt").touch()
    assert wait_until(lambda: len(source._new._waiting) == 50, PATIENCE)  # type: ignore[attr-defined]
    assert len(source.poll(NOWHERE)) <= MOST_NAMES

    def told_again() -> bool:
        (tmp_path / "after.txt").unlink(missing_ok=True)
        (tmp_path / "after.txt").touch()
        return any(isinstance(one, Seen) and one.text == "after.txt" for one in source.poll(NOWHERE))

    assert wait_until(told_again, PATIENCE)


def test_where_the_system_tells_no_more_it_is_looked_for(tmp_path: Path, start: Callable[..., FileNames]) -> None:
    """Also when that comes later; it is told once."""
    source = start([tmp_path], tmp_path / "none", Refused)
    assert source.poll(NOWHERE) == []
    (told,) = source.poll(NOWHERE)
    assert isinstance(told, Sign)
    assert told.event == "file-names-shallow"
    (tmp_path / "found.txt").write_text("x")
    given(source, "found.txt")


def test_closed_it_holds_nothing(tmp_path: Path, start: Callable[..., FileNames]) -> None:
    """No handle and no thread: a source is closed and started anew whenever the badge is away for a moment."""
    this = psutil.Process()
    before = this.num_fds()
    for _ in range(3):
        source = start([tmp_path], tmp_path / "none")
        assert this.num_fds() > before
        source.close()
        assert wait_until(lambda: this.num_fds() == before, PATIENCE)
    assert wait_until(
        lambda: not [one for one in threading.enumerate() if "watchdog" in type(one).__module__], PATIENCE
    )


def test_the_persons_own_folders() -> None:
    """As this system names them."""
    assert {one.name for one in own_folders()}

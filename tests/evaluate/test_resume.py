"""A run that was stopped goes on where it was, and ends with the same figures."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing import active_children
from pathlib import Path

import pytest

from engine.evaluate.tally import Tally
from overt.evaluation import sources as reading_files
from overt.evaluation.resume import ResumeError, fingerprint, load
from overt.evaluation.run import Here, Processes, Settings, Worker
from overt.evaluation.sources import sources
from overt.evaluation.units import Reading, Unit, units
from overt.evaluation.work import Keeping, work

SETTINGS = Settings(("weapons",))
ITEMS = ("i can get you a gun by friday", "We have begun.", "two guns under the bed")


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(reading_files, "BLOCK", 10_000)
    path = tmp_path / "corpus.jsonl"
    path.write_text("".join(json.dumps({"text": f"{n} {text}"}) + "\n" for n in range(1000) for text in ITEMS))
    return path


def cut(corpus: Path) -> Iterator[Unit]:
    return units(sources([str(corpus)]), Reading())


@dataclass(frozen=True, slots=True)
class Stopped:
    """An executor in which somebody presses Ctrl-C after so many units."""

    after: int

    def run(self, cut: Iterable[Unit]) -> Iterator[tuple[Unit, Tally]]:
        for number, one in enumerate(Here(Worker(SETTINGS)).run(cut)):
            if number == self.after:
                raise KeyboardInterrupt
            yield one


def test_it_goes_on_where_it_was(corpus: Path, tmp_path: Path) -> None:
    """Stopped twice; in the end nothing was counted twice or left out, and the file of the part is gone."""
    part = tmp_path / "part"
    of = fingerprint([str(corpus)], SETTINGS, "digest")
    for after in (4, 5):
        stopped = work(cut(corpus), Stopped(after), 0, Keeping(part, of, load(part, of)))
        assert not stopped.finished
        assert 0 < stopped.tally.documents < 3000
    result = work(cut(corpus), Here(Worker(SETTINGS)), 0, Keeping(part, of, load(part, of)))
    assert result.finished
    assert not part.exists()
    assert result.tally == work(cut(corpus), Here(Worker(SETTINGS)), 0, None).tally
    assert (result.tally.documents, result.tally.flagged[3]) == (3000, 2000)


def test_processes_give_the_same_bit_for_bit(corpus: Path) -> None:
    """Two processes, results in order."""
    one = work(cut(corpus), Here(Worker(SETTINGS)), 0, None).tally
    two = work(cut(corpus), Processes(Worker(SETTINGS), 2), 0, None).tally
    assert json.dumps(one.values()) == json.dumps(two.values())


def test_the_loss_of_a_process_loses_nothing_that_was_done(corpus: Path, tmp_path: Path) -> None:
    """The workers are killed, as the system does it where memory runs out: told, kept, and gone on with."""
    others = {*active_children()}
    part = tmp_path / "part"
    of = fingerprint([str(corpus)], SETTINGS, "digest")

    def killing() -> Iterator[Unit]:
        for number, one in enumerate(cut(corpus)):
            if number == 10:  # at most six wait, so some came back
                for child in {*active_children()} - others:
                    child.kill()
            yield one

    stopped = work(killing(), Processes(Worker(SETTINGS), 2), 0, Keeping(part, of, None))
    assert (stopped.finished, stopped.unkept) == (False, "")
    assert "ended from outside" in stopped.lost
    kept = load(part, of)
    assert kept is not None
    assert 0 < kept.tally.documents == stopped.tally.documents < 3000
    result = work(cut(corpus), Here(Worker(SETTINGS)), 0, Keeping(part, of, kept))
    assert result.tally == work(cut(corpus), Here(Worker(SETTINGS)), 0, None).tally


def test_what_cannot_be_kept_is_told(corpus: Path, tmp_path: Path) -> None:
    """The folder is gone by the end: the figures are there all the same."""
    stopped = work(cut(corpus), Stopped(3), 0, Keeping(tmp_path / "gone" / "part", "", None))
    assert stopped.unkept == "No such file or directory"
    assert stopped.tally.documents


def test_a_part_of_another_run_is_refused(corpus: Path, tmp_path: Path) -> None:
    """Another corpus, other options, another library: each is another run. So is a broken file."""
    part = tmp_path / "part"
    of = fingerprint([str(corpus)], SETTINGS, "digest")
    work(cut(corpus), Stopped(2), 0, Keeping(part, of, None))
    for other in (
        fingerprint([str(corpus)], SETTINGS, "other"),
        fingerprint([str(corpus)], Settings(("weapons",), views=False), "digest"),
    ):
        with pytest.raises(ResumeError, match="another run"):
            load(part, other)
    corpus.write_text("changed")
    with pytest.raises(ResumeError, match="another run"):
        load(part, fingerprint([str(corpus)], SETTINGS, "digest"))
    with pytest.raises(ResumeError, match="is no file"):
        load(tmp_path, of)
    part.write_text("{}")
    with pytest.raises(ResumeError, match="broken"):
        load(part, of)

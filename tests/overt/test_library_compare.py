"""`overt library compare`: what a new version changes, what it loses, and what it does to real text."""

from pathlib import Path

import pytest

from tests.overt.kit import HEAD, Ran, overt, overt_process, write_library

OLD = """[[term]]
text = "gun"
severity = 4
hit = ["a gun", { text = "the gun", severity = 4 }]
miss = ["begun", "glue gun here"]
allow = ["glue gun"]

[[term]]
text = ["knife", "blade"]
hit = ["a knife", "a blade"]

[[term]]
text = "sword"
hit = ["a sword"]
"""
NEW = """[[term]]
text = "gun"
severity = 3
near = { any = ["buy", "the"] }

[[term]]
text = ["knife", "dagger"]

[[term]]
text = "axe"
"""


@pytest.fixture
def versions(tmp_path: Path) -> tuple[Path, Path]:
    """Return an old and a new version of one library, in two folders."""
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    new.mkdir()
    return write_library(old, OLD), write_library(new, NEW, head=HEAD.replace('version = "1"', 'version = "2"'))


def test_the_whole_page(versions: tuple[Path, Path]) -> None:
    """Versions, terms, lost examples with their place, and the sum; exit code 1."""
    old, new = versions
    ran = overt("library", "compare", old, new)
    assert (
        ran.out
        == f"""\
test  1 → 2

- test/sword
+ test/axe
~ test/gun: severity 4 → 3; changed near, allow
~ test/knife: no more “blade”; new “dagger”

{old}:18:8  hit of test/gun
    “a gun”
    fires no more: None of these is within 8 words: buy, the.

{old}:18:17  hit of test/gun
    “the gun”
    fires with severity 3, and 4 is expected

{old}:24:19  hit of test/knife
    “a blade”
    fires no more: the new library does not contain it

{old}:28:8  hit of test/sword
    “a sword”
    fires no more: the new library does not contain it

1 term added, 1 removed, 2 changed. 7 examples of the old version run against the new one: 3 hits lost, 1 weigh less.
"""
    )
    assert ran.code == 1


def test_a_miss_that_fires_is_a_loss(tmp_path: Path) -> None:
    """An exception that was dropped by mistake."""
    old = write_library(tmp_path, OLD)
    (tmp_path / "new").mkdir()
    new = write_library(tmp_path / "new", OLD.replace('allow = ["glue gun"]\n', ""))
    ran = overt("library", "compare", old, new)
    assert ran.code == 1
    assert "fires now on “gun” (word, severity 4)" in ran.out
    assert "test: the terms differ and the version does not: change it" in ran.out


def test_the_same_is_no_change(versions: tuple[Path, Path]) -> None:
    """Nothing is lost, exit code 0, as a process."""
    old, _ = versions
    ran = overt_process("library", "compare", old, old)
    assert (ran.code, ran.err) == (0, "")
    assert "0 terms added, 0 removed, 0 changed. 7 examples" in ran.out
    assert "none is lost" in ran.out


def test_a_renamed_term_loses_nothing(tmp_path: Path) -> None:
    """The example still fires, whatever the term is called."""
    old = write_library(tmp_path, '[[term]]\ntext = "gun"\nhit = ["a gun"]\n')
    (tmp_path / "new").mkdir()
    new = write_library(tmp_path / "new", '[[term]]\nid = "firearm"\ntext = "gun"\nhit = ["a gun"]\n')
    assert overt("library", "compare", old, new).code == 0


def corpus(folder: Path) -> Path:
    """Write files of three kinds, one of them broken."""
    folder.mkdir()
    (folder / "a.txt").write_text("First line.\nShow me a gun today.\n")
    (folder / "b.jsonl").write_text('{"text": "buy the gun and an axe"}\n')
    (folder / "c.csv").write_text("id,text\n1,a sword\n")
    (folder / "d.docx").write_bytes(b"PK\x03\x04 broken")
    return folder


def test_on_files(versions: tuple[Path, Path], tmp_path: Path) -> None:
    """What fires no more, newly and otherwise, with place, surroundings and reason; a broken file is named."""
    ran: Ran = overt("library", "compare", *versions, "--on", corpus(tmp_path / "corpus"))
    assert "4 files, " in ran.out
    assert "1 x fires no more: test/gun\n" in ran.out
    assert f"    {tmp_path}/corpus/a.txt:2:11  severity 4\n" in ran.out
    assert "Show me a [gun] today." in ran.out
    assert "None of these is within 8 words: buy, the." in ran.out
    assert "1 x fires now: test/axe" in ran.out
    assert "severity 4 → 3" in ran.out
    assert "NOT READ: " in ran.out
    assert "d.docx" in ran.out


def test_on_files_as_json(versions: tuple[Path, Path], tmp_path: Path) -> None:
    """Counts are complete."""
    answer = overt("library", "compare", *versions, "--on", corpus(tmp_path / "corpus"), "--json").json()
    assert answer["corpus"]["gone"] == {"test/gun": 1, "test/sword": 1}
    assert answer["corpus"]["new"] == {"test/axe": 1}
    assert answer["corpus"]["reweighted"] == {"test/gun": 1}
    assert answer["corpus"]["files"] == 4
    assert len(answer["corpus"]["not_read"]) == 1
    assert [one["kind"] for one in answer["lost"]] == ["hit", "weaker", "hit", "hit"]
    assert answer["exit"] == 1


def test_bad_input_is_2(versions: tuple[Path, Path], tmp_path: Path) -> None:
    """A version that is nowhere; so is a corpus that is nowhere: an exit code of 0 would say that it was compared."""
    assert overt("library", "compare", versions[0], "nowhere").code == 2
    ran = overt("library", "compare", *versions, "--on", tmp_path / "nothing")
    assert (ran.code, ran.out) == (2, "")
    assert "there is no such file or folder" in ran.err

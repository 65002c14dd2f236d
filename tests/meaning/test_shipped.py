"""The shipped classifiers with the real model: what is promised of them, and the commands."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from benchmarks.meaning import Row, rows, screeners
from engine.evaluate.functional import items_of
from overt.evaluation.functional import items_in
from overt.library_files import load
from overt.meaning.files import load_meaning
from overt.meaning.gather import shipped_sentences
from tests.meaning.kit import HARMLESS, LIBRARY, MEANT

LANGUAGES = ["en", "de", "fr", "es"]


@pytest.fixture(scope="module")
def functional() -> list[Row]:
    rules, with_it, _ = screeners()
    return rows(items_in(Path("tests/functional")), (rules, with_it))


def test_minimal_pairs_are_told_apart(functional: list[Row]) -> None:
    """None of the pairs' templates is learned from."""
    (pairs,) = [row.pairs for row in functional if row.pairs[1] is not None]
    assert pairs[1] is not None
    assert pairs[1] >= 80


def test_no_functionality_loses_recall(functional: list[Row]) -> None:
    """By more than one point."""
    with_fire = [row for row in functional if row.found[0] is not None]
    assert len(with_fire) > 10
    assert [row.name for row in with_fire if row.found[1] < row.found[0] - 1] == []  # type: ignore[operator]


def test_texts_of_another_style_gain() -> None:
    """More is found than by rules alone, and no harmless text becomes a capture."""
    rules, with_it, _ = screeners()
    found = rows(items_in(Path("tests/meaning/other_style.toml")), (rules, with_it))
    assert len(found) == 2
    for row in found:
        assert row.found[1] >= row.found[0] + 20  # type: ignore[operator]
        assert row.quiet[1] >= 85  # type: ignore[operator]


def test_there_are_sentences_enough_and_none_of_the_functional_tests() -> None:
    """At least 3,000 in four languages; no template is one of those that are measured on."""
    each = {language: shipped_sentences([language]) for language in LANGUAGES}
    assert sum(map(len, each.values())) >= 3000
    assert all(len({item.template for item in items}) >= 20 for items in each.values())
    learned = {item.text.lower() for items in each.values() for item in items}
    for folder in ("tests/functional", "tests/meaning/other_style.toml"):
        assert not learned & {item.text.lower() for item in items_in(Path(folder))}


def test_every_shipped_file_of_classifiers_is_read() -> None:
    """They fit their libraries and the installed model, and are worth something."""
    found = load_meaning(load([]).libraries)
    assert {"abuse", "adult", "drugs", "weapons", "starter-de"} <= found.classifiers.keys()
    for one in found.classifiers.values():
        assert all((each.measured.auc or 0) > 0.85 for each in one.categories.values())


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "overt", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_an_own_library_learns_and_is_settled(tmp_path: Path) -> None:
    """From sentences of one's own: learned, stored beside the library, used by `overt screen --meaning`."""
    library = tmp_path / "guns.toml"
    library.write_text(LIBRARY)
    sentences = tmp_path / "mine.toml"
    sentences.write_text(_as_toml())
    assert len(items_of(_parsed(sentences), "x")) == 56
    done = run("library", "learn", library, "--no-shipped", "--sentences", sentences, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["categories"]["weapons"]["auc"] > 0.7
    assert (tmp_path / "guns.meaning.json").exists()
    text = "the hot glue gun dripped on the fence while I mended it in the garden"
    assert run("screen", "--libraries", library, "--text", text).returncode == 1
    settled = run("screen", "--libraries", library, "--text", text, "--meaning", "--suppressed")
    assert settled.returncode == 0, settled.stdout
    assert "reads like" in settled.stdout


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    """A library without marked terms, without classifiers, and files that are broken."""
    plain = tmp_path / "guns.toml"
    plain.write_text(LIBRARY.replace("ambiguous = 3\n", "").replace("ambiguous = 1\n", ""))
    done = run("library", "learn", plain)
    assert (done.returncode, "marks no term as ambiguous" in done.stderr) == (2, True), done.stderr
    done = run("screen", "--libraries", plain, "--text", "x", "--meaning")
    assert (done.returncode, "overt library learn" in done.stderr) == (2, True), done.stderr
    (tmp_path / "guns.meaning.json").write_text("{}")
    done = run("screen", "--libraries", plain, "--text", "x", "--meaning")
    assert (done.returncode, "guns.meaning.json" in done.stderr) == (2, True), done.stderr


def _as_toml() -> str:
    def listed(templates: list[str]) -> str:
        return json.dumps([template.replace("{}", "{word}") + " {more}" for template in templates])

    return (
        'format = "overt-functional-1"\nlanguage = "en"\n[slots]\nword = ["gun", "rifle"]\nmore = ["", "ok"]\n'
        '[[functionality]]\nid = "guns"\nabout = "test"\n'
        f'[[functionality.case]]\nlabel = "fire"\ntemplates = {listed(MEANT)}\n'
        f'[[functionality.case]]\nlabel = "clean"\ntemplates = {listed(HARMLESS)}\n'
    )


def _parsed(path: Path) -> dict[str, object]:
    return tomllib.loads(path.read_text())

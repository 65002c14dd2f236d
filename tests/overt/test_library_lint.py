"""`overt library lint`: one bad library for each code, with exactly what is said about it."""

import json
import re
import shutil
from pathlib import Path

import pytest

from engine.library.lint import Code, Level
from tests.overt.kit import overt, overt_process, write_library

FOLDER = Path(__file__).parent / "lint"
NEVER_FIRES = (Code.OUT_OF_REACH, Code.CONTRADICTION)
"""Mistakes for which an example that must fire cannot."""
GOOD = """[[term]]
text = "zorblax"
why = "A made-up word."
hit = ["a zorblax here"]
miss = ["nothing"]
"""


def companions(code: Code) -> list[str]:
    """Return the libraries of a fixture: its own, and another one where the code is about two."""
    return [f"{code.value.lower()}.toml", *(["l303-other.toml"] if code is Code.IN_TWO_LIBRARIES else [])]


@pytest.mark.parametrize("code", list(Code), ids=lambda code: f"{code.value}-{code.slug}")
def test_each_code_has_a_bad_library(code: Code, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message as it is printed; only notes leave the exit code at 0. Other codes do not appear."""
    monkeypatch.chdir(FOLDER)
    ran = overt("library", "lint", *companions(code))
    assert ran.out == (FOLDER / f"{code.value.lower()}.txt").read_text(encoding="utf-8")
    assert ran.code == (0 if code.level is Level.NOTE else 1)
    found = overt("library", "lint", *companions(code), "--json").json()
    codes = {problem["code"] for each in found["libraries"] for problem in each["problems"]}
    assert codes == {code, *([Code.EXAMPLE_FAILS] if code in NEVER_FIRES else [])}


def test_no_fixture_is_left_over() -> None:
    """Every file in the folder belongs to a code."""
    expected = {name for code in Code for name in (*companions(code), f"{code.value.lower()}.txt")}
    assert {file.name for file in FOLDER.iterdir()} == expected


def test_a_good_library_has_nothing_to_say(tmp_path: Path) -> None:
    """One line, exit code 0."""
    ran = overt_process("library", "lint", write_library(tmp_path, GOOD))
    assert (ran.code, ran.out, ran.err) == (0, "1 library with 1 term checked: nothing to say.\n", "")


def test_pardoned_on_the_line_above_it_and_for_a_whole_term(tmp_path: Path) -> None:
    """A comment with a reason silences one code where it stands, and nothing else."""
    common = GOOD.replace("zorblax", "model")
    for pardoned in (
        common.replace('text = "model"', 'text = "model"  # lint-ok: L402 wanted'),
        common.replace('text = "model"', '# lint-ok: L402 wanted\ntext = "model"'),
        common.replace("[[term]]", "[[term]]  # lint-ok: L402 wanted"),
    ):
        assert overt("library", "lint", write_library(tmp_path, pardoned)).code == 0, pardoned
    elsewhere = "# lint-ok: L402 wanted\n" + common
    found = overt("library", "lint", write_library(tmp_path, elsewhere), "--json").json()
    assert [one["code"] for one in found["libraries"][0]["problems"]] == ["L109", "L402"]


def test_ignore_and_codes(tmp_path: Path) -> None:
    """A code can be left out; the list names all; an unknown code is a mistake."""
    file = write_library(tmp_path, GOOD.replace("zorblax", "model"))
    assert overt("library", "lint", file, "--ignore", "L402").code == 0
    assert overt("library", "lint", file, "--ignore", "L999").code == 2
    listed = overt("library", "lint", "--codes").out
    assert [line.split()[0] for line in listed.splitlines()] == [code.value for code in Code]


def test_json_has_place_and_fix(tmp_path: Path) -> None:
    """What an editor needs to underline it."""
    file = write_library(tmp_path, GOOD.replace("zorblax", "model"))
    problem = overt("library", "lint", file, "--json").json()["libraries"][0]["problems"][0]
    assert (problem["line"], problem["column"], problem["length"]) == (16, 8, len('"model"'))
    assert problem["level"] == "warning"
    assert problem["fix"]
    assert json.dumps(problem).isascii()


def test_without_word_frequencies_it_says_what_it_could_not_look_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check that could not be made does not look like one that passed. (A language that has no frequencies.)"""
    del monkeypatch
    file = write_library(tmp_path, GOOD)
    file.write_text(file.read_text().replace('["en"]', '["cy"]'))
    ran = overt("library", "lint", file)
    assert ran.code == 0
    assert "test: not compared with everyday words: none are known for the language cy" in ran.out
    assert not overt("library", "lint", file, "--json").json()["libraries"][0]["compared_with_words"]


def test_a_library_that_is_none_is_2(tmp_path: Path) -> None:
    """Lint needs a library that can be read."""
    broken = write_library(tmp_path, '[[term]]\ntext = "a"\nnear = { any = ["@nowhere"] }\n')
    ran = overt("library", "lint", broken)
    assert (ran.code, ran.out) == (2, "")
    assert "no set @nowhere" in ran.err


def test_shipped_libraries_have_no_errors() -> None:
    """Warnings are for their authors to weigh; errors never ship."""
    answer = overt("library", "lint", "--json").json()
    errors = [one for each in answer["libraries"] for one in each["problems"] if one["level"] == "error"]
    assert answer["libraries"]
    assert not errors


def test_lint_changes_nothing(tmp_path: Path) -> None:
    """A check never edits."""
    file = tmp_path / "l301.toml"
    shutil.copy(FOLDER / "l301.toml", file)
    before = file.read_bytes()
    overt("library", "lint", file)
    assert file.read_bytes() == before


def test_the_document_explains_every_code() -> None:
    """Each code stands in docs/libraries.md with its name and level, and no code that there is not."""
    text = (Path(__file__).parents[2] / "docs" / "libraries.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (L\d{3}) \| ([a-z-]+) \| (\w+) \|", text, re.MULTILINE)
    assert rows == [(code.value, code.slug, code.level.value) for code in Code]

"""`overt library lint --fix`: takes out what adds nothing, keeps everything else to the letter, and can be undone."""

import json
import subprocess
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import Place
from engine.library.lint_codes import Code, Problem
from engine.library.lint_fix import without
from tests.overt.kit import overt, write_library

SPARE = """[[term]]  # on its line
text = [
    "zorblax", "Zorblax",  # read as the first
    "quux",
    "quux bar",
]
inflect = ["plural"]
why = "A made-up word."
score = { threshold = 2, words = { "buy" = 2, "maybe" = 0, "sell" = 2 } }
allow = [
    "quux bar",
    "nothing of it",
    "my zorblax party"
]
hit = ["buy a zorblax"]
miss = ["a zorblax", "buy for my zorblax party"]

[[term]]
text = "wibble"
why = "Another."
allow = ["no such thing"]
hit = ["a wibble"]
miss = ["nothing"]
"""
LEFT = """[[term]]  # on its line
text = [
    "zorblax",  # read as the first
    "quux",
    "quux bar",
]
inflect = ["plural"]
why = "A made-up word."
score = { threshold = 2, words = { "buy" = 2, "sell" = 2 } }
allow = [
    "quux bar",
    "my zorblax party"
]
hit = ["buy a zorblax"]
miss = ["a zorblax", "buy for my zorblax party"]

[[term]]
text = "wibble"
why = "Another."
hit = ["a wibble"]
miss = ["nothing"]
"""


def test_what_adds_nothing_goes_and_the_rest_stays_to_the_letter(tmp_path: Path) -> None:
    file = write_library(tmp_path, SPARE)
    ran = overt("library", "lint", "--fix", file)
    assert ran.out.splitlines()[0] == "test 1 → 2: 4 entries taken out (1 of L302, 2 of L501, 1 of L505)"
    assert file.read_text(encoding="utf-8").partition("\n[[term]]")[2] == LEFT.removeprefix("[[term]]")
    assert overt("library", "test", file).code == 0
    before = file.read_bytes()
    overt("library", "lint", "--fix", file)
    assert file.read_bytes() == before


@pytest.mark.parametrize("body", [SPARE, SPARE.strip()], ids=["whole", "without a last line end"])
def test_a_patch_shows_it_first_and_undoes_it(tmp_path: Path, body: str) -> None:
    file = write_library(tmp_path, body)
    before = file.read_bytes()
    patch = overt("library", "lint", "--diff", file).out
    assert file.read_bytes() == before
    overt("library", "lint", "--fix", file)
    assert file.read_bytes() != before
    subprocess.run(["patch", "--reverse", "--silent", str(file)], input=patch.encode(), check=True, timeout=240)
    assert file.read_bytes() == before


@pytest.mark.parametrize("taken", ["sell", "buy time", "buyer"])
def test_a_weight_that_takes_back_stays(tmp_path: Path, taken: str) -> None:
    """A word of a set, a longer phrase, or a word that begins alike: 0 is a decision there, and changes what fires."""
    body = f"""[sets]
dealing = ["buy", "sell", "buy*"]

[[term]]
text = "zorblax"
why = "A made-up word."
score = {{ threshold = 2, words = {{ "@dealing" = 2, "{taken}" = 0 }} }}
hit = ["buy a zorblax"]
miss = ["{taken} a zorblax"]
"""
    file = write_library(tmp_path, body)
    assert overt("library", "lint", file).out == "1 library with 1 term checked: nothing to say.\n"


WORDS = st.lists(st.text("abc ", min_size=1, max_size=6), min_size=1, max_size=8, unique=True)
GAPS = st.lists(st.sampled_from([", ", ",", ",\n    ", ",\n"]), min_size=8, max_size=8)


@given(WORDS, GAPS, st.data())
def test_any_entries_of_any_list_can_go(words: list[str], gaps: list[str], data: st.DataObject) -> None:
    """What is left reads as the list without them, however it was laid out; an emptied list goes whole."""
    gone = data.draw(st.sets(st.sampled_from(words), min_size=1))
    end = data.draw(st.sampled_from(["", ",", "\n", ",\n"]))
    text = "allow = [" + "".join(json.dumps(word) + gap for word, gap in zip(words, gaps, strict=False))
    tail = data.draw(st.sampled_from(["\nafter = 1\n", "  # why\r\nafter = 1", "\n", "\r\n", " # last", ""]))
    text = text[: text.rindex(",")] + end + "]" + tail
    spans = [(text.index(json.dumps(word)), text.index(json.dumps(word)) + len(word) + 2) for word in gone]
    problems = [Problem(Code.ALLOW_UNUSED, Place("x", 1, 1), 1, None, "", "", span) for span in spans]
    left = tomllib.loads(without(text, problems))
    assert left.get("allow", []) == [word for word in words if word not in gone]
    assert left.get("after", 1) == 1
    assert ("after" in left) == ("after" in tail)

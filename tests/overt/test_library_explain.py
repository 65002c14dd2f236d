"""`overt library explain`: every word has its reason, in words and as JSON."""

from pathlib import Path

import pytest

from tests.overt.kit import overt, overt_process, write_library

LIBRARY = """[sets]
dealing = ["selling", "cheap"]

[[term]]
text = "weed"
why = "Cannabis."
severity = 4
allow = ["weed killer"]
score = { threshold = 2, within = 6, words = { "@dealing" = 2, "garden" = -3 } }
hit = ["selling weed"]

[[term]]
text = "sex"
hit = ["sex"]

[[term]]
text = "pipe bomb"
without = ["leet"]
hit = ["a pipe bomb"]
"""


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Return a library with context, an exception, a whole word and a phrase."""
    return write_library(tmp_path, LIBRARY)


def test_the_whole_page(library: Path) -> None:
    """Reading, what fires, what is held back with its evidence, what is no match, the rest."""
    ran = overt("library", "explain", "selling w33d, then weed killer. Weed in Essex", "--libraries", library)
    assert ran.code == 0
    assert (
        ran.out
        == """\
Read as: selling w33d then weed killer weed in essex
  leet view: w33d → weed

  selling w33d, then weed killer. Weed in Essex
          ^^^^
  FIRES  test/weed  severity 4  word, leet view
  “w33d” matches the word “weed”, with digits or symbols for letters: term weed of library test 1. Cannabis. \
Evidence 2 of 2: selling +2.

  selling w33d, then weed killer. Weed in Essex
                                  ^^^^
  FIRES  test/weed  severity 4  word
  “Weed” matches the word “weed”: term weed of library test 1. Cannabis. Evidence 2 of 2: selling +2.

  selling w33d, then weed killer. Weed in Essex
                     ^^^^
  does not fire  test/weed  word  (allowed)
  It stands in the harmless phrase “weed killer”.
  “weed” matches the word “weed”: term weed of library test 1. Cannabis.

Not a match:
  test/sex “sex”: “Essex” is a longer word, and the term is a whole word

No term: selling then killer. in

2 fired, severity 4 at most; 1 stood there and did not fire.
"""
    )


CASES = [
    ("b0mb in a pipe", [], "test/pipe-bomb", None, "no phrase without its order and view"),
    ("the bomb was in a pipe", [], "test/pipe-bomb", "not one after the other", "words apart"),
    ("p1pe b0mb", [], None, None, "a view that the term does not read is not even looked up"),
    ("a pipe\n\nbomb", [], "test/pipe-bomb", "in different paragraphs", "a phrase ends with its paragraph"),
]


@pytest.mark.parametrize(("text", "options", "term", "why", "reason"), CASES, ids=[case[-1] for case in CASES])
def test_what_is_no_match(
    library: Path, text: str, options: list[str], term: str | None, why: str | None, reason: str
) -> None:
    """What comes near to a term is named with what is missing."""
    answer = overt("library", "explain", text, "--libraries", library, "--json", *options).json()
    assert not answer["findings"], reason
    near = [one for one in answer["near"] if f"{one['library_id']}/{one['term_id']}" == term]
    if why is not None:
        assert len(near) == 1
        assert why in near[0]["why"]


def test_json_has_every_word_with_its_outcome(library: Path) -> None:
    """Offsets are code points; outcomes are stable words."""
    text = "weed killer, selling weed in Essex"
    answer = overt("library", "explain", text, "--libraries", library, "--json").json()
    outcomes = {(text[one["start"] : one["end"]], one["outcome"]) for one in answer["words"]}
    assert outcomes == {
        ("weed", "held-back"), ("weed", "fires"), ("killer,", "no-term"), ("selling", "no-term"), ("in", "no-term"),
        ("Essex", "inside"),
    }  # fmt: skip
    held = answer["suppressed"][0]
    assert (held["reason"], held["why_not"]) == ("allowed", "It stands in the harmless phrase “weed killer”.")
    assert answer["severity"] == 4


def test_title_url_and_ocr_count(library: Path) -> None:
    """Context in the title, and misreadings of text recognition."""
    where = ("--libraries", library, "--json")
    assert not overt("library", "explain", "weed", *where).json()["findings"]
    assert overt("library", "explain", "weed", *where, "--title", "Cheap things").json()["findings"]
    assert overt("library", "explain", "weed", *where, "--url", "http://selling.example/").json()["findings"]
    hyphen = overt("library", "explain", "selling we-\ned", *where, "--ocr").json()
    assert [one["view"] for one in hyphen["readings"]] == ["hyphen"]
    assert hyphen["findings"][0]["matched"] == "we-\ned"


def test_readings_of_every_view(library: Path) -> None:
    """What a person wrote and what it is read as, one by one."""
    text = "w33d #GunSale wееd weeeed then w e e d and w.e.e.d"
    answer = overt("library", "explain", text, "--libraries", library, "--json").json()
    readings = {(one["view"], one["reading"]) for one in answer["readings"]}
    assert readings >= {
        ("leet", "weed"), ("camel", "gun sale"), ("homoglyph", "weed"), ("repeated", "weed"), ("spaced", "weed"),
        ("dotted", "weed"),
    }  # fmt: skip


def test_standard_input_and_process(library: Path) -> None:
    """As in a pipe; nothing fires is 0 as well, an explanation is not a check."""
    ran = overt_process("library", "explain", "-", "--libraries", library, stdin=b"nothing\n")
    assert (ran.code, ran.err) == (0, "")
    assert "Nothing fires" in ran.out


def test_bad_input_is_2(library: Path) -> None:
    """No text; no library."""
    assert overt("library", "explain", " ", "--libraries", library).code == 2
    assert overt("library", "explain", "gun", "--libraries", "nowhere").code == 2


def test_controls_in_the_text_cannot_steer_the_terminal(library: Path) -> None:
    """An escape sequence is shown as its code point."""
    ran = overt("library", "explain", "selling \x1b[31m weed\u202e", "--libraries", library)
    assert "\x1b[31m" not in ran.out
    assert "\u202e" not in ran.out
    assert "<U+001B>" in ran.out

"""`overt library stats` and `compile`: numbers that can be checked by hand, and a digest that shows every change."""

from pathlib import Path

from tests.overt.kit import HEAD, overt, write_library

BODY = """[sets]
deal = ["buy", "sell"]

[[term]]
text = ["gun", "rifle"]
inflect = ["plural"]
severity = 4
why = "A firearm."
near = { any = ["@deal"] }
allow = ["glue gun"]
hit = ["buy a gun"]
miss = ["a gun"]

[[term]]
text = "flick knife"
"""
PERSON = """format = "overt-person-1"
[person]
case = "K-1"
version = "3"
floor = 2

[[library]]
id = "test"
condition = "4"

[[drop]]
library = "test"
term = "flick-knife"
why = "He is a carpet fitter."
"""


def test_stats_count_what_is_there(tmp_path: Path) -> None:
    """Every number of a small library."""
    file = write_library(tmp_path, BODY)
    (counted,) = overt("library", "stats", file, "--json").json()["libraries"]
    assert (counted["terms"], counted["texts"], counted["forms"]) == (2, 3, 5)
    assert counted["by_severity"] == {"3": 1, "4": 1}
    assert counted["by_match"] == {"phrase": 1, "word": 4}
    assert (counted["with_context"], counted["with_exceptions"]) == (1, 1)
    assert (counted["hits"], counted["misses"], counted["without_hit"], counted["without_why"]) == (1, 1, 1, 1)
    assert (counted["sets"], counted["set_entries"]) == (1, 2)


def test_stats_say_what_is_missing(tmp_path: Path) -> None:
    """As a person reads it."""
    ran = overt("library", "stats", write_library(tmp_path, BODY))
    assert ran.code == 0
    assert "1 library, 2 terms with 3 texts\n" in ran.out
    assert "terms by severity: 1 of 3, 1 of 4\n" in ran.out
    assert "test: 1 term without an example that must fire\n" in ran.out
    assert "test: 1 term without a reason (why)\n" in ran.out


def test_compile_lists_every_form(tmp_path: Path) -> None:
    """Nothing that is searched is hidden."""
    ran = overt("library", "compile", write_library(tmp_path, BODY), "--forms")
    assert ran.code == 0
    assert ran.out.splitlines()[:5] == [
        "4  test/gun  word  gun",
        "4  test/gun  word  guns",
        "4  test/gun  word  rifle",
        "4  test/gun  word  rifles",
        "3  test/flick-knife  phrase  flick knife",
    ]


def test_the_digest_shows_every_change(tmp_path: Path) -> None:
    """The same files give the same digest; another letter or another person's set gives another one."""
    file = write_library(tmp_path, BODY)
    person = tmp_path / "person.toml"
    person.write_text(PERSON)
    first = overt("library", "compile", file, "--json").json()
    again = overt("library", "compile", file, "--json").json()
    own = overt("library", "compile", file, "--set", person, "--json").json()
    write_library(tmp_path, BODY.replace("A firearm.", "A fire-arm."))
    changed = overt("library", "compile", file, "--json").json()
    assert first == again
    assert len({first["digest"], own["digest"], changed["digest"]}) == 3


def test_a_persons_set_is_compiled_with_its_changes(tmp_path: Path) -> None:
    """Its libraries are found beside it; dropped terms are gone, conditions are there."""
    write_library(tmp_path, BODY)
    person = tmp_path / "person.toml"
    person.write_text(PERSON)
    made = overt("library", "compile", "--set", person, "--forms", "--json").json()
    assert made["person"] == {"case": "K-1", "version": "3"}
    assert made["floor"] == 2
    assert {(one["term"], one["condition"]) for one in made["searched"]} == {("gun", "4")}
    assert "case K-1, version 3, severity 2 and above" in overt("library", "compile", "--set", person).out


def test_two_files_with_one_id_are_refused(tmp_path: Path) -> None:
    """Neither stands for the other in silence; the same file named twice is one file."""
    (tmp_path / "other").mkdir()
    one = write_library(tmp_path, '[[term]]\ntext = "quux"\n')
    two = write_library(tmp_path / "other", '[[term]]\ntext = "zorblax"\n')
    ran = overt("library", "compile", one, two)
    assert (ran.code, ran.out) == (2, "")
    assert f"two files have the library id test: {one} and {two}" in ran.err
    assert overt("library", "compile", one, tmp_path / "other" / ".." / one.name).code == 0


def test_spaces_around_a_text_are_no_words(tmp_path: Path) -> None:
    """They are easily left when lists are copied; the forms are made all the same."""
    head = HEAD.replace('["en"]', '["es"]')
    file = write_library(tmp_path, '[[term]]\ntext = " arma  blanca "\ninflect = ["plural"]\n', head=head)
    made = overt("library", "compile", "--json", "--forms", file)
    assert {"arma blancas"} < {one["form"] for one in made.json()["searched"]}


def test_a_broken_library_is_told_with_its_place(tmp_path: Path) -> None:
    """Exit code 2 and file, line, column."""
    file = write_library(tmp_path, "[[term]]\ntext = 5\n")
    for command in ("stats", "compile"):
        ran = overt("library", command, file)
        assert (ran.code, ran.out) == (2, "")
        assert f"{file}:16:8: " in ran.err

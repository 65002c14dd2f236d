"""`overt library test`: what comes out otherwise than written is told with place, expectation and what happened."""

from pathlib import Path

from tests.overt.kit import HEAD, overt, overt_process, write_library

GUN = """[[term]]
text = "gun"
severity = 4
near = { any = ["buy"] }
hit = ["buy a gun"]
miss = ["begun"]
"""
WRONG = """[[term]]
text = "gun"
near = { any = ["buy"] }
hit = ["a gun", "no such word", { text = "buy a gun", severity = 5 }, { text = "buy a g.u.n", matched = "gun" }]
miss = ["begun", "buy a gun today"]

[[example]]
text = "buy a gun"
expect = []

[[example]]
text = "a gun"
expect = [{ term = "gun", severity = 4 }]
"""


def test_shipped_libraries_come_out_as_written() -> None:
    """As a user runs it: no argument, a process of its own."""
    ran = overt_process("library", "test")
    assert (ran.code, ran.err) == (0, "")
    assert "came out as written" in ran.out
    assert "weapons" in ran.out


def test_every_kind_of_failure_is_told(tmp_path: Path) -> None:
    """Place, expectation and happening of hit, miss and whole example; the exit code is 1."""
    file = write_library(tmp_path, WRONG)
    ran = overt("library", "test", file)
    assert ran.code == 1
    assert (
        ran.out
        == f"""test  1  8 examples  7 FAIL

{file}:18:8  hit of gun
    “a gun”
    expected: gun fires
    happened: it does not fire. None of these is within 8 words: buy.

{file}:18:17  hit of gun
    “no such word”
    expected: gun fires
    happened: the text does not contain it

{file}:18:33  hit of gun
    “buy a gun”
    expected: gun fires with severity 5
    happened: it fires on “gun” (characters 6-9, word, severity 3)

{file}:18:71  hit of gun
    “buy a g.u.n”
    expected: gun fires on “gun”
    happened: it fires on “g.u.n” (characters 6-11, word, dotted view, severity 3)

{file}:19:18  miss of gun
    “buy a gun today”
    expected: gun does not fire
    happened: it fires on “gun” (characters 6-9, word, severity 3)

{file}:21:1  example of the whole library
    “buy a gun”
    expected: nothing fires
    happened: gun (severity 3) fires, and nothing else

{file}:25:1  example of the whole library
    “a gun”
    expected: gun (severity 4) fires, and nothing else
    happened: nothing fires

7 examples of 8 did not come out as written.
"""
    )


def test_json_says_the_same(tmp_path: Path) -> None:
    """A program gets counts, places and the exit code."""
    file = write_library(tmp_path, WRONG)
    ran = overt("library", "test", file, "--json")
    answer = ran.json()
    assert (ran.code, answer["exit"], answer["failures"], answer["examples"]) == (1, 1, 7, 8)
    first = answer["libraries"][0]["failures"][0]
    assert (first["file"], first["line"], first["column"], first["kind"]) == (str(file), 18, 8, "hit")


def test_folder_and_requires(tmp_path: Path) -> None:
    """A folder is all its libraries; what one requires is found beside it, and a set of words needs no examples."""
    write_library(tmp_path, '[sets]\nbuying = ["buy"]\n', "common")
    body = GUN.replace('["buy"]', '["@common:buying"]')
    head = write_library(tmp_path, body, "guns")
    head.write_text(head.read_text().replace('owner = "tests"', 'owner = "tests"\nrequires = ["common"]'))
    ran = overt("library", "test", tmp_path)
    assert ran.code == 0, ran.out
    assert "word sets only, nothing to test" in ran.out
    assert overt("library", "test", head).code == 0


def test_what_examines_nothing_does_not_pass(tmp_path: Path) -> None:
    """Terms without examples are findings; no term at all is a mistake of the caller."""
    bare = write_library(tmp_path, '[[term]]\ntext = "gun"\n')
    assert overt("library", "test", bare).code == 1
    assert "NOT TESTED" in overt("library", "test", bare).out
    sets = write_library(tmp_path, '[sets]\nbuying = ["buy"]\n', "common")
    assert overt("library", "test", sets).code == 2


def test_bad_input_is_2_with_its_place(tmp_path: Path) -> None:
    """A library that is none, a name that is nothing, a folder without libraries, a file that is not UTF-8."""
    wrong = write_library(tmp_path, '[[term]]\ntext = "gun"\nseverty = 4\n')
    ran = overt("library", "test", wrong)
    assert (ran.code, ran.out) == (2, "")
    assert f"{wrong}:17:1: unknown key `severty`" in ran.err
    assert overt("library", "test", "nowhere").code == 2
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "there is no library (.toml) in the folder" in overt("library", "test", empty).err
    (tmp_path / "latin.toml").write_bytes(b"# caf\xe9\n")
    assert "is not UTF-8 at byte 5" in overt("library", "test", tmp_path / "latin.toml").err


def test_what_a_required_library_requires_is_there_too(tmp_path: Path) -> None:
    """A set that is written two libraries away: the examples run, and lint does not stumble."""
    head = HEAD.replace("\nreview", '\nrequires = ["{needs}"]\nreview')
    write_library(tmp_path, '[sets]\nbuying = ["buy"]\n', "first")
    write_library(tmp_path, '[sets]\ndealing = ["@first:buying", "sell"]\n', "second", head.replace("{needs}", "first"))
    rules = 'text = "zorblax"\nwhy = "Made up."\nnear = { any = ["@second:dealing"] }\n'
    examples = 'hit = ["buy a zorblax"]\nmiss = ["a zorblax"]\n'
    third = write_library(tmp_path, f"[[term]]\n{rules}{examples}", "third", head.replace("{needs}", "second"))
    for command in ("test", "lint"):
        ran = overt("library", command, third)
        assert (ran.code, ran.err) == (0, ""), ran.out

"""`overt screen`: exact places in every kind of file, exit codes, broken files named and counted."""

from pathlib import Path

import pytest

from tests.documents.makers import docx, paragraph, pdf
from tests.overt.kit import Ran, overt, overt_process, write_library

BODY = """[[term]]
text = "zorblax"
severity = 3
[[term]]
text = "grimfle"
score = { threshold = 2, words = { "buy" = 2 } }
"""
MAIL = "Subject: hi\n\nsome zorblax\n"
PLACES = [
    ("a.txt", "über\nsome zorblax", (2, 6), "columns count characters"),
    ("a.html", "<html><body><p>\nsome <b>zorblax</b></p></body></html>", (2, 9), "tags count, they are in the file"),
    ("a.eml", MAIL, (3, 6), "below the head of a mail"),
    ("a.mbox", f"From a@b Mon Jan  1 00:00:00 2024\n{MAIL}", (4, 6), "a message of a mailbox"),
    ("a.jsonl", '{"message": "fine"}\n{"message": "some zorblax"}\n', (2, 19), "inside the field of a record"),
    ("a.csv", "x,y\n1,some zorblax\n", (2, 8), "inside a cell"),
]


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A library with a word that fires alone and one that only adds evidence."""
    folder = tmp_path / "libraries"
    folder.mkdir()
    return write_library(folder, BODY)


def findings(ran: Ran) -> list[tuple[int, int, str]]:
    """Line, column and characters of what fired."""
    lines = ran.json_lines()
    return [(one["line"], one["column"], one["matched"]) for one in lines if one["type"] == "finding"]


@pytest.mark.parametrize(("name", "text", "place", "reason"), PLACES, ids=[row[0] for row in PLACES])
def test_places_are_exact(
    library: Path, tmp_path: Path, name: str, text: str, place: tuple[int, int], reason: str
) -> None:
    """Line and column in the file as it is stored."""
    (tmp_path / name).write_text(text, encoding="utf-8")
    ran = overt("screen", "--libraries", library, "--json", tmp_path / name)
    assert ran.code == 1
    assert findings(ran) == [(*place, "zorblax")], reason


def test_pdf_and_word_documents_are_screened(library: Path, tmp_path: Path) -> None:
    """Their text comes out of the file, with the page or paragraph as the place."""
    (tmp_path / "a.pdf").write_bytes(pdf(["nothing", "some zorblax"]))
    (tmp_path / "a.docx").write_bytes(docx(paragraph("some zorblax")))
    ran = overt("screen", "--libraries", library, "--json", tmp_path / "a.pdf", tmp_path / "a.docx")
    found = [one for one in ran.json_lines() if one["type"] == "finding"]
    assert ran.code == 1
    assert [(Path(one["file"]).name, one["matched"], one["in_file"]) for one in found] == [
        ("a.pdf", "zorblax", False),
        ("a.docx", "zorblax", False),
    ]
    assert found[0]["part"] == {"page": 2}


def test_standard_input_is_screened(library: Path) -> None:
    """In a process of its own, as behind a pipe."""
    ran = overt_process("screen", "--libraries", library, "--json", "-", stdin=b"one\ntwo zorblax\n")
    assert (ran.code, findings(ran)) == (1, [(2, 5, "zorblax")])


EXIT_CODES = [
    ("a zorblax", 1, 1, "something fires"),
    ("a zorblax", 3, 1, "at the asked severity"),
    ("a zorblax", 4, 0, "just below it"),
    ("a grimfle", 1, 0, "a word that only adds evidence does not fire"),
    ("buy a grimfle", 1, 1, "with evidence it does"),
    ("nothing here", 1, 0, "nothing"),
]


@pytest.mark.parametrize(("text", "floor", "code", "reason"), EXIT_CODES, ids=[row[3] for row in EXIT_CODES])
def test_exit_code_one_only_when_something_fires(library: Path, text: str, floor: int, code: int, reason: str) -> None:
    """At or above --min-severity."""
    assert overt("screen", "--libraries", library, "--text", text, "--min-severity", str(floor)).code == code, reason


def test_broken_files_are_named_and_counted_and_the_others_screened(library: Path, tmp_path: Path) -> None:
    """Exit code 2 wins over findings: a screening that missed files must not look whole. Messages hold no text."""
    folder = tmp_path / "mixed"
    folder.mkdir()
    (folder / "good.txt").write_text("some zorblax")
    (folder / "bad.pdf").write_bytes(b"%PDF-1.4 MARKERWORD")
    (folder / "bad.docx").write_bytes(b"PK\x03\x04MARKERWORD")
    (folder / "part.jsonl").write_text('{"message": "a zorblax"}\n{MARKERWORD\n')
    ran = overt("screen", "--libraries", library, folder)
    assert ran.code == 2
    assert "2 findings" in ran.out
    assert f"NOT READ: 2 files: {folder}/bad.docx, {folder}/bad.pdf" in ran.out
    assert f"READ ONLY IN PART: 1 file: {folder}/part.jsonl" in ran.out
    assert f"{folder}/bad.pdf: the PDF is damaged" in ran.err
    assert "MARKERWORD" not in ran.out + ran.err


def test_files_that_are_not_there_and_wrong_usage(library: Path, tmp_path: Path) -> None:
    """Exit code 2 and a sentence."""
    assert overt("screen", "--libraries", library, tmp_path / "none.txt").code == 2
    assert overt("screen", "--libraries", library).code == 2
    assert "no shipped library" in overt("screen", "--libraries", "no-such", "--text", "a").err

"""`overt evaluate` through the command that people type."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.overt.kit import overt

ITEMS = [
    ("i can get you a gun by friday", "fire"),
    ("selling weed, dm me", "fire"),
    ("We have begun.", "clean"),
    ("Ask the solicitor.", "clean"),
    ("I moved to Essex last summer.", "clean"),
]


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "overt", "evaluate", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def write_lines(path: Path) -> Path:
    path.write_text("".join(json.dumps({"id": n, "text": t, "label": v}) + "\n" for n, (t, v) in enumerate(ITEMS)))
    return path


def test_figures_of_a_small_corpus(tmp_path: Path) -> None:
    """Flagged documents, precision and recall, the league; the HTML holds everything and nothing from elsewhere."""
    corpus = write_lines(tmp_path / "corpus.jsonl")
    done = run(corpus, "--json", tmp_path / "figures.json", "--html", tmp_path / "report.html")
    assert done.returncode == 0, done.stderr
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["documents"] == 5
    assert figures["flagged"]["3"]["count"] == 2
    assert figures["quality"][2]["recall"]["value"] == 1.0
    assert figures["quality"][2]["false_flags"]["count"] == 0
    page = (tmp_path / "report.html").read_text()
    assert "weapons/gun" in page
    assert "<mark>gun</mark>" in page
    assert not re.search(r"(src|href)=[\"']?http", page), "nothing is fetched from elsewhere"


@pytest.mark.parametrize("processes", [1, 2])
def test_any_number_of_processes_finds_the_same(tmp_path: Path, processes: int) -> None:
    """The figures are those of one process."""
    corpus = tmp_path / "many.jsonl"
    corpus.write_text(
        "".join(json.dumps({"text": f"{t} {n}", "label": v}) + "\n" for n in range(400) for t, v in ITEMS)
    )
    done = run(corpus, "--processes", processes, "--json", tmp_path / "figures.json")
    assert done.returncode == 0, done.stderr
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert (figures["documents"], figures["flagged"]["3"]["count"]) == (2000, 800)


def test_what_cannot_be_read_is_named_and_counted(tmp_path: Path) -> None:
    """Broken lines, missing fields, unknown labels: never a crash, never dropped in silence."""
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text('{"text": "fine", "label": "spam"}\nnot json\n{"other": 1}\n[1]\n')
    done = run(corpus)
    assert done.returncode == 0, done.stderr
    for problem in ("not JSON", "without the text's field", "not a JSON object", "none of clean, low, fire"):
        assert f"1 times: a {problem.split()[0]}" in done.stdout or problem in done.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("/nowhere",), "there is nothing to read"),
        (("{corpus}", "--label", "x=y"), "not of the form"),
        (("{corpus}", "--libraries", "no-such"), "no-such"),
        (("{empty}",), "The corpus is empty"),
    ],
)
def test_bad_input_is_told(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    """Exit code 2 and a sentence."""
    write_lines(tmp_path / "corpus.jsonl")
    (tmp_path / "empty.jsonl").write_text("")
    filled = [one.format(corpus=tmp_path / "corpus.jsonl", empty=tmp_path / "empty.jsonl") for one in arguments]
    done = run(*filled)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("option", ["--json", "--html", "--resume"])
def test_where_nothing_can_be_written_is_found_before_the_work(tmp_path: Path, option: str) -> None:
    """A folder in place of a file, a folder that is not there: no figure is made in vain, no trace is left."""
    corpus = write_lines(tmp_path / "corpus.jsonl")
    for place in (tmp_path / "none" / "file", tmp_path):
        ran = overt("evaluate", corpus, "--libraries", "weapons", "--processes", "1", option, place)
        assert ran.code in (2, 3), ran.err
        assert (ran.out, str(place) in ran.err) == ("", True), ran
    assert list(tmp_path.iterdir()) == [corpus]


def test_ctrl_c_reports_the_part_that_was_read() -> None:
    """Marked as such, with exit code 3; at that moment the corpus still goes on."""
    lines = (json.dumps({"text": " ".join(text for text, _ in ITEMS)}) + "\n").encode() * 6000
    command = [sys.executable, "-m", "overt", "evaluate", "-", "--libraries", "weapons", "--processes", "1"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdin is not None
    for _ in range(6):  # one megabyte each: when the last is taken, the first ones were screened
        process.stdin.write(lines)
    process.stdin.flush()
    process.send_signal(signal.SIGINT)
    said, errors = process.communicate(timeout=240)
    assert process.returncode == 3, errors
    assert said.startswith(b"STOPPED EARLY"), errors
    assert b"Traceback" not in errors


def test_drift_and_assumptions(tmp_path: Path) -> None:
    """The figures of one run are what the next is compared with; assumed numbers are taken and refused."""
    corpus = write_lines(tmp_path / "corpus.jsonl")
    assert run(corpus, "--json", tmp_path / "then.json", "--processes", 1).returncode == 0
    html = tmp_path / "r.html"
    done = run(corpus, "--earlier", tmp_path / "then.json", "--assume", "people=10", "--html", html, "--processes", 1)
    assert "the same libraries" in done.stdout, done.stderr
    assert "no more than chance" in done.stdout
    assert "with 10 people" in done.stdout
    assert "Since the earlier run" in html.read_text()
    assert html.read_text().count("<svg") == 5
    assert run(corpus, "--assume", "people=many").returncode == 2
    assert run(corpus, "--earlier", corpus).returncode == 2

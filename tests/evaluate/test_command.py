"""`overt evaluate` through the command that people type."""

import csv
import gzip
import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

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


def test_tables_text_and_compressed_files(tmp_path: Path) -> None:
    """A column by its name with labels of another spelling, a line a document, a file a document, gzip."""
    with (tmp_path / "chat.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([("body", "judged"), *((text, "bad" if label == "fire" else "ok") for text, label in ITEMS)])
    done = run(
        tmp_path / "chat.csv",
        "--field",
        "body",
        "--label-field",
        "judged",
        "--label",
        "bad=fire",
        "--label",
        "ok=clean",
    )
    assert "recall       100.0%" in done.stdout
    with gzip.open(tmp_path / "notes.txt.gz", "wt") as packed:
        packed.write("\n".join(text for text, _ in ITEMS))
    assert "5 documents" in run(tmp_path / "notes.txt.gz", "--lines").stdout
    assert "1 documents" in run(tmp_path / "notes.txt.gz").stdout


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


def test_ctrl_c_reports_the_part_that_was_read(tmp_path: Path) -> None:
    """Marked as such, with exit code 3."""
    corpus = tmp_path / "long.jsonl"
    line = json.dumps({"text": " ".join(text for text, _ in ITEMS)}) + "\n"
    corpus.write_text(line * 600_000)
    command = [sys.executable, "-m", "overt", "evaluate", str(corpus), "--processes", "1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    time.sleep(4)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 3
    assert said.startswith("STOPPED EARLY")

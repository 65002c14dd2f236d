"""Everything a corpus may be made of, read alike; and everything that may be wrong with it, named and counted."""

import bz2
import csv
import gzip
import io
import json
import random
import sys
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from overt.commands.evaluate import app
from overt.evaluation import units as cutting
from overt.evaluation.corpus import documents
from overt.evaluation.run import Settings, Worker
from overt.evaluation.sources import sources
from overt.evaluation.units import Reading, units

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ITEMS = [
    ("i can get you a gun by friday", "fire"),
    ("selling a pistol, no licence", "fire"),
    ("We have begun.", "clean"),
    ("Ask the solicitor.", "clean"),
    ("Łódź; an antique “rifle”\nin two lines", "clean"),
]
ROWS = [{"id": n, "text": t, "label": v} for n, (t, v) in enumerate(ITEMS)]
JSONL = "".join(json.dumps(row) + "\n" for row in ROWS)


def evaluate(*arguments: object, stdin: bytes | None = None) -> tuple[int, dict[str, Any], str]:
    """Run the command in this process; return its exit code, figures and output."""
    figures = Path(str(arguments[0])).parent / "figures.json" if stdin is None else Path("/dev/null")
    said = [*map(str, arguments), "--libraries", "weapons", "--processes", "1"]
    if stdin is None:
        said += ["--json", str(figures)]
    done = CliRunner().invoke(app, said, input=stdin)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    found = json.loads(figures.read_text()) if stdin is None and figures.exists() else {}
    return done.exit_code, found, done.output


def table(rows: list[tuple[str, str]], delimiter: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([("text", "label"), *rows])
    return out.getvalue()


def packed(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
        archive.writestr("empty/", b"")
    return out.getvalue()


def parquet() -> bytes:
    out = io.BytesIO()
    texts, labels = zip(*ITEMS, strict=True)
    pq.write_table(pa.table({"n": range(len(ITEMS)), "text": texts, "label": labels}), out, row_group_size=2)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("c.jsonl", JSONL.encode()),
        ("c.ndjson", b"\xef\xbb\xbf" + JSONL.replace("\n", "\r\n").encode()),
        ("c.json", json.dumps(ROWS, ensure_ascii=False, indent=1).encode("utf-8-sig")),
        ("c.json", JSONL.encode()),
        ("c.json.gz", gzip.compress(json.dumps(ROWS).encode(), mtime=0)),
        ("c.jsonl.gz", gzip.compress(JSONL.encode(), mtime=0)),
        ("c.jsonl.zst", zstd.compress(JSONL.encode())),
        ("c.zip", packed("inside/c.jsonl", JSONL.encode())),
        ("c.csv", table(ITEMS, ",").encode()),
        ("c.csv", table(ITEMS, ";").encode()),
        ("c.csv", table(ITEMS, ",").replace("\r\n", "\r").encode()),
        ("c.tsv", table(ITEMS, "\t").encode()),
        ("c.tsv", table(ITEMS, "\t").encode("utf-16")),
        ("c.csv.gz", gzip.compress(table(ITEMS, ",").encode(), mtime=0)),
        ("c.parquet", parquet()),
    ],
)
def test_the_same_corpus_in_any_form_gives_the_same_figures(tmp_path: Path, name: str, content: bytes) -> None:
    """Texts, labels and what fires are the same; a line end inside a cell is no end of the row."""
    path = tmp_path / name
    path.write_bytes(content)
    code, found, said = evaluate(path)
    assert code == 0, said
    assert (found["documents"], found["flagged"]["3"]["count"]) == (5, 2)
    assert (found["quality"][2]["recall"]["count"], found["quality"][2]["false_flags"]["of"]) == (2, 3)
    assert found["characters"] == sum(len(text) for text, _ in ITEMS)


MAIL = "From: a@b.example\nSubject: {0}\n\n{1}\n"


def test_mailboxes_mails_documents_and_lines(tmp_path: Path) -> None:
    """A message, a mail, a page and a line are a document each; a folder is read whole, in any mixture."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    messages = [MAIL.format("hello", text) for text, _ in ITEMS[:3]]
    (folder / "a.mbox").write_text("".join(f"From x Mon Jan  1 00:00:00 2024\n{one}\n" for one in messages))
    (folder / "b.eml").write_text(MAIL.format("the gun", "i can get you a gun by friday"))
    (folder / "c.html").write_text("<p>need a <b>gun</b>, no questions</p>")
    (folder / "d.txt").write_text("two guns under the bed\nselling a pistol, no licence")
    code, found, said = evaluate(folder)
    assert code == 0, said
    assert (found["documents"], found["flagged"]["3"]["count"]) == (6, 5)
    code, found, said = evaluate(folder / "d.txt", "--lines")
    assert (found["documents"], found["flagged"]["3"]["count"]) == (2, 2)


@pytest.mark.parametrize(
    ("form", "content"),
    [("jsonl", JSONL), ("csv", table(ITEMS, ",")), ("lines", "".join(t.replace("\n", " ") + "\n" for t, _ in ITEMS))],
)
def test_standard_input(form: str, content: str) -> None:
    """In each form that it may have."""
    code, _, said = evaluate("-", "--stdin-format", form, stdin=content.encode())
    assert code == 0, said
    assert "5 documents" in said


def test_labels_by_hash_and_sources(tmp_path: Path) -> None:
    """A label given by a person counts before the corpus's own; where two people differ there is none."""
    corpus = tmp_path / "c.jsonl"
    rows = [{"text": text, "label": "clean", "source": "typed" if n else "ocr"} for n, (text, _) in enumerate(ITEMS)]
    corpus.write_text("".join(json.dumps(row) + "\n" for row in rows))
    judged = [(ITEMS[0][0], "fire", "ann"), (ITEMS[1][0], "fire", "ann"), (ITEMS[1][0], "clean", "bob")]
    lines = [{"format": "overt-labels-1", "text": t, "label": v, "by": by} for t, v, by in judged]
    lines.append({"format": "overt-labels-1", "text": ITEMS[2][0], "disposition": "breach"})
    labels = tmp_path / "labels.jsonl"
    labels.write_text("".join(json.dumps(line) + "\n" for line in lines))
    code, found, said = evaluate(corpus, "--labels", labels)
    assert code == 0, said
    assert found["quality"][0]["recall"]["of"] == 2
    assert found["by_source"]["ocr"]["captured"]["of"] == 1
    labels.write_text('{"format": "overt-labels-1", "sha256": "x", "label": "bad"}\n')
    code, _, said = evaluate(corpus, "--labels", labels)
    assert code == 2
    assert "labels.jsonl:1: the label is none of" in said


BROKEN = [
    (
        "c.jsonl",
        b'{"text": "fine"}\nnot json\n{"other": 1}\n[1]\n',
        ["not JSON", "the text's field", "a JSON ob"],
    ),
    ("c.jsonl", b'{"text": "caf\xe9 gun"}\n' + b'{"text": "' + "é".encode() * 99 + b'"}\n', ["not UTF-8"]),
    ("c.jsonl", b'{"text": "fine", "label": "spam"}\n', ["none of clean, low, fire"]),
    ("c.jsonl", b"\xff\xfe" + "caf".encode("utf-16-le"), ["not JSON"]),
    ("c.jsonl", b"[" * 100_000 + b"\n", ["not JSON"]),
    ("c.jsonl", bytes(range(256)) * 20, ["a file that is not a text"]),
    ("c.csv", b"name,age\nx,3\n", ["without the text's column", "its first line says: name, age"]),
    ("c.csv", b'text\nfine\n"never closed, gun\nand on\n', ["never closed"]),
    ("c.csv", b"", ["its first line says: none"]),
    ("c.csv", b"n,text\n1,fine\n2\n", ["a row without the text's column"]),
    ("c.jsonl.gz", gzip.compress(JSONL.encode() * 50)[:-30], ["cut short"]),
    ("c.json", b'[{"text": "a gun"}, {"te', ["a JSON array that is broken, cut short or too long at member 2"]),
    ("c.json", b'[{"text": "a gun"}, [1], 2, {"other": 1}]', ["a line that is not a JSON object", "the text's field"]),
    ("c.json", b'["a gun"] ["a gun"]', ["a JSON array with more after its end"]),
    ("c.json", b'["caf\xe9 gun"]', ["not UTF-8"]),
    ("c.jsonl.gz", b"not packed at all", ["cannot be read"]),
    ("c.jsonl.zst", b"not packed at all", ["damaged"]),
    ("c.zip", b"PK\x03\x04 nonsense", ["a packed file that is damaged"]),
    ("c.parquet", b"PAR1 nonsense", ["a .parquet file that is damaged"]),
    ("c.txt", b"", ["a file without text"]),
    ("c.txt", bz2.compress(b"x") * 20, ["cannot be read: not a text"]),
    ("c.pdf", b"%PDF-1.7 nonsense", ["cannot be read"]),
]


@pytest.mark.parametrize(("name", "content", "told"), BROKEN)
def test_what_cannot_be_read_is_named_and_counted(tmp_path: Path, name: str, content: bytes, told: list[str]) -> None:
    """Never a crash, never dropped in silence; the file's name stands beside it."""
    path = tmp_path / name
    path.write_bytes(content)
    code, found, said = evaluate(path)
    assert code == (0 if found["documents"] else 2), said
    for what in told:
        assert any(what in problem for problem in found["problems"]), found["problems"]
    assert all(place.startswith("c.") for one in found["problems"].values() for place in one["first"])


def test_what_is_no_file_or_is_gone_is_told(tmp_path: Path) -> None:
    """A link that leads nowhere in a folder; a file that vanishes between the cutting and the reading."""
    (tmp_path / "dangling.txt").symlink_to(tmp_path / "nowhere")
    (tmp_path / "fine.txt").write_text("a gun for sale, no questions")
    code, found, said = evaluate(tmp_path)
    assert code == 0, said
    assert found["documents"] == 1
    assert any("leads nowhere" in problem for problem in found["problems"])
    path = tmp_path / "c.jsonl"
    path.write_text(JSONL)
    cut = list(units(sources([str(path)]), Reading()))
    path.unlink()
    tally = Worker(Settings(("weapons",))).tally(cut[0])
    assert (tally.documents, list(tally.places.values())) == (0, [["c.jsonl"]])


def test_huge_lines_are_passed_over_and_the_rest_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line over the limit is counted with its number; those behind it keep theirs."""
    monkeypatch.setattr(cutting, "LONGEST", 1 << 20)
    path = tmp_path / "c.jsonl"
    long = json.dumps({"text": "x" * (3 << 20)})
    path.write_text(f'{{"text": "one"}}\n{long}\n{{"text": "three"}}\nnot json\n')
    code, found, said = evaluate(path)
    assert code == 0, said
    assert found["documents"] == 2
    assert {place for one in found["problems"].values() for place in one["first"]} == {"c.jsonl:2", "c.jsonl:4"}


@pytest.mark.parametrize("suffix", [".jsonl", ".mbox", ".txt", ".csv"])
def test_cuts_lose_nothing_and_keep_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    """A corpus of many units holds each document once, under the number it has in the file."""
    monkeypatch.setattr("overt.evaluation.sources.BLOCK", 1000)
    monkeypatch.setattr(cutting, "UNIT", 1000)
    draw = random.Random(2)
    texts = [f"text {n} " + "ab " * draw.randint(0, 200) for n in range(300)]
    writers = {
        ".jsonl": lambda t: json.dumps({"text": t}) + "\n",
        ".mbox": lambda t: f"From x Mon Jan  1 00:00:00 2024\nSubject: s\n\n{t}\n\n",
        ".txt": lambda t: t + "\n",
        ".csv": lambda t: t + "\n",
    }
    path = tmp_path / f"c{suffix}"
    path.write_text(("text\n" if suffix == ".csv" else "") + "".join(map(writers[suffix], texts)))
    reading = Reading(by_line=True)
    cut = list(units(sources([str(path)]), reading))
    assert len(cut) > 10
    found = [one for unit in cut for one in documents(unit, reading)]
    first = 2 if suffix == ".csv" else 1
    assert [one.name for one in found] == [f"c{suffix}:{n}" for n in range(first, first + 300)]
    assert all(text.strip() in one.text for one, text in zip(found, texts, strict=True))
    assert sum(unit.size for unit in cut) == pytest.approx(path.stat().st_size, rel=0.02)

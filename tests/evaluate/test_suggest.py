"""Proposals from labelled text: honest on text held out, and through lint, test and comparison into the file."""

import json
import os
import pty
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import tomli
from scipy.stats import chi2_contingency
from typer.testing import CliRunner

from engine.evaluate.suggest import Hit, Kind, log_likelihood, suggest
from engine.library.parse import parse
from overt.commands.library import app
from overt.library_edit import edited, next_version, patch
from overt.library_files import load

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = ROOT / "docs" / "examples" / "modelling.toml"
CORPUS = ROOT / "docs" / "examples" / "car-parts.jsonl"


def hit(words: str, *, harmful: bool, fold: int, severity: int = 3) -> Hit:
    before, _, after = words.partition("*")
    return Hit("l/t", harmful, severity, tuple(before.split()), "model", tuple(after.split()), fold)


def test_log_likelihood_is_that_of_a_chi_squared_table() -> None:
    """G² as scipy counts it."""
    expected = chi2_contingency([[30, 70], [5, 195]], correction=False, lambda_="log-likelihood").statistic
    assert log_likelihood(30, 100, 5, 200) == pytest.approx(expected)
    assert log_likelihood(0, 10, 0, 10) == 0


def test_the_effect_is_counted_on_text_held_out() -> None:
    """A phrase that is in one fold only was never seen by the others: it explains nothing there."""
    spread = [hit("spare * number", harmful=False, fold=n % 5) for n in range(20)]
    single = [hit("wooden * railway", harmful=False, fold=0) for _ in range(20)]
    meant = [hit("nude * wanted", harmful=True, fold=n % 5) for n in range(5)]
    found = {one.kind: one for one in suggest([*spread, *single, *meant])}
    allow = found[Kind.ALLOW].effect
    assert (allow.false_removed, allow.false_all, allow.true_lost, allow.true_all) == (20, 40, 0, 5)
    assert not suggest([*single, *meant])


def test_nothing_is_proposed_that_loses_what_is_right() -> None:
    """Where harmful and harmless hits stand in the same words there is nothing to learn."""
    same = [hit("a * here", harmful=n % 2 == 0, fold=n % 5) for n in range(40)]
    assert suggest(same) == []


def test_a_term_that_is_nearly_always_wrong_is_to_count_only() -> None:
    """Severity 2 from twenty captures, none right; not from five."""
    found = suggest([hit(f"w{n} * v{n}", harmful=False, fold=n % 5) for n in range(20)])
    assert [(one.kind, one.entries[0][0], one.effect.false_removed) for one in found] == [(Kind.SEVERITY, "2", 20)]
    assert suggest([hit(f"w{n} * v{n}", harmful=False, fold=n % 5) for n in range(5)]) == []


@pytest.mark.parametrize("number", [1, 2, 3])
def test_each_kind_goes_through_lint_test_and_comparison(tmp_path: Path, number: int) -> None:
    """Taken by number without asking: written, tested, and no confirmed hit is lost; the comments stay."""
    out, change = tmp_path / "modelling.toml", tmp_path / "change.patch"
    arguments = ["suggest", str(EXAMPLE), "--on", str(CORPUS), "--accept", str(number)]
    done = CliRunner().invoke(app, [*arguments, "--out", str(out), "--patch", str(change)])
    assert done.exit_code == 0, done.output
    assert re.search(r"removes \d\d\d false flags, loses 0 confirmed", done.output), done.output
    assert "# A man under an order" in out.read_text()
    assert parse(out.read_text(), origin="x").version == "2026.11.2"
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "modelling.toml").write_text(EXAMPLE.read_text())
    subprocess.run(["git", "apply", str(change)], cwd=tmp_path / "old", check=True)
    assert (tmp_path / "old" / "modelling.toml").read_text() == out.read_text()


def test_what_a_profile_gave_is_kept() -> None:
    """A term's own list takes the place of its profile's: the profile's entries are repeated, of every shipped term."""
    library = next(one for one in load(["weapons"]).libraries if one.library_id == "weapons")
    terms = [term for term in library.terms if term.like is not None and term.rules.not_near]
    assert terms
    hits = [hit("spare * number", harmful=False, fold=n % 5) for n in range(20)]
    hits += [hit("nude * wanted", harmful=True, fold=n % 5) for n in range(5)]
    template = {one.kind: one for one in suggest(hits)}
    for kind, rule in ((Kind.NOT_NEAR, "not_near"), (Kind.ALLOW, "allow"), (Kind.NEAR, "near")):
        if kind not in template:
            continue
        wanted = [replace(template[kind], term=f"weapons/{term.term_id}") for term in terms]
        new = parse(edited(library, wanted), origin="x")
        after = {term.term_id: getattr(term.rules, rule) for term in new.terms}
        for term in terms:
            before = getattr(term.rules, rule)
            assert after[term.term_id][: len(before)] == before
            assert len(after[term.term_id]) > len(before)


def test_forms_that_are_missing_are_proposed(tmp_path: Path) -> None:
    """A word of missed texts that is a term with an ending."""
    corpus = tmp_path / "c.jsonl"
    rows = [{"text": f"modeller wanted {n}", "label": "fire"} for n in range(3)]
    corpus.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = CliRunner().invoke(app, ["suggest", str(EXAMPLE), "--on", str(corpus), "--json"])
    (found,) = json.loads(done.output)["proposals"]
    assert (found["kind"], found["entries"]) == ("forms", [{"entry": "modeller", "weight": 3.0}])
    out = tmp_path / "out.toml"
    CliRunner().invoke(app, ["suggest", str(EXAMPLE), "--on", str(corpus), "--accept", "1", "--out", str(out)])
    assert tomli.loads(out.read_text())["term"][0]["forms"] == ["modeller"]


def test_one_by_one_on_a_terminal(tmp_path: Path) -> None:
    """A person says no, then yes, then quits: only the second is in the file."""
    main, other = pty.openpty()
    out = tmp_path / "out.toml"
    command = [
        sys.executable,
        "-m",
        "overt",
        "library",
        "suggest",
        str(EXAMPLE),
        "--on",
        str(CORPUS),
        "--out",
        str(out),
    ]
    process = subprocess.Popen(command, stdin=other, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    os.write(main, b"n\ny\nq\n")
    said, _ = process.communicate(timeout=240)
    os.close(main)
    os.close(other)
    assert process.returncode == 0, said
    table = tomli.loads(out.read_text())["term"][0]
    assert "not-near" in table
    assert "near" not in table
    assert "allow" not in table


ON = [
    ("suggest", str(EXAMPLE)),
    ("compare", str(EXAMPLE), str(EXAMPLE)),
    ("learn", "weapons", "--no-shipped"),
]


@pytest.mark.parametrize("words", ON, ids=[words[0] for words in ON])
def test_what_examined_nothing_is_no_success(tmp_path: Path, words: tuple[str, ...]) -> None:
    """A file that is not there, beside one that is; a file of which nothing can be read; nothing is written."""
    missing, broken, out = tmp_path / "none.jsonl", tmp_path / "b.jsonl", tmp_path / "out"
    broken.write_text("not json\n")
    more = [] if words[0] == "compare" else ["--out", str(out)]
    done = CliRunner().invoke(app, [*words, "--on", str(CORPUS), "--on", str(missing), *more])
    assert (done.exit_code, f"{missing}: there is no such file" in done.output) == (2, True), done.output
    if words[0] != "compare":  # which compares what its reader of documents finds in the line
        done = CliRunner().invoke(app, [*words, "--on", str(broken), *more])
        assert (done.exit_code, "1 × a line that is not JSON: b.jsonl:1" in done.output) == (2, True), done.output
    assert not out.exists()


def test_a_label_that_is_none_of_ours_is_not_presumed_to_be_one(tmp_path: Path) -> None:
    """Misspelt, or another's word for it: told and left out; only what has no label at all is presumed clean."""
    corpus = tmp_path / "c.jsonl"
    rows = [{"text": "models wanted", "label": "fier"}, {"text": "models wanted"}]
    corpus.write_text("".join(json.dumps(row) + "\n" for row in rows))
    words = ["suggest", str(EXAMPLE), "--on", str(corpus), "--presume", "clean"]
    said = CliRunner().invoke(app, words).output
    assert "2 documents, 1 hit: 0 right, 1 false" in said
    assert "1 × a label that is none of clean, low, fire (say what it means: --label THEIRS=OURS): c.jsonl:1" in said
    assert "2 documents, 2 hits: 1 right, 1 false" in CliRunner().invoke(app, [*words, "--label", "fier=fire"]).output
    found = json.loads(CliRunner().invoke(app, [*words, "--json"]).output)
    assert list(found["problems"].values()) == [1]


def test_bad_input(tmp_path: Path) -> None:
    """Exit code 2 and a sentence; listing without taking is 1, nothing to propose is 0."""
    run = CliRunner()
    assert run.invoke(app, ["suggest", str(EXAMPLE), "--on", str(CORPUS)]).exit_code == 1
    assert run.invoke(app, ["suggest", str(EXAMPLE), "--on", str(CORPUS), "--accept", "9"]).exit_code == 2
    assert run.invoke(app, ["suggest", str(EXAMPLE), "--on", str(CORPUS), "--presume", "bad"]).exit_code == 2
    assert run.invoke(app, ["suggest", "nowhere", "--on", str(CORPUS)]).exit_code == 2
    for label, code in (("clean", 0), ("", 2), ("spam", 2)):
        (tmp_path / "c.jsonl").write_text(json.dumps({"text": "fine", "label": label}) + "\n")
        done = run.invoke(app, ["suggest", str(EXAMPLE), "--on", str(tmp_path / "c.jsonl")])
        assert (done.exit_code, "No document has a label" in done.output) == (code, code == 2)
    assert next_version("1.9") == "1.10"
    assert next_version("new") == "new.1"
    library = load([str(EXAMPLE)]).libraries[0]
    assert patch(library, library.text, "x") == ""

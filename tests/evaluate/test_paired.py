"""Two library sets on the same documents: what is lost, what is saved, and when the exit code says no."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from overt.commands.library import app

HEAD = """format = "overt-library-1"
[library]
id = "mine"
version = "{version}"
title = "Mine"
languages = ["en"]
category = "x"
severity = 3
licence = "CC0-1.0"
source = "a test"
owner = "a test"
review = 2100-01-01
"""
TERM = """[[term]]
text = "model"
why = "A test."
hit = ["nude model wanted"]
miss = ["remodelled"]
"""
DOCUMENTS = [
    ("spare parts for every model", "clean"),
    ("the 2012 model has a bigger boot", "clean"),
    ("this model is out of stock", "clean"),
    ("looking for a nude model tonight", "fire"),
    ("nothing here", "fire"),
]


def compare(folder: Path, rule: str, *arguments: str) -> tuple[int, str]:
    """Compare the bare term with one that has a rule more, on labelled documents."""
    (folder / "old.toml").write_text(HEAD.format(version="1") + TERM)
    (folder / "new.toml").write_text(HEAD.format(version="2") + TERM + rule)
    lines = (json.dumps({"text": text, "label": label}) + "\n" for text, label in DOCUMENTS)
    (folder / "corpus.jsonl").write_text("".join(lines))
    names = [str(folder / name) for name in ("old.toml", "new.toml")]
    done = CliRunner().invoke(app, ["compare", *names, "--on", str(folder / "corpus.jsonl"), *arguments])
    return done.exit_code, done.output


def test_false_flags_removed_and_nothing_lost(tmp_path: Path) -> None:
    """Three false flags go, the confirmed one stays, the exit code is 0; the JSON has the same."""
    code, said = compare(tmp_path, 'near = { any = ["nude"] }\n')
    assert code == 0, said
    assert "removes 3 false flags, loses 0 confirmed" in said
    assert "captured (severity 3 and more) 4 before, 1 now; 3 no more, 0 newly" in said
    assert "no more than chance" in said
    found = json.loads(compare(tmp_path, 'near = { any = ["nude"] }\n', "--json")[1])["documents"]
    assert (found["false_before"], found["false_now"], found["confirmed_lost"]) == (3, 0, 0)
    assert found["minutes_a_day"][0] > found["minutes_a_day"][1]
    assert found["mcnemar_p"] == pytest.approx(0.25)


def test_a_confirmed_hit_that_is_lost_makes_the_exit_code_1(tmp_path: Path) -> None:
    """Even where the library's own examples all stay."""
    code, said = compare(tmp_path, 'near = { any = ["wanted"] }\n')
    assert "removes 3 false flags, loses 1 confirmed" in said
    assert code == 1, said

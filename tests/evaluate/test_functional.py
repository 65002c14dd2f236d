"""The functional tests: enough of them, run by the command, and no functionality worse than it was."""

import json
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from engine.evaluate.functional import FunctionalError, items_of, outcomes, regressions
from engine.evaluate.tally import Label
from overt.commands.evaluate import app
from overt.evaluation.functional import items_in

FOLDER = Path(__file__).parent.parent / "functional"
DATA = {
    "format": "overt-functional-1",
    "slots": {"a": ["1", "2"], "b": ["x", "y", "z"]},
    "functionality": [
        {"id": "f", "case": [{"label": "clean", "templates": ["{a} {b}", "alone"]}]},
        {"id": "p", "pair": [{"clean": "ok {c}", "fire": "no {d}", "slots": {"c": ["1", "2"], "d": ["3", "4"]}}]},
    ],
}


def test_there_are_enough_of_them() -> None:
    """25 functionalities and 1,500 different items at least; pairs have both sides."""
    items = items_in(FOLDER)
    assert len({item.functionality for item in items}) >= 25
    assert len({(item.functionality, item.text) for item in items}) >= 1500
    sides = Counter((item.template, item.pair) for item in items if item.pair is not None)
    assert sides
    assert set(sides.values()) == {2}


def test_no_functionality_is_worse_than_it_was() -> None:
    """The gate: what is found and what is quiet, of the shipped libraries."""
    done = CliRunner().invoke(app, ["functional", str(FOLDER), "--baseline", str(FOLDER / "baseline.json")])
    assert done.exit_code == 0, done.output
    assert "minimal-pairs" in done.output


def test_templates_are_filled_in_every_way() -> None:
    """Slots multiply; the entries of a pair go side by side."""
    items = items_of(DATA, "x")
    assert [item.text for item in items[:7]] == ["1 x", "1 y", "1 z", "2 x", "2 y", "2 z", "alone"]
    assert [(item.text, item.label, item.pair) for item in items[7:]] == [
        ("ok 1", Label.CLEAN, 0),
        ("no 3", Label.FIRE, 0),
        ("ok 2", Label.CLEAN, 1),
        ("no 4", Label.FIRE, 1),
    ]


def test_a_pair_is_right_when_both_sides_are() -> None:
    """One side is not half right; the gate names each share that fell."""
    items = items_of(DATA, "x")
    found = outcomes(items, [0] * 7 + [0, 3, 2, 3])
    assert found[1].pairs is not None
    assert (found[1].pairs.count, found[1].pairs.of) == (1, 2)
    assert found[0].found is None
    then = {"p": {"found": 1.0, "quiet": 1.0, "pairs": 0.5}, "gone": {"found": 1.0}}
    assert regressions(found, then) == ["p: quiet fell from 100.0% to 50.0%", "gone: the functionality is gone"]


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"format": "overt-functional-1"},
        {"format": "overt-functional-1", "functionality": []},
        {"format": "overt-functional-1", "functionality": [{"id": "f", "case": [{"label": "x", "templates": ["a"]}]}]},
        {"format": "overt-functional-1", "functionality": [{"id": "f", "case": [{"templates": ["a"]}]}]},
        {**DATA, "functionality": [{"id": "f", "case": [{"label": "clean", "templates": ["{nothing}"]}]}]},
        {**DATA, "functionality": [{"id": "p", "pair": [{"clean": "a", "fire": "b", "slots": {"c": ["1"], "d": []}}]}]},
    ],
)
def test_what_makes_no_sense_is_told(data: dict[str, object]) -> None:
    """One sentence, with the file."""
    with pytest.raises(FunctionalError, match=r"^x: "):
        items_of(data, "x")


def test_json_and_a_baseline_of_ones_own(tmp_path: Path) -> None:
    """What --write-baseline writes is what --baseline reads; a library that finds nothing is worse."""
    tests, kept = tmp_path / "t.toml", tmp_path / "b.json"
    tests.write_text(
        'format = "overt-functional-1"\n[[functionality]]\nid = "guns"\n[[functionality.case]]\nlabel = "fire"\n'
        'templates = ["need a gun, no questions"]\n'
    )
    run = CliRunner()
    done = run.invoke(
        app, ["functional", str(tests), "--json", "--libraries", "weapons", "--write-baseline", str(kept)]
    )
    assert json.loads(done.output)["functionalities"][0]["found"]["value"] == 1.0
    worse = run.invoke(app, ["functional", str(tests), "--libraries", "drugs", "--baseline", str(kept)])
    assert worse.exit_code == 1
    assert "WORSE: guns: found fell from 100.0% to 0.0%" in worse.output
    assert run.invoke(app, ["functional", str(tmp_path / "none")]).exit_code == 2


@pytest.mark.parametrize(
    ("kept", "says"),
    [
        ("[]", "it is no baseline"),
        ("{}", "it is no baseline"),
        ('{"guns": 1}', "it is no baseline"),
        ('{"guns": {"found": "all"}}', "it is no baseline"),
        ('{"guns": {"fuond": 1.0}}', "it is no baseline"),
        ("no", "is not JSON"),
    ],
)
def test_what_is_no_baseline_is_refused(tmp_path: Path, kept: str, says: str) -> None:
    """Before anything runs; an empty one compares nothing, and must not pass."""
    file = tmp_path / "b.json"
    file.write_text(kept)
    done = CliRunner().invoke(app, ["functional", "--baseline", str(file)])
    assert done.exit_code == 2, done.output
    assert says in done.output
    assert str(file) in done.output

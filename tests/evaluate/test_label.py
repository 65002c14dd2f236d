"""Labels by people: keys, undo, what is on the disk, the same order for everybody, agreement."""

import asyncio
import json
from pathlib import Path

from typer.testing import CliRunner

from engine.evaluate.tally import Tally
from overt.commands.evaluate import app
from overt.evaluation.candidates import Candidate, Order, candidates
from overt.evaluation.label_screen import LabelApp, LabelFile
from overt.evaluation.labels import read_labels
from overt.evaluation.run import Settings

SETTINGS = Settings(("weapons",))
TEXTS = [f"need a gun, no questions {n}" for n in range(6)] + ["jump the gun now", "We have begun."]


def corpus(folder: Path) -> list[str]:
    path = folder / "corpus.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS))
    return [str(path)]


def press(hits: list[Candidate], out: Path, by: str, *keys: str, with_text: bool = False) -> LabelApp:
    async def play() -> LabelApp:
        screen = LabelApp(hits, LabelFile(out), by, with_text=with_text)
        async with screen.run_test() as pilot:
            await pilot.press(*keys)
            await pilot.pause()
        return screen

    return asyncio.run(play())


def test_one_key_a_label(tmp_path: Path) -> None:
    """Clean, low, fire, a skip, an undo; the file holds what stands, with hashes and no words."""
    hits = candidates(corpus(tmp_path), SETTINGS, Order.RANDOM, 10, (), Tally())
    out = tmp_path / "labels.jsonl"
    screen = press(hits, out, "ann", "c", "l", "f", "u", "s", "f", "q")
    assert screen.return_value == 3
    found = list(read_labels(out))
    assert [(one.sha256, one.label) for one in found] == [
        (hits[0].sha256, "clean"),
        (hits[1].sha256, "low"),
        (hits[3].sha256, "fire"),
    ]
    assert {(one.by, one.term, one.text) for one in found} == {("ann", "weapons/gun", "")}
    assert "gun, no questions" not in out.read_text()
    press(hits[:1], out, "bob", "c", with_text=True)
    assert list(read_labels(out))[-1].text == hits[0].text


def test_who_comes_back_goes_on(tmp_path: Path) -> None:
    """What a person labelled is not asked again; a second person begins with the same texts."""
    names = corpus(tmp_path)
    hits = candidates(names, SETTINGS, Order.RANDOM, 10, (), Tally())
    assert len(hits) == 6
    assert hits == sorted(hits)
    again = candidates(names, SETTINGS, Order.RANDOM, 10, {one.sha256 for one in hits[:4]}, Tally())
    assert again == hits[4:]
    assert candidates(names, SETTINGS, Order.RANDOM, 2, (), Tally()) == hits[:2]


def test_uncertain_ones_include_what_a_rule_held_back(tmp_path: Path) -> None:
    """The harmless phrase is asked about, with the reason; what holds no term is not."""
    hits = candidates(corpus(tmp_path), SETTINGS, Order.UNCERTAIN, 20, (), Tally())
    held = [one for one in hits if one.note]
    assert [one.text for one in held] == ["jump the gun now"]
    assert "jump the gun" in held[0].note
    assert "We have begun." not in {one.text for one in hits}


def test_agreement_of_two_people(tmp_path: Path) -> None:
    """Cohen's kappa of each two, by the texts that both labelled."""
    rows = []
    for n, (one, other) in enumerate([("clean", "clean"), ("fire", "fire"), ("clean", "fire"), ("fire", "fire")]):
        for by, label in (("ann", one), ("bob", other)):
            rows.append({"format": "overt-labels-1", "text": str(n), "label": label, "by": by})
    rows.append({"format": "overt-labels-1", "text": "only one", "label": "low", "by": "cy"})
    path = tmp_path / "labels.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = CliRunner().invoke(app, ["agreement", str(path)])
    assert done.exit_code == 0, done.output
    assert "ann and bob: the same label for 3 of 4 texts, kappa 0.50" in done.output
    found = json.loads(CliRunner().invoke(app, ["agreement", str(path), "--json"]).output)["agreement"]
    assert [(row["people"], row["texts"]) for row in found] == [(["ann", "bob"], 4)]
    path.write_text(json.dumps(rows[0]) + "\n")
    assert CliRunner().invoke(app, ["agreement", str(path)]).exit_code == 2


def test_where_labels_cannot_be_written_nobody_is_asked(tmp_path: Path) -> None:
    """Found before the first hit is shown, not by the first label."""
    path, out = tmp_path / "c.jsonl", tmp_path / "none" / "l.jsonl"
    path.write_text('{"text": "i can get you a gun by friday"}\n')
    done = CliRunner().invoke(app, ["label", str(path), "--out", str(out), "--by", "ann"])
    assert done.exit_code == 3
    assert f"{out} cannot be written: there is no folder {out.parent}" in done.output


def test_nothing_to_label_is_told(tmp_path: Path) -> None:
    """Exit code 2 and a sentence."""
    path = tmp_path / "c.jsonl"
    path.write_text('{"text": "fine"}\n')
    done = CliRunner().invoke(app, ["label", str(path), "--out", str(tmp_path / "l"), "--by", "ann"])
    assert done.exit_code == 2
    assert "nothing to label" in done.output

"""Texts drawn as on a screen, and read back by the real OCR."""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from engine.evaluate.readback import compare
from engine.observation import Provenance, TextObservation
from engine.text.screen import TextScreener
from overt.commands.evaluate import app
from overt.evaluation.screen_page import LOOKS, MARGIN, WIDTH, Look, ScreenReader, look_of
from overt.library_files import load

ITEMS = [
    ("i can get you a gun by friday", "fire"),
    ("two pistols under the bed, no questions", "fire"),
    ("We have begun to read about the gunwale of the boat.", "clean"),
    ("Ask the solicitor about the house in Essex.", "clean"),
]
LONG = "The quick brown fox jumps over the lazy dog while everybody in the village looks on. " * 6


@pytest.fixture(scope="module")
def reader() -> ScreenReader:
    return ScreenReader()


@pytest.mark.parametrize("look", LOOKS[::4], ids=lambda look: look.name)
def test_plain_english_comes_back(reader: ScreenReader, look: Look) -> None:
    """Wrapped over several lines, in small and large letters, light and dark."""
    wanted, found = LONG.split(), reader.recognise(LONG, look).split()
    assert len(set(wanted) & set(found)) >= 0.9 * len(set(wanted))
    assert abs(len(found) - len(wanted)) <= 5


@pytest.mark.parametrize("text", ["", "  \n\n", "x" * 600, "a\tb\x00c", "字"])
def test_odd_texts_are_drawn_inside_the_window(reader: ScreenReader, text: str) -> None:
    """Nothing, one endless word, control characters, letters that the font lacks."""
    look = Look("sans", 18, dark=False)
    for page in reader.pages(text, look):
        assert page.shape[1] == WIDTH
        assert (page[:, -MARGIN // 2 :] == 255).all(), "something is drawn over the edge"
    assert isinstance(reader.recognise(text, look), str)
    assert reader.drawable("Łódź, naïve", look)
    assert not reader.drawable("字", look)


def test_dark_pages_are_dark(reader: ScreenReader) -> None:
    """And the look of a text is the same in each run."""
    light, dark = (next(reader.pages("words", Look("mono", 14, dark=dark))) for dark in (False, True))
    assert np.median(light) > 200 > 60 > np.median(dark)
    assert look_of("words") == look_of("words")
    assert len({look_of(str(number)) for number in range(200)}) == len(LOOKS)


def test_losses_are_counted() -> None:
    """Words as often as they stand there; terms that no longer fire, and those that newly do."""
    screener = TextScreener(load(["weapons"]).compile())

    def verdict(text: str) -> object:
        return screener.screen(TextObservation(text, Provenance.TYPED, "x", datetime(2026, 1, 1, tzinfo=UTC)))

    written, read = "need a gun and the rest, no questions", "need a gum and the rest, no questions"
    found = compare(written, read, verdict(written), verdict("nothing"))  # type: ignore[arg-type]
    assert (found.words, found.words_lost, found.words_invented) == (8, 1, 1)
    assert (found.terms_lost, found.terms_invented) == (frozenset({"weapons/gun"}), frozenset())
    assert compare(read, written, verdict("nothing"), verdict(written)).terms_invented == {"weapons/gun"}  # type: ignore[arg-type]


def test_a_report_says_what_the_screen_lost(tmp_path: Path) -> None:
    """By look and by term; what cannot be drawn is a problem."""
    corpus = tmp_path / "c.jsonl"
    lines = [json.dumps({"text": f"{text} {number}", "label": v}) for number in range(4) for text, v in ITEMS]
    corpus.write_text("\n".join([*lines, json.dumps({"text": "字"})]) + "\n")
    figures, html = tmp_path / "f.json", tmp_path / "r.html"
    options = ["--libraries", "weapons", "--processes", "1", "--json", str(figures), "--html", str(html)]
    done = CliRunner().invoke(app, [str(corpus), "--through-screen", *options])
    assert done.exit_code == 0, done.output
    found = json.loads(figures.read_text())
    every = found["screen"][-1]
    assert (every["name"], every["documents"]) == ("all", 17)
    assert every["words_lost"]["value"] < 0.1
    assert every["terms_lost"]["of"] == 8
    assert found["flagged"]["3"]["count"] >= 6
    assert "letters that the fonts here lack" in done.output
    assert "Read back from a screen" in html.read_text()

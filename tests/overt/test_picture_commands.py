"""Pictures by hand: `overt screen` says what is in them, `overt evaluate pictures` how often and how rightly."""

import json
from pathlib import Path

import cv2
import pytest
from click.testing import Result
from skimage import data
from typer.testing import CliRunner

from overt.cli import app


def overt(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Return folders of copies and of others, and beside them a set that knows the copies' original."""
    cv2.imwrite(str(tmp_path / "coffee.png"), data.coffee()[..., ::-1])
    about = ("--id", "known-a", "--source", "us", "--category", "2")
    assert overt("hashes", "add", tmp_path / "known.set", tmp_path / "coffee.png", *about).exit_code == 0
    folder = tmp_path / "corpus"
    for name in ("copies", "others", "unlabelled"):
        (folder / name).mkdir(parents=True)
    coffee = data.coffee()[..., ::-1]
    cv2.imwrite(str(folder / "copies" / "small.jpg"), cv2.resize(coffee, (300, 200)))
    cv2.imwrite(str(folder / "copies" / "mirrored.png"), coffee[:, ::-1])
    cv2.imwrite(str(folder / "others" / "rocket.png"), data.rocket()[..., ::-1])
    cv2.imwrite(str(folder / "others" / "cat.png"), data.chelsea()[..., ::-1])
    cv2.imwrite(str(folder / "unlabelled" / "astronaut.png"), data.astronaut()[..., ::-1])
    (folder / "others" / "broken.png").write_bytes(b"no picture")
    return folder


def test_known_pictures_are_named(corpus: Path, tmp_path: Path) -> None:
    """With set, row and lay; exit code 1; other pictures say nothing."""
    done = overt("screen", corpus / "copies", "--sets", tmp_path / "known.set")
    assert done.exit_code == 1
    assert "mirrored, is a known one" in " ".join(done.output.split())
    assert "2 pictures screened" in done.output
    quiet = overt("screen", corpus / "unlabelled", "--sets", tmp_path / "known.set")
    assert (quiet.exit_code, "0 findings" in quiet.output) == (0, True)


def test_prefilters_are_low_and_explained(corpus: Path) -> None:
    """A cat is taken for skin, with severity 1 and the numbers; a floor leaves it out."""
    done = overt("screen", corpus / "others" / "cat.png", "--skin", "24", "--json")
    told = json.loads(done.output)
    assert (done.exit_code, told["severity"], told["category"]) == (1, 1, "prefilter")
    assert "% of it has colours of skin; no face" in told["explanation"]
    assert overt("screen", corpus / "others" / "cat.png", "--skin", "24", "--min-severity", "2").exit_code == 0


def test_a_broken_picture_is_told_and_the_rest_is_screened(corpus: Path, tmp_path: Path) -> None:
    """Exit code 2: a screening that missed files must not look whole."""
    done = overt("screen", corpus, "--sets", tmp_path / "known.set")
    assert done.exit_code == 2
    assert "broken.png: is no picture" in done.output
    assert "6 pictures screened" in done.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--sets", "nowhere.set"), "nowhere.set"),
        (("--model", "not-there"), "the model not-there is not installed"),
        (("--model", "x=0"), "expected ID or ID=PERCENT"),
    ],
)
def test_what_cannot_be_asked_is_refused(corpus: Path, words: tuple[str, ...], said: str) -> None:
    """One sentence, exit code 2."""
    done = overt("screen", corpus, *words)
    assert done.exit_code == 2
    assert said in done.output


def test_shares_by_folder_and_by_label(corpus: Path, tmp_path: Path) -> None:
    """Recall of copies, false flags of others, precision of both, each with its interval; broken files are counted."""
    words = ("--sets", tmp_path / "known.set", "--skin", "24", "--label", "copies=fire", "--label", "others=clean")
    done = overt("evaluate", "pictures", corpus, *words, "--json", "--html", tmp_path / "report.html")
    assert done.exit_code == 0, done.output
    told = json.loads(done.output)
    assert (told["recall"]["count"], told["recall"]["of"]) == (2, 2)
    assert told["recall"]["low"] < 0.4
    assert (told["false_flags"]["count"], told["false_flags"]["of"]) == (1, 2)
    assert told["precision"]["value"] == pytest.approx(2 / 3)
    assert told["folders"]["others"]["unread"][0].endswith("is no picture that can be decoded, or damaged")
    assert told["folders"]["copies"]["known"] == 2
    page = (tmp_path / "report.html").read_text()
    assert "cat.png" in page
    assert "<img" not in page
    text = overt("evaluate", "pictures", corpus, *words).output
    assert "recall: 2 of 2, 100.0 % (34.2 to 100.0)" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Nothing is asked"),
        (("--skin", "24", "--label", "copies=good"), "expected FOLDER=clean or FOLDER=fire"),
        (("--skin", "24", "--label", "nothing=clean"), "there is no folder nothing"),
    ],
)
def test_evaluations_without_sense_are_refused(corpus: Path, words: tuple[str, ...], said: str) -> None:
    """Exit code 2."""
    done = overt("evaluate", "pictures", corpus, *words)
    assert (done.exit_code, said in " ".join(done.output.split())) == (2, True)


def test_a_folder_without_pictures_is_no_result(tmp_path: Path) -> None:
    """An evaluation that examined nothing fails."""
    (tmp_path / "corpus" / "a").mkdir(parents=True)
    done = overt("evaluate", "pictures", tmp_path / "corpus", "--skin", "24")
    assert (done.exit_code, "there is no picture" in done.output) == (2, True)

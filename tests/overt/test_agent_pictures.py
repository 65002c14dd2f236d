"""The agent as it is started by hand: a folder of screenshots, a set file in its folder, what it captures."""

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from evidence import envelope
from evidence.authority import PermittedLibrary
from evidence.header import Kind
from evidence.pictures import Act, PictureTerms, Prefilter
from evidence.record import CaptureRecord
from tests.agent.rig import Rig


def overt(*words: object) -> subprocess.CompletedProcess[str]:
    """Run the command line as people do."""
    command = [sys.executable, "-m", "overt", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False, env=os.environ)


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    """Return a device whose authority names a word library and a set of hashes."""
    rig = Rig(tmp_path / "device")
    rig.write_authority(libraries=(PermittedLibrary("weapons", "3"), PermittedLibrary("known-a", "4")))
    return rig


def make_set(rig: Rig, tmp_path: Path) -> None:
    """Make the set as an authority does, of its own picture, and lay it where the agent finds it."""
    cv2.imwrite(str(tmp_path / "coffee.png"), data.coffee()[..., ::-1])
    (rig.root / "hash-sets").mkdir()
    made = overt(
        "hashes", "add", rig.root / "hash-sets" / "a.set", tmp_path / "coffee.png", "--id", "known-a", "--source", "us"
    )
    assert made.returncode == 0, made.stderr


def screenshots(tmp_path: Path) -> Path:
    """Return a folder with a page that shows the picture, and one that shows another."""
    folder = tmp_path / "screens"
    folder.mkdir()
    for name in ("coffee", "rocket"):
        page = np.full((800, 1280, 3), 255, np.uint8)
        page[120:440, 300:780] = cv2.resize(getattr(data, name)()[..., ::-1], (480, 320), interpolation=cv2.INTER_AREA)
        cv2.imwrite(str(folder / f"{name}.png"), page)
    return folder


def test_a_screenshot_with_a_known_picture_is_captured(rig: Rig, tmp_path: Path) -> None:
    """From the command line to the sealed record."""
    make_set(rig, tmp_path)
    done = overt("agent", "run", "--state", rig.root, "--replay", screenshots(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "coffee.png: captured" in done.stdout
    assert "rocket.png: no capture" in done.stdout
    sealed = [path.read_bytes() for path in rig.state.spool.rglob("*.ovt")]
    heads = [(envelope.parse(one), one) for one in sealed]
    (found,) = [pair for pair in heads if pair[0].header.context.fields.kind is Kind.CAPTURE]
    record = CaptureRecord.from_bytes(envelope.open_all(found[0], rig.case_key, found[1])["meta"])
    assert {one.condition for one in record.findings} == {"4"}
    assert record.why.startswith("A known picture")


def test_a_set_that_is_named_and_not_there_stops_the_agent(rig: Rig, tmp_path: Path) -> None:
    """With the name, and what to do: nothing is watched with less than was permitted without anybody knowing."""
    done = overt("agent", "run", "--state", rig.root, "--replay", screenshots(tmp_path))
    assert done.returncode == 2
    assert "names known-a, which is neither a word library" in done.stderr
    assert f"a set of hashes in {rig.root / 'hash-sets'}" in done.stderr


def test_two_sets_of_one_id_are_refused(rig: Rig, tmp_path: Path) -> None:
    """Which of them would be meant?"""
    make_set(rig, tmp_path)
    folder = rig.root / "hash-sets"
    (folder / "b.set").write_bytes((folder / "a.set").read_bytes())
    done = overt("agent", "run", "--state", rig.root, "--replay", screenshots(tmp_path))
    assert done.returncode == 2
    assert "b.set: has the id known-a, as a.set has" in done.stderr


def test_the_doctor_says_what_is_done_with_pictures(rig: Rig, tmp_path: Path) -> None:
    """Sets and prefilters by name; a model that is not there is a fault with a remedy."""
    make_set(rig, tmp_path)
    libraries = (PermittedLibrary("weapons", "3"), PermittedLibrary("known-a", "4"))
    skin = Prefilter("skin-colours", Act.COUNT, 40, "4")
    rig.write_authority(libraries=libraries, pictures=PictureTerms(prefilters=(skin,)))
    assert "known-a; skin-colours from 40 %; hashes sealed" in said(rig)
    own = Prefilter("own-model", Act.COUNT, 40, "4")
    rig.write_authority(libraries=libraries, pictures=PictureTerms(prefilters=(own,)))
    assert "own-model is not installed" in said(rig)


def said(rig: Rig) -> str:
    """Return what the doctor says of pictures."""
    told = json.loads(overt("agent", "doctor", "--state", rig.root, "--json").stdout)
    return next(str(one["said"]) for one in told if one["what"] == "pictures")

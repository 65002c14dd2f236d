"""Hashes that a device sealed are matched where the key is: captures, logs of what was seen, and foreign records."""

import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import Result
from skimage import data
from typer.testing import CliRunner

from engine.image.hashing import Turn, fingerprint, from_hashes
from evidence.keys import verifying_key
from evidence.pictures import Hashes, PictureTerms
from overt.cli import app
from tests.agent.rig import Rig
from tests.agent.test_picture_pipeline import COFFEE, OTHER, Device, frame, job


def overt(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def seen(tmp_path: Path) -> Device:
    """Return a device that captured a page with two pictures and logged one more page."""
    rig = Rig(tmp_path / "device")
    device = Device(rig, pictures=PictureTerms(Hashes.SEEN))
    device.look(job(frame(coffee=COFFEE, rocket=OTHER)))
    device.look(job(frame(chelsea=OTHER)))
    device.source.close()
    (tmp_path / "case.key").write_bytes(rig.case_key.secret)
    (tmp_path / "device.txt").write_text(verifying_key(rig.device_key).hex())
    return device


def set_of(tmp_path: Path, name: str, picture: np.ndarray) -> Path:
    cv2.imwrite(str(tmp_path / f"{name}.png"), picture)
    made = overt("hashes", "add", tmp_path / f"{name}.set", tmp_path / f"{name}.png", "--id", name, "--source", "us")
    assert made.exit_code == 0
    return tmp_path / f"{name}.set"


def test_pictures_in_captures_and_logs_are_matched(seen: Device, tmp_path: Path) -> None:
    """The rocket was beside a known picture and was never on the device's list; the cat was only logged."""
    found = set_of(tmp_path, "rocket", data.rocket()[..., ::-1])
    words = (seen.rig.state.spool / "records", "--key", tmp_path / "case.key", "--device-key", tmp_path / "device.txt")
    done = overt("hashes", "review", found, *words, "--json")
    assert done.exit_code == 1, done.output
    told = [json.loads(line) for line in done.output.splitlines()]
    assert {one["captured"] for one in told} == {True, False}
    captured = next(one for one in told if one["captured"])
    assert abs(captured["place"][0] - OTHER.left) <= 2
    cat = overt("hashes", "review", set_of(tmp_path, "cat", data.chelsea()[..., ::-1]), *words)
    assert cat.exit_code == 1
    assert "hash only" in cat.output
    assert "signatures checked" in cat.output


def test_nothing_known_is_nothing(seen: Device, tmp_path: Path) -> None:
    """Exit code 0, and it says how many hashes it compared."""
    found = set_of(tmp_path, "cup", data.astronaut()[..., ::-1])
    done = overt("hashes", "review", found, seen.rig.state.spool / "records", "--key", tmp_path / "case.key")
    assert done.exit_code == 0
    assert "0 in the set" in done.output
    assert "signatures not checked" in done.output


def test_a_key_that_does_not_open_is_told(seen: Device, tmp_path: Path) -> None:
    """No record opened: exit code 2, never a clean bill."""
    (tmp_path / "other.key").write_bytes(os.urandom(32))
    found = set_of(tmp_path, "cup", data.astronaut()[..., ::-1])
    done = overt("hashes", "review", found, seen.rig.state.spool / "records", "--key", tmp_path / "other.key")
    assert done.exit_code == 2


def test_records_of_another_device_are_refused(seen: Device, tmp_path: Path) -> None:
    """Where the device's key is given, what it did not sign counts for nothing."""
    found = set_of(tmp_path, "cup", data.astronaut()[..., ::-1])
    words = (seen.rig.state.spool / "records", "--key", tmp_path / "case.key", "--device-key", "00" * 31 + "01")
    assert overt("hashes", "review", found, *words).exit_code == 2


@pytest.mark.parametrize("name", ["coffee", "rocket", "astronaut", "chelsea"])
def test_other_lays_follow_from_the_hash_nearly(name: str) -> None:
    """Mirrored and turned, from the bits alone: the lay as it is exactly, the others within twenty bits of 256."""
    prints = fingerprint(np.ascontiguousarray(getattr(data, name)()[..., ::-1]))
    again = from_hashes(prints.pdq[0].tobytes(), prints.phash[0].tobytes(), prints.quality)
    apart = np.bitwise_count(prints.pdq ^ again.pdq).sum(axis=1)
    assert apart[list(Turn).index(Turn.AS_IS)] == 0
    assert apart.max() <= 20
    assert (again.quality, again.phash[0].tobytes()) == (prints.quality, prints.phash[0].tobytes())

"""`overt hashes` from a list or pictures to a match, and what it says about bad input."""

import json
import zipfile

import cv2
import numpy as np
import pytest
from skimage import data
from typer.testing import CliRunner

from overt.cli import app
from overt.hashes_set import About, Builder, Kind, read, write

PDQ = "8c629e779a663698b9a33866c026726c21a679f61eb6e1f8c79ba7e23c8299e0"
ABOUT = ["--id", "own", "--source", "an authority"]


def overt(*arguments):
    return CliRunner().invoke(app, [str(one) for one in arguments])


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("coffee", "chelsea"):
        cv2.imwrite(str(folder / f"{name}.png"), getattr(data, name)()[..., ::-1])
    return folder


@pytest.fixture
def own(tmp_path, pictures):
    done = overt("hashes", "add", tmp_path / "own.set", pictures, *ABOUT, "--category", "2")
    assert done.exit_code == 0, done.output
    return tmp_path / "own.set"


def test_a_changed_copy_is_matched(tmp_path, own):
    """Scaled, mirrored, compressed: by likeness, with its category; the set holds no picture."""
    copy = np.ascontiguousarray(cv2.resize(data.coffee()[:, ::-1, ::-1], (300, 200), interpolation=cv2.INTER_AREA))
    cv2.imwrite(str(tmp_path / "copy.jpg"), copy)
    done = overt("hashes", "match", own, tmp_path / "copy.jpg", "--json")
    assert done.exit_code == 1
    told = [json.loads(line) for line in done.output.splitlines()]
    assert {one["kind"] for one in told} == {"pdq", "phash"}
    assert {(one["category"], one["how"]) for one in told} == {("2", "mirrored")}
    assert own.stat().st_size < 10_000


def test_the_same_bytes_match_by_file_hash(own, pictures):
    """MD5, SHA-1, SHA-256."""
    done = overt("hashes", "match", own, pictures / "coffee.png", "--json")
    assert {"md5", "sha1", "sha256"} <= {json.loads(line)["kind"] for line in done.output.splitlines()}


def test_another_picture_does_not_match(tmp_path, own):
    """Exit code 0."""
    cv2.imwrite(str(tmp_path / "other.png"), data.rocket())
    assert overt("hashes", "match", own, tmp_path / "other.png").exit_code == 0


def test_broken_pictures_are_told_and_the_rest_is_matched(tmp_path, own, pictures):
    """Empty, no picture, a claim of billions of pixels."""
    (pictures / "empty.jpg").write_bytes(b"")
    (pictures / "words.png").write_text("no picture")
    size = (60_000).to_bytes(4, "big")
    (pictures / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + size + size + b"\x08\x02\0\0\0")
    done = overt("hashes", "match", own, pictures)
    assert done.exit_code == 2
    for said in (
        "empty.jpg: the file is empty",
        "words.png: is no picture",
        "bomb.png: claims 60000 x 60000",
        "coffee.png",
    ):
        assert said in done.output


def test_export_and_import_again(tmp_path, own):
    """ThreatExchange's form there and back."""
    done = overt("hashes", "export", own, "--kind", "pdq")
    (tmp_path / "list.csv").write_text(done.output)
    again = overt("hashes", "import", tmp_path / "list.csv", "--out", tmp_path / "again.set", *ABOUT)
    assert again.exit_code == 0
    both = [read(path).columns[Kind.PDQ].hashes for path in (own, tmp_path / "again.set")]
    assert (both[0] == both[1]).all()


def test_low_quality_and_doubles_are_left_out(tmp_path):
    """Told, and not taken."""
    (tmp_path / "list.csv").write_text(f"{PDQ},100\n{PDQ},100\n{PDQ[::-1]},10\n")
    done = overt("hashes", "import", tmp_path / "list.csv", "--out", tmp_path / "x.set", *ABOUT)
    assert "1 PDQ hashes of a quality below 50 were left out" in done.output
    assert len(read(tmp_path / "x.set").columns[Kind.PDQ].hashes) == 1


def test_info(own):
    """Where it comes from, how many, which version."""
    told = json.loads(overt("hashes", "info", own, "--json").output)
    assert (told["set_id"], told["source"], told["hashes"]["pdq"]) == ("own", "an authority", 2)


@pytest.mark.parametrize("damage", ["cut", "changed", "words"])
def test_a_damaged_set_is_refused(tmp_path, own, damage):
    """Cut off, changed inside, or no set at all: one sentence, exit code 2."""
    data_ = own.read_bytes()
    if damage == "cut":
        own.write_bytes(data_[: len(data_) // 2])
    elif damage == "words":
        own.write_text("no set")
    else:
        changed = tmp_path / "changed"
        with zipfile.ZipFile(own) as old, zipfile.ZipFile(changed, "w") as new:
            for name in old.namelist():
                part = old.read(name)
                new.writestr(name, part[:-1] + bytes([part[-1] ^ 1]) if name == "pdq.hashes.npy" else part)
        changed.replace(own)
    done = overt("hashes", "info", own)
    assert done.exit_code == 2
    assert "own.set: " in done.output


def test_a_list_that_is_none(tmp_path):
    """File, line, what to do."""
    (tmp_path / "list").write_text("hello\n")
    done = overt("hashes", "import", tmp_path / "list", "--out", tmp_path / "x.set", *ABOUT)
    assert done.exit_code == 2
    assert "list:1: 5 characters are no hash we know: give --kind or --format" in done.output
    assert not (tmp_path / "x.set").exists()


def test_many_rows_there_and_back(tmp_path):
    """More rows than one block of category codes."""
    builder = Builder()
    for row in range(70_000):
        builder.add(Kind.MD5, row.to_bytes(16, "big"), str(row % 3))
    made = builder.build(About("many", "1", "test", "none"))
    write(tmp_path / "many.set", made)
    again = read(tmp_path / "many.set")
    assert again.digest == made.digest
    assert again.categories[again.columns[Kind.MD5].codes[69_998]] == str(69_998 % 3)

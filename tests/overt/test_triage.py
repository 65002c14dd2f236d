"""A stick as officers get them: known pictures packed and thumbnailed, words in documents, bombs, broken files."""

import gzip
import io
import json
import os
import signal
import struct
import subprocess
import sys
import tarfile
import zipfile
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from click.testing import Result
from skimage import data
from typer.testing import CliRunner

from engine.errors import PictureError
from evidence import envelope
from evidence.keys import OpeningKey
from overt.cli import app
from overt.hashes_exact import ExactIndex
from overt.picture_frames import frames_at_most, further
from overt.triage.embedded import in_mail, in_pdf
from overt.triage.items import Found, Item, ordered
from overt.triage.journal import Journal, JournalError
from overt.triage.recent import used_in
from overt.triage.thumbnails import cut_out, is_cache, original_of
from overt.triage.videos import sampled
from tests.waiting import wait_until

COFFEE = np.ascontiguousarray(data.coffee()[..., ::-1])
WORDS = "Hello,\nwhere can I buy a gun without a licence?\n"


def overt(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def encoded(ending: str, picture: np.ndarray) -> bytes:
    return bytes(cv2.imencode(ending, picture)[1].tobytes())


def small() -> np.ndarray:
    return np.asarray(cv2.resize(COFFEE, (256, 171), interpolation=cv2.INTER_AREA))


def thumbnail(original: str) -> bytes:
    """Return a freedesktop thumbnail: a PNG whose text names its original."""
    picture = encoded(".png", small())
    text = b"tEXtThumb::URI\0" + original.encode()
    return picture[:33] + struct.pack(">I", len(text) - 4) + text + bytes(4) + picture[33:]


def shortcut(target: str) -> bytes:
    """Return a Windows shortcut with a local path."""
    path = target.encode("cp1252") + b"\0"
    place = struct.pack("<7I", 28 + len(path) + 1, 28, 1, 28, 28, 0, 28 + len(path)) + path + b"\0"
    return b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F" + struct.pack("<I", 2) + bytes(52) + place


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a set with the hashes of one picture."""
    folder = tmp_path_factory.mktemp("set")
    (folder / "coffee.jpg").write_bytes(encoded(".jpg", COFFEE))
    about = ("--id", "known-a", "--source", "us", "--condition", "3")
    assert overt("hashes", "add", folder / "known.set", folder / "coffee.jpg", *about).exit_code == 0
    return folder / "known.set"


@pytest.fixture
def stick(tmp_path: Path, known: Path) -> Path:
    """Return a folder with one of everything."""
    stick = tmp_path / "stick"
    (stick / "cache").mkdir(parents=True)
    (stick / "holiday.jpg").write_bytes((known.parent / "coffee.jpg").read_bytes())
    (stick / "mirrored.png").write_bytes(encoded(".png", cv2.resize(COFFEE, (300, 200))[:, ::-1]))
    (stick / "rocket.png").write_bytes(encoded(".png", data.rocket()))
    (stick / "letter.txt").write_text(WORDS)
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("deep/a.jpg", (known.parent / "coffee.jpg").read_bytes())
        archive.writestr("deep/letter.txt", WORDS)
    with tarfile.open(stick / "backup.tar.gz", "w:gz") as archive:
        member = tarfile.TarInfo("inner.zip")
        member.size = len(inner.getvalue())
        archive.addfile(member, io.BytesIO(inner.getvalue()))
    (stick / "cache" / "a1b2.png").write_bytes(thumbnail("file:///home/x/gone.jpg"))
    (stick / "cache" / "thumbcache_96.db").write_bytes(b"CMMM" + bytes(90) + encoded(".jpg", small()) + bytes(70))
    (stick / "recently-used.xbel").write_text(
        '<xbel><bookmark href="file:///home/x/buy%20a%20gun.odt" visited="2026-06-01T10:00:00Z"></bookmark></xbel>'
    )
    (stick / "Recent.lnk").write_bytes(shortcut("C:\\docs\\buy a gun.docx"))
    (stick / "empty.jpg").write_bytes(b"")
    (stick / "broken.png").write_bytes(encoded(".png", small())[:90])
    (stick / "bomb.gz").write_bytes(gzip.compress(bytes(600 * 2**20), 1))
    (stick / "locked.7z").write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(40))
    return stick


def report(out: Path) -> dict[str, Any]:
    return json.loads((out / "report.json").read_text())


def by_name(told: dict[str, Any]) -> dict[str, Any]:
    return {Path(one["path"]).name: one for one in told["items"]}


def kinds(item: dict[str, Any]) -> set[str]:
    return {one["kind"] for one in item["found"]}


def test_everything_on_a_stick(stick: Path, known: Path, tmp_path: Path) -> None:
    """Each thing is found where it lies, by risk; what could not be looked at is named; the stick is as it was."""
    before = {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in stick.rglob("*")}
    out = tmp_path / "out"
    done = overt("triage", stick, "--out", out, "--sets", known, "--libraries", "weapons")
    assert done.exit_code == 1, done.output
    told = report(out)
    items = by_name(told)
    assert kinds(items["holiday.jpg"]) == {"known-file", "known-picture"}
    assert items["holiday.jpg"]["found"][0]["condition"] == "3"
    assert kinds(items["mirrored.png"]) == {"known-picture"}
    assert "mirrored, is a known one" in items["mirrored.png"]["found"][0]["says"]
    assert kinds(items["backup.tar.gz"]) == {"known-file", "known-picture", "words"}
    assert {one["inside"].split(",")[0] for one in items["backup.tar.gz"]["found"]} >= {"inner.zip/deep/a.jpg"}
    assert "It is a thumbnail of file:///home/x/gone.jpg" in items["a1b2.png"]["found"][0]["says"]
    assert items["thumbcache_96.db"]["found"][0]["inside"] == "thumbnail at byte 94"
    assert kinds(items["recently-used.xbel"]) == kinds(items["Recent.lnk"]) == {"recently-used"}
    assert "opened 2026-06-01" in items["recently-used.xbel"]["found"][0]["says"]
    assert "[buy a gun]" in " ".join(one["says"] for one in items["letter.txt"]["found"])
    assert "rocket.png" not in items
    for name, says in (
        ("empty.jpg", "empty"),
        ("broken.png", "damaged"),
        ("bomb.gz", "unpacks to more"),
        ("locked.7z", "7z"),
    ):
        assert says in " ".join(items[name]["problems"])
    severities = [one["severity"] for one in told["items"]]
    assert severities == sorted(severities, reverse=True)
    assert {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in stick.rglob("*")} == before
    page = (out / "report.html").read_text()
    assert "holiday.jpg" in page
    assert "condition 3 of the order" in page
    assert "<img" not in page
    assert "severity 5 · urgent" in done.output


def test_pictures_that_are_not_the_first(known: Path, tmp_path: Path) -> None:
    """A later frame of an animation or a video, a page of a scan, a picture in a PDF or a mail: each is found."""
    from PIL import Image  # noqa: PLC0415  (comes with scikit-image)

    stick = tmp_path / "stick"
    stick.mkdir()
    coffee, rocket, cat = (
        Image.fromarray(one()).resize((300, 200)) for one in (data.coffee, data.rocket, data.chelsea)
    )
    for name in ("moves.gif", "moves.webp", "scan.tif"):
        rocket.save(stick / name, save_all=True, append_images=[cat, coffee])
    coffee.save(stick / "scan.pdf")
    video = cv2.VideoWriter(str(stick / "clip.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10, (300, 200))
    for at in range(40):
        video.write(np.asarray(coffee if 20 <= at < 30 else rocket)[..., ::-1])
    video.release()
    mail = EmailMessage()
    mail.set_content("See the picture.")
    mail.add_attachment((known.parent / "coffee.jpg").read_bytes(), maintype="image", subtype="jpeg", filename="a.jpg")
    (stick / "letter.eml").write_bytes(mail.as_bytes())
    (stick / "phone.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(200))
    (stick / "broken.mp4").write_bytes(bytes(range(256)) * 9)
    with zipfile.ZipFile(stick / "packed.zip", "w") as archive:
        archive.writestr("inside.mp4", bytes(500))
    assert overt("triage", stick, "--out", tmp_path / "out", "--sets", known).exit_code == 1
    items = by_name(report(tmp_path / "out"))
    places = {name: {one["inside"] for one in items[name]["found"]} for name in items}
    assert places["moves.gif"] == places["moves.webp"] == {"frame 3"}
    assert places["scan.tif"] == {"page 3"}
    assert places["scan.pdf"] == {"picture 1"}
    assert places["letter.eml"] == {"a.jpg"}
    assert places["clip.avi"] == {"at 2 s"}
    for name, says in (("phone.heic", "HEIC"), ("broken.mp4", "cannot be decoded"), ("packed.zip", "a video inside")):
        assert says in items[name]["problems"][0]


def test_damaged_films_scans_and_mails_never_stop_a_pass(tmp_path: Path) -> None:
    """Cut anywhere, or with bytes changed: fewer pictures, never a crash; memory is bounded by what the file claims."""
    from PIL import Image  # noqa: PLC0415

    frames = [Image.fromarray(one).resize((60, 40)) for one in (data.rocket(), data.coffee(), data.astronaut())]
    source, wholes = np.random.default_rng(5), []
    for kind in ("GIF", "WEBP", "TIFF", "PNG", "PDF"):
        stream = io.BytesIO()
        frames[0].save(stream, kind, save_all=True, append_images=frames[1:])
        wholes.append(stream.getvalue())
    assert [len(list(further(whole))) for whole in wholes[:4]] == [2, 2, 2, 2]
    for whole in wholes:
        for _ in range(25):
            broken = bytearray(whole[: int(source.integers(1, len(whole)))])
            for at in source.integers(0, len(broken), 3):
                broken[at] = int(source.integers(0, 256))
            assert len(list(further(bytes(broken)))) <= frames_at_most(bytes(broken))
            assert all(picture for _, picture in in_pdf(bytes(broken)))
            list(in_mail(bytes(broken)))
    assert frames_at_most(b"GIF89a" + struct.pack("<HH", 9000, 9000) + bytes(20)) == 1
    (tmp_path / "cut.avi").write_bytes(b"RIFF\0\1\0\0AVI LIST" + bytes(300))
    with pytest.raises(PictureError, match="cannot be decoded"):
        list(sampled(tmp_path / "cut.avi"))


def test_the_report_is_sealed(stick: Path, known: Path, tmp_path: Path) -> None:
    """Only the case's key opens it, and with --sealed-only nothing else is left."""
    key = OpeningKey.generate(os.urandom)
    out = tmp_path / "out"
    done = overt(
        "triage", stick, "--out", out, "--sets", known, "--libraries", "weapons", "--case", "case-7", "--seal-to",
        key.public.hex(), "--sealed-only",
    )  # fmt: skip
    assert done.exit_code == 1, done.output
    assert {path.name for path in out.iterdir()} == {"report.ovt", "signer.txt"}
    sealed = (out / "report.ovt").read_bytes()
    assert b"holiday" not in sealed
    head = envelope.parse(sealed)
    envelope.verify(head, bytes.fromhex((out / "signer.txt").read_text()))
    assert (head.header.context.fields.case, head.header.context.fields.severity) == ("case-7", 5)
    parts = envelope.open_all(head, key, sealed)
    assert "holiday.jpg" in parts["report-json"].decode()
    assert parts["report-html"].startswith(b"<!doctype html>")


def test_a_pass_that_was_interrupted_goes_on(stick: Path, known: Path, tmp_path: Path) -> None:
    """Ctrl-C: exit code 3 and a report of what there is; the same command looks at the rest only."""
    for number in range(400):
        (stick / f"page-{number:03}.txt").write_text(WORDS + str(number))
    out = tmp_path / "out"
    command = [sys.executable, "-m", "overt", "triage", str(stick), "--out", str(out), "--libraries", "weapons"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    journal = out / "journal.jsonl"
    assert wait_until(lambda: journal.exists() and journal.read_bytes().count(b"\n") >= 20)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=240)[0]
    assert (process.returncode, "Interrupted. The same command goes on" in said) == (3, True)
    done_before = len(journal.read_text().splitlines()) - 1
    assert report(out)["interrupted"]
    with journal.open("a") as stream:
        stream.write('{"key": "half a li')  # the power went
    again = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    assert again.returncode == 1, again.stderr
    assert f"({done_before:,} of them in an earlier run)" in again.stdout
    assert not report(out)["interrupted"]
    assert sum("page-" in one["path"] for one in report(out)["items"]) == 400


def test_other_questions_do_not_go_on_with_old_answers(stick: Path, known: Path, tmp_path: Path) -> None:
    """A set more is another triage."""
    (stick / "bomb.gz").unlink()
    out = tmp_path / "out"
    overt("triage", stick, "--out", out, "--libraries", "weapons")
    done = overt("triage", stick, "--out", out, "--libraries", "weapons", "--sets", known)
    assert done.exit_code == 2
    assert "is of a triage with other sets" in done.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("STICK/none", "--out", "OUT"), "there is no such file or folder"),
        (("STICK", "--out", "STICK/report"), "which is only read"),
        (("STICK", "--out", "OUT", "--sealed-only"), "needs --seal-to"),
        (("STICK", "--out", "OUT", "--seal-to", "abc"), "abc: No such file"),
        (("STICK", "--out", "OUT", "--libraries", "nothing-like-this"), "no shipped library"),
    ],
)
def test_what_makes_no_sense_is_refused(stick: Path, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    """One sentence, exit code 2, and nothing was written."""
    filled = [word.replace("STICK", str(stick)).replace("OUT", str(tmp_path / "out")) for word in words]
    done = overt("triage", *filled)
    assert done.exit_code == 2
    assert said in done.output
    assert not (tmp_path / "out").exists()


def test_an_empty_folder_is_nothing_found(tmp_path: Path) -> None:
    """Exit code 0, and the report says so."""
    (tmp_path / "stick").mkdir()
    done = overt("triage", tmp_path / "stick", "--out", tmp_path / "out", "--libraries", "weapons")
    assert (done.exit_code, "Nothing was found." in done.output) == (0, True)


def test_risk_is_severity_first() -> None:
    """Then how many findings are that severe."""
    one = Found(5, "words", "a 1", "b")
    few, many = Item("few", 1, "", "", (one,)), Item("many", 1, "", "", (one, one))
    low = Item("low", 1, "", "", (Found(1, "words", "a 1", "b"),) * 9)
    assert [item.path for item in ordered([low, few, many, Item("none", 1, "", "")])] == ["many", "few", "low"]


def test_a_journal_of_something_else_is_refused(tmp_path: Path) -> None:
    """It is not written over."""
    (tmp_path / "j").write_text("hello\n")
    with pytest.raises(JournalError, match="damaged"):
        Journal(tmp_path / "j", "q")
    assert (tmp_path / "j").read_text() == "hello\n"


def test_thumbnail_caches_are_cut_up_whatever_they_hold() -> None:
    """Pictures between noise; beginnings without an end; nothing at all."""
    picture = encoded(".jpg", small())
    found = list(cut_out(b"\xff\xd8\xff\xe0no end" + bytes(9) + picture + b"x" + encoded(".png", small()) + picture))
    assert len(found) == 3
    assert list(cut_out(b"")) == []
    assert is_cache("Thumbs.db")
    assert not is_cache("thumbs.txt")
    assert original_of(picture) is None
    assert original_of(thumbnail("file:///a%20b.jpg")) == "file:///a b.jpg"
    assert original_of(b"\x89PNG\r\n\x1a\n" + b"\xff" * 20) is None


@pytest.mark.parametrize("cut", range(0, 130, 7))
def test_damaged_shortcuts_name_nothing_and_do_not_fail(cut: int) -> None:
    """Cut off anywhere."""
    whole = shortcut("C:\\docs\\a.docx")
    assert used_in(whole)[0].name == "C:\\docs\\a.docx"
    used_in(whole[:cut])


def test_exact_search_is_that_of_comparing_all() -> None:
    """Also where many hashes begin alike."""
    source = np.random.default_rng(3)
    rows = source.integers(0, 256, (5000, 20), dtype=np.uint8)
    rows[100:200, :8] = rows[0, :8]
    index = ExactIndex(rows)
    for at in (0, 100, 150, 4999):
        assert index.row_of(rows[at].tobytes()) == at
    assert index.row_of(rows[0, :8].tobytes() + bytes(12)) is None
    assert ExactIndex(rows[:0]).row_of(bytes(20)) is None

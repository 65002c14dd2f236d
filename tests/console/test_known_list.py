"""A list of known pictures that is matched in the officer's browser: the same answers as Python, and nothing sent."""

import json
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.image.hashing import Turn, from_hashes
from evidence.envelope import Part
from evidence.pictures import HashedPicture, PicturePlace
from evidence.record import CaptureRecord
from overt.hashes_set import About, Builder, Kind, write
from overt.hashes_work import Matcher
from tests.console.browser import logged_in, running
from tests.console.officer import Console
from tests.console.site import CaseSite, Seed
from tests.console.test_pure_modules import MODULES

SCRIPT = Path(__file__).parent / "js" / "known-list.test.mjs"
ABOUT = About("known-a", "2026-11", "An authority", "numbers")
PLACE = {"monitor": 0, "left": 16, "top": 32, "width": 200, "height": 100}


def made(path: Path, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Write a set of random hashes of both kinds; return them."""
    source = np.random.default_rng(rows)
    pdq, phash = (source.integers(0, 256, (rows, size), dtype=np.uint8) for size in (32, 8))
    builder = Builder()
    for row in range(rows):
        builder.add(Kind.PDQ, pdq[row].tobytes(), f"class {row % 3}")
        builder.add(Kind.PHASH, phash[row].tobytes(), f"class {row % 3}")
        builder.add(Kind.MD5, pdq[row].tobytes()[:16])
    write(path, builder.build(ABOUT))
    return pdq, phash


def flipped(value: bytes, bits: int, source: np.random.Generator) -> bytes:
    unpacked = np.unpackbits(np.frombuffer(value, np.uint8))
    unpacked[source.choice(len(unpacked), bits, replace=False)] ^= 1
    return np.packbits(unpacked).tobytes()


def expected(path: Path, pdq: np.ndarray, phash: np.ndarray) -> list[dict[str, Any]]:
    """Return pictures at every distance to the radius and beyond, in every lay, with what Python finds of them."""
    from overt.hashes_set import read  # noqa: PLC0415

    source, matcher, found = np.random.default_rng(4), Matcher([read(path)]), []
    for at in range(40):
        laid = from_hashes(pdq[at].tobytes(), phash[at].tobytes(), 100)
        turn = at % len(Turn)
        near = flipped(laid.pdq[turn].tobytes(), at, source)
        small = flipped(laid.phash[turn].tobytes(), at % 9, source)
        matches = [
            [
                f"{one.kind.value}-{one.row}",
                f"{one.kind.value}, distance {one.picture.distance}, {one.picture.turn.value}",
                one.category,
            ]
            for one in matcher.alike(from_hashes(near, small, 90), None)
            if one.picture is not None
        ]
        picture = {"place": PLACE, "pdq": near.hex(), "phash": small.hex(), "quality": 90}
        found.append({"picture": picture, "matches": matches})
    return found


def spoil(folder: Path, whole: Path) -> None:
    """Write files that are no sets: cut short, changed, of another form, and empty."""
    data = whole.read_bytes()
    (folder / "bad-empty.set").write_bytes(b"")
    (folder / "bad-text.set").write_text("hash,quality\n" * 100)
    (folder / "bad-cut.set").write_bytes(data[: len(data) // 2])
    middle = bytearray(data)
    middle[len(data) // 3] ^= 0xFF
    (folder / "bad-changed.set").write_bytes(middle)
    (folder / "bad-places.set").write_bytes(data[:-40] + b"\xff" * 18 + data[-22:])
    with zipfile.ZipFile(whole) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    about = json.loads(files["about.json"])
    for name, change in (
        ("bad-format.set", {"about.json": json.dumps(about | {"format": "overt-hashes-9"}).encode()}),
        ("bad-about.set", {"about.json": b"[1]"}),
        ("bad-severity.set", {"about.json": json.dumps(about | {"severity": 9}).encode()}),
        ("bad-categories.set", {"about.json": json.dumps(about | {"categories": []}).encode()}),
        ("bad-array.set", {"pdq.codes.npy": files["pdq.hashes.npy"]}),
    ):
        with zipfile.ZipFile(folder / name, "w") as archive:
            for inner, bytes_ in (files | change).items():
                archive.writestr(inner, bytes_)
    with zipfile.ZipFile(folder / "bad-packed.set", "w", zipfile.ZIP_DEFLATED) as archive:
        for inner, bytes_ in files.items():
            archive.writestr(inner, bytes_)


def test_the_browsers_code_finds_what_python_finds(tmp_path: Path) -> None:
    """By node's own runner: below and above the size from which on hashes are looked up, and files that are none."""
    files, modules = tmp_path / "files", tmp_path / "modules"
    files.mkdir()
    shutil.copytree(MODULES, modules)
    (modules / "package.json").write_text('{"type": "module"}', encoding="utf-8")  # as browsers read them
    told: dict[str, Any] = {}
    for name, rows in (("small.set", 60), ("large.set", 2500)):
        told[name] = expected(files / name, *made(files / name, rows))
    source = np.random.default_rng(8)
    told["lays"] = [
        {"hash": pdq.hex(), "lays": [row.tobytes().hex() for row in from_hashes(pdq, bytes(8), 100).pdq]}
        for pdq in (source.bytes(32) for _ in range(6))
    ]
    (files / "expected.json").write_text(json.dumps(told))
    spoil(files, files / "small.set")
    node = shutil.which("node") or shutil.which("nodejs")
    assert node, "node is not installed: run `make packages-test`, or apt-get install nodejs"
    environment = os.environ | {"MODULES": str(modules), "FILES": str(files)}
    done = subprocess.run(
        [node, "--test", str(SCRIPT)], env=environment, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:]
    count = re.search(r"^# pass (\d+)$|^ℹ pass (\d+)$", done.stdout, re.MULTILINE)
    assert count is not None
    assert int(count[1] or count[2]) >= 5


class HashedSite(CaseSite):
    """A case whose captures hold sealed hashes: the seed's title says which."""

    hashes: dict[str, HashedPicture]

    def parts(self, seed: Seed) -> list[Part]:
        """Return a capture with the hash that belongs to its title, where there is one."""
        meta, *pictures = super().parts(seed)
        record = CaptureRecord.from_bytes(meta.data)
        sealed = tuple(one for name, one in self.hashes.items() if name == seed.title)
        return [Part("meta", replace(record, pictures=sealed).to_bytes()), *pictures]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the site and the list are."""
    return tmp_path_factory.mktemp("known-list")


@pytest.fixture(scope="module")
def console(folder: Path) -> Iterator[Console]:
    """Return the review page of four captures: one holds a known picture, one that is folded below another does."""
    with closing(HashedSite(folder)) as site:
        pdq, phash = made(folder / "known-a.set", 300)
        source = np.random.default_rng(2)
        site.hashes = {
            name: HashedPicture(PicturePlace(**PLACE), near, far, 90)
            for name, near, far in (
                ("Gallery", flipped(pdq[7].tobytes(), 12, source), source.bytes(8)),
                ("Second of a group", flipped(pdq[8].tobytes(), 3, source), phash[8].tobytes()),
                ("Another picture", source.bytes(32), source.bytes(8)),
            )
        }
        site.add(
            [
                Seed("Gallery", "gun one", 4),
                Seed("First of a group", "gun two", 3, group="ab"),
                Seed("Second of a group", "gun two", 3, group="ab"),
                Seed("Another picture", "gun three", 3),
            ]
        )
        with running(site) as address, logged_in(site, address) as page:
            yield Console(site, page, address)


@pytest.mark.screen
def test_a_list_is_matched_in_the_browser_and_leaves_with_the_page(console: Console, folder: Path) -> None:
    """Found in every capture of every group, with set, row, distance; pictures are covered; it is not sent."""
    page = console.page
    console.restart()
    console.chosen()
    page.click("#show-picture")
    page.wait_for_selector("#picture:not(.veiled)")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.url} {request.post_data or ''}"))
    page.keyboard.press("l")
    page.set_input_files("#list-file", folder / "known-a.set")
    page.wait_for_selector("#list-said:has-text('compared')")
    said = page.inner_text("#list-said")
    assert "known-a 2026-11, 300 hashes: 2 captures of 4 hold a picture of the list (3 sealed hashes compared)" in said
    found = page.eval_on_selector_all("#list-found li", "all => all.map(one => one.textContent)")
    assert len(found) == 2
    assert any("category class 1: row pdq-7, pdq, distance 12, as it is, matched at review" in one for one in found)
    assert sent
    assert not any("known-a" in one for one in sent)
    assert all("open-to-match" in one for one in sent if "/v1/bundle" in one and "thumb" not in one)

    page.click("#list-filter")
    page.wait_for_selector("#summary:has-text('2 rows')")
    page.wait_for_selector("#detail[data-state=ready]")
    assert "differs from row 7 of the list known-a 2026-11 (An authority) in 12 of 256 bits" in page.inner_text(
        "#findings"
    )
    assert "A known picture. It is never shown here" in page.inner_text("#picture-warning")
    assert page.is_disabled("#show-picture")
    assert page.query_selector("#picture:not(.veiled)") is None
    assert "2 captures" in page.inner_text("#list-state")

    page.keyboard.press("l")
    page.click("#list-forget")
    page.keyboard.press("Escape")
    page.wait_for_selector("#findings:not(:has-text('known-a'))")
    assert not page.is_disabled("#show-picture")
    assert console.audited("open-to-match"), "the audit record says what the captures were opened for"


@pytest.mark.screen
def test_a_list_that_is_forgotten_opens_nothing_more(console: Console, folder: Path) -> None:
    """Forgotten while captures are under way: no error, no match, and nothing is asked for after it."""
    page = console.page
    console.restart()
    console.chosen()
    held: list[Any] = []
    bundles = re.compile("/v1/bundle")
    page.route(
        bundles, lambda route: held.append(route) if "match" in (route.request.post_data or "") else route.continue_()
    )
    page.keyboard.press("l")
    page.set_input_files("#list-file", folder / "known-a.set")
    console.wait_for(lambda: page.evaluate("1") == 1 and len(held) == 1)
    page.click("#list-forget")
    with page.expect_response(bundles):
        held[0].continue_()
    page.evaluate("new Promise((done) => setTimeout(done, 300))")  # what must not happen would
    page.unroute(bundles)
    assert len(held) == 1
    assert page.inner_text("#list-said") == "No list is loaded."
    assert page.evaluate("window.desk.opened.matches.size") == 0
    assert page.is_hidden("#problem")
    page.keyboard.press("Escape")


@pytest.mark.screen
def test_no_list_is_left_behind(console: Console, folder: Path) -> None:
    """A file that is none is named in words; after a reload, and in the browser's storage, no list is left."""
    page = console.page
    console.restart()
    console.chosen()
    page.keyboard.press("l")
    (folder / "notes.txt").write_text("no set at all " * 9)
    page.set_input_files("#list-file", folder / "notes.txt")
    page.wait_for_selector("#list-said:has-text('notes.txt')")
    assert "it is no set of hashes" in page.inner_text("#list-said")
    page.set_input_files("#list-file", folder / "known-a.set")
    page.wait_for_selector("#list-said:has-text('compared')")
    stored = page.evaluate(
        """async () => {
            const databases = await indexedDB.databases();
            const names = databases.map((one) => one.name);
            return JSON.stringify([names, {...localStorage}, {...sessionStorage}, await caches.keys()]);
        }"""
    )
    assert "known-a" not in stored
    assert "list" not in json.loads(stored)[0]
    page.reload()
    console.chosen()
    assert page.evaluate("window.desk.lists.list") is None
    assert page.is_hidden("#list-state")

"""`overt evidence report`: a case report out of a real export pack, with the checks on its first page."""

from contextlib import closing
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from re import sub

import pytest
from typer.testing import CliRunner, Result

from overt.commands.evidence import app
from tests.console import day
from tests.console.site import OFFICER, PASSPHRASE, CaseSite, Seed

MARKUP = "<script>alert(1)</script> gun"


@dataclass(frozen=True)
class Exported:
    """A pack with everything opened, and one in which nothing was."""

    pack: Path
    sealed: Path


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """Export a made-up day of a device."""
    root = tmp_path_factory.mktemp("case")
    (root / "passphrase").write_text(PASSPHRASE, encoding="utf-8")
    with closing(CaseSite(root)) as site:
        midnight = day.midnight(site.begin)
        hour = midnight + 9 * 3600
        site.add([Seed("Garden", "a glue gun", 2, seconds=hour - 600), Seed("Forum", MARKUP, 5, seconds=hour)])
        day.add_events(site, start=midnight)
        device = site.device
    pack, sealed = root / "pack", root / "sealed"
    export = ["export", "--data", str(root / "server"), "--device", device, "--out"]
    officer = ["--officer", OFFICER, "--passphrase-file", str(root / "passphrase")]
    assert CliRunner().invoke(app, [*export, str(pack), *officer]).exit_code == 0
    assert CliRunner().invoke(app, [*export, str(sealed)]).exit_code == 0
    return Exported(pack, sealed)


def report(pack: Path, out: Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["report", str(pack), "--out", str(out), *options])


def words(out: Path) -> str:
    """Return a report's words without its markup."""
    return " ".join(unescape(sub("<[^>]+>", " ", out.read_text(encoding="utf-8"))).split())


def test_a_report_says_what_was_checked_and_what_led_up_to_each_capture(exported: Exported, tmp_path: Path) -> None:
    """First the answer, then the captures, each with the sequence before it; observed markup stays words."""
    out = tmp_path / "report.html"
    done = report(exported.pack, out)
    assert done.exit_code == 0, done.output
    assert "shows 2 captures" in done.output
    said = words(out)
    assert "every check of the pack held" in said
    assert "Condition 3 2 captures with a finding under it" in said
    assert "What led up to it, in the hour before" in said
    second = said.partition("4.2 ")[2]
    assert "capture 0/0 Read on the screen: “a glue gun”" in second, (
        "the capture ten minutes before stands in the sequence"
    )
    assert "My brother used the laptop after lunch." in said.partition("5. What else")[2]
    assert "Who sat at the device." in said
    assert MARKUP in said
    assert "<script>" not in out.read_text(encoding="utf-8")


def test_only_the_captures_that_were_chosen(exported: Exported, tmp_path: Path) -> None:
    """One of two; the sums above still count both. A place that is not there is named, with what there is."""
    out = tmp_path / "report.html"
    assert report(exported.pack, out, "--capture", "0/1").exit_code == 0
    assert "Shown in this report 1 of these captures" in words(out)
    wrong = report(exported.pack, tmp_path / "other.html", "--capture", "0/99")
    assert wrong.exit_code == 2
    assert "no opened capture at 0/99" in wrong.output
    assert "The pack has 0/0, 0/1" in wrong.output
    assert not (tmp_path / "other.html").exists()


def test_a_pack_that_was_changed_is_reported_as_such(exported: Exported, tmp_path: Path) -> None:
    """One byte of one disclosed record: the first page says it, and the exit code is 1."""
    file = next(iter(sorted(exported.pack.glob("data/disclosed/*/*/meta.json"))))
    before = file.read_bytes()
    file.write_bytes(before.replace(b"glue", b"blue"))
    try:
        done = report(exported.pack, tmp_path / "report.html")
    finally:
        file.write_bytes(before)
    assert done.exit_code == 1
    assert "NOT every check of the pack held" in words(tmp_path / "report.html")


def test_what_cannot_be_reported_on_says_why(exported: Exported, tmp_path: Path) -> None:
    """No pack, nothing opened, a file that is there already: words, a hint, and nothing written over."""
    out = tmp_path / "report.html"
    for pack, says in ((exported.sealed, "no capture in it was opened"), (tmp_path, "is no export pack")):
        done = report(pack, out)
        assert done.exit_code == 2
        assert says in done.output
    out.write_text("mine", encoding="utf-8")
    assert report(exported.pack, out).exit_code == 2
    assert out.read_text(encoding="utf-8") == "mine"

"""`overt server checkpoint`: a daily signature that even the server cannot take back, and exports over several keys."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete
from typer.testing import CliRunner

from evidence.keys import OpeningKey
from evidence.pack import PackedRecord, disclose
from evidence.receipt import SignedReceipt
from overt.cli import app
from overt.evidence_check import check_store
from overt.evidence_store import Store
from server_stub.server import entropy
from server_stub.tables import Record
from tests.console.site import OFFICER, PASSPHRASE, CaseSite, Seed


@pytest.fixture
def site(tmp_path: Path) -> Iterator[CaseSite]:
    """Return a server with two captures."""
    with closing(CaseSite(tmp_path)) as made:
        made.add([Seed("One", "a gun"), Seed("Two", "another gun")])
        yield made


def checkpoint(site: CaseSite) -> dict[str, object]:
    """Run the command; return what it says of the one device."""
    done = CliRunner().invoke(app, ["server", "checkpoint", "--data", str(site.folder.root), "--json"])
    assert done.exit_code == 0, done.output
    found: list[dict[str, object]] = json.loads(done.output)["checkpoints"]
    assert len(found) == 1
    return found[0]


def test_it_signs_what_is_new_and_only_that(site: CaseSite) -> None:
    """A second run without new records adds nothing; a new record gives a second checkpoint."""
    assert checkpoint(site) | {"file": ""} == {"device": site.device, "records": 2, "file": "", "new": True}
    assert checkpoint(site)["new"] is False
    site.add([Seed("Three", "a third gun")])
    assert checkpoint(site)["records"] == 3
    (steps,) = [steps for _, _, steps in check_store(site.folder.root)]
    assert [(step.title, step.checked) for step in steps][-1] == ("Checkpoints", 2)
    assert all(step.holds for step in steps)


def test_a_record_taken_out_later_shows(site: CaseSite) -> None:
    """Cutting the end off leaves a perfect chain; the kept checkpoint finds it, and the server signs nothing new."""
    checkpoint(site)
    with site.server.database.writing() as session:
        session.execute(delete(Record).where(Record.seq == 1))
    (steps,) = [steps for _, _, steps in check_store(site.folder.root)]
    assert [step.title for step in steps if step.findings] == ["Checkpoints"]
    done = CliRunner().invoke(app, ["server", "checkpoint", "--data", str(site.folder.root)])
    assert done.exit_code == 2
    assert "fixes another history" in done.output


def test_captures_of_before_and_after_a_rotation_open(site: CaseSite) -> None:
    """An officer's older keys open what was sealed to them: nothing is lost by a new key."""
    with closing(Store(site.folder.root)) as store:
        device = store.device(site.device)
        (record, *_) = store.records(device)
        own = store.case_keys(device, OFFICER, PASSPHRASE)
        newer = OpeningKey.generate(entropy)
        assert disclose(record, [newer, *own]).words == disclose(record, own).words


def test_opening_with_no_key_is_refused() -> None:
    """An empty list of keys is a mistake, not a pass."""
    with pytest.raises(Exception, match="no key to open records with"):
        disclose(PackedRecord(0, 0, b"", SignedReceipt(b"", b"")), [])


def test_a_rotation_is_followed(site: CaseSite) -> None:
    """After `case rotate` the officer holds two keys, and the export opens what the first one sealed."""
    from server_stub.cases import rotate_key  # noqa: PLC0415

    rotate_key(site.server.database, site.case, now=datetime.now(UTC), entropy=entropy)
    with closing(Store(site.folder.root)) as store:
        device = store.device(site.device)
        keys = store.case_keys(device, OFFICER, PASSPHRASE)
        assert len(keys) == 2
        assert all(disclose(record, keys).words for record in store.records(device))

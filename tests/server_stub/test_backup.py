"""A backup that is made while records come in restores to a server that verifies, from either database to either."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from overt.commands.server import app
from overt.evidence_check import check_store
from server_stub import backup, updates
from server_stub.errors import SetupError, StoreError
from server_stub.folder import ServerFolder
from server_stub.server import open_server
from server_stub.setup import OfflineFolder
from server_stub.tables import Record
from tests.console.site import CaseSite, Seed
from tests.server_stub.conftest import NewDatabase

NOW = datetime.now(UTC)


@pytest.fixture
def site(tmp_path: Path, new_database: NewDatabase) -> Iterator[CaseSite]:
    """Return a server with some captures on each kind of database."""
    with closing(CaseSite(tmp_path / "site", database=new_database())) as found:
        found.add([Seed(f"Page {number}", "a gun") for number in range(5)])
        yield found


def back_up(site: CaseSite, target: Path) -> backup.Backup:
    return backup.back_up(site.server, target, now=NOW, progress=lambda _done, _total: None)


def restore(source: Path, target: Path, database: str) -> backup.Backup:
    told: list[tuple[int, int]] = []
    made = backup.restore(
        source, ServerFolder(target), database=database, now=NOW, progress=lambda *at: told.append(at)
    )
    assert told[-1] == (made.records, made.records)
    return made


def verified(root: Path) -> int:
    """Verify every record of a server's folder; return how many there are."""
    findings = [finding for _, _, steps in check_store(root) for step in steps for finding in step.findings]
    assert findings == []
    with closing(open_server(ServerFolder(root)).database) as database, database.reading() as session:
        return session.scalar(select(func.count()).select_from(Record)) or 0


def test_a_backup_while_records_come_in_restores_to_a_server_that_verifies(
    site: CaseSite, tmp_path: Path, new_database: NewDatabase
) -> None:
    """Records before it are all in it, chains whole, and the restored server takes the next record of the chain."""
    sealed = [(site.seal(Seed("While it runs", "a gun")), site.last_place) for _ in range(60)]
    stored, go_on = threading.Event(), threading.Event()

    def ingest() -> None:
        for number, (one, place) in enumerate(sealed):
            site.server.ingest.put(place, one.envelope, digest=one.digest, now=site.begin)
            if number == 5:
                stored.set()
            if number == 50:
                go_on.wait(60)

    writer = threading.Thread(target=ingest)
    writer.start()
    assert stored.wait(60)
    back_up(site, tmp_path / "backup")
    go_on.set()
    writer.join()
    made = restore(tmp_path / "backup", tmp_path / "restored", new_database())
    assert 11 <= made.records < 65
    assert verified(tmp_path / "restored") == made.records
    with closing(open_server(ServerFolder(tmp_path / "restored")).database) as database:
        server = open_server(ServerFolder(tmp_path / "restored"))
        one, place = sealed[made.records - 5]
        assert server.ingest.put(place, one.envelope, digest=one.digest, now=site.begin).new
        server.database.close()
        assert database.schema().is_current


def test_an_agency_that_outgrows_one_machine_moves_by_backup(
    site: CaseSite, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """From a file to PostgreSQL, and back."""
    back_up(site, tmp_path / "backup")
    away = request.getfixturevalue("cluster").make_database() if site.server.database.is_sqlite else ""
    assert restore(tmp_path / "backup", tmp_path / "moved", away).records == 5
    assert verified(tmp_path / "moved") == 5
    moved = open_server(ServerFolder(tmp_path / "moved"))
    assert moved.database.is_sqlite is not site.server.database.is_sqlite
    sealed = site.seal(Seed("After the move", "a gun"))
    moved.ingest.put(site.last_place, sealed.envelope, digest=sealed.digest, now=site.begin)
    with moved.database.reading() as session:
        assert session.scalar(select(func.max(Record.id))) == 6, "numbers go on after the copied rows"
    moved.database.close()


def test_published_libraries_come_with_the_backup(site: CaseSite, tmp_path: Path) -> None:
    """The restored server shows the same root and goes on from the same set: no device takes it for a rollback."""
    key = OfflineFolder(site.folder.root.with_name("offline")).updates_targets_key()
    updates.publish(site.folder, site.case, {"policy.toml": b""}, targets_key=key, now=datetime.now(UTC))
    back_up(site, tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "new", "")
    restored = ServerFolder(tmp_path / "new")
    assert updates.root_of(restored) == updates.root_of(site.folder)
    assert updates.published(restored, site.case) == updates.published(site.folder, site.case)


def test_a_damaged_envelope_is_found_while_it_is_copied(site: CaseSite, tmp_path: Path) -> None:
    """The backup is not finished then, and is no backup; repaired, it goes on where it was."""
    with site.server.database.reading() as session:
        digest = session.scalars(select(Record.digest).order_by(Record.id.desc())).first()
    assert digest is not None
    path = site.folder.blobs / digest[:2] / digest
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(StoreError, match="is damaged"):
        back_up(site, tmp_path / "backup")
    with pytest.raises(SetupError, match="no finished backup"):
        restore(tmp_path / "backup", tmp_path / "restored", "")
    path.write_bytes(whole)
    assert back_up(site, tmp_path / "backup").records == 5
    with pytest.raises(SetupError, match="holds a backup already"):
        back_up(site, tmp_path / "backup")


def test_a_changed_backup_is_not_restored(site: CaseSite, tmp_path: Path) -> None:
    """An audit chain that was cut or changed in the backup: no server is made of it."""
    back_up(site, tmp_path / "backup")
    with closing(sqlite3.connect(tmp_path / "backup" / "records.db")) as rows:
        rows.execute("DELETE FROM audit WHERE seq = (SELECT MAX(seq) FROM audit)")
        rows.commit()
    with pytest.raises(StoreError, match="audit chain"):
        restore(tmp_path / "backup", tmp_path / "restored", "")
    with pytest.raises(SetupError, match="no server"):
        open_server(ServerFolder(tmp_path / "restored"))


def test_doctor_says_what_is_wrong_and_what_to_do(site: CaseSite) -> None:
    """Whole: exit code 0. A missing envelope, keys that others may read, an older schema: 1, each with advice."""
    site.close()
    ask = ["doctor", "--json", "--data", str(site.folder.root)]
    told = CliRunner().invoke(app, ask)
    assert told.exit_code == 0, told.output
    site.folder.receipt_key_file.chmod(0o644)
    next(path for path in site.folder.blobs.rglob("*") if path.is_file()).unlink()
    told = CliRunner().invoke(app, ask)
    bad = {one["name"]: one["advice"] for one in json.loads(told.output)["checks"] if one["state"] == "bad"}
    assert told.exit_code == 1
    assert set(bad) == {"private", "envelopes"}
    assert all(bad.values())
    older = CliRunner().invoke(app, ["migrate", "--to", "0006", "--data", str(site.folder.root)])
    assert older.exit_code == 0, older.output
    assert CliRunner().invoke(app, ["migrate", "--check", "--data", str(site.folder.root)]).exit_code == 1
    assert "overt server migrate" in CliRunner().invoke(app, ask).output

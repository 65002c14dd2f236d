"""Checkpoints are the database's: what an older server kept as files is taken in, once, and goes on from there."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete

from evidence.checkpoint import SERVER_NAME, NamedKey, verify_checkpoint
from evidence.keys import verifying_key
from evidence.merkle import check_consistency
from server_stub import checkpoints
from server_stub.errors import UnacceptableError
from server_stub.tables import CheckpointLeaves, KeptCheckpoint, Record, columns_of
from tests.console.site import CaseSite, Seed


def forget_rows(site: CaseSite) -> None:
    """Leave the files alone, as a server before schema 0021 had them."""
    with site.server.database.writing() as session:
        found = session.get_one(CheckpointLeaves, site.device)
        (site.folder.checkpoints / site.device / checkpoints.LEAVES).write_bytes(found.leaves)
        session.delete(found)
        session.execute(delete(columns_of(KeptCheckpoint)))


def test_files_of_an_older_server_are_taken_in(tmp_path: Path) -> None:
    """The next checkpoint goes on from the one in the file, with a proof; noise beside it does no harm."""
    with closing(CaseSite(tmp_path)) as site:
        site.add([Seed("A page", "a gun")] * 2)
        (first,) = checkpoints.sign_all(site.folder, site.server.database, now=datetime.now(UTC))
        forget_rows(site)
        assert checkpoints.kept(site.server.database, site.device) == []
        for _ in range(2):
            site.reopen()
            assert checkpoints.kept(site.server.database, site.device) == [(first.file.name, first.file.read_bytes())]
        site.add([Seed("A page", "a gun")] * 3)
        (second,) = checkpoints.sign_all(site.folder, site.server.database, now=datetime.now(UTC))
        going_on = checkpoints.continued(site.server.database, site.device, 2)
        assert going_on is not None
        own = NamedKey(SERVER_NAME, verifying_key(site.folder.receipt_key()))
        old, new = (verify_checkpoint(one, own) for one in (first.file.read_bytes(), going_on.note))
        assert (old.size, new.size, second.records) == (2, 5, 5)
        check_consistency(old.size, new.size, old.root, new.root, going_on.proof)


def test_a_history_that_was_changed_is_not_signed(tmp_path: Path) -> None:
    """A record that is gone since the last checkpoint: nothing is signed, and it is said which checkpoint it is."""
    with closing(CaseSite(tmp_path)) as site:
        site.add([Seed("A page", "a gun")] * 2)
        checkpoints.sign_all(site.folder, site.server.database, now=datetime.now(UTC))
        with site.server.database.writing() as session:
            session.execute(delete(columns_of(Record)).where(columns_of(Record).c.seq == 1))
        with pytest.raises(UnacceptableError, match="fixes another history"):
            checkpoints.sign_all(site.folder, site.server.database, now=datetime.now(UTC))

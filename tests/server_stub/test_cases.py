"""Who can open a case: officers join with one wrap, leave with a change of key, and nobody gets in by guessing."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from evidence import pack
from evidence.errors import EvidenceError, PassphraseError
from evidence.keys import OpeningKey
from overt.evidence_files import InputError
from overt.evidence_store import Store
from server_stub import cases
from server_stub.errors import NotFoundError, UnacceptableError
from server_stub.server import entropy
from tests.console.site import OFFICER, PASSPHRASE, CaseSite, Seed
from tests.server_stub.conftest import NewDatabase

NEW, NEW_PASSPHRASE = "lee", "five other plain words here"


@pytest.fixture
def site(tmp_path: Path, new_database: NewDatabase) -> Iterator[CaseSite]:
    """Return a server with one officer on the case, and another who is not."""
    with closing(CaseSite(tmp_path, database=new_database())) as found:
        found.server.officers.add(NEW, NEW_PASSPHRASE, now=datetime.now(UTC), entropy=entropy)
        found.add([Seed("A page", "a gun")])
        yield found


def add(site: CaseSite, passphrase: str = PASSPHRASE) -> int:
    now = datetime.now(UTC)
    return cases.add_officer(site.server.database, site.case, NEW, by=OFFICER, passphrase=passphrase, now=now)


def key_of(site: CaseSite, officer: str, passphrase: str) -> OpeningKey:
    """Return the newest key of the case as an officer opens it."""
    with closing(Store(site.folder.root)) as store:
        return store.case_keys(store.device(site.device), officer, passphrase)[0]


def opens(site: CaseSite, seq: int, key: OpeningKey) -> bool:
    """Return whether a key opens a record."""
    with closing(Store(site.folder.root)) as store:
        record = list(store.records(store.device(site.device)))[seq]
    try:
        pack.disclose(record, [key])
    except EvidenceError:
        return False
    return True


def test_a_new_officer_opens_what_was_captured_before(site: CaseSite) -> None:
    """One wrap a key; the older captures are his as well."""
    assert add(site) == 1
    assert opens(site, 0, key_of(site, NEW, NEW_PASSPHRASE))


def test_without_being_added_there_is_no_key(site: CaseSite) -> None:
    """An account alone opens nothing."""
    with pytest.raises(InputError, match="no officer of case"):
        key_of(site, NEW, NEW_PASSPHRASE)


def test_a_wrong_passphrase_adds_nobody(site: CaseSite) -> None:
    """Nothing is written then."""
    with pytest.raises(PassphraseError):
        add(site, "not the passphrase at all")
    with pytest.raises(InputError):
        key_of(site, NEW, NEW_PASSPHRASE)


def test_who_leaves_cannot_open_what_comes_after(site: CaseSite) -> None:
    """He keeps what he may have copied; the case's new key he never had. Who stays opens both."""
    add(site)
    old = key_of(site, NEW, NEW_PASSPHRASE)
    assert cases.remove_officer(site.server.database, site.case, NEW, now=datetime.now(UTC), entropy=entropy) == 1
    with pytest.raises(InputError):
        key_of(site, NEW, NEW_PASSPHRASE)
    site.use_newest_key()
    site.add([Seed("A later page", "a gun")])
    staying = key_of(site, OFFICER, PASSPHRASE)
    assert opens(site, 1, staying)
    assert not opens(site, 1, old)
    assert not opens(site, 0, staying), "the older record wants the older key, which he holds beside the new one"


def test_the_last_officer_stays(site: CaseSite) -> None:
    """Otherwise nobody could open anything."""
    with pytest.raises(UnacceptableError, match="only officer"):
        cases.remove_officer(site.server.database, site.case, OFFICER, now=datetime.now(UTC), entropy=entropy)


def test_unknown_names_are_told(site: CaseSite) -> None:
    """No such officer, no such case."""
    now = datetime.now(UTC)
    with pytest.raises(NotFoundError, match="no officer called"):
        cases.remove_officer(site.server.database, site.case, "nobody", now=now, entropy=entropy)
    with pytest.raises(NotFoundError, match="no case"):
        cases.rotate_key(site.server.database, "case-0", now=now, entropy=entropy)

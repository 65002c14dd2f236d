"""Retention: what is due and when, who decides, what stays, and that the chain verifies whatever is cut off when."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evidence.destruction import read_destruction
from evidence.keys import verifying_key
from overt.evidence_check import check_pack, check_store
from overt.evidence_export import export
from overt.evidence_store import Store
from server_stub import approvals, teams
from server_stub.access import Principal, Role
from server_stub.accounts import at_the_machine
from server_stub.approvals import Kind
from server_stub.audit import broken_places
from server_stub.decisions import Disposition, Wish
from server_stub.errors import NotFoundError, StoreError, UnacceptableError
from server_stub.jobs import Worker
from server_stub.place import Place
from server_stub.queue import Filter
from server_stub.retention import UNDO_TIME, Retention
from server_stub.server import entropy
from server_stub.tables import AuditEntry, Destruction, Officer, Record
from server_stub.work import handlers
from tests.console.site import PASSPHRASE, CaseSite, Seed
from tests.server_stub.conftest import NewDatabase

DAY = timedelta(days=1)


@pytest.fixture
def site(tmp_path: Path, new_database: NewDatabase) -> Iterator[CaseSite]:
    """Return a server with six captures on each kind of database, three of them in one group."""
    with closing(CaseSite(tmp_path, database=new_database())) as found:
        found.add([Seed(f"Page {number}", "a gun", 3, "5a" if number < 3 else "") for number in range(6)])
        yield found


def kim(site: CaseSite, now: datetime) -> Principal:
    with site.server.database.reading() as session:
        return Principal(session.query(Officer).filter_by(name="kim").one().id, "", Role.OFFICER, now)


def decide(site: CaseSite, disposition: Disposition, *numbers: int, name: str = "ab") -> None:
    places = [Place(site.device, 0, number) for number in numbers]
    who = kim(site, site.begin)
    assert site.server.decisions.decide(who, Wish(name * 16, disposition, places, None), now=site.begin)


def work(site: CaseSite, now: datetime) -> None:
    """Do what is due, as a running server does."""
    assert Worker(site.server.database, handlers(site.server), clock=lambda: now).run_due() > 0


def verified(site: CaseSite) -> dict[str, int]:
    """Verify the whole store; return how many things each step looked at."""
    for _, _, steps in check_store(site.folder.root):
        assert [finding for step in steps for finding in step.findings] == []
        return {step.title: step.checked for step in steps}
    raise AssertionError("no device")


def whole(site: CaseSite) -> list[int]:
    """Return the numbers of the records whose envelopes can be read."""
    with site.server.database.reading() as session:
        rows = session.query(Record.seq, Record.digest).order_by(Record.seq).all()
    found = []
    for seq, digest in rows:
        try:
            site.server.blobs.read(digest)
        except StoreError:
            continue
        found.append(seq)
    return found


def test_nothing_is_due_without_a_rule_or_before_its_time(site: CaseSite) -> None:
    """What has no rule is kept for ever; a rule counts from the decision, and only while it stands alone."""
    retention = site.server.retention
    decide(site, Disposition.FALSE_ALARM, 0, 1)
    assert retention.due(now=site.begin + 999 * DAY) == []
    retention.set_rules({"false-alarm": 30}, by=kim(site, site.begin))
    assert retention.due(now=site.begin + 30 * DAY) == []
    [due] = retention.due(now=site.begin + 30 * DAY + timedelta(seconds=1))
    assert (due.case, due.record_class, due.records, due.held) == (site.case, "false-alarm", 2, False)
    decide(site, Disposition.BREACH, 0, name="cd")
    assert retention.due(now=site.begin + 31 * DAY)[0].records == 1
    retention.set_rules({"false-alarm": None}, by=kim(site, site.begin))
    assert retention.due(now=site.begin + 31 * DAY) == []
    for days in ({"false-alarm": 0}, {"all": 3}):
        with pytest.raises(UnacceptableError):
            retention.set_rules(days, by=kim(site, site.begin))


def test_what_is_due_goes_when_somebody_decides_and_the_chain_still_verifies(site: CaseSite, tmp_path: Path) -> None:
    """Content gone, heads and receipts there, a certificate that names each record, the checkpoints as before.

    A pack of the device has the certificate in it.
    """
    retention, later = site.server.retention, site.begin + 31 * DAY
    decide(site, Disposition.FALSE_ALARM, 0, 1, 4)
    retention.set_rules({"false-alarm": 30}, by=kim(site, site.begin))
    begun = retention.destroy_due(site.case, by=kim(site, later))
    assert (begun.records, whole(site)) == (3, [0, 1, 2, 3, 4, 5])
    with pytest.raises(NotFoundError):
        retention.certificate(begun.destruction)
    with pytest.raises(NotFoundError, match="nothing of"):
        retention.destroy_due(site.case, by=kim(site, later))
    work(site, later)
    assert whole(site) == [2, 3, 5]
    told = verified(site)
    assert (told["Records"], told["Chain"], told["Tombstones"]) == (6, 6, 3)
    done = read_destruction(retention.certificate(begun.destruction), verifying_key(site.folder.receipt_key()))
    assert ([one.seq for one in done.records], done.reason) == ([0, 1, 4], "retention")
    rows = site.server.queue.rows(kim(site, later), Filter.ALL, now=later)
    assert sorted(row.captures for row in rows) == [1, 1, 1]
    assert {row.place.seq for row in rows} == {2, 3, 5}
    with pytest.raises(NotFoundError):
        site.server.review.head(kim(site, later), Place(site.device, 0, 0), now=later)
    with site.server.database.reading() as session:
        assert not list(broken_places(session))
    with closing(Store(site.folder.root)) as store:
        device = store.device(site.device)
        export(store, device, tmp_path / "pack", keys_to_open=[], now=later, tell=lambda _done, _total: None)
    steps = {step.title: step for step in check_pack(tmp_path / "pack", [])[1]}
    assert (steps["Tombstones"].checked, steps["Tombstones"].findings) == (3, ())


def test_content_that_is_gone_without_a_certificate_is_a_finding(site: CaseSite) -> None:
    """A tombstone that somebody put there, or whose certificate somebody took away."""
    retention, later = site.server.retention, site.begin + 31 * DAY
    retention.set_rules({"undecided": 30}, by=kim(site, site.begin))
    retention.destroy_due(site.case, by=kim(site, later))
    work(site, later)
    with site.server.database.writing() as session:
        session.query(Destruction).update({"certificate": None})
    findings = [one for _, _, steps in check_store(site.folder.root) for step in steps for one in step.findings]
    assert len(findings) == 6
    assert "no certificate of destruction names it" in findings[0].sentence


def test_third_party_material_goes_by_itself_unless_undone(site: CaseSite) -> None:
    """Minutes after the decision; taken back in time, or under a hold, it stays."""
    decide(site, Disposition.THIRD_PARTY, 3)
    decide(site, Disposition.THIRD_PARTY, 5, name="cd")
    site.server.decisions.undo(kim(site, site.begin), "cd" * 16, now=site.begin)
    assert Worker(site.server.database, handlers(site.server), clock=lambda: site.begin).run_due() == 0
    work(site, site.begin + UNDO_TIME + timedelta(seconds=1))
    assert whole(site) == [0, 1, 2, 4, 5]
    assert verified(site)["Tombstones"] == 1


def test_a_hold_keeps_everything(site: CaseSite) -> None:
    """Nothing is destroyed by decision or by its time, also what was decided before the hold; released, it may."""
    retention, later = site.server.retention, site.begin + 31 * DAY
    retention.set_rules({"undecided": 30}, by=kim(site, site.begin))
    retention.destroy_due(site.case, by=kim(site, later))
    hold = retention.hold(site.case, "A hearing", by=kim(site, later))
    work(site, later)
    assert whole(site) == [0, 1, 2, 3, 4, 5]
    assert retention.due(now=later)[0].held
    with pytest.raises(UnacceptableError, match="legal hold"):
        retention.destroy_due(site.case, by=kim(site, later))
    retention.release(hold, by=kim(site, later))
    assert retention.destroy_due(site.case, by=kim(site, later)).records == 6


CUT = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from server_stub.blobs_folder import BlobFolder
from server_stub.folder import ServerFolder
from server_stub.jobs import Worker
from server_stub.server import open_server
from server_stub.work import handlers

calls, last = [0], int(sys.argv[2])
delete = BlobFolder.delete

def cut(self, digest):
    calls[0] += 1
    if calls[0] > last:
        os.kill(os.getpid(), 9)
    delete(self, digest)

BlobFolder.delete = cut
server = open_server(ServerFolder(Path(sys.argv[1])))
Worker(server.database, handlers(server), clock=lambda: datetime.fromisoformat(sys.argv[3])).run_due()
"""


@pytest.mark.parametrize("gone", [0, 2, 5])
def test_kill_in_the_middle_of_a_destruction_leaves_it_to_be_finished(site: CaseSite, gone: int) -> None:
    """kill -9 after some envelopes: the store verifies as far as it got, and the next process finishes it."""
    retention, later = site.server.retention, datetime.now(UTC) + 31 * DAY
    retention.set_rules({"undecided": 30}, by=kim(site, site.begin))
    begun = retention.destroy_due(site.case, by=kim(site, later))
    command = [sys.executable, "-c", CUT, str(site.folder.root), str(gone), later.isoformat()]
    ended = subprocess.run(command, check=False, env=dict(os.environ))
    assert ended.returncode == -9
    assert len(whole(site)) == 6 - gone
    with pytest.raises(NotFoundError):
        retention.certificate(begun.destruction)
    work(site, later + timedelta(minutes=6))  # who died held it for five
    assert whole(site) == []
    assert verified(site)["Tombstones"] == 6


def test_a_store_that_fails_leaves_it_to_be_tried_again(site: CaseSite) -> None:
    """The job waits and is done later; nothing is certified before all of it is gone."""

    class Stuck:
        def put(self, digest: str, data: bytes) -> None: ...
        def check(self) -> None: ...
        def read(self, digest: str, start: int = 0, length: int | None = None) -> bytes:
            return site.server.blobs.read(digest, start, length)

        def delete(self, digest: str) -> None:
            raise StoreError("not now")

    later = site.begin + 31 * DAY
    site.server.retention.set_rules({"undecided": 30}, by=kim(site, site.begin))
    begun = site.server.retention.destroy_due(site.case, by=kim(site, later))
    stuck = Retention(site.server.database, Stuck(), site.folder.receipt_key())
    assert Worker(site.server.database, {"destroy": stuck.work}, clock=lambda: later).run_due() == 1
    with pytest.raises(NotFoundError):
        site.server.retention.certificate(begun.destruction)
    work(site, later + timedelta(minutes=2))
    assert whole(site) == []
    assert site.server.retention.certificate(begun.destruction)


def test_destroying_takes_four_eyes_where_the_server_demands_them(site: CaseSite) -> None:
    """Not without a request, not with one's own word, not for another case, once; every step is in the record."""
    now = site.begin + 40 * DAY
    server = site.server
    server.officers.add("sam", PASSPHRASE, now=site.begin, entropy=entropy, role=Role.SUPERVISOR)
    server.officers.add("lee", PASSPHRASE, now=site.begin, entropy=entropy)
    machine = at_the_machine(now)
    teams.add_team(server.database, machine, "north")
    teams.join(server.database, machine, "north", "sam")
    teams.give_case(server.database, machine, site.case, "north")
    server.retention.set_rules({"undecided": 30}, by=machine)
    server.approvals.set_needed(machine, needed=True)
    asker, second, foreign = (asking(site, name, now) for name in ("kim", "sam", "lee"))
    with pytest.raises(NotFoundError):
        server.retention.destroy_due(site.case, by=foreign)
    with pytest.raises(UnacceptableError, match="four eyes"):
        server.retention.destroy_due(site.case, by=asker)
    wish = approvals.Wish(Kind.DELETION, site.case, approvals.plain_details(Kind.DELETION, site.case), "Time is over")
    request = server.approvals.ask(asker, wish)
    with pytest.raises(UnacceptableError, match="waiting"):
        server.retention.destroy_due(site.case, by=asker, request=request)
    with pytest.raises(NotFoundError):
        server.approvals.decide(asker, request, approve=True)
    server.approvals.decide(second, request, approve=True)
    assert server.retention.destroy_due(site.case, by=asker, request=request).records == 6
    with pytest.raises((UnacceptableError, NotFoundError)):
        server.retention.destroy_due(site.case, by=asker, request=request)
    work(site, now)
    assert whole(site) == []
    with server.database.reading() as session:
        actions = [(row.action, row.outcome) for row in session.query(AuditEntry).order_by(AuditEntry.seq)]
    for step in ("ask-deletion", "approve-deletion", "decide-to-destroy-retention", "destroy-retention"):
        assert (step, "done") in actions
    assert ("destroy", "refused") in actions


def test_what_was_destroyed_is_no_member_of_its_group_any_more(site: CaseSite) -> None:
    """One of three goes: the group lists two, and the queue counts two."""
    decide(site, Disposition("third-party"), 1)
    later = site.begin + UNDO_TIME + DAY
    work(site, later)
    who = kim(site, later)
    row = next(one for one in site.server.queue.rows(who, Filter.ALL, now=later) if one.captures > 1)
    members = site.server.queue.members(who, [row.id], now=later)[row.id]
    assert row.captures == len(members) == 2
    assert [one.place.seq for one in members] == [0, 2]


def asking(site: CaseSite, name: str, now: datetime) -> Principal:
    """Return an account that has logged in."""
    with site.server.database.reading() as session:
        row = session.query(Officer).filter_by(name=name).one()
        return Principal(row.id, "", Role(row.role), now)

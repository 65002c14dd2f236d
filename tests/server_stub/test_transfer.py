"""A case moves to another agency's server: two real servers, a device that follows, and what must not work."""

import json
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent import handover
from agent.clock import SystemClock
from agent.errors import DeliveryError, HandoverRefusedError, RefusedError
from agent.transport import HttpTransport
from agent.updates import Updates
from agent.witness import Witness
from evidence.envelope import parse
from evidence.handover import read_handover, sign_handover
from evidence.header import Kind
from evidence.keys import generate_signing_key
from overt.agent_run import Agent
from overt.agent_updates import AgentUpdates
from overt.agent_upkeep import make_upkeep
from server_stub import accounts, audit_search
from server_stub.access import Principal, Role
from server_stub.decisions import Disposition, Wish
from server_stub.jobs import Worker
from server_stub.people import AbsenceWish
from server_stub.place import Place
from server_stub.retention import UNDO_TIME
from server_stub.server import entropy
from server_stub.tables import Absence, HandoverFile, Officer, Table, columns_of
from server_stub.transfer import belonging
from server_stub.transfer.rows import HISTORY
from server_stub.work import handlers
from tests.console.site import PASSPHRASE, CaseSite, Seed
from tests.postgres import Cluster
from tests.server_stub.moving import RECEIVER, Agencies, Computer, overt, refused, told, two_agencies

AWAY = "ef" * 16
STAYS = {
    "cases": "what the receiving server needs of it is in the parcel's list",
    "case_wraps": "the keys, sealed to the invited officers anew",
    "recovery_wraps": "the keys, sealed to the other agency's recovery key anew",
    "covers": "who stands in for whom is each agency's own", "cover_wraps": "the same",
    "alert_rules": "whom to call is each agency's own", "alerts": "who was called there",
    "approvals": "what was asked for there", "enrolment_codes": "good for minutes, at one server",
    "departures": "where it went", "arrivals": "where it came from", "preparations": "what was copied here",
    "checkpoints": "they go as files of the parcel", "checkpoint_leaves": "the first checkpoint there makes its own",
    "running_sets": "the device says it again", "presence": "counted anew out of the records",
    "silences": "judged anew",
}  # fmt: skip
"""Tables with rows of a case that do not go with it, and why."""


@pytest.fixture
def agencies(tmp_path: Path, cluster: Cluster) -> Iterator[Agencies]:
    """Return two running servers, on SQLite and on PostgreSQL; the first has a case, one of its captures decided."""
    with two_agencies(tmp_path, database=cluster.make_database()) as found:
        site = found.here.site
        site.add([Seed("A page", "a gun"), Seed("Another page", "a gun", 4)])
        wish = Wish("ab" * 16, Disposition("concern"), [Place(site.device, 0, 0)], None)
        site.server.decisions.decide(asking(site, "kim"), wish, now=datetime.now(UTC))
        away = AbsenceWish(AWAY, site.case, site.begin, site.begin + timedelta(days=9), b"sealed")
        site.server.people.note_absence(asking(site, "kim"), away)
        yield found


def test_every_table_of_a_case_goes_or_stays_for_a_reason() -> None:
    """A new table with rows of cases is put on one side or the other, and what goes is taken on the other side."""
    of_cases = {one.name for one in Table.metadata.sorted_tables if belonging.of_case(one, "case") is not None}
    history = {columns_of(one).name for one in HISTORY}
    assert len(history) > 10
    assert history | STAYS.keys() == of_cases
    assert not history & STAYS.keys()


def test_what_was_destroyed_does_not_travel_and_what_is_to_be_is_destroyed_there(agencies: Agencies) -> None:
    """One capture is destroyed between --prepare and giving, the other was only decided about by then."""
    here, there = agencies.here.site, agencies.there.site
    fingerprint = agencies.invite()
    copies = agencies.parcel / "blobs"

    def decide(seq: int) -> None:
        wish = Wish(f"{seq:032x}", Disposition("third-party"), [Place(here.device, 0, seq)], None)
        here.server.decisions.decide(asking(here, "kim"), wish, now=datetime.now(UTC))

    def work(site: CaseSite) -> None:
        later = datetime.now(UTC) + UNDO_TIME + timedelta(minutes=1)
        assert Worker(site.server.database, handlers(site.server), clock=lambda: later).run_due() > 0

    told(*agencies.give_words(fingerprint, "--prepare"))
    assert len(list(copies.rglob("??/*"))) == 2
    decide(1)
    work(here)
    decide(0)
    parcel = str(told(*agencies.give_words(fingerprint))["fingerprint"])
    assert len(list(copies.rglob("??/*"))) == 1
    told(*agencies.accept_words(parcel))
    assert len(list(there.folder.blobs.rglob("??/*"))) == 1
    work(there)
    assert not list(there.folder.blobs.rglob("??/*"))


def asking(site: CaseSite, name: str) -> Principal:
    """Return an account that has logged in."""
    with site.server.database.reading() as session:
        found = accounts.find_officer(session, name)
        return Principal(found.id, "", Role(found.role), datetime.now(UTC))


def actions(site: CaseSite) -> set[tuple[str, str]]:
    found = audit_search.search(site.server.database, audit_search.Question(), limit=1000)
    assert not audit_search.verify(site.server.database).broken
    return {(one.action, one.outcome) for one in found}


def fetch_checkpoint(computer: Computer) -> int:
    """Fetch the newest checkpoint as the agent does, and return how many records it fixes."""
    enrolment = computer.state.enrolment()
    witness = Witness(
        computer.state.checkpoints,
        device=computer.device,
        receipt_key=bytes.fromhex(enrolment.receipt_key),
        former=handover.former_receipt_keys(computer.state),
    )
    assert witness.ask(computer.transport) == ""
    kept = witness.newest()
    assert kept is not None
    return kept.checkpoint.size


def test_a_case_moves_with_its_history(agencies: Agencies, tmp_path: Path) -> None:
    """Given, accepted, followed: one chain over both servers, which both verify; the new officer opens all of it."""
    here, there = agencies.here, agencies.there
    computer = Computer(tmp_path / "device", here)
    for _ in range(3):
        computer.recorder.event("agent-started")
    computer.deliver()
    overt("server", "checkpoint", *here.data)
    assert fetch_checkpoint(computer) == 3

    assert computer.movement.ask() is None
    parcel = agencies.give()
    computer.recorder.event("made-in-between")
    with pytest.raises(RefusedError, match="handed over"):
        computer.deliver()
    assert computer.movement.ask() is None, "the other server does not know the device yet"
    accepted = told(*agencies.accept_words(parcel))
    assert set(accepted["devices"]) == {computer.device, here.site.device}
    assert computer.movement.ask() is None, "there is no authority of the other server yet"
    agencies.renew(computer.device)
    followed = computer.movement.ask()
    assert followed is not None
    assert handover.complete(computer.state)

    computer.start()
    assert computer.problem == ""
    assert computer.state.enrolment().server == followed.to.address
    computer.deliver()
    assert len(computer.spool) == 0
    assert fetch_checkpoint(computer) >= 3
    for agency in (here, there):
        overt("server", "checkpoint", *agency.data)
        said = overt("evidence", "verify", agency.site.folder.root).output
        assert "finding" not in said.replace("0 finding", "")
    assert "Hand-overs" in overt("evidence", "verify", there.site.folder.root).output
    _check_pack(agencies, computer.device, 5, tmp_path / "own")
    _check_pack(agencies, here.site.device, 2, tmp_path / "synthetic")
    _check_both_sides(agencies, computer)
    _come_back(agencies, computer)


def _check_pack(agencies: Agencies, device: str, records: int, out: Path) -> None:
    """The new officer opens everything, what was captured at the other agency included; a stranger's check holds."""
    there = agencies.there
    words = ("evidence", "export", *there.data, "--device", device, "--officer", RECEIVER, "--out", out)
    overt(*words, *there.unlocked)
    assert len(list(out.glob("data/records/*/*.overt"))) == records
    assert len(list(out.glob("data/disclosed/*/*/meta.json"))) == records
    assert "DOES NOT HOLD" not in overt("evidence", "verify", out).output
    checked = subprocess.run(["sh", str(out / "verify.sh")], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
    assert "Hand-over 0" in checked.stdout
    (out / "data/former/0/handover.json").write_bytes(b"{}")
    assert subprocess.run(["sh", str(out / "verify.sh")], capture_output=True, check=False).returncode == 1


def _check_both_sides(agencies: Agencies, computer: Computer) -> None:
    here, there = agencies.here, agencies.there
    assert {("give-case-away", "done"), ("follow-handover", "done")} <= actions(here.site)
    assert {("invite-case", "done"), ("accept-case", "done"), ("rotate-key", "done")} <= actions(there.site)
    given, taken = (told("server", "case", "transfer", "list", *one.data)["transfers"] for one in (here, there))
    moved = {one["device"]: one["moved_at"] for one in given[0]["devices"]}
    assert moved[computer.device] is not None
    assert moved[here.site.device] is None
    assert {one["device"]: one["moved_at"] is not None for one in taken[0]["devices"]} == {
        one: at is not None for one, at in moved.items()
    }
    said = refused("server", "case", "transfer", "undo", agencies.case, *here.data)
    assert "cannot be called back" in said
    with there.site.server.database.reading() as session:
        visitor = session.query(Officer).filter(Officer.name.startswith("kim (")).one()
        assert visitor.closed_at is not None
        absence = session.get_one(Absence, AWAY)
        assert (absence.by_id, absence.note) == (visitor.id, b"sealed"), "a silence that was explained stays explained"
    decided = there.site.server.decisions.newest(asking(there.site, RECEIVER), limit=10)
    assert [(one.disposition, one.officer) for one in decided] == [("concern", visitor.id)]
    own_ca = here.site.folder.ca_certificate
    address = f"https://{here.site.folder.address_file.read_text().strip()}"
    old = HttpTransport(address, own_ca, device=computer.device, device_key=computer.state.device_key(),
                        entropy=entropy)  # fmt: skip
    with pytest.raises(RefusedError, match="410: moved"):
        old.put_record(0, 99, b"x")
    old.close()


def _come_back(agencies: Agencies, computer: Computer) -> None:
    """What was captured there is here then, in the same chain, and all of it verifies."""
    here, there = agencies.here, agencies.there
    back = Agencies(agencies.root / "back", there, here)
    back.root.mkdir()
    back.case = agencies.case
    invitation = told("server", "case", "transfer", "invite", "--officer", "kim", "--out", back.invitation, *here.data)
    words = [RECEIVER if word == "kim" else word for word in back.give_words(str(invitation["fingerprint"]))]
    told(*back.accept_words(str(told(*words)["fingerprint"])))
    back.renew(computer.device)
    _start_the_agent(computer)
    computer.start()
    computer.recorder.event("home-again")
    computer.deliver()
    assert "DOES NOT HOLD" not in overt("evidence", "verify", here.site.folder.root).output
    assert len(list(computer.state.handovers.glob("0*.json"))) == 2
    assert "had been here before" in refused("server", "case", "transfer", "undo", agencies.case, *here.data)


def _start_the_agent(computer: Computer) -> None:
    """An agent that was off meanwhile follows at its start, before anything else is asked of the old server."""
    agent = Agent(computer.state.root, SystemClock())
    try:
        assert agent.authority.terms.device == computer.device
        assert agent.transport._client.base_url == computer.state.enrolment().server
    finally:
        agent.transport.close()


def test_refused_undone_and_given_again(agencies: Agencies, tmp_path: Path) -> None:
    """What is not as it was signed moves nothing; a transfer that is undone left nothing; a crash costs nothing."""
    computer = Computer(tmp_path / "device", agencies.here)
    computer.recorder.event("before")
    computer.deliver()
    parcel = _give_what_others_tried_to_change(agencies)
    _follow_no_forged_hand_over(agencies, computer)
    _undo(agencies, computer, parcel)
    _give_with_four_eyes(agencies)
    _crash_in_the_middle_of_the_move(agencies, computer)


def _follow_no_forged_hand_over(agencies: Agencies, computer: Computer) -> None:
    """Signed by another issuer, made for another device, or unreadable: the device stays, and says so once for each."""
    database = agencies.here.site.server.database
    issuer = agencies.here.site.folder.issuer_key()

    def replace_by(file: bytes) -> None:
        with database.writing() as session:
            session.get_one(HandoverFile, (computer.device, 0)).file = file

    with database.reading() as session:
        honest = session.get_one(HandoverFile, (computer.device, 0)).file
        other = session.get_one(HandoverFile, (agencies.here.site.device, 0)).file
    forged = sign_handover(read_handover(honest, issuer_key=issuer), generate_signing_key(entropy))
    computer.recorder.event("so-far")
    _told_in_the_record(computer, replace_by, forged)
    movement = computer.movement
    for file, why in ((forged, "trusted"), (other, "another device"), (b"{}", "missing")):
        replace_by(file)
        with pytest.raises(HandoverRefusedError, match=why):
            movement.ask()
        assert movement.ask() is None, "the same one is not told again"
    replace_by(honest)
    assert not handover.complete(computer.state)
    assert computer.state.enrolment().server.endswith(agencies.here.site.folder.address_file.read_text().strip())


def _told_in_the_record(computer: Computer, replace_by: Callable[[bytes], None], forged: bytes) -> None:
    """The running agent's round of questions makes an event of it, of a severity that raises an alarm."""
    replace_by(forged)
    updates = AgentUpdates(Updates(computer.state.updates, computer.transport.fetch_update), computer.state.root,
                           computer.authority)  # fmt: skip
    upkeep = make_upkeep(
        computer.state, computer.state.enrolment(), computer.transport, computer.recorder, updates, lambda _: None
    )
    before = len(computer.spool)
    for task in upkeep._tasks[:1] * 2:
        for consequence in task():
            consequence()
    assert len(computer.spool) == before + 1, "told once"
    newest = max(computer.state.spool.rglob("*.ovt"))
    fields = parse(newest.read_bytes()).header.context.fields
    assert (fields.kind, fields.severity) == (Kind.EVENT, 4)


def _undo(agencies: Agencies, computer: Computer, parcel: str) -> None:
    """On both sides, after all was accepted: the device delivers where it always did."""
    here, there = agencies.here, agencies.there
    told(*agencies.accept_words(parcel))
    assert "is here already" in refused(*agencies.accept_words(parcel))
    agencies.renew(computer.device)
    computer.recorder.event("in-between")
    overt("server", "case", "transfer", "undo", agencies.case, *here.data)
    assert computer.movement.ask() is None
    computer.deliver()
    assert len(computer.spool) == 0
    there.site.server.presence.look()  # what was reckoned about its devices goes as well
    lee, notes = asking(there.site, RECEIVER), there.site.server.case_notes
    notes.add(lee, "09" * 16, agencies.case, "risk-term", b"sealed", now=lee.at)
    assert "noted" in refused("server", "case", "transfer", "undo", agencies.case, *there.data)
    notes.withdraw(lee, "09" * 16, now=lee.at)
    overt("server", "case", "transfer", "undo", agencies.case, *there.data)
    assert told("server", "case", "transfer", "list", *there.data)["transfers"] == []
    assert not list(there.site.folder.blobs.rglob("??/*"))
    for agency in (here, there):
        assert not audit_search.verify(agency.site.server.database).broken


def _give_what_others_tried_to_change(agencies: Agencies) -> str:
    """Another invitation, another list, another row, another envelope: nothing of the parcel is taken then."""
    there = agencies.there
    fingerprint = agencies.invite()
    wrong = fingerprint[:-1] + ("0" if fingerprint[-1] != "0" else "1")
    assert "read out" in refused(*agencies.give_words(wrong))
    parcel = str(told(*agencies.give_words(fingerprint))["fingerprint"])
    assert "read out" in refused(*agencies.accept_words(wrong))
    rows = agencies.parcel / "rows.jsonl"
    honest = rows.read_bytes()
    rows.write_bytes(honest.replace(b'"disposition": "concern"', b'"disposition": "breach"'))
    assert "rows" in refused(*agencies.accept_words(parcel))
    rows.write_bytes(honest)
    blob = next(path for path in (agencies.parcel / "blobs").rglob("*") if path.is_file())
    whole = blob.read_bytes()
    blob.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert "damaged" in refused(*agencies.accept_words(parcel), code=3)
    blob.write_bytes(whole)
    with there.site.server.database.reading() as session:
        assert session.get(HandoverFile, (agencies.here.site.device, 0)) is None
    return parcel


def _give_with_four_eyes(agencies: Agencies) -> None:
    """Neither side gives or takes without a second person, who approves exactly this."""
    now = datetime.now(UTC)
    for agency in (agencies.here, agencies.there):
        agency.site.server.officers.add("sam", PASSPHRASE, now=now, entropy=entropy, role=Role.SUPERVISOR)
        overt("server", "team", "add", "north", *agency.data)
        overt("server", "team", "join", "north", "sam", *agency.data)
        overt("server", "team", "case", "north", "--case", agency.site.case, *agency.data)
        overt("server", "approval", "four-eyes", "on", *agency.data)
    fingerprint = agencies.invite()
    assert "four eyes" in refused(*agencies.give_words(fingerprint))
    asked = told(*agencies.give_words(fingerprint, "--ask-by", "kim", "--reason", "Moved house"))["request"]
    assert "waiting" in refused(*agencies.give_words(fingerprint, "--request", asked))
    overt("server", "approval", "approve", asked, "--by", "sam", *agencies.here.data, *agencies.here.unlocked)
    parcel = str(told(*agencies.give_words(fingerprint, "--request", asked))["fingerprint"])
    assert "four eyes" in refused(*agencies.accept_words(parcel))
    more = ("--ask-by", RECEIVER, "--reason", "Moved here", *agencies.there.unlocked)
    asked = told(*agencies.accept_words(parcel, *more))["request"]
    overt("server", "approval", "approve", asked, "--by", "sam", *agencies.there.data, *agencies.there.unlocked)
    told(*agencies.accept_words(parcel, "--request", asked))


def _crash_in_the_middle_of_the_move(agencies: Agencies, computer: Computer) -> None:
    """The new certificate authority is pinned, and then the power goes: the next start finishes the move."""
    overt("server", "approval", "four-eyes", "off", *agencies.there.data, "--request", _off(agencies))
    agencies.renew(computer.device)
    followed = computer.movement.ask()
    assert followed is not None
    computer.state.ca_file.write_text(followed.to.ca)
    assert handover.complete(computer.state)
    assert not handover.complete(computer.state)
    computer.start()
    computer.deliver()
    assert json.loads(computer.state.enrolment_file.read_text())["server"] == followed.to.address
    assert followed.issued_at > datetime.now(UTC) - timedelta(minutes=5)
    with pytest.raises(DeliveryError):
        computer.transport.put_record(0, 1000, b"")


def _off(agencies: Agencies) -> str:
    """Have four eyes turned off at the receiving agency, which takes four eyes."""
    there = agencies.there
    words = ("--reason", "The test goes on", "--by", RECEIVER, *there.data, *there.unlocked)
    asked = str(told("server", "approval", "ask", "four-eyes-off", *words)["request"])
    overt("server", "approval", "approve", asked, "--by", "sam", *there.data, *there.unlocked)
    return asked

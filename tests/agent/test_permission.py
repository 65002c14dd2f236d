"""Without an authority that is valid here and now, the agent ends before anything that could see is loaded."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent import permission
from agent.errors import DeliveryError, EndedError, NoAuthorityError
from agent.state import write_replaced
from tests.agent.rig import MemoryServer, Rig

EYES = ("mss", "cv2", "tesserocr", "tkinter", "xcffib", "agent.platforms", "agent.reading", "agent.notice")

# Runs the command as a person does and tells which of the modules that see the screen were loaded by then.
RUN = f"""
import sys
from overt.cli import main
sys.argv = ["overt", "agent", "run", "--state", sys.argv[1]]
try:
    main()
except SystemExit as end:
    print("exit", end.code)
print("loaded", [name for name in {EYES!r} if name in sys.modules])
"""


def run_agent(root: Path) -> tuple[str, str]:
    done = subprocess.run([sys.executable, "-c", RUN, str(root)], capture_output=True, text=True, check=True)
    return done.stdout, done.stderr


def expired(rig: Rig) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    rig.write_authority(not_before=now - timedelta(days=2), not_after=now - timedelta(seconds=1))


def not_yet(rig: Rig) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    rig.write_authority(not_before=now + timedelta(days=1), not_after=now + timedelta(days=2))


def another_account(rig: Rig) -> None:
    rig.write_authority(accounts=("somebody-else",))


def another_device(rig: Rig) -> None:
    rig.write_authority(device_key=b"\1" * 32)


def edited(rig: Rig) -> None:
    file = rig.state.authority_file
    statement = json.loads(file.read_text())
    flipped = "B" if statement["payload"][40] != "B" else "C"
    statement["payload"] = statement["payload"][:40] + flipped + statement["payload"][41:]
    file.write_text(json.dumps(statement, sort_keys=True, separators=(",", ":")))


def missing(rig: Rig) -> None:
    rig.state.authority_file.unlink()


def clock_turned_back(rig: Rig) -> None:
    rig.state.remember_time(datetime.now(UTC) + timedelta(days=3))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (expired, "ended"),
        (not_yet, "begins"),
        (another_account, "account"),
        (another_device, "another device"),
        (edited, "not signed by"),
        (missing, "no authority"),
        (clock_turned_back, "ended"),
    ],
)
def test_refused_before_anything_can_see(rig: Rig, spoil: object, says: str) -> None:
    """Exit code 2, a plain sentence, a hint, and no capture library in memory."""
    spoil(rig)  # type: ignore[operator]
    said, errors = run_agent(rig.root)
    assert "exit 2" in said
    assert "loaded []" in said
    assert says in errors
    assert "Traceback" not in errors
    assert len(errors.strip().splitlines()) >= 2, "a hint says what to do"


def test_the_list_of_eyes_is_true(rig: Rig) -> None:
    """With a valid authority the same modules are loaded: the check above would see them."""
    said = subprocess.run(
        [sys.executable, "-c", RUN.replace('"run",', '"run", "--replay", "/nowhere",'), str(rig.root)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "exit 3" in said
    assert "'agent.reading'" in said
    assert "'cv2'" in said


def test_not_enrolled_is_said_plainly(tmp_path: Path) -> None:
    """Nothing to run without having joined a case."""
    said, errors = run_agent(tmp_path / "nowhere")
    assert "exit 2" in said
    assert "overt agent enrol" in errors


def test_a_newer_authority_replaces_the_kept_one(rig: Rig, server: MemoryServer) -> None:
    """What the server has is fetched and kept durably."""
    newer = rig.state.authority_file.read_bytes()
    rig.write_authority(notice="Older.")
    server.fetch_authority = lambda: newer  # type: ignore[method-assign]
    assert permission.refresh(rig.state, server) == ""
    assert rig.state.authority_file.read_bytes() == newer


def test_without_the_server_the_kept_one_stands(rig: Rig, server: MemoryServer) -> None:
    """An unreachable server neither ends nor prolongs an authority."""

    def unreachable() -> bytes | None:
        raise DeliveryError("the server cannot be reached")

    server.fetch_authority = unreachable  # type: ignore[method-assign]
    assert "cannot be reached" in permission.refresh(rig.state, server)
    assert permission.check(rig.state, now=datetime.now(UTC), account=rig.terms().accounts[0]).terms.case == "case-1"


def test_an_authority_of_a_foreign_issuer_is_refused(rig: Rig) -> None:
    """Only the issuer that was pinned at enrolment counts."""
    write_replaced(rig.state.authority_file, Rig(rig.root / "other").state.authority_file.read_bytes())
    with pytest.raises(NoAuthorityError, match="not the trusted"):
        permission.check(rig.state, now=datetime.now(UTC), account=rig.terms().accounts[0])


def test_what_the_issuer_did_not_sign_replaces_nothing(rig: Rig, server: MemoryServer) -> None:
    """A server that sends another issuer's authority, or half of one, does not end what is in force."""
    kept, foreign = rig.state.authority_file.read_bytes(), Rig(rig.root / "other").state.authority_file.read_bytes()
    for sent in (foreign, kept[:-9]):
        server.fetch_authority = lambda sent=sent: sent  # type: ignore[method-assign, misc]
        assert "nobody with the right" in permission.refresh(rig.state, server)
        assert rig.state.authority_file.read_bytes() == kept


def test_a_clock_that_was_ahead_is_named(rig: Rig) -> None:
    """The authority is not over; this device only believes so, and the person is told why and what helps."""
    rig.state.remember_time(datetime.now(UTC) + timedelta(days=3))
    account = rig.terms().accounts[0]
    with pytest.raises(EndedError) as ended:
        permission.check(rig.state, now=datetime.now(UTC), account=account)
    assert "clock showed" in ended.value.hint
    assert permission.permitting(rig.state, datetime.now(UTC), account=account).terms.case == "case-1"

"""The device keeps the server's checkpoints, each with a proof that it goes on from the one before."""

import secrets
from pathlib import Path

import pytest

from agent.errors import DeliveryError
from agent.ports import FetchedCheckpoint
from agent.upkeep import Upkeep
from agent.witness import Witness, task
from evidence.checkpoint import SERVER_NAME, Checkpoint, sign_checkpoint
from evidence.errors import EvidenceError
from evidence.keys import generate_signing_key, verifying_key
from evidence.merkle import consistency_proof, leaf_hash, root
from tests.agent.rig import MemoryServer, Rig
from tests.waiting import PATIENCE, wait_until

KEY = generate_signing_key(secrets.token_bytes)
LEAVES = [leaf_hash(bytes([number])) for number in range(20)]


def fetched(size: int, *, since: int = 0, leaves: list[bytes] = LEAVES, origin: str = "device-1") -> FetchedCheckpoint:
    note = sign_checkpoint(Checkpoint(origin, size, root(leaves[:size])), SERVER_NAME, KEY)
    return FetchedCheckpoint(note, consistency_proof(leaves[:size], since) if 0 < since < size else ())


class Server(MemoryServer):
    """Gives the checkpoint that it was told to give."""

    gives: FetchedCheckpoint | None = None

    def fetch_checkpoint(self, size: int) -> FetchedCheckpoint | None:
        if self.gives is None:
            raise DeliveryError("nobody there")
        return self.gives


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return Witness(tmp_path / "checkpoints", device="device-1", receipt_key=verifying_key(KEY))


def test_checkpoints_that_go_on_are_kept(witness: Witness) -> None:
    """Each size, each step; the same again adds nothing."""
    size = 0
    for step in (1, 2, 4, 5, 8):
        assert witness.keep(fetched(size + step, since=size)) is not None
        size += step
        assert witness.keep(fetched(size)) is None
        kept = witness.newest()
        assert kept is not None
        assert kept.checkpoint.size == size


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (fetched(9, since=5, leaves=[*LEAVES[:3], *reversed(LEAVES)]), "two histories"),
        (fetched(9), "two histories"),
        (fetched(4), "cannot begin"),
        (fetched(5, leaves=list(reversed(LEAVES))), "two histories"),
        (fetched(9, since=5, origin="device-2"), "not of this device"),
        (FetchedCheckpoint(fetched(9).note.replace(b"\n9\n", b"\n8\n"), ()), "not signed"),
        (FetchedCheckpoint(b"noise", ()), "checkpoint"),
    ],
    ids=["changed", "no-proof", "shorter", "same-size", "other-device", "edited", "noise"],
)
def test_another_history_is_refused_and_the_old_copy_stays(
    witness: Witness, found: FetchedCheckpoint, why: str
) -> None:
    """What does not go on from the copy is never kept in its place."""
    witness.keep(fetched(5))
    with pytest.raises(EvidenceError, match=why):
        witness.keep(found)
    kept = witness.newest()
    assert kept is not None
    assert kept.checkpoint.size == 5


def test_a_broken_checkpoint_is_told_once_in_the_agents_own_thread(witness: Witness, tmp_path: Path) -> None:
    """The same finding each minute is one event; a server that is away is none."""
    server, told = Server(Rig(tmp_path / "device")), []
    assert list(task(witness, server, told.append)) == []
    witness.keep(fetched(5))
    server.gives = fetched(4)
    for _ in range(3):
        for consequence in task(witness, server, told.append):
            assert told == []
            consequence()
    assert len(told) == 1
    assert "cannot begin" in told[0]


def test_a_damaged_copy_is_passed_over(witness: Witness) -> None:
    """The next older copy is what new ones have to go on from."""
    witness.keep(fetched(5))
    newest = witness.keep(fetched(7, since=5))
    assert newest is not None
    newest.write_bytes(b"damaged")
    kept = witness.newest()
    assert kept is not None
    assert kept.checkpoint.size == 5


def test_upkeep_asks_beside_and_acts_in_its_callers_thread() -> None:
    """Tasks run in a thread; what follows waits for `settle`; `finish` ends the thread."""
    import threading  # noqa: PLC0415

    asked = threading.Event()
    where: list[str] = []

    def ask():
        asked.set()
        yield lambda: where.append(threading.current_thread().name)

    upkeep = Upkeep([ask], every=600)
    upkeep.start()
    assert asked.wait(PATIENCE)
    assert wait_until(lambda: upkeep.settle() or where)
    assert where == [threading.current_thread().name]
    upkeep.finish(PATIENCE)
    assert not any(thread.name == "upkeep" for thread in threading.enumerate())


def test_a_question_that_fails_takes_no_other_with_it() -> None:
    """Told once for each kind of failure; `ask_now` does not wait for the next minute."""
    rounds: list[int] = []
    told: list[str] = []

    def broken():
        raise ZeroDivisionError

    def counted():
        yield lambda: rounds.append(1)

    upkeep = Upkeep([broken, counted], failed=told.append, every=600)

    def asked(times: int) -> bool:
        upkeep.settle()
        return len(rounds) >= times

    upkeep.start()
    try:
        assert wait_until(lambda: asked(1))
        upkeep.ask_now()
        assert wait_until(lambda: asked(2))
    finally:
        upkeep.finish(PATIENCE)
    assert told == ["ZeroDivisionError"]

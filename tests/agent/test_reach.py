"""Records that do not reach the server: whether it is away, or refuses, is told apart; only one of them is evasion."""

import pytest

from agent.errors import DeliveryError, RefusedError
from agent.signs.network import ReachWatcher
from agent.spool import Spool
from agent.upload import Delivered
from tests.agent.rig import MemoryServer, Rig
from tests.agent.test_upload import failing, uploader


@pytest.mark.parametrize(
    ("delivery", "events"),
    [
        (Delivered(problem="away", away=True), ["server-unreachable", "server-back"]),
        (Delivered(problem="the server answered 422"), ["delivery-stuck", "delivery-back"]),
    ],
)
def test_what_keeps_records_here_is_told_once(delivery: Delivered, events: list[str]) -> None:
    """After five minutes, and when it is over with how long it took."""
    now, state = [0.0], [delivery]
    watcher = ReachWatcher(lambda: state[0], patience=300, now=lambda: now[0])
    told = []
    for now[0], state[0] in ((0, delivery), (299, delivery), (300, delivery), (900, delivery), (1000, Delivered())):
        told += [(one.event, one.details["seconds"]) for one in watcher.look()]
    assert told == list(zip(events, (300, 1000), strict=True))
    assert list(watcher.look()) == []


@pytest.mark.parametrize(("problem", "away"), [(DeliveryError("nobody there"), True), (RefusedError("422"), False)])
def test_delivery_says_which_it_is(rig: Rig, server: MemoryServer, problem: DeliveryError, away: bool) -> None:
    """A server that answers is not away."""
    spool: Spool = rig.open_spool()
    rig.recorder(spool).event("agent-started")
    failing(server, problem)
    delivery = uploader(rig, spool, server)
    delivery._step()
    assert (bool(delivery.state.problem), delivery.state.away) == (True, away)

"""Evasion with the real thing, in short: each kind of scenario once. `make evasion` plays all and prints a table."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from evidence.coverage import State, summarise
from tests.evasion.campaign import clock_stage, play, playable
from tests.evasion.scenarios import CLOCKS, SCENARIOS, UNREACHABLE, Scenario
from tests.evasion.stage import Stage, stage
from tests.waiting import PATIENCE

SHORT = [one for one in SCENARIOS if one.short]
pytestmark = pytest.mark.screen


@pytest.fixture(scope="module")
def main(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Return a running agent that watches."""
    with stage(tmp_path_factory.mktemp("evasion")) as found:
        yield found
        held = bool(found.ledger.events("agent-suspended"))  # by SIGSTOP below, where this process played that
        found.agent.stop()
        assert summarise(found.ledger.coverage()).states.get(State.SUSPENDED, 0) >= 5 * held


@pytest.mark.parametrize("scenario", SHORT, ids=lambda one: one.done)
def test_it_is_in_the_ledger(main: Stage, scenario: Scenario) -> None:
    """With a sentence that says what it was. How soon is what `make evasion` measures."""
    played = play(main, scenario, PATIENCE)
    assert played.event is not None, f"nothing within {PATIENCE} s"
    assert played.event.text.endswith(".")


def test_a_clock_that_is_set_is_in_the_ledger(tmp_path: Path) -> None:
    """Twenty minutes forward, as the agent sees it."""
    folder, environment = clock_stage(tmp_path / "clock")
    with stage(folder, **environment) as found:
        played = play(found, CLOCKS[0], PATIENCE)
    assert played.event is not None
    assert abs(int(played.event.details["seconds"]) - 1200) <= 3


def test_there_are_thirty() -> None:
    """And enough of them without an administrator's rights."""
    everything = [*SCENARIOS, *CLOCKS, UNREACHABLE]
    assert len(everything) >= 30
    assert len(playable(everything)) >= 30
    assert len({one.done for one in everything}) == len(everything)

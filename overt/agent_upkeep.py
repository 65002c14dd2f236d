"""Puts together what the agent asks of the server every minute."""

from collections.abc import Iterable
from datetime import UTC, datetime
from getpass import getuser

from agent import permission
from agent.recorder import Recorder
from agent.state import Enrolment, StateFolder
from agent.transport import HttpTransport
from agent.upkeep import Consequence, Upkeep
from agent.witness import Witness
from agent.witness import task as watch_checkpoints
from overt.agent_updates import AgentUpdates, Apply

BROKEN = "checkpoint-broken"


def make_upkeep(
    state: StateFolder,
    enrolment: Enrolment,
    transport: HttpTransport,
    recorder: Recorder,
    updates: AgentUpdates,
    apply: Apply,
) -> Upkeep:
    """Return the round of questions of an enrolled device."""
    witness = Witness(state.checkpoints, device=enrolment.device, receipt_key=bytes.fromhex(enrolment.receipt_key))

    def tell(problem: str) -> None:
        recorder.event(BROKEN, f"The server's checkpoint does not hold: {problem}.", severity=4)

    def refresh_authority() -> Iterable[Consequence]:
        permission.refresh(state, transport)  # what is wrong with the network, delivery tells
        yield lambda: permission.check(state, now=datetime.now(UTC), account=getuser())

    return Upkeep(
        [
            refresh_authority,
            lambda: watch_checkpoints(witness, transport, tell),
            lambda: updates.ask(apply, recorder),
        ]
    )

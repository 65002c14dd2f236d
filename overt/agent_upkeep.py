"""Puts together what the agent asks of the server every minute."""

from collections.abc import Iterable
from datetime import UTC, datetime
from getpass import getuser

from agent import handover, permission
from agent.errors import HandoverRefusedError, RenewedError
from agent.recorder import Recorder
from agent.state import Enrolment, StateFolder
from agent.transport import HttpTransport
from agent.upkeep import Consequence, Upkeep
from agent.witness import Witness
from agent.witness import task as watch_checkpoints
from overt.agent_move import make_movement
from overt.agent_updates import AgentUpdates, Apply

BROKEN = "checkpoint-broken"
REFUSED = "handover-refused"
FAILED = "asking-failed"


def make_upkeep(
    state: StateFolder,
    enrolment: Enrolment,
    transport: HttpTransport,
    recorder: Recorder,
    updates: AgentUpdates,
    apply: Apply,
) -> Upkeep:
    """Return the round of questions of an enrolled device."""
    witness = Witness(
        state.checkpoints,
        device=enrolment.device,
        receipt_key=bytes.fromhex(enrolment.receipt_key),
        former=handover.former_receipt_keys(state),
    )
    movement = make_movement(state, transport)

    def tell(problem: str) -> None:
        recorder.event(BROKEN, f"The server's checkpoint does not hold: {problem}.", severity=4)

    def refresh_authority() -> Iterable[Consequence]:
        permission.refresh(state, transport)  # what is wrong with the network, delivery tells
        yield lambda: permission.check(state, now=datetime.now(UTC), account=getuser())

    def move() -> Iterable[Consequence]:
        try:
            found = movement.ask()
        except HandoverRefusedError as problem:
            text = f"A hand-over to another server was refused: {problem}"
            yield lambda: recorder.event(REFUSED, text, severity=4)
            return
        if found is not None:
            yield lambda: _begin_anew(state)

    def failed(problem: str) -> None:
        text = f"Something that the server is asked every minute failed ({problem}); the rest is asked as before."
        recorder.event(FAILED, text, {"problem": problem}, severity=2)

    tasks = (
        move,
        refresh_authority,
        lambda: watch_checkpoints(witness, transport, tell),
        lambda: updates.ask(apply, recorder),
    )
    return Upkeep(tasks, failed=failed)


def _begin_anew(state: StateFolder) -> None:
    """Pin the new server, and have the agent start again with it: the person is told of the new authority first."""
    if handover.complete(state):
        raise RenewedError("the case was handed over, and this device reports to another server now")

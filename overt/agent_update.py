"""Has the running agent ask for newer libraries at once, and waits for what it says of the answer."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

from agent.errors import AgentError
from agent.state import StateFolder, Status, write_replaced
from overt.agent_status import libraries_line

PATIENCE = 120.0
"""Seconds: fetching and trying many megabytes over a slow line."""
_LOOK = 0.1


@dataclass(frozen=True, slots=True)
class Answer:
    """Which set was in use before, and is now; 0: the libraries that came with this version."""

    before: int
    libraries: int
    problem: str


def ask_now(root: Path, patience: float = PATIENCE) -> Answer:
    """Ask, and wait for the answer. Raises NotEnrolledError, AgentError where no agent runs or it does not answer."""
    state = StateFolder(root)
    state.enrolment()
    before, begun = _running(state), datetime.now(UTC).isoformat(timespec="microseconds")
    write_replaced(state.ask_file, b"")
    end = time.monotonic() + patience
    while ((now := _running(state)).asked or "") < begun:
        if time.monotonic() > end:
            state.ask_file.unlink(missing_ok=True)
            raise AgentError(
                f"The agent did not answer within {patience:.0f} s.",
                hint="It goes on trying by itself. See how it stands with: overt agent status",
            )
        time.sleep(_LOOK)
    return Answer(before.libraries, now.libraries, now.libraries_problem)


def told(answer: Answer) -> str:
    """Say it in a sentence."""
    words = f"In use: {libraries_line(answer.libraries, answer.problem)}."
    return words if answer.libraries == answer.before else f"New. {words}"


def _running(state: StateFolder) -> Status:
    found = state.status()
    if found is None or found.state == "stopped" or not psutil.pid_exists(found.process):
        raise AgentError(
            "The agent does not run on this device, so it asks for nothing.",
            hint="It asks as soon as it starts: overt agent run",
        )
    return found

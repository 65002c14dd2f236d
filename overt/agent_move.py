"""Connects what follows a hand-over with real connections. Imports nothing that sees the screen: it comes before."""

import secrets
from pathlib import Path

from agent.handover import Movement
from agent.state import StateFolder
from agent.transport import HttpTransport


def make_movement(state: StateFolder, transport: HttpTransport) -> Movement:
    """Return what looks for hand-overs to another server; `transport` leads to the one of now."""
    device, key = state.enrolment().device, state.device_key()

    def connect(address: str, ca_file: Path) -> HttpTransport:
        return HttpTransport(address, ca_file, device=device, device_key=key, entropy=secrets.token_bytes)

    return Movement(state, transport, connect)

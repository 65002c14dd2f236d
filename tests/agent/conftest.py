"""Fixtures of the device's tests."""

from pathlib import Path

import pytest

from tests.agent.rig import MemoryServer, Rig


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    """Return an enrolled device."""
    return Rig(tmp_path / "device")


@pytest.fixture
def server(rig: Rig) -> MemoryServer:
    """Return its server."""
    return MemoryServer(rig)

"""The short form of the fault campaign."""

from pathlib import Path

import pytest

from tests.faults.campaign import SHORT, scenarios


@pytest.mark.parametrize("name", scenarios(SHORT))
def test_nothing_is_lost(name: str, tmp_path: Path) -> None:
    """Nothing that was promised is lost or torn, no number is used twice, every chain holds."""
    verdict = scenarios(SHORT)[name](tmp_path / "here")
    assert verdict.good, verdict
    if verdict.skipped:
        pytest.skip(verdict.skipped)

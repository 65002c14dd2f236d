"""Every parser against noise and damaged good input: it answers, or refuses by an error of its own, in words."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz import evidence_parsers, other_parsers
from tests.fuzz.noise import input_like

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "60"))
"""Inputs for each parser; `make fuzz` tries thousands."""
TARGETS = evidence_parsers.TARGETS | other_parsers.TARGETS


@pytest.fixture(autouse=True)
def desk(tmp_path: Path) -> None:
    """Give files a folder of their own."""
    other_parsers.DESK.folder = tmp_path


@pytest.mark.parametrize("name", TARGETS)
def test_noise_is_refused_in_order(name: str) -> None:
    """A value, or one of the errors that it is said to raise, with a message; nothing else."""
    target = TARGETS[name]
    refused: list[str] = []

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(data=input_like(target.good))
    def attempt(data: bytes) -> None:
        try:
            target.read(data)
        except target.errors as problem:
            refused.append(str(problem))

    attempt()
    assert all(refused), "each says what was wrong"
    assert refused or target.takes_all


@pytest.mark.parametrize("name", [name for name, target in TARGETS.items() if not target.refuses_all])
def test_the_good_input_is_good(name: str) -> None:
    """What is damaged above is accepted whole: the targets are real."""
    assert TARGETS[name].read(TARGETS[name].good) is not None

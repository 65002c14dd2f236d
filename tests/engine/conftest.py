"""Each matcher in turn: all must agree."""

import pytest

from engine.text.automaton import BACK_ENDS


@pytest.fixture(params=sorted(BACK_ENDS))
def back_end(request: pytest.FixtureRequest) -> str:
    """Name one matcher."""
    name: str = request.param
    return name

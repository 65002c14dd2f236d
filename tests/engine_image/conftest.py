"""Everyday photographs and drawn pages, as arrays."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

Picture = NDArray[np.uint8]
NAMES = ("astronaut", "coffee", "chelsea", "rocket")


def load_photos() -> dict[str, Picture]:
    """Return photographs that come inside the scikit-image wheel, blue-green-red."""
    return {name: np.ascontiguousarray(getattr(data, name)()[..., ::-1]) for name in NAMES}


@pytest.fixture(scope="session")
def photos() -> dict[str, Picture]:
    """Those photographs; there are some."""
    found = load_photos()
    assert found
    return found


@pytest.fixture
def random_hashes() -> Callable[[int, int], Any]:
    """Return a maker of random hashes: rows, bytes each."""
    source = np.random.default_rng(20)
    return lambda rows, size: source.integers(0, 256, (rows, size), dtype=np.uint8)

"""Padmé padding: sizes tell little, and the padding has one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import FormatError
from evidence.padding import SMALLEST, padding_of, padme, unpad


@given(st.binary(max_size=5000))
def test_data_survives(data):
    """What was padded comes back, and the padding costs at most 12 % beyond the smallest size."""
    prefix, zeros = padding_of(len(data))
    padded = prefix + data + zeros
    assert unpad(padded, place="part") == data
    assert len(padded) <= max(SMALLEST, (len(data) + 4) * 1.12)


@given(st.integers(0, 2**40))
def test_a_padme_size_is_its_own(length):
    """Rounding up twice changes nothing, and never more than 12 % is added."""
    size = padme(length)
    assert length <= size == padme(size)
    assert size <= length * 1.12 + 1


@pytest.mark.parametrize(
    ("length", "size"), [(0, 0), (1, 1), (9, 10), (256, 256), (257, 272), (1000, 1024), (1025, 1088)]
)
def test_known_sizes(length, size):
    """Worked examples of SPEC.md; another implementation has to get the same."""
    assert padme(length) == size


@pytest.mark.parametrize(
    "padded",
    [b"", b"\0\0\0", bytes(255), bytes(257), b"\0\0\1\0" + bytes(252), b"\xff" * 256, b"\0\0\0\1" + b"ab" + bytes(250)],
)
def test_other_padding_is_refused(padded):
    """Too short, wrong size, a length beyond the end, or padding that is not zeros."""
    with pytest.raises(FormatError):
        unpad(padded, place="part")

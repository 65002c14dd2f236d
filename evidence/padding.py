"""Hides the length of what is sealed: a length prefix and zeros up to a Padmé size (at most 12 % more).

Padmé (Nikitin et al., PETS 2019) rounds a length up so that only O(log log n) bits of it show.
"""

from evidence.errors import FormatError

PREFIX = 4
SMALLEST = 256


def padme(length: int) -> int:
    """Return the least Padmé size that is not below `length`."""
    if length < 2:
        return length
    exponent = length.bit_length() - 1
    kept = exponent.bit_length()
    mask = (1 << (exponent - kept)) - 1 if exponent > kept else 0
    return (length + mask) & ~mask


def padding_of(length: int) -> tuple[bytes, bytes]:
    """Return what stands before and after data of this length: the length as u32, and zeros. Never under 256 in all."""
    size = padme(max(SMALLEST, PREFIX + length))
    return length.to_bytes(PREFIX, "big"), bytes(size - PREFIX - length)


def unpad(padded: bytes, *, place: str) -> bytes:
    """Return the data; raises FormatError where the padding is not exactly that of `padding_of`."""
    length = int.from_bytes(padded[:PREFIX], "big")
    if len(padded) < SMALLEST or len(padded) != padme(max(SMALLEST, PREFIX + length)):
        raise FormatError(place, "the padded size does not follow from the length")
    if any(padded[PREFIX + length :]):
        raise FormatError(place, "padding that is not zeros")
    return padded[PREFIX : PREFIX + length]

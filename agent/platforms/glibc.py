"""The C library of Linux systems: gives memory that is free back to the system (malloc_trim(3))."""

import ctypes


def trim() -> None:
    """Give it back; nothing where the C library is another (musl)."""
    found = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if found is not None:
        found(0)

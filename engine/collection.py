"""Pauses the garbage collector while something large is built that stays: it would walk all of it again and again."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused() -> Iterator[None]:
    """Pause the collector, if it runs, until the end of the block; what is there then counts as old.

    Otherwise it would walk three times through all that was built, only to find each time that it is still in use.
    """
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            _make_old()
            gc.enable()


def _make_old() -> None:
    """Move all objects to the oldest generation, where nobody has set some aside for good."""
    if not gc.get_freeze_count():
        gc.freeze()
        gc.unfreeze()

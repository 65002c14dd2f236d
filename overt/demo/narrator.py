"""Tells what is being done, in plain words."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console


class Narrator:
    """Says each step in plain words, with a tick when it is done."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Show `text` with a spinner while the step runs and a tick after it."""
        with self._console.status(text):
            yield
        self._console.print(f"  [green]✓[/green] {text}", soft_wrap=True)

    def say(self, text: str = "") -> None:
        """Print a line."""
        self._console.print(text, soft_wrap=True)

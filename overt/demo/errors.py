"""What can go wrong in the demo, as one error with a remedy."""


class DemoError(Exception):
    """The demo cannot go on. `hint` says what to do."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

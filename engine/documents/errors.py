"""What makes a whole document unreadable. Smaller losses are remarks (see piece.py) and reading goes on.

DocumentError (EngineError)
├── UnreadableError      bad data: the file cannot be read as what it is
│   ├── NotTextError     it is of no kind that has text: a picture, a program, noise
│   ├── BrokenError      it is of a known kind and damaged
│   ├── LockedError      it needs a password
│   └── TooLargeError    it, or what it unpacks to, is over a limit
└── OptionError          the caller asked for something that does not exist: an encoding, a column, a field
"""

from engine.errors import EngineError


class DocumentError(EngineError):
    """Root of what can go wrong with a document. Never repeats what the document says."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(f"{what} ({hint})")
        self.what = what
        self.hint = hint


class UnreadableError(DocumentError):
    """The document cannot be read."""


class NotTextError(UnreadableError):
    """The bytes are of no kind that has text."""


class BrokenError(UnreadableError):
    """The document is damaged."""


class LockedError(UnreadableError):
    """The document needs a password."""


class TooLargeError(UnreadableError):
    """The document, or what it unpacks to, is over a limit."""


class OptionError(DocumentError):
    """The caller asked for something that does not exist."""

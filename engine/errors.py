"""What can go wrong in the engine.

EngineError
├── LibraryError          a library's text is not what the format asks for (bad data: whoever edits the library)
│   └── SetError          libraries do not fit together: two with one id, a set that is nowhere, overrides of nothing
├── BackEndError          a matcher was asked for that is not installed (environment)
├── PictureError          an array is no picture, or too large (bad data)
└── HashError             a perceptual hash, or what was asked of an index of them, makes no sense (bad data)
"""

from dataclasses import dataclass


class EngineError(Exception):
    """Root of all errors of the engine."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a library file: `origin` names the file, line and column count from 1."""

    origin: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.origin}:{self.line}:{self.column}"


class LibraryError(EngineError):
    """A library that cannot be used: where, what, and what to do."""

    def __init__(self, place: Place, what: str, hint: str) -> None:
        super().__init__(f"{place}: {what} ({hint})")
        self.place = place
        self.what = what
        self.hint = hint


class SetError(LibraryError):
    """Libraries or overrides that do not fit together."""


class BackEndError(EngineError):
    """The matcher asked for is not installed here."""


class PictureError(EngineError):
    """An array that is no picture: what is wrong with its shape, depth or size, and what to do."""


class HashError(EngineError):
    """A hash of the wrong length, or a search that the index cannot answer exactly."""

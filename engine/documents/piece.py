"""What a reader gives out: pieces of text with their place in the file, and remarks about what was lost."""

from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Protocol


class FieldKind(StrEnum):
    """What a piece is in its document."""

    TEXT = "text"
    TITLE = "title"
    HEADER = "header"
    CELL = "cell"
    ATTRIBUTE = "attribute"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a file. Numbers count from 1; `None` means that the file has no such division here."""

    entry: str | None = field(default=None, repr=False)
    """Name of the file inside an archive."""
    message: int | None = None
    """Number of the message in a mailbox."""
    section: str | None = None
    """MIME section number (`2.1`), or the story of a word-processor file (`footnotes`)."""
    attachment: str | None = field(default=None, repr=False)
    """File name of an attachment, as the sender gave it."""
    page: int | None = None
    paragraph: int | None = None
    row: int | None = None
    """Number of the record in a table, the heading line not counted."""
    field: str | None = field(default=None, repr=False)
    """Name of the column, of the JSON field or of the mail header."""

    def describe(self, *, names: bool = True) -> str:
        """Say it in words: `message 2, section 1.2, page 3`. Without `names` nothing that the document itself says."""
        said = []
        for one in fields(self):
            value = getattr(self, one.name)
            if value is not None and (names or one.name not in NAMES):
                said.append(f"{one.name} {value}")
        return ", ".join(said)


NAMES = frozenset({"entry", "attachment", "field"})
WHOLE = Part()


@dataclass(frozen=True, slots=True)
class Place:
    """One position. Line and column count from 1, columns in characters."""

    line: int
    column: int
    in_file: bool = True
    """False: line and column count inside the unpacked or extracted part, because the file has no such lines."""


class Places(Protocol):
    """Knows where each character of a text stands."""

    def at(self, offset: int) -> Place:
        """Return the place of the character at a code point offset (0 ≤ offset ≤ length)."""
        ...


@dataclass(frozen=True, slots=True)
class Piece:
    """A text that stands together: nothing in one piece is context of another.

    `own` is the range of offsets where findings may begin. It is the whole text, except where a text without any
    blank line had to be cut: there neighbouring pieces overlap, and each offset is owned by exactly one of them.
    """

    part: Part
    kind: FieldKind
    text: str = field(repr=False)
    places: Places = field(repr=False)
    own: range
    title: str | None = field(default=None, repr=False)
    """Title of the page, subject of the message."""


class Loss(StrEnum):
    """What was not read, or not read as it should be. The words are stable."""

    UNDECODABLE_BYTES = "undecodable-bytes"
    GUESSED_ENCODING = "guessed-encoding"
    BROKEN_RECORD = "broken-record"
    MISSING_FIELD = "missing-field"
    TOO_LONG = "too-long"
    NO_TEXT = "no-text"
    UNREAD_PART = "unread-part"
    UNREADABLE_PART = "unreadable-part"


SERIOUS = frozenset({Loss.BROKEN_RECORD, Loss.TOO_LONG, Loss.UNREADABLE_PART})
"""Losses after which a document must not be called screened: words may have been there that nobody read."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A loss: what, how many, where first, in one plain sentence without any of the document's text."""

    loss: Loss
    count: int
    part: Part
    line: int | None
    """Line of the first one, where lines are known."""
    says: str

    @property
    def serious(self) -> bool:
        return self.loss in SERIOUS


Read = Piece | Remark


def piece(part: Part, kind: FieldKind, text: str, places: Places, *, title: str | None = None) -> Piece:
    """Make a piece that owns all of its text."""
    return Piece(part, kind, text, places, range(len(text) + 1), title)

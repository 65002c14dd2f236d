"""Word-processor files (.docx): every paragraph of the body, tables, text boxes, headers, footers, notes, comments.

The format is a zip of XML files. It is read with zipfile and expat, event by event: paragraphs that the usual libraries
pass over (foot notes, text boxes, deleted text) are words on the page too.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from io import BytesIO
from xml.parsers import expat

from engine.documents.errors import BrokenError, LockedError, TooLargeError
from engine.documents.piece import WHOLE, FieldKind, Part, Piece, piece
from engine.documents.places import LinePlaces

MAX_STORY = 128 * 1024 * 1024
"""Bytes that one story may unpack to."""
BLOCK = 64 * 1024
STORY = re.compile(r"word/(document|footnotes|endnotes|comments|header\d*|footer\d*|glossary/document)\.xml")
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main "
STRICT_WORD = "http://purl.oclc.org/ooxml/wordprocessingml/main "
TITLE = "http://purl.org/dc/elements/1.1/ title"
MARKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "\u2011", "softHyphen": "\u00ad"}
PACKING_BUGS = (
    zipfile.BadZipFile, zlib.error, expat.ExpatError, EOFError, RuntimeError, NotImplementedError, ValueError, KeyError,
    OSError,
)  # fmt: skip
"""What zipfile and expat raise on damaged files."""
OLE = b"\xd0\xcf\x11\xe0"


def read_word(data: bytes, part: Part = WHOLE) -> Iterator[Piece]:
    """Yield a piece a paragraph, counted in each story. Raises BrokenError, LockedError, TooLargeError."""
    if data.startswith(OLE):
        raise LockedError("the document needs a password, or is of the old .doc kind", "save it as .docx without one")
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = [name for name in archive.namelist() if STORY.fullmatch(name)]
            if "word/document.xml" not in names:
                raise BrokenError("not a word-processor document: it has no body", "save it as .docx again")
            title = _title(archive)
            for name in sorted(names, key=lambda name: (name != "word/document.xml", name)):
                yield from _story(archive, name, part, title)
    except PACKING_BUGS as error:
        raise BrokenError(f"the document is damaged ({type(error).__name__})", "open it and save it again") from None


def _story(archive: zipfile.ZipFile, name: str, part: Part, title: str | None) -> Iterator[Piece]:
    story = name.removeprefix("word/").removesuffix(".xml")
    where = replace(part, section=None if story == "document" else story)
    paragraphs = _Paragraphs()
    for block in _unpacked(archive, name):
        paragraphs.parser.Parse(block, False)
        for number, text in paragraphs.take():
            places = LinePlaces(text, in_file=False)
            yield piece(replace(where, paragraph=number), FieldKind.TEXT, text, places, title=title)
    paragraphs.parser.Parse(b"", True)


def _unpacked(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    size = 0
    with archive.open(name) as stream:
        while block := stream.read(BLOCK):
            size += len(block)
            if size > MAX_STORY:
                raise TooLargeError(f"a part of the document unpacks to more than {MAX_STORY} bytes", "split it")
            yield block


def _title(archive: zipfile.ZipFile) -> str | None:
    if "docProps/core.xml" not in archive.namelist():
        return None
    found = _Title()
    for block in _unpacked(archive, "docProps/core.xml"):
        found.parser.Parse(block, False)
    return "".join(found.text).strip() or None


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def _refuse_doctype(*_: object) -> None:
    raise BrokenError("the document declares XML entities, which the format forbids", "it was made to do harm")


class _Title:
    def __init__(self) -> None:
        self.parser = _parser()
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.data
        self.text: list[str] = []
        self.inside = False

    def start(self, name: str, _attributes: object) -> None:
        self.inside = name == TITLE

    def end(self, _name: str) -> None:
        self.inside = False

    def data(self, text: str) -> None:
        if self.inside:
            self.text.append(text)


@dataclass(slots=True)
class _Open:
    """A paragraph being read. Text boxes put paragraphs into paragraphs."""

    number: int
    text: list[str] = field(default_factory=list)


class _Paragraphs:
    """Gathers paragraphs from XML events."""

    def __init__(self) -> None:
        self.parser = _parser()
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.data
        self.count = 0
        self.open: list[_Open] = []
        self.done: list[tuple[int, str]] = []
        self.in_text = False
        self.fallback = 0

    def take(self) -> list[tuple[int, str]]:
        """Return the paragraphs that are complete, with their numbers."""
        taken, self.done = self.done, []
        return taken

    def start(self, name: str, _attributes: object) -> None:
        local = name.removeprefix(WORD).removeprefix(STRICT_WORD)
        if name.endswith(" Fallback"):
            self.fallback += 1
        if self.fallback:
            return
        if local == "p":
            self.count += 1
            self.open.append(_Open(self.count))
        elif local in ("t", "delText", "instrText"):
            self.in_text = local != "instrText"
        elif local in MARKS and self.open:
            self.open[-1].text.append(MARKS[local])

    def end(self, name: str) -> None:
        local = name.removeprefix(WORD).removeprefix(STRICT_WORD)
        if name.endswith(" Fallback"):
            self.fallback -= 1
        elif local == "p" and not self.fallback and self.open:
            paragraph = self.open.pop()
            text = "".join(paragraph.text)
            if text.strip():
                self.done.append((paragraph.number, text))
        elif local in ("t", "delText", "instrText"):
            self.in_text = False

    def data(self, text: str) -> None:
        if self.in_text and self.open and not self.fallback:
            self.open[-1].text.append(text)

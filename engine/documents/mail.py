"""One mail message: subject, people, bodies; attachments are handed to a reader of files."""

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.message import Message
from typing import Any, Protocol

from engine.documents.decode import Decoder, Encoding, detect, given
from engine.documents.errors import BrokenError, NotTextError, OptionError, UnreadableError
from engine.documents.markup import read_html
from engine.documents.piece import WHOLE, FieldKind, Loss, Part, Piece, Place, Places, Read, Remark, piece
from engine.documents.places import LINE_END, FixedPlace, LinePlaces
from engine.documents.quoted import QuotedPlaces

MAX_DEPTH = 20
HEADERS = {"subject": FieldKind.TITLE, "from": FieldKind.HEADER, "to": FieldKind.HEADER, "cc": FieldKind.HEADER}
AS_IT_IS = frozenset(("", "7bit", "8bit", "binary"))
UNSURE_CHARSETS = frozenset(("us-ascii", "ascii", "unknown-8bit", "x-unknown"))
MEANT_CHARSETS = {"iso-8859-1": "cp1252", "latin-1": "cp1252", "gb2312": "gb18030", "ks_c_5601-1987": "cp949"}
"""What these names stand for in real mail, as browsers know too."""
MAIL_BUGS = (RecursionError, ValueError, LookupError, AttributeError, TypeError)
"""What the standard library's mail parser raises on some broken messages."""


class FileReader(Protocol):
    """Reads an attachment as a file of its own."""

    def __call__(self, data: bytes, name: str | None, media_type: str, part: Part) -> Iterator[Read]:
        """Yield its pieces. Raises UnreadableError."""
        ...


@dataclass(slots=True)
class _Source:
    """The message as it stands in the file, to find bodies in. `cursor` moves on behind each body."""

    raw: str
    first_line: int
    cursor: int = 0

    def find(self, payload: str) -> int | None:
        """Return where a body begins."""
        found = self.raw.find(payload, self.cursor)
        if found < 0:
            return None
        self.cursor = found + len(payload)
        return found

    def line(self, offset: int) -> int:
        return self.first_line + sum(1 for _ in LINE_END.finditer(self.raw, 0, offset))

    def column(self, offset: int) -> int:
        return offset - max(self.raw.rfind("\n", 0, offset), self.raw.rfind("\r", 0, offset))


@dataclass(frozen=True, slots=True)
class _Section:
    number: str
    message: Any
    is_message: bool
    """It has a subject and people of its own."""


def read_message(raw: bytes, files: FileReader, part: Part = WHOLE, *, first_line: int = 1) -> Iterator[Read]:
    """Yield what one message says. Raises BrokenError."""
    try:
        message = email.message_from_bytes(raw, policy=email.policy.default)
        sections = list(_sections(message, "", 0, is_message=True))
    except MAIL_BUGS as error:
        says = f"the message cannot be taken apart ({type(error).__name__})"
        raise BrokenError(says, "open it in a mail program and save it again") from None
    reader = _Reader(_Source(raw.decode("ascii", "surrogateescape"), first_line), files)
    for section in sections:
        where = replace(part, section=".".join(filter(None, (part.section, section.number))) or None)
        yield from reader.section(section, where)


def _sections(message: Any, number: str, depth: int, *, is_message: bool) -> Iterator[_Section]:
    if depth > MAX_DEPTH:
        raise BrokenError(f"parts are nested more than {MAX_DEPTH} deep", "take the message apart by hand")
    yield _Section(number, message, is_message)
    if message.is_multipart():
        nested = message.get_content_maintype() == "message"
        for index, child in enumerate(message.get_payload(), 1):
            yield from _sections(child, f"{number}.{index}".lstrip("."), depth + 1, is_message=nested)


class _Reader:
    """Reads the sections of one message in order."""

    def __init__(self, source: _Source, files: FileReader) -> None:
        self.source = source
        self.files = files
        self.subject: str | None = None
        self.plain = ""
        """Words of the last plain body: an HTML body with the same words is its twin and is read once."""

    def section(self, section: _Section, part: Part) -> Iterator[Read]:
        message = section.message
        if section.is_message:
            yield from self.headers(message, part)
        if not message.is_multipart():
            try:
                yield from self.leaf(message, part)
            except NotTextError as error:
                yield Remark(Loss.UNREAD_PART, 1, part, None, f"{part.describe(names=False)}: {error.what}")
            except (UnreadableError, *MAIL_BUGS) as error:
                what = (
                    error.what if isinstance(error, UnreadableError) else f"cannot be decoded ({type(error).__name__})"
                )
                yield Remark(Loss.UNREADABLE_PART, 1, part, None, f"{part.describe(names=False)}: {what}")

    def headers(self, message: Any, part: Part) -> Iterator[Piece]:
        start = self.source.cursor
        for name, kind in HEADERS.items():
            text = _header(message, name)
            if name == "subject":
                self.subject = text or None
            if text:
                places = self.header_places(name, text, start)
                yield piece(replace(part, field=name), kind, text, places, title=self.subject)

    def header_places(self, name: str, text: str, start: int) -> Places:
        """Return exact places where the header stands as it is; else where it begins."""
        found = re.compile(rf"^{name}:[ \t]*", re.IGNORECASE | re.MULTILINE).search(self.source.raw, start)
        if found is None:
            return FixedPlace(Place(self.source.line(start), 1))
        line, column = self.source.line(found.end()), self.source.column(found.end())
        if self.source.raw.startswith(text, found.end()):
            return LinePlaces(text, line, column)
        return FixedPlace(Place(line, column))

    def leaf(self, message: Any, part: Part) -> Iterator[Read]:
        data = message.get_payload(decode=True) or b""
        payload = data.decode("ascii", "surrogateescape") if _transfer(message) in AS_IT_IS else message.get_payload()
        start = self.source.find(payload)
        name, media_type = message.get_filename(), message.get_content_type()
        if media_type not in ("text/plain", "text/html") or message.get_content_disposition() == "attachment":
            yield from self.files(data, name, media_type, replace(part, attachment=name))
            return
        decoder = Decoder(_encoding(message, data))
        text = "".join(decoder.decode([data]))
        places = self.body_places(message, payload, text, start, decoder.encoding)
        yield from self.body(media_type, text, places, part)
        yield from decoder.remarks(part)

    def body(self, media_type: str, text: str, places: Places, part: Part) -> Iterator[Piece]:
        words = " ".join(text.split())
        if media_type == "text/plain":
            self.plain = words
            if words:
                yield piece(part, FieldKind.TEXT, text, places, title=self.subject)
            return
        for one in read_html(text, places, part):
            if one.kind is not FieldKind.TEXT or " ".join(one.text.split()) != self.plain:
                yield replace(one, title=self.subject)

    def body_places(self, message: Message, payload: str, text: str, start: int | None, encoding: Encoding) -> Places:
        transfer = _transfer(message)
        if start is not None and transfer in AS_IT_IS:
            return LinePlaces(text, self.source.line(start), self.source.column(start))
        if start is not None and transfer == "quoted-printable":
            return QuotedPlaces(payload, text, encoding.name, self.source.line(start))
        return LinePlaces(text, in_file=False)


def _transfer(message: Message) -> str:
    return str(message.get("content-transfer-encoding", "")).strip().lower()


def _header(message: Any, name: str) -> str:
    try:
        return str(message[name] or "").strip()
    except MAIL_BUGS:
        return next((str(value) for key, value in message.raw_items() if key.lower() == name), "")


def _encoding(message: Any, data: bytes) -> Encoding:
    charset = str(message.get_content_charset() or "us-ascii").lower()
    if charset in UNSURE_CHARSETS:
        return detect(data)
    try:
        return given(MEANT_CHARSETS.get(charset, charset))
    except OptionError:
        return detect(data)

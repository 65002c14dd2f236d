"""The one door: bytes of any known kind in, pieces and remarks out."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from engine.documents.archive import Budget, open_zip, unpack_gzip, unpack_member
from engine.documents.decode import SAMPLE, Decoder, detect, given
from engine.documents.errors import NotTextError, TooLargeError, UnreadableError
from engine.documents.formats import Format, recognise
from engine.documents.jsonlines import read_json_lines
from engine.documents.mail import read_message
from engine.documents.mailbox import read_mailbox
from engine.documents.markup import read_html
from engine.documents.pdf import read_pdf
from engine.documents.piece import WHOLE, Loss, Part, Read, Remark
from engine.documents.places import LinePlaces
from engine.documents.plain import read_plain
from engine.documents.tables import TableOptions, read_table
from engine.documents.word import read_word

MAX_WHOLE = 256 * 1024 * 1024
"""Bytes of a document that must be held whole (HTML, mail, PDF, docx, zip)."""
MAX_NESTING = 4
"""Packed files in attachments in packed files."""


ANY_TABLE = TableOptions()


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller knows better than the file."""

    format: Format | None = None
    encoding: str | None = None
    field: str | None = None
    """Of JSON Lines: the field with the text, a path with dots."""
    table: TableOptions = ANY_TABLE


def read(chunks: Iterable[bytes], name: str | None = None, options: Options = Options()) -> Iterator[Read]:
    """Yield pieces and remarks of one document. `name` is its file name, for its ending only.

    Streams plain text, JSON Lines, tables, mailboxes and .gz of them in bounded memory. Raises UnreadableError where
    the document as a whole cannot be read (pieces given out before stand), OptionError for a wrong option.
    """
    return _File(options, Budget(), 0, in_file=True).read(chunks, name, None, WHOLE)


@dataclass(frozen=True, slots=True)
class _File:
    """Reads one file, and files inside it with what is left of the budget. `in_file`: its lines are on the disk."""

    options: Options
    budget: Budget
    depth: int
    in_file: bool

    def read(self, chunks: Iterable[bytes], name: str | None, media_type: str | None, part: Part) -> Iterator[Read]:
        head, stream = _peek(chunks)
        kind = recognise(head, name, media_type)
        if kind is Format.GZIP:
            yield from self.inner(self.options).read(unpack_gzip(stream, self.budget), _inner_name(name), None, part)
            return
        kind = self.options.format or kind
        if kind is Format.MBOX:
            yield from read_mailbox(stream, self.attachment)
        elif kind in WHOLE_READERS:
            yield from WHOLE_READERS[kind](self, b"".join(_bounded(stream)), part)
        else:
            yield from self.decoded(kind, head, stream, part)

    def attachment(self, data: bytes, name: str | None, media_type: str, part: Part) -> Iterator[Read]:
        """Read a file that came inside another one: what the caller said is not about this one."""
        return self.inner(Options()).read([data], name, media_type, part)

    def inner(self, options: Options) -> "_File":
        if self.depth >= MAX_NESTING:
            raise TooLargeError(f"files are packed in files more than {MAX_NESTING} deep", "unpack it by hand")
        return _File(options, self.budget, self.depth + 1, in_file=False)

    def decoded(self, kind: Format, head: bytes, stream: Iterable[bytes], part: Part) -> Iterator[Read]:
        decoder = Decoder(detect(head) if self.options.encoding is None else given(self.options.encoding))
        blocks = decoder.decode(stream)
        if kind is Format.HTML:
            source = "".join(blocks)
            yield from read_html(source, LinePlaces(source, in_file=self.in_file), part)
        elif kind is Format.JSONL:
            yield from read_json_lines(blocks, self.options.field, part, in_file=self.in_file)
        elif kind in (Format.CSV, Format.TSV):
            table = replace(self.options.table, delimiter="\t") if kind is Format.TSV else self.options.table
            yield from read_table(blocks, table, part, in_file=self.in_file)
        else:
            yield from read_plain(blocks, part, in_file=self.in_file)
        yield from decoder.remarks(part)

    def zip(self, data: bytes, part: Part) -> Iterator[Read]:
        with open_zip(data) as archive:
            for member in archive.infolist():
                if not member.is_dir():
                    where = replace(part, entry=f"{part.entry}!{member.filename}" if part.entry else member.filename)
                    content = unpack_member(archive, member, self.budget)
                    yield from _or_remark(self.inner(Options()).read(content, member.filename, None, where), where)

    def mail(self, data: bytes, part: Part) -> Iterator[Read]:
        return read_message(data, self.attachment, part)


WHOLE_READERS: Mapping[Format, Callable[[_File, bytes, Part], Iterator[Read]]] = {
    Format.EML: _File.mail,
    Format.ZIP: _File.zip,
    Format.PDF: lambda _, data, part: read_pdf(data, part),
    Format.DOCX: lambda _, data, part: read_word(data, part),
}


def _or_remark(pieces: Iterator[Read], part: Part) -> Iterator[Read]:
    """Turn a failure of one member into a remark, so that the others are read."""
    try:
        yield from pieces
    except NotTextError as error:
        yield Remark(Loss.UNREAD_PART, 1, part, None, f"a packed file: {error.what}")
    except UnreadableError as error:
        yield Remark(Loss.UNREADABLE_PART, 1, part, None, f"a packed file: {error.what}")


def _peek(chunks: Iterable[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Return the first bytes, and everything from the start again."""
    stream = iter(chunks)
    held: list[bytes] = []
    size = 0
    for chunk in stream:
        held.append(chunk)
        size += len(chunk)
        if size >= SAMPLE:
            break
    return b"".join(held), itertools.chain(held, stream)


def _bounded(stream: Iterable[bytes]) -> Iterator[bytes]:
    size = 0
    for chunk in stream:
        size += len(chunk)
        if size > MAX_WHOLE:
            raise TooLargeError(f"more than {MAX_WHOLE} bytes", "split it")
        yield chunk


def _inner_name(name: str | None) -> str | None:
    return name[:-3] if name and name.lower().endswith(".gz") else name

"""PDF: the text layer, a piece a page. Pages that are pictures are remarked, not read."""

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from engine.documents.errors import BrokenError, LockedError
from engine.documents.piece import WHOLE, FieldKind, Loss, Part, Read, Remark, piece
from engine.documents.places import LinePlaces

PDF_BUGS = (
    PyPdfError,
    RecursionError,
    ValueError,
    LookupError,
    AttributeError,
    TypeError,
    OverflowError,
    NotImplementedError,
    AssertionError,
)
"""What pypdf raises on damaged files: its own errors and what slips through."""


def read_pdf(data: bytes, part: Part = WHOLE) -> Iterator[Read]:
    """Yield the title and the pages. Lines count inside the page. Raises BrokenError, LockedError."""
    reader = _opened(data)
    title = _title(reader)
    if title:
        yield piece(replace(part, field="title"), FieldKind.TITLE, title, LinePlaces(title, in_file=False), title=title)
    empty: list[int] = []
    for number in range(1, _page_count(reader) + 1):
        where = replace(part, page=number)
        try:
            text = reader.pages[number - 1].extract_text()
        except PDF_BUGS as error:
            says = f"page {number} is damaged and was not read ({type(error).__name__})"
            yield Remark(Loss.UNREADABLE_PART, 1, where, None, says)
            continue
        if text.strip():
            yield piece(where, FieldKind.TEXT, text, LinePlaces(text, in_file=False), title=title)
        else:
            empty.append(number)
    if empty:
        says = f"{len(empty)} pages have no text (perhaps pictures), the first is page {empty[0]}"
        yield Remark(Loss.NO_TEXT, len(empty), replace(part, page=empty[0]), None, says)


def _opened(data: bytes) -> PdfReader:
    try:
        reader = PdfReader(BytesIO(data), strict=False)
        locked = reader.is_encrypted and not reader.decrypt("")
    except PDF_BUGS as error:
        raise BrokenError(f"the PDF is damaged ({type(error).__name__})", "open it and save it again") from None
    if locked:
        raise LockedError("the PDF needs a password", "save a copy without one")
    return reader


def _page_count(reader: PdfReader) -> int:
    try:
        return len(reader.pages)
    except PDF_BUGS as error:
        raise BrokenError(
            f"the PDF's pages cannot be found ({type(error).__name__})", "open it and save it again"
        ) from None


def _title(reader: PdfReader) -> str | None:
    try:
        return (reader.metadata and reader.metadata.title) or None
    except PDF_BUGS:
        return None

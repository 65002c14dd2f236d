"""Which kind of document a file is: by its name, else by its first bytes."""

from enum import StrEnum


class Format(StrEnum):
    """Kinds of documents that are read."""

    TEXT = "text"
    HTML = "html"
    EML = "eml"
    MBOX = "mbox"
    JSONL = "jsonl"
    CSV = "csv"
    TSV = "tsv"
    PDF = "pdf"
    DOCX = "docx"
    GZIP = "gz"
    ZIP = "zip"


BY_ENDING = {
    "txt": Format.TEXT, "text": Format.TEXT, "md": Format.TEXT, "log": Format.TEXT,
    "html": Format.HTML, "htm": Format.HTML, "xhtml": Format.HTML,
    "eml": Format.EML, "mbox": Format.MBOX, "mbx": Format.MBOX,
    "jsonl": Format.JSONL, "ndjson": Format.JSONL,
    "csv": Format.CSV, "tsv": Format.TSV, "tab": Format.TSV,
    "pdf": Format.PDF, "docx": Format.DOCX, "docm": Format.DOCX,
    "gz": Format.GZIP, "zip": Format.ZIP,
}  # fmt: skip
BY_MEDIA_TYPE = {
    "text/html": Format.HTML, "application/xhtml+xml": Format.HTML,
    "message/rfc822": Format.EML, "application/mbox": Format.MBOX,
    "text/csv": Format.CSV, "text/tab-separated-values": Format.TSV, "application/pdf": Format.PDF,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": Format.DOCX,
}  # fmt: skip
BEGINNINGS = (
    (b"%PDF-", Format.PDF),
    (b"\x1f\x8b", Format.GZIP),
    (b"PK\x03\x04", Format.ZIP),
    (b"PK\x05\x06", Format.ZIP),
    (b"From ", Format.MBOX),
)
HTML_BEGINNINGS = (b"<!doctype html", b"<html", b"<head", b"<body")
DOCX_ENTRY = b"word/"
CONTENT_TYPES = b"[Content_Types].xml"


def recognise(head: bytes, name: str | None = None, media_type: str | None = None) -> Format:
    """Return the kind of a document. What cannot be anything else is taken for text, which decoding then confirms."""
    by_bytes = _by_bytes(head)
    ending = name.rpartition(".")[2].lower() if name and "." in name else ""
    named = BY_ENDING.get(ending) or BY_MEDIA_TYPE.get((media_type or "").lower())
    if by_bytes in (Format.PDF, Format.GZIP, Format.DOCX):
        return by_bytes
    if by_bytes is Format.ZIP and named in (None, Format.ZIP):
        return Format.ZIP
    return named or by_bytes or Format.TEXT


def _by_bytes(head: bytes) -> Format | None:
    for beginning, kind in BEGINNINGS:
        if head.startswith(beginning):
            return Format.DOCX if kind is Format.ZIP and CONTENT_TYPES in head and DOCX_ENTRY in head else kind
    start = head[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return Format.HTML if start.startswith(HTML_BEGINNINGS) else None

"""Pictures that documents carry: JPEG streams of a PDF, attachments of a mail."""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy

MOST = 2000
_STREAM = re.compile(rb"stream\r?\n(?=\xff\xd8\xff)")
_END = b"endstream"


def in_pdf(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield “picture 1” and so on with the bytes of each JPEG, as scanners and phones put them into a PDF.

    Pictures that are packed otherwise (raw samples, fax) are not among them, nor what is locked.
    """
    for number, found in enumerate(_STREAM.finditer(data), 1):
        end = data.find(_END, found.end())
        if number > MOST or end < 0:
            return
        yield f"picture {number}", data[found.end() : end]


def in_mail(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each attachment that is no text; nothing for what is no mail."""
    message = message_from_bytes(data, policy=policy.compat32)
    for number, part in enumerate(message.walk(), 1):
        if number > MOST:
            return
        content = (
            None if part.is_multipart() or part.get_content_maintype() == "text" else part.get_payload(decode=True)
        )
        if isinstance(content, bytes) and content:
            yield _name(part.get_filename()) or f"attachment {number}", content


def _name(given: object) -> str:
    return "".join(char if char.isprintable() else "\ufffd" for char in str(given or ""))[:255]

"""Mailboxes (.mbox): messages one after the other, read in bounded memory."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from engine.documents.errors import BrokenError, UnreadableError
from engine.documents.mail import FileReader, read_message
from engine.documents.piece import Loss, Part, Read, Remark

MAX_MESSAGE = 64 * 1024 * 1024
"""Bytes. A larger message is passed over with a remark."""
LONG_LINE = 1024 * 1024
"""Bytes after which a line without an end is handed on in parts."""
FROM_LINE = re.compile(rb"From \S.*\d{4}\s*$")
LINE_ENDS = re.compile(rb"\r\n|\r|\n")


@dataclass(slots=True)
class _Held:
    """The message being gathered."""

    number: int
    first_line: int
    limit: int
    blocks: list[bytes] = field(default_factory=list)
    size: int = 0

    def add(self, text: bytes) -> None:
        self.size += len(text)
        if self.size <= self.limit:
            self.blocks.append(text)

    def read(self, files: FileReader) -> Iterator[Read]:
        part = Part(message=self.number)
        if self.size > self.limit:
            says = f"message {self.number} is larger than {self.limit} bytes and was not read"
            yield Remark(Loss.TOO_LONG, 1, part, self.first_line, says)
            return
        try:
            yield from read_message(b"".join(self.blocks), files, part, first_line=self.first_line)
        except UnreadableError as error:
            says = f"message {self.number}: {error.what}"
            yield Remark(Loss.UNREADABLE_PART, 1, part, self.first_line, says)


def read_mailbox(chunks: Iterable[bytes], files: FileReader, *, limit: int = MAX_MESSAGE) -> Iterator[Read]:
    """Yield what each message says. Raises BrokenError for a file that is no mailbox."""
    held: _Held | None = None
    line = 1
    after_blank = True
    for text in _lines(chunks):
        line += len(LINE_ENDS.findall(text))
        if after_blank and FROM_LINE.match(text):
            if held is not None:
                yield from held.read(files)
            held = _Held(held.number + 1 if held else 1, line, limit)
        elif held is not None:
            held.add(text)
        elif text.strip():
            raise BrokenError("not a mailbox: it does not begin with a 'From ' line", "read a single message as eml")
        after_blank = not text.strip()
    if held is not None:
        yield from held.read(files)


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    held: list[bytes] = []
    size = 0
    for chunk in chunks:
        *whole, rest = chunk.split(b"\n")
        for text in whole:
            yield b"".join([*held, text, b"\n"])
            held, size = [], 0
        held.append(rest)
        size += len(rest)
        if size > LONG_LINE:
            yield b"".join(held)
            held, size = [], 0
    if size:
        yield b"".join(held)

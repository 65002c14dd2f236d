"""Plain text of any length: one piece where it is short, blocks cut at blank lines where it is long."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.documents.piece import WHOLE, FieldKind, Part, Piece
from engine.documents.places import LINE_END, LinePlaces

BLOCK = 256 * 1024
"""Characters in a piece, about."""
LAP = 4 * 1024
"""Characters that neighbours share where there is no blank line to cut at: more than any term with its context."""


@dataclass(slots=True)
class _Window:
    """The text in hand: where it begins in the file, and from which offset on it is not yet owned by a piece."""

    text: str = ""
    line: int = 1
    column: int = 1
    own: int = 0

    def drop(self, count: int) -> None:
        """Forget the first characters and move the place on."""
        gone = self.text[:count]
        ends = [match.end() for match in LINE_END.finditer(gone)]
        self.line += len(ends)
        self.column = len(gone) - ends[-1] + 1 if ends else self.column + len(gone)
        self.text = self.text[count:]


def read_plain(
    blocks: Iterable[str], part: Part = WHOLE, *, in_file: bool = True, block: int = BLOCK, lap: int = LAP
) -> Iterator[Piece]:
    """Yield the text in pieces of about `block` characters."""
    window = _Window()
    held: list[str] = []
    size = 0
    for arrived in blocks:
        held.append(arrived)
        size += len(arrived)
        if size < block + lap + 2:
            continue
        window.text = "".join(held)
        while len(window.text) >= block + lap + 2:
            yield _cut(window, part, in_file, block, lap)
        held, size = [window.text], len(window.text)
    window.text = "".join(held)
    if window.text:
        yield _piece(window, window.text, len(window.text) + 1, part, in_file)


def _cut(window: _Window, part: Part, in_file: bool, block: int, lap: int) -> Piece:
    """Take one piece off the window's front."""
    clean = _blank_line(window.text, window.own + 1, block)
    if clean is not None:
        result = _piece(window, window.text[:clean], clean, part, in_file)
        window.drop(clean)
        window.own = 0
        return result
    cut = _whole_ends(window.text, _soft_place(window.text, max(window.own + 1, block // 2), block))
    result = _piece(window, window.text[: _whole_ends(window.text, cut + lap)], cut, part, in_file)
    start = _whole_ends(window.text, max(cut - lap, 0))
    window.drop(start)
    window.own = cut - start
    return result


def _piece(window: _Window, text: str, own_end: int, part: Part, in_file: bool) -> Piece:
    places = LinePlaces(text, window.line, window.column, in_file=in_file)
    return Piece(part, FieldKind.TEXT, text, places, range(window.own, own_end))


def _blank_line(text: str, low: int, high: int) -> int | None:
    """Return the end of the last blank line between two offsets."""
    for gap in ("\n\n", "\n\r\n", "\r\r"):
        found = text.rfind(gap, low, high)
        if found >= 0:
            return found + len(gap)
    return None


def _soft_place(text: str, low: int, high: int) -> int:
    """Return where to cut where no blank line is: after a line end, else after a space, else anywhere."""
    for mark in ("\n", "\r", " "):
        found = text.rfind(mark, low, high)
        if found >= 0:
            return found + 1
    return high


def _whole_ends(text: str, offset: int) -> int:
    r"""Move an offset that falls between \r and \n behind both."""
    return offset + 1 if text[offset - 1 : offset + 1] == "\r\n" else offset

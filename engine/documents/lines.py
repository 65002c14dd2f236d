"""Lines of a stream of text blocks, with their numbers. A line over the limit is given out shortened and marked."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from engine.documents.places import LINE_END

MAX_LINE = 16 * 1024 * 1024
"""Characters of a line that are kept: a longer one is cut, so that memory stays bounded."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line with its end. `cut` says that it was longer than the limit and the rest is lost."""

    number: int
    text: str = field(repr=False)
    cut: bool = False


def read_lines(blocks: Iterable[str], *, limit: int = MAX_LINE) -> Iterator[Line]:
    """Yield the lines."""
    number = 0
    held: list[str] = []
    size = 0
    cut = False
    for text in _whole_line_ends(blocks):
        start = 0
        for match in LINE_END.finditer(text):
            number += 1
            yield Line(
                number, "".join([*held, text[start : match.end()]])[:limit], cut or size + match.end() - start > limit
            )
            held, size, cut, start = [], 0, False, match.end()
        rest = text[start:]
        cut = cut or size + len(rest) > limit
        if size < limit:
            held.append(rest[: limit - size])
        size = min(size + len(rest), limit)
    if size:
        yield Line(number + 1, "".join(held), cut)


def _whole_line_ends(blocks: Iterable[str]) -> Iterator[str]:
    r"""Move a \r at the end of a block to the next, so that \r\n is never split."""
    carried = ""
    for block in blocks:
        text = carried + block
        carried = "\r" if text.endswith("\r") else ""
        yield text[: len(text) - len(carried)]
    yield carried

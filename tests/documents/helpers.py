"""What the tests of readers share: read everything, split it, and look a place up in the source."""

import re
from dataclasses import dataclass

from engine.documents.piece import Piece, Place, Remark
from engine.documents.read import Options, read


@dataclass(frozen=True, slots=True)
class Result:
    pieces: list[Piece]
    remarks: list[Remark]

    @property
    def texts(self) -> list[str]:
        return [piece.text for piece in self.pieces]

    @property
    def losses(self) -> list[str]:
        return [remark.loss.value for remark in self.remarks]


def read_all(
    data: bytes, name: str | None = None, options: Options | None = None, *, step: int | None = None
) -> Result:
    """Read a document given in one block, or in blocks of `step` bytes."""
    chunks = [data] if step is None else [data[at : at + step] for at in range(0, len(data), step)]
    out = list(read(chunks, name, options or Options()))
    return Result([one for one in out if isinstance(one, Piece)], [one for one in out if isinstance(one, Remark)])


def source_from(source: str, place: Place) -> str:
    """Return what stands in the source from a place on, by counting lines as an editor does."""
    lines = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$", source)
    return "".join([lines[place.line - 1][place.column - 1 :], *lines[place.line :]])

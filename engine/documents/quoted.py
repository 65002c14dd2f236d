"""Places in a body that was sent as quoted-printable: `=3D`, and lines broken with `=` at their end."""

import re

from engine.documents.piece import Place, Places
from engine.documents.places import Anchors, FixedPlace, LinePlaces

ESCAPE = re.compile(r"=(?:([0-9A-Fa-f]{2})|[ \t]*(?:\r\n|\n|\r|$))")


class QuotedPlaces:
    """Places of a decoded text in its quoted-printable source: exact where the decoding can be retraced."""

    __slots__ = ("_anchors", "_encoding", "_line", "_places", "_source", "_text")

    def __init__(self, source: str, text: str, encoding: str, line: int) -> None:
        """`line` is that of the source's first character."""
        self._source, self._text, self._encoding, self._line = source, text, encoding, line
        self._places: Places | None = None
        self._anchors = Anchors([0], [0])

    def at(self, offset: int) -> Place:
        """Return the place of a character in the source."""
        if self._places is None:
            self._places = self._retrace()
        sizes = len(self._encoded(self._text[:offset]))
        return self._places.at(self._anchors.to_source(sizes))

    def _encoded(self, text: str) -> bytes:
        return text.encode(self._encoding, errors="replace")

    def _retrace(self) -> Places:
        decoded, source, size = [0], [0], 0
        whole: list[str] = []
        done = 0
        for match in ESCAPE.finditer(self._source):
            plain = self._source[done : match.start()]
            said = chr(int(match.group(1), 16)) if match.group(1) else ""
            whole += (plain, said)
            size += len(plain)
            decoded.append(size)
            source.append(match.start())
            size, done = size + len(said), match.end()
            decoded.append(size)
            source.append(done)
        whole.append(self._source[done:])
        self._anchors = Anchors(decoded, source)
        if "".join(whole).encode("latin-1", errors="replace") != self._encoded(self._text):
            return FixedPlace(Place(self._line, 1))
        return LinePlaces(self._source, self._line)

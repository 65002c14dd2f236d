"""Where each key and value of a TOML text stands, for error messages and lint. The text must already be valid TOML."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.errors import Place

Path = tuple[str | int, ...]
"""The way to a value: `("term", 3, "near", "within")` is `within` in `near` of the fourth `[[term]]`."""

TOKEN = re.compile(
    r"""
      (?P<skip>\#[^\n]*|[ \t\r]+)
    | (?P<string>\"{3}(?:\\.|[^\\])*?\"{3,5}|'{3}.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*')
    | (?P<bare>[A-Za-z0-9_+:.\-]+)
    | (?P<mark>[\[\]{}=,])
    | (?P<line>\n)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    start: int


@dataclass(frozen=True, slots=True)
class Places:
    """Offsets of keys and values by path."""

    origin: str
    text: str
    keys: Mapping[Path, int]
    values: Mapping[Path, int]

    def of(self, path: Path, *, key: bool = False) -> Place:
        """Return the place of the value (or the key) at `path`, or of the nearest thing around it."""
        while path:
            first, second = (self.keys, self.values) if key else (self.values, self.keys)
            offset = first.get(path, second.get(path))
            if offset is not None:
                return place_at(self.origin, self.text, offset)
            path, key = path[:-1], True
        return Place(self.origin)


def place_at(origin: str, text: str, offset: int) -> Place:
    """Return line and column of a code point offset."""
    line_start = text.rfind("\n", 0, offset) + 1
    return Place(origin, text.count("\n", 0, offset) + 1, offset - line_start + 1)


def find_places(origin: str, text: str) -> Places:
    """Walk over the text once and note where everything is."""
    walker = _Walker(_tokens(text))
    walker.document()
    return Places(origin, text, walker.keys, walker.values)


def _tokens(text: str) -> Iterator[Token]:
    for match in TOKEN.finditer(text):
        kind = str(match.lastgroup)
        if kind != "skip":
            yield Token(kind, match.group(), match.start())
    yield Token("end", "", len(text))


class _Walker:
    """Recursive descent over the tokens: tables, keys, arrays, inline tables."""

    def __init__(self, tokens: Iterator[Token]) -> None:
        self.tokens = tokens
        self.token = next(tokens)
        self.keys: dict[Path, int] = {}
        self.values: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}

    def advance(self) -> Token:
        token = self.token
        self.token = next(self.tokens, token)
        return token

    def at(self, *marks: str) -> bool:
        return self.token.kind == "mark" and self.token.text in marks

    def document(self) -> None:
        table: Path = ()
        while self.token.kind != "end":
            if self.token.kind == "line":
                self.advance()
            elif self.at("["):
                table = self.header()
            else:
                self.pair(table)

    def header(self) -> Path:
        start = self.advance().start
        is_list = self.at("[")
        if is_list:
            self.advance()
        path: Path = ()
        for name in self.key_parts():
            path = (*self.into_last(path), name)
        if is_list:
            self.counts[path] = self.counts.get(path, -1) + 1
            path += (self.counts[path],)
        while self.at("]"):
            self.advance()
        self.keys.setdefault(path, start)
        return path

    def into_last(self, path: Path) -> Path:
        """`[term.near]` belongs to the last `[[term]]`."""
        return (*path, self.counts[path]) if path in self.counts else path

    def key_parts(self) -> list[str]:
        parts: list[str] = []
        while self.token.kind in ("bare", "string"):
            token = self.advance()
            parts += [p for p in token.text.split(".") if p] if token.kind == "bare" else [token.text[1:-1]]
        return parts

    def pair(self, table: Path) -> None:
        start = self.token.start
        path = table
        for part in self.key_parts():
            path += (part,)
            self.keys.setdefault(path, start)
        if self.at("="):
            self.advance()
            self.value(path)
        else:
            self.advance()

    def value(self, path: Path) -> None:
        self.values[path] = self.token.start
        if self.at("["):
            self.array(path)
        elif self.at("{"):
            self.inline(path)
        else:
            self.advance()

    def array(self, path: Path) -> None:
        self.advance()
        index = 0
        while not self.at("]") and self.token.kind != "end":
            if self.token.kind == "line" or self.at(","):
                self.advance()
                continue
            self.value((*path, index))
            index += 1
        self.advance()

    def inline(self, path: Path) -> None:
        self.advance()
        while not self.at("}") and self.token.kind != "end":
            if self.token.kind == "line" or self.at(","):
                self.advance()
            else:
                self.pair(path)
        self.advance()

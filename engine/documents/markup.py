"""HTML: the text that a person sees, with the title, and the exact place of every character in the source.

justhtml builds the tree that browsers build and notes where each node began. It stays linear on hostile input, which
the standard library's parser does not.
"""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from justhtml import JustHTML

from engine.documents.errors import BrokenError, TooLargeError
from engine.documents.piece import WHOLE, FieldKind, Part, Piece, Places, piece
from engine.documents.places import Anchors, FixedPlace, MappedPlaces

MAX_SOURCE = 16 * 1024 * 1024
"""Characters. The tree takes some thirty times as much memory as the source."""
UNSEEN = {
    "head", "script", "style", "template", "noscript", "iframe", "object", "embed", "audio", "video", "canvas",
    "datalist", "noembed", "noframes", "#comment", "!doctype",
}  # fmt: skip
INLINE = {
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i",
    "img", "input", "ins", "kbd", "label", "mark", "nobr", "q", "rp", "rt", "ruby", "s", "samp", "small", "span",
    "strike", "strong", "sub", "sup", "#text", "time", "tt", "u", "var", "wbr",
}  # fmt: skip
CELLS = frozenset(("td", "th"))
KEEPS_LINES = frozenset(("pre", "textarea", "listing", "plaintext", "xmp"))
SEEN_ATTRIBUTES = {"img": ("alt",), "input": ("value", "placeholder"), "textarea": ("placeholder",), "area": ("alt",)}
UNSEEN_INPUTS = frozenset(("hidden", "password"))
HIDING_STYLE = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
SPACE = re.compile(r"[\t\n\f\r]")
ENTITY = re.compile(r"&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]*);?")
PLAIN = re.compile(r"[^&<\r\0]+")
TAG = re.compile(r"<!--.*?(?:-->|$)|<[^>]*(?:>|$)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Run:
    """Characters that came from one text node."""

    text_start: int
    source_start: int
    text: str


@dataclass(slots=True)
class _Flow:
    """The visible text as it grows, and the runs that it is made of."""

    parts: list[str] = field(default_factory=list)
    runs: list[_Run] = field(default_factory=list)
    size: int = 0

    def add(self, text: str, source_start: int, *, keep_lines: bool) -> None:
        if text.isspace() and not keep_lines and self.parts[-1:] in (["\n"], ["\t"], []):
            return
        seen = text if keep_lines else SPACE.sub(" ", text)
        self.runs.append(_Run(self.size, source_start, text))
        self._append(seen)

    def separate(self, mark: str) -> None:
        """Put a line end or tab between what stands apart, once."""
        if self.parts and self.parts[-1] == "\t" and mark == "\n":
            self.parts[-1] = "\n"
        elif self.parts and self.parts[-1] not in ("\n", "\t"):
            self._append(mark)

    def text(self) -> str:
        return "".join(self.parts)

    def _append(self, text: str) -> None:
        self.parts.append(text)
        self.size += len(text)


def read_html(source: str, places: Places, part: Part = WHOLE) -> Iterator[Piece]:
    """Yield the title, the visible text as one piece, and texts that stand in attributes (alt, value, placeholder)."""
    if len(source) > MAX_SOURCE:
        raise TooLargeError(f"HTML of {len(source)} characters", f"at most {MAX_SOURCE}; split it")
    root = _parse(source)
    title, flow = _title(root), _Flow()
    attributes = list(_read_visible(root, flow))
    said = title.text().strip() or None
    for kind, one in ((FieldKind.TITLE, title), (FieldKind.TEXT, flow)):
        if one.text().strip():
            yield piece(part, kind, one.text(), _mapped(one.runs, source, places), title=said)
    for text, offset in attributes:
        yield piece(part, FieldKind.ATTRIBUTE, text, _attribute_place(text, offset, source, places), title=said)


def _parse(source: str) -> Any:
    try:
        return JustHTML(source, track_node_locations=True, sanitize=False).root
    except (RecursionError, ValueError, IndexError, AttributeError) as error:
        raise BrokenError(
            f"the HTML cannot be parsed ({type(error).__name__})", "open it in a browser and save it"
        ) from None


def _children(node: Any) -> Sequence[Any]:
    return getattr(node, "children", None) or ()


def _title(root: Any) -> _Flow:
    """Return the text of the first title of the page; titles inside drawings are not it."""
    flow = _Flow()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if _is_title(node):
            for child in _children(node):
                flow.add(child.data or "", child.origin_offset or 0, keep_lines=False)
            return flow
        waiting.extend(reversed(_children(node)))
    return flow


def _is_title(node: Any) -> bool:
    return node.name == "title" and getattr(node, "namespace", None) in (None, "html")


def _read_visible(root: Any, flow: _Flow) -> Iterator[tuple[str, int]]:
    """Walk over what can be seen, in order, and fill the flow. Yield texts of attributes with their tag's offset."""
    waiting: list[tuple[Any, bool, bool]] = [(root, False, False)]
    while waiting:
        node, keep_lines, leaving = waiting.pop()
        if not leaving and _is_unseen(node):
            continue
        if node.name == "#text":
            flow.add(node.data or "", node.origin_offset or 0, keep_lines=keep_lines)
            continue
        if node.name not in INLINE:
            flow.separate("\t" if node.name in CELLS else "\n")
        if leaving:
            continue
        yield from _attributes(node)
        keep_lines = keep_lines or node.name in KEEPS_LINES
        waiting.append((node, keep_lines, True))
        waiting.extend((child, keep_lines, False) for child in reversed(_children(node)))


def _is_unseen(node: Any) -> bool:
    if node.name in UNSEEN or _is_title(node):
        return True
    attributes = getattr(node, "attrs", None) or {}
    return "hidden" in attributes or bool(HIDING_STYLE.search(attributes.get("style") or ""))


def _attributes(node: Any) -> Iterator[tuple[str, int]]:
    attributes = getattr(node, "attrs", None) or {}
    if node.name == "input" and (attributes.get("type") or "").lower() in UNSEEN_INPUTS:
        return
    for name in SEEN_ATTRIBUTES.get(node.name, ()):
        value = attributes.get(name) or ""
        if value.strip():
            yield value, node.origin_offset or 0


def _attribute_place(text: str, tag: int, source: str, places: Places) -> Places:
    """Return exact places where the value stands in the tag as it is, else the tag's."""
    found = source.find(text, tag, source.find("<", tag + 1) + 1 or None)
    if found < 0:
        return FixedPlace(places.at(tag))
    return MappedPlaces(places, lambda: Anchors([0], [found]))


def _mapped(runs: Sequence[_Run], source: str, places: Places) -> Places:
    return MappedPlaces(places, lambda: _anchors(runs, source))


def _anchors(runs: Sequence[_Run], source: str) -> Anchors:
    text, origin = [0], [0]
    for run in runs:
        for offset, place in _align(run.text, run.source_start, source):
            text.append(run.text_start + offset)
            origin.append(place)
    return Anchors(text, origin)


def _align(text: str, start: int, source: str) -> Iterator[tuple[int, int]]:
    """Walk over a node's text and its source side by side; yield both offsets where the step changes."""
    yield 0, start
    said, place = 0, start
    while said < len(text) and place < len(source):
        steps, jump = _step(text, said, source, place)
        said, place = said + steps, place + jump
        if steps != jump:
            yield said, place


def _step(text: str, said: int, source: str, place: int) -> tuple[int, int]:
    """Return how far to go in the text and in the source."""
    plain = PLAIN.match(source, place)
    if plain is not None:
        same = _same(text, said, plain.group())
        return (same, same) if same else (0, 1)
    if source[place] == "\r" and text[said] == "\n":
        return 1, 2 if source.startswith("\r\n", place) else 1
    entity = ENTITY.match(source, place)
    if entity is not None:
        meant = html.unescape(entity.group())
        if text.startswith(meant, said):
            return len(meant), len(entity.group())
    if source[place] == text[said]:
        return 1, 1
    tag = TAG.match(source, place)
    return 0, len(tag.group()) if tag is not None else 1


def _same(text: str, said: int, chunk: str) -> int:
    """Return how many characters of the chunk stand in the text at `said`."""
    if text.startswith(chunk, said):
        return len(chunk)
    return next((i for i, char in enumerate(chunk) if text[said + i : said + i + 1] != char), len(chunk))

"""The compiled loops of kernel.c, where they were built. Everything here has a twin in Python and numpy beside it.

A library that is missing, or of another version than this file, is the same as none.
"""

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

VERSION = 1
SUFFIXES = ("so", "dylib", "dll")
DONE, NEEDS_ROOM = 0, 1
SUSPECT, SIGN, REPEATED, SPACED, FOREIGN, ALONE = range(6)
"""Kinds of places that a view reads again."""
MASK_LETTER, MASK_SIGN = 1, 2
WHITE, OPENING, CLOSING, SETTLED = 1, 2, 4, 8
LONGEST_TEXT = 1 << 30
"""Characters; places are 32 bits wide."""
FIRST_ROOM = 256
STEP, PADDING = 64, 32
"""As in kernel.c."""

Bytes: TypeAlias = npt.NDArray[np.uint8]
Numbers: TypeAlias = npt.NDArray[np.int32]
_Pointer, _Long = ctypes.c_void_p, ctypes.c_int64


class _Letters(ctypes.Structure):
    _fields_ = (
        *((name, _Pointer) for name in ("codes", "classes", "mask_kinds", "odd_doubles", "edges")),
        *(("signs", _Pointer), ("signs_count", _Long)),
        *((name, _Pointer) for name in ("points", "starts", "expansions")),
        ("expanding", _Long),
    )


class _Reading(ctypes.Structure):
    _fields_ = (
        *((name, _Pointer) for name in ("view", "raw", "classes", "steps", "marks")),
        *((name, _Long) for name in ("view_room", "raw_room", "step_room", "mark_room")),
        *((name, _Long) for name in ("view_length", "marks_found", "needed")),
    )


class _Filter(ctypes.Structure):
    _fields_ = (
        *((name, _Pointer) for name in ("texts", "words", "squeezed", "as_i", "as_l", "punctuation")),
        *((name, ctypes.c_int32) for name in ("leet", "camel")),
    )


def _load() -> Any:
    folder = __file__.removesuffix("kernel.py")
    for suffix in SUFFIXES:
        try:
            found = ctypes.CDLL(f"{folder}libkernel.{suffix}")
            if found.overt_kernel_version() == VERSION:
                return _declared(found)
        except (OSError, AttributeError):
            continue
    return None


def _declared(found: Any) -> Any:
    signatures = {
        "overt_fold": (_Long, [_Pointer, ctypes.c_char_p, _Long, _Long, _Pointer, _Pointer]),
        "overt_origins": (None, [_Pointer, ctypes.c_char_p, _Long, _Long, _Pointer, _Pointer, _Long]),
        "overt_place": (
            None,
            [_Pointer, ctypes.c_char_p, _Long, _Long, _Pointer, _Pointer, _Long, _Pointer, _Pointer, _Pointer],
        ),
        "overt_dictionary": (_Pointer, [ctypes.c_char_p, _Pointer, _Long]),
        "overt_dictionary_free": (None, [_Pointer]),
        "overt_find": (_Long, [_Pointer, ctypes.c_char_p, _Long, _Pointer, _Long]),
    }
    for name, (result, parameters) in signatures.items():
        function = getattr(found, name)
        function.restype, function.argtypes = result, parameters
    return found


LIBRARY = _load()
AVAILABLE = LIBRARY is not None


@dataclass(frozen=True, slots=True)
class LetterTables:
    """What the loops ask about a character: 256 bytes each, but for `codes`, which has one for each code point, and
    `signs`, which are themselves.
    """

    codes: Bytes
    classes: bytes
    mask_kinds: bytes
    odd_doubles: bytes
    edges: bytes
    signs: bytes


def _pointer(data: bytes) -> ctypes.c_void_p:
    """Return the address of bytes, which must be kept alive by somebody."""
    return ctypes.cast(ctypes.c_char_p(data), _Pointer)


class Room:
    """Memory that one text is folded into."""

    __slots__ = ("address", "classes", "marks", "raw", "reading", "size", "steps", "view")

    def __init__(self, size: int) -> None:
        """Make room for a text of about so many characters."""
        self.size = size
        self.view: Bytes = np.empty(size + size // 4 + 2 * PADDING, np.uint8)
        self.raw: Bytes = np.empty(size + 2 * PADDING, np.uint8)
        self.classes: Bytes = np.empty(size + 2 * PADDING, np.uint8)
        self.steps: Numbers = np.empty(size // STEP + 2, np.int32)
        self.marks: Numbers = np.empty((size // 4 + 64, 3), np.int32)
        self.reading = _Reading(
            *(array.ctypes.data for array in (self.view, self.raw, self.classes, self.steps, self.marks)),
            *(len(array) for array in (self.view, self.raw, self.steps, self.marks)),
        )
        self.address = ctypes.addressof(self.reading)


class Folder:
    """Folds texts with the tables of one normaliser. Threads may share it: memory in use belongs to one reading."""

    def __init__(self, tables: LetterTables, learn: Callable[[int], Sequence[tuple[int, bytes]]]) -> None:
        """`learn`: works out the codes around a character, and returns all characters that fold to several bytes."""
        self._tables = tables
        self._learn = learn
        self._rooms: list[Room] = []
        self._letters = _Letters(
            tables.codes.ctypes.data,
            *map(_pointer, (tables.classes, tables.mask_kinds, tables.odd_doubles, tables.edges, tables.signs)),
            len(tables.signs),
        )
        self.letters = ctypes.addressof(self._letters)
        self._expand(learn(0))

    def _expand(self, expansions: Sequence[tuple[int, bytes]]) -> None:
        points = np.array([point for point, _ in expansions], np.uint32)
        starts = np.cumsum([0, *(len(codes) for _, codes in expansions)], dtype=np.int32)
        joined = b"".join(codes for _, codes in expansions)
        self._expansions = (points, starts, joined)
        self._letters.points, self._letters.starts = points.ctypes.data, starts.ctypes.data
        self._letters.expansions = _pointer(joined)
        self._letters.expanding = len(points)

    def fold(self, text: str, chosen: "TokenFilter | None") -> "Folding":
        """Fold a text and, with a filter, mark what views read again; the result holds memory until it is closed."""
        chosen_at = 0 if chosen is None else chosen.address
        data, width = units(text)
        room = self._rooms.pop() if self._rooms else Room(FIRST_ROOM)
        if room.size < len(text):
            room = Room(2 * len(text))
        while answer := LIBRARY.overt_fold(self.letters, data, len(text), width, room.address, chosen_at):
            if answer == NEEDS_ROOM:
                room = Room(2 * room.size)
            else:
                self._expand(self._learn(room.reading.needed))
        return Folding(self, data, width, len(text), room)

    def give_back(self, room: Room) -> None:
        """Take memory that is no longer read."""
        self._rooms.append(room)


class Folding:
    """A folded text, with the places that views look at."""

    __slots__ = ("_data", "_folder", "_length", "_room", "_width")

    def __init__(self, folder: Folder, data: bytes, width: int, length: int, room: Room) -> None:
        self._folder, self._data, self._width, self._length, self._room = folder, data, width, length, room

    def close(self) -> None:
        """Give the memory back; nothing is asked afterwards."""
        self._folder.give_back(self._room)

    @property
    def view(self) -> bytes:
        """Folded bytes with single spaces, also at both ends."""
        return self._room.view[: self._room.reading.view_length].tobytes()

    def marks(self) -> list[list[int]]:
        """Return kind, start and end of each place worth a second look."""
        found: list[list[int]] = self._room.marks[: self._room.reading.marks_found].tolist()
        return found

    def _text(self) -> tuple[int, bytes, int, int, int]:
        return self._folder.letters, self._data, self._length, self._width, self._room.address

    def origins(self, places: list[int]) -> list[int]:
        """Return the characters that bytes of the view came from."""
        numbers = np.array(places, np.int32)
        LIBRARY.overt_origins(*self._text(), numbers.ctypes.data, len(numbers))
        found: list[int] = numbers.tolist()
        return found

    def place(self, matches: Numbers, leads: Bytes, trails: Bytes) -> list[list[int]]:
        """Return start and end in the text, pattern, and whether it stands clear, for each match in the view."""
        placed: Numbers = np.empty((len(matches), 4), np.int32)
        LIBRARY.overt_place(
            *self._text(),
            *(matches.ctypes.data, len(matches), leads.ctypes.data, trails.ctypes.data, placed.ctypes.data),
        )
        found: list[list[int]] = placed.tolist()
        return found


def units(text: str) -> tuple[bytes, int]:
    """Return a text as one, two or four bytes a character, and which; lone surrogates are characters."""
    if text.isascii():
        return text.encode("ascii"), 1
    try:
        return text.encode("latin-1"), 1
    except UnicodeEncodeError:
        pairs = text.encode(f"utf-16-{_ENDIAN}", "surrogatepass")
        return (pairs, 2) if len(pairs) == 2 * len(text) else (text.encode(f"utf-32-{_ENDIAN}", "surrogatepass"), 4)


_ENDIAN = "le" if np.little_endian else "be"


class Dictionary:
    """Patterns, found by a hash of their first word instead of an automaton."""

    def __init__(self, patterns: Sequence[bytes]) -> None:
        starts = np.cumsum([0, *map(len, patterns)], dtype=np.int64)
        self.address = LIBRARY.overt_dictionary(b"".join(patterns), starts.ctypes.data, len(patterns))
        if not self.address:
            raise MemoryError
        self._free = LIBRARY.overt_dictionary_free
        self._found: list[tuple[Numbers, int]] = []

    def __del__(self) -> None:
        """Give the memory back."""
        if getattr(self, "address", None):
            self._free(self.address)

    def find(self, view: bytes) -> Numbers:
        """Return start, end and pattern of every match in a view that begins and ends with a space."""
        found, place = self._found.pop() if self._found else _room_for(FIRST_ROOM)
        count = LIBRARY.overt_find(self.address, view, len(view), place, len(found))
        if count > len(found):
            found, place = _room_for(2 * count)
            count = LIBRARY.overt_find(self.address, view, len(view), place, len(found))
        result = found[:count].copy()
        self._found.append((found, place))
        return result


def _room_for(matches: int) -> tuple[Numbers, int]:
    room: Numbers = np.empty((matches, 3), np.int32)
    return room, room.ctypes.data


class TokenFilter:
    """Tells the compiled loops which suspicious tokens and words can hold anything at all."""

    def __init__(
        self,
        texts: Dictionary,
        words: Sequence[bytes],
        squeezed: Sequence[bytes],
        tables: tuple[bytes, bytes, bytes],
        *,
        leet: bool,
        camel: bool,
    ) -> None:
        """`texts`: all patterns of the set; `words` and `squeezed` without the spaces around them.

        `tables`: two ways of reading leet, edge marks.
        """
        spaced = ([b" %b " % word for word in group] for group in (words, squeezed))
        self._tables, self._dictionaries = tables, [texts, *map(Dictionary, spaced)]
        addresses = [dictionary.address for dictionary in self._dictionaries]
        self._filter = _Filter(*addresses, *map(_pointer, tables), leet, camel)
        self.address = ctypes.addressof(self._filter)

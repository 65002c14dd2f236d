"""What a key writes on an X keyboard: keysyms of its group and level, as characters."""

import ctypes
import unicodedata
from collections.abc import Callable, Sequence

BACKSPACE, TAB, RETURN, ESCAPE, DELETE = 0xFF08, 0xFF09, 0xFF0D, 0xFF1B, 0xFFFF
LEVEL3 = 0xFE03
"""ISO_Level3_Shift: AltGr."""
KEYPAD = range(0xFF80, 0xFFBE)
_KEYPAD_TEXT = range(0xFFAA, 0xFFBA)  # * + , - . / 0 … 9 of the keypad stand 0xFF80 above their characters
_UNICODE = 0x01000000
# Dead keys as the combining character that they put on the next letter (X11 keysymdef.h: dead_grave and so on).
DEAD = {
    0xFE50: "\u0300", 0xFE51: "\u0301", 0xFE52: "\u0302", 0xFE53: "\u0303", 0xFE54: "\u0304", 0xFE55: "\u0306",
    0xFE56: "\u0307", 0xFE57: "\u0308", 0xFE58: "\u030a", 0xFE59: "\u030b", 0xFE5A: "\u030c", 0xFE5B: "\u0327",
    0xFE5C: "\u0328",
}  # fmt: skip


def keysym_at(keysyms: Sequence[int], *, group: int, shift: bool, level3: bool, caps: bool, num: bool) -> int:
    """Return the keysym of a key; `keysyms` as the core protocol orders them: two levels a group, then levels 3, 4."""
    if num and len(keysyms) > 1 and keysyms[1] in KEYPAD:
        return keysyms[0] if shift else keysyms[1]
    pair = min(max(group, 0), 1) * 2
    if pair + 1 >= len(keysyms) or not keysyms[pair]:
        pair = 0
    if level3 and pair + 4 < len(keysyms) and keysyms[pair + 4]:
        pair += 4
    lower = keysyms[pair]
    upper = keysyms[pair + 1] if pair + 1 < len(keysyms) and keysyms[pair + 1] else lower
    if caps and lower != upper and character(lower).isalpha():
        shift = not shift
    if upper == lower and (shift or (caps and not shift)) and character(lower).upper() != character(lower):
        return _of_character(character(lower).upper())
    return upper if shift else lower


def character(keysym: int) -> str:
    """Return what a keysym writes; empty where it writes nothing."""
    if 0x20 <= keysym <= 0x7E or 0xA0 <= keysym <= 0xFF:
        return chr(keysym)
    if keysym in _KEYPAD_TEXT:
        return chr(keysym - 0xFF80)
    if _UNICODE < keysym <= _UNICODE + 0x10FFFF:
        return chr(keysym - _UNICODE)
    code = _table()(keysym) if keysym < 0xFE00 else 0
    return chr(code) if code >= 0x20 else ""


def composed(dead: str, text: str) -> str:
    """Return a letter with the mark of the dead key that was pressed before it."""
    return unicodedata.normalize("NFC", text + dead) if dead and text != " " else text


def _of_character(text: str) -> int:
    return ord(text) if len(text) == 1 and ord(text) <= 0xFF else _UNICODE + ord(text[0])


def _table() -> Callable[[int], int]:
    """Return the table of the older keysyms (Greek, Cyrillic, …), which libxkbcommon holds on every desktop."""
    if not _tables:
        try:
            table: Callable[[int], int] = ctypes.CDLL("libxkbcommon.so.0").xkb_keysym_to_utf32
        except (OSError, AttributeError):
            table = lambda _keysym: 0  # noqa: E731  (without the library those scripts are not followed)
        _tables.append(table)
    return _tables[0]


_tables: list[Callable[[int], int]] = []

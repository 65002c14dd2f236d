"""Pictures that are copied on Windows and macOS, decoded for real; the two clipboards in their documented shapes."""

import struct
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import copied_picture
from agent.copied_picture import LONGEST_SIDE, decoded_bitmap, decoded_tiff
from agent.platforms.mac_clipboard import MARKS, PNG, TEXT, TIFF, MacClipboard
from agent.platforms.mac_frameworks import Frameworks
from agent.platforms.win_clipboard import WindowsClipboard
from agent.ports import Scene, SeenPicture
from tests.agent.windows_as_recorded import Desktop

NOWHERE = Scene.nowhere()
BITMAP = 8
NAMES = {"TEXT": TEXT, "PNG": PNG, "TIFF": TIFF}


def noise(height: int = 30, width: int = 41) -> Any:
    return np.random.default_rng(7).integers(0, 256, (height, width, 3), np.uint8)


def encoded(kind: str, pixels: Any) -> bytes:
    done, data = cv2.imencode(kind, pixels)
    assert done
    return bytes(data)


def bitmap(pixels: Any, depth: int = 24, *, down: bool = False, kind: int = 0, head: int = 40) -> bytes:
    """Return a packed bitmap: rows from below, or from above with a negative height."""
    height, width = pixels.shape[:2]
    rows = pixels if down else pixels[::-1]
    if depth == 32:
        rows = np.dstack([rows, np.full((height, width), 255, np.uint8)])
    body = b"".join(row.tobytes().ljust((width * depth + 31) // 32 * 4, b"\0") for row in rows)
    first = struct.pack("<IiiHHIIiiII", head, width, -height if down else height, 1, depth, kind, len(body), 0, 0, 0, 0)
    masks = struct.pack("<III", 0xFF0000, 0xFF00, 0xFF) if kind == 3 else b""
    return first + (masks + bytes(head - 40 - len(masks)) if head > 40 else masks) + body


@pytest.mark.parametrize(("depth", "kind", "head"), [(24, 0, 40), (32, 0, 40), (32, 3, 40), (32, 3, 124), (24, 0, 124)])
@pytest.mark.parametrize("down", [False, True])
def test_a_bitmap_is_what_it_was(depth: int, kind: int, head: int, down: bool) -> None:
    """In every shape that programs copy, pixel by pixel; its rows are filled up to four bytes."""
    found = decoded_bitmap(bitmap(noise(), depth, down=down, kind=kind, head=head))
    assert found is not None
    assert np.array_equal(found[..., :3], noise())


def test_a_bitmap_with_a_colour_table() -> None:
    """Two colours, of which the second is red."""
    table = bytes([0, 0, 0, 0, 0, 0, 255, 0]) + bytes(4 * 254)
    first = struct.pack("<IiiHHIIiiII", 40, 4, 1, 1, 8, 0, 4, 0, 0, 0, 0)
    found = decoded_bitmap(first + table + bytes([0, 1, 0, 1]))
    assert found is not None
    assert found[0, :, 2].tolist() == [0, 255, 0, 255]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(40),
        bitmap(noise())[:-1],
        struct.pack("<IiiHHIIiiII", 40, 100_000, 100_000, 1, 32, 0, 0, 0, 0, 0, 0),
        struct.pack("<IiiHHIIiiII", 40, 4, 4, 1, 8, 1, 0, 0, 0, 0, 0) + bytes(2_000),
        struct.pack("<IiiHHIIiiII", 4_000, 4, 4, 1, 24, 0, 0, 0, 0, 0, 0) + bytes(60),
        struct.pack("<IiiHHIIiiII", 40, -4, 4, 1, 24, 0, 0, 0, 0, 0, 0) + bytes(60),
        struct.pack("<IiiHHIIiiII", 40, 4, 0, 1, 24, 0, 0, 0, 0, 0, 0) + bytes(60),
    ],
    ids=["nothing", "zeros", "cut", "claims", "compressed", "head", "negative", "flat"],
)
def test_what_is_no_bitmap_is_passed_over(data: bytes) -> None:
    assert decoded_bitmap(data) is None


def test_a_tiff_is_what_it_was() -> None:
    """Both orders of bytes: the system's own programs write the other one than cv2 does."""
    data = encoded(".tiff", noise())
    assert data[:2] == b"II"
    found = decoded_tiff(data)
    assert found is not None
    assert np.array_equal(found[..., :3], noise())
    found = decoded_tiff(other_order(noise()))
    assert found is not None
    assert np.array_equal(found[..., :3], noise())


def other_order(pixels: Any) -> bytes:
    """Return a TIFF as TIFF 6.0 describes it, high bytes first, not compressed."""
    height, width = pixels.shape[:2]
    body = pixels[..., ::-1].tobytes()
    tags = [
        (256, 4, 1, width), (257, 4, 1, height), (258, 3, 3, 8 + len(body)), (259, 3, 1, 1 << 16), (262, 3, 1, 2 << 16),
        (273, 4, 1, 8), (277, 3, 1, 3 << 16), (278, 4, 1, height), (279, 4, 1, len(body)), (284, 3, 1, 1 << 16),
    ]  # fmt: skip
    depths = struct.pack(">HHH", 8, 8, 8)
    directory = struct.pack(">H", len(tags)) + b"".join(struct.pack(">HHII", *tag) for tag in tags) + bytes(4)
    return b"MM\0*" + struct.pack(">I", 8 + len(body) + len(depths)) + body + depths + directory


def test_a_tiff_that_claims_too_much_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor one that is cut, or no TIFF; a large one is made smaller."""
    large = encoded(".tiff", np.full((100, 4000, 3), 90, np.uint8))
    found = decoded_tiff(large)
    assert found is not None
    assert found.shape == (48, LONGEST_SIDE, 4)
    monkeypatch.setattr(copied_picture, "MOST_PIXELS", 399_999)
    assert decoded_tiff(large) is None
    small = encoded(".tiff", noise())
    assert [decoded_tiff(data) for data in (b"", b"II*\0", b"II*\0\xff\xff\xff\xff", small[:40])] == [None] * 4


@given(st.binary(max_size=200), st.sampled_from([b"", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", bytes([40, 0, 0, 0])]))
def test_no_bytes_break_it(data: bytes, start: bytes) -> None:
    """Whatever somebody copies."""
    for found in (decoded_bitmap(start + data), decoded_tiff(start + data)):
        assert found is None or found.shape[2] == 4


@pytest.mark.parametrize(("kind", "data"), [("PNG", encoded(".png", noise())), (BITMAP, bitmap(noise(), 32))])
def test_a_picture_copied_on_windows(kind: str | int, data: bytes) -> None:
    """Only where pictures are permitted, and never what is marked as private; text beside it is given too."""
    desktop = Desktop(clipboard="words")
    source, blind = (WindowsClipboard(desktop.api(), pictures=one) for one in (True, False))
    desktop.pictures, desktop.number = {kind: data}, 2
    text, picture = source.poll(NOWHERE)
    assert isinstance(picture, SeenPicture)
    assert np.array_equal(picture.pixels[..., :3], noise())
    assert (text.source, picture.source, picture.provenance.name) == ("clipboard", "clipboard", "PASTED")
    desktop.fetched.clear()
    assert [type(one).__name__ for one in blind.poll(NOWHERE)] == ["Seen"]
    assert desktop.fetched == [13]
    desktop.number, desktop.formats = 3, {"Clipboard Viewer Ignore"}
    assert source.poll(NOWHERE) == ()
    assert desktop.fetched == [13]
    assert desktop.opened == 0


def test_the_better_one_of_two_is_fetched_and_a_large_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    desktop = Desktop()
    source = WindowsClipboard(desktop.api(), pictures=True)
    desktop.pictures, desktop.number = {"PNG": encoded(".png", noise()), BITMAP: bitmap(noise())}, 2
    assert len(source.poll(NOWHERE)) == 1
    assert desktop.fetched == [13, "PNG"]
    monkeypatch.setattr("agent.platforms.win_clipboard.MOST_BYTES", 10)
    desktop.number = 3
    assert source.poll(NOWHERE) == ()


class _Data(bytes):
    """NSData."""

    def length(self) -> int:
        return len(self)


class _Board:
    """NSPasteboard."""

    def __init__(self) -> None:
        self.count, self.kinds, self.fetched = 1, {}, []  # type: ignore[var-annotated]

    def copy(self, **kinds: Any) -> None:
        self.count, self.kinds = self.count + 1, {NAMES[name]: data for name, data in kinds.items()}

    def changeCount(self) -> int:
        return self.count

    def types(self) -> list[str]:
        return list(self.kinds)

    def stringForType_(self, kind: str) -> str | None:
        return self.kinds.get(kind)

    def dataForType_(self, kind: str) -> bytes | None:
        self.fetched.append(kind)
        return self.kinds.get(kind)


def clipboards(board: _Board) -> tuple[MacClipboard, MacClipboard]:
    workspace = SimpleNamespace(sharedWorkspace=lambda: SimpleNamespace(frontmostApplication=lambda: None))
    appkit = SimpleNamespace(NSPasteboard=SimpleNamespace(generalPasteboard=lambda: board), NSWorkspace=workspace)
    found = Frameworks(None, appkit, None)
    return MacClipboard(found, pictures=True), MacClipboard(found)


@pytest.mark.parametrize(("kind", "file"), [("PNG", ".png"), ("TIFF", ".tiff")])
def test_a_picture_copied_on_macos(kind: str, file: str) -> None:
    """Only where pictures are permitted, and never what is marked as concealed; text beside it is given too."""
    board = _Board()
    source, blind = clipboards(board)
    board.copy(TEXT="words", **{kind: _Data(encoded(file, noise()))})
    text, picture = source.poll(NOWHERE)
    assert isinstance(picture, SeenPicture)
    assert np.array_equal(picture.pixels[..., :3], noise())
    assert (text.source, picture.source, picture.provenance.name) == ("clipboard", "clipboard", "PASTED")
    assert board.fetched == [NAMES[kind]]
    assert [type(one).__name__ for one in blind.poll(NOWHERE)] == ["Seen"]
    board.copy(TEXT="hunter2", PNG=_Data(b"x"))
    board.kinds[min(MARKS)] = ""
    assert source.poll(NOWHERE) == ()
    assert len(board.fetched) == 1


def test_what_is_too_large_or_not_there_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program may offer a type and not give it."""
    board = _Board()
    source, _ = clipboards(board)
    board.copy(PNG=None)
    assert source.poll(NOWHERE) == ()
    monkeypatch.setattr("agent.platforms.mac_clipboard.MOST_BYTES", 10)
    board.copy(PNG=_Data(encoded(".png", noise())))
    assert source.poll(NOWHERE) == ()

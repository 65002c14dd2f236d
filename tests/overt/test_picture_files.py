"""Picture files as they come: every kind is read as 8-bit colour, and bombs are refused before they are decoded."""

import io
import struct
import tracemalloc
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from engine.errors import PictureError
from engine.image.hashing import pdq
from overt.picture_files import decode, pixels_of
from overt.picture_sizes import claimed_size

PHOTO = np.ascontiguousarray(data.coffee()[..., ::-1])
ENDINGS = (".png", ".jpg", ".bmp", ".gif", ".tiff", ".webp", ".jp2", ".avif")


def encoded(ending: str, picture: np.ndarray = PHOTO) -> bytes:
    done, found = cv2.imencode(ending, picture)
    assert done
    return bytes(found.tobytes())


def apart(one: np.ndarray, other: np.ndarray) -> int:
    return (int.from_bytes(pdq(one)[0]) ^ int.from_bytes(pdq(other)[0])).bit_count()


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_kind_is_read_and_its_claim_is_known(ending: str) -> None:
    """The hash is that of the original, and the size is read from the first bytes."""
    found = encoded(ending)
    assert claimed_size(found) == (PHOTO.shape[1], PHOTO.shape[0])
    assert apart(pixels_of(found, "x"), PHOTO) <= 12


@pytest.mark.parametrize(
    "picture",
    [PHOTO[..., 0], PHOTO.astype(np.uint16) * 257, np.dstack([PHOTO, np.full(PHOTO.shape[:2], 255, np.uint8)])],
    ids=["grey", "16 bits", "alpha"],
)
def test_other_depths_become_8_bit_colour(picture: np.ndarray) -> None:
    """Grey, 16 bits a sample, and transparency."""
    found = pixels_of(encoded(".png", picture), "x")
    assert (found.dtype, found.shape) == (np.uint8, PHOTO.shape)
    assert apart(found, PHOTO if picture.ndim == 3 else picture) <= 6


def test_cmyk_is_read() -> None:
    """What print shops and cameras leave behind."""
    from PIL import Image  # noqa: PLC0415  (comes with scikit-image)

    stream = io.BytesIO()
    Image.fromarray(data.coffee()).convert("CMYK").save(stream, "JPEG")
    assert apart(pixels_of(stream.getvalue(), "x"), PHOTO) <= 31


def test_of_an_animation_the_first_picture_is_read() -> None:
    """Animated GIF: one picture, not a crash."""
    from PIL import Image  # noqa: PLC0415

    stream = io.BytesIO()
    frames = [Image.fromarray(data.coffee()), Image.fromarray(data.coffee()[::-1])]
    frames[0].save(stream, "GIF", save_all=True, append_images=frames[1:])
    assert apart(pixels_of(stream.getvalue(), "x"), PHOTO) <= 31


def png(width: int, height: int) -> bytes:
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))


def jpeg(width: int, height: int) -> bytes:
    return b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08" + struct.pack(">HH", height, width) + bytes(20)


def tiff(width: int, height: int) -> bytes:
    entries = struct.pack("<HHII", 256, 4, 1, width) + struct.pack("<HHII", 257, 4, 1, height)
    return b"II*\0" + struct.pack("<IH", 8, 2) + entries + bytes(4)


def webp(width: int, height: int) -> bytes:
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + size


def box(name: bytes, inside: bytes) -> bytes:
    return struct.pack(">I", 8 + len(inside)) + name + inside


def avif(width: int, height: int) -> bytes:
    return box(b"ftyp", b"avif") + box(b"meta", box(b"ispe", struct.pack(">III", 0, width, height)))


@pytest.mark.parametrize("make", [png, jpeg, tiff, webp, avif])
def test_a_bomb_is_refused_before_it_is_decoded(make) -> None:
    """A few bytes that claim 60,000 x 60,000 pixels cost no memory."""
    tracemalloc.start()
    with pytest.raises(PictureError, match="stick/a: claims 60000 x 60000 pixels"):
        pixels_of(make(60_000, 60_000), "stick/a")
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (b"", "the file is empty"),
        (b"no picture", "is no picture"),
        (encoded(".png")[:40], "damaged"),
        (png(0, 0), "damaged"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (b"\xff\xd8\xff", "damaged"),
        (b"BM" + bytes(3), "damaged"),
        (b"II*\0\xff\xff\xff\xff", "damaged"),
    ],
)
def test_what_is_no_picture_is_named(tmp_path: Path, found: bytes, said: str) -> None:
    """One sentence with the file's name."""
    path = tmp_path / "a.jpg"
    path.write_bytes(found)
    with pytest.raises(PictureError, match=f"a.jpg: .*{said}"):
        decode(path)


@pytest.mark.parametrize("ending", ENDINGS)
def test_cut_and_changed_files_never_crash(ending: str) -> None:
    """Cut anywhere, or with bytes changed: pixels, or an error with the name."""
    whole = encoded(ending, cv2.resize(PHOTO, (60, 40)))
    source = np.random.default_rng(4)
    for _ in range(40):
        broken = bytearray(whole[: int(source.integers(1, len(whole)))])
        for at in source.integers(0, len(broken), 3):
            broken[at] = int(source.integers(0, 256))
        assert "name: " in said_of(bytes(broken))


def said_of(found: bytes) -> str:
    try:
        return f"name: {pixels_of(found, 'name').ndim}"
    except PictureError as error:
        return str(error)

"""Known pictures on real pages: written as HTML, shown by Chromium, grabbed as pixels, with each picture's place."""

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.pictures import Picture
from engine.image.regions import Region

WIDTH, HEIGHT = 1920, 1080
WORDS = "The council met on Tuesday to talk about the new bridge, the library roof and the price of bread. " * 3


@dataclass(frozen=True, slots=True)
class Kind:
    """One way in which pictures are shown. `style` is of the image, `page` of the body."""

    name: str
    width: int
    on_page: int
    style: str = ""
    page: str = "background:#fff;color:#222"
    change: str = ""
    """What is done to the picture before it is shown."""
    height: int | None = None


KINDS = (
    Kind("160 px", 160, 12),
    Kind("240 px", 240, 12),
    Kind("320 px", 320, 10),
    Kind("480 px", 480, 6),
    Kind("640 px", 640, 3),
    Kind("960 px", 960, 1),
    Kind("dark page", 300, 10, page="background:#16181c;color:#ddd"),
    Kind("rows without gaps", 0, 12, "margin:0;height:220px;width:auto;vertical-align:top", "font-size:0"),
    Kind("rounded card", 340, 8, "border-radius:12px;box-shadow:0 1px 4px #0003", "background:#f0f2f5"),
    Kind("chat bubble", 330, 6, "border:6px solid #dcf8c6;border-radius:8px", "background:#e5ddd5"),
    Kind("object-fit: cover", 320, 8, "object-fit:cover", height=220),
    Kind("JPEG quality 50", 360, 8, change="jpeg"),
    Kind("cropped by 2 %", 360, 8, change="crop-2"),
    Kind("cropped by 5 %", 360, 8, change="crop-5"),
    Kind("border of 3 px", 360, 8, "border:3px solid #444"),
    Kind("watermark", 360, 8, change="watermark"),
    Kind("mirrored", 360, 8, change="mirror"),
    Kind("frame of a video player", 800, 1, page="background:#000;text-align:center", change="player"),
)


@dataclass(frozen=True, slots=True)
class Placed:
    """A picture on a page: its number, and its rectangle in whole pixels, as layout and accessibility give it."""

    number: int
    region: Region


@dataclass(frozen=True, slots=True)
class Shot:
    """What a page showed."""

    kind: str
    pixels: Picture
    placed: tuple[Placed, ...]
    """Those that stand whole on the page."""
    numbers: frozenset[int] = frozenset()
    """All that can be seen, whole or in part."""


def shots(browser: Any, folder: Path, pictures: Sequence[Picture], kinds: Sequence[Kind], each: int) -> Iterator[Shot]:
    """Show each kind until `each` pictures of it stood whole on a page; yield the pages."""
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    source = np.random.default_rng(9)
    for kind in kinds:
        numbers = [int(one) for one in source.permutation(len(pictures))] * (1 + each // len(pictures))
        shown, at = 0, 0
        while shown < each:
            chosen = numbers[at : at + min(kind.on_page, each - shown)]
            at += len(chosen)
            file = folder / "page.html"
            file.write_text(_page(kind, [(one, *_laid(folder, kind, one, pictures[one])) for one in chosen]))
            page.goto(file.as_uri())
            all_placed = tuple(_placed(page))
            placed = tuple(one for one in all_placed if one.region.bottom <= HEIGHT and one.region.right <= WIDTH)
            if not placed:
                raise RuntimeError(f"no picture of the kind {kind.name} stood whole on its page")
            shown += len(placed)
            seen = frozenset(one.number for one in all_placed)
            yield Shot(kind.name, _grabbed(page), placed, seen)
    page.close()


def _laid(folder: Path, kind: Kind, number: int, picture: Picture) -> tuple[str, tuple[int, ...]]:
    """Lay a picture beside the page, once for each change; return its name, and its height and width."""
    shown = changed(picture, kind.change)
    file = folder / f"{number}{kind.change}.png"
    if not file.exists():
        cv2.imwrite(str(file), shown)
    return file.name, shown.shape[:2]


def changed(picture: Picture, change: str) -> Picture:
    """Return a picture as it may come to a page."""
    height, width = picture.shape[:2]
    match change:
        case "jpeg":
            packed = cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, 50))[1]
            return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
        case "crop-2" | "crop-5":
            share = int(change[-1]) / 200
            top, left = int(height * share), int(width * share)
            return picture[top : height - top, left : width - left]
        case "mirror":
            return np.ascontiguousarray(picture[:, ::-1])
        case "watermark":
            marked = picture.copy()
            cv2.putText(marked, "EXAMPLE", (width // 20, height - height // 20), 0, width / 500, (255, 255, 255), 2)
            return marked
        case _:
            return picture


def _page(kind: Kind, pictures: Sequence[tuple[int, str, tuple[int, ...]]]) -> str:
    items = "".join(_item(kind, number, name, shape) for number, name, shape in pictures)
    style = f"body{{margin:14px;font:15px/1.4 sans-serif;{kind.page}}}" + _STYLE
    return f"<!doctype html><meta charset=utf-8><style>{style}</style>{items}<p>{WORDS}</p>"


_STYLE = (
    "*{box-sizing:border-box}figure{display:inline-block;margin:6px 8px;vertical-align:top}p{max-width:60em}"
    ".bar{height:36px;margin:auto;background:#222}.bar div{width:40%;height:4px;background:#e33}"
)


def _item(kind: Kind, number: int, name: str, shape: tuple[int, ...]) -> str:
    height, width = shape
    shown = kind.width or round(220 * width / height)
    tall = kind.height or max(1, round(shown * height / width))
    if tall > HEIGHT - 120:
        shown, tall = max(1, round(shown * (HEIGHT - 120) / tall)), HEIGHT - 120
    style = f"width:{shown}px;height:{tall}px;{kind.style}"
    image = f'<img data-number="{number}" src="{name}" style="{style}">'
    if kind.change == "player":
        return f'{image}<div class="bar" style="width:{shown}px"><div></div></div>'
    if kind.style.startswith("margin:0"):
        return image
    return f"<figure>{image}<div>{html.escape(WORDS[:24])}</div></figure>"


_RECTANGLES = """() => [...document.images].map(one => {
  const box = one.getBoundingClientRect(), style = getComputedStyle(one), edge = parseFloat(style.borderTopWidth);
  return [Number(one.dataset.number), box.left + edge, box.top + edge, box.width - 2 * edge, box.height - 2 * edge];
}).filter(one => one[2] < innerHeight && one[1] < innerWidth)"""


def _placed(page: Any) -> Iterator[Placed]:
    for number, left, top, width, height in page.evaluate(_RECTANGLES):
        yield Placed(int(number), Region(round(left), round(top), round(width), round(height)))


def _grabbed(page: Any) -> Picture:
    pixels = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    return np.asarray(pixels, np.uint8)

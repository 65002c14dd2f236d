"""Plain interfaces without any picture, in colours that skin has too: none of them may be flagged.

    python -m benchmarks.plain_screens

Chromium shows mail, forms, tables, menus, charts and chats in a dozen pairs of colours.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np

from benchmarks.picture_pages import HEIGHT, WIDTH, WORDS
from benchmarks.pictures import Picture
from engine.image.detect import find_regions
from engine.image.prefilter import Ask
from engine.image.screen import PictureScreener
from engine.image.skin import DEFAULT_THRESHOLD, SkinPrefilter
from overt.demo.browser import headless_browser, playwright
from overt.picture_models import faces

COLOURS = (
    ("#ffffff", "#2b6cb0"), ("#f5e6da", "#c68642"), ("#e0ac69", "#8d5524"), ("#ffdbac", "#f1c27d"),
    ("#8d5524", "#ffdbac"), ("#fff7ed", "#ea580c"), ("#fde68a", "#b45309"), ("#3b2417", "#d2a679"),
    ("#1f2328", "#e6a57e"), ("#fbeee6", "#e59866"), ("#edc9af", "#a0522d"), ("#0d1117", "#58a6ff"),
)  # fmt: skip
"""Of the page, and of what stands on it."""
LAYOUTS = ("mail", "form", "table", "chart", "chat")


@dataclass(frozen=True, slots=True)
class Plain:
    """What was found on plain screens: pages, rectangles taken for pictures, pages that were flagged."""

    pages: int
    regions: int
    flagged: int


_STYLE = """body{margin:0;padding:20px;background:BACK;color:#444;font:16px sans-serif}.big{padding:24px 90px;border:0}
.side{position:absolute;left:0;top:0;bottom:0;width:280px}.bar{display:inline-block;width:70px;margin:8px}
.said{max-width:640px;margin:9px;padding:14px;border-radius:16px}.big,.side,.bar,.said{background:FRONT}
.fade{height:180px;background:linear-gradient(90deg,BACK,FRONT)}td{border:1px solid FRONT;padding:6px}
.line{padding:7px 12px;border-bottom:1px solid FRONT}"""


def html(layout: str, back: str, front: str) -> str:
    """Return a page of one layout in two colours."""
    style = _STYLE.replace("BACK", back).replace("FRONT", front)
    return f"<!doctype html><meta charset=utf-8><style>{style}</style>{_inner(layout)}"


def _inner(layout: str) -> str:
    match layout:
        case "mail":
            lines = "".join(f"<div class=line>{WORDS[at : at + 80]}</div>" for at in range(28))
            return f"<div class=side>Inbox<br><br>Sent</div><div style='margin-left:300px'>{lines}</div>"
        case "form":
            field = "<p>Name of the field<br><input style='width:400px;padding:9px' value='A value'></p>"
            return field * 9 + "<button class=big>Send the form</button> <button class=big>Cancel</button>"
        case "table":
            rows = ("".join(f"<td>{at * row}</td>" for at in range(12)) for row in range(26))
            return f"<table style='width:95%'>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"
        case "chart":
            bars = "".join(f"<div class=bar style='height:{90 + 53 * at % 600}px'></div>" for at in range(14))
            return f"<h1>Sales</h1>{bars}<div class=fade></div>"
        case _:
            shifted = ((180 * (at % 3), WORDS[at : at + 90]) for at in range(14))
            return "".join(f"<div class=said style='margin-left:{left}px'>{words}</div>" for left, words in shifted)


def screens(browser: Any, folder: Path) -> Iterator[Picture]:
    """Yield every layout in every pair of colours, as pixels."""
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    file = folder / "plain.html"
    for layout in LAYOUTS:
        for back, front in COLOURS:
            file.write_text(html(layout, back, front))
            page.goto(file.as_uri())
            pixels = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_COLOR)
            yield np.asarray(pixels, np.uint8)
    page.close()


def measure_plain() -> Plain:
    """Look at every plain screen as the agent does: what is taken for a picture is weighed."""
    screener = PictureScreener([], prefilters=[Ask(SkinPrefilter(faces()), DEFAULT_THRESHOLD)])
    pages, regions, flagged = 0, 0, 0
    with TemporaryDirectory() as folder, playwright() as driver:
        browser = headless_browser(driver, trusted_key="")
        for pixels in screens(browser, Path(folder)):
            found = find_regions(pixels)
            pages, regions = pages + 1, regions + len(found)
            flagged += bool(screener.screen(pixels, found).findings)
        browser.close()
    return Plain(pages, regions, flagged)


if __name__ == "__main__":
    print(measure_plain())

"""Pictures of the console's main pages for the documents: a made-up day, in two sizes, by day and by night.

    python -m benchmarks.screenshots [FOLDER]

Writes PAGE-WIDTH-SCHEME.png into docs/images, or into FOLDER.
"""

import sys
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.console import day
from tests.console.browser import logged_in, running
from tests.console.site import CaseSite

SIZES = ((1366, 768), (1920, 1080))
SCHEMES = ("light", "dark")
BEFORE = "122111"  # keys pressed before the first picture: a desk with some work done
SETTLED_MS = 700


def main(folder: Path) -> int:
    """Make the pictures; print their names."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, closing(CaseSite(Path(data))) as site:
        start = day.midnight(site.begin)
        site.add([replace(one, words=one.words.partition(" (")[0]) for one in day.captures(start=start)])
        day.add_events(site, start=start)
        with running(site) as address, logged_in(site, address) as page:
            _do_some_work(page)
            for path in _pages(page, address):
                for width, height in SIZES:
                    for scheme in SCHEMES:
                        _picture(
                            page, address, path, folder / f"{_name(path)}-{width}-{scheme}.png", width, height, scheme
                        )
    return 0


def _do_some_work(page: Any) -> None:
    page.wait_for_selector("#detail[data-state=ready]")
    page.wait_for_timeout(3000)
    for key in BEFORE:
        for one in ("End", key):  # from the end of the queue, where the mild ones are
            page.wait_for_selector("#detail[data-state=ready]")
            page.keyboard.press(one)
    page.keyboard.press("f")
    page.wait_for_selector("#fix-box[open]")
    page.click("#fix-box button[value=keep]")
    page.wait_for_selector("#detail[data-state=ready]")
    page.keyboard.press("Home")
    page.wait_for_timeout(SETTLED_MS)


def _pages(page: Any, address: str) -> list[str]:
    bar = page.eval_on_selector_all("nav a", "all => all.map(one => one.getAttribute('href'))")
    capture = str(page.get_attribute(".row[aria-current]", "href"))
    return [*bar, capture]


def _picture(page: Any, address: str, path: str, file: Path, width: int, height: int, scheme: str) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{address}{path}")
    page.wait_for_selector("main:not([data-state=loading])")
    page.wait_for_timeout(SETTLED_MS)
    page.screenshot(path=file)
    print(file)


def _name(path: str) -> str:
    return "capture" if path.count("/") > 1 else path.strip("/")


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/images")))

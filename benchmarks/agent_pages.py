"""Pages for the agent's benchmarks: words that each stand on one page only, in the fonts that desktops use."""

import html
import random
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from wordfreq import top_n_list

UI_FONTS = (
    "DejaVu Sans", "Liberation Sans", "Noto Sans", "Ubuntu", "Cantarell", "Roboto", "Open Sans", "Nimbus Sans",
    "DejaVu Serif", "Liberation Serif",
)  # fmt: skip
"""Free fonts of desktops and of pages; Liberation Sans has the widths of Arial. Those that are installed are used."""
SIZES = (10, 11, 12, 13, 14, 16)
THEMES = {"light": ("#ffffff", "#111111"), "dark": ("#14181f", "#e4e6e8"), "grey": ("#e6e8eb", "#4a4f57")}
"""Paper and ink. The grey one has a contrast of 7 to 1, the least that WCAG asks of enhanced pages."""


@dataclass(frozen=True, slots=True)
class WordPage:
    """A page, and the words on it, each once and on no other page."""

    title: str
    font: str
    size: int
    """Pixels."""
    theme: str
    words: tuple[str, ...]

    def html(self) -> str:
        """Return the page: a heading and paragraphs of words, as wide as a reader has them."""
        paper, ink = THEMES[self.theme]
        paragraphs = "".join(f"<p>{html.escape(' '.join(part))}.</p>" for part in _parts(self.words, 24))
        return (
            f"<!doctype html><meta charset=utf-8><title>{self.title}</title>"
            f"<style>body{{background:{paper};color:{ink};font:{self.size}px '{self.font}';"
            f"max-width:{46 * self.size}px;margin:24px 40px;line-height:1.45}}</style>{paragraphs}"
        )


def _parts(words: Sequence[str], length: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(words), length):
        yield words[start : start + length]


@cache
def installed_fonts() -> tuple[str, ...]:
    """Return those of the fonts that this computer has; the first one where it does not tell."""
    program = shutil.which("fc-list")
    if program is None:
        return UI_FONTS[:1]
    told = subprocess.run([program, ":", "family"], capture_output=True, text=True, check=True).stdout
    families = {name.strip() for line in told.splitlines() for name in line.split(",")}
    return tuple(one for one in UI_FONTS if one in families) or UI_FONTS[:1]


class Vocabulary:
    """English words of four letters and more, each given out once."""

    def __init__(self, seed: int = 7) -> None:
        """Shuffle the words that people use most, without the very commonest."""
        self._words = [
            one for one in top_n_list("en", 40_000)[400:] if one.isascii() and one.isalpha() and len(one) > 3
        ]
        random.Random(seed).shuffle(self._words)

    def take(self, count: int) -> tuple[str, ...]:
        """Return so many words that were not given before."""
        taken, self._words = self._words[:count], self._words[count:]
        assert len(taken) == count, "there are no words left"
        return tuple(taken)


def reading_pages(vocabulary: Vocabulary, *, short: bool, words: int = 120) -> Iterator[WordPage]:
    """Yield a page for every font, size and theme; `short`: every size and theme, with fonts in turn."""
    fonts = installed_fonts()
    number = 0
    for theme in THEMES:
        for size in SIZES:
            for font in (fonts[number % len(fonts)],) if short else fonts:
                number += 1
                yield WordPage(f"Page {number}", font, size, theme, vocabulary.take(words))

"""What the text benchmark reads: a folder of real texts, or texts generated from the project's pages; and term lists.

Everything is drawn with fixed seeds, so two runs on one machine measure the same work.
"""

import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import libraries
from engine.library import parse

ROOT = Path(__file__).resolve().parent.parent
BLOCK = 64 * 1024
PARAGRAPH = 400
TYPOGRAPHY = {"'": "’", '"': "”", "-": "–", "e": "é"}
WORD = re.compile(r"[a-z]{3,14}")


def texts_of(folder: Path | None, size: int) -> Iterator[str]:
    """Yield texts of a folder (the "text" of .jsonl files), or generated ones, up to so many characters in all."""
    read = 0
    for text in _stored(folder) if folder else _generated():
        yield text
        read += len(text)
        if read >= size:
            return


def _stored(folder: Path) -> Iterator[str]:
    readers = [_lines(file) for file in sorted(folder.glob("*.jsonl"))]
    if not readers:
        raise SystemExit(f"{folder} holds no .jsonl file")
    while readers:
        for reader in list(readers):
            text = next(reader, None)
            if text is None:
                readers.remove(reader)
            else:
                yield text


def _lines(file: Path) -> Iterator[str]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)["text"]


def prose() -> list[str]:
    """Return the words of the project's pages, in order, less most of the words that its libraries watch."""
    pages = [ROOT / "LICENSE", ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    written = [re.sub(r"```.*?```|`[^`]*`|^\|.*$", " ", page.read_text("utf-8"), flags=re.S | re.M) for page in pages]
    watched, draw = set(shipped_terms()), random.Random(4)
    words = " ".join(written).split()
    return [word for word in words if word.strip(".,;:()'\"*").lower() not in watched or draw.random() < 0.02]


def shipped_terms() -> list[str]:
    """Return the plain texts of the shipped libraries."""
    return [
        text
        for name, file in sorted(libraries.shipped().items())
        for term in parse(file.read_text("utf-8"), origin=name).terms
        for text in term.texts
        if text.isascii() and text.replace(" ", "").isalpha()
    ]


def _generated() -> Iterator[str]:
    """Yield endless paragraphs in which each pair of words is one that somebody wrote; 0.1 % of it is not ASCII."""
    words, draw = prose(), random.Random(1)
    following = defaultdict(list)
    for first, second in pairwise(words):
        following[first].append(second)
    word = words[0]
    while True:
        paragraph: list[str] = []
        for _ in range(draw.randint(10, PARAGRAPH // 4)):
            word = draw.choice(following.get(word) or words)
            paragraph.append(word + ("\n" if draw.random() < 0.08 else ""))
        yield _typeset(" ".join(paragraph), draw)


def _typeset(text: str, draw: random.Random) -> str:
    """Give a text a few curly quotes, dashes and accents."""
    return "".join(TYPOGRAPHY[char] if char in TYPOGRAPHY and draw.random() < 0.01 else char for char in text)


def blocks(texts: Iterator[str], *, ascii_only: bool) -> list[str]:
    """Join texts into blocks of 64 KB."""
    made: list[str] = []
    open_block: list[str] = []
    size = 0
    for text in texts:
        open_block.append(text.encode("ascii", "replace").decode() if ascii_only else text)
        size += len(text) + 1
        if size >= BLOCK:
            made.append("\n".join(open_block))
            open_block, size = [], 0
    return made


def screens(texts: list[str], count: int) -> list[str]:
    """Return texts of 2 to 8 KB, as they stand on screens."""
    draw, whole = random.Random(2), "\n".join(texts)
    made = []
    for _ in range(count):
        start, size = draw.randrange(max(1, len(whole) - 8192)), draw.randint(2048, 8192)
        made.append(whole[start : start + size])
    return made


def terms(count: int, texts: list[str]) -> list[str]:
    """Return so many terms: those shipped, rare words of the text, and made-up words and phrases that look like words.

    About one term in fifty stands in the text, as in real libraries: most of a library never fires.
    """
    draw = random.Random(3)
    shipped = shipped_terms()
    seen: dict[str, int] = defaultdict(int)
    for text in texts[:2000]:
        for word in WORD.findall(text.lower()):
            seen[word] += 1
    rare = sorted(word for word, times in seen.items() if times <= 3)
    draw.shuffle(rare)
    draw.shuffle(shipped)
    chosen = dict.fromkeys([*shipped[: count // 2], *rare[: count // 50]])
    words = _look_alikes(sorted(seen), draw)
    while len(chosen) < count:
        phrase = draw.random() < 0.2
        chosen[f"{next(words)} {draw.choice(rare)}" if phrase and rare else next(words)] = None
    return list(chosen)[:count]


def _look_alikes(vocabulary: list[str], draw: random.Random) -> Iterator[str]:
    """Yield endless made-up words whose triples of letters are those of real words."""
    following = defaultdict(list)
    for word in vocabulary:
        padded = f"  {word} "
        for at in range(len(padded) - 2):
            following[padded[at : at + 2]].append(padded[at + 2])
    known = set(vocabulary)
    while True:
        made = "  "
        while not made.endswith(" ") or made == "  ":
            made += draw.choice(following[made[-2:]])
        word = made.strip()
        if 4 <= len(word) <= 16 and word not in known:
            yield word


RULES = [
    "",
    "",
    'allow = ["the {0} arms", "{0} street"]\n',
    'near = {{ any = ["buy", "sell", "price", "want"], within = 8 }}\n',
    'score = {{ threshold = 2, weight = 1, words = {{ "buy" = 1, "selling" = 2, "garden" = -2 }} }}\n',
    'not-near = {{ any = ["history", "museum"] }}\nseverity-when = [{{ any = ["school"], severity = 5 }}]\n',
]
HEAD = """format = "overt-library-1"
[library]
id = "bench"
version = "1"
title = "Benchmark"
languages = ["en"]
category = "bench"
severity = 3
licence = "CC0-1.0"
source = "generated"
owner = "benchmark"
review = 2100-01-01
"""


def library(chosen: list[str], *, rules: bool) -> str:
    """Write a library of the terms: bare, or with every kind of rule in turn."""
    parts = [HEAD]
    for number, text in enumerate(chosen):
        rule = RULES[number % len(RULES)].format(text) if rules else ""
        parts.append(f'[[term]]\nid = "t{number}"\ntext = "{text}"\n{rule}')
    return "".join(parts)

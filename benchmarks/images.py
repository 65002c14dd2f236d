"""Speed of everything about pictures, as ratios to peers measured in the same run.

    python -m benchmarks.images [--rows N] [--json FILE]

Prints what one look at the screen costs beside a copy of a frame; the exact search beside a naive numpy scan and
beside one sequential read of the database; its recall against measuring every hash; our PDQ beside the `pdqhash`
package; finding regions; and a page of 20 pictures from pixels to verdict beside a copy of the frame. Milliseconds are
CPU time of one thread, as the agent works: the wall clock on a machine that does nothing else. A bar that is missed is
marked, and the exit code is 1.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pdqhash
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from benchmarks.grabbing import SIZES, looking_at
from benchmarks.pictures import Picture, collection, drawn
from engine.image.detect import find_regions
from engine.image.hashing import Algorithm, fingerprint
from engine.image.index import HashIndex
from engine.image.known import KnownSet, SetLabel
from engine.image.screen import PictureScreener

RADIUS = 31
MILLION = 1_000_000
PLANTED = 10_000
LABEL = SetLabel("benchmark", "1", "random numbers", "none")


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure and what it has to reach."""

    name: str
    value: float
    limit: float
    at_least: bool = False

    @property
    def reached(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def __str__(self) -> str:
        sign = ">=" if self.at_least else "<="
        return f"{'ok    ' if self.reached else 'MISSED'} {self.name:62} {self.value:10.3f}  {sign} {self.limit:g}"


def median_ms(work: Callable[[int], object], rounds: int) -> float:
    """Return the median CPU time of a piece of work in milliseconds, after one round that does not count."""
    work(0)
    times = []
    for at in range(rounds):
        start = time.process_time()
        work(at)
        times.append(time.process_time() - start)
    return 1000 * statistics.median(times)


def searching(rows: int) -> list[Bar]:
    """Measure a database of random hashes: half of the queries have a planted neighbour."""
    source = np.random.default_rng(1)
    hashes = source.integers(0, 256, (rows, 32), dtype=np.uint8)
    start = time.process_time()
    index = HashIndex(hashes)
    built = time.process_time() - start
    words = hashes.view(np.uint64)
    queries = np.concatenate([hashes[:100], source.integers(0, 256, (100, 32), dtype=np.uint8)])
    search = median_ms(lambda at: index.search(queries[at % 200], RADIUS), 200)
    read = median_ms(lambda _: words.sum(), 5)
    print(f"       {rows:,} hashes: built in {built:.2f} s, {index.memory / 1e6:.0f} MB, {search:.2f} ms a query")
    if rows > MILLION:
        return [Bar(f"search of {rows:,} / sequential read", search / read, 0.5)]
    naive = median_ms(lambda at: np.flatnonzero(np.bitwise_count(words ^ words[at]).sum(axis=1) <= RADIUS), 5)
    return [
        Bar(f"naive numpy / search of {rows:,}", naive / search, 40, at_least=True),
        Bar(f"build of {rows:,}, seconds", built, 2.0),
        Bar("recall of planted queries against brute force", _recall(hashes, index, source), 1.0, at_least=True),
    ]


def _recall(hashes: NDArray[np.uint8], index: HashIndex, source: np.random.Generator) -> float:
    """Return the share of planted neighbours, 0 to 31 bits away, that the index finds."""
    found = 0
    for row in source.integers(0, len(hashes), PLANTED):
        bits = np.unpackbits(hashes[row])
        bits[source.choice(256, int(source.integers(0, RADIUS + 1)), replace=False)] ^= 1
        found += any(hit.row == row for hit in index.search(np.packbits(bits), RADIUS))
    return found / PLANTED


def page_of(pictures: list[Picture]) -> Picture:
    """Return a white 1080p page with 20 pictures in a grid."""
    page = np.full((1080, 1920, 3), 255, np.uint8)
    for at, picture in enumerate(pictures[:20]):
        top, left = 20 + at // 5 * 262, 10 + at % 5 * 382
        page[top : top + 240, left : left + 360] = cv2.resize(picture, (360, 240), interpolation=cv2.INTER_AREA)
    return page


def looking() -> list[Bar]:
    """Measure hashing, regions and the whole way on a page of 20 pictures."""
    pictures = collection(20)
    page, full = page_of(pictures), drawn(1, 1920, 1080)
    rgb: Any = np.ascontiguousarray(full[..., ::-1])
    known = KnownSet(LABEL, Algorithm.PDQ, np.random.default_rng(2).integers(0, 256, (MILLION, 32), dtype=np.uint8))
    small = cv2.resize(full, (360, 240), interpolation=cv2.INTER_AREA)
    copy = median_ms(lambda _: page.copy(), 20)
    regions = median_ms(lambda _: find_regions(page), 20)
    screener = PictureScreener([known])
    whole = median_ms(lambda _: screener.screen(page), 9)
    one = median_ms(lambda _: known.match(fingerprint(small)), 20)
    ours, theirs = median_ms(lambda _: fingerprint(full), 10), median_ms(lambda _: pdqhash.compute(rgb), 10)
    print(
        f"       a copy of a frame: {copy:.2f} ms; regions are {regions / copy:.0f} copies, a page {whole / copy:.0f}"
    )
    return [
        Bar("our PDQ, pHash, 8 lays / pdqhash, 1 lay, at 1080p", ours / theirs, 1.0),
        Bar("regions of a 1080p page, ms", regions, 20),
        Bar("hash and search of 1M, 8 lays, ms a candidate", one, 3),
        Bar("page of 20 pictures, pixels to verdict, ms", whole, 150),
    ]


def grabbing() -> list[Bar]:
    """Measure a grab and the exact comparison with the frame before, on a real X server."""
    found = [looking_at(name) for name in SIZES]
    print(*(f"       {one}" for one in found), sep="\n")
    return [Bar(f"grab and exact change detection at {one.name} / a copy", one.ratio, 5) for one in found]


def main() -> int:
    """Measure and print; 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000, help="hashes of the large database; 0 leaves it out")
    parser.add_argument("--json", type=Path, help="write the figures to a file as well")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    with threadpool_limits(1):
        bars = [*grabbing(), *looking(), *searching(MILLION), *(searching(asked.rows) if asked.rows else [])]
    print(*bars, sep="\n")
    if asked.json:
        asked.json.write_text(json.dumps({bar.name: [bar.value, bar.limit, bar.reached] for bar in bars}, indent=1))
    return int(not all(bar.reached for bar in bars))


if __name__ == "__main__":
    sys.exit(main())

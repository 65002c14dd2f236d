"""Writes docs/accuracy-images.md: what picture screening finds, and where it fails, on benign pictures.

    python -m benchmarks.picture_material FOLDER
    python -m benchmarks.accuracy_images FOLDER [--each N]

Some ten minutes: Chromium shows known pictures in eighteen ways, N times each.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from benchmarks.accuracy_pages import Found, Pages, Pairs, benign_pairs, measure_pages
from benchmarks.accuracy_skin import Rate, benign, boxed_by_tone, drawn_by_tone, evenness, face_pixels
from benchmarks.pictures import Picture
from benchmarks.plain_screens import measure_plain
from benchmarks.skin_training import pictures as training_pictures
from engine.evaluate.intervals import wilson
from engine.image.skin import DEFAULT_THRESHOLD

PAGE = Path(__file__).parents[1] / "docs" / "accuracy-images.md"
KNOWN = 60
PHOTOGRAPHS = ("portraits", "screens")


def loaded(folder: Path, category: str) -> list[Picture]:
    """Return the pictures of a category."""
    paths = sorted((folder / category).glob("*.png"))
    return [np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR), np.uint8) for path in paths]


def spelled(hits: int, of: int) -> str:
    """Return a share with its interval."""
    share = wilson(hits, of)
    if share is None:
        return "none"
    return f"{100 * share.value:.1f} % ({100 * share.low:.1f} to {100 * share.high:.1f})"


def page_table(pages: Pages) -> list[str]:
    lines = ["| shown | placements | rectangle known | by eye alone |", "|---|---|---|---|"]
    for name, one in [*pages.kinds.items(), ("**all**", pages.total)]:
        lines.append(f"| {name} | {one.of} | {_percent(one.told, one.of)} | {_percent(one.seen, one.of)} |")
    return lines


def _percent(hits: int, of: int) -> str:
    return f"{100 * hits / of:.1f} %"


def tone_table(ours: Sequence[Rate], box: Sequence[Rate]) -> list[str]:
    head = "| Monk tone | " + " | ".join(one.name for one in ours) + " | worst / best |"
    rows = [
        f"| {name} | " + " | ".join(f"{100 * one.share:.0f} %" for one in rates) + f" | {evenness(rates):.2f} |"
        for name, rates in (("Overt", ours), ("fixed box in Cr, Cb", box))
    ]
    return [head, "|---" * (len(ours) + 2) + "|", *rows]


def benign_table(rates: Sequence[Rate]) -> list[str]:
    lines = ["| pictures | flagged | of | share, 95 % interval |", "|---|---|---|---|"]
    return lines + [f"| {one.name} | {one.hits} | {one.of} | {spelled(one.hits, one.of)} |" for one in rates]


def page(pages: Pages, pairs: Pairs, folder: Path) -> str:
    """Return the document."""
    kept = training_pictures(folder / "photographs", kept=1)
    ours, rates = drawn_by_tone(kept), benign(folder)
    others = [one for one in rates if one.name not in PHOTOGRAPHS]
    total: Found = pages.total
    faces = ", ".join(f"{name} {100 * share:.0f} % ({count} faces)" for name, count, share in face_pixels(folder))
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined)
    return environment.get_template("accuracy_images.md.jinja").render(
        pages=pages,
        total=total,
        page_table="\n".join(page_table(pages)),
        shares={name: spelled(getattr(total, name), total.of) for name in ("told", "exact", "seen")},
        pairs=pairs,
        plain=measure_plain(),
        threshold=round(100 * DEFAULT_THRESHOLD),
        tone_table="\n".join(tone_table(ours, boxed_by_tone(kept))),
        faces=faces,
        benign_table="\n".join(benign_table(rates)),
        others=spelled(sum(one.hits for one in others), sum(one.of for one in others)),
    )


def main() -> int:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="what benchmarks.picture_material made")
    parser.add_argument("--each", type=int, default=26, help="placements a way of showing (18 ways)")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    photographs = loaded(asked.folder, "photographs")
    if not photographs:
        parser.error(f"{asked.folder} has no photographs: make them with python -m benchmarks.picture_material FOLDER")
    known, others = photographs[::3][:KNOWN], [one for at, one in enumerate(photographs) if at % 3]
    pages = measure_pages(known, others, asked.each)
    everything = [one for folder in sorted(asked.folder.iterdir()) for one in loaded(asked.folder, folder.name)]
    pairs = benign_pairs(everything)
    PAGE.write_text(page(pages, pairs, asked.folder))
    print(*(f"pair: {algorithm}, pictures {a} and {b}, {bits} bits" for algorithm, a, b, bits in pairs.false), sep="\n")
    for line in pages.false:
        print("false:", line)
    print(f"written to {PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

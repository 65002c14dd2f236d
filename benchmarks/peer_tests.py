"""The test sentences of profanity filters, screened twice: with the shipped libraries, and with the filters' own words.

    python -m benchmarks.peer_tests --corpus FOLDER

The shipped libraries leave swearing alone on purpose: it says nothing about risk. The words of the filters, in a
library of their own, show whether the engine reads what their authors test for. Each sentence that comes out otherwise
has a reason. Exits 1 when one has none.
"""

import argparse
import json
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import libraries
from engine.library import Library, compile_set, parse
from engine.observation import Provenance, TextObservation
from engine.text.screen import TextScreener

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
WORDS = (
    "asshole, assholes, ashole, boob, boobs, bullshit, cock, cocks, crotch, fuck, fucked, fucker, fuckwit, gangbang, "
    "gangbangs, ganja, ass, 2g1c, hand job, handjob, jizz, motherfucker, penis, shit, vagina, whore, willies, "
    "zoophilia, 2 girls 1 cup, bordel, пизду, долбоёб"
)
HEAD = """format = "overt-library-1"
[library]
id = "peers"
version = "1"
title = "Words of profanity filters"
languages = ["en"]
category = "swearing"
severity = 3
licence = "CC0-1.0"
source = "words named in the sentences themselves"
owner = "benchmarks"
review = 2100-01-01
[[term]]
id = "swearing"
"""
REASONS = (
    (r"^(test|oh no! this is profane!|wife)$", "the suite gives its filter this word for one test; it is no swearing"),
    (r"[\u0400-\u04ff]|bậy|chó|supremacia", "the suite gives its filter an ordinary foreign word for one test"),
    (r"^G@\*k", "no word shows more letters than it hides: guessing them would fire on any code"),
    (r"I have ass$", "the suite has taken the word off its list for this test"),
    (r"[Bb]uy classic", "the suite has taken the word off its list for this test"),
)
SWEARING = "swearing alone is not in the shipped libraries"


def screener(chosen: list[Library]) -> TextScreener:
    return TextScreener(compile_set(chosen))


def fires(made: TextScreener, text: str) -> bool:
    return bool(made.screen(TextObservation(text, Provenance.TYPED, "bench", NOON)).findings)


def reason(text: str) -> str:
    """Say why a sentence comes out otherwise than its suite expects; empty where nobody knows."""
    return next((why for pattern, why in REASONS if re.search(pattern, text)), "")


def main() -> int:
    """Read the command line, screen, print."""
    parser = argparse.ArgumentParser(prog="benchmarks.peer_tests", description=str(__doc__).partition("\n")[0])
    parser.add_argument("--corpus", type=Path, required=True, help="folder that holds peer_tests_dev.jsonl")
    options = parser.parse_args()
    rows = [json.loads(line) for line in (options.corpus / "peer_tests_dev.jsonl").read_text("utf-8").splitlines()]
    shipped = screener([parse(file.read_text("utf-8"), origin=name) for name, file in libraries.shipped().items()])
    theirs = screener([parse(f"{HEAD}text = {json.dumps(WORDS.split(', '), ensure_ascii=False)}\n", origin="peers")])
    tally: Counter[tuple[str, str, str]] = Counter()
    unexplained = 0
    print("| suite | expected | sentence | why it comes out otherwise |\n|---|---|---|---|")
    for row in rows:
        expected, suite = row["label"] == "profane", row["meta"]["suite"]
        agrees = fires(theirs, row["text"]) == expected
        tally[suite, row["label"], "words"] += agrees
        tally[suite, row["label"], "shipped"] += fires(shipped, row["text"]) == expected
        tally[suite, row["label"], "all"] += 1
        if not agrees:
            why = reason(row["text"])
            unexplained += not why
            print(f"| {suite} | {row['label']} | {row['text'][:60]!r} | {why or '**not known**'} |")
    print("\n| suite | expected | sentences | as expected, their words | as expected, shipped libraries |")
    print("|---|---|---:|---:|---:|")
    for suite, label in sorted({(suite, label) for suite, label, _ in tally}):
        counts = [tally[suite, label, kind] for kind in ("all", "words", "shipped")]
        print(f"| {suite} | {label} | {counts[0]} | {counts[1]} | {counts[2]} |")
    print(f"\nShipped libraries on sentences called profane: {SWEARING}.")
    return 1 if unexplained else 0


if __name__ == "__main__":
    raise SystemExit(main())

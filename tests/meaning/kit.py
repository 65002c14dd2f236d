"""An embedder that counts words, and a small library, for the tests of meaning that need no model."""

from collections.abc import Sequence
from functools import lru_cache
from zlib import crc32

import numpy as np

from engine.library import compile_set, parse
from engine.library.compiled import LibrarySet
from engine.meaning.classifier import Classifier, Classifiers, Embedding, Example, Measured
from engine.meaning.learn import Sample, learn

SIZE = 48
LIBRARY = """format = "overt-library-1"
[library]
id = "guns"
version = "1"
title = "Guns"
languages = ["en"]
category = "weapons"
severity = 3
licence = "CC0-1.0"
source = "test"
owner = "test"
review = 2100-01-01
[[term]]
text = "gun"
ambiguous = 3
allow = ["top gun"]
[[term]]
text = "rifle"
ambiguous = 3
score = { threshold = 2, words = { "buy" = 2 } }
[[term]]
text = "pistol"
[[term]]
text = "bullet"
ambiguous = 1
"""
MEANT_WORDS = frozenset({"buy", "hide", "tonight", "bag"})
HARMLESS_WORDS = frozenset({"glue", "toy", "museum", "lego", "garden"})
MEANT = ["buy a {} now", "hide the {} tonight", "he has a {} in the bag", "sell me that {}", "bring your {}",
         "load the {} for the raid", "need a {} by friday"]  # fmt: skip
HARMLESS = ["the glue {} is hot", "museum {} display", "nail {} for the fence", "toy {} for the kids",
            "water {} in the garden", "a {} made of lego", "paint {} and compressor"]  # fmt: skip


class TwoKinds:
    """Implements Embedder: how many words of a sentence speak for meant and for harmless, and that there are others."""

    name = "two kinds"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, sentences: Sequence[str]) -> Sequence[Embedding]:
        self.asked += sentences
        return [self._one(frozenset(sentence.lower().split())) for sentence in sentences]

    def _one(self, words: frozenset[str]) -> Embedding:
        vector = np.array([len(words & MEANT_WORDS), len(words & HARMLESS_WORDS), 0.2], np.float32)
        return vector / np.float32(np.linalg.norm(vector))


def told_apart() -> Classifiers:
    """Classifiers over TwoKinds, made by hand: sure wherever words of one kind stand."""
    embedder = TwoKinds()
    examples = tuple(
        Example(text, meant, embedder.embed([text])[0])
        for text, meant in (("hide it tonight", True), ("the glue is hot", False), ("museum garden", False))
    )
    weights = np.array([8.0, -8.0, 0.0, 0.0])
    one = Classifier(weights, 1.0, 0.0, Measured(1, 2, 1.0, 0.0, ()), examples)
    return Classifiers("guns", TwoKinds.name, "0" * 64, 3, {}, {"weapons": one})


class WordCounts:
    """Implements Embedder: a sentence is its words, hashed into a vector of length 1."""

    name = "word counts"

    def embed(self, sentences: Sequence[str]) -> Sequence[Embedding]:
        return [self._one(sentence) for sentence in sentences]

    def _one(self, sentence: str) -> Embedding:
        vector = np.zeros(SIZE, np.float32)
        for word in sentence.lower().split():
            vector[crc32(word.encode()) % SIZE] += 1
        return vector / np.float32(np.linalg.norm(vector) or 1.0)


def compiled() -> LibrarySet:
    return compile_set([parse(LIBRARY, origin="guns.toml")])


def samples() -> list[Sample]:
    return [
        Sample(template.format(word) + f" {number}", meant, "gun", "weapons", template)
        for meant, templates in ((True, MEANT), (False, HARMLESS))
        for template in templates
        for number, word in enumerate(("gun", "gun", "guns"))
    ]


@lru_cache
def learned() -> Classifiers:
    found = samples()
    return learn("guns", WordCounts.name, found, WordCounts().embed([one.sentence for one in found]))

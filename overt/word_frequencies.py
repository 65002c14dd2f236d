"""How often words are used, from the package wordfreq where it is installed (extra `lint`): what lint compares with."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec

LEAST = 1e-8
MILLION = 1_000_000


def is_installed() -> bool:
    """Tell whether frequencies are there at all."""
    return find_spec("wordfreq") is not None


@cache
def frequencies(language: str) -> Mapping[str, float]:
    """Return how often each word is used in a million words; empty where the language or the package is missing."""
    if not is_installed():
        return {}
    wordfreq = import_module("wordfreq")
    language = language.partition("-")[0].lower()
    lists = [name for name in ("large", "small") if language in wordfreq.available_languages(name)]
    if not lists:
        return {}
    found = wordfreq.get_frequency_dict(language, lists[0])
    return {word: often * MILLION for word, often in found.items() if often >= LEAST}

"""Files of classifiers: `weapons.meaning.json` stands beside `weapons.toml`, also among the shipped libraries."""

import json
from collections.abc import Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import libraries
from engine.library.model import Library
from engine.meaning.classifier import Classifiers, MeaningError, from_values, values
from engine.meaning.settle import Meaning
from overt.meaning.embedder import E5Embedder

ENDING = ".meaning.json"
MOST_BYTES = 64 * 1024 * 1024


def beside(library: Library) -> Path | Traversable:
    """Return where the classifiers of a library belong."""
    path = Path(library.origin)
    if path.is_file():
        return path.with_name(path.name.removesuffix(".toml") + ENDING)
    return files(libraries) / f"{library.library_id}{ENDING}"


def load_meaning(found: Sequence[Library]) -> Meaning:
    """Return the classifiers of libraries that have some. Raises MeaningError where none has, BackEndError."""
    embedder = E5Embedder()
    learned: dict[str, Classifiers] = {}
    for library in found:
        place = beside(library)
        if place.is_file():
            learned[library.library_id] = _read(place, library, embedder.name)
    if not learned:
        raise MeaningError("none of these libraries has classifiers: make them with `overt library learn`")
    return Meaning(embedder, learned)


def _read(place: Path | Traversable, library: Library, embedder: str) -> Classifiers:
    found = parse_meaning(place.read_bytes(), place.name)
    if found.library_id != library.library_id:
        raise MeaningError(f"{place.name} was learned for {found.library_id}, not for {library.library_id}")
    if found.embedder != embedder:
        raise MeaningError(f"{place.name} was learned with {found.embedder}, and here is {embedder}: learn it again")
    return found


def parse_meaning(data: bytes, name: str) -> Classifiers:
    """Return what a file of classifiers holds. Raises MeaningError with its name."""
    if len(data) > MOST_BYTES:
        raise MeaningError(f"{name} is over {MOST_BYTES >> 20} MB: it is no file of classifiers")
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        said = None
    return from_values(said, name)


def spelt(found: Classifiers) -> str:
    """Return what a file of classifiers holds."""
    return json.dumps(values(found), indent=1, ensure_ascii=False, sort_keys=True) + "\n"

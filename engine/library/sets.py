"""Named word sets: looks up `@name` and `@library:name`, also inside other sets, across the libraries of a set."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from engine.errors import SetError
from engine.library.model import Library
from engine.library.places import Path, find_places


class SetTable:
    """The word sets of all libraries that are compiled together."""

    def __init__(self, libraries: Iterable[Library]) -> None:
        self._libraries: Mapping[str, Library] = {library.library_id: library for library in libraries}
        self._resolved: dict[tuple[str, str], tuple[str, ...]] = {}

    def expand(self, entries: Sequence[str], library: Library, path: Path) -> tuple[str, ...]:
        """Replace each `@set` by its words. `path` is where the entries stand, for messages."""
        if not any(entry[:1] == "@" for entry in entries):
            return tuple(entries)
        return self._expand(entries, library, path, ())

    def _expand(
        self, entries: Sequence[str], library: Library, path: Path, open_sets: tuple[str, ...]
    ) -> tuple[str, ...]:
        words: list[str] = []
        for entry in entries:
            words += self._named(entry, library, path, open_sets) if entry[:1] == "@" else (entry,)
        return tuple(dict.fromkeys(words))

    def _named(self, reference: str, library: Library, path: Path, open_sets: tuple[str, ...]) -> tuple[str, ...]:
        owner, name = self._owner(reference, library, path)
        key = (owner.library_id, name)
        full_name = f"@{owner.library_id}:{name}"
        if full_name in open_sets:
            raise _error(library, path, f"set {reference} contains itself", "take one of the references out")
        if key not in self._resolved:
            inside = (*open_sets, full_name)
            self._resolved[key] = self._expand(owner.sets[name], owner, ("sets", name), inside)
        return self._resolved[key]

    def _owner(self, reference: str, library: Library, path: Path) -> tuple[Library, str]:
        library_id, colon, name = reference[1:].rpartition(":")
        owner: Library | None = library
        if colon and library_id != library.library_id:
            if library_id not in library.requires:
                raise _error(library, path, f"{reference} is of another library", f'add requires = ["{library_id}"]')
            owner = self._libraries.get(library_id)
        if owner is None:
            raise _error(
                library, path, f"library `{library_id}` is not in this set", "compile it together with this one"
            )
        if name not in owner.sets:
            known = ", ".join(f"@{name}" for name in sorted(owner.sets)) or "none"
            raise _error(library, path, f"no set {reference}", f"sets there: {known}")
        return owner, name


def _error(library: Library, path: Path, what: str, hint: str) -> SetError:
    return SetError(find_places(library.origin, library.text).of(path), what, hint)


def required(library: Library, together: Iterable[Library]) -> Iterator[Library]:
    """Yield the libraries that a library requires, and that these require, each once."""
    known = {one.library_id: one for one in together}
    waiting, seen = list(library.requires), {library.library_id}
    while waiting:
        library_id = waiting.pop()
        if library_id not in seen and library_id in known:
            seen.add(library_id)
            waiting += known[library_id].requires
            yield known[library_id]

"""Find and read word libraries: shipped ones by id, others by file or folder, with the libraries that they require."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path

from engine.errors import EngineError
from engine.library.compile import compile_set
from engine.library.compiled import LibrarySet
from engine.library.model import Library
from engine.library.parse import parse
from engine.library.person import Person, parse_person
from libraries import shipped


class LibraryFileError(EngineError):
    """A library that cannot be found or read as a file. `hint` says what to do."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(f"{what} ({hint})")


@dataclass(frozen=True, slots=True)
class Loaded:
    """Libraries with what was asked for first and what they require after; `asked` are the ids asked for."""

    libraries: tuple[Library, ...]
    asked: frozenset[str]
    person: Person | None = None

    def compile(self) -> LibrarySet:
        """Compile all of them into one set. Raises SetError."""
        return compile_set(self.libraries, overrides=self.person)


def load(names: Sequence[str]) -> Loaded:
    """Read libraries by shipped id, file, or folder of .toml files; none named: all shipped.

    Raises LibraryFileError, LibraryError.
    """
    named = [source for name in names for source in _sources(name)] if names else list(shipped().values())
    sources = list({str(one.resolve() if isinstance(one, Path) else one): one for one in named}.values())
    if not sources:
        raise LibraryFileError("no word library is shipped with this installation", "name a library file")
    return with_required([_parse(source) for source in sources], _folders(sources))


def load_person(file: Path, names: Sequence[str] = ()) -> Loaded:
    """Read a per-person set with its libraries: those named, else by id from beside the file or as shipped."""
    person = parse_person(_text(file), origin=str(file))
    if not names:
        return _for_person(
            person, [_by_id(library_id, [file.parent]) for library_id in person.conditions], [file.parent]
        )
    loaded = load(names)
    missing = sorted(set(person.conditions) - {library.library_id for library in loaded.libraries})
    if missing:
        raise LibraryFileError(f"{file} names the library {missing[0]}, which was not given", "add it to --libraries")
    return Loaded(loaded.libraries, loaded.asked, person)


def _for_person(person: Person, libraries: Sequence[Library], folders: Sequence[Path]) -> Loaded:
    loaded = with_required(libraries, folders)
    return Loaded(loaded.libraries, loaded.asked, person)


def with_required(libraries: Iterable[Library], folders: Sequence[Path] = ()) -> Loaded:
    """Add the libraries that these require, looked up by id beside them, then among the shipped ones.

    Raises LibraryFileError where two of them have one id: neither may silently stand for the other.
    """
    found: dict[str, Library] = {}
    for library in libraries:
        other = found.setdefault(library.library_id, library)
        if other is not library:
            raise LibraryFileError(
                f"two files have the library id {library.library_id}: {other.origin} and {library.origin}",
                "leave one out, or give one of them another id",
            )
    asked = frozenset(found)
    waiting = [library_id for library in found.values() for library_id in library.requires]
    together = list(found.values())
    while waiting:
        library_id = waiting.pop()
        if library_id not in found:
            found[library_id] = _by_id(library_id, folders)
            together.append(found[library_id])
            waiting.extend(found[library_id].requires)
    return Loaded(tuple(together), asked)


def _sources(name: str) -> list[Path | Traversable]:
    path = Path(name)
    if path.is_dir():
        files = sorted(path.glob("*.toml"))
        if not files:
            raise LibraryFileError(f"there is no library (.toml) in the folder {name}", "name a folder of libraries")
        return list(files)
    if path.is_file():
        return [path]
    if name in shipped():
        return [shipped()[name]]
    raise LibraryFileError(
        f"there is no file and no shipped library {name}", "shipped: " + ", ".join(sorted(shipped()))
    )


def _folders(sources: Iterable[Path | Traversable]) -> list[Path]:
    return list(dict.fromkeys(source.parent for source in sources if isinstance(source, Path)))


def _by_id(library_id: str, folders: Iterable[Path]) -> Library:
    for folder in folders:
        file = folder / f"{library_id}.toml"
        if file.is_file():
            return _parse(file)
    if library_id in shipped():
        return _parse(shipped()[library_id])
    raise LibraryFileError(
        f"the library {library_id} is required and was not found",
        f"put {library_id}.toml beside the file that needs it",
    )


def _parse(source: Path | Traversable) -> Library:
    return parse(
        _text(source), origin=str(source) if isinstance(source, Path) and source.is_absolute() else _origin(source)
    )


def _origin(source: Path | Traversable) -> str:
    return str(source) if isinstance(source, Path) else source.name


def _text(source: Path | Traversable) -> str:
    try:
        return source.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LibraryFileError(f"{source} is not UTF-8 at byte {error.start}", "save it as UTF-8") from None
    except OSError as error:
        raise LibraryFileError(f"{source} cannot be read: {error.strerror}", "check the name and your rights") from None

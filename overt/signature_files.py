"""Find and read files of signatures: the shipped ones, or others by file name."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.errors import LibraryError, Place
from engine.signatures.match import SignatureSet
from engine.signatures.model import SignatureFile
from engine.signatures.parse import parse_signatures
from libraries import shipped_signatures


def read_signatures(files: Sequence[Path] = ()) -> list[SignatureFile]:
    """Read files; none named: those that are shipped. Raises LibraryError."""
    if not files:
        found = shipped_signatures()
        return read_signature_texts({name: file.read_text(encoding="utf-8") for name, file in found.items()})
    return [parse_signatures(_text(file), origin=str(file)) for file in files]


def read_signature_texts(texts: Mapping[str, str]) -> list[SignatureFile]:
    """Read files that are in memory, by name. Raises LibraryError."""
    return [parse_signatures(text, origin=f"{name}.toml") for name, text in texts.items()]


def shipped_set() -> SignatureSet:
    """Return the shipped signatures, ready to be compared."""
    return SignatureSet(read_signatures())


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise LibraryError(Place(str(file)), f"not UTF-8 at byte {error.start}", "save it as UTF-8") from None
    except OSError as error:
        raise LibraryError(Place(str(file)), f"cannot be read: {error.strerror}", "check the name") from None

"""The shipped word libraries and signatures: data only, one TOML file a subject and language."""

from importlib.resources import files
from importlib.resources.abc import Traversable


def shipped() -> dict[str, Traversable]:
    """Return the shipped library files by library id (the file's name without `.toml`)."""
    return _toml(files(__name__))


def shipped_signatures() -> dict[str, Traversable]:
    """Return the shipped files of signatures of evasion by id."""
    return _toml(files(__name__) / "signatures")


def _toml(folder: Traversable) -> dict[str, Traversable]:
    found = sorted(folder.iterdir(), key=lambda file: file.name)
    return {file.name.removesuffix(".toml"): file for file in found if file.name.endswith(".toml")}

"""The shipped word libraries: data only, one TOML file a subject and language."""

from importlib.resources import files
from importlib.resources.abc import Traversable


def shipped() -> dict[str, Traversable]:
    """Return the shipped library files by library id (the file's name without `.toml`)."""
    return {
        f.name.removesuffix(".toml"): f
        for f in sorted(files(__name__).iterdir(), key=lambda f: f.name)
        if f.name.endswith(".toml")
    }

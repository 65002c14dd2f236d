"""A screener of loaded libraries, with or without meaning."""

from engine.library.model import ALL_VIEWS, View
from engine.text.screen import TextScreener
from overt.library_files import Loaded


def screener(loaded: Loaded, *, meaning: bool, views: frozenset[View] = ALL_VIEWS) -> TextScreener:
    """Return what screens with these libraries. Raises EngineError; BackEndError where the model is not installed."""
    if not meaning:
        return TextScreener(loaded.compile(), views=views)
    from overt.meaning.files import load_meaning  # noqa: PLC0415  (only where it is asked for)

    return TextScreener(loaded.compile(), views=views, meaning=load_meaning(loaded.libraries))

"""Starts each source that the authority permits, asks it for a moment, and closes it; nothing that it gives is kept.

Without a valid authority no source is started, not even to be tried.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from getpass import getuser
from typing import TYPE_CHECKING, TypeAlias

from agent.errors import AgentError, PlatformError
from agent.state import StateFolder
from evidence.authority import Authority

if TYPE_CHECKING:
    from agent.platforms.offers import Provided
    from agent.ports import Source
    from agent.tree_reader import TreeReader

MOMENT = 1.0
"""Seconds in which a source that works in a thread of its own may say what is wrong."""
PATIENCE = 15.0
"""Seconds for programs to tell their texts."""
_STEP = 0.1
Look: TypeAlias = tuple[str, Callable[[], str]]


def looks(state: StateFolder) -> Iterator[Look]:
    """Yield an examination for each source that the authority permits and this system can give."""
    from agent import permission  # noqa: PLC0415  (the doctor starts without any of these)

    try:
        authority = permission.check(state, now=datetime.now(UTC), account=getuser())
    except AgentError:
        return
    from agent.platforms.offers import accessible, offers  # noqa: PLC0415  (permission came first)

    sources = authority.terms.sources
    if "screen-text" in sources:
        yield "text by accessibility", lambda: _tree(accessible)
    for offer in offers(_provided(state, authority)):
        if offer.permission in sources:
            yield offer.words.lower(), _trial(offer.start)


def _provided(state: StateFolder, authority: Authority) -> "Provided":
    """Give sources what the agent would give them, and nothing in which they would remember the trial."""
    from agent.platforms.offers import Provided  # noqa: PLC0415
    from engine.errors import EngineError  # noqa: PLC0415
    from overt import agent_pictures  # noqa: PLC0415
    from overt.agent_files import DeviceFiles  # noqa: PLC0415

    try:
        found = agent_pictures.find(state.root, authority)
    except (EngineError, OSError):
        return Provided()  # the examination of pictures says what is wrong with the sets
    return Provided(DeviceFiles(found), pictures=found.permitted)


def _trial(start: "Callable[[], Source]") -> Callable[[], str]:
    def look() -> str:
        from agent.ports import Scene  # noqa: PLC0415

        with _named_problems():
            source = start()
            try:
                ends = time.monotonic() + MOMENT
                while time.monotonic() < ends:
                    source.poll(Scene.nowhere())
                    time.sleep(_STEP)
            finally:
                source.close()
        return "can be followed"

    return look


def _tree(start: "Callable[[], TreeReader]") -> str:
    """Have everything read once. Programs start to tell when they are first asked, so none at all is no fault."""
    with _named_problems():
        tree = start()
        try:
            tree.ask()
            ends = time.monotonic() + PATIENCE
            while time.monotonic() < ends:
                for told in tree.collect():
                    number = len(told.windows)
                    return f"{number} window{'s' if number != 1 else ''} told what they show"
                time.sleep(_STEP)
        finally:
            tree.close()
    raise PlatformError("Programs do not answer.", hint="Text is read from pixels (OCR) meanwhile.")


@contextmanager
def _named_problems() -> Iterator[None]:
    """A source may raise anything; the kind of it is named, never what it saw."""
    try:
        yield
    except AgentError:
        raise
    except Exception as problem:  # noqa: BLE001
        hint = "The other sources go on without it, and the record says so."
        raise PlatformError(f"It cannot be followed ({type(problem).__name__}).", hint=hint) from None

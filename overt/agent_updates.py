"""New libraries on a running agent: fetched and tried beside it, put in use between two looks, told in its record."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from agent.errors import DeliveryError, PolicyError, UpdateError
from agent.policy import Policy, parse_policy
from agent.recorder import Recorder
from agent.updates import FetchedSet, Updates
from agent.upkeep import Consequence
from engine.errors import EngineError
from engine.signatures.match import SignatureSet
from engine.text.screen import TextScreener
from evidence.authority import Authority
from overt.agent_pictures import DevicePictures, find, words_of
from overt.update_set import UpdateSet, try_out

ACTIVATED, REFUSED = "library-activated", "library-refused"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A set that was tried, ready to be put in use."""

    fetched: FetchedSet
    screener: TextScreener = field(repr=False)
    policy: Policy
    pictures: DevicePictures = field(repr=False)
    signatures: SignatureSet = field(repr=False)
    digest: str


Apply = Callable[[Prepared], None]
"""Puts a set in use, in the agent's own thread."""


class AgentUpdates:
    """The sets of one agent: which is in use, and the way of a new one."""

    def __init__(self, updates: Updates, root: Path, authority: Authority) -> None:
        """`root` is the agent's folder; of a set, what the authority names is used."""
        self._updates = updates
        self._root = root
        self._authority = authority
        self._refused = ""

    def in_use(self) -> UpdateSet:
        """Return the set to begin with; what came with this version where none is there."""
        found = self._updates.active() if self._updates.pinned else None
        return UpdateSet() if found is None else UpdateSet(found.folder, found.version)

    def ask(self, apply: Apply, recorder: Recorder) -> Iterator[Consequence]:
        """Fetch and try a newer set; give what is to be done about it in the agent's own thread."""
        if not self._updates.pinned:
            return
        try:
            fetched = self._updates.fetch()
            if fetched is None:
                return
            prepared = self._prepare(fetched)
        except DeliveryError:
            return  # asked again in a minute
        except (UpdateError, EngineError, PolicyError, OSError) as problem:
            yield from self._refuse(str(problem), recorder)
            return
        yield lambda: self._activate(prepared, apply, recorder)

    def _prepare(self, fetched: FetchedSet) -> Prepared:
        update = UpdateSet(fetched.folder, fetched.version)
        words = words_of(self._root, self._authority, update)
        compiled = try_out(update, words)
        pictures = find(self._root, self._authority, update)
        pictures.screener()
        own = self._authority.terms.policy
        policy = update.policy() if own is None else parse_policy(own)
        return Prepared(
            fetched, TextScreener(compiled), policy, pictures, update.signatures(),
            pictures.digest(compiled.digest),
        )  # fmt: skip

    def _activate(self, prepared: Prepared, apply: Apply, recorder: Recorder) -> None:
        apply(prepared)
        recorder.use(prepared.digest)
        self._updates.use(prepared.fetched)
        self._refused = ""
        version = prepared.fetched.version
        details: dict[str, str | int] = {"version": version, "digest": prepared.digest}
        recorder.event(ACTIVATED, f"Set {version} of libraries is in use.", details)

    def _refuse(self, why: str, recorder: Recorder) -> Iterator[Consequence]:
        """Tell once why a set is not used; the one before stays."""
        if why == self._refused:
            return
        self._refused = why
        text = f"The newest libraries were refused, and those before stay in use: {why}."
        yield lambda: recorder.event(REFUSED, text, severity=3)

"""The libraries of a running agent: those it begins with, and new ones, fetched and tried beside it, put in use between
two looks, told in its record.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from agent.errors import DeliveryError, PolicyError, UpdateError
from agent.kept_sets import FetchedSet
from agent.policy import Policy, parse_policy
from agent.recorder import Recorder
from agent.state import Status
from agent.updates import Updates
from agent.upkeep import Consequence
from engine.errors import EngineError
from engine.library.compiled import LibrarySet
from engine.signatures.match import SignatureSet
from engine.text.screen import TextScreener
from evidence.authority import Authority
from overt.agent_pictures import DevicePictures, find, words_of
from overt.update_set import UpdateSet, try_out

ACTIVATED, REFUSED, PUT_ASIDE = "library-activated", "library-refused", "library-put-aside"
UNUSABLE = (UpdateError, EngineError, PolicyError, OSError, UnicodeDecodeError)
"""What is raised of a set that cannot be used."""


@dataclass(frozen=True, slots=True)
class InUse:
    """A set with all that was made of it, as an agent begins with it."""

    update: UpdateSet
    words: LibrarySet = field(repr=False)
    policy: Policy
    pictures: DevicePictures = field(repr=False)
    signatures: SignatureSet = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Refusal:
    """A set that was tried and does not work: it is not fetched again."""

    version: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Standing:
    """How things stand: which set is in use, when the server was asked for a newer one, what is wrong with that."""

    version: int = 0
    asked: str | None = None
    problem: str = ""


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


def fetch_nothing(_running: int, _path: str) -> bytes:
    """Stand for a server where none is to be asked. Raises DeliveryError."""
    raise DeliveryError("no server was asked")


class AgentUpdates:
    """The sets of one agent: which is in use, and the way of a new one."""

    def __init__(self, updates: Updates, root: Path, authority: Authority) -> None:
        """`root` is the agent's folder; of a set, what the authority names is used."""
        self._updates = updates
        self._root = root
        self._authority = authority
        self._refused = _Refusal()
        self._told = ""
        self.put_aside: list[str] = []
        """Why sets on this device cannot be used, in sentences."""
        self._standing = _Standing()

    def standing(self, status: Status) -> Status:
        """Return a status with what is to be said of libraries."""
        now = self._standing
        return replace(status, libraries=now.version, asked=now.asked, libraries_problem=now.problem)

    def begin(self) -> InUse:
        """Return the libraries to begin with; the server is asked where none on this device can be used.

        Raises EngineError or PolicyError where nothing of all that can be used.
        """
        try:
            found = self.find()
        except EngineError:  # the authority may name a library that is only in a set of the server
            fetched = self._fetched_first()
            if fetched is None:
                raise
            found = fetched
        return self._begun(found)

    def find(self) -> InUse:
        """Return the newest libraries on this device that can be used, and keep in mind what must be put aside.

        At last these are what came with this version. Changes nothing. Raises EngineError or PolicyError.
        """
        self.put_aside.clear()
        for kept in self._kept():
            try:
                kept.check()
                return self._read(UpdateSet(kept.folder, kept.version))
            except UNUSABLE as problem:
                self.put_aside.append(f"Set {kept.version} of libraries cannot be used: {problem}.")
        return self._read(UpdateSet())

    def tell_begin(self, recorder: Recorder) -> None:
        """Say in the record what was put aside when the agent began."""
        now = self._standing.version
        instead = f"Set {now}, which was in use before," if now else "What came with this version"
        for text in self.put_aside:
            recorder.event(PUT_ASIDE, f"{text.rstrip('.')}. {instead} is used instead.", severity=3)
        self.put_aside.clear()

    def ask(self, apply: Apply, recorder: Recorder) -> Iterator[Consequence]:
        """Fetch and try a newer set; give what is to be done about it in the agent's own thread."""
        at = datetime.now(UTC).isoformat(timespec="microseconds")
        try:
            fetched = self._updates.fetch(self._refused.version) if self._updates.pinned else None
            prepared = None if fetched is None else self._prepare(fetched)
        except DeliveryError as problem:
            words = str(problem)
            yield lambda: self._said(words, at)  # asked again in a minute
        except UNUSABLE as problem:
            words = str(problem)
            yield lambda: self._refuse(words, recorder, at)
        else:
            yield lambda: self._settle(prepared, apply, recorder, at)

    def _kept(self) -> Iterator[FetchedSet]:
        active = self._updates.kept.active() if self._updates.pinned else None
        if active is not None:
            yield active
            yield from self._updates.kept.before(active.version)

    def _words(self, update: UpdateSet) -> list[str]:
        return words_of(self._root, self._authority, update)

    def _read(self, update: UpdateSet) -> InUse:
        return self._made_of(update, update.compile(self._words(update)))

    def _made_of(self, update: UpdateSet, words: LibrarySet) -> InUse:
        own = self._authority.terms.policy
        policy = update.policy() if own is None else parse_policy(own)
        return InUse(update, words, policy, find(self._root, self._authority, update), update.signatures())

    def _begun(self, found: InUse) -> InUse:
        """Have the next start, and the next question to the server, begin from here."""
        version, kept = found.update.version, self._updates.kept
        if self.put_aside and found.update.folder is None:
            kept.use_none()
        elif self.put_aside:
            kept.use(version)
        self._standing = replace(self._standing, version=version)
        return found

    def _fetched_first(self) -> InUse | None:
        """Return the newest set of the server where it can be had and used."""
        try:
            fetched = self._updates.fetch() if self._updates.pinned else None
            if fetched is None:
                return None
            made = self._tried(fetched)
            self._updates.kept.use(fetched.version)
        except (DeliveryError, *UNUSABLE):
            return None
        return made

    def _prepare(self, fetched: FetchedSet) -> Prepared:
        """Make of a set what the running agent needs."""
        made = self._tried(fetched)
        digest = made.pictures.digest(made.words.digest)
        return Prepared(fetched, TextScreener(made.words), made.policy, made.pictures, made.signatures, digest)

    def _tried(self, fetched: FetchedSet) -> InUse:
        """Try a set as it will be used; it is removed, and not fetched again, where it does not work."""
        try:
            update = UpdateSet(fetched.folder, fetched.version)
            made = self._made_of(update, try_out(update, self._words(update)))
            made.pictures.screener()
        except (EngineError, PolicyError, UnicodeDecodeError) as problem:
            self._updates.kept.discard(fetched.version)
            self._refused = _Refusal(fetched.version, str(problem))
            raise
        return made

    def _settle(self, prepared: Prepared | None, apply: Apply, recorder: Recorder, at: str) -> None:
        """Put a set in use; without a new one, say how things stand."""
        if prepared is None:
            self._said(self._refused.why, at)
            return
        try:
            self._updates.kept.use(prepared.fetched.version)
        except OSError as problem:
            self._refuse(f"it cannot be kept on this device's disk: {problem.strerror}", recorder, at)
            return
        apply(prepared)
        recorder.use(prepared.digest)
        self._refused = _Refusal()
        version = prepared.fetched.version
        self._standing = replace(self._standing, version=version)
        self._said("", at)
        details: dict[str, str | int] = {"version": version, "digest": prepared.digest}
        recorder.event(ACTIVATED, f"Set {version} of libraries is in use.", details)

    def _refuse(self, why: str, recorder: Recorder, at: str) -> None:
        """Tell once why a set is not used; the one before stays."""
        told = self._told
        self._said(why, at)
        if why != told:
            self._told = why
            text = f"The newest libraries were refused, and those before stay in use: {why}."
            recorder.event(REFUSED, text, severity=3)

    def _said(self, problem: str, at: str) -> None:
        """Remember the answer to a question of that time; where there is no problem, the next one is told again."""
        self._told = self._told if problem else ""
        self._standing = replace(self._standing, asked=at, problem=problem)

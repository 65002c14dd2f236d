"""Puts the picture side of the agent together: sets of hashes, prefilters, and the screener that uses them."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from agent.picture_decide import CAPTURES, COUNTS
from agent.picture_hashes import SCREEN_PICTURE, picture_terms, seals_hashes
from engine.image.known import KnownSet
from engine.image.prefilter import Ask
from engine.image.screen import PictureScreener
from evidence.authority import Authority
from evidence.pictures import Act, Prefilter
from overt.hashes_errors import HashSetError
from overt.hashes_set import HashSet, read, read_about
from overt.picture_models import prefilter
from overt.update_set import UpdateSet

if TYPE_CHECKING:
    from agent.budget import Budget
    from agent.frames_around import FramesAround
    from agent.picture_source import PictureSource
    from agent.pipeline import Counts
    from agent.policy import Policy
    from agent.ports import Clock
    from agent.private_windows import PrivateWindows
    from agent.recorder import Recorder
    from evidence.keys import Entropy

NO_UPDATE = UpdateSet()
SETS, MODELS = "hash-sets", "models"
"""Folders within the agent's: set files by any name that ends in .set; cards (.toml) with their models (.onnx)."""


@dataclass(frozen=True, slots=True)
class DevicePictures:
    """What the authority permits for pictures, found on this device."""

    permitted: bool
    sets: tuple[HashSet, ...] = ()
    prefilters: tuple[Prefilter, ...] = ()
    hashes: bool = False
    models: Path | None = None
    _indexed: list[KnownSet] = field(default_factory=list, repr=False, compare=False)

    def known(self) -> Sequence[KnownSet]:
        """Return what is searched by likeness. It is indexed once: threads share it, and it is large."""
        if not self._indexed:
            self._indexed[:] = [known for one in self.sets for known in one.known()]
        return self._indexed

    def digest(self, words: str) -> str:
        """Return the digest that headers name: of the word libraries, the sets and the prefilters in use."""
        if not self.sets and not self.prefilters:
            return words
        parts = [words, *(one.digest for one in self.sets), *(f"{one.id} {one.percent}" for one in self.prefilters)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def screener(self) -> PictureScreener:
        """Return a new screener; raises PictureError where a model cannot be used."""
        return PictureScreener(self.known(), prefilters=self.asks(), hashes=self.hashes)

    def asks(self) -> Sequence[Ask]:
        """Return the prefilters, ready to be used by one thread; raises PictureError."""
        return [
            Ask(
                prefilter(one.id, self.models),
                one.percent / 100,
                COUNTS if one.act is Act.COUNT else CAPTURES,
                one.condition,
            )
            for one in self.prefilters
        ]

    def check(self) -> None:
        """Try every prefilter before anything is watched; raises PictureError."""
        self.asks()


def find(root: Path, authority: Authority, update: UpdateSet = NO_UPDATE) -> DevicePictures:
    """Return what the authority permits and this device, or a published set, has. Raises HashSetError, OSError."""
    names = {one.id for one in authority.terms.libraries}
    sets = tuple(read(path) for path in set_files(root, names, update).values())
    if SCREEN_PICTURE not in authority.terms.sources:
        return DevicePictures(permitted=False, sets=sets)
    terms = picture_terms(authority)
    return DevicePictures(True, sets, terms.prefilters, seals_hashes(authority), root / MODELS)


def set_files(root: Path, names: set[str], update: UpdateSet = NO_UPDATE) -> dict[str, Path]:
    """Return the set files of these ids in the agent's folder; raises HashSetError for two of one id."""
    found: dict[str, Path] = {}
    published = [] if update.hash_sets is None else sorted(update.hash_sets.glob("*.set"))
    for path in [*sorted((root / SETS).glob("*.set")), *published]:
        set_id = read_about(path).set_id
        if set_id in found:
            raise HashSetError(f"{path}: has the id {set_id}, as {found[set_id].name} has: remove one of them")
        found[set_id] = path
    return {set_id: path for set_id, path in found.items() if set_id in names}


def words_of(root: Path, authority: Authority, update: UpdateSet = NO_UPDATE) -> list[str]:
    """Return the ids that name word libraries: those that no set file on this device has; raises HashSetError."""
    names = [one.id for one in authority.terms.libraries]
    sets = set_files(root, set(names), update)
    words = [name for name in names if name not in sets]
    missing = next((name for name in words if not update.knows(name) and not Path(name).exists()), None)
    if missing is not None:
        raise HashSetError(
            f"the authority names {missing}, which is neither a word library of this version nor a set of hashes in "
            f"{root / SETS}: publish it (overt library publish), lay the set file there, or ask for an authority that "
            "does not name it"
        )
    return words


def source(
    pictures: DevicePictures,
    authority: Authority,
    recorder: "Recorder",
    counts: "Counts",
    *,
    account: str,
    clock: "Clock",
    entropy: "Entropy",
    policy: "Policy",
    budget: "Budget",
    around: "FramesAround | None" = None,
    private: "PrivateWindows | None" = None,
) -> "PictureSource | None":
    """Return the source that watches pictures; None where the authority does not permit it."""
    from agent.picture_decide import PictureDecider  # noqa: PLC0415  (all of these see the screen)
    from agent.picture_pipeline import PicturePipeline  # noqa: PLC0415
    from agent.picture_source import PictureSource  # noqa: PLC0415
    from agent.picture_watch import PictureWatch  # noqa: PLC0415

    if not pictures.permitted:
        return None
    pictures.check()
    make: Callable[[], PictureScreener] = pictures.screener
    decider = PictureDecider(policy, entropy=entropy, budget=budget)
    pipeline = PicturePipeline(
        authority,
        decider,
        recorder,
        counts,
        account=account,
        clock=clock,
        policy=policy,
        around=around,
        private=private,
    )
    return PictureSource(PictureWatch(make), pipeline)

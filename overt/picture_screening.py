"""Screens picture files against sets of hashes and prefilters, for `overt screen` and `overt evaluate`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import PictureError
from engine.image.prefilter import Ask
from engine.image.screen import PictureScreener
from engine.image.skin import SKIN
from engine.verdict import Finding
from overt.document_files import find
from overt.hashes_set import read
from overt.picture_files import SUFFIXES, decode
from overt.picture_models import prefilter


@dataclass(frozen=True, slots=True)
class PictureQuestions:
    """What is asked of pictures: set files, the threshold for skin in per cent, models as `ID` or `ID=PERCENT`."""

    sets: Sequence[Path] = ()
    skin: int | None = None
    models: Sequence[str] = ()
    model_folder: Path | None = None

    @property
    def any(self) -> bool:
        """Whether anything is asked at all."""
        return bool(self.sets or self.models or self.skin is not None)

    def screener(self) -> PictureScreener:
        """Return a screener; raises HashSetError, PictureError, OSError for what cannot be used."""
        known = [known for path in self.sets for known in read(path).known()]
        return PictureScreener(known, prefilters=list(self._asks()), jitter=False)

    def _asks(self) -> Iterator[Ask]:
        if self.skin is not None:
            yield Ask(prefilter(SKIN), self.skin / 100)
        for word in self.models:
            name, _, percent = word.partition("=")
            if percent and not (percent.isdecimal() and 1 <= int(percent) <= 100):
                raise PictureError(f"model {word}: expected ID or ID=PERCENT, with 1 to 100 per cent")
            model = prefilter(name, self.model_folder)
            yield Ask(model, int(percent) / 100 if percent else getattr(model, "threshold", 0.5))


@dataclass(frozen=True, slots=True)
class ScreenedPicture:
    """A picture file with what was found in it; `problem` says why it could not be screened."""

    path: Path
    shown: str
    findings: tuple[Finding, ...] = ()
    problem: str = ""

    @property
    def severity(self) -> int:
        return max((one.severity for one in self.findings), default=0)


def picture_paths(paths: Sequence[str]) -> Iterator[tuple[Path, str]]:
    """Yield the files that are named as pictures are, and how their names are printed."""
    for file in find(paths):
        if file.path is not None and file.problem is None and file.path.suffix.lower() in SUFFIXES:
            yield file.path, file.shown


def screened(screener: PictureScreener, path: Path, shown: str) -> ScreenedPicture:
    """Return what is found in a picture file. Never raises for a bad file."""
    try:
        verdict = screener.screen_picture(decode(path).pixels)
    except PictureError as error:
        return ScreenedPicture(path, shown, problem=str(error).removeprefix(f"{path}: "))
    except OSError as error:
        return ScreenedPicture(path, shown, problem=f"it cannot be read: {error.strerror}")
    return ScreenedPicture(path, shown, verdict.findings)

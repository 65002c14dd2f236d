"""What a new library set changes on real text: what fires no more, what fires now, what weighs otherwise."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from engine.documents.errors import DocumentError, NotTextError
from engine.documents.piece import Piece, Remark
from engine.documents.read import Options, read
from engine.evaluate.tally import Tally
from engine.library.compiled import LibrarySet
from engine.text.screen import TextScreener
from overt.document_files import DocumentFile
from overt.library_compare import Key
from overt.screening import Found, Screening

EXAMPLES = 3
"""Places that are shown of each term and kind of change."""


@dataclass(frozen=True, slots=True)
class Shift:
    """One place where the two sets do not agree. A severity of `None`: it does not fire."""

    file: str
    found: Found
    old: int | None
    new: int | None
    why_not: str | None = field(repr=False)
    """Why it does not fire with the new set, where that set saw it."""

    @property
    def key(self) -> Key:
        return self.found.finding.library_id, self.found.finding.term_id


@dataclass(slots=True)
class CorpusChanges:
    """Counts are complete; `examples` holds the first few of each kind and term."""

    files: int = 0
    pieces: int = 0
    flagged_before: int = 0
    """Pieces of text in which anything fires."""
    flagged_after: int = 0
    gone: Counter[Key] = field(default_factory=Counter)
    fresh: Counter[Key] = field(default_factory=Counter)
    reweighted: Counter[Key] = field(default_factory=Counter)
    examples: list[Shift] = field(default_factory=list)
    not_read: list[str] = field(default_factory=list)
    told: Tally = field(default_factory=Tally)
    """Problems with the same files as whole documents: what could not be read, labels that are none of ours."""

    def add(self, shift: Shift) -> None:
        """Count a place, and keep it where it is one of the first of its kind."""
        counter = self.gone if shift.new is None else self.fresh if shift.old is None else self.reweighted
        counter[shift.key] += 1
        if counter[shift.key] <= EXAMPLES:
            self.examples.append(shift)


def compare_on(old: LibrarySet, new: LibrarySet, files: Iterable[DocumentFile], options: Options) -> CorpusChanges:
    """Screen files with both sets, each piece of text at once. A file that cannot be read is named and counted."""
    both = [Screening(TextScreener(one), options) for one in (old, new)]
    changes = CorpusChanges()
    for file in files:
        changes.files += 1
        if file.problem is not None:
            changes.not_read.append(f"{file.shown}: {file.problem}")
            continue
        try:
            _file(changes, both, file, options)
        except DocumentError as error:
            if file.named or not isinstance(error, NotTextError):
                changes.not_read.append(f"{file.shown}: {error.what}")
        except OSError as error:
            changes.not_read.append(f"{file.shown}: {error.strerror}")
    return changes


def _file(changes: CorpusChanges, both: Sequence[Screening], file: DocumentFile, options: Options) -> None:
    name = file.path.name if file.path is not None else None
    for piece in read(file.blocks(), name, options):
        if not isinstance(piece, Remark):
            compare_piece(changes, both, file.shown, piece)
        elif piece.serious:
            changes.not_read.append(f"{file.shown}: {piece.says}")


def compare_piece(changes: CorpusChanges, both: Sequence[Screening], file: str, piece: Piece) -> None:
    """Note where the findings of the two sets in one piece of text differ."""
    now = datetime.now(UTC)
    before, after = (list(one.piece(piece, now)) for one in both)
    old = {_place(found): found for found in before if found.suppressed is None}
    new = {_place(found): found for found in after if found.suppressed is None}
    held = {_place(found): found.suppressed.explanation for found in after if found.suppressed is not None}
    changes.pieces += 1
    changes.flagged_before += bool(old)
    changes.flagged_after += bool(new)
    for place in sorted({*old, *new}):
        severities = (_severity(old.get(place)), _severity(new.get(place)))
        if severities[0] != severities[1]:
            changes.add(Shift(file, old.get(place) or new[place], *severities, held.get(place)))


def _place(found: Found) -> tuple[int, int, str, str]:
    finding = found.finding
    return finding.start, finding.end, finding.library_id, finding.term_id


def _severity(found: Found | None) -> int | None:
    return None if found is None else found.finding.severity

"""Screen documents: join the readers' pieces with the engine's verdicts, and say where each finding stands."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from engine.documents.piece import Part, Piece, Place, Remark
from engine.documents.read import Options, read
from engine.observation import Context, Provenance, TextObservation
from engine.text.screen import TextScreener
from engine.verdict import Finding, SuppressedFinding


@dataclass(frozen=True, slots=True)
class Found:
    """A finding with its place. `suppressed` is set for a term that stood there and did not fire."""

    finding: Finding
    suppressed: SuppressedFinding | None
    part: Part
    kind: str
    place: Place
    before: str = field(repr=False)
    after: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Screening:
    """How documents are screened."""

    screener: TextScreener
    options: Options
    context: int = 40
    """Characters shown on each side."""

    def document(self, blocks: Iterable[bytes], name: str | None, now: datetime) -> Iterator[Found | Remark]:
        """Yield findings, suppressed findings and remarks of one document. Raises DocumentError, OSError."""
        for one in read(blocks, name, self.options):
            if isinstance(one, Remark):
                yield one
            else:
                yield from self.piece(one, now)

    def piece(self, piece: Piece, now: datetime) -> Iterator[Found]:
        """Yield what stands in one piece, in the order of the text."""
        context = Context(title=piece.title)
        verdict = self.screener.screen(TextObservation(piece.text, Provenance.OPENED, "file", now, context))
        found = [(finding, None) for finding in verdict.findings]
        held = [(suppressed.finding, suppressed) for suppressed in verdict.suppressed]
        for finding, suppressed in sorted([*found, *held], key=lambda pair: (pair[0].start, pair[0].end)):
            if finding.start in piece.own:
                yield self._found(finding, suppressed, piece)

    def _found(self, finding: Finding, suppressed: SuppressedFinding | None, piece: Piece) -> Found:
        start, end = finding.start, finding.end
        before = piece.text[max(start - self.context, 0) : start]
        after = piece.text[end : end + self.context]
        return Found(finding, suppressed, piece.part, piece.kind.value, piece.places.at(start), before, after)

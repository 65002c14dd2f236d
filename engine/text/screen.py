"""Screens a text against a library set: one scan of the plain text, other readings of what is suspicious, judgement."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from operator import itemgetter

from engine.collection import paused
from engine.library.compiled import CompiledText, LibrarySet
from engine.library.model import ALL_VIEWS, Match, View
from engine.meaning.settle import Meaning
from engine.observation import TextObservation
from engine.text import kernel
from engine.text.allow import host_of
from engine.text.breaks import BLANK_LINE
from engine.text.characters import fold_words, is_unspaced
from engine.text.context import Outside
from engine.text.judge import Judge
from engine.text.normalise import keep_all, keep_spaced
from engine.text.scanner import Scanner
from engine.text.views.ocr import variants
from engine.text.views.reading import Hit
from engine.text.views.sideways import SideViews
from engine.verdict import Finding, SuppressedFinding, Verdict

CHUNK = 256 * 1024
"""Characters of a long text that are read at once, up to the next blank line, which nothing matches across."""
OCR_SOURCES = frozenset({"ocr"})


class TextScreener:
    """Holds the automata of one library set, for any number of texts; of these it remembers single tokens only."""

    @paused()
    def __init__(
        self,
        library_set: LibrarySet,
        back_end: str | None = None,
        *,
        views: frozenset[View] = ALL_VIEWS,
        chunk: int = CHUNK,
        compiled: bool = kernel.AVAILABLE,
        meaning: Meaning | None = None,
    ) -> None:
        """`back_end`: what finds patterns, by default the fastest. `compiled`: fold with the compiled loops.

        `meaning`: what settles ambiguous terms; without it rules alone decide.
        """
        self.library_set = library_set
        self._views = views
        self._back_end = back_end
        self._chunk = chunk
        spaced, unspaced = _by_script(library_set.texts)
        self._compiled = compiled
        self._words = Scanner(spaced, keep_spaced, back_end, views, compiled=compiled)
        self._filter = self._words.filter_for(views)
        self._side_views = SideViews(self._words, views)
        self._unspaced = self._scanner(unspaced, keep_all) if unspaced else None
        self._spaced_texts = spaced
        self._ocr: Scanner | None = None
        self._meaning = meaning
        self._marked = {} if meaning is None else meaning.marked(library_set)

    def screen(self, observation: TextObservation) -> Verdict:
        """Return what fires in the observation, and what stood there and did not fire, in the order of the text."""
        verdict = self._by_rules(observation)
        if self._meaning is None or not self._marked or verdict is NOTHING:
            return verdict
        return self._meaning.settle([(observation.text, verdict)], self._marked)[0]

    def screen_all(self, observations: Sequence[TextObservation]) -> list[Verdict]:
        """Return the verdict of each observation; where meaning is asked, it is asked about all of them at once."""
        verdicts = [self._by_rules(one) for one in observations]
        if self._meaning is None or not self._marked:
            return verdicts
        texts = (one.text for one in observations)
        return self._meaning.settle(list(zip(texts, verdicts, strict=True)), self._marked)

    def _by_rules(self, observation: TextObservation) -> Verdict:
        text, context = observation.text, observation.context
        hits = self.hits(text, from_ocr=observation.source in OCR_SOURCES)
        if not hits:
            return NOTHING
        outside = Outside(fold_words(context.title or ""), fold_words(context.url or ""))
        judge = Judge(text, outside, host_of(context.url or ""), self.library_set.floor)
        no_floor = self.library_set.floor == 1
        findings: list[Finding] = []
        suppressed: list[SuppressedFinding] = []
        for hit in hits:
            if hit.clear and no_floor and hit.entry.plain:
                findings.append(judge.finding(hit))
                continue
            judged = judge.judge(hit)
            if isinstance(judged, Finding):
                findings.append(judged)
            elif judged is not None:
                suppressed.append(judged)
        return Verdict(tuple(findings), tuple(suppressed))

    def hits(self, text: str, *, from_ocr: bool = False) -> list[Hit]:
        """Return every text of the set that stands in `text`, before any rule is applied, sorted by place."""
        found: list[Hit] = []
        for start, end in chunks(text, self._chunk):
            if end - start == len(text):
                return self._hits_of_chunk(text, from_ocr=from_ocr, part=False)
            for hit in self._hits_of_chunk(text[start:end], from_ocr=from_ocr, part=True):
                found.append(Hit(hit.start + start, hit.end + start, hit.entry, hit.clear))
        return found

    def _hits_of_chunk(self, text: str, *, from_ocr: bool, part: bool) -> list[Hit]:
        with closing(self._words.read(text, self._filter)) as plain:
            hits = self._words.scan(text, plain)
            more = self._side_views.find(text, plain, from_ocr=from_ocr, part=part) if self._views else []
        if from_ocr and View.OCR in self._views:
            more += self._ocr_scanner().scan_plainly(text)
        if self._unspaced is not None and not text.isascii():
            more += self._unspaced.scan_plainly(text)
        if more:
            hits = _distinct(hits, more)
        hits.sort(key=_PLACE)
        return hits

    def _ocr_scanner(self) -> Scanner:
        """The automaton of misreadings, made when the first text from OCR comes."""
        if self._ocr is None:
            misread = (
                text._replace(folded=variant)
                for text in self._spaced_texts
                if View.OCR in text.term.rules.views and text.match is not Match.DOMAIN
                for variant in variants(text.folded)
            )
            self._ocr = self._scanner(misread, keep_spaced, view=View.OCR)
        return self._ocr

    def _scanner(
        self, texts: Iterable[CompiledText], keep: Callable[[str], bool], *, view: View | None = None
    ) -> Scanner:
        return Scanner(texts, keep, self._back_end, frozenset(), view=view, compiled=self._compiled)


NOTHING = Verdict((), ())
_PLACE = itemgetter(0, 1)


def chunks(text: str, size: int) -> Iterator[tuple[int, int]]:
    """Yield start and end of pieces of a long text, cut at the first blank line after `size` characters."""
    start = 0
    while len(text) - start > size:
        cut = BLANK_LINE.search(text, start + size)
        if cut is None:
            break
        yield start, cut.end()
        start = cut.end()
    yield start, len(text)


def _by_script(texts: Iterable[CompiledText]) -> tuple[list[CompiledText], list[CompiledText]]:
    spaced: list[CompiledText] = []
    unspaced: list[CompiledText] = []
    for text in texts:
        wide = not text.folded.isascii() and any(map(is_unspaced, text.folded))
        (unspaced if wide else spaced).append(text)
    return spaced, unspaced


def _distinct(hits: list[Hit], more: list[Hit]) -> list[Hit]:
    """One hit for each text at a place: the plain reading before a view, the first view before another.

    `hits` come from one scan and are distinct among themselves: only where one of `more` begins is there anything to
    choose.
    """
    starts = {hit.start for hit in more}
    best: dict[tuple[int, int, int, str], Hit] = {}
    for hit in [*(hit for hit in hits if hit.start in starts), *more]:
        text = hit.entry.text
        key = (hit.start, hit.end, id(text.term), text.text)
        kept = best.get(key)
        if kept is None or (kept.entry.view is not None and hit.entry.view is None):
            best[key] = hit
    return [*(hit for hit in hits if hit.start not in starts), *best.values()]

"""Decides on one text found at one place: does the term fire there, and if not, why not?"""

from dataclasses import dataclass, field
from typing import NamedTuple

from engine.library.compiled import CompiledRules
from engine.library.model import ALL_VIEWS, Match, Position, Shape, View
from engine.text import domain, wording
from engine.text.allow import allowed_by, allowed_domain, allowed_title
from engine.text.breaks import BLANK_LINE, EITHER, is_break
from engine.text.characters import INVISIBLE, fold_words
from engine.text.context import Outside
from engine.text.hyphenation import is_piece
from engine.text.position import stands
from engine.text.shape import shape_of
from engine.text.surroundings import Surroundings
from engine.text.views.reading import Hit
from engine.verdict import Finding, SuppressedFinding

LETTERWISE = frozenset({View.LEET, View.MASK, View.HOMOGLYPH, View.REPEATED})


_MAKE = tuple.__new__
"""Makes a named tuple without passing its arguments on: findings come by the thousand."""


class Refusal(NamedTuple):
    """Why a term does not fire: a stable word and a sentence."""

    reason: str
    explanation: str


@dataclass(slots=True)
class Judge:
    """Judges the hits of one text. `host` is that of the observation's URL, empty if unknown."""

    text: str = field(repr=False)
    outside: Outside
    host: str
    floor: int
    _around: Surroundings | None = None

    def judge(self, hit: Hit) -> Finding | SuppressedFinding | None:
        """Return a finding or a suppressed finding.

        `None`: the term's rules do not read this view, or its words are in two paragraphs: it does not stand there.
        """
        text = hit.entry.text
        rules = text.term.rules
        if rules.views is not ALL_VIEWS and not self._view_is_read(hit, rules):
            return None
        if text.match is Match.DOMAIN and not domain.stands(self.text, hit.start, hit.end, text.form):
            return None
        if " " in text.folded and BLANK_LINE.search(self.text, hit.start, hit.end):
            return None
        refusal = self._not_the_term(hit, rules) or self._out_of_place(hit, rules)
        if refusal is None and text.allow:
            refusal = self._harmless_phrase(hit)
        severity, added = rules.severity, ""
        if refusal is None and not rules.simple:
            refusal = self._harmless_place(rules) or self._context_speaks_against(hit, rules)
            if refusal is None:
                refusal, added = self._evidence(hit, rules)
            if rules.severity_when:
                severity, changed = self._severity(hit, rules)
                added += changed
        if refusal is None and severity < self.floor:
            refusal = Refusal("floor", f"Severity {severity} is below the floor {self.floor} of this case.")
        finding = self.finding(hit, severity, added)
        return finding if refusal is None else SuppressedFinding(finding, refusal.reason, refusal.explanation)

    def finding(self, hit: Hit, severity: int = 0, added: str = "") -> Finding:
        """Make the finding of a hit that fires, or would have (severity 0: that of the term)."""
        start, end, entry, _ = hit
        matched = self.text[start:end]
        who, usual, tail, condition = entry.wording or wording.wording(entry)
        explanation = f"“{matched}”{tail}{added}"
        return _MAKE(Finding, (*who, severity or usual, start, end, matched, explanation, condition, None))

    def _view_is_read(self, hit: Hit, rules: CompiledRules) -> bool:
        if hit.entry.view is not None:
            return hit.entry.view in rules.views
        matched = self.text[hit.start : hit.end]
        if View.INVISIBLE not in rules.views and any(ord(char) in INVISIBLE for char in matched):
            return False
        return View.STYLED in rules.views or not any(_is_styled(char) for char in matched)

    def _not_the_term(self, hit: Hit, rules: CompiledRules) -> Refusal | None:
        text = hit.entry.text
        matched = self.text[hit.start : hit.end]
        if rules.exact_case and hit.entry.view is None and not _same_case(matched, text.form):
            return Refusal("case", f"Written otherwise than “{text.form}”, and its letter case counts.")
        if rules.exact_accents and hit.entry.view is None and matched.casefold() != text.form.casefold():
            return Refusal("case", f"Written otherwise than “{text.form}”, and its accents count.")
        if " " in text.folded and text.match is not Match.DOMAIN and _is_broken(self.text, hit):
            return Refusal("break", "Its words are in different sentences, lines or cells.")
        return None

    def _out_of_place(self, hit: Hit, rules: CompiledRules) -> Refusal | None:
        start, end, entry, clear = hit
        if entry.text.match is not Match.DOMAIN and not (clear and entry.view not in LETTERWISE):
            shape = shape_of(self.text, start, end, disguised=entry.view in LETTERWISE)
            if shape is not None and shape not in rules.also_in and not _is_code_itself(shape, hit, self.text):
                return Refusal("shape", f"It is part of {wording.SHAPE_WORDS[shape]}.")
        if entry.view is None and not clear and is_piece(self.text, start, end):
            return Refusal("piece", "It is a piece of a word broken at the end of a line.")
        if rules.position is not Position.ANYWHERE and not stands(self.text, start, end, rules.position):
            return Refusal("position", f"It stands where the term does not count ({rules.position}).")
        return None

    def _surroundings(self, hit: Hit) -> Surroundings:
        around = self._around
        if around is None or around.start != hit.start or around.end != hit.end:
            around = self._around = Surroundings(self.text, hit.start, hit.end)
        return around

    def _harmless_phrase(self, hit: Hit) -> Refusal | None:
        phrase = allowed_by(hit.entry.text.allow, self._surroundings(hit))
        return Refusal("allowed", f"It stands in the harmless phrase “{phrase}”.") if phrase else None

    def _harmless_place(self, rules: CompiledRules) -> Refusal | None:
        title = allowed_title(rules.allow_titles, self.outside.title) if rules.allow_titles else None
        if title:
            return Refusal("allowed", f"The window title has “{title}”.")
        site = allowed_domain(rules.allow_domains, self.host) if rules.allow_domains else None
        return Refusal("allowed", f"The site is {site}.") if site else None

    def _context_speaks_against(self, hit: Hit, rules: CompiledRules) -> Refusal | None:
        for rule in rules.refuses:
            words = rule.found(self._surroundings(hit), self.outside)
            if words is not None:
                return Refusal("context", f"Near it: {words}.")
        for rule in rules.needs:
            if rule.found(self._surroundings(hit), self.outside) is None:
                return Refusal("context", f"None of these is within {rule.reach.within} words: {rule.words}.")
        return None

    def _evidence(self, hit: Hit, rules: CompiledRules) -> tuple[Refusal | None, str]:
        around = self._surroundings(hit)
        found = [rule.found(around, self.outside) for rule in rules.needs]
        added = "".join(wording.context_found(words) for words in found if words)
        if rules.score is None:
            return None, added
        total, words = rules.score.evaluate(around, self.outside)
        threshold = rules.score.threshold
        if total < threshold:
            return Refusal("weight", wording.score_missed(total, threshold, words)), added
        return None, added + wording.score_reached(total, threshold, words)

    def _severity(self, hit: Hit, rules: CompiledRules) -> tuple[int, str]:
        for rule, severity in rules.severity_when:
            words = rule.found(self._surroundings(hit), self.outside)
            if words is not None:
                return severity, wording.severity_changed(severity, words)
        return rules.severity, ""


def _same_case(matched: str, form: str) -> bool:
    return matched == form or (fold_words(matched) == fold_words(form) and _capitals(matched) == _capitals(form))


def _capitals(text: str) -> list[bool]:
    return [char.isupper() for char in text if char.isalnum()]


def _is_styled(char: str) -> bool:
    """Letters that stand for a plain one in another width or style; accents and capitals are not styles."""
    return not char.isascii() and len(folded := fold_words(char)) > 0 and folded.isascii() and ord(char) > 0x24F


def _is_broken(text: str, hit: Hit) -> bool:
    return any(
        is_break(text, found.start(), found.end(), sentence=True) for found in EITHER.finditer(text, hit.start, hit.end)
    )


def _is_code_itself(shape: Shape, hit: Hit, text: str) -> bool:
    """`AK-47` is a code, and it is the term."""
    has_digit = any(char.isdigit() for char in hit.entry.text.folded)
    return shape is Shape.CODE and has_digit and not text[hit.end : hit.end + 1].isalnum()

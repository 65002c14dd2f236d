"""Compile libraries into one set: forms made, defaults filled in, word sets looked up, content hashed."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from engine.collection import paused
from engine.errors import Place, SetError
from engine.library.compiled import CompiledRules, CompiledTerm, CompiledText, LibrarySet
from engine.library.inflect import inflections
from engine.library.model import Library, Match, Near, Position, Rules, Score, Term
from engine.library.person import Adjusted, Person
from engine.library.places import Path, find_places
from engine.library.sets import SetTable
from engine.text.allow import AllowPhrase, PhraseIndex
from engine.text.characters import fold_words, is_unspaced
from engine.text.context import ContextRule, ScoreRule, make_index

MAX_TEXTS = 1_000_000
_MAKE = tuple.__new__
"""Makes a named tuple without passing its arguments on: there may be tens of thousands."""
NOTHING: frozenset[str] = frozenset()
PARTIAL = frozenset({Match.PREFIX, Match.SUFFIX, Match.SUBSTRING})


@paused()
def compile_set(libraries: Iterable[Library], *, overrides: Person | None = None) -> LibrarySet:
    """Compile libraries, with the changes made for one person. Raises SetError where things do not fit together."""
    together = sorted(libraries, key=lambda library: library.library_id)
    for first, second in pairwise(together):
        if first.library_id == second.library_id:
            raise SetError(Place(second.origin), f"library `{first.library_id}` is there twice", f"see {first.origin}")
    for library in together:
        _check_required(library, {one.library_id for one in together})
    if overrides is not None:
        overrides.check(together)
    texts = tuple(_Compiler(together).texts(overrides))
    if len(texts) > MAX_TEXTS:
        raise SetError(Place(together[0].origin), f"{len(texts)} texts and forms", f"at most {MAX_TEXTS}")
    return LibrarySet(
        digest=_digest(together, overrides),
        versions={library.library_id: library.version for library in together},
        texts=texts,
        floor=overrides.floor if overrides else 1,
    )


def _check_required(library: Library, present: set[str]) -> None:
    for index, library_id in enumerate(library.requires):
        if library_id not in present:
            place = find_places(library.origin, library.text).of(("library", "requires", index))
            raise SetError(
                place, f"library `{library_id}` is required and missing", "compile it together with this one"
            )


def _digest(libraries: Sequence[Library], person: Person | None) -> str:
    lines = [f"{one.library_id}\t{hashlib.sha256(one.text.encode()).hexdigest()}\n" for one in libraries]
    if person is not None:
        lines.append(f"\t{hashlib.sha256(person.text.encode()).hexdigest()}\n")
    return hashlib.sha256("".join(lines).encode()).hexdigest()


class _Compiler:
    """Holds what several terms share while one set is compiled."""

    def __init__(self, libraries: Sequence[Library]) -> None:
        self._libraries = libraries
        self._sets = SetTable(libraries)
        self._rules: dict[tuple[str, int], CompiledRules] = {}
        self._contexts: dict[tuple[str, Near], ContextRule] = {}
        self._phrases: dict[tuple[str, tuple[str, ...]], PhraseIndex] = {}

    def texts(self, person: Person | None) -> list[CompiledText]:
        found: list[CompiledText] = []
        for library in [*self._libraries, *(person.libraries_added() if person is not None else [])]:
            for term in library.terms:
                rules = self._rules_of(library, term)
                adjusted = person.adjust(library.library_id, term, rules) if person else _as_it_is(rules)
                if adjusted is not None:
                    found += self._texts_of(library, term, adjusted)
        return found

    def _texts_of(self, library: Library, term: Term, adjusted: Adjusted) -> list[CompiledText]:
        rules, condition, dropped = adjusted
        made = _MAKE(CompiledTerm, (library.library_id, library.version, term.term_id, rules, condition))
        found: list[CompiledText] = []
        for index, text in enumerate(term.texts):
            if text not in dropped:
                found += self._forms_of(library, term, made, text, ("text", index))
        for index, form in enumerate(term.forms):
            found += self._forms_of(library, term, made, form, ("forms", index))
        return found

    def _forms_of(self, library: Library, term: Term, made: CompiledTerm, text: str, path: Path) -> list[CompiledText]:
        folded = fold_words(text)
        if not folded:
            place = find_places(library.origin, library.text).of((*term.path, *path))
            raise SetError(place, "nothing is left of this text when it is folded", "write letters, digits or emoji")
        match = match_of(term.rules.match, folded)
        allow = self._allow_of(library, term, folded, match) if term.rules.allow else ()
        found = [_MAKE(CompiledText, (made, text, text, folded, match, allow))]
        for form in self._inflected(library, term, text) if term.rules.inflect else ():
            folded_form = fold_words(form)
            more = allow + self._allow_of(library, term, folded_form, match)
            found.append(CompiledText(made, text, form, folded_form, match, more))
        return found

    def _inflected(self, library: Library, term: Term, text: str) -> list[str]:
        if text in term.forms:
            return []
        try:
            return inflections(text, term.rules.inflect, library.languages[0])
        except KeyError as error:
            language, kind = error.args[0]
            place = find_places(library.origin, library.text).of((*term.path, "inflect"))
            hint = "write the forms out: forms = [...]"
            raise SetError(place, f"no rules for `{kind}` in language `{language}`", hint) from None

    def _allow_of(self, library: Library, term: Term, folded: str, match: Match) -> tuple[AllowPhrase, ...]:
        if not term.rules.allow:
            return ()
        entries = self._sets.expand(term.rules.allow, library, (*term.path, "allow"))
        key = (library.library_id, entries)
        index = self._phrases.get(key)
        if index is None:
            index = self._phrases[key] = PhraseIndex(entries)
        return tuple(index.around(folded, whole_words=match not in PARTIAL))

    def _rules_of(self, library: Library, term: Term) -> CompiledRules:
        key = (library.library_id, id(term.rules))
        found = self._rules.get(key)
        if found is None:
            found = self._rules[key] = self._compile_rules(library, term.rules, term.path)
        return found

    def _compile_rules(self, library: Library, rules: Rules, path: Path) -> CompiledRules:
        base = CompiledRules(
            category=rules.category or library.category,
            severity=rules.severity or library.severity,
            why=rules.why,
            views=rules.views,
            exact_case=rules.exact_case,
            exact_accents=rules.exact_accents,
            position=rules.position,
            also_in=rules.also_in,
            ambiguous=rules.ambiguous,
            simple=not (rules.exact_case or rules.exact_accents or rules.position is not Position.ANYWHERE),
        )
        if not (
            rules.allow_titles
            or rules.allow_domains
            or rules.near
            or rules.not_near
            or rules.score
            or rules.severity_when
        ):
            return base
        expand = self._sets.expand
        return replace(
            base,
            allow_titles=tuple(map(fold_words, expand(rules.allow_titles, library, (*path, "allow-titles")))),
            allow_domains=frozenset(map(str.lower, expand(rules.allow_domains, library, (*path, "allow-domains")))),
            needs=tuple(self._context(library, near, (*path, "near")) for near in rules.near),
            refuses=tuple(self._context(library, near, (*path, "not-near")) for near in rules.not_near),
            score=self._score(library, rules.score, (*path, "score")) if rules.score else None,
            severity_when=tuple(
                (self._context(library, when.near, (*path, "severity-when", index)), when.severity)
                for index, when in enumerate(rules.severity_when)
            ),
            simple=False,
        )

    def _context(self, library: Library, near: Near, path: Path) -> ContextRule:
        key = (library.library_id, near)
        if key not in self._contexts:
            groups = [(entry,) for entry in near.entries] if near.every else [near.entries]
            indexes = tuple(
                make_index(
                    (word, 1) for word in self._sets.expand(group, library, (*path, "all" if near.every else "any"))
                )
                for group in groups
            )
            self._contexts[key] = ContextRule(indexes, near.reach, ", ".join(near.entries))
        return self._contexts[key]

    def _score(self, library: Library, score: Score, path: Path) -> ScoreRule:
        words = {
            word: weight
            for entry, weight in score.words
            for word in self._sets.expand((entry,), library, (*path, "words", entry))
        }
        return ScoreRule(make_index(words.items()), score.threshold, score.weight, score.reach)


def _as_it_is(rules: CompiledRules) -> Adjusted:
    return _MAKE(Adjusted, (rules, None, NOTHING))


def match_of(chosen: Match | None, folded: str) -> Match:
    """Return how a folded text is matched: as its rule says, as its script allows."""
    if not folded.isascii() and any(map(is_unspaced, folded)):
        return Match.SUBSTRING
    if chosen is None or chosen is Match.WORD:
        return Match.PHRASE if " " in folded else Match.WORD
    return chosen

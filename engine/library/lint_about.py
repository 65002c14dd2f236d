"""Lint of the library as a whole: review, origin, what is there and never used, entries that say nothing."""

import re
from collections.abc import Iterator

from engine.library.lint_codes import Code, Problem
from engine.library.lint_subject import Subject
from engine.library.model import Rules
from engine.library.places import Path
from engine.text.characters import fold_words

UNSAID = frozenset(
    {"", "?", "-", "n a", "na", "none", "unknown", "todo", "tbd", "tba", "fixme", "xxx", "internet", "web"}
)


def check(subject: Subject) -> Iterator[Problem]:
    """Yield what is wrong with the library as a whole."""
    yield from _review(subject)
    yield from _origin(subject)
    yield from _file_name(subject)
    yield from _unused(subject)
    yield from _empty_entries(subject)


def _review(subject: Subject) -> Iterator[Problem]:
    library, today = subject.library, subject.surroundings.today
    if library.review < today:
        what = f"The review was due on {library.review}."
        yield subject.problem(Code.REVIEW_OVERDUE, ("library", "review"), what, "look at it again and set a new date")
    if not library.native_review:
        what = f"No native speaker of {', '.join(library.languages)} has reviewed it."
        fix = "ask one; then remove native-review = false"
        yield subject.problem(Code.NOT_NATIVE, ("library", "native-review"), what, fix)


def _origin(subject: Subject) -> Iterator[Problem]:
    library = subject.library
    said = {"licence": library.licence, "source": library.source, "owner": library.owner}
    for key, value in said.items():
        if fold_words(value) in UNSAID:
            what = f"`{key}` says nothing: “{value}”."
            yield subject.problem(
                Code.ORIGIN_UNSAID, ("library", key), what, f"say the {key}, or do not ship the library"
            )


def _file_name(subject: Subject) -> Iterator[Problem]:
    library = subject.library
    name = re.split(r"[/\\]", library.origin)[-1]
    if name.endswith(".toml") and name != f"{library.library_id}.toml":
        what = f"The file is called {name}, the library {library.library_id}: others cannot find it by its id."
        yield subject.problem(Code.FILE_NAME, ("library", "id"), what, f"call the file {library.library_id}.toml")


def _unused(subject: Subject) -> Iterator[Problem]:
    library = subject.library
    if not library.terms:
        return  # a library of sets is there for others
    used = {entry[1:] for _, entry in written(subject) if entry[:1] == "@"}
    for name in library.sets:
        if not {name, f"{library.library_id}:{name}"} & used:
            what = f"The set @{name} is used nowhere in this library."
            yield subject.problem(Code.SET_UNUSED, ("sets", name), what, "use it or remove it")
    likes = {term.like for term in library.terms}
    for name in library.profiles:
        if name not in likes:
            what = f"No term is like the profile {name}."
            yield subject.problem(Code.PROFILE_UNUSED, ("profile", name), what, "use it or remove it")
    for index, library_id in enumerate(library.requires):
        if not any(name.startswith(f"{library_id}:") for name in used):
            what = f"No set of the library {library_id} is used."
            yield subject.problem(
                Code.REQUIRES_UNUSED, ("library", "requires", index), what, "remove it from `requires`"
            )


def _empty_entries(subject: Subject) -> Iterator[Problem]:
    for path, entry in written(subject):
        if entry[:1] != "@" and not fold_words(entry):
            if entry.endswith("*"):
                what = f"“{entry}” has no letter or digit before its *, so that it stands for every word."
            else:
                what = f"Nothing is left of “{entry}” when it is folded: it is never found."
            yield subject.problem(Code.ENTRY_EMPTY, path, what, "write letters or digits, or remove it")


def written(subject: Subject) -> Iterator[tuple[Path, str]]:
    """Yield every entry of sets, exceptions and context as it is written, each once."""
    library = subject.library
    for name, entries in library.sets.items():
        yield from ((("sets", name, index), entry) for index, entry in enumerate(entries))
    for name, rules in library.profiles.items():
        yield from _of_rules(rules, ("profile", name))
    for term in library.terms:
        for path, entry in _of_rules(term.rules, term.path):
            if len(path) > len(term.path) and path[: len(term.path) + 1] in subject.places.keys:
                yield path, entry


def _of_rules(rules: Rules, path: Path) -> Iterator[tuple[Path, str]]:
    for key, entries in (("allow", rules.allow), ("allow-titles", rules.allow_titles)):
        yield from (((*path, key, index), entry) for index, entry in enumerate(entries))
    for key, nears in (("near", rules.near), ("not-near", rules.not_near)):
        for at, near in enumerate(nears):
            place = (*path, key) if len(nears) == 1 else (*path, key, at)
            name = "all" if near.every else "any"
            yield from (((*place, name, index), entry) for index, entry in enumerate(near.entries))
    for at, when in enumerate(rules.severity_when):
        name = "all" if when.near.every else "any"
        yield from (((*path, "severity-when", at, name, index), entry) for index, entry in enumerate(when.near.entries))
    if rules.score is not None:
        yield from (((*path, "score", "words", word), word) for word, _ in rules.score.words)

"""The sentences of explanations, kept apart so that they can be read and changed in one place."""

from engine.library.model import Shape, View
from engine.text.views.reading import Entry, Wording

VIEW_WORDS = {
    View.LEET: "with digits or symbols for letters",
    View.SPACED: "with spaces between its letters",
    View.DOTTED: "with marks between its letters",
    View.REPEATED: "with repeated letters",
    View.HOMOGLYPH: "with look-alike letters of another script",
    View.CAMEL: "joined with another word",
    View.MASK: "with letters masked",
    View.REVERSED: "written backwards",
    View.OCR: "misread by text recognition",
    View.HYPHEN: "broken at the end of a line",
}
SHAPE_WORDS = {
    Shape.CODE: "a code or number",
    Shape.URL: "a web address",
    Shape.EMAIL: "an e-mail address",
    Shape.PATH: "a file path",
    Shape.HOST: "a host name",
}


def wording(entry: Entry) -> Wording:
    """Return what every finding of an entry says, made once."""
    if entry.wording is None:
        text, term = entry.text, entry.text.term
        view = f", {entry.view} view" if entry.view else ""
        form = f", a form of “{text.text}”" if text.form != text.text else ""
        disguise = f", {VIEW_WORDS[entry.view]}" if entry.view else ""
        why = f" {term.rules.why}" if term.rules.why else ""
        named = f"matches the {text.match} “{text.form}”{form}{disguise}"
        tail = f" {named}: term {term.term_id} of library {term.library_id} {term.library_version}.{why}"
        who = (term.library_id, term.library_version, term.term_id, text.text, f"{text.match}{view}")
        entry.wording = ((*who, term.rules.category), term.rules.severity, tail, term.condition)
    return entry.wording


def context_found(words: str) -> str:
    return f" Near it: {words}."


def score_reached(total: int, threshold: int, words: dict[str, int]) -> str:
    return f" Evidence {total} of {threshold}{_listed(words)}."


def score_missed(total: int, threshold: int, words: dict[str, int]) -> str:
    return f"Evidence {total} of the {threshold} needed{_listed(words)}."


def _listed(words: dict[str, int]) -> str:
    return (
        ": " + ", ".join(f"{word} {weight:+d}" for word, weight in words.items()) if words else ", no such words near"
    )


def severity_changed(severity: int, words: str) -> str:
    return f" Severity {severity} because of: {words}."

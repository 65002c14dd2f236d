"""Readers of the rules of a term: context, score, severity in context, views, and the rule keys that profiles share."""

from dataclasses import replace
from typing import Any

from engine.library import fields
from engine.library.fields import Document, Field
from engine.library.model import (
    ALL_VIEWS,
    Inflection,
    Match,
    Near,
    Position,
    Reach,
    Rules,
    Score,
    SeverityWhen,
    Shape,
    Side,
    View,
    Where,
)
from engine.library.places import Path

severity = fields.whole_number(1, 5)

REACH_FIELDS = {
    "within": Field("within", fields.whole_number(1, 50)),
    "chars": Field("chars", fields.whole_number(1, 200)),
    "side": Field("side", fields.one_of(Side)),
    "sentence": Field("sentence", fields.flag),
    "where": Field("where", fields.set_of(Where)),
}
NEAR_FIELDS = {"any": Field("any", fields.texts), "all": Field("all", fields.texts), **REACH_FIELDS}


def near(document: Document, value: Any, path: Path) -> Near:
    """Read one context table."""
    return _near(document, fields.read_table(document, value, path, NEAR_FIELDS), path)


def _near(document: Document, values: dict[str, Any], path: Path) -> Near:
    any_of, all_of = values.pop("any", None), values.pop("all", None)
    if (any_of is None) == (all_of is None):
        document.fail(path, "context needs `any` or `all`, and not both", "split it into a list of contexts", key=True)
    return Near(entries=any_of or all_of, every=all_of is not None, reach=Reach(**values))


def nears(document: Document, value: Any, path: Path) -> tuple[Near, ...]:
    """Read one context table or a list of them."""
    if isinstance(value, dict):
        return (near(document, value, path),)
    result: tuple[Near, ...] = fields.list_of(near)(document, value, path)
    return result


def words(document: Document, value: Any, path: Path) -> tuple[tuple[str, int], ...]:
    """Read the table of context words and their weights."""
    if not isinstance(value, dict) or not value:
        document.fail(path, "`words` must be a table of words and weights", 'words = { "buy" = 2, "@garden" = -2 }')
    weight = fields.whole_number(-100, 100)
    return tuple((word, weight(document, number, (*path, word))) for word, number in value.items())


SCORE_FIELDS = {
    "threshold": Field("threshold", fields.whole_number(1, 1000)),
    "weight": Field("weight", fields.whole_number(-100, 100)),
    "words": Field("words", words),
    **REACH_FIELDS,
}


def score(document: Document, value: Any, path: Path) -> Score:
    """Read a score. A term whose own weight reaches the threshold would not need one, and is refused."""
    values = fields.read_table(document, value, path, SCORE_FIELDS, ("threshold", "words"))
    threshold, weight, counted = values.pop("threshold"), values.pop("weight", 0), values.pop("words")
    if weight >= threshold and all(number >= 0 for _, number in counted):
        document.fail(path, "the term's own weight reaches the threshold", "raise `threshold` or remove the score")
    return Score(threshold=threshold, weight=weight, words=counted, reach=Reach(**values))


def severity_when(document: Document, value: Any, path: Path) -> SeverityWhen:
    """Read a context with the severity that holds in it."""
    known = {"severity": Field("severity", severity), **NEAR_FIELDS}
    values = fields.read_table(document, value, path, known, ("severity",))
    number = values.pop("severity")
    return SeverityWhen(near=_near(document, values, path), severity=number)


def exactness(document: Document, value: Any, path: Path) -> bool:
    if value not in ("exact", "ignore"):
        document.fail(path, f"`{path[-1]}` must be 'ignore' or 'exact'", "the default is 'ignore'")
    return bool(value == "exact")


RULE_FIELDS = {
    "match": Field("match", fields.one_of(Match)),
    "inflect": Field("inflect", fields.set_of(Inflection)),
    "case": Field("exact_case", exactness),
    "accents": Field("exact_accents", exactness),
    "severity": Field("severity", severity),
    "category": Field("category", fields.short_text),
    "why": Field("why", fields.text),
    "source": Field("source", fields.text),
    "views": Field("views", fields.set_of(View)),
    "without": Field("without", fields.set_of(View)),
    "allow": Field("allow", fields.texts),
    "allow-titles": Field("allow_titles", fields.texts),
    "allow-domains": Field("allow_domains", fields.texts),
    "near": Field("near", nears),
    "not-near": Field("not_near", nears),
    "score": Field("score", score),
    "severity-when": Field("severity_when", fields.list_of(severity_when)),
    "position": Field("position", fields.one_of(Position)),
    "ambiguous": Field("ambiguous", fields.whole_number(1, 3)),
    "also-in": Field("also_in", fields.set_of(Shape)),
}


def rules(document: Document, values: dict[str, Any], base: Rules, path: Path) -> Rules:
    """Lay the rule keys that a table gave over those of its profile."""
    if not values:
        return base
    without = values.pop("without", None)
    if without is not None:
        if "views" in values:
            document.fail((*path, "without"), "`views` and `without` cannot stand together", "keep one", key=True)
        values["views"] = ALL_VIEWS - without
    for context in values.get("not_near", ()):
        if context.every:
            document.fail((*path, "not-near"), "`not-near` takes `any` only", "write one context for each entry")
    return replace(base, **values)

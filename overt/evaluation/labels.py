"""Files of labels: what people said of texts, by the hash of the text, so that they outlive corpora and libraries.

docs/evaluation.md is the format (`overt-labels-1`); the console's export of dispositions is written in it too.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.evaluate.tally import Label
from overt.evaluation.run import digest

FORMAT = "overt-labels-1"
DISPOSITIONS = {
    "false-alarm": Label.CLEAN,
    "no-concern": Label.LOW,
    "intelligence": Label.FIRE,
    "concern": Label.FIRE,
    "breach": Label.FIRE,
}
"""What an officer's decision says of the text. `third-party` is deleted material and labels nothing."""
_KNOWN = {label.value for label in Label}


class LabelsError(EngineError):
    """A file of labels that cannot be used; the sentence says where and why."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One label of one text by one person. `text` is empty where the policy does not let it leave."""

    sha256: str
    label: str
    by: str
    at: str
    term: str = ""
    """`library/term` that was judged; empty: the whole text was."""
    disposition: str = ""
    text: str = field(default="", repr=False)
    source: str = ""


def read_labels(path: Path) -> Iterator[Labelled]:
    """Yield the labels of a file. Raises LabelsError, OSError."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield _labelled(line, f"{path}:{number}")


def _labelled(line: bytes, place: str) -> Labelled:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        raise LabelsError(f"{place}: not a line of JSON in UTF-8") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise LabelsError(f'{place}: no label: each line is an object with "format": "{FORMAT}"')
    values = {name: str(found.get(name) or "") for name in Labelled.__slots__}
    if not values["label"] and values["disposition"] in DISPOSITIONS:
        values["label"] = DISPOSITIONS[values["disposition"]].value
    if values["label"] not in _KNOWN:
        raise LabelsError(f"{place}: the label is none of {', '.join(sorted(_KNOWN))}")
    if values["text"]:
        values["sha256"] = digest(values["text"])
    if len(values["sha256"]) != 64:
        raise LabelsError(f"{place}: neither a text nor a SHA-256 in hex")
    return Labelled(**values)


def line_of(one: Labelled) -> str:
    """Return a label as a line of its file."""
    values: dict[str, Any] = {"format": FORMAT}
    values |= {name: getattr(one, name) for name in Labelled.__slots__ if getattr(one, name)}
    return json.dumps(values, ensure_ascii=False) + "\n"


def settled(labels: Iterable[Labelled]) -> Mapping[str, str]:
    """Return text hash → label. Of one person's labels the last counts; where people differ, the text has none."""
    said: dict[str, dict[str, str]] = {}
    for one in labels:
        said.setdefault(one.sha256, {})[one.by] = one.label
    return {text: next(iter(by.values())) for text, by in said.items() if len(set(by.values())) == 1}


def mapping_of(pairs: Iterable[str]) -> dict[str, str]:
    """Read what labels of other words mean, THEIRS=OURS. Raises LabelsError."""
    found = {}
    for pair in pairs:
        theirs, equals, ours = pair.rpartition("=")
        if not equals or ours not in _KNOWN:
            raise LabelsError(f"{pair!r} is not of the form THEIRS=clean, THEIRS=low or THEIRS=fire")
        found[theirs] = ours
    return found

"""What each format refuses, field by field and limit by limit, word for word: place, problem and hint.

python -m tests.evidence.test_refusals writes the golden file anew, to be read before it is committed.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from evidence import canonical
from evidence.coverage import CoverageRecord
from evidence.errors import EvidenceError
from evidence.keys import LockedKey
from evidence.passkey import PasskeyLock
from evidence.receipt import Receipt, SignedReceipt
from evidence.record import CaptureRecord, EventRecord
from evidence.terms import AuthorityTerms
from tests.evidence.field_changes import changes
from tests.evidence.specimens import SPECIMENS, Specimen

GOLDEN = Path(__file__).parent / "refusals.json"


def outcome(specimen: Specimen, document: canonical.Value) -> str:
    """Return what a reader says: `read`, or the kind of error, its message and its hint."""
    try:
        specimen.read(canonical.encode(document))
    except EvidenceError as problem:
        return f"{type(problem).__name__}: {problem}" + (f" ({problem.hint})" if problem.hint else "")
    return "read"


def outcomes(specimen: Specimen) -> dict[str, dict[str, str]]:
    """Return for each place what is said, and of which changes."""
    found: dict[str, dict[str, list[str]]] = {}
    for place, change, document in changes(specimen.good):
        found.setdefault(place, {}).setdefault(outcome(specimen, document), []).append(change)
    return {place: {said: ", ".join(names) for said, names in found[place].items()} for place in found}


@pytest.mark.parametrize("name", SPECIMENS)
def test_the_good_document_is_read(name: str) -> None:
    """With every field that it may have."""
    assert outcome(SPECIMENS[name], SPECIMENS[name].good) == "read"


@pytest.mark.parametrize("name", SPECIMENS)
def test_every_field_is_held_to_its_limits_in_the_same_words(name: str) -> None:
    """What was read and refused before still is, and what is said of it."""
    golden, now = json.loads(GOLDEN.read_text())[name], outcomes(SPECIMENS[name])
    assert now.keys() == golden.keys()
    for place, said in now.items():
        assert said == golden[place], f"{place}: meant so? python -m tests.evidence.test_refusals writes it anew"
    assert sum(len(names.split(", ")) for said in now.values() for names in said.values()) > 50


WRITTEN = {
    "terms": AuthorityTerms.from_bytes,
    "capture": CaptureRecord.from_bytes,
    "event": EventRecord.from_bytes,
    "coverage": CoverageRecord.from_bytes,
    "receipt": Receipt.from_bytes,
    "receipt on the wire": lambda data: Wire(SignedReceipt.from_wire(data)),
    "locked key": LockedKey.from_bytes,
    "passkey lock": PasskeyLock.from_bytes,
}


@dataclass(frozen=True)
class Wire:
    """A receipt whose stored form is that of the wire."""

    signed: SignedReceipt

    def to_bytes(self) -> bytes:
        """Return it."""
        return self.signed.to_wire()


@pytest.mark.parametrize("name", WRITTEN)
def test_what_was_read_is_written_again_byte_for_byte(name: str) -> None:
    """With every field that it may have."""
    good = canonical.encode(SPECIMENS[name].good)
    assert WRITTEN[name](good).to_bytes() == good


if __name__ == "__main__":
    found = {name: outcomes(specimen) for name, specimen in SPECIMENS.items()}
    GOLDEN.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")

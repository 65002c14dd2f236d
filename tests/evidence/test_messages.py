"""What is said about each bad vector, word for word: place, problem and hint. People act on these sentences.

python -m tests.evidence.test_messages writes the golden file anew, to be read before it is committed.
"""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from evidence import canonical
from evidence.envelope import open_all, parse, verify
from evidence.errors import EvidenceError
from evidence.keys import LockedKey, OpeningKey, unlock_officer_key, unwrap_case_key
from evidence.passkey import PasskeyLock, unlock_with_passkey
from evidence.suite import Suite

VECTORS = Path(__file__).parent.parent / "vectors"
GOLDEN = Path(__file__).parent / "messages.json"


def read_envelope(vector: dict[str, Any]) -> None:
    data = base64.b64decode(vector["envelope"])
    head = parse(data)
    verify(head, bytes.fromhex(vector["device_key"]))
    open_all(head, OpeningKey.load(bytes.fromhex(vector["opening_key"]), Suite(vector["suite"])), data)


def read_keys(vector: dict[str, Any]) -> None:
    locked = LockedKey.from_bytes(canonical.encode(vector["locked"]))
    officer = unlock_officer_key(locked, vector["passphrase"])
    unwrap_case_key(bytes.fromhex(vector["wrap"]), officer, case=vector["case"], epoch=vector["epoch"])


def read_passkeys(vector: dict[str, Any]) -> None:
    lock = PasskeyLock.from_bytes(canonical.encode(vector["locked"]))
    unlock_with_passkey(lock, bytes.fromhex(vector["prf"]))


def read_canonical(vector: dict[str, Any]) -> None:
    canonical.decode(bytes.fromhex(vector["json"]), place="vector", limit=10_000)


READERS: dict[str, Callable[[dict[str, Any]], None]] = {
    "envelope": read_envelope,
    "keys": read_keys,
    "passkeys": read_passkeys,
    "canonical": read_canonical,
}


def said(folder: str, vector: dict[str, Any]) -> str:
    """Return the kind of error, its message and its hint."""
    try:
        READERS[folder](vector)
    except EvidenceError as problem:
        return f"{type(problem).__name__}: {problem}" + (f" ({problem.hint})" if problem.hint else "")
    return "no error"


def bad_vectors() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield folder, name and vector of everything that is to be refused."""
    for folder in READERS:
        for path in sorted((VECTORS / folder).glob("*.json")):
            vector = json.loads(path.read_text())
            if vector["expect"] != "success":
                yield f"{folder}.{path.stem}", folder, vector


BAD = list(bad_vectors())


@pytest.mark.parametrize(("name", "folder", "vector"), BAD, ids=[name for name, _, _ in BAD])
def test_every_refusal_is_said_in_the_same_words(name: str, folder: str, vector: dict[str, Any]) -> None:
    """The golden file has a line for it, and it is this one."""
    assert said(folder, vector) == json.loads(GOLDEN.read_text())[name]


def test_no_line_is_left_over() -> None:
    """Each golden line belongs to a vector, and there are many."""
    assert set(json.loads(GOLDEN.read_text())) == {name for name, _, _ in BAD}
    assert len(BAD) > 100


if __name__ == "__main__":
    found = {name: said(folder, vector) for name, folder, vector in BAD}
    GOLDEN.write_text(json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True) + "\n")

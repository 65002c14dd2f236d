"""What the second person reads of a set: every word that comes and goes, against what devices have now."""

import json
from pathlib import Path

import numpy as np
import pytest

from evidence import canonical
from libraries import shipped
from overt import set_changes
from overt.hashes_set import About, Column, HashSet, Kind, write
from overt.set_changes import FileChange
from overt.update_set import UpdateSet
from tests.overt.kit import HEAD, write_library

OLD = """[[term]]
text = "gun"
severity = 4

[[term]]
text = ["knife", "blade"]

[[term]]
text = "sword"

[[term]]
text = "club"
"""
NEW = """[[term]]
text = "gun"
severity = 3

[[term]]
text = ["knife", "dagger"]

[[term]]
text = ["axe", "hatchet"]

[[term]]
text = "club"
near = { any = ["hit"] }
"""
SECOND = HEAD.replace('version = "1"', 'version = "2"')


@pytest.fixture
def sets(tmp_path: Path) -> tuple[Path, Path]:
    """Return the folders of the set before and of the one that is asked for, each without a file."""
    folders = tmp_path / "before", tmp_path / "after"
    for one in folders:
        for kind in ("libraries", "signatures", "hash-sets"):
            (one / kind).mkdir(parents=True)
    return folders


def changes(sets: tuple[Path, Path]) -> list[FileChange]:
    return set_changes.changes(*map(UpdateSet, sets))


def test_words_that_come_go_and_weigh_otherwise(sets: tuple[Path, Path]) -> None:
    """Each term in a line, with its words; where nothing but the rules differ, which."""
    before, after = (one / "libraries" for one in sets)
    write_library(before, OLD)
    write_library(after, NEW, head=SECOND)
    assert changes(sets) == [
        FileChange(
            "libraries/test.toml",
            "version 1 → 2, 4 terms",
            (
                "new: axe, severity 3: “axe”, “hatchet”",
                "gone: sword, severity 3: “sword”",
                "changed: gun, severity 4 → 3",
                "changed: knife, no more “blade”; new “dagger”",
                "changed near: of “club”",
            ),
        )
    ]


def test_a_file_that_goes_away_or_is_the_shipped_one(sets: tuple[Path, Path]) -> None:
    """One's own library goes with its words; a shipped one comes back as it is with the agent, or is no news."""
    before, after = (one / "libraries" for one in sets)
    write_library(before, OLD)
    (after / "anonymity.toml").write_bytes(shipped()["anonymity"].read_bytes())
    anonymity, own = changes(sets)
    assert anonymity.said.startswith("version ")
    assert "as before" in anonymity.said
    assert anonymity.lines == ()
    assert own.said == "not there any more: it was version 1 with 4 terms"
    assert len(own.lines) == 4
    back, _ = changes((sets[1], sets[0]))
    assert back.said.endswith("as it comes with the agent")
    assert changes((sets[1], sets[1])) == []


def test_policy_signatures_and_sets_of_hashes(sets: tuple[Path, Path]) -> None:
    """Numbers with their old value, signatures by name, hashes by number."""
    before, after = sets
    (after / "policy.toml").write_text("[capture]\nfloor = 2\n")
    column = Column(np.zeros((7, 16), np.uint8), np.zeros(7, np.uint16), np.zeros(7, np.uint8))
    write(after / "hash-sets" / "own.set", HashSet(About("own", "5", "An agency", "own"), ("",), {Kind.MD5: column}))
    policy, hashes = changes(sets)
    assert (policy.file, policy.lines) == ("policy.toml", ("floor: 3 → 2",))
    assert hashes.said == "none → version 5 of An agency, severity 5, 7 hashes"
    assert changes((after, before))[0].lines == ("floor: 2 → 3",)


def test_what_has_no_room_is_counted(sets: tuple[Path, Path]) -> None:
    """A request stays small enough to be kept and sent; nothing is left out unsaid."""
    terms = "".join(f'[[term]]\nid = "t{number}"\ntext = "слово{number:05d}{"ы" * 40}"\n' for number in range(2000))
    write_library(sets[1] / "libraries", terms)
    (told,) = set_changes.spell(*map(UpdateSet, sets))
    spelled = canonical.encode(told)
    assert set_changes.MOST_BYTES / 2 < len(spelled) <= set_changes.MOST_BYTES + 1000
    found = json.loads(spelled)
    assert found["more"] > 0
    assert len(found["lines"]) + found["more"] == 2000


def test_no_word_of_a_library_steers_what_is_read(sets: tuple[Path, Path]) -> None:
    """A word with a line end or a sign that turns the direction round stays one line, in its order."""
    write_library(sets[1] / "libraries", '[[term]]\nid = "odd"\ntext = "a\\ngone: \\u202eknife\\u001b[2J"\n')
    (told,) = set_changes.spell(*map(UpdateSet, sets))
    (line,) = json.loads(canonical.encode(told))["lines"]
    assert line == "new: odd, severity 3: “a ⏎ gone: <U+202E>knife<U+001B>[2J”"


def test_a_set_before_that_this_version_cannot_read_stops_nobody(sets: tuple[Path, Path]) -> None:
    """It is said, and everything is told as new."""
    before, after = sets
    (before / "libraries" / "test.toml").write_text('format = "overt-library-0"\n')
    (before / "policy.toml").write_text("nonsense = 1\n")
    write_library(after / "libraries", NEW)
    unread, new = changes(sets)
    assert "cannot be read by this version" in unread.said
    assert new.said == "not there before: version 1 with 4 terms"

"""The person's own notes: kept, sealed once, readable for the officers and for nobody else."""

import os
import subprocess
import sys

import pytest

from agent import notes
from evidence import envelope
from evidence.header import Kind
from evidence.record import EventRecord
from tests.agent.rig import Rig

WORDS = "My brother used the laptop, ask him: MARKERWORD"


def test_a_note_goes_into_the_chain_once(rig: Rig) -> None:
    """Sealed as it was written, in order, and gone from the folder."""
    spool = rig.open_spool()
    recorder = rig.recorder(spool)
    notes.leave(rig.state.notes, WORDS)
    notes.leave(rig.state.notes, "A second one")
    assert notes.take(rig.state.notes, recorder) == 2
    assert notes.take(rig.state.notes, recorder) == 0
    assert list(rig.state.notes.iterdir()) == []
    data = [path.read_bytes() for path in sorted(rig.state.spool.rglob("*.ovt"))]
    heads = [envelope.parse(one) for one in data]
    assert [head.header.context.fields.kind for head in heads] == [Kind.NOTE, Kind.NOTE]
    opened = [envelope.open_all(head, rig.case_key, one) for head, one in zip(heads, data, strict=True)]
    assert [EventRecord.from_bytes(one["meta"]).text for one in opened] == [WORDS, "A second one"]
    assert b"MARKERWORD" not in b"".join(path.read_bytes() for path in rig.root.rglob("*") if path.is_file())


def run(rig: Rig, text: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "overt", "agent", "note", text, "--state", str(rig.root)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)


def test_the_command_leaves_a_note(rig: Rig) -> None:
    """It waits for the agent, readable for nobody but this account."""
    assert run(rig, WORDS).returncode == 0
    (note,) = rig.state.notes.iterdir()
    assert note.read_text() == WORDS
    assert note.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("text", ["", "   ", "x" * (notes.LONGEST + 1)])
def test_an_empty_or_endless_note_is_refused(rig: Rig, text: str) -> None:
    """Exit code 2 and the limit."""
    done = run(rig, text)
    assert done.returncode == 2
    assert "1 to 5000 characters" in done.stderr
    assert not rig.state.notes.exists()

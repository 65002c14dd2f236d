"""Checkpoints as signed notes: the server's word, and the witnesses'."""

import base64
from datetime import UTC, datetime

import pytest

from evidence.checkpoint import (
    Checkpoint,
    NamedKey,
    cosign_checkpoint,
    sign_checkpoint,
    verify_checkpoint,
    verify_cosignature,
)
from evidence.errors import EvidenceError, FormatError, SignatureError, UsageError
from evidence.keys import generate_signing_key, verifying_key

CHECKPOINT = Checkpoint("example.org/device-1", 30_000, bytes(range(32)))
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def server(seeded):
    """The server's signing key."""
    return generate_signing_key(seeded("server"))


@pytest.fixture(scope="module")
def witness(seeded):
    """A witness's signing key."""
    return generate_signing_key(seeded("witness"))


@pytest.fixture(scope="module")
def note(server):
    """A signed checkpoint."""
    return sign_checkpoint(CHECKPOINT, "example.org", server)


def test_the_published_example_of_signed_notes_verifies():
    """The note of the Go documentation (golang.org/x/mod/sumdb/note): other software reads and writes this format."""
    text = b"If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    line = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    public = base64.b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")[1:]
    key = NamedKey("PeterNeumann", public)
    with pytest.raises(FormatError, match="not origin, size and root"):  # its signature holds; it is no checkpoint
        verify_checkpoint(text + b"\n" + line.encode() + b"\n", key)


def test_a_checkpoint_survives(note, server):
    """Signed, read, equal; the text is the three lines of the specification."""
    key = NamedKey("example.org", verifying_key(server))
    assert verify_checkpoint(note, key) == CHECKPOINT
    root = base64.b64encode(CHECKPOINT.root).decode()
    assert note.decode().split("\n\n")[0] == f"example.org/device-1\n30000\n{root}"


def test_a_witness_says_when_it_saw_it(note, server, witness):
    """A cosignature adds a time; the first signature still holds."""
    cosigned = cosign_checkpoint(note, "defence.example", witness, seen_at=NOON)
    assert verify_cosignature(cosigned, NamedKey("defence.example", verifying_key(witness))) == NOON
    assert verify_checkpoint(cosigned, NamedKey("example.org", verifying_key(server))) == CHECKPOINT


def test_each_kind_of_signature_is_asked_for_by_name_and_key(note, server, witness):
    """Another name, another key, another kind: none of them counts."""
    cosigned = cosign_checkpoint(note, "defence.example", witness, seen_at=NOON)
    server_key, witness_key = verifying_key(server), verifying_key(witness)
    for key in (NamedKey("example.net", server_key), NamedKey("example.org", witness_key)):
        with pytest.raises(SignatureError):
            verify_checkpoint(note, key)
    with pytest.raises(SignatureError):
        verify_checkpoint(cosigned, NamedKey("defence.example", witness_key))
    with pytest.raises(SignatureError):
        verify_cosignature(cosigned, NamedKey("example.org", server_key))


def test_no_altered_note_is_accepted(note, server):
    """Every bit of a note."""
    key = NamedKey("example.org", verifying_key(server))
    for position in range(8 * len(note)):
        altered = bytearray(note)
        altered[position // 8] ^= 1 << position % 8
        with pytest.raises(EvidenceError):
            verify_checkpoint(bytes(altered), key)


@pytest.mark.parametrize(
    "note", [b"", b"\n\n", b"a\n1\nAA==\n", b"a\n\n- x y\n", "a\n\n— x !!!!\n".encode(), b"\xff\n\n", b"x" * 20_000]
)
def test_other_notes_are_refused(note, server):
    """Nothing else is read as one."""
    with pytest.raises(EvidenceError):
        verify_checkpoint(note, NamedKey("example.org", verifying_key(server)))


@pytest.mark.parametrize(
    "text",
    ["o\n01\n{r}\n", "o\n-1\n{r}\n", "o\n1\nAA==\n", "o\n1\n{r}\nmore\n", "o o\n1\n{r}\n", "\n1\n{r}\n", "o\n1\n"],
)
def test_signed_text_that_is_no_checkpoint_is_refused(text, server):
    """A signature does not make it one: sizes have one spelling, roots 32 bytes, and nothing follows."""
    body = text.replace("{r}", base64.b64encode(bytes(32)).decode())
    key = NamedKey("k", verifying_key(server))
    line = base64.b64encode(key.id(1) + server.sign(body.encode())).decode()
    with pytest.raises(FormatError):
        verify_checkpoint(f"{body}\n— k {line}\n".encode(), key)


@pytest.mark.parametrize(("origin", "name"), [("two words", "k"), ("", "k"), ("o\n2", "k"), ("o", "a b"), ("o", "a+b")])
def test_names_that_break_the_note_are_not_written(server, origin, name):
    """Neither origins nor key names can smuggle lines."""
    with pytest.raises(UsageError):
        sign_checkpoint(Checkpoint(origin, 1, bytes(32)), name, server)

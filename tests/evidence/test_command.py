"""`overt evidence open` and `verify`, run as a person runs them: words, files and exit codes."""

import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from evidence.authority import (
    AuthorityTerms,
    Condition,
    NamedRecipient,
    PermittedLibrary,
    authority_digest,
    issue_authority,
)
from evidence.envelope import Part, Recipient, Role, seal
from evidence.keys import OpeningKey, generate_signing_key, lock_officer_key, verifying_key, wrap_case_key
from evidence.record import (
    Action,
    CaptureRecord,
    DecisionRecord,
    EventRecord,
    FindingRecord,
    FrameRecord,
    SuppressedRecord,
    ThumbRecord,
)

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
FINDING = FindingRecord(
    library_id="weapons",
    library_version="1",
    term_id="knife",
    term="flick knife",
    rule="term",
    category="weapons",
    severity=3,
    condition="4",
    start=0,
    end=11,
    explanation="The words stand in the text.",
)
CAPTURE = CaptureRecord(
    why="The words stand in the text.",
    observed_at=NOON,
    source="ocr",
    provenance="visible",
    app=None,
    title="shop\x1b[2J\u202etxt.exe",
    url=None,
    account="kim",
    monitor=0,
    severity=3,
    text="flick knife\nfor sale",
    findings=(FINDING,),
    suppressed=(SuppressedRecord(FINDING, "an exception covers it"),),
    decision=DecisionRecord(Action.CAPTURE, "severity 3"),
    frames=(FrameRecord("frame-0", 0, 0, 0, 4, 4, "image/png"),),
    thumb=ThumbRecord("image/webp", 2, 2),
)


def run(*arguments, **options):
    """Run the command."""
    words = [sys.executable, "-m", "overt", "evidence", *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, timeout=240, check=False, **options)


@pytest.fixture(scope="module")
def folder(simple, seeded, tmp_path_factory):
    """A case file: keys, an authority, four records in a folder."""
    root = tmp_path_factory.mktemp("case")
    issuer, officer = generate_signing_key(seeded("issuer")), OpeningKey.generate(seeded("officer"))
    terms = AuthorityTerms(
        authority_id="order-12",
        case="case-7",
        device="device-1",
        device_key=simple.device_public,
        accounts=("kim",),
        sources=("ocr",),
        libraries=(PermittedLibrary("weapons", "4"),),
        conditions=(Condition("4", "No weapons."),),
        recipients=(
            NamedRecipient(simple.case_key.public, Role.CASE),
            NamedRecipient(simple.recovery_key.public, Role.RECOVERY),
        ),
        not_before=datetime(2026, 1, 1, tzinfo=UTC),
        not_after=datetime(2026, 7, 1, tzinfo=UTC),
        notice="This computer is monitored.",
        issued_by="A court",
        contact="0800 000",
    )
    authority = issue_authority(terms, issuer)
    files = {
        "recovery.key": simple.recovery_key.secret,
        "case.key": simple.case_key.secret.hex().encode() + b"\n",
        "stranger.key": bytes(range(32)),
        "device.pub": simple.device_public.hex().encode() + b"\n",
        "issuer.pub": verifying_key(issuer).hex().encode(),
        "authority": authority,
        "locked": lock_officer_key(officer, "pass phrase", entropy=seeded("lock")).to_bytes() + b"\n",
        "wrap": wrap_case_key(simple.case_key, officer.public, case="case-7", epoch=2),
        "passphrase": b"pass phrase\n",
    }
    for name, data in files.items():
        (root / name).write_bytes(data)
    pictures = [Part("thumb", b"small"), Part("frame-0", b"large")]
    contents = [[Part("meta", EventRecord("heartbeat").to_bytes())] for _ in range(3)]
    contents.append([Part("meta", CAPTURE.to_bytes()), *pictures])
    (root / "records" / "0").mkdir(parents=True)
    prev = "0" * 64
    for seq, parts in enumerate(contents):
        sealed = simple.seal(*parts, seq=seq, prev=prev, authority=authority_digest(authority))
        (root / "records" / "0" / str(seq)).write_bytes(sealed.envelope)
        prev = sealed.header_digest
    return root


def test_a_capture_opens_with_the_recovery_key(folder, tmp_path):
    """Words on the terminal, pictures in a new folder, nobody else can read them."""
    out = tmp_path / "out"
    capture = folder / "records" / "0" / "3"
    done = run("open", capture, "--key", folder / "recovery.key", "--device-key", folder / "device.pub", "--out", out)
    assert (done.returncode, done.stderr) == (0, "")
    for expected in ("by device device-1", "capture, severity 3, number 0/3", "condition 4", "an exception covers it"):
        assert expected in done.stdout
    assert {path.name: path.stat().st_mode & 0o777 for path in out.iterdir()} == {
        "meta.json": 0o600, "thumb.webp": 0o600, "frame-0.png": 0o600
    }  # fmt: skip
    assert (out / "frame-0.png").read_bytes() == b"large"
    assert CaptureRecord.from_bytes((out / "meta.json").read_bytes()) == CAPTURE


def test_a_watched_computer_cannot_steer_the_terminal(folder):
    """Escape sequences and reordering characters in a window title are shown as code points."""
    capture = folder / "records" / "0" / "3"
    done = run("open", capture, "--key", folder / "case.key", "--device-key", folder / "device.pub")
    assert "shop<U+001B>[2J<U+202E>txt.exe" in done.stdout
    assert "flick knife ⏎ for sale" in done.stdout


@pytest.mark.parametrize("how", ["file", "typed"])
def test_an_officer_opens_offline(folder, how):
    """Locked key, wrap and passphrase are enough, as JSON too."""
    arguments = ["--locked-key", folder / "locked", "--wrap", folder / "wrap", "--key-epoch", 2, "--json"]
    arguments += ["--device-key", folder / "device.pub"]
    if how == "file":
        done = run("open", folder / "records" / "0" / "3", *arguments, "--passphrase-file", folder / "passphrase")
    else:
        done = run("open", folder / "records" / "0" / "3", *arguments, input="pass phrase\n")
    opened = json.loads(done.stdout)
    assert (opened["context"]["seq"], opened["meta"]["text"]) == (3, CAPTURE.text)
    assert opened["parts"]["frame-0"] == 5


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (["--key", "recovery.key"], 2, "--device-key is missing"),
        (["--key", "stranger.key", "--device-key", "device.pub"], 2, "is not among the recipients"),
        (["--key", "device.pub", "--device-key", "device.pub"], 2, "is not among the recipients"),
        (["--key", "wrap", "--device-key", "device.pub"], 2, "neither 32 bytes nor 64 hex digits"),
        (["--key", "nowhere", "--device-key", "device.pub"], 2, "No such file"),
        (["--device-key", "device.pub"], 2, "give either --key"),
        (["--key", "recovery.key", "--wrap", "wrap", "--device-key", "device.pub"], 2, "give either --key"),
        (["--key", "recovery.key", "--device-key", "recovery.key"], 2, "neither 64 hex digits nor a file"),
        (["--key", "recovery.key", "--device-key", "issuer.pub"], 1, "not signed by key"),
        (["--locked-key", "locked", "--wrap", "wrap", "--device-key", "device.pub"], 1, "does not open it"),
    ],
)
def test_what_does_not_open_says_why(folder, options, code, says):
    """One row a mistake: 2 for what the caller can mend, 1 for a record that does not hold."""
    if "--locked-key" in options:
        options = [*options, "--passphrase-file", "passphrase"]
    done = run("open", "records/0/3", *options, cwd=folder)
    assert done.returncode == code
    assert says in done.stderr
    assert done.stdout == ""


def test_a_wrong_passphrase_is_the_caller_s_mistake(folder):
    """Exit code 2, and no hint at what was right."""
    options = ["--locked-key", "locked", "--wrap", "wrap", "--device-key", "device.pub", "--passphrase-file", "wrap"]
    done = run("open", "records/0/3", *options, cwd=folder)
    assert done.returncode == 2
    assert "wrong passphrase" in done.stderr


def test_without_a_checked_signature_the_output_says_so(folder):
    """The option has an ugly name, and the answer repeats it."""
    done = run("open", folder / "records/0/0", "--key", folder / "case.key", "--signature-unchecked")
    assert done.returncode == 0
    assert "NOT CHECKED" in done.stdout


def test_nothing_is_written_over(folder, tmp_path):
    """A second run into the same folder stops."""
    arguments = ("open", folder / "records/0/0", "--key", folder / "case.key", "--device-key", folder / "device.pub")
    assert run(*arguments, "--out", tmp_path).returncode == 0
    again = run(*arguments, "--out", tmp_path)
    assert again.returncode == 2
    assert "meta.json: File exists" in again.stderr


def test_a_whole_folder_verifies_in_steps(folder):
    """Six numbered steps, each with how many records it saw."""
    keys = ["--device-key", "device.pub", "--authority", "authority", "--issuer-key", "issuer.pub"]
    done = run("verify", "records", *keys, cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    for number in range(1, 7):
        assert f"  {number}. " in done.stdout
    assert "All 4 records hold" in done.stdout


def test_findings_are_named_and_counted(folder, tmp_path):
    """A record is missing and another was altered: exit code 1, where and what."""
    for name in ("0", "1", "3"):
        data = bytearray((folder / "records" / "0" / name).read_bytes())
        data[-1] ^= name == "3"
        (tmp_path / name).write_bytes(data)
    done = run("verify", tmp_path, "--device-key", folder / "device.pub", "--json")
    assert done.returncode == 1
    steps = json.loads(done.stdout)["steps"]
    found = {step["title"]: [one["sentence"] for one in step["findings"]] for step in steps if step["findings"]}
    assert found == {
        "Content": ["part frame-0: not the ciphertext that was signed"],
        "Order": ["record 0/3: 1 missing before it, from 2"],
    }
    text = run("verify", tmp_path, "--device-key", folder / "device.pub").stdout
    assert "2 findings in 3 records." in text
    assert "6. Authority: not checked, no authority file was given" in text


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["records"], "--device-key is missing"),
        (["nowhere", "--device-key", "device.pub"], "no such file or folder"),
        (["empty", "--device-key", "device.pub"], "no file in there"),
        (["records", "--device-key", "device.pub", "--authority", "authority"], "go together"),
        (
            ["records", "--device-key", "device.pub", "--authority", "authority", "--issuer-key", "device.pub"],
            "not the trusted",
        ),
        (["records", "--device-key", "x"], "No such file"),
    ],
)
def test_wrong_usage_is_told_apart_from_findings(folder, arguments, says):
    """Exit code 2, what and where."""
    (folder / "empty").mkdir(exist_ok=True)
    done = run("verify", *arguments, cwd=folder)
    assert done.returncode == 2
    assert says in done.stderr


def test_records_of_the_second_suite_open_with_the_same_command(world, tmp_path):
    """Which suite a key is for, the envelope says."""
    recipients = [Recipient(world.recovery_key.public, Role.RECOVERY)]
    parts = [Part("meta", EventRecord("heartbeat").to_bytes())]
    sealed = seal(world.fields(), parts, recipients, world.device_key, entropy=world.entropy)
    (tmp_path / "record").write_bytes(sealed.envelope)
    (tmp_path / "key").write_bytes(world.recovery_key.secret)
    done = run("open", tmp_path / "record", "--key", tmp_path / "key", "--device-key", world.device_public.hex())
    assert (done.returncode, done.stderr) == (0, "")
    assert "heartbeat" in done.stdout

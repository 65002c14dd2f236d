"""Attacks on an export pack, each judged by verify.sh alone: sha256sum, openssl and jq, no code of ours."""

import base64
import hashlib
import json
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence import envelope, pack
from evidence.authority import Withdrawal, issue_withdrawal
from evidence.checkpoint import SERVER_NAME, Checkpoint, sign_checkpoint
from evidence.destruction import DestroyedRecord, Destruction, sign_destruction
from evidence.envelope import Recipient
from evidence.header import GENESIS, Kind
from evidence.keys import OpeningKey, generate_signing_key
from evidence.pack import PackedRecord
from evidence.permission import SEALING
from evidence.receipt import Receipt, SignedReceipt, sign_receipt
from overt.evidence_check import check_pack, check_store, describe, pack_name
from overt.evidence_export import export
from overt.evidence_store import Store
from tests.console.site import OFFICER, PASSPHRASE, CaseSite, Seed

RECORDS = 5
WORDS = {0: "NOT detected", 1: "detected"}


class Pack:
    """A pack, and the keys that an attacker may hold."""

    def __init__(self, root: Path, site: CaseSite, receipt_key: Ed25519PrivateKey) -> None:
        self.root = root
        self.site = site
        self.receipt_key = receipt_key

    def record(self, seq: int) -> Path:
        """Return a record's file."""
        return self.root / f"data/records/{0:010d}/{seq:020d}.overt"

    def receipt(self, seq: int, kind: str = "json") -> Path:
        """Return a receipt's file, or its signature's."""
        return self.root / f"data/receipts/{0:010d}/{seq:020d}.{kind}"

    def mend_manifests(self) -> None:
        """Make the bag's manifests fit what is there, as any attacker can."""
        files = [path for path in (self.root / "data").rglob("*") if path.is_file()]
        payload = [
            (path.relative_to(self.root).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()) for path in files
        ]
        names = ("verify.sh", "case.jsonld", "report.html")
        tags = [(name, hashlib.sha256((self.root / name).read_bytes()).hexdigest()) for name in names]
        for name, data in pack.manifests(payload, tags, made_at=datetime.now(UTC), size=0, count=len(files)):
            (self.root / name).write_bytes(data)

    def verify(self, *witnessed: Path) -> tuple[int, str]:
        """Run verify.sh; return its exit code and what it said."""
        command = ["sh", str(self.root / "verify.sh"), str(self.root), *map(str, witnessed)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """Return a pack of five captures, opened."""
    root = tmp_path_factory.mktemp("site")
    with closing(CaseSite(root)) as site:
        site.add([Seed(f"Page {number}", f"a gun, number {number}") for number in range(RECORDS)])
        receipt_key = site.server.folder.receipt_key()
    with closing(Store(site.folder.root)) as store:
        device = store.device(site.device)
        keys = store.case_keys(device, OFFICER, PASSPHRASE)
        export(store, device, root / "pack", keys_to_open=keys, now=datetime.now(UTC), tell=lambda _done, _total: None)
    return Pack(root / "pack", site, receipt_key)


@pytest.fixture
def attacked(original: Pack, tmp_path: Path) -> Pack:
    """Return a copy to be attacked."""
    shutil.copytree(original.root, tmp_path / "pack")
    return Pack(tmp_path / "pack", original.site, original.receipt_key)


def test_an_honest_pack_holds(original: Pack) -> None:
    """Exit code 0, all eight steps, nothing found."""
    code, said = original.verify()
    assert code == 0, said
    assert "Nothing found: every step holds." in said
    assert all(f"{step}. " in said for step in range(1, 9))
    assert all(step.holds for step in check_pack(original.root, [])[1])
    assert [all(step.holds for step in steps) for _, _, steps in check_store(original.site.folder.root)] == [True]


def test_bagit_takes_the_pack_for_a_valid_bag(original: Pack) -> None:
    """The Library of Congress's own program judges the bag."""
    done = subprocess.run(
        [sys.executable, "-m", "bagit", "--validate", str(original.root)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "is valid" in done.stderr


def test_case_utils_takes_the_graph_for_valid(original: Pack) -> None:
    """The CASE community's own validator, with the ontology that it brings: nothing to remark, not even advice."""
    validate = str(Path(sys.executable).with_name("case_validate"))
    graph = original.root / "case.jsonld"
    done = subprocess.run([validate, str(graph)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "Conforms: True" in done.stdout
    assert len(json.loads(graph.read_text())["@graph"]) == 3 + 3 * RECORDS


def test_verify_sh_needs_no_other_program(original: Pack, tmp_path: Path) -> None:
    """With nothing on the path but sha256sum, openssl, jq and the tools that POSIX has, it says the same."""
    programs = [
        "sha256sum", "openssl", "jq", "cat", "cmp", "cp", "cut", "basename", "dirname", "find", "grep", "head",
        "mktemp", "mv", "od", "printf", "rm", "sed", "sort", "tail", "tee", "tr", "wc",
    ]  # fmt: skip
    for name in programs:
        found = shutil.which(name)
        assert found, name
        (tmp_path / name).symlink_to(found)
    shell = shutil.which("sh")
    assert shell
    command = [shell, str(original.root / "verify.sh"), str(original.root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": str(tmp_path)})
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert "Nothing found: every step holds." in done.stdout


@pytest.fixture(scope="module")
def table(request: pytest.FixtureRequest) -> Iterator[list[tuple[str, str, str]]]:
    """Return a list to fill with attack, verify.sh alone, and with a kept checkpoint; printed at the end."""
    rows: list[tuple[str, str, str]] = []
    yield rows
    reporter = request.config.pluginmanager.getplugin("terminalreporter")
    if reporter is not None:
        reporter.write_line("")
        for row in [("attack", "verify.sh alone", "with a kept checkpoint"), *rows]:
            reporter.write_line("{:<32} {:<16} {}".format(*row))


# --- what an attacker without any key can do ---


def delete(it: Pack) -> None:
    for path in (it.record(2), it.receipt(2), it.receipt(2, "sig")):
        path.unlink()
    shutil.rmtree(it.root / f"data/disclosed/{0:010d}/{2:020d}")


def delete_the_last(it: Pack) -> None:
    for path in (it.record(4), it.receipt(4), it.receipt(4, "sig")):
        path.unlink()
    shutil.rmtree(it.root / f"data/disclosed/{0:010d}/{4:020d}")


def swap(it: Pack) -> None:
    one, two = it.record(1), it.record(2)
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)


def truncate(it: Pack) -> None:
    it.record(2).write_bytes(it.record(2).read_bytes()[:-10])


def edit(it: Pack) -> None:
    data = bytearray(it.record(2).read_bytes())
    data[-10] ^= 1
    it.record(2).write_bytes(data)


def edit_the_header(it: Pack) -> None:
    data = it.record(2).read_bytes()
    it.record(2).write_bytes(data.replace(b'"severity":3', b'"severity":1'))


def duplicate(it: Pack) -> None:
    for kind, path in (("overt", it.record(2)), ("json", it.receipt(2)), ("sig", it.receipt(2, "sig"))):
        shutil.copy(path, path.with_name(f"{5:020d}.{kind}"))


def edit_what_is_disclosed(it: Pack) -> None:
    shown = it.root / f"data/disclosed/{0:010d}/{2:020d}/meta.json"
    shown.write_bytes(shown.read_bytes().replace(b"a gun", b"a bun"))


def edit_the_receipt(it: Pack) -> None:
    it.receipt(2).write_bytes(it.receipt(2).read_bytes().replace(b'"seq":2', b'"seq":3'))


def another_authority(it: Pack) -> None:
    file = next((it.root / "data/authorities").iterdir())
    statement = json.loads(file.read_text())
    statement["payload"] = statement["payload"][:-8] + "AAAAAAA="
    file.write_text(json.dumps(statement))


def forget_the_manifest(it: Pack) -> None:
    (it.root / "data/added").write_text("something")


def empty(it: Pack) -> None:
    """Leave a record's head only, as if its content had been destroyed by decision."""
    data = it.record(2).read_bytes()
    it.record(2).write_bytes(data[: envelope.parse(data).length])
    shutil.rmtree(it.root / f"data/disclosed/{0:010d}/{2:020d}")


def certify(it: Pack, seq: int, key: Ed25519PrivateKey) -> None:
    """Lay a certificate into the pack that says that a record's content was destroyed."""
    record = json.loads(it.receipt(seq).read_bytes())["record"]
    destroyed = [DestroyedRecord(it.site.device, 0, seq, record)]
    done = Destruction("d-1", it.site.case, "retention", "officer-1", datetime.now(UTC), destroyed)
    folder = it.root / "data/destructions"
    folder.mkdir()
    (folder / "000000.json").write_bytes(sign_destruction(done, key))


def empty_with_a_certificate_for_another(it: Pack) -> None:
    empty(it)
    certify(it, 1, it.receipt_key)


def empty_with_a_forged_certificate(it: Pack) -> None:
    empty(it)
    certify(it, 2, generate_signing_key(secrets.token_bytes))


# --- with the device's key ---


def rewrite(it: Pack, /, recipients: Sequence[Recipient] = (), **changes: object) -> list[PackedRecord]:
    """Seal the whole chain again with the device's key, changed as asked for; receipts stay the server's."""
    records, prev = [], GENESIS
    for seq in range(RECORDS):
        old = envelope.parse(it.record(seq).read_bytes()).header.context.fields
        fields = replace(old, prev=prev, **changes)
        sealed = envelope.seal(
            fields,
            it.site.parts(Seed("Another page", "nothing to see, a gun perhaps")),
            recipients or it.site.recipients,
            it.site.device_key,
            entropy=secrets.token_bytes,
        )
        prev = sealed.header_digest
        receipt = SignedReceipt(it.receipt(seq).read_bytes(), it.receipt(seq, "sig").read_bytes())
        records.append(PackedRecord(0, seq, sealed.envelope, receipt))
        it.record(seq).write_bytes(sealed.envelope)
    shutil.rmtree(it.root / "data/disclosed")
    return records


def renumber_and_sign_again(it: Pack) -> None:
    records = rewrite(it)
    it.record(4).unlink()
    for kind in ("json", "sig"):
        it.receipt(4, kind).unlink()
    assert records


def backdate(it: Pack) -> None:
    old = envelope.parse(it.record(0).read_bytes()).header.context.fields.time
    rewrite(it, time=old - timedelta(days=400))


def fork(it: Pack) -> None:
    rewrite(it)


# --- with the server's key ---


def server_signs_a_shorter_history(it: Pack) -> None:
    delete_the_last(it)
    records = [PackedRecord(0, seq, it.record(seq).read_bytes(), SignedReceipt(b"", b"")) for seq in range(RECORDS - 1)]
    seal_checkpoint(it, records)


def seal_checkpoint(it: Pack, records: list[PackedRecord]) -> None:
    checkpoint = Checkpoint(
        it.site.device, len(records), pack.chain_root(envelope.parse(one.envelope).header for one in records)
    )
    (it.root / "data/checkpoint").write_bytes(sign_checkpoint(checkpoint, SERVER_NAME, it.receipt_key))


def foreign_server(it: Pack) -> None:
    key = generate_signing_key(secrets.token_bytes)
    for seq in range(RECORDS):
        it.receipt(seq, "sig").write_bytes(key.sign(it.receipt(seq).read_bytes()))


WITHOUT_COLLUSION: list[Callable[[Pack], None]] = [
    delete, delete_the_last, swap, truncate, edit, edit_the_header, duplicate, edit_what_is_disclosed, edit_the_receipt,
    another_authority, empty, empty_with_a_certificate_for_another, empty_with_a_forged_certificate,
    forget_the_manifest, renumber_and_sign_again, backdate, fork, foreign_server,
]  # fmt: skip


@pytest.mark.parametrize("attack", WITHOUT_COLLUSION, ids=lambda attack: attack.__name__)
def test_verify_sh_finds_it(attacked: Pack, attack: Callable[[Pack], None], table: list[tuple[str, str, str]]) -> None:
    """Whatever is done with no key, with the device's key or with the server's alone: exit code 1 and a finding."""
    attack(attacked)
    if attack is not forget_the_manifest:
        attacked.mend_manifests()  # an attacker would: the manifests are no protection
    code, said = attacked.verify()
    table.append((attack.__name__, WORDS[code], "not needed"))
    assert code == 1, said
    assert "FINDING" in said
    assert any(step.findings for step in check_pack(attacked.root, [])[1]), "our own command finds it as well"


def test_what_was_destroyed_by_decision_is_no_finding(attacked: Pack) -> None:
    """A head alone with the server's certificate: every step holds, in verify.sh and in our own command."""
    empty(attacked)
    certify(attacked, 2, attacked.receipt_key)
    attacked.mend_manifests()
    code, said = attacked.verify()
    assert code == 0, said
    assert "1 of them without their content" in said
    steps = {step.title: step for step in check_pack(attacked.root, [])[1]}
    assert not any(step.findings for step in steps.values())
    assert steps["Tombstones"].checked == 1


def both_keys(it: Pack, /, **changes: object) -> None:
    """Device and server together make another history from the beginning: every step of the pack itself holds."""
    records = []
    for record in rewrite(it, **changes):
        header = envelope.parse(record.envelope).header
        old = Receipt.from_bytes(it.receipt(record.seq).read_bytes())
        receipt = sign_receipt(
            replace(
                old,
                record=hashlib.sha256(record.envelope).hexdigest(),
                header=hashlib.sha256(header.raw).hexdigest(),
            ),
            it.receipt_key,
        )
        it.receipt(record.seq).write_bytes(receipt.receipt)
        it.receipt(record.seq, "sig").write_bytes(receipt.signature)
        records.append(replace(record, receipt=receipt))
    seal_checkpoint(it, records)
    it.mend_manifests()


@pytest.mark.parametrize("attack", [both_keys, server_signs_a_shorter_history], ids=lambda attack: attack.__name__)
def test_collusion_shows_against_a_checkpoint_that_somebody_kept(
    original: Pack, attacked: Pack, attack: Callable[[Pack], None], table: list[tuple[str, str, str]]
) -> None:
    """The pack alone cannot show it, and says so in its report; a copy of the checkpoint kept elsewhere does."""
    attack(attacked)
    attacked.mend_manifests()
    alone = attacked.verify()[0]
    code, said = attacked.verify(original.root / "data/checkpoint")
    table.append((attack.__name__, WORDS[alone], WORDS[code]))
    assert alone == 0
    assert code == 1
    assert "FINDING checkpoint" in said
    witnessed = check_pack(attacked.root, [original.root / "data/checkpoint"])[1]
    assert [step.title for step in witnessed if step.findings] == ["Checkpoints"]


def folder_of(it: Pack, seq: int) -> Path:
    """Return where a record lies in the clear."""
    return it.root / f"data/disclosed/{0:010d}/{seq:020d}"


def cut_the_end_with_its_checkpoints(it: Pack) -> None:
    delete_the_last(it)
    (it.root / "data/checkpoint").unlink()


def fix_fewer_than_there_are(it: Pack) -> None:
    records = [PackedRecord(0, seq, it.record(seq).read_bytes(), SignedReceipt(b"", b"")) for seq in range(3)]
    seal_checkpoint(it, records)


def leave_a_part_out(it: Pack) -> None:
    next(folder_of(it, 2).glob("frame-0.*")).unlink()


def show_an_empty_part_more(it: Pack) -> None:
    (folder_of(it, 2) / "after-0.jpg").touch()


def forge_without_a_content_key(it: Pack) -> None:
    (folder_of(it, 2) / "content-key").unlink()
    edit_what_is_disclosed(it)


def call_a_record_otherwise(it: Pack) -> None:
    for path in (it.record(4), it.receipt(4), it.receipt(4, "sig"), folder_of(it, 4)):
        path.rename(path.with_name(f"{7:020d}{path.suffix}"))


def seal_to_a_stranger(it: Pack) -> None:
    stranger = Recipient(OpeningKey.generate(secrets.token_bytes).public)
    both_keys(it, recipients=[*it.site.recipients, stranger])


def capture_after_the_end(it: Pack) -> None:
    both_keys(it, time=end_of_authority(it) + SEALING)


def capture_after_the_withdrawal(it: Pack) -> None:
    withdraw(it, envelope.parse(it.record(0).read_bytes()).header.context.fields.time - SEALING)


def end_of_authority(it: Pack) -> datetime:
    authority = json.loads(next((it.root / "data/authorities").iterdir()).read_text())
    return datetime.fromisoformat(json.loads(base64.b64decode(authority["payload"]))["not_after"])


def withdraw(it: Pack, at: datetime) -> None:
    """Lay the issuer's withdrawal of the authority into the pack."""
    file = issue_withdrawal(Withdrawal(it.site.authority, at, "consent was taken back"), it.site.offline.issuing_key())
    folder = it.root / "data/withdrawals"
    folder.mkdir()
    (folder / f"{it.site.authority}.json").write_bytes(file)


SAID: list[tuple[Callable[[Pack], None], str]] = [
    (cut_the_end_with_its_checkpoints, "checkpoint: is missing: the end of the records may have been cut off"),
    (fix_fewer_than_there_are, "it fixes 3 records, and there are 5"),
    (leave_a_part_out, "0/2: frame-0 was sealed and is not shown"),
    (show_an_empty_part_more, "is no part of the record"),
    (forge_without_a_content_key, "content key"),
    (call_a_record_otherwise, "0/7: is record 0/4 by its header"),
    (seal_to_a_stranger, "0/2: is sealed to a key that its authority does not name"),
    (capture_after_the_end, "outside the time of its authority"),
    (capture_after_the_withdrawal, "after its authority was withdrawn"),
]


@pytest.mark.parametrize(("attack", "sentence"), SAID, ids=[attack.__name__ for attack, _ in SAID])
def test_both_say_what_it_is(
    attacked: Pack, attack: Callable[[Pack], None], sentence: str, table: list[tuple[str, str, str]]
) -> None:
    """In the same words, whoever is asked: verify.sh, or our own command."""
    attack(attacked)
    attacked.mend_manifests()
    code, said = attacked.verify()
    table.append((attack.__name__, WORDS[code], "not needed"))
    assert code == 1, said
    assert any(sentence in line for line in said.splitlines() if line.startswith("FINDING")), said
    ours = list(describe(*check_pack(attacked.root, [])))
    assert any(sentence in line for line in ours), ours
    assert ours[-1].endswith(("finding.", "findings."))


def test_what_came_after_the_end_is_no_finding_unless_it_is_a_capture(attacked: Pack) -> None:
    """That the authority ended is told by records from after it: an honest device's pack still holds."""
    withdraw(attacked, end_of_authority(attacked) - timedelta(days=1))
    both_keys(attacked, kind=Kind.EVENT, time=end_of_authority(attacked) + timedelta(days=1))
    attacked.mend_manifests()
    code, said = attacked.verify()
    assert code == 0, said
    assert "was withdrawn at" in said
    assert not [step.findings for step in check_pack(attacked.root, [])[1] if step.findings]


def test_the_name_of_a_pack_covers_what_people_read_of_it(attacked: Pack) -> None:
    """A report that says something else gives the pack another name; one that is listed nowhere is a finding."""
    name = pack_name(attacked.root)
    assert name in attacked.verify()[1]
    page = attacked.root / "report.html"
    page.write_text(page.read_text().replace("a gun", "a bun"))
    attacked.mend_manifests()
    assert pack_name(attacked.root) != name
    listing = attacked.root / "tagmanifest-sha256.txt"
    listing.write_text(
        "".join(line for line in listing.read_text().splitlines(keepends=True) if "report.html" not in line)
    )
    code, said = attacked.verify()
    assert code == 1
    assert "FINDING bag: report.html is not in the manifest" in said
    assert any(one.place == "report.html" for one in check_pack(attacked.root, [])[1][0].findings)

"""The export pack and its verification over plain values: what is in it, what is said of each thing that is wrong."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence import case_jsonld, envelope, merkle
from evidence.authority import Withdrawal, authority_digest, issue_authority, issue_withdrawal
from evidence.checkpoint import SERVER_NAME, Checkpoint, sign_checkpoint
from evidence.destruction import MOST_RECORDS, DestroyedRecord, Destruction, read_destruction, sign_destruction
from evidence.envelope import Part, Recipient, Role
from evidence.errors import FormatError, NotARecipientError, UsageError
from evidence.fields import format_time
from evidence.header import GENESIS, Kind
from evidence.keys import OpeningKey, generate_signing_key, verifying_key
from evidence.pack import (
    Entry,
    Fixed,
    PackedRecord,
    PackKeys,
    chain_root,
    disclose,
    disclosed_files,
    evidence_files,
    manifests,
    public_key_pem,
    record_files,
)
from evidence.pack_verification import CheckedStep, check_disclosed, verify_evidence
from evidence.permission import SEALING
from evidence.receipt import Receipt, sign_receipt
from evidence.record import CaptureRecord, EventRecord
from evidence.suite import Suite
from evidence.terms import AuthorityTerms, NamedRecipient
from tests.evidence.conftest import NOON, World
from tests.evidence.specimens import CAPTURE, KEY, TERMS, encoded

RECORDS = 4
ISSUER = KEY
RECEIPTS = generate_signing_key(World(Suite.X25519).entropy)
TITLES = ["Authorities", "Records", "Chain", "Permission", "Receipts", "Checkpoints"]


@dataclass
class Case:
    """A device's records with all that a pack holds beside them; each test changes something of its own copy."""

    world: World = field(default_factory=lambda: World(Suite.X25519))

    def __post_init__(self) -> None:
        terms = AuthorityTerms.from_bytes(encoded(TERMS))
        named = tuple(NamedRecipient(one.public_key, one.role) for one in self.world.recipients)
        self.terms = replace(terms, device_key=self.world.device_public, recipients=named)
        self.keys = PackKeys(verifying_key(ISSUER), self.world.device_public, verifying_key(RECEIPTS))
        self.authority = issue_authority(self.terms, ISSUER)
        self.authorities = {authority_digest(self.authority): self.authority}
        self.records: list[PackedRecord] = []
        for _ in range(RECORDS):
            self.add()
        self.checkpoints = [("data/checkpoint", self.checkpoint(RECORDS))]
        self.certificates: list[bytes] = []
        self.withdrawals: dict[str, bytes] = {}
        self.whole: str | None = None

    def add(self, *parts: Part, **changes: object) -> PackedRecord:
        """Seal a record, with changes of its header, and sign a receipt for it."""
        seq = len(self.records)
        prev = envelope.parse(self.records[-1].envelope).header_digest if seq else GENESIS
        fields = self.world.fields(
            **{"seq": seq, "prev": prev, "authority": authority_digest(self.authority), "kind": Kind.EVENT, **changes}
        )
        sealed = envelope.seal(
            fields, parts or [Part("meta", EventRecord("heartbeat").to_bytes())], self.world.recipients,
            self.world.device_key, entropy=self.world.entropy,
        )  # fmt: skip
        receipt = Receipt(fields.device, fields.epoch, fields.seq, sealed.digest, sealed.header_digest, NOON)
        record = PackedRecord(fields.epoch, fields.seq, sealed.envelope, sign_receipt(receipt, RECEIPTS))
        self.records.append(record)
        return record

    def checkpoint(self, size: int) -> bytes:
        """Sign a checkpoint over the first records."""
        headers = [envelope.parse(one.envelope).header for one in self.records[:size]]
        return sign_checkpoint(Checkpoint("device-1", size, chain_root(headers)), SERVER_NAME, RECEIPTS)

    def destroy(self, seq: int) -> None:
        """Leave a record's head only."""
        record = self.records[seq]
        head = envelope.parse(record.envelope)
        self.records[seq] = replace(record, envelope=record.envelope[: head.length])

    def certify(self, *seqs: int) -> None:
        """Sign a certificate of destruction for some records."""
        destroyed = [
            DestroyedRecord("device-1", 0, seq, json.loads(self.records[seq].receipt.receipt)["record"]) for seq in seqs
        ]
        done = Destruction("d-1", "case-7", "retention", "officer-1", NOON, destroyed)
        self.certificates.append(sign_destruction(done, RECEIPTS))

    def verify(self) -> list[CheckedStep]:
        """Return what every step finds."""
        return verify_evidence(
            self.keys, self.authorities, self.records, self.checkpoints, server_name=SERVER_NAME,
            withdrawals=self.withdrawals, certificates=self.certificates, whole=self.whole,
        )  # fmt: skip

    def said(self) -> list[str]:
        """Return the findings, one line each."""
        return [f"{step.title}: {one.place}: {one.sentence}" for step in self.verify() for one in step.findings]


@pytest.fixture
def case() -> Case:
    """Return a device's records."""
    return Case()


def test_an_honest_pack_holds_step_by_step(case: Case) -> None:
    """Each step looked at everything that it is about, and says what holds."""
    steps = case.verify()
    assert [(step.title, step.checked) for step in steps] == list(zip(TITLES, [1, 4, 4, 4, 4, 1], strict=True))
    assert all(step.holds for step in steps)
    assert [step.claim for step in steps] == [
        "signed by the issuer, for this device",
        "signed by the device, as they were sealed",
        "no record is missing, repeated or exchanged",
        "made under an authority, captures in its time",
        "the server signed for each",
        "the history is the one that was fixed",
    ]


def test_a_step_that_looked_at_nothing_does_not_hold(case: Case) -> None:
    """An empty pack proves nothing."""
    case.authorities, case.records, case.checkpoints = {}, [], []
    steps = case.verify()
    assert not case.said()
    assert not any(step.holds for step in steps)


def drop(case: Case) -> None:
    del case.records[2]


def swap(case: Case) -> None:
    case.records[1], case.records[2] = case.records[2], case.records[1]


def flip(case: Case) -> None:
    data = bytearray(case.records[1].envelope)
    data[-1] ^= 1
    case.records[1] = replace(case.records[1], envelope=bytes(data))


def cut(case: Case) -> None:
    case.records[1] = replace(case.records[1], envelope=case.records[1].envelope[:-1])


def foreign_device_key(case: Case) -> None:
    case.keys = replace(case.keys, device=verifying_key(ISSUER))
    case.authorities = {}


def another_issuer(case: Case) -> None:
    case.keys = replace(case.keys, issuer=verifying_key(RECEIPTS))


def misnamed_authority(case: Case) -> None:
    case.authorities = {"ab" * 32: case.authority}


def authority_of_another_device(case: Case) -> None:
    file = issue_authority(replace(case.terms, device_key=verifying_key(ISSUER)), ISSUER)
    case.authorities[authority_digest(file)] = file


def damaged_authority(case: Case) -> None:
    case.authorities["cd" * 32] = b"x"


def late(case: Case) -> None:
    case.add(time=case.terms.not_after + SEALING, kind=Kind.CAPTURE)


def early(case: Case) -> None:
    case.add(time=case.terms.not_before - SEALING - timedelta(milliseconds=1), kind=Kind.CAPTURE)


def of_another_case(case: Case) -> None:
    case.add(case="case-8")


def to_a_stranger(case: Case) -> None:
    case.world.recipients = [
        *case.world.recipients,
        Recipient(OpeningKey.generate(case.world.entropy).public, Role.CASE),
    ]
    case.add()


def receipts_exchanged(case: Case) -> None:
    case.records[1] = replace(case.records[1], receipt=case.records[2].receipt)


def receipt_unsigned(case: Case) -> None:
    case.records[1] = replace(case.records[1], receipt=replace(case.records[1].receipt, signature=bytes(64)))


def another_history(case: Case) -> None:
    note = sign_checkpoint(Checkpoint("device-1", 3, bytes(32)), SERVER_NAME, RECEIPTS)
    case.checkpoints.append(("kept by the defence", note))


def a_longer_history(case: Case) -> None:
    note = sign_checkpoint(Checkpoint("device-1", 5, bytes(32)), SERVER_NAME, RECEIPTS)
    case.checkpoints.append(("kept by the defence", note))


def a_checkpoint_of_others(case: Case) -> None:
    note = sign_checkpoint(Checkpoint("device-1", 4, bytes(32)), SERVER_NAME, ISSUER)
    case.checkpoints = [("data/checkpoint", note)]


def gone_without_a_word(case: Case) -> None:
    case.destroy(2)


def gone_with_a_certificate_for_another(case: Case) -> None:
    case.destroy(2)
    case.certify(1)


def gone_with_a_forged_certificate(case: Case) -> None:
    case.destroy(2)
    case.certificates = [sign_destruction(read_destruction(certificate(case, 2), verifying_key(RECEIPTS)), ISSUER)]


def gone_with_a_forged_receipt(case: Case) -> None:
    case.destroy(2)
    case.records[2] = replace(case.records[2], receipt=replace(case.records[2].receipt, signature=bytes(64)))


def certificate(case: Case, seq: int) -> bytes:
    case.certify(seq)
    return case.certificates.pop()


def to_a_key_under_another_role(case: Case) -> None:
    first, *others = case.world.recipients
    case.world.recipients = [replace(first, role=Role.RECOVERY), *others]
    case.add()


def late_and_elsewhere(case: Case) -> None:
    case.add(time=case.terms.not_after + SEALING, kind=Kind.CAPTURE, case="case-8")


def withdraw(case: Case, at: datetime, *, digest: str = "", key: Ed25519PrivateKey = ISSUER) -> None:
    (own,) = case.authorities
    case.withdrawals[own] = issue_withdrawal(Withdrawal(digest or own, at, "consent was taken back"), key)


def after_the_withdrawal(case: Case) -> None:
    case.add(kind=Kind.CAPTURE, time=NOON)
    withdraw(case, NOON - SEALING)


def withdrawn_by_a_stranger(case: Case) -> None:
    case.add(kind=Kind.CAPTURE)
    withdraw(case, NOON - timedelta(days=30), key=RECEIPTS)


def a_withdrawal_of_another(case: Case) -> None:
    case.add(kind=Kind.CAPTURE)
    withdraw(case, NOON - timedelta(days=30), digest="ab" * 32)


def misplaced(case: Case) -> None:
    case.records[3] = replace(case.records[3], seq=9)


def no_checkpoint(case: Case) -> None:
    case.checkpoints, case.whole = [], "data/checkpoint"


def only_a_kept_checkpoint(case: Case) -> None:
    case.checkpoints, case.whole = [("kept by the defence", case.checkpoint(2))], "data/checkpoint"


def a_shorter_checkpoint(case: Case) -> None:
    case.checkpoints = [("kept by the defence", case.checkpoint(2)), ("data/checkpoint", case.checkpoint(3))]
    case.whole = "data/checkpoint"


KEY_IDS = {name: hashlib.sha256(verifying_key(key)).hexdigest()[:16] for name, key in (("I", ISSUER), ("R", RECEIPTS))}
FORGED = f"names key {KEY_IDS['I']}, not the trusted {KEY_IDS['R']}"
FOREIGN = f"names key {KEY_IDS['R']}, not the trusted {KEY_IDS['I']}"
ATTACKS: list[tuple[Callable[[Case], None], list[str]]] = [
    (drop, ["Chain: chain: record 0/3: 1 missing before it, from 2",
            "Checkpoints: data/checkpoint: it fixes 4 records, and there are 3"]),
    (swap, ["Chain: chain: record 0/2: 1 missing before it, from 1",
            "Chain: chain: record 0/1: stands again after 0/2",
            "Chain: chain: record 0/3: 1 missing before it, from 2",
            "Checkpoints: data/checkpoint: it fixes another history than this one"]),
    (flip, ["Records: 0/1: part meta: not the ciphertext that was signed",
            "Chain: chain: record 0/2: 1 missing before it, from 1",
            "Checkpoints: data/checkpoint: it fixes 4 records, and there are 3"]),
    (cut, ["Records: 0/1: parts: 271 bytes instead of 272",
           "Chain: chain: record 0/2: 1 missing before it, from 1",
           "Checkpoints: data/checkpoint: it fixes 4 records, and there are 3"]),
    (foreign_device_key, [*(f"Records: 0/{seq}: header: not signed by key {KEY_IDS['I']}" for seq in range(4)),
                          "Checkpoints: data/checkpoint: it fixes 4 records, and there are 0"]),
    (late, ["Permission: 0/4: was made at 2026-08-30T12:01:00.000Z, outside the time of its authority"]),
    (early, ["Permission: 0/4: was made at 2026-0*, outside the time of its authority"]),
    (of_another_case, ["Permission: 0/4: is of another device or case than its authority"]),
    (to_a_stranger, ["Permission: 0/4: is sealed to a key that its authority does not name"]),
    (to_a_key_under_another_role, ["Permission: 0/4: is sealed to a key that its authority does not name"]),
    (late_and_elsewhere, ["Permission: 0/4: is of another device or case than its authority",
                          "Permission: 0/4: was made at 2026-08-30T12:01:00.000Z, outside the time of its authority"]),
    (after_the_withdrawal, [f"Permission: 0/4: was made at {format_time(NOON)}, after its authority was withdrawn"]),
    (withdrawn_by_a_stranger, ["Authorities: withdrawal of *: withdrawal: " + FOREIGN]),
    (a_withdrawal_of_another, ["Authorities: withdrawal of *: withdraws another authority"]),
    (misplaced, ["Records: 0/9: is record 0/3 by its header"]),
    (no_checkpoint, ["Checkpoints: data/checkpoint: is missing: the end of the records may have been cut off"]),
    (only_a_kept_checkpoint,
     ["Checkpoints: data/checkpoint: is missing: the end of the records may have been cut off"]),
    (a_shorter_checkpoint, ["Checkpoints: data/checkpoint: it fixes 3 records, and there are 4"]),
    (receipts_exchanged, ["Receipts: 0/1: the receipt is not for record 0/1 of device device-1 with this digest"]),
    (receipt_unsigned, [f"Receipts: 0/1: receipt: not signed by key {KEY_IDS['R']}"]),
    (another_history, ["Checkpoints: kept by the defence: it fixes another history than this one"]),
    (a_longer_history, ["Checkpoints: kept by the defence: it fixes 5 records, and there are 4"]),
    (a_checkpoint_of_others, ["Checkpoints: data/checkpoint: checkpoint: no signature by overt-server"]),
    (gone_without_a_word, ["Tombstones: 0/2: its content is gone, and no certificate of destruction names it"]),
    (gone_with_a_certificate_for_another,
     ["Tombstones: 0/2: its content is gone, and no certificate of destruction names it"]),
    (gone_with_a_forged_certificate,
     ["Tombstones: certificate 0: certificate of destruction: " + FORGED,
      "Tombstones: 0/2: its content is gone, and no certificate of destruction names it"]),
    (gone_with_a_forged_receipt, [f"Receipts: 0/2: receipt: not signed by key {KEY_IDS['R']}"]),
    (authority_of_another_device, ["Authorities: *: for another device's key"]),
    (damaged_authority, [f"Authorities: {'cd' * 8}: authority file: not JSON in ASCII"]),
    (misnamed_authority, [f"Authorities: {'ab' * 8}: not the file of that digest",
                          *(f"Permission: 0/{seq}: made under an authority that is not among those that hold"
                            for seq in range(4))]),
    (another_issuer, ["Authorities: *: authority: " + FORGED,
                      *(f"Permission: 0/{seq}: made under an authority that is not among those that hold"
                        for seq in range(4))]),
]  # fmt: skip


def test_a_withdrawal_that_is_none_does_not_hide_another(case: Case) -> None:
    """Each is judged, whatever stands before it, and named by sixteen digits of its authority."""
    case.withdrawals["ab" * 32] = b"x"
    after_the_withdrawal(case)
    assert case.said() == [
        f"Authorities: withdrawal of {'ab' * 8}: withdrawal: not JSON in ASCII",
        f"Permission: 0/4: was made at {format_time(NOON)}, after its authority was withdrawn",
    ]


def test_only_captures_are_bound_to_the_time_of_the_authority(case: Case) -> None:
    """To the last moment in which one may be sealed; what tells how the device fared is never out of time."""
    withdraw(case, case.terms.not_after)
    moment = timedelta(milliseconds=1)
    case.add(kind=Kind.CAPTURE, time=case.terms.not_before - SEALING)
    case.add(kind=Kind.CAPTURE, time=case.terms.not_after + SEALING - moment)
    for kind in (Kind.EVENT, Kind.HEARTBEAT, Kind.COVERAGE, Kind.GAP, Kind.NOTE):
        case.add(kind=kind, time=case.terms.not_after + timedelta(days=9))
        case.add(kind=kind, time=case.terms.not_before - timedelta(days=9))
    case.checkpoints, case.whole = [("data/checkpoint", case.checkpoint(len(case.records)))], "data/checkpoint"
    assert case.said() == []


@pytest.mark.parametrize(("attack", "expected"), ATTACKS, ids=[attack.__name__ for attack, _ in ATTACKS])
def test_what_is_wrong_is_said_where_it_stands(case: Case, attack: Callable[[Case], None], expected: list[str]) -> None:
    """Every finding of every step, and no other."""
    attack(case)
    found = case.said()
    assert len(found) == len(expected), found
    for line, wanted in zip(found, expected, strict=True):
        before, star, after = wanted.partition("*")
        assert line == wanted if not star else line.startswith(before) and line.endswith(after), found


def test_what_was_destroyed_by_decision_keeps_its_place(case: Case) -> None:
    """A tombstone with a certificate holds in every step, and a step more says so."""
    case.destroy(1)
    case.destroy(3)
    case.certify(1, 3)
    steps = case.verify()
    assert not case.said()
    assert [step.title for step in steps] == [*TITLES[:5], "Tombstones", TITLES[5]]
    assert steps[5] == CheckedStep("Tombstones", "what is gone was destroyed by decision, with a certificate", 2, ())
    assert all(step.holds for step in steps)


def test_one_bad_paper_does_not_hide_the_others(case: Case) -> None:
    """Each authority and each certificate is judged, whatever stands before it; what two certificates name counts."""
    case.destroy(1)
    case.destroy(3)
    forged = sign_destruction(read_destruction(certificate(case, 1), verifying_key(RECEIPTS)), ISSUER)
    case.certificates = [forged, certificate(case, 1), certificate(case, 3)]
    foreign = issue_authority(replace(case.terms, device_key=verifying_key(ISSUER)), ISSUER)
    case.authorities = {"ab" * 32: b"x", authority_digest(foreign): foreign, **case.authorities}
    assert case.said() == [
        f"Authorities: {'ab' * 8}: authority file: not JSON in ASCII",
        f"Authorities: {authority_digest(foreign)[:16]}: for another device's key",
        f"Tombstones: certificate 0: certificate of destruction: {FORGED}",
    ]


def test_a_certificate_is_held_to_its_form(case: Case) -> None:
    """One of 2000 records is read, one of more is not."""
    record = DestroyedRecord("device-1", 0, 7, "0" * 64)
    for count, refused in ((MOST_RECORDS, False), (MOST_RECORDS + 1, True)):
        file = sign_destruction(Destruction("d", "c", "r", "o", NOON, [record] * count), RECEIPTS)
        if refused:
            with pytest.raises(FormatError, match="2001 entries, not 1 to 2000"):
                read_destruction(file, verifying_key(RECEIPTS))
        else:
            assert len(read_destruction(file, verifying_key(RECEIPTS)).records) == count
    done = Destruction("d-1", "case-7", "retention", "officer-1", NOON, [record])
    assert read_destruction(sign_destruction(done, RECEIPTS), verifying_key(RECEIPTS)) == done


# --- what is in a pack ---


def shown(case: Case) -> PackedRecord:
    """Add a capture with pictures of each kind."""
    words = {**CAPTURE, "frames": [{**CAPTURE["frames"][0], "part": f"frame-{n}", "media_type": kind}
                                   for n, kind in enumerate(("image/png", "image/jpeg", "image/x-other"))]}  # fmt: skip
    meta = CaptureRecord.from_bytes(encoded(words)).to_bytes()
    pictures = [Part("thumb", b"small"), *(Part(f"frame-{n}", b"large %d" % n) for n in range(3)), Part("extra", b"e")]
    return case.add(Part("meta", meta), *pictures, kind=Kind.CAPTURE)


def test_the_files_of_a_record_are_named_as_the_chain_goes(case: Case) -> None:
    """Names sort as numbers do, and hold the very bytes."""
    record = replace(case.records[1], epoch=12, seq=345)
    place = "0000000012/00000000000000000345"
    assert dict(record_files(record)) == {
        f"data/records/{place}.overt": record.envelope,
        f"data/receipts/{place}.json": record.receipt.receipt,
        f"data/receipts/{place}.sig": record.receipt.signature,
    }


def test_the_files_that_need_no_secret(case: Case) -> None:
    """Keys as openssl reads them, authorities by digest, checkpoints and their time-stamps."""
    fixed = Fixed(b"note", [("2026-06-01.checkpoint", b"daily")], {"2026-06-01.checkpoint": b"token"})
    files = list(
        evidence_files(
            case.keys, {"b": b"2", "a": b"1"}, fixed, withdrawals={"b": b"over", "a": b"past"},
            certificates=[b"gone", b"gone too"],
        )
    )  # fmt: skip
    assert [name for name, _ in files] == [
        "data/keys/issuer.pem", "data/keys/device.pem", "data/keys/receipt.pem", "data/authorities/a.json",
        "data/authorities/b.json", "data/withdrawals/a.json", "data/withdrawals/b.json",
        "data/checkpoint", "data/checkpoints/2026-06-01.checkpoint",
        "data/checkpoints/2026-06-01.tsr", "data/destructions/000000.json", "data/destructions/000001.json",
    ]  # fmt: skip
    found = dict(files)
    assert found["data/keys/device.pem"] == public_key_pem(case.keys.device)
    assert found["data/keys/issuer.pem"].startswith(b"-----BEGIN PUBLIC KEY-----\n")
    assert len({found[f"data/keys/{name}.pem"] for name in ("issuer", "device", "receipt")}) == 3
    assert (found["data/authorities/a.json"], found["data/checkpoint"]) == (b"1", b"note")
    assert found["data/checkpoints/2026-06-01.checkpoint"] == b"daily"
    assert found["data/checkpoints/2026-06-01.tsr"] == b"token"
    assert found["data/destructions/000001.json"] == b"gone too"
    assert found["data/withdrawals/b.json"] == b"over"


def test_a_disclosed_record_stands_beside_the_sealed_one(case: Case) -> None:
    """Every part as it was sealed, named by what it is, with the key that proves it."""
    record = shown(case)
    disclosed = disclose(record, [OpeningKey.generate(case.world.entropy), case.world.recovery_key])
    folder = f"data/disclosed/{record.place}"
    files = dict(disclosed_files(disclosed))
    assert list(files) == [
        f"{folder}/{name}"
        for name in ("content-key", "meta.json", "thumb.webp", "frame-0.png", "frame-1.jpg", "frame-2.bin", "extra.bin")
    ]
    assert (files[f"{folder}/thumb.webp"], files[f"{folder}/frame-1.jpg"]) == (b"small", b"large 1")
    assert bytes.fromhex(files[f"{folder}/content-key"].decode()) == disclosed.content_key
    assert list(check_disclosed(record, disclosed.content_key, disclosed.parts)) == []
    assert (disclosed.record, disclosed.head) == (record, envelope.parse(record.envelope))


def test_an_event_is_disclosed_as_words_only(case: Case) -> None:
    """What is no capture has no pictures, whatever its parts are called."""
    record = case.add(Part("meta", EventRecord("note", "x").to_bytes()), Part("frame-0", b"?"))
    files = dict(disclosed_files(disclose(record, [case.world.case_key])))
    assert [name.rpartition("/")[2] for name in files] == ["content-key", "meta.json", "frame-0.bin"]


def test_a_thumbless_capture_has_no_name_for_a_thumb(case: Case) -> None:
    """A part that the words do not know is bytes."""
    words = CaptureRecord.from_bytes(encoded({**CAPTURE, "thumb": None}))
    record = case.add(Part("meta", words.to_bytes()), Part("thumb", b"?"), kind=Kind.CAPTURE)
    assert any(name.endswith("/thumb.bin") for name, _ in disclosed_files(disclose(record, [case.world.case_key])))


def test_nothing_is_disclosed_without_its_key(case: Case) -> None:
    """No key, and keys of others."""
    with pytest.raises(UsageError, match="no key to open records with"):
        disclose(case.records[0], [])
    with pytest.raises(NotARecipientError):
        disclose(case.records[0], [OpeningKey.generate(case.world.entropy)])


def test_what_is_shown_is_held_against_what_was_sealed(case: Case) -> None:
    """Another picture, another part's name, another key: each is found, at its record."""
    record = shown(case)
    disclosed = disclose(record, [case.world.case_key])
    place = f"{record.epoch}/{record.seq}"

    def said(key: bytes, parts: dict[str, bytes]) -> list[str]:
        return [f"{one.place}: {one.sentence}" for one in check_disclosed(record, key, parts)]

    others = {**disclosed.parts, "meta": b"{}", "frame-0": b"other"}
    assert said(disclosed.content_key, others) == [
        f"{place}: meta is not what was sealed", f"{place}: frame-0 is not what was sealed"
    ]  # fmt: skip
    some = {name: data for name, data in disclosed.parts.items() if name not in ("thumb", "frame-1")}
    assert said(disclosed.content_key, {**some, "after-0": b"", "meta": b"{}"}) == [
        f"{place}: after-0 is no part of the record",
        f"{place}: thumb was sealed and is not shown",
        f"{place}: frame-1 was sealed and is not shown",
        f"{place}: meta is not what was sealed",
    ]
    assert said(bytes(32), {}) == [f"{place}: the content key is not the one that the header commits to"]


def test_the_manifests_are_those_of_bagit(case: Case) -> None:
    """Sorted, two spaces between digest and name, the tag manifest over everything else."""
    moment = datetime(2026, 6, 2, 13, 14, 15, tzinfo=UTC)
    payload = [("data/b", "2" * 64), ("data/a", "1" * 64)]
    script = hashlib.sha256(b"#!/bin/sh\n").hexdigest()
    files = dict(manifests(payload, [("verify.sh", script)], made_at=moment, size=30, count=2))
    assert list(files) == ["bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"]
    assert files["bagit.txt"] == b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    assert files["bag-info.txt"].decode() == (
        "Bagging-Date: 2026-06-02\nPayload-Oxum: 30.2\nOvert-Made-At: 2026-06-02T13:14:15.000Z\n"
    )
    assert files["manifest-sha256.txt"].decode() == f"{'1' * 64}  data/a\n{'2' * 64}  data/b\n"
    tags = {name: files[name] for name in ("bag-info.txt", "bagit.txt", "manifest-sha256.txt")}
    tags["verify.sh"] = b"#!/bin/sh\n"
    lines = [f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(tags.items())]
    assert files["tagmanifest-sha256.txt"].decode() == "".join(lines)


def test_an_entry_says_what_a_record_is_without_its_content(case: Case) -> None:
    """Size, digest, place; and whether its content is still there."""
    whole = Entry.of(case.records[2])
    assert (whole.place, whole.size) == (case.records[2].place, len(case.records[2].envelope))
    assert whole.digest == hashlib.sha256(case.records[2].envelope).hexdigest()
    assert whole.header.context.fields.seq == 2
    case.destroy(2)
    assert (whole.whole, Entry.of(case.records[2]).whole) == (True, False)


def test_the_root_is_over_the_headers_in_their_order(case: Case) -> None:
    """What a checkpoint fixes."""
    headers = [envelope.parse(one.envelope).header for one in case.records]
    assert chain_root(headers) == merkle.root([merkle.leaf_hash(one.raw) for one in headers])
    assert chain_root(reversed(headers)) != chain_root(headers)


# --- CASE/UCO ---


def test_the_graph_says_what_there_is(case: Case) -> None:
    """Word for word: it is made of nothing but names, times and digests."""
    entry = Entry.of(case.records[0])
    graph = json.loads(b"".join(case_jsonld.describe([entry], made_at=NOON)))
    assert json.loads(json.dumps(decoded_graph(graph))) == EXPECTED_GRAPH | {
        "hash": entry.digest, "size": str(entry.size), "file": f"data/records/{entry.place}.overt"
    }  # fmt: skip


def decoded_graph(graph: dict) -> dict:
    """Return what the graph says, without its addresses, which are checked here."""
    nodes = {node["@type"].partition(":")[2]: node for node in graph["@graph"]}
    ids = [node["@id"] for node in graph["@graph"]]
    assert len(set(ids)) == len(ids) == 6
    for one in ids:
        kind, *uuid = one.rsplit("-", 5)
        assert kind.startswith("kb:")
        assert list(map(len, uuid)) == [8, 4, 4, 4, 12]
        assert (uuid[2][0], uuid[3][0]) == ("5", "8")
    action, file, provenance = (nodes[name] for name in ("InvestigativeAction", "File", "ProvenanceRecord"))
    facet, content = file["uco-core:hasFacet"]
    (hashed,) = content["uco-observable:hash"]
    assert action["uco-action:result"] == [{"@id": file["@id"]}, {"@id": provenance["@id"]}]
    assert action["uco-action:instrument"] == {"@id": nodes["Tool"]["@id"]}
    assert action["uco-action:environment"] == {"@id": nodes["Device"]["@id"]}
    assert provenance["uco-core:object"] == [{"@id": file["@id"]}]
    return {
        "types": [node["@type"] for node in graph["@graph"]],
        "facets": [facet["@type"], content["@type"], hashed["@type"]],
        "ids": [*ids, facet["@id"], content["@id"], hashed["@id"]],
        "context": graph["@context"],
        "names": [node.get("uco-core:name") for node in graph["@graph"]],
        "made": nodes["Investigation"]["uco-core:objectCreatedTime"],
        "start": action["uco-action:startTime"],
        "exhibit": provenance["case-investigation:exhibitNumber"],
        "file": facet["uco-observable:fileName"],
        "size": facet["uco-observable:sizeInBytes"]["@value"],
        "number": facet["uco-observable:sizeInBytes"]["@type"],
        "method": hashed["uco-types:hashMethod"],
        "hash": hashed["uco-types:hashValue"]["@value"],
        "binary": hashed["uco-types:hashValue"]["@type"],
    }


def addressed(kind: str, name: str) -> str:
    digest = hashlib.sha256(f"overt/{kind}/{name}".encode()).hexdigest()
    return f"kb:{kind}-{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"


EXPECTED_GRAPH = {
    "types": [
        "case-investigation:Investigation", "uco-observable:Device", "uco-tool:Tool",
        "case-investigation:InvestigativeAction", "uco-observable:File", "case-investigation:ProvenanceRecord",
    ],
    "facets": ["uco-observable:FileFacet", "uco-observable:ContentDataFacet", "uco-types:Hash"],
    "ids": [
        addressed("investigation", "case-7"), addressed("device", "device-1"), addressed("tool", "overt-agent"),
        *(addressed(kind, "device-1-0-0") for kind in ("action", "record", "provenance", "file", "content", "hash")),
    ],
    "context": {
        "kb": "urn:overt:",
        "case-investigation": "https://ontology.caseontology.org/case/investigation/",
        "uco-action": "https://ontology.unifiedcyberontology.org/uco/action/",
        "uco-core": "https://ontology.unifiedcyberontology.org/uco/core/",
        "uco-observable": "https://ontology.unifiedcyberontology.org/uco/observable/",
        "uco-tool": "https://ontology.unifiedcyberontology.org/uco/tool/",
        "uco-types": "https://ontology.unifiedcyberontology.org/uco/types/",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
    },
    "names": ["case-7", "device-1", "Overt agent", "event", None, None],
    "made": {"@type": "xsd:dateTime", "@value": "2026-06-01T12:00:00.000Z"},
    "start": {"@type": "xsd:dateTime", "@value": "2026-06-01T12:00:00.000Z"},
    "exhibit": "0/0",
    "number": "xsd:integer",
    "method": "SHA256",
    "binary": "xsd:hexBinary",
}  # fmt: skip


def test_a_graph_of_nothing_is_empty() -> None:
    """No record, no case, no device."""
    assert json.loads(b"".join(case_jsonld.describe([], made_at=NOON)))["@graph"] == []

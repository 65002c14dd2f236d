"""What reads bytes in evidence/, with good input for each."""

from evidence import (
    authority,
    canonical,
    checkpoint,
    coverage,
    destruction,
    envelope,
    fields,
    handover,
    header,
    keys,
    merkle,
    pack_verification,
    padding,
    passkey,
    receipt,
    record,
    request,
    stanzas,
    statement,
    suite,
    terms,
    timestamp,
    verification,
)
from evidence.envelope import Part
from evidence.errors import EvidenceError
from evidence.keys import OpeningKey
from evidence.pack import PackedRecord, PackKeys
from evidence.receipt import SignedReceipt
from evidence.request import SignedHeaders
from tests.evidence.conftest import NOON, World
from tests.evidence.specimens import ENTROPY, KEY, OWN, PUBLIC, SPECIMENS, encoded
from tests.fuzz.target import Target

WORLD = World(suite.Suite.X25519)
WORDS = record.EventRecord("heartbeat").to_bytes()
SEALED = WORLD.seal(Part("meta", WORDS), Part("frame-0", b"\1" * 700)).envelope
HEAD = envelope.parse(SEALED)
CIPHERTEXT = envelope.part_bytes(HEAD, SEALED, "meta")
SIGNED = receipt.sign_receipt(receipt.Receipt("device-1", 0, 0, "0" * 64, "1" * 64, NOON), KEY)
NOTE = checkpoint.sign_checkpoint(checkpoint.Checkpoint("device-1", 7, b"\4" * 32), "overt-server", KEY)
SEEN = checkpoint.cosign_checkpoint(NOTE, "witness", KEY, seen_at=NOON)
NAMED, WITNESS = checkpoint.NamedKey("overt-server", PUBLIC), checkpoint.NamedKey("witness", PUBLIC)
WRAP = keys.wrap_case_key(OpeningKey.generate(ENTROPY), OWN.public, case="case-1", epoch=0)
LEAVES = [bytes([n]) * 32 for n in range(7)]
REQUEST = request.sign_request("PUT", "/a", b"", device="d", device_key=KEY, now=NOON, entropy=ENTROPY)
SERVER = handover.ServerIdentity("https://example.org:8443", "a certificate", PUBLIC, PUBLIC, "")
PERMITTED = authority.issue_authority(terms.AuthorityTerms.from_bytes(good := encoded(SPECIMENS["terms"].good)), KEY)
HANDED = handover.sign_handover(handover.Handover("case-7", "device-1", PUBLIC, NOON, PUBLIC, SERVER), KEY)


def open_whole(data: bytes) -> object:
    head = envelope.parse(data)
    envelope.verify(head, WORLD.device_public)
    return envelope.open_all(head, WORLD.case_key, data)


def verify_request(data: bytes) -> object:
    found = SignedHeaders(*[line.decode("latin-1") for line in (data + b"\n\n\n").split(b"\n")[:3]])
    return request.verify_request("PUT", "/a", b"", found, key_of=lambda _: PUBLIC, now=NOON)


def verify_pack(data: bytes) -> object:
    packed = [PackedRecord(0, 0, data, SignedReceipt(data, data[:64]))]
    known = PackKeys(PUBLIC, WORLD.device_public, PUBLIC)
    steps = pack_verification.verify_evidence(
        known, {"0": data}, packed, [("x", data)], server_name="x", withdrawals={"0": data}, certificates=[data]
    )
    if any(step.findings for step in steps):
        raise EvidenceError("; ".join(one.sentence for step in steps for one in step.findings))
    return steps


def verify_disclosed(data: bytes) -> object:
    record_ = PackedRecord(0, 0, SEALED, SIGNED)
    found = list(pack_verification.check_disclosed(record_, data, {"meta": WORDS, "frame-0": b"\1" * 700}))
    if found:
        raise EvidenceError(found[0].sentence)
    return True


def verify_set(data: bytes) -> object:
    found = verification.verify_records([("x", data)], WORLD.device_public)
    if found.findings:
        raise EvidenceError(found.findings[0].sentence)
    return found


def proof(data: bytes) -> list[bytes]:
    return [data[at : at + 32] for at in range(0, len(data), 32)]


def check_inclusion(data: bytes) -> object:
    merkle.check_inclusion(LEAVES[2], 2, 7, proof(data), merkle.root(LEAVES))
    return True


def check_consistency(data: bytes) -> object:
    merkle.check_consistency(3, 7, merkle.root(LEAVES[:3]), merkle.root(LEAVES), proof(data))
    return True


def done(_: None) -> object:
    return True


READERS = {name: SPECIMENS[name] for name in SPECIMENS}
TARGETS = {
    "evidence.head:parse": Target(envelope.parse, SEALED),
    "evidence.envelope:open_all": Target(open_whole, SEALED),
    "evidence.envelope:open_part": Target(
        lambda data: envelope.open_part(HEAD, WORLD.case_key, "meta", data) is not None, CIPHERTEXT
    ),
    "evidence.envelope:verify_parts": Target(lambda data: done(envelope.verify_parts(HEAD, data)), SEALED),
    "evidence.header:parse_header": Target(header.parse_header, HEAD.header.raw),
    "evidence.header:parse_context": Target(header.parse_context, HEAD.header.context_line),
    "evidence.header:parse_manifest": Target(
        header.parse_manifest, HEAD.header.raw.removeprefix(HEAD.header.context_line)
    ),
    "evidence.stanzas:check_size": Target(
        lambda data: done(stanzas.check_size(data, HEAD.header.context)), HEAD.stanzas
    ),
    "evidence.stanzas:unwrap": Target(
        lambda data: stanzas.unwrap(
            data, HEAD.header.context, HEAD.header.context_line, bytes.fromhex(HEAD.header.manifest.commitment),
            WORLD.case_key,
        ),
        HEAD.stanzas,
    ),
    "evidence.suite:Suite.unwrap": Target(
        lambda data: suite.Suite.X25519.unwrap(data, OWN.secret, b""), suite.Suite.X25519.wrap(b"x", OWN.public, b"")
    ),
    "evidence.padding:unpad": Target(lambda data: padding.unpad(data, place="x"), b"\0\0\0\4abcd" + bytes(248)),
    "evidence.canonical:decode": Target(
        lambda data: canonical.decode(data, place="x", limit=10_000), b'{"a":[1,"b",null,true]}'
    ),
    "evidence.fields:parse_time": Target(
        lambda data: fields.parse_time(data.decode("latin-1"), place="x"), b"2026-01-31T12:00:00.000Z"
    ),
    "evidence.record:read_record": Target(record.read_record, WORDS),
    "evidence.record:EventRecord.from_bytes": Target(record.EventRecord.from_bytes, WORDS),
    "evidence.record:CaptureRecord.from_bytes": Target(
        record.CaptureRecord.from_bytes, encoded(SPECIMENS["capture"].good)
    ),
    "evidence.coverage:CoverageRecord.from_bytes": Target(
        coverage.CoverageRecord.from_bytes, encoded(SPECIMENS["coverage"].good)
    ),
    "evidence.terms:AuthorityTerms.from_bytes": Target(terms.AuthorityTerms.from_bytes, good),
    "evidence.authority:read_authority": Target(
        lambda data: authority.read_authority(data, issuer_key=PUBLIC), PERMITTED
    ),
    "evidence.authority:check_authority": Target(
        lambda data: authority.check_authority(
            data, issuer_key=PUBLIC, device_key=PUBLIC, now=NOON, account="kim", withdrawal=None
        ),
        PERMITTED,
    ),
    "evidence.authority:check_withdrawal": Target(
        lambda data: authority.check_withdrawal(data, issuer_key=PUBLIC),
        statement.sign_statement(encoded(SPECIMENS["withdrawal"].good), KEY),
    ),
    "evidence.destruction:read_destruction": Target(
        lambda data: destruction.read_destruction(data, PUBLIC),
        statement.sign_statement(encoded(SPECIMENS["destruction"].good), KEY),
    ),
    "evidence.handover:read_handover": Target(lambda data: handover.read_handover(data, issuer_key=PUBLIC), HANDED),
    "evidence.handover:check_handover": Target(
        lambda data: handover.check_handover(
            data, issuer_key=PUBLIC, receipt_key=PUBLIC, device_key=PUBLIC, device="device-1", case="case-7", after=None
        ),
        HANDED,
    ),
    "evidence.pack_verification:read_packed_authority": Target(
        lambda data: pack_verification.read_packed_authority(PackKeys(PUBLIC, PUBLIC, PUBLIC), data), PERMITTED
    ),
    "evidence.statement:read_statement": Target(lambda data: statement.read_statement(data, place="x"), PERMITTED),
    "evidence.statement:decode_base64": Target(
        lambda data: statement.decode_base64(data.decode("latin-1"), place="x"), b"AAAA"
    ),
    "evidence.receipt:Receipt.from_bytes": Target(receipt.Receipt.from_bytes, SIGNED.receipt),
    "evidence.receipt:SignedReceipt.from_wire": Target(receipt.SignedReceipt.from_wire, SIGNED.to_wire()),
    "evidence.receipt:read_receipt": Target(
        lambda data: receipt.read_receipt(SignedReceipt(data, SIGNED.signature), PUBLIC), SIGNED.receipt
    ),
    "evidence.receipt:verify_receipt": Target(
        lambda data: receipt.verify_receipt(
            SignedReceipt(data, SIGNED.signature), PUBLIC, device="device-1", epoch=0, seq=0, record="0" * 64
        ),
        SIGNED.receipt,
    ),
    "evidence.request:verify_request": Target(
        verify_request, "\n".join(value for _, value in REQUEST.items()).encode()
    ),
    "evidence.keys:LockedKey.from_bytes": Target(keys.LockedKey.from_bytes, encoded(SPECIMENS["locked key"].good)),
    "evidence.keys:load_signing_key": Target(keys.load_signing_key, b"\1" * 32),
    "evidence.keys:OpeningKey.load": Target(OpeningKey.load, b"\1" * 32),
    "evidence.keys:check_signature": Target(
        lambda data: done(keys.check_signature(PUBLIC, data, b"x", what="x")), KEY.sign(b"x")
    ),
    "evidence.keys:unwrap_case_key": Target(lambda data: keys.unwrap_case_key(data, OWN, case="case-1", epoch=0), WRAP),
    "evidence.passkey:PasskeyLock.from_bytes": Target(
        passkey.PasskeyLock.from_bytes, encoded(SPECIMENS["passkey lock"].good)
    ),
    "evidence.checkpoint:verify_checkpoint": Target(lambda data: checkpoint.verify_checkpoint(data, NAMED), NOTE),
    "evidence.checkpoint:verify_cosignature": Target(lambda data: checkpoint.verify_cosignature(data, WITNESS), SEEN),
    "evidence.merkle:check_inclusion": Target(check_inclusion, b"".join(merkle.inclusion_proof(LEAVES, 2))),
    "evidence.merkle:check_consistency": Target(check_consistency, b"".join(merkle.consistency_proof(LEAVES, 3))),
    "evidence.timestamp:check_timestamp": Target(
        lambda data: timestamp.check_timestamp(data, b"x", [certificate()]), b"0\x03\x02\x01\x02", refuses_all=True
    ),
    "evidence.verification:verify_records": Target(verify_set, SEALED),
    "evidence.pack_verification:verify_evidence": Target(verify_pack, SEALED, refuses_all=True),
    "evidence.pack_verification:check_disclosed": Target(
        verify_disclosed, envelope.content_key_to_disclose(HEAD, WORLD.case_key)
    ),
}  # fmt: skip


def certificate() -> object:
    """Return some certificate: what it says does not matter to noise."""
    from cryptography.x509 import load_pem_x509_certificate  # noqa: PLC0415

    from server_stub.certificates import make_certificates  # noqa: PLC0415

    if not _MADE:
        _MADE.append(load_pem_x509_certificate(make_certificates("127.0.0.1", NOON).ca))
    return _MADE[0]


_MADE: list[object] = []

"""What is said about everything that is no field of a document: word for word, with the hint. People act on these.

python -m tests.evidence.test_sentences writes the golden file anew, to be read before it is committed.
"""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from http_message_signatures import HTTPMessageSigner, HTTPSignatureKeyResolver, algorithms

from evidence import envelope, merkle
from evidence.authority import (
    AuthorityTerms,
    Withdrawal,
    authority_digest,
    check_authority,
    check_withdrawal,
    issue_authority,
    issue_withdrawal,
    read_authority,
)
from evidence.canonical import decode, encode
from evidence.checkpoint import (
    Checkpoint,
    NamedKey,
    cosign_checkpoint,
    sign_checkpoint,
    verify_checkpoint,
    verify_cosignature,
)
from evidence.coverage import CoverageRecord, State
from evidence.destruction import read_destruction
from evidence.envelope import Part, Recipient
from evidence.errors import AuthorityFormatError, EvidenceError, FormatError
from evidence.fields import format_time
from evidence.handover import read_handover
from evidence.head import HEAD_LIMIT, assemble
from evidence.header import GENESIS, HEADER_LIMIT, Header, ListedPart, Manifest, encode_manifest, parse_header
from evidence.keys import (
    OpeningKey,
    check_signature,
    derive_secrets,
    generate_signing_key,
    key_id,
    load_signing_key,
    lock_officer_key,
    verifying_key,
)
from evidence.ledger import follow, head_of
from evidence.pack import disclose
from evidence.padding import unpad
from evidence.passkey import lock_with_passkey
from evidence.receipt import Receipt, sign_receipt, verify_receipt
from evidence.record import EventRecord, read_record
from evidence.request import COMPONENTS, LABEL, LIFETIME, TAG, SignedHeaders, sign_request, verify_request
from evidence.statement import read_statement, sign_statement
from evidence.suite import Suite, suite_of_public
from evidence.timestamp import LARGEST_TOKEN, check_timestamp
from tests.evidence.conftest import NOON, World, stream
from tests.evidence.specimens import DIGEST, ENTROPY, KEY, OWN, PUBLIC, TERMS

GOLDEN = Path(__file__).parent / "sentences.json"
WORLD, OTHER = World(Suite.X25519), World(Suite.X_WING)
STRANGER = generate_signing_key(stream("stranger"))
ID, OTHER_ID = key_id(PUBLIC), key_id(verifying_key(STRANGER))
GOOD = AuthorityTerms.from_bytes(encode(TERMS))
FILE = issue_authority(GOOD, KEY)
WITHDRAWN = issue_withdrawal(Withdrawal(authority_digest(FILE), NOON + timedelta(days=1), "over"), KEY)
NOTE = sign_checkpoint(Checkpoint("device-1", 7, b"\4" * 32), "overt-server", KEY)
NAMED = NamedKey("overt-server", PUBLIC)
LEAVES = [bytes([n]) * 32 for n in range(5)]


def permitted(**changes: object) -> object:
    """Ask for permission at noon of the second day, with changes."""
    given: dict[str, object] = {
        "issuer_key": PUBLIC, "device_key": PUBLIC, "now": NOON + timedelta(days=2), "account": "kim", **changes
    }  # fmt: skip
    return check_authority(FILE, **given)


def terms(**changes: object) -> object:
    """Issue an authority of changed terms."""
    return issue_authority(replace(GOOD, **changes), KEY)


def request(*, body: bytes = b"x", now: datetime = NOON, key_of: Callable[[str], bytes | None] = lambda _: PUBLIC,
            headers: SignedHeaders | None = None) -> object:  # fmt: skip
    """Verify a request that was signed at noon, with changes."""
    signed = headers or sign_request("PUT", "/a", b"x", device="d", device_key=KEY, now=NOON, entropy=ENTROPY)
    return verify_request("PUT", "/a", body, signed, key_of=key_of, now=now)


def unsigned(text: bytes) -> bytes:
    return text + b"\n\xe2\x80\x94 overt-server AAAA\n"


def resigned(text: str) -> bytes:
    """Return a note over any text, signed as the server would."""
    signature = base64.b64encode(NAMED.id(1) + KEY.sign(text.encode())).decode()
    return f"{text}\n— overt-server {signature}\n".encode()


def covered(**changes: object) -> CoverageRecord:
    """Return coverage of two minutes, with changes."""
    record = CoverageRecord(NOON, NOON + timedelta(seconds=70), {State.WATCHED: (60, 9)})
    return replace(record, **changes)


def cosigned_at(stamp: int) -> bytes:
    """Return a note cosigned at any number of seconds."""
    message = f"cosignature/v1\ntime {stamp}\n".encode() + NOTE.partition(b"\n\n")[0] + b"\n"
    word = NamedKey("w", PUBLIC).id(4) + stamp.to_bytes(8, "big") + KEY.sign(message)
    return NOTE + f"— w {base64.b64encode(word).decode()}\n".encode()


def follower(**changes: object) -> Header:
    """Return the header of another record."""
    fields = WORLD.fields(**{"prev": HEAD.header_digest if changes.get("seq") else GENESIS, **changes})
    sealed = envelope.seal(fields, [Part("meta", b"")], WORLD.recipients, WORLD.device_key, entropy=ENTROPY)
    return envelope.parse(sealed.envelope).header


class Keys(HTTPSignatureKeyResolver):
    """Gives the one key there is."""

    def resolve_private_key(self, key_id: str) -> object:
        """Return it."""
        return KEY


def signed_otherwise(
    *, tag: str = TAG, covered: Sequence[str] = COMPONENTS, life: timedelta = LIFETIME, nonce: str | None = "n"
) -> SignedHeaders:
    """Return the signature of the same request by the same key, but made in another way."""
    message = Message("PUT", "https://overt.invalid/a", {})
    signer = HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=Keys())
    signer.sign(
        message, key_id="d", created=NOON, expires=NOON + life, nonce=nonce, label=LABEL, tag=tag,
        covered_component_ids=covered, body=b"x" if "content-digest" in covered else None,
    )  # fmt: skip
    found = message.headers
    digest = found.get("Content-Digest") or f"sha-256=:{base64.b64encode(hashlib.sha256(b'x').digest()).decode()}:"
    return SignedHeaders(digest, found["Signature-Input"], found["Signature"])


@dataclass
class Message:
    """A request as the library wants it."""

    method: str
    url: str
    headers: dict[str, str]


SEALED = WORLD.seal(Part("meta", EventRecord("heartbeat").to_bytes()))
HEAD = envelope.parse(SEALED.envelope)
RECEIPT = sign_receipt(Receipt("device-1", 0, 7, DIGEST, DIGEST, NOON), KEY)

ACTIONS: dict[str, Callable[[], object]] = {
    "another issuer": lambda: read_authority(FILE, issuer_key=verifying_key(STRANGER)),
    "an authority of other bytes": lambda: read_authority(b"{}", issuer_key=PUBLIC),
    "an authority that is no JSON": lambda: read_authority(b"x", issuer_key=PUBLIC),
    "a statement of another kind": lambda: read_authority(sign_statement(b'{"format":"x"}', KEY), issuer_key=PUBLIC),
    "another device": lambda: permitted(device_key=b"\x01" * 32),
    "another account": lambda: permitted(account="lee"),
    "withdrawn": lambda: permitted(withdrawal=WITHDRAWN),
    "too early": lambda: permitted(now=NOON - timedelta(microseconds=1)),
    "ended": lambda: permitted(now=NOON + timedelta(days=90)),
    "the withdrawal of a stranger": lambda: check_withdrawal(WITHDRAWN, issuer_key=verifying_key(STRANGER)),
    "a withdrawal that is none": lambda: check_withdrawal(b"[]", issuer_key=PUBLIC),
    "a withdrawal that is no JSON": lambda: check_withdrawal(b"x", issuer_key=PUBLIC),
    "a withdrawal whose payload is no JSON": lambda: check_withdrawal(sign_statement(b"x", KEY), issuer_key=PUBLIC),
    "a withdrawal whose payload is no object": lambda: check_withdrawal(sign_statement(b"[]", KEY), issuer_key=PUBLIC),
    "a hand-over that is no JSON": lambda: read_handover(b"x", issuer_key=PUBLIC),
    "a hand-over whose payload is no JSON": lambda: read_handover(sign_statement(b"x", KEY), issuer_key=PUBLIC),
    "a certificate by somebody else": lambda: read_destruction(FILE, verifying_key(STRANGER)),
    "a certificate that is none": lambda: read_destruction(b"[]", PUBLIC),
    "a certificate that is no JSON": lambda: read_destruction(b"x", PUBLIC),
    "a certificate whose payload is no JSON": lambda: read_destruction(sign_statement(b"x", KEY), PUBLIC),
    "a library of no condition": lambda: terms(libraries=(replace(GOOD.libraries[0], condition="9"),)),
    "a library twice": lambda: terms(libraries=GOOD.libraries * 2),
    "a condition twice": lambda: terms(conditions=GOOD.conditions * 2),
    "a recipient twice": lambda: terms(recipients=GOOD.recipients * 2),
    "no case key": lambda: terms(recipients=(replace(GOOD.recipients[0], role=envelope.Role.RECOVERY),)),
    "two suites": lambda: terms(recipients=(*GOOD.recipients, replace(GOOD.recipients[0], key=OTHER.case_key.public))),
    "no time": lambda: terms(not_after=GOOD.not_before),
    "a millisecond over a leap year": lambda: terms(not_after=GOOD.not_before + timedelta(days=366, milliseconds=1)),
    "a statement altered": lambda: replace(read_statement(FILE, place="x"), payload=b"{}").check(
        PUBLIC, what="the order"
    ),
    "a signing key cut": lambda: load_signing_key(b"\x01" * 31),
    "an opening key cut": lambda: OpeningKey.load(b"\x01" * 31),
    "a verifying key cut": lambda: check_signature(b"\x01" * 31, b"", b"", what="x"),
    "no passphrase": lambda: lock_officer_key(OWN, "", entropy=ENTROPY),
    "too few rounds": lambda: derive_secrets("x", bytes(16), 599999),
    "a salt cut": lambda: derive_secrets("x", bytes(15)),
    "a passkey's answer cut": lambda: lock_with_passkey(
        OWN, b"x" * 31, credential=b"x", prf_salt=b"\x01" * 32, entropy=ENTROPY
    ),
    "a key of no suite": lambda: suite_of_public(b"x" * 33),
    "a key that is no point": lambda: Suite.X25519.wrap(b"x" * 32, bytes(32), b""),
    "a wrap altered": lambda: Suite.X25519.unwrap(bytes(80), OWN.secret, b""),
    "no recipient": lambda: envelope.seal(WORLD.fields(), [Part("meta", b"")], [], KEY, entropy=ENTROPY),
    "recipients of two suites": lambda: envelope.seal(
        WORLD.fields(),
        [Part("meta", b"")],
        [Recipient(OWN.public), Recipient(OTHER.case_key.public)],
        KEY,
        entropy=ENTROPY,
    ),
    "no such part": lambda: HEAD.index("frame-9"),
    "parts cut": lambda: envelope.verify_parts(HEAD, SEALED.envelope[:-1]),
    "a part of others": lambda: envelope.open_part(HEAD, WORLD.case_key, "meta", bytes(272)),
    "no recipient's key": lambda: envelope.open_all(HEAD, OWN, SEALED.envelope),
    "other stanzas": lambda: envelope.verify(replace(HEAD, stanzas=b""), WORLD.device_public),
    "another device's signature": lambda: envelope.verify(HEAD, PUBLIC),
    "a head too long": lambda: assemble(bytes(HEADER_LIMIT + 1), b"", b""),
    "a header too long": lambda: parse_header(bytes(HEADER_LIMIT + 1)),
    "a header of three lines": lambda: parse_header(b"a\nb\nc\n"),
    "a header without an end": lambda: parse_header(b"a\nb"),
    "a header with a carriage return": lambda: parse_header(b"a\rb\n"),
    "another kind of file": lambda: envelope.parse(b"%PDF-1.7"),
    "a file cut in its head": lambda: envelope.parse(SEALED.envelope[:40]),
    "a header that says it is long": lambda: envelope.parse(envelope.MAGIC + b"\x00\x00@\x01"),
    "stanzas that say they are long": lambda: envelope.parse(envelope.MAGIC + b"\x00\x00\x00\x01{\x00\x00\x80\x01"),
    "a byte after the parts": lambda: envelope.parse(SEALED.envelope + b"x"),
    "padding cut": lambda: unpad(bytes(255), place="parts.x"),
    "padding of another size": lambda: unpad(bytes(272), place="parts.x"),
    "padding that is not zeros": lambda: unpad(bytes(255) + b"\x01", place="parts.x"),
    "JSON beyond its limit": lambda: decode(b"[1,2]", place="list", limit=4),
    "a value of no spelling": lambda: encode({"a": [1.5]}, place="x"),
    "half a pair": lambda: encode({"a": "\ud800"}, place="x"),
    "a large number": lambda: encode(2**53, place="x"),
    "a small number": lambda: encode(-(2**53), place="x"),
    "a bad key": lambda: encode({"a b": 1}, place="x"),
    "too deep": lambda: encode([[[[[[[[[1]]]]]]]]], place="x"),
    "a receipt of another record": lambda: verify_receipt(
        RECEIPT, PUBLIC, device="device-1", epoch=0, seq=8, record=DIGEST
    ),
    "a receipt of another server": lambda: verify_receipt(
        RECEIPT, verifying_key(STRANGER), device="device-1", epoch=0, seq=7, record=DIGEST
    ),
    "a request an hour late": lambda: request(now=NOON + timedelta(hours=1)),
    "a request from the future": lambda: request(now=NOON - timedelta(seconds=60, microseconds=1)),
    "a request on its last moment": lambda: request(now=NOON + LIFETIME + timedelta(seconds=60)),
    "a request of an unknown device": lambda: request(key_of=lambda _: None),
    "a request without a signature": lambda: request(headers=SignedHeaders("", "", "")),
    "an origin of two words": lambda: Checkpoint("two words", 0, bytes(32)).to_text(),
    "a key's name with a plus": lambda: sign_checkpoint(Checkpoint("x", 0, bytes(32)), "a+b", KEY),
    "a note too long": lambda: verify_checkpoint(bytes(16385), NAMED),
    "a note as long as may be": lambda: verify_checkpoint(bytes(16384), NAMED),
    "a note that is no text": lambda: verify_checkpoint(b"\xff", NAMED),
    "a note without its end": lambda: verify_checkpoint(NOTE[:-1], NAMED),
    "text without signatures": lambda: verify_checkpoint(b"x\n", NAMED),
    "a line that is no signature": lambda: verify_checkpoint(NOTE + b"x\n", NAMED),
    "a signature in another alphabet": lambda: verify_checkpoint(NOTE + "— x ?\n".encode(), NAMED),
    "a note of nobody": lambda: verify_checkpoint(unsigned(b"device-1\n7\nBA==\n"), NAMED),
    "a note altered": lambda: verify_checkpoint(NOTE.replace(b"\n7\n", b"\n8\n"), NAMED),
    "a note of two lines": lambda: verify_checkpoint(resigned("x\n7\n"), NAMED),
    "a root of three bytes": lambda: verify_checkpoint(resigned("x\n7\nAAAA\n"), NAMED),
    "a root in another alphabet": lambda: verify_checkpoint(resigned("x\n7\n?\n"), NAMED),
    "no cosignature": lambda: verify_cosignature(NOTE, NAMED),
    "a cosignature of another": lambda: verify_cosignature(
        cosign_checkpoint(NOTE, "w", KEY, seen_at=NOON).replace(b"\n7\n", b"\n8\n"), NamedKey("w", PUBLIC)
    ),
    "no such leaf": lambda: merkle.inclusion_proof(LEAVES, 5),
    "no such beginning": lambda: merkle.consistency_proof(LEAVES, 6),
    "a leaf beyond": lambda: merkle.check_inclusion(LEAVES[0], 5, 5, (), b""),
    "a proof too long": lambda: merkle.check_inclusion(LEAVES[0], 0, 1, (bytes(32),), b""),
    "another leaf": lambda: merkle.check_inclusion(
        LEAVES[1], 0, 5, merkle.inclusion_proof(LEAVES, 0), merkle.root(LEAVES)
    ),
    "a tree that shrank": lambda: merkle.check_consistency(6, 5, b"", b"", ()),
    "another history": lambda: merkle.check_consistency(
        3, 5, bytes(32), merkle.root(LEAVES), merkle.consistency_proof(LEAVES, 3)
    ),
    "a token too long": lambda: check_timestamp(bytes(LARGEST_TOKEN + 1), b"", []),
    "a token on nobody's word": lambda: check_timestamp(bytes(LARGEST_TOKEN), b"", []),
    # --- what is never written ---
    "a moment without a zone": lambda: format_time(NOON.replace(tzinfo=None)),
    "a manifest with a huge part": lambda: encode_manifest(
        Manifest(DIGEST, DIGEST, (ListedPart("meta", 2**53, DIGEST),))
    ),
    "a detail of no spelling": lambda: EventRecord("x", "", {"a b": 1}).to_bytes(),
    "half a pair in a notice": lambda: terms(notice="\ud800"),
    "a reason of no spelling": lambda: covered(reasons={"a b": (1, 0)}).to_bytes(),
    "a reason that is no name": lambda: covered(reasons={"-a": (1, 0)}).to_bytes(),
    "coverage of no time": lambda: CoverageRecord(NOON, NOON, {}).to_bytes(),
    "coverage of another state": lambda: read_record(covered().to_bytes().replace(b'"watched"', b'"wotched"')),
    "a column of zeros": lambda: read_record(covered().to_bytes().replace(b"[1,60],[1,9]", b"[2,0]")),
    "a minute of 61 seconds": lambda: read_record(covered().to_bytes().replace(b"[1,60]", b"[1,61]")),
    "a record that is no JSON": lambda: read_record(b"x"),
    "coverage that is no JSON": lambda: CoverageRecord.from_bytes(b"x"),
    "a header as long as may be": lambda: parse_header(bytes(HEADER_LIMIT)),
    "a note with an empty line": lambda: verify_checkpoint(resigned("x\n\n7\n"), NAMED),
    "a cosignature of no time": lambda: verify_cosignature(cosigned_at(2**62), NamedKey("w", PUBLIC)),
    "no beginning": lambda: merkle.consistency_proof(LEAVES, 0),
    # --- the chain ---
    "a record of another device": lambda: follow(head_of(HEAD.header), follower(device="device-2", seq=1)),
    "a record of the epoch after next": lambda: follow(head_of(HEAD.header), follower(epoch=2)),
    "a record that names another": lambda: follow(head_of(HEAD.header), follower(seq=1, prev="1" * 64)),
    # --- requests by a library that signs otherwise ---
    "a request for another purpose": lambda: request(headers=signed_otherwise(tag="other")),
    "a request without its body": lambda: request(headers=signed_otherwise(covered=("@method", "@path"))),
    "a request without its path": lambda: request(headers=signed_otherwise(covered=("@method", "content-digest"))),
    "a request without a nonce": lambda: request(headers=signed_otherwise(nonce=None)),
    "a request of no life": lambda: request(headers=signed_otherwise(life=timedelta(0))),
    "a request of a long life": lambda: request(headers=signed_otherwise(life=LIFETIME + timedelta(seconds=1))),
    "no key to disclose with": lambda: disclose(None, []),
}


def said(act: Callable[[], object]) -> str:
    """Return the kind of error, its message and its hint."""
    try:
        act()
    except EvidenceError as problem:
        words = f"{type(problem).__name__}: {problem}" + (f" ({problem.hint})" if problem.hint else "")
        return re.sub(r"(signature does not hold: ).*", r"\1…", words)  # a library's words, which may change
    return "no error"


@pytest.mark.parametrize("name", ACTIONS)
def test_each_refusal_is_said_in_these_words(name: str) -> None:
    """Kind, message and hint."""
    assert said(ACTIONS[name]) == json.loads(GOLDEN.read_text())[name]


def test_no_sentence_is_left_over() -> None:
    """Each golden line belongs to an action, and each is a refusal."""
    golden = json.loads(GOLDEN.read_text())
    assert golden.keys() == ACTIONS.keys()
    assert "no error" not in golden.values()


LIMITS: dict[str, Callable[[], object]] = {
    "permitted": permitted,
    "permitted in the first moment": lambda: permitted(now=NOON),
    "permitted in the last moment": lambda: permitted(now=NOON + timedelta(days=90, microseconds=-1)),
    "the withdrawal of another authority": lambda: permitted(
        withdrawal=issue_withdrawal(Withdrawal(DIGEST, NOON, "x"), KEY)
    ),
    "a leap year": lambda: terms(not_after=GOOD.not_before + timedelta(days=366)),
    "a millisecond": lambda: terms(not_after=GOOD.not_before + timedelta(milliseconds=1)),
    "a request in time": request,
    "a request a minute early": lambda: request(now=NOON - timedelta(seconds=60)),
    "a request a moment before its end": lambda: request(now=NOON + LIFETIME + timedelta(seconds=60, microseconds=-1)),
    "a request signed by the library in our way": lambda: request(headers=signed_otherwise()),
    "lengths at their limit": lambda: [
        envelope.head_length(envelope.MAGIC + b"\0\0\x40\0"),
        envelope.head_length(envelope.MAGIC + b"\0\0\0\1{\0\0\x80\0"),
    ],
    "a header as long as may be": lambda: assemble(bytes(HEADER_LIMIT), b"", b""),
    "JSON at its limit": lambda: decode(b"[1,2]", place="list", limit=5),
    "as deep as may be": lambda: encode([[[[[[[[1]]]]]]]]),
    "the largest numbers": lambda: encode([2**53 - 1, 1 - 2**53]),
    "an empty tree begins nothing and one leaf is its own root": lambda: merkle.check_inclusion(
        LEAVES[0], 0, 1, (), LEAVES[0]
    ),
    "a tree of one beginning": lambda: merkle.check_consistency(
        1, 5, LEAVES[0], merkle.root(LEAVES), merkle.consistency_proof(LEAVES, 1)
    ),
}


@pytest.mark.parametrize("name", LIMITS)
def test_what_lies_on_a_limit_is_allowed(name: str) -> None:
    """Each stands one step inside of something that is refused above."""
    LIMITS[name]()


def test_a_request_that_holds_says_whose_it_is() -> None:
    """The device, the nonce, the times, and the digest of the body that came with it."""
    found = request(headers=signed_otherwise())
    assert (found.device, found.nonce, found.created, found.expires) == ("d", "n", NOON, NOON + LIFETIME)
    assert found.body == hashlib.sha256(b"x").hexdigest()


def test_an_error_has_no_hint_of_its_own() -> None:
    """Unless one is given."""
    assert [EvidenceError("x").hint, FormatError("x", "y").hint, AuthorityFormatError("x", "y").hint] == ["", "", ""]


def test_the_longest_head_can_be_told_from_its_first_bytes() -> None:
    """A reader that fetches HEAD_LIMIT bytes has the head, whatever it says."""
    assert HEAD_LIMIT == 8 + 4 + 16_384 + 4 + 32_768 + 64


if __name__ == "__main__":
    GOLDEN.write_text(
        json.dumps({name: said(act) for name, act in ACTIONS.items()}, indent=1, ensure_ascii=False) + "\n"
    )

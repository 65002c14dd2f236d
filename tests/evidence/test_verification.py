"""Verification of a set of records: each attack is found at the step that is there for it."""

from datetime import UTC, datetime

import pytest

from evidence.authority import (
    AuthorityTerms,
    Condition,
    NamedRecipient,
    PermittedLibrary,
    issue_authority,
    read_authority,
)
from evidence.envelope import Part, Recipient, Role, parse, seal
from evidence.keys import OpeningKey, generate_signing_key, key_id, verifying_key
from evidence.permission import SEALING
from evidence.verification import Step, verify_records


@pytest.fixture(scope="module")
def authority(simple, seeded):
    """An authority for the small world."""
    issuer = generate_signing_key(seeded("issuer"))
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
    return read_authority(issue_authority(terms, issuer), issuer_key=verifying_key(issuer))


@pytest.fixture(scope="module")
def records(simple, authority):
    """Eight records made under it."""
    found, prev = {}, "0" * 64
    for seq in range(8):
        sealed = simple.seal(seq=seq, prev=prev, authority=authority.digest)
        found[f"{seq}.overt"] = sealed.envelope
        prev = sealed.header_digest
    return found


def failing(records, simple, authority=None):
    """Return the steps that found something, and check that every step is there."""
    verification = verify_records(records.items(), simple.device_public, authority=authority)
    assert [result.step for result in verification.results] == list(Step)
    return [result.step for result in verification.results if result.findings]


def test_a_whole_set_holds(records, simple, authority):
    """Every step was made on every record, in whatever order they come."""
    reversed_records = dict(reversed(records.items()))
    verification = verify_records(reversed_records.items(), simple.device_public, authority=authority)
    assert verification.holds
    assert [result.checked for result in verification.results] == [8] * 6


def test_a_step_that_was_not_made_says_so(records, simple):
    """Without an authority file nothing is claimed about it."""
    verification = verify_records(records.items(), simple.device_public)
    assert verification.holds
    assert not verification.results[-1].holds
    assert verification.results[-1].note


def test_nothing_is_not_a_pass(simple):
    """A check that examined nothing fails."""
    assert not verify_records([], simple.device_public).holds


def test_a_changed_byte_is_found_where_it_stands(records, simple):
    """Magic, header, stanzas, signature, part."""
    whole = records["3.overt"]
    head = parse(whole)
    places = {
        0: Step.FORM,
        40: Step.FORM,
        head.length - 64 - 100: Step.CONTENT,
        head.length - 10: Step.SIGNATURE,
        len(whole) - 1: Step.CONTENT,
    }
    for position, step in places.items():
        changed = bytearray(whole)
        changed[position] ^= 0x80
        assert step in failing(records | {"3.overt": bytes(changed)}, simple)


def test_attacks_on_the_set_are_found(records, simple):
    """Delete, repeat, cut the head off, exchange, mix devices."""
    without = {name: data for name, data in records.items() if name != "3.overt"}
    assert failing(without, simple) == [Step.ORDER]
    assert failing(records | {"again.overt": records["3.overt"]}, simple) == [Step.ORDER]
    assert failing(records | {"3.overt": records["3.overt"][: parse(records["3.overt"]).length]}, simple) == [Step.FORM]
    prev = parse(records["3.overt"]).header.context.fields.prev
    other = simple.seal(seq=3, prev=prev, severity=1).envelope
    assert failing(records | {"3.overt": other}, simple) == [Step.ORDER]
    foreign = simple.seal(seq=8, prev="a" * 64, case="case-8").envelope
    assert failing(records | {"8.overt": foreign}, simple) == [Step.ONE_CHAIN, Step.ORDER]


def test_another_device_s_key_is_found(records, simple):
    """All signatures fail, and nothing is left for the later steps to hold on to."""
    other = verifying_key(generate_signing_key(simple.entropy))
    verification = verify_records(records.items(), other)
    assert not verification.holds
    assert [result.checked for result in verification.results] == [8, 8, 0, 0, 0, None]


@pytest.mark.parametrize(
    "changes",
    [
        {"authority": "d" * 64},
        {"time": datetime(2025, 12, 31, tzinfo=UTC)},
        {"time": datetime(2026, 7, 1, tzinfo=UTC) + SEALING},
        {"device": "device-2"},
    ],
)
def test_records_outside_the_authority_are_found(simple, authority, changes):
    """Another authority, another time, another device."""
    envelope = simple.seal(**({"authority": authority.digest} | changes)).envelope
    assert failing({"0.overt": envelope}, simple, authority) == [Step.AUTHORITY]


def test_a_recipient_that_the_authority_does_not_name_is_found(simple, authority, seeded):
    """A device cannot quietly seal to somebody else too."""
    more = [*simple.recipients, Recipient(OpeningKey.generate(seeded("somebody")).public)]
    fields = simple.fields(authority=authority.digest)
    sealed = seal(fields, [Part("meta", b"x")], more, simple.device_key, entropy=simple.entropy)
    assert failing({"0.overt": sealed.envelope}, simple, authority) == [Step.AUTHORITY]


def sentences(given, simple, authority=None):
    """Return every finding, and what is said of steps that were not made."""
    verification = verify_records(given.items(), simple.device_public, authority=authority)
    findings = [(one.step.title, each.place, each.sentence) for one in verification.results for each in one.findings]
    return findings, [one.note for one in verification.results if one.note]


def test_each_finding_says_where_and_what(records, simple, authority, seeded):
    """Word for word, at every step."""
    device = simple.device_public
    stranger = generate_signing_key(seeded("stranger"))
    foreign = seal(
        simple.fields(seq=1, prev="1" * 64), [Part("meta", b"{}")], simple.recipients, stranger, entropy=simple.entropy
    )
    given = {
        "a": records["0.overt"], "b": b"%PDF", "c": foreign.envelope, "d": records["2.overt"][:-1] + b"!",
        "e": simple.seal(seq=3, prev="2" * 64, device="device-2").envelope,
        "f": simple.seal(seq=4, prev="2" * 64, case="case-8").envelope,
    }  # fmt: skip
    assert device != verifying_key(stranger)
    findings, notes = sentences(given, simple)
    assert findings == [
        ("Form", "b", "magic: not an Overt envelope"),
        ("Signature", "c", f"header: not signed by key {key_id(device)}"),
        ("Content", "d", "part meta: not the ciphertext that was signed"),
        ("One chain", "e", "is of device device-2, case case-7; others of device-1, case-7"),
        ("One chain", "f", "is of device device-1, case case-8; others of device-1, case-7"),
        ("Order", "chain", "record 0/2: 1 missing before it, from 1"),
        ("Order", "chain", "record of device device-2 in the chain of device-1"),
        ("Order", "chain", "record of device device-1 in the chain of device-2"),
    ]
    assert notes == ["no authority file was given"]


def test_each_way_to_be_outside_the_authority_has_its_words(simple, authority):
    """The first moment is inside; a copy under another name stands after its namesake."""
    first = authority.terms.not_before
    chained = {"authority": authority.digest}
    whole = simple.seal(seq=0, time=first, **chained)
    strange = [
        simple.seal(seq=1, prev=whole.header_digest, authority="ab" * 32),
        simple.seal(seq=1, prev=whole.header_digest, case="case-8", **chained),
        simple.seal(seq=1, prev=whole.header_digest, time=authority.terms.not_after + SEALING, **chained),
    ]
    for sealed, expected in zip(
        strange,
        [
            "names another authority (abababababababab…)",
            "is of another device or case than its authority",
            "was made at 2026-07-01T00:01:00.000Z, outside the time of its authority",
        ],
        strict=True,
    ):
        findings, _ = sentences({"y": whole.envelope, "x": sealed.envelope}, simple, authority)
        assert [one for one in findings if one[0] == "Authority"] == [("Authority", "x", expected)]
    copies, _ = sentences({"b": whole.envelope, "a": whole.envelope}, simple, authority)
    assert copies == [("Order", "chain", "record 0/0: stands again after 0/0")]


def test_a_key_that_is_not_named_has_its_words(simple, authority, seeded):
    """Sealed to one key more."""
    more = [*simple.recipients, Recipient(OpeningKey.generate(seeded("more")).public, Role.CASE)]
    fields = simple.fields(authority=authority.digest)
    sealed = seal(fields, [Part("meta", b"{}")], more, simple.device_key, entropy=simple.entropy)
    findings, _ = sentences({"x": sealed.envelope}, simple, authority)
    assert findings == [("Authority", "x", "is sealed to a key that its authority does not name")]


def test_records_are_put_in_the_order_of_the_chain_whatever_they_are_called(simple):
    """By epoch and number; of two with one number, by name."""
    first = simple.seal(seq=0)
    second = simple.seal(seq=1, prev=first.header_digest)
    third = simple.seal(seq=2, prev=second.header_digest)
    findings, _ = sentences({"a": third.envelope, "b": second.envelope, "c": first.envelope}, simple)
    assert findings == []
    twin = simple.seal(seq=1, prev=first.header_digest, device="device-2")
    findings, _ = sentences({"c": first.envelope, "b": second.envelope, "a": twin.envelope}, simple)
    assert findings[0] == ("One chain", "a", "is of device device-2, case case-7; others of device-1, case-7")
    assert [one[0] for one in findings] == ["One chain", "Order", "Order"]

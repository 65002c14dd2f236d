"""A case that moved to another server, over plain values: what its pack must hold to, link by link."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from evidence.authority import authority_digest, issue_authority, read_authority
from evidence.errors import AuthoritySignatureError, HandoverError, SignatureError
from evidence.handover import Handover, ServerIdentity, check_handover, read_handover, sign_handover
from evidence.keys import generate_signing_key, key_id, verifying_key
from evidence.pack import Fixed, FormerServer, PackKeys, evidence_files, public_key_pem
from evidence.pack_verification import read_packed_authority
from tests.evidence.conftest import NOON, stream
from tests.evidence.test_pack import ISSUER, RECEIPTS, Case

NEW_ISSUER, NEW_RECEIPTS = (generate_signing_key(stream(name)) for name in ("new issuer", "new receipts"))
NEW_SERVER = ServerIdentity(
    "https://new.example.org:8443", "a certificate", verifying_key(NEW_ISSUER), verifying_key(NEW_RECEIPTS), "{}"
)


def handed(case: Case, /, **changes: object) -> Handover:
    """Return the hand-over of a case's device to the new server, with changes."""
    made = Handover(
        "case-7", "device-1", case.world.device_public, NOON + timedelta(days=1), verifying_key(RECEIPTS), NEW_SERVER
    )
    return replace(made, **changes)


class Moved(Case):
    """A case that another server took over after two records; two more came there."""

    def __post_init__(self) -> None:
        super().__post_init__()
        file = sign_handover(handed(self), ISSUER)
        before = FormerServer(self.keys.issuer, self.keys.receipt, file)
        self.keys = PackKeys(NEW_SERVER.issuer_key, self.keys.device, NEW_SERVER.receipt_key, (before,))
        for seq in (2, 3):
            self.take(seq, NEW_RECEIPTS)

    def take(self, seq: int, key: object) -> None:
        """Have a server sign for a record."""
        record = self.records[seq]
        signed = replace(record.receipt, signature=key.sign(record.receipt.receipt))
        self.records[seq] = replace(record, receipt=signed)

    def give(self, **changes: object) -> None:
        """Exchange the hand-over for one that says something else."""
        file = sign_handover(handed(self, **changes), ISSUER)
        self.keys = replace(self.keys, former=(replace(self.keys.former[0], handover=file),))


@pytest.fixture
def moved() -> Moved:
    """Return a case that moved."""
    return Moved()


def test_a_hand_over_is_read_as_it_was_signed(moved: Moved) -> None:
    """Every field of both servers; not by another issuer."""
    made = handed(moved)
    assert read_handover(sign_handover(made, ISSUER), issuer_key=verifying_key(ISSUER)) == made
    with pytest.raises(SignatureError, match=r"^hand-over: names key"):
        read_handover(sign_handover(made, NEW_ISSUER), issuer_key=verifying_key(ISSUER))


def follow(moved: Moved, after: datetime | None = None, /, **changes: object) -> Handover:
    """Have the device look at a hand-over."""
    return check_handover(
        sign_handover(handed(moved, **changes), ISSUER), issuer_key=verifying_key(ISSUER),
        receipt_key=verifying_key(RECEIPTS), device_key=moved.world.device_public, device="device-1", case="case-7",
        after=after,
    )  # fmt: skip


def test_a_device_follows_its_own_hand_over_once(moved: Moved) -> None:
    """Only a newer one than the last."""
    made = handed(moved)
    assert follow(moved) == follow(moved, made.issued_at - timedelta(microseconds=1000)) == made
    for after in (made.issued_at, made.issued_at + timedelta(days=1)):
        with pytest.raises(HandoverError, match=r"^the hand-over is not newer than the one that was followed last$"):
            follow(moved, after)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"device": "device-2"}, "the hand-over is for another device or case"),
        ({"case": "case-8"}, "the hand-over is for another device or case"),
        ({"device_key": b"\1" * 32}, "the hand-over is for another device or case"),
        ({"from_receipt_key": b"\1" * 32}, "the hand-over is not from the server that this device reports to"),
    ],
)
def test_a_device_follows_no_other(moved: Moved, changes: dict[str, object], message: str) -> None:
    """Of another device, case or server."""
    with pytest.raises(HandoverError) as caught:
        follow(moved, **changes)
    assert str(caught.value) == message


def test_a_case_that_moved_holds_by_the_keys_of_both(moved: Moved) -> None:
    """Records of before by the old server's receipts, those after by the new one's; a step says how it went over."""
    first = moved.verify()[0]
    assert not moved.said()
    assert (first.title, first.checked) == ("Hand-overs", 1)
    assert first.claim == "each server before named the next one, under its issuer's signature"
    assert moved.keys.receipts == (verifying_key(NEW_RECEIPTS), verifying_key(RECEIPTS))


def test_the_servers_before_are_in_the_pack(moved: Moved) -> None:
    """Their keys, and what they signed."""
    files = dict(evidence_files(moved.keys, {}, Fixed(b"note")))
    (before,) = moved.keys.former
    assert files["data/former/0/issuer.pem"] == public_key_pem(before.issuer)
    assert files["data/former/0/receipt.pem"] == public_key_pem(before.receipt)
    assert files["data/former/0/handover.json"] == before.handover


def forged(it: Moved) -> None:
    (before,) = it.keys.former
    file = sign_handover(handed(it), NEW_ISSUER)
    it.keys = replace(it.keys, former=(replace(before, handover=file),))


def back_again(it: Moved) -> None:
    it.take(3, RECEIPTS)


def by_a_stranger(it: Moved) -> None:
    it.take(3, ISSUER)


FORGED = f"names key {key_id(verifying_key(NEW_ISSUER))}, not the trusted {key_id(verifying_key(ISSUER))}"
ATTACKS: list[tuple[Callable[[Moved], None], list[str]]] = [
    (forged, ["Hand-overs: hand-over 0: hand-over: " + FORGED]),
    (lambda it: it.give(device_key=b"\1" * 32), ["Hand-overs: hand-over 0: for another device's key"]),
    (lambda it: it.give(from_receipt_key=b"\1" * 32),
     ["Hand-overs: hand-over 0: from another server than the one that had the case"]),
    (lambda it: it.give(to=replace(NEW_SERVER, receipt_key=b"\1" * 32)),
     ["Hand-overs: hand-over 0: to another server than the one that has the case next"]),
    (back_again, ["Receipts: 0/3: taken by a server that had handed the case over before"]),
    (by_a_stranger, [f"Receipts: 0/3: receipt: not signed by key {key_id(verifying_key(NEW_RECEIPTS))}"]),
]  # fmt: skip


@pytest.mark.parametrize(("attack", "expected"), ATTACKS)
def test_what_is_wrong_with_a_move_is_said(moved: Moved, attack: Callable[[Moved], None], expected: list[str]) -> None:
    """At the hand-over, or at the record."""
    attack(moved)
    found = [line for line in moved.said() if not line.startswith(("Authorities", "Permission"))]
    assert found == expected


def test_a_line_of_servers_is_followed_link_by_link(moved: Moved) -> None:
    """Each server's hand-over has to lead to the next, in their order."""
    (first,) = moved.keys.former
    fourth = replace(NEW_SERVER, issuer_key=b"\2" * 32, receipt_key=verifying_key(ISSUER))
    third = replace(NEW_SERVER, issuer_key=verifying_key(RECEIPTS), receipt_key=b"\3" * 32)
    onwards = [
        sign_handover(handed(moved, from_receipt_key=NEW_SERVER.receipt_key, to=third), NEW_ISSUER),
        sign_handover(handed(moved, from_receipt_key=third.receipt_key, to=fourth), RECEIPTS),
    ]
    line = (
        first,
        FormerServer(NEW_SERVER.issuer_key, NEW_SERVER.receipt_key, onwards[0]),
        FormerServer(third.issuer_key, third.receipt_key, onwards[1]),
    )
    moved.keys = PackKeys(fourth.issuer_key, moved.keys.device, fourth.receipt_key, line)
    assert not [one for one in moved.said() if one.startswith("Hand-overs")]
    by_the_third = issue_authority(moved.terms, RECEIPTS)
    assert read_packed_authority(moved.keys, by_the_third).digest == authority_digest(by_the_third)
    moved.keys = replace(moved.keys, former=(line[0], line[2], line[1]))
    assert len([one for one in moved.said() if one.startswith("Hand-overs")]) == 3


def test_an_authority_of_a_former_issuer_holds_for_the_time_before(moved: Moved) -> None:
    """One that begins at the hand-over still holds, one that begins after it does not; nor one of nobody known."""
    moment = handed(moved).issued_at
    for begin, holds in ((moment, True), (moment + timedelta(milliseconds=1), False)):
        file = issue_authority(replace(moved.terms, not_before=begin), ISSUER)
        if holds:
            assert read_packed_authority(moved.keys, file) == read_authority(file, issuer_key=verifying_key(ISSUER))
        else:
            with pytest.raises(AuthoritySignatureError) as caught:
                read_packed_authority(moved.keys, file)
            assert str(caught.value) == "issued by who had handed the case over before"
    with pytest.raises(AuthoritySignatureError, match=r"^authority: names key"):
        read_packed_authority(moved.keys, issue_authority(moved.terms, RECEIPTS))
    newest = issue_authority(moved.terms, NEW_ISSUER)
    assert read_packed_authority(moved.keys, newest).digest == authority_digest(newest)

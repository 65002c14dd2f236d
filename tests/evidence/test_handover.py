"""Hand-overs: read back as they were signed, and refused for everything that they are not for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence import canonical
from evidence.errors import EvidenceError, FormatError, HandoverError, SignatureError
from evidence.handover import (
    LARGEST_CERTIFICATE,
    Handover,
    ServerIdentity,
    check_handover,
    read_handover,
    sign_handover,
)
from evidence.keys import generate_signing_key, verifying_key
from evidence.pack import FormerServer, PackKeys
from evidence.pack_verification import verify_evidence
from evidence.statement import sign_statement

KEYS = [generate_signing_key(lambda size, first=first: bytes([first]) * size) for first in range(1, 8)]
ISSUER, RECEIPT, DEVICE, NEXT_ISSUER, NEXT_RECEIPT, OTHER = KEYS[:6]
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
TO = ServerIdentity("https://there.example:8443", "PEM", verifying_key(NEXT_ISSUER), verifying_key(NEXT_RECEIPT), "")
HANDOVER = Handover("case-1", "device-1", verifying_key(DEVICE), NOW, verifying_key(RECEIPT), TO)
FITTING = {
    "issuer_key": verifying_key(ISSUER), "receipt_key": verifying_key(RECEIPT), "device_key": verifying_key(DEVICE),
    "device": "device-1", "case": "case-1", "after": None,
}  # fmt: skip


@given(
    address=st.from_regex(r"https://[a-z0-9.-]{1,200}:[0-9]{1,5}", fullmatch=True),
    ca=st.text(min_size=1, max_size=200), root=st.text(max_size=200),
    issued=st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)  # fmt: skip
def test_it_is_read_as_it_was_signed(address: str, ca: str, root: str, issued: datetime) -> None:
    """Every text that canonical JSON can spell, every moment to the millisecond."""
    texts = [str(canonical.without_lone_surrogates(one)) for one in (ca, root)]
    to = replace(TO, address=address, ca=texts[0], updates_root=texts[1])
    moment = issued.replace(microsecond=issued.microsecond // 1000 * 1000)
    made = replace(HANDOVER, to=to, issued_at=moment)
    assert read_handover(sign_handover(made, ISSUER), issuer_key=verifying_key(ISSUER)) == made


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"issuer_key": verifying_key(OTHER)}, SignatureError),
        ({"receipt_key": verifying_key(OTHER)}, HandoverError),
        ({"device_key": verifying_key(OTHER)}, HandoverError),
        ({"device": "device-2"}, HandoverError),
        ({"case": "case-2"}, HandoverError),
        ({"after": NOW}, HandoverError),
        ({"after": NOW + timedelta(seconds=1)}, HandoverError),
    ],
)
def test_what_it_is_not_for_is_refused(changed: dict[str, object], problem: type[Exception]) -> None:
    """By another issuer, from another server, for another device or case, or not newer than the last one."""
    file = sign_handover(HANDOVER, ISSUER)
    assert check_handover(file, **FITTING) == HANDOVER
    assert check_handover(file, **(FITTING | {"after": NOW - timedelta(milliseconds=1)})) == HANDOVER
    with pytest.raises(problem):
        check_handover(file, **(FITTING | changed))


@pytest.mark.parametrize(
    "change", [{"more": 1}, {"format": "overt-handover-2"}, {"device_key": "00"}, {"case": ""}, {"to": {}}, {"to": 5}]
)
def test_other_forms_are_refused(change: dict[str, object]) -> None:
    """Unknown fields, another version, keys and names of another size."""
    fields = canonical.decode(HANDOVER.to_bytes(), place="test", limit=10**6)
    assert isinstance(fields, dict)
    file = sign_statement(canonical.encode(fields | change), ISSUER)
    with pytest.raises(FormatError):
        read_handover(file, issuer_key=verifying_key(ISSUER))
    too_large = replace(HANDOVER, to=replace(TO, ca="x" * (LARGEST_CERTIFICATE + 1)))
    for address in ("http://there.example:8443", "https://there.example", "https://there.example:8443/x"):
        unsafe = replace(HANDOVER, to=replace(TO, address=address))
        with pytest.raises(FormatError, match="address"):
            read_handover(sign_handover(unsafe, ISSUER), issuer_key=verifying_key(ISSUER))
    with pytest.raises(FormatError):
        read_handover(sign_handover(too_large, ISSUER), issuer_key=verifying_key(ISSUER))


def test_every_changed_bit_is_seen() -> None:
    """Nothing of the file can be turned into something else."""
    file = sign_handover(HANDOVER, ISSUER)
    for place in range(0, len(file), 7):
        changed = bytearray(file)
        changed[place] ^= 1 << (place % 8)
        with pytest.raises(EvidenceError):
            read_handover(bytes(changed), issuer_key=verifying_key(ISSUER))


def findings(keys: PackKeys) -> list[str]:
    steps = verify_evidence(keys, {}, [], [], server_name="overt-server")
    assert [step.checked for step in steps if step.title == "Hand-overs"] == [len(keys.former)]
    return [finding.sentence for step in steps if step.title == "Hand-overs" for finding in step.findings]


def test_the_line_of_servers_is_followed() -> None:
    """From the first server to the newest; a break anywhere is a finding."""
    third = replace(TO, issuer_key=verifying_key(OTHER), receipt_key=verifying_key(KEYS[6]))
    first = FormerServer(verifying_key(ISSUER), verifying_key(RECEIPT), sign_handover(HANDOVER, ISSUER))
    onward = replace(HANDOVER, to=third, from_receipt_key=verifying_key(NEXT_RECEIPT))
    second = FormerServer(TO.issuer_key, TO.receipt_key, sign_handover(onward, NEXT_ISSUER))
    line = PackKeys(third.issuer_key, verifying_key(DEVICE), third.receipt_key, (first, second))
    assert findings(line) == []
    assert line.receipts == (third.receipt_key, TO.receipt_key, verifying_key(RECEIPT))
    assert findings(replace(line, former=(second,))) == []
    assert "next" in findings(replace(line, former=(first,)))[0]
    assert "next" in findings(replace(line, former=(second, first)))[0]
    assert "device" in findings(replace(line, device=verifying_key(OTHER)))[0]
    assert "names key" in findings(replace(line, former=(replace(first, issuer=TO.issuer_key), second)))[0]
    assert "another server" in findings(replace(line, former=(replace(first, receipt=TO.receipt_key), second)))[0]

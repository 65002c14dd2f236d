"""The authority: exactly what the issuer signed, for this device and account, in its time."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from evidence.authority import (
    AuthorityTerms,
    Condition,
    NamedRecipient,
    PermittedLibrary,
    Withdrawal,
    check_authority,
    check_withdrawal,
    issue_authority,
    issue_withdrawal,
    read_authority,
)
from evidence.envelope import Role
from evidence.errors import (
    AuthorityFormatError,
    AuthoritySignatureError,
    ExpiredError,
    ForeignAccountError,
    ForeignDeviceError,
    FormatError,
    NotYetValidError,
    SignatureError,
    WithdrawnError,
)
from evidence.keys import OpeningKey, generate_signing_key, verifying_key
from evidence.statement import sign_statement
from evidence.suite import Suite

START = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def issuer(seeded):
    """The issuing authority's key."""
    return generate_signing_key(seeded("issuer"))


@pytest.fixture(scope="module")
def device_public(seeded):
    """The device's verifying key."""
    return verifying_key(generate_signing_key(seeded("device")))


@pytest.fixture(scope="module")
def terms(seeded, device_public):
    """Terms that an authority may have."""
    return AuthorityTerms(
        authority_id="order-12",
        case="case-7",
        device="device-1",
        device_key=device_public,
        accounts=("kim", "kim.work"),
        sources=("ocr", "window-title"),
        libraries=(PermittedLibrary("weapons", "4"), PermittedLibrary("drugs", "5(b)")),
        conditions=(Condition("4", "Not to seek weapons."), Condition("5(b)", "Not to buy drugs.")),
        recipients=(
            NamedRecipient(OpeningKey.generate(seeded("case")).public, Role.CASE),
            NamedRecipient(OpeningKey.generate(seeded("recovery")).public, Role.RECOVERY),
        ),
        not_before=START,
        not_after=END,
        notice="This computer is monitored.",
        issued_by="A court",
        contact="0800 000",
    )


@pytest.fixture
def check(issuer, device_public):
    """Check a file as an agent does, with changes."""

    def run(file_bytes, **changes):
        given = {
            "issuer_key": verifying_key(issuer),
            "device_key": device_public,
            "now": START + timedelta(days=1),
            "account": "kim",
        }
        return check_authority(file_bytes, **(given | changes))

    return run


def test_a_good_authority_is_accepted(terms, issuer, check):
    """What was issued comes back, with its digest and the condition each library serves."""
    file_bytes = issue_authority(terms, issuer)
    authority = check(file_bytes)
    assert authority.terms == terms
    assert authority == read_authority(file_bytes, issuer_key=verifying_key(issuer))
    assert authority.terms.condition_of("drugs") == Condition("5(b)", "Not to buy drugs.")
    assert authority.terms.condition_of("gambling") is None


@pytest.mark.parametrize(
    ("moment", "error"),
    [
        (START - timedelta(milliseconds=1), NotYetValidError),
        (START, None),
        (END - timedelta(milliseconds=1), None),
        (END, ExpiredError),
        (END + timedelta(days=4000), ExpiredError),
    ],
)
def test_it_holds_from_its_first_moment_until_before_its_last(terms, issuer, check, moment, error):
    """Edges of the time it holds."""
    file_bytes = issue_authority(terms, issuer)
    if error is None:
        check(file_bytes, now=moment)
        return
    with pytest.raises(error, match="order-12"):
        check(file_bytes, now=moment)


def test_another_issuer_is_refused(terms, check, seeded):
    """The pinned key decides, not the key that the file names."""
    with pytest.raises(AuthoritySignatureError):
        check(issue_authority(terms, generate_signing_key(seeded("impostor"))))


def test_another_device_is_refused(terms, issuer, check):
    """A device is its key, not its name."""
    with pytest.raises(ForeignDeviceError):
        check(issue_authority(terms, issuer), device_key=bytes(32))


@pytest.mark.parametrize("account", ["", "Kim", "partner", "kim "])
def test_an_account_that_is_not_named_is_refused(terms, issuer, check, account):
    """Other people's accounts are not watched; the hint says which are."""
    with pytest.raises(ForeignAccountError) as refused:
        check(issue_authority(terms, issuer), account=account)
    assert "kim, kim.work" in refused.value.hint


def test_an_edited_file_is_refused(terms, issuer, check):
    """Every change to the file is a bad signature or a bad form: a sample of one byte in each seven."""
    file_bytes = issue_authority(terms, issuer)
    for position in range(0, len(file_bytes), 7):
        edited = bytearray(file_bytes)
        edited[position] ^= 1
        with pytest.raises((AuthoritySignatureError, AuthorityFormatError)):
            check(bytes(edited))


def test_a_withdrawn_authority_is_refused(terms, issuer, check):
    """Consent taken back ends it at once, whatever the clock says; another authority's withdrawal does not."""
    file_bytes = issue_authority(terms, issuer)
    mine = Withdrawal(check(file_bytes).digest, START + timedelta(days=30), "consent withdrawn")
    with pytest.raises(WithdrawnError):
        check(file_bytes, withdrawal=issue_withdrawal(mine, issuer))
    other = replace(mine, authority="0" * 64)
    check(file_bytes, withdrawal=issue_withdrawal(other, issuer))


def test_a_forged_withdrawal_is_refused(terms, issuer, check, seeded):
    """Not even an authority's own signature serves: the two kinds of statement cannot be exchanged."""
    mine = Withdrawal("0" * 64, START, "")
    with pytest.raises(SignatureError):
        check_withdrawal(issue_withdrawal(mine, generate_signing_key(seeded("x"))), issuer_key=verifying_key(issuer))
    with pytest.raises(FormatError, match="withdrawal"):
        check_withdrawal(issue_authority(terms, issuer), issuer_key=verifying_key(issuer))
    with pytest.raises(AuthorityFormatError):
        check(issue_withdrawal(mine, issuer))


@pytest.mark.parametrize(
    ("place", "change"),
    [
        ("not_after", {"not_after": START}),
        ("not_after", {"not_after": START + timedelta(days=366, milliseconds=1)}),
        ("accounts", {"accounts": ()}),
        ("accounts", {"accounts": ("kim", "kim")}),
        ("sources", {"sources": ()}),
        ("libraries", {"libraries": ()}),
        ("libraries", {"libraries": (PermittedLibrary("weapons", "9"),)}),
        ("libraries", {"libraries": (PermittedLibrary("weapons", "4"),) * 2}),
        ("conditions", {"conditions": (Condition("4", "a"), Condition("4", "b"))}),
        ("recipients", {"recipients": ()}),
        ("recipients", {"recipients": (NamedRecipient(bytes(31) + b"1", Role.RECOVERY),)}),
        ("recipients", {"recipients": (NamedRecipient(b"1" * 32, Role.CASE), NamedRecipient(b"1" * 1216, Role.CASE))}),
        ("recipients", {"recipients": (NamedRecipient(b"1" * 32, Role.CASE),) * 2}),
        ("key", {"recipients": (NamedRecipient(b"1" * 31, Role.CASE),)}),
        ("device_key", {"device_key": b""}),
        ("notice", {"notice": ""}),
        ("contact", {"contact": ""}),
        ("case", {"case": "a b"}),
    ],
)
def test_terms_without_sense_are_not_issued(terms, issuer, place, change):
    """Each row is one thing that no authority may lack or say; the longest life is 366 days."""
    with pytest.raises(FormatError, match=place):
        issue_authority(replace(terms, **change), issuer)


def test_the_longest_life_is_allowed(terms, issuer, check):
    """366 days: a year that has a leap day."""
    check(issue_authority(replace(terms, not_after=START + timedelta(days=366)), issuer))


def test_unknown_terms_are_refused(terms, issuer, check):
    """A permission that this version does not understand is none."""
    value = json.loads(terms.to_bytes()) | {"covert": True}
    payload = json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
    with pytest.raises(AuthorityFormatError, match=r"authority\.covert: unknown field"):
        check(sign_statement(payload, issuer))


def test_recipients_may_be_of_the_second_suite(terms, issuer, check, seeded):
    """An authority decides which suite its captures are sealed with."""
    strong = (NamedRecipient(OpeningKey.generate(seeded("case"), Suite.X_WING).public, Role.CASE),)
    assert check(issue_authority(replace(terms, recipients=strong), issuer)).terms.recipients == strong

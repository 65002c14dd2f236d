"""The envelope: what is sealed opens, for the recipients only, unaltered only."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.envelope import (
    HEAD_LIMIT,
    Part,
    Recipient,
    head_length,
    open_all,
    open_part,
    parse,
    part_bytes,
    seal,
    verify,
    verify_parts,
)
from evidence.errors import (
    DigestError,
    EvidenceError,
    FormatError,
    NotARecipientError,
    SignatureError,
    UsageError,
)
from evidence.keys import OpeningKey, generate_signing_key, verifying_key
from evidence.suite import Suite

PARTS = (Part("meta", b"words"), Part("thumb", b"t" * 700), Part("frame-0", b"f" * 5000))


def test_each_recipient_opens_every_part(world):
    """Case key and recovery key both open what was sealed, in stored order."""
    sealed = world.seal(*PARTS)
    head = parse(sealed.envelope)
    verify(head, world.device_public)
    for key in (world.case_key, world.recovery_key):
        assert list(open_all(head, key, sealed.envelope).items()) == [(part.name, part.data) for part in PARTS]


def test_the_head_alone_opens_a_part_that_was_fetched_alone(world):
    """A gallery needs the head and the thumbnail, not the frames."""
    sealed = world.seal(*PARTS)
    head = parse(sealed.envelope[: sealed.head_length])
    verify(head, world.device_public)
    thumb = part_bytes(parse(sealed.envelope), sealed.envelope, "thumb")
    assert open_part(head, world.case_key, "thumb", thumb) == b"t" * 700


def test_another_key_does_not_open(world):
    """The message names the keys that would."""
    sealed = world.seal(*PARTS)
    stranger = OpeningKey.generate(world.entropy, world.suite)
    with pytest.raises(NotARecipientError, match=world.case_key.id):
        open_all(parse(sealed.envelope), stranger, sealed.envelope)


def test_a_key_of_the_other_suite_does_not_open(world):
    """Suites do not mix."""
    sealed = world.seal(*PARTS)
    other = Suite.X_WING if world.suite is Suite.X25519 else Suite.X25519
    with pytest.raises(NotARecipientError):
        open_all(parse(sealed.envelope), OpeningKey.load(world.case_key.secret, other), sealed.envelope)


def test_another_device_did_not_sign(world):
    """The signature is checked against the key that the caller trusts, not one in the file."""
    head = parse(world.seal().envelope)
    with pytest.raises(SignatureError):
        verify(head, verifying_key(generate_signing_key(world.entropy)))


def test_parts_do_not_move_between_envelopes_or_places(world):
    """A ciphertext of another record, or of another part, is not the one that was signed."""
    one, two = world.seal(*PARTS), world.seal(*PARTS)
    foreign = part_bytes(parse(two.envelope), two.envelope, "meta")
    with pytest.raises(DigestError):
        open_part(parse(one.envelope), world.case_key, "meta", foreign)
    with pytest.raises(DigestError):
        open_part(parse(one.envelope), world.case_key, "thumb", part_bytes(parse(one.envelope), one.envelope, "meta"))


def test_nothing_of_the_content_is_in_the_clear(world):
    """Neither the file nor any repr shows a marker word."""
    marker = b"marker-word-4711"
    sealed = world.seal(Part("meta", marker * 20))
    head = parse(sealed.envelope)
    assert marker not in sealed.envelope
    shown = repr((sealed, head, world.case_key, Part("meta", marker))).encode()
    assert marker not in shown
    assert world.case_key.secret not in shown
    assert repr(world.case_key.secret).encode() not in shown


def test_sizes_tell_little(world):
    """Two texts of similar length give parts of one size."""
    sizes = {
        parse(world.seal(Part("meta", b"x" * n)).envelope).header.manifest.parts[0].size for n in range(1001, 1020)
    }
    assert len(sizes) == 1


def test_the_head_length_is_known_from_the_first_bytes(world):
    """A reader asks for little, then for exactly the head."""
    sealed = world.seal(*PARTS)
    assert head_length(sealed.envelope[:11]) is None
    known = [head_length(sealed.envelope[:n]) for n in range(0, sealed.head_length, 7)]
    assert set(known) == {None, sealed.head_length}
    assert sealed.head_length <= HEAD_LIMIT


@pytest.mark.parametrize("cut", [0, 1, 7, 8, 11, 12, 500, -65, -1])
def test_a_cut_file_is_refused(simple, cut):
    """Every prefix of an envelope is either its head or no envelope."""
    sealed = simple.seal(*PARTS)
    end = cut if cut >= 0 else sealed.head_length + cut
    with pytest.raises(FormatError):
        parse(sealed.envelope[:end])


def test_more_bytes_than_listed_are_refused(simple):
    """Nothing may follow the last part."""
    sealed = simple.seal(*PARTS)
    with pytest.raises(FormatError, match="bytes instead of"):
        parse(sealed.envelope + b"\0")
    with pytest.raises(FormatError):
        verify_parts(parse(sealed.envelope), sealed.envelope + b"\0")


@pytest.mark.parametrize(
    "changes",
    [
        {"severity": 6}, {"severity": -1}, {"seq": -1}, {"seq": 1}, {"seq": 2**53}, {"prev": "1" * 64}, {"prev": "x"},
        {"case": ""}, {"case": "a/b"}, {"case": "c" * 65}, {"device": "dévice"}, {"authority": "00"}, {"group": "XYZ"},
        {"monotonic_ns": -1}, {"monotonic_ns": 10**19}, {"boot": ""}, {"agent": " "},
    ],
)  # fmt: skip
def test_fields_outside_the_format_are_not_sealed(simple, changes):
    """A device cannot write what nobody could read; the message names the field."""
    with pytest.raises(FormatError, match=r"header\.context\."):
        simple.seal(**changes)


@pytest.mark.parametrize("names", [(), ("Meta",), ("a/b",), ("",), ("x" * 33,), ("meta", "meta"), ("é",)])
def test_part_names_outside_the_format_are_not_sealed(simple, names):
    """Names are short, lower-case and distinct, and there is at least one part."""
    parts = [Part(name, b"x") for name in names]
    with pytest.raises(FormatError):
        seal(simple.fields(), parts, simple.recipients, simple.device_key, entropy=simple.entropy)


def test_sealing_to_nobody_is_refused(simple):
    """An empty list of recipients is a mistake, never a pass."""
    with pytest.raises(UsageError, match="recipients"):
        seal(simple.fields(), PARTS, [], simple.device_key, entropy=simple.entropy)


def test_keys_of_two_suites_are_refused(simple):
    """The weaker would decide for both."""
    strong = OpeningKey.generate(simple.entropy, Suite.X_WING)
    recipients = [*simple.recipients, Recipient(strong.public)]
    with pytest.raises(UsageError, match="one suite"):
        seal(simple.fields(), PARTS, recipients, simple.device_key, entropy=simple.entropy)


@pytest.mark.parametrize("public", [b"", bytes(31), bytes(33), bytes(32), bytes(1216)], ids=len)
def test_unusable_public_keys_are_refused(simple, public):
    """Wrong sizes, and the point from which everybody gets the same secret."""
    with pytest.raises(UsageError):
        seal(simple.fields(), PARTS, [Recipient(public)], simple.device_key, entropy=simple.entropy)


def test_one_recipient_twice_is_refused(simple):
    """Each key is listed once."""
    recipients = [simple.recipients[0], simple.recipients[0]]
    with pytest.raises(FormatError, match="twice"):
        seal(simple.fields(), PARTS, recipients, simple.device_key, entropy=simple.entropy)


@settings(max_examples=60)
@given(data=st.binary(max_size=3000), position=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_anywhere_never_opens(simple, data, position, bit):
    """A sample over sizes; test_bit_flips.py goes through every bit of a small envelope."""
    envelope = bytearray(simple.seal(Part("meta", data)).envelope)
    envelope[int(position * len(envelope))] ^= 1 << bit
    with pytest.raises(EvidenceError):
        check_everything(bytes(envelope), simple)


def check_everything(envelope, world):
    """Do what a careful reader does."""
    head = parse(envelope)
    verify(head, world.device_public)
    open_all(head, world.case_key, envelope)


def test_a_part_may_be_empty_and_order_is_kept(simple):
    """Zero bytes are something that can be sealed."""
    sealed = simple.seal(Part("meta", b""), Part("a", b"1"), Part("b", b"2"))
    opened = open_all(parse(sealed.envelope), simple.case_key, sealed.envelope)
    assert opened == {"meta": b"", "a": b"1", "b": b"2"}


def test_two_seals_of_one_thing_share_nothing(simple):
    """Content keys and encapsulations are fresh: equal content does not show."""
    parts = [parse(simple.seal().envelope) for _ in range(2)]
    assert parts[0].stanzas != parts[1].stanzas
    assert parts[0].header.manifest.parts[0].sha256 != parts[1].header.manifest.parts[0].sha256


def test_header_fields_come_back_as_they_were_given(world):
    """Reading gives the value that was sealed."""
    fields = world.fields(group="ab12", seq=4, prev="a" * 64)
    sealed = seal(fields, PARTS, world.recipients, world.device_key, entropy=world.entropy)
    assert parse(sealed.envelope).header.context.fields == replace(fields)

"""Canonical JSON: one value, one spelling."""

import json
import time
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence import canonical
from evidence.errors import FormatError
from evidence.fields import format_time

SURROGATES = {"min_codepoint": 0xD800, "max_codepoint": 0xDFFF}
texts = st.text(st.characters(exclude_categories=["Cs"]))
names = st.from_regex(r"[A-Za-z0-9_.-]{1,64}", fullmatch=True)
scalars = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts


def nested(depth):
    """Build values no deeper than the format allows."""
    if depth == 0:
        return scalars
    inner = st.deferred(lambda: nested(depth - 1))
    return scalars | st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3)


values = nested(4)


@given(values)
def test_what_is_written_is_read_back(value):
    """Every value survives, and its spelling is ASCII that any JSON reader understands."""
    data = canonical.encode(value)
    assert data.isascii()
    assert canonical.decode(data, place="value", limit=10**6) == value == json.loads(data)


@given(st.binary(max_size=200))
def test_noise_is_refused_or_is_canonical(data):
    """The decoder never fails in another way, and whatever it accepts has exactly that spelling."""
    try:
        value = canonical.decode(data, place="value", limit=200)
    except FormatError:
        return
    assert canonical.encode(value) == data


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"b":1,"a":2}', "keys unsorted"),
        (b'{"a": 1}', "white space"),
        (b'{"a":1}\n', "a newline at the end"),
        (b'{"a":1,"a":1}', "a key twice"),
        (b'"\xc3\xa9"', "not ASCII"),
        (b'"\\u00E9"', "hex digits in capitals"),
        (b'"\\u0041"', "an escape that is not needed"),
        (b'"\\/"', "an escape that is not needed"),
        (b"1.0", "a float"),
        (b"1e3", "a float"),
        (b"-0", "minus zero"),
        (b"NaN", "not a number"),
        (b"9007199254740992", "2^53"),
        (b"-9007199254740992", "-2^53"),
        (b"1" * 5000, "more digits than Python reads"),
        (b'"\\ud800"', "half of a surrogate pair"),
        (b"[" * 10 + b"]" * 10, "nested ten deep"),
        (b"[" * 100_000, "nested past the recursion limit"),
        (b'{"a b":1}', "a space in a key"),
        (b'{"":1}', "an empty key"),
        (b"", "nothing"),
        (b"{}{}", "two values"),
        (b"\xef\xbb\xbf{}", "a byte order mark"),
    ],
)
def test_other_spellings_are_refused(data, reason):
    """Each row is JSON to somebody, and is not canonical."""
    with pytest.raises(FormatError, match=r"^place"):
        canonical.decode(data, place="place", limit=10**6)


@pytest.mark.parametrize("number", [2**53 - 1, -(2**53) + 1, 0, -1])
def test_the_largest_integers_that_every_reader_keeps_are_allowed(number):
    """The edges of the range are inside."""
    assert canonical.decode(canonical.encode(number), place="n", limit=20) == number


def test_the_limit_counts_bytes():
    """A value of exactly the limit is read, one byte more is refused."""
    data = canonical.encode("x" * 8)
    assert canonical.decode(data, place="value", limit=10) == "x" * 8
    with pytest.raises(FormatError, match="10 bytes, more than the 9 allowed"):
        canonical.decode(data, place="value", limit=9)


@pytest.mark.parametrize("value", [1.5, b"bytes", {"a": {1, 2}}, {1: 2}, "\udc80"])
def test_what_has_no_spelling_is_refused(value):
    """Floats, bytes, sets, keys that are no strings and lone surrogates cannot be written."""
    with pytest.raises(FormatError):
        canonical.encode(value)


@given(st.text(st.characters() | st.characters(**SURROGATES)))
def test_lone_surrogates_are_replaced_one_for_one(text):
    """Offsets into the text stay true."""
    cleaned = canonical.without_lone_surrogates({"t": [text]})["t"][0]
    assert len(cleaned) == len(text)
    canonical.encode(cleaned)


def test_a_moment_of_another_zone_is_spelled_in_utc(monkeypatch):
    """Wherever the computer is."""
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    try:
        moment = datetime(2026, 6, 1, 12, tzinfo=timezone(timedelta(hours=2)))
        assert format_time(moment) == "2026-06-01T10:00:00.000Z"
    finally:
        monkeypatch.undo()
        time.tzset()

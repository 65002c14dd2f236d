"""Bytes that no writer made: noise, and good input with bytes changed, cut, doubled or put in, and values exchanged."""

import re

from hypothesis import strategies as st

SIGNS = b"\0\n\r\t \"'{}[](),:;=<>&%\\/-+.0919azAZ\xff\xfe\xef\xbb\xbf\xc3\x28"

VALUE = re.compile(rb'"[^"\n]*"|\'[^\'\n]*\'|-?\d+(?:\.\d+)?|true|false|null')
VALUES = (b'"x"', b'""', b"0", b"-1", b"1.5", b"99999999999999999999", b"1e999", b"true", b"null", b"[]", b"[1]", b"{}",
          b'["a","a"]', b"nan", b"2026-01-01")  # fmt: skip
"""What may stand in place of a value in JSON or TOML: most of these are of another type."""


@st.composite
def damaged(draw: st.DrawFn, good: bytes) -> bytes:
    """Return good input with up to four changes."""
    data = bytearray(good)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        match draw(st.integers(0, 7)):
            case 0:
                data[at : at + 1] = draw(st.binary(min_size=1, max_size=1))
            case 1:
                del data[at : at + draw(st.integers(1, 40))]
            case 2:
                data[at:at] = draw(st.binary(min_size=1, max_size=20))
            case 3:
                data[at:at] = data[at : at + draw(st.integers(1, 60))]
            case 4:
                data[at : at + 1] = bytes([draw(st.sampled_from(SIGNS))])
            case 5:
                data = data[:at]
            case _:
                places = [found.span() for found in VALUE.finditer(data)]
                if places:
                    begin, end = draw(st.sampled_from(places))
                    data[begin:end] = draw(st.sampled_from(VALUES))
    return bytes(data)


def input_like(good: bytes) -> st.SearchStrategy[bytes]:
    """Return noise of three kinds: bytes, text, and damaged good input."""
    return st.one_of(st.binary(max_size=400), damaged(good), damaged(good), st.text(max_size=200).map(str.encode))

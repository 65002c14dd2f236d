"""Members of a JSON array are read as json reads them, wherever the blocks of the file end."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from overt.evaluation.json_arrays import Form, form_of, read_members
from overt.evaluation.sources import SourceError

PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('a]",', max_size=3), inner)
)


def blocks(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


@example([0.5], 1, None, False)
@example([1e30, -1.5e-7], 1, None, False)
@given(st.lists(VALUES, max_size=6), st.integers(1, 12), st.sampled_from([None, 1]), st.booleans())
def test_members_are_what_json_reads(values: list[Any], size: int, indent: int | None, as_is: bool) -> None:
    """Any values, laid out in any way, in blocks that cut through letters, numbers and marks."""
    data = json.dumps(values, indent=indent, ensure_ascii=not as_is).encode("utf-8", "surrogatepass")
    found = list(read_members(blocks(data, size)))
    assert [json.loads(one) for one in found] == json.loads(data.decode("utf-8", "surrogatepass"))
    assert not any(b"\n" in one for one in found)


@given(st.lists(VALUES, min_size=1, max_size=4), st.data())
def test_one_that_is_cut_short_is_told(values: list[Any], data: st.DataObject) -> None:
    """What stands before the cut was read; none is made up."""
    whole = json.dumps(values).encode()
    cut = whole[: data.draw(st.integers(1, len(whole) - 1))]
    found = []
    with pytest.raises(SourceError, match="cut short"):
        found.extend(json.loads(one) for one in read_members([cut]))
    assert found == values[: len(found)]


@pytest.mark.parametrize(
    ("start", "form"),
    [
        (b'\xef\xbb\xbf [\n {"text": "a"}]', Form.ARRAY),
        (b'["a", "b"]', Form.ARRAY),
        (b"[1, 2]", Form.WHOLE),
        (b"[]", Form.WHOLE),
        (b'{"text": "a"}\n{"text": "b"}\n', Form.LINES),
        (b'{"text": "a"}\n', Form.WHOLE),
        (b'{\n{"text": "a"}\n', Form.WHOLE),
        (b"", Form.WHOLE),
    ],
)
def test_the_beginning_tells_the_form(start: bytes, form: Form) -> None:
    """An array of records or texts, a record a line; anything else is one document, as it was written."""
    assert form_of(start) is form

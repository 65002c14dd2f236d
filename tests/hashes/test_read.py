"""Every form of list gives its hashes; every mistake is told with its file, its line and what to do."""

import json

import pytest

from overt.hashes_errors import HashSetError
from overt.hashes_read import ListFormat, Row, Skipped, guess, rows
from overt.hashes_set import Kind

PDQ = "8c629e779a663698b9a33866c026726c21a679f61eb6e1f8c79ba7e23c8299e0"
MD5, SHA1, SHA256 = "a" * 32, "b" * 40, "c" * 64


def told(tmp_path, text, kind=None, form=None):
    path = tmp_path / "list"
    path.write_text(text, encoding="utf-8")
    return list(rows(path, form or guess(path), kind, lambda done: None))


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (f"{PDQ},100\n", ListFormat.PDQ),
        (f"{MD5}\n", ListFormat.PLAIN),
        (f"name,MD5,category\nx,{MD5},2\n", ListFormat.CSV),
        (f'\ufeff"SHA-1","MD5","CRC32","FileName","FileSize","ProductCode"\n"{SHA1}"\n', ListFormat.NSRL),
        ('{"value": [{"Media": []}]}', ListFormat.VICS),
    ],
)
def test_the_form_is_found_out(tmp_path, text, form):
    """By the first characters."""
    path = tmp_path / "list"
    path.write_text(text, encoding="utf-8")
    assert guess(path) is form


def test_pdq_csv(tmp_path):
    """With a line of names or without, with more cells or fewer."""
    found = told(tmp_path, f"hash,quality\n{PDQ},77,x\n{PDQ}\n", form=ListFormat.PDQ)
    assert [(row.kind, row.quality) for row in found] == [(Kind.PDQ, 77), (Kind.PDQ, 100)]


def test_plain(tmp_path):
    """Comments and empty lines are passed over; the length says the kind."""
    found = told(tmp_path, f"# a list\n\n{MD5}\n {SHA1.upper()} \n")
    assert [row.kind for row in found] == [Kind.MD5, Kind.SHA1]


def test_tables(tmp_path):
    """Several hashes a line, empty cells, a category; NSRL is such a table."""
    found = told(tmp_path, f'MD5,"SHA1",Category\n{MD5},{SHA1},two\n,{SHA1},\n')
    assert [(row.kind, row.category) for row in found] == [(Kind.MD5, "two"), (Kind.SHA1, "two"), (Kind.SHA1, "")]
    nsrl = told(tmp_path, f'"SHA-1","MD5","CRC32","FileName","ProductCode"\n"{SHA1}","{MD5}","00","a, b","1"\n')
    assert [row.kind for row in nsrl] == [Kind.SHA1, Kind.MD5]


VICS = [
    {"MediaID": 1, "Category": 2, "MD5": MD5, "SHA1": SHA1, "MediaSize": "9", "IsSuspected": "True"},
    {"MediaID": 2, "Category": None, "MD5": MD5, "MediaSize": 5},
    {"MediaID": 3, "Category": 1, "MD5": MD5},
    {"MediaID": 4, "Category": 1, "MD5": MD5, "MediaSize": "0"},
]


@pytest.mark.parametrize(
    "wrap", [lambda m: {"value": [{"CaseID": "x", "Media": m}]}, lambda m: {"Media": m}, lambda m: m]
)
@pytest.mark.parametrize("indent", [None, 2])
def test_vics(tmp_path, wrap, indent):
    """String sizes, null categories; MD5 only beside a size or a SHA-1; files of no bytes are left out."""
    found = told(tmp_path, json.dumps(wrap(VICS), indent=indent))
    taken = [(row.kind, row.category) for row in found if isinstance(row, Row)]
    assert taken == [(Kind.SHA1, "2"), (Kind.MD5, "2"), (Kind.MD5, "")]
    assert [row.line for row in found if isinstance(row, Skipped)] == [3, 4]


def test_vics_streams_over_blocks(tmp_path):
    """Entries that lie across the blocks in which the file is read, with letters of several bytes."""
    media = [{"MD5": f"{i:032x}", "MediaSize": 1, "Name": "é" * 300} for i in range(8000)]
    found = told(tmp_path, json.dumps({"Media": media}, ensure_ascii=False))
    assert [row.value for row in found] == [i.to_bytes(16, "big") for i in range(8000)]


@pytest.mark.parametrize(
    ("text", "kind", "form", "message"),
    [
        (f"{MD5}\nnothex\n", None, None, "list:2: 6 characters are no hash"),
        (SHA256, None, None, "list:1: 64 characters are no hash we know: give --kind"),
        (f"{MD5}\n{'g' * 32}\n", None, None, "list:2: expected 32 hexadecimal digits of a md5"),
        (f"{PDQ},101\n", None, ListFormat.PDQ, "list:1: the second cell"),
        (f"{PDQ},100\n{PDQ[:-1]},100\n", None, ListFormat.PDQ, "list:2: expected 64"),
        ("a,b\n1,2\n", None, ListFormat.CSV, "list:1: no column"),
        ('{"Media": [{"MD5": "aa', None, None, "broken JSON, cut off"),
        ('{"Other": []}', None, None, "without a Media array"),
        ("x" * 1_000_001, None, None, "list:1: a line of more than"),
        ("", None, ListFormat.CSV, "list:1: no column"),
    ],
)
def test_mistakes(tmp_path, text, kind, form, message):
    """The place, what was expected."""
    with pytest.raises(HashSetError) as caught:
        told(tmp_path, text, kind, form)
    assert message in str(caught.value)

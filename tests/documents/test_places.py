"""Every character of every piece is found again at its line and column of the file."""

import csv
import html
import io
import json
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.documents.piece import FieldKind
from engine.documents.plain import read_plain
from engine.documents.read import Options
from tests.documents.helpers import read_all, source_from

TOKENS = [
    "abc",
    "é",
    "ß",
    "中",
    "😀",
    "&",
    "<",
    ">",
    '"',
    "'",
    ",",
    ";",
    "=",
    "\\",
    "/",
    " ",
    "\n",
    "\r\n",
    "\t",
    "&amp;",
]
WORDS = st.lists(st.sampled_from(TOKENS), max_size=40).map("".join)
TYPICAL = 'Café & <b> said "hi", \\o/ 😀\nsecond line = x'


def check_exact(source: str, text: str, places: object, written: dict[str, tuple[str, ...]]) -> None:
    """Each character stands at its place, as itself or in one of the ways it may be written."""
    for offset, char in enumerate(text):
        found = source_from(source, places.at(offset))
        ways = (char, *written.get(char, ()))
        assert found.startswith(ways), (offset, char, found[:12])


@given(st.text(st.sampled_from("ab é😀\n\r\u2028\f"), max_size=80))
def test_plain_text(text: str) -> None:
    """Lines end at \\n, \\r\\n and \\r, columns count characters; a mark at the start is not counted."""
    for piece in read_all(b"\xef\xbb\xbf" + text.encode(), "a.txt").pieces:
        assert piece.text == text
        check_exact(text, text, piece.places, {})


@pytest.mark.parametrize("gap", ["\n\n", "\n", "\r\n", " ", "", "\r\n\r\n", "\r"])
@given(st.lists(st.text(st.sampled_from("abé"), min_size=1, max_size=30), max_size=30), st.integers(1, 50))
@settings(max_examples=40)
def test_long_text_is_cut_so_that_every_offset_is_owned_once(gap: str, words: list[str], step: int) -> None:
    """Pieces of a long text overlap only where no blank line is; what they own is the text, once, in order."""
    text = gap.join(words)
    blocks = [text[at : at + step] for at in range(0, len(text), step)]
    owned: list[str] = []
    for piece in read_plain(blocks, block=40, lap=10):
        owned.append(piece.text[piece.own.start : piece.own.stop])
        for offset in piece.own:
            if offset < len(piece.text):
                assert source_from(text, piece.places.at(offset)).startswith(piece.text[offset:])
    assert "".join(owned) == text


def test_a_cut_text_shows_each_finding_its_surroundings() -> None:
    """Where a piece begins without a blank line before it, it begins early enough to hold the words before."""
    text = " ".join(f"word{n}" for n in range(400))
    pieces = list(read_plain([text], block=500, lap=100))
    assert len(pieces) > 3
    assert all(piece.own.start >= 90 for piece in pieces[1:])
    assert all(len(piece.text) >= piece.own.stop + 90 for piece in pieces[:-1])


@given(WORDS, st.booleans())
def test_json_lines(text: str, ascii_only: bool) -> None:
    """Escapes, surrogate pairs and repeated keys do not shift the columns."""
    line = json.dumps(
        {"id": 'x"]},{', "meta": {"text": "no"}, "list": [[1, "a"], 2], "text": text}, ensure_ascii=ascii_only
    )
    source = "\n" + line + "\r\n"
    result = read_all(source.encode(), "a.jsonl")
    assert result.texts == [text]
    written = {char: (json.dumps(char)[1:-1], json.dumps(char, ensure_ascii=False)[1:-1]) for char in text}
    check_exact(source, text, result.pieces[0].places, written)


def test_json_lines_of_repeated_keys_and_lists() -> None:
    """The last of repeated keys counts, as in json; each string of a list is a piece."""
    source = '{"text": "one", "text": "two"}\n{"text": ["a", {"text": "no"}, "b"]}\n'
    result = read_all(source.encode(), "a.jsonl")
    assert result.texts == ["two", "a", "b"]
    for piece in result.pieces:
        assert source_from(source, piece.places.at(0)).startswith(piece.text + '"')


@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=4), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_tables(rows: list[tuple[str, str]], quoting: int) -> None:
    """Quotes, doubled quotes, delimiters and line ends inside cells do not shift lines and columns."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=quoting)
    writer.writerow(["number", "words", "others"])
    writer.writerows([str(number), *row] for number, row in enumerate(rows))
    source = out.getvalue()
    result = read_all(source.encode(), "a.csv", Options(format="csv"))
    wanted = [cell for number, row in enumerate(rows) for cell in (str(number), *row) if cell.strip()]
    assert result.texts == wanted
    for piece in result.pieces:
        check_exact(source, piece.text, piece.places, {'"': ('""',)})


@given(WORDS.filter(str.strip), st.booleans())
def test_html(text: str, named: bool) -> None:
    """Entities, tags, comments and line ends of any kind do not shift lines and columns."""
    encoded = html.escape(text) if named else "".join(f"&#{ord(c)};" if c in "&<>é😀" else c for c in text)
    source = f"<!DOCTYPE html>\r\n<title>x</title><p>a<!-- gun -->b</bogus>c {encoded}</p>\n<p>end"
    body = next(p for p in read_all(source.encode(), "a.html").pieces if p.kind is FieldKind.TEXT)
    written = {c: (html.escape(c), f"&#{ord(c)};") for c in text if c.strip()}
    written[" "] = (" ", "\n", "\r\n", "\t")
    written["\n"] = ("<p>", "</p>", "\n", "\r\n")
    start = body.text.index("abc ")
    check_exact(
        source,
        body.text[start : start + 4 + len(text.rstrip().replace("\r\n", "\n"))],
        _shifted(body.places, start),
        written,
    )
    assert source_from(source, body.places.at(body.text.index("end"))) == "end"


class _shifted:  # noqa: N801
    def __init__(self, places: object, by: int) -> None:
        self.places, self.by = places, by

    def at(self, offset: int) -> object:
        return self.places.at(offset + self.by)


@pytest.mark.parametrize("transfer", ["quoted-printable", "8bit", "7bit"])
def test_mail_bodies(transfer: str) -> None:
    """A body's characters stand at their place in the file, also through quoted-printable and soft line ends."""
    text = ("A long line that must be broken somewhere because it is long, " * 3 + TYPICAL + "\n") * 2
    text = text.encode("ascii", "ignore").decode() if transfer == "7bit" else text
    message = EmailMessage(policy=SMTP.clone(max_line_length=998))
    message["Subject"] = "plain words"
    message.set_content(text, cte=transfer)
    raw = message.as_bytes()
    source = raw.decode()
    body = next(p for p in read_all(raw, "a.eml").pieces if p.kind is FieldKind.TEXT)
    written = {char: "".join(f"={byte:02X}" for byte in char.encode()) for char in body.text}
    assert len(body.text.strip()) == len(text.strip().replace("\n", "\r\n"))
    for offset, char in enumerate(body.text):
        found = source_from(source, body.places.at(offset)).replace("=\r\n", "")
        assert found.startswith((char, written[char])), (offset, char, found[:20])


def test_mail_bodies_in_base64_count_inside_the_part() -> None:
    """There are no such lines in the file, and the place says so."""
    message = EmailMessage()
    message.set_content("one\ntwo gun\n", cte="base64")
    body = read_all(message.as_bytes(), "a.eml").pieces[0]
    place = body.places.at(body.text.index("gun"))
    assert (place.line, place.column, place.in_file) == (2, 5, False)

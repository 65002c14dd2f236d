"""What each reader gives out, what it leaves out, and what it says of broken files."""

import gzip
import itertools
import time
from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from engine.collection import paused
from engine.documents import archive
from engine.documents.errors import BrokenError, LockedError, NotTextError, OptionError, TooLargeError, UnreadableError
from engine.documents.formats import Format, recognise
from engine.documents.lines import read_lines
from engine.documents.mailbox import read_mailbox
from engine.documents.piece import FieldKind, Piece
from engine.documents.read import Options, read
from engine.documents.tables import TableOptions
from tests.documents.helpers import read_all
from tests.documents.makers import docx, paragraph, pdf, zipped

MARKER = "zzmarkerzz"


# --- HTML ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("<p>one<p>two", "one\ntwo"),
        ("wea<b>pon</b>s and wea<wbr>pon", "weapons and weapon"),
        ("one<br>two<hr>three", "one\ntwo\nthree"),
        ("<table><tr><td>a<td>b<tr><td>c</table>", "a\tb\nc"),
        ("<p hidden>no</p><p style='color:red; display: none'>no</p>yes", "yes"),
        ("<script>no()</script><style>no</style><template>no</template><noscript>no</noscript>yes", "yes"),
        ("<p>a\n  line\tbroken</p>", "a   line broken"),
        ("<pre>a\nline</pre>", "a\nline"),
        ("<svg><title>drawing</title></svg><title>Page</title>text", "drawing\ntext"),
    ],
)
def test_html_gives_what_a_person_sees(source: str, seen: str) -> None:
    """Inline tags do not break words; blocks, lines and cells do; hidden text is left out."""
    pieces = read_all(source.encode(), "a.html").pieces
    assert [piece.text.removesuffix("\n") for piece in pieces if piece.kind is FieldKind.TEXT] == [seen]


def test_html_gives_title_and_attributes_that_are_seen() -> None:
    """Alternative texts, values and placeholders are words on the screen; hidden values and passwords are not."""
    hidden = b"<input type=hidden value=h><input type=password value=s>"
    source = b"<title>T</title><img alt='pic'><input value=v placeholder=p>x" + hidden
    pieces = read_all(source, "a.html").pieces
    assert [(piece.kind.value, piece.text.strip()) for piece in pieces] == [
        ("title", "T"), ("text", "x"), ("attribute", "pic"), ("attribute", "v"), ("attribute", "p"),
    ]  # fmt: skip
    assert {piece.title for piece in pieces} == {"T"}


@pytest.mark.parametrize(
    "pattern", ["<", "<!--", "<a ", '<a x="', "<![CDATA[", "</", "&", "&#", "<b>", "<table>", "<p hidden>"]
)
def test_html_takes_no_more_time_than_it_should_on_hostile_pages(pattern: str) -> None:
    """Twice the page takes about twice the time."""

    def seconds(count: int) -> float:
        with paused():  # the collector would walk what other tests left
            start = time.process_time()
            read_all((pattern * count).encode(), "a.html")
            return time.process_time() - start

    seconds(100)
    small, large = seconds(2000), seconds(8000)
    assert large < 12 * small + 0.3


# --- mail ---------------------------------------------------------------------------------------------------------


def letter() -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = "Zoë's plan"
    message["From"] = "Zoë <zoe@example.org>"
    message["To"] = "bob@example.org"
    message.set_content("the body\n")
    return message


def test_mail_gives_subject_people_and_bodies() -> None:
    """Headers are decoded."""
    found = [(p.part.field, p.text.strip()) for p in read_all(letter().as_bytes(), "a.eml").pieces]
    assert found == [
        ("subject", "Zoë's plan"), ("from", "Zoë <zoe@example.org>"), ("to", "bob@example.org"), (None, "the body"),
    ]  # fmt: skip


def test_an_html_twin_is_read_once_and_a_different_one_twice() -> None:
    """What an HTML alternative says besides is not dropped."""
    message = letter()
    message.add_alternative("<p>the <b>body</b></p>", subtype="html")
    assert read_all(message.as_bytes(), "a.eml").texts[3:] == ["the body\n"]
    message = letter()
    message.add_alternative("<p>the other body</p>", subtype="html")
    assert read_all(message.as_bytes(), "a.eml").texts[3:] == ["the body\n", "the other body\n"]


def test_attachments_are_read_as_what_they_are() -> None:
    """By name and bytes; pictures are named as unread; a broken one does not stop the rest."""
    message = letter()
    message.add_attachment(b"a,b\n1,cell\n", maintype="application", subtype="octet-stream", filename="t.csv")
    message.add_attachment(pdf(["page text"]), maintype="application", subtype="pdf", filename="x.bin")
    message.add_attachment(
        b"%PDF-1.4 broken " + MARKER.encode(), maintype="application", subtype="pdf", filename="y.pdf"
    )
    message.add_attachment(b"\x89PNG\0\0", maintype="image", subtype="png", filename="p.png")
    inner = letter()
    inner.replace_header("Subject", "inner")
    message.add_attachment(inner)
    result = read_all(message.as_bytes(), "a.eml")
    assert {"1", "cell", "page text", "inner"} <= {text.strip() for text in result.texts}
    assert sorted(result.losses) == ["unread-part", "unreadable-part"]
    assert MARKER not in str(result.remarks)


def test_a_mailbox_is_read_message_by_message() -> None:
    """Positions count from the start of the file; 'From ' inside a paragraph begins no message."""
    one = b"From a@b Mon Jan  1 10:00:00 2024\nSubject: one\n\nbody\nFrom here to 2024\n\n"
    two = b"From c@d Mon Jan  1 10:00:00 2024\nSubject: two\n\nlast\n"
    result = read_all(one + two, "a.mbox", step=5)
    assert [(p.part.message, p.text.strip()) for p in result.pieces] == [
        (1, "one"), (1, "body\nFrom here to 2024"), (2, "two"), (2, "last"),
    ]  # fmt: skip
    assert result.pieces[-1].places.at(0).line == 10


def test_a_mailbox_is_streamed_and_a_huge_message_passed_over() -> None:
    """Memory is bounded by the limit, not by the mailbox."""

    def endless() -> Iterator[bytes]:
        for number in itertools.count():
            yield (
                f"From a@b Mon Jan  1 10:00:00 2024\nSubject: s{number}\n\n".encode()
                + b"x" * (3000 if number == 1 else 10)
                + b"\n\n"
            )

    found = list(itertools.islice(read_mailbox(endless(), lambda *_: iter(()), limit=1000), 5))
    assert [one.text.strip() if isinstance(one, Piece) else one.loss.value for one in found] == [
        "s0",
        "x" * 10,
        "too-long",
        "s2",
        "x" * 10,
    ]


# --- JSON Lines and tables ----------------------------------------------------------------------------------------


def test_json_lines_take_the_usual_field_or_the_one_named() -> None:
    """text, message, body, …; a path with dots; what has no such field is counted with its line."""
    data = b'{"id": 1, "message": "m", "a": {"b": "deep"}}\n\n"bare"\n{"no": 1}\n[1]\n'
    result = read_all(data, "a.jsonl")
    assert result.texts == ["m", "bare"]
    assert [(r.loss.value, r.line) for r in result.remarks] == [("missing-field", 4), ("missing-field", 5)]
    assert read_all(data, "a.jsonl", Options(field="a.b")).texts == ["deep"]


@pytest.mark.parametrize("line", [b'{"text": "' + MARKER.encode() + b'"', b"[" * 100_000, b"{'text': 1}", b"\xff{}"])
def test_broken_json_lines_are_counted_and_passed_over(line: bytes) -> None:
    """The next line is read; the remark names the line and not what it says."""
    result = read_all(b'{"text": "one"}\n' + line + b'\n{"text": "two"}\n', "a.jsonl", Options(encoding="utf-8"))
    assert result.texts == ["one", "two"]
    broken = [remark for remark in result.remarks if remark.loss == "broken-record"]
    assert [(remark.line, remark.serious) for remark in broken] == [(2, True)]
    assert MARKER not in str(broken)


def test_a_line_over_the_limit_is_marked_and_memory_stays_bounded() -> None:
    """The rest of the line is dropped, and the line says that it was cut."""
    blocks = ["ab", "c" * 50, "d" * 50, "e\n", "short\n", "f" * 11]
    assert [(line.number, len(line.text), line.cut) for line in read_lines(blocks, limit=10)] == [
        (1, 10, True), (2, 6, False), (3, 10, True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "name", "options", "texts"),
    [
        (b"id,text\n1,a\n2,b\n", "a.csv", TableOptions(columns=("text",)), ["a", "b"]),
        (b"id;text\n1;a, b\n2;c, d\n", "a.csv", TableOptions(columns=("2",)), ["a, b", "c, d"]),
        (b"id\ttext\n1\ta,b\n", "a.tsv", TableOptions(columns=("text",)), ["a,b"]),
        (b"1,a\n2,b\n", "a.csv", TableOptions(), ["1", "a", "2", "b"]),
        (b"id,text\n1,a\n", "a.csv", TableOptions(heading=False), ["id", "text", "1", "a"]),
        (b"text\n\na\n\nb\n", "a.csv", TableOptions(columns=("text",)), ["a", "b"]),
        (b'id,text\n1,"open\n2,b\n', "a.csv", TableOptions(columns=("text",)), ["open\n2,b\n"]),
    ],
)
def test_tables(data: bytes, name: str, options: TableOptions, texts: list[str]) -> None:
    """A column by name or number, or every cell; the delimiter and the heading are found."""
    assert read_all(data, name, Options(table=options)).texts == texts


def test_tables_name_row_and_column() -> None:
    """Rows count from 1 without the heading."""
    piece = read_all(b"id,text\n1,a\n2,b\n", "a.csv").pieces[-1]
    assert (piece.part.row, piece.part.field, piece.part.describe()) == (2, "text", "row 2, field text")


def test_a_short_row_is_counted_and_a_wrong_column_is_the_callers_mistake() -> None:
    """A row without the column is a loss; a table without it an error that does not repeat the heading."""
    result = read_all(b"id,text\n1\n2,b\n", "a.csv", Options(table=TableOptions(columns=("text",))))
    assert (result.texts, result.losses) == (["b"], ["missing-field"])
    with pytest.raises(OptionError, match="no column 'words'") as error:
        read_all(f"id,{MARKER}\n1,a\n".encode(), "a.csv", Options(table=TableOptions(columns=("words",))))
    assert MARKER not in str(error.value)


# --- PDF and word processor ---------------------------------------------------------------------------------------


def test_pdf_gives_pages_and_names_those_without_text() -> None:
    """A scanned page is not silently empty."""
    result = read_all(pdf(["first page", None, "third"]), "a.pdf")
    assert [(p.part.page, p.text.strip()) for p in result.pieces] == [(1, "first page"), (3, "third")]
    assert [(r.loss.value, r.count, r.part.page) for r in result.remarks] == [("no-text", 1, 2)]
    assert result.pieces[0].places.at(6).in_file is False


def test_word_gives_every_story() -> None:
    """Body, tables, text boxes, notes, comments, headers; tabs and line breaks kept; inserted and deleted text too."""
    body = (
        paragraph("wea", "pon")
        + "<w:tbl><w:tr><w:tc>" + paragraph("cell") + "</w:tc></w:tr></w:tbl>"
        + "<w:p><w:r><w:t>before</w:t><w:tab/><w:t>after</w:t><w:br/><w:delText>deleted</w:delText></w:r></w:p>"
        + "<w:p><w:r><w:pict><w:txbxContent>" + paragraph("boxed")
        + "</w:txbxContent></w:pict><w:t>around</w:t></w:r></w:p>"
        + "<w:p/>"
    )  # fmt: skip
    data = docx(body, footnotes=paragraph("foot"), comments=paragraph("said"), header1=paragraph("head"))
    pieces = read_all(data, "a.docx").pieces
    assert [(p.part.section, p.part.paragraph, p.text) for p in pieces] == [
        (None, 1, "weapon"), (None, 2, "cell"), (None, 3, "before\tafter\ndeleted"),
        (None, 5, "boxed"), (None, 4, "around"),
        ("comments", 1, "said"), ("footnotes", 1, "foot"), ("header1", 1, "head"),
    ]  # fmt: skip
    assert {piece.title for piece in pieces} == {"A title"}


@pytest.mark.parametrize(
    ("data", "name", "error"),
    [
        (b"%PDF-1.4\nnonsense", "a.pdf", BrokenError),
        (b"", "a.pdf", BrokenError),
        (pdf(["x"])[:200], "a.pdf", BrokenError),
        (b"PK\3\4nonsense", "a.docx", BrokenError),
        (docx(paragraph("x"))[:-40], "a.docx", BrokenError),
        (zipped({"word/document.xml": "<not closed"}), "a.docx", BrokenError),
        (zipped({"word/document.xml": "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"}), "a.docx", BrokenError),
        (zipped({"other.xml": "<a/>"}), "a.docx", BrokenError),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a.docx", LockedError),
        (b"\x1f\x8bnonsense", "a.gz", BrokenError),
        (gzip.compress(b"text" * 100, mtime=0)[:-20], "a.txt.gz", BrokenError),
        (b"no mailbox at all\n", "a.mbox", BrokenError),
        (b"\x89PNG\0\0", "a.txt", NotTextError),
    ],
)
def test_broken_files_are_named_errors(data: bytes, name: str, error: type[UnreadableError]) -> None:
    """No reader fails with anything but an error that says what and what to do."""
    with pytest.raises(error) as caught:
        read_all(data, name)
    assert caught.value.what
    assert caught.value.hint


@pytest.mark.parametrize("name", ["a.pdf", "a.docx", "a.eml", "a.mbox", "a.html", "a.jsonl", "a.csv", "a.zip", "a.gz"])
def test_damaged_files_never_crash(name: str) -> None:
    """Files cut or changed at many places are read in part or refused by name."""
    whole = {
        "a.pdf": pdf(["one", "two"]), "a.docx": docx(paragraph("one")), "a.eml": letter().as_bytes(),
        "a.mbox": b"From a Mon 2024\n" + letter().as_bytes(), "a.html": b"<p>one<b>two</p><img alt=x>",
        "a.zip": zipped({"a.txt": "one"}),
        "a.jsonl": b'{"text": "\\u00e9"}\n', "a.csv": b'a,b\n"x",y\n', "a.gz": gzip.compress(b"one"),
    }[name]  # fmt: skip
    for at in range(0, len(whole), max(1, len(whole) // 150)):
        for damaged in (whole[:at], whole[:at] + b"\xff" + whole[at + 1 :], whole[:at] + whole[at + 7 :]):
            try:
                result = read_all(damaged, name)
            except UnreadableError:
                continue
            for piece in result.pieces:
                piece.places.at(len(piece.text))


# --- packed files -------------------------------------------------------------------------------------------------


def test_packed_files_are_read_by_what_is_inside() -> None:
    """.gz keeps the name's first ending; zip members each by their own; unreadable members do not stop the rest."""
    assert read_all(gzip.compress(b'{"text": "one"}\n'), "a.jsonl.gz", step=3).texts == ["one"]
    two = gzip.compress(b"one ") + gzip.compress(b"two")
    assert read_all(two, "a.txt.gz").texts == ["one two"]
    packed = zipped(
        {"d/a.csv": "h,k\n1,cell\n", "p.png": b"\x89PNG\0\0", "x.pdf": b"%PDF-", "in.zip": zipped({"b.txt": "deep"})}
    )
    result = read_all(packed, "a.zip")
    assert [(p.part.entry, p.text) for p in result.pieces] == [
        ("d/a.csv", "1"),
        ("d/a.csv", "cell"),
        ("in.zip!b.txt", "deep"),
    ]
    assert sorted(result.losses) == ["unread-part", "unreadable-part"]


def test_bombs_are_refused() -> None:
    """What unpacks to too much, too many or too deep is refused before it is unpacked."""
    with pytest.raises(TooLargeError, match="times its size"):
        read_all(gzip.compress(b" " * 50_000_000), "a.txt.gz")
    bomb = zipped({"a.txt": b" " * 50_000_000})
    assert read_all(bomb, "a.zip").losses == ["unreadable-part"]
    nested = b"text"
    for _ in range(8):
        nested = gzip.compress(nested)
    with pytest.raises(TooLargeError, match="deep"):
        read_all(nested, "a.gz")


def test_the_unpacking_budget_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many members may not unpack to more than one may."""
    budget = archive.Budget(left=10)
    packed = archive.unpack_gzip([gzip.compress(b"12345678")], budget)
    assert b"".join(packed) == b"12345678"
    with pytest.raises(TooLargeError):
        list(archive.unpack_gzip([gzip.compress(b"12345678")], budget))


# --- which kind ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "name", "media_type", "kind"),
    [
        (b"%PDF-1.7", "a.txt", None, Format.PDF),
        (b"\x1f\x8b", None, None, Format.GZIP),
        (b"words", "a.MBOX", None, Format.MBOX),
        (b"From a@b Mon Jan 1", None, None, Format.MBOX),
        (b"From a@b Mon Jan 1", "a.txt", None, Format.TEXT),
        (b"  <!DOCTYPE HTML>", None, None, Format.HTML),
        (b"<html>", "notes", None, Format.HTML),
        (b"words", None, "text/csv", Format.CSV),
        (b"words", "a.unknown", None, Format.TEXT),
        (b"PK\3\4....[Content_Types].xml....word/document.xml", None, None, Format.DOCX),
        (b"PK\3\4....", "a.docx", None, Format.DOCX),
        (b"PK\3\4....", "a", None, Format.ZIP),
    ],
)
def test_the_kind_is_recognised(head: bytes, name: str | None, media_type: str | None, kind: Format) -> None:
    """Bytes that can be nothing else win; then the name; then the media type; then what the bytes look like."""
    assert recognise(head, name, media_type) is kind


def test_plain_text_and_lines_are_streamed() -> None:
    """Pieces come before the source ends, so that memory does not grow with the file."""

    def endless(block: bytes) -> Iterator[bytes]:
        return itertools.repeat(block)

    assert len(list(itertools.islice(read(endless(b"word " * 1000), "a.txt"), 3))) == 3
    assert len(list(itertools.islice(read(endless(b'{"text": "a"}\n'), "a.jsonl"), 3))) == 3
    assert len(list(itertools.islice(read(endless(b"a,b\n"), "a.csv"), 3))) == 3
    assert len(list(itertools.islice(read(endless(b"x" * 100_000), "a.txt"), 3))) == 3


def test_nothing_that_a_document_says_is_in_a_repr() -> None:
    """Pieces and remarks may be logged."""
    message = letter()
    message.replace_header("Subject", MARKER)
    message.add_attachment(
        f"{MARKER},b\n1,{MARKER}\n".encode(), maintype="text", subtype="csv", filename=f"{MARKER}.csv"
    )
    result = read_all(message.as_bytes(), "a.eml")
    assert any(MARKER in text for text in result.texts)
    assert MARKER not in repr(result.pieces)
    assert MARKER not in repr(result.remarks)

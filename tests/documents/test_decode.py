"""Bytes become text in the right encoding, and what cannot be decoded is counted."""

import codecs

import pytest

from engine.documents.decode import How, detect
from engine.documents.errors import NotTextError, OptionError
from engine.documents.read import Options
from tests.documents.helpers import read_all

POLISH = "Zażółć gęślą jaźń. Wczoraj kupiłem to od kolegi z Łodzi i będzie źle, jeśli ktoś się dowie."
RUSSIAN = "Привет, как дела? Встретимся завтра у старой мельницы, там никого не бывает после шести."


@pytest.mark.parametrize(
    ("text", "encoding", "read_as"),
    [
        ("plain", "ascii", "utf-8"),
        ("Café £5 – “so”", "utf-8", "utf-8"),
        ("Café £5", "utf-8-sig", "utf-8-sig"),
        ("Café £5", "utf-16", "utf-16"),
        ("Café 😀", "utf-32", "utf-32"),
        ("no mark, but plainly wide", "utf-16-le", "utf-16-le"),
        ("no mark, but plainly wide", "utf-16-be", "utf-16-be"),
        ("He paid £20", "cp1252", "cp1252"),
        ("Café au lait – naïve “quotes” for £5", "cp1252", "cp1252"),
        ("Fünf Mädchen über die Straße geführt – größer", "cp1252", "cp1252"),
        (POLISH, "cp1250", "cp1250"),
        (RUSSIAN, "cp1251", "cp1251"),
        (RUSSIAN, "koi8_r", "koi8_r"),
        ("你好，世界。我想请问哪里有卖这个东西的？谢谢您的帮助。", "gb18030", "gb18030"),
        ("これはテストです。どこで買えますか？ありがとう。", "cp932", "cp932"),
    ],
)
def test_the_encoding_is_found(text: str, encoding: str, read_as: str) -> None:
    """Marks first, then UTF-8, then what the bytes look like; even evidence goes to Western Windows."""
    data = text.encode(encoding)
    assert codecs.lookup(detect(data).name).name == codecs.lookup(read_as).name
    assert read_all(data, "a.txt").texts == [text]
    assert read_all(data, "a.txt", step=1).texts == [text]


def test_a_guess_is_said() -> None:
    """An old code page is a guess, and the report says so; UTF-8 is not."""
    assert read_all("He paid £20".encode("cp1252"), "a.txt").losses == ["guessed-encoding"]
    assert read_all("He paid £20".encode(), "a.txt").losses == []
    assert detect(b"a").how is How.VALID


def test_undecodable_bytes_are_counted_and_do_not_stop_reading() -> None:
    """After the sample anything may come: each bad byte is U+FFFD, counted; a U+FFFD that was written is not."""
    data = b"a" * 200_000 + b"\xff\xfe ok \xef\xbf\xbd \xe9\n"
    for step in (None, 1013, 7):
        result = read_all(data, "a.txt", step=step)
        assert "".join(result.texts).endswith("\ufffd\ufffd ok \ufffd \ufffd\n")
        assert [(r.loss.value, r.count) for r in result.remarks] == [("undecodable-bytes", 3)]


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", bytes(range(1, 32)) * 50, b"MZ\x90\0\3\0\0\0" * 9])
def test_what_is_no_text_is_refused_by_name(data: bytes) -> None:
    """Pictures and programs are not screened as if they were words."""
    with pytest.raises(NotTextError):
        read_all(data, "a.txt")


def test_the_caller_may_name_the_encoding() -> None:
    """The caller's word counts; a name that is none is his mistake."""
    assert read_all("Привет".encode("koi8_r"), "a.txt", Options(encoding="koi8-r")).texts == ["Привет"]
    for wrong in ("utf-99", "base64", "hex"):
        with pytest.raises(OptionError, match="no text encoding"):
            read_all(b"a", "a.txt", Options(encoding=wrong))


def test_nothing_is_read_of_nothing() -> None:
    """An empty file is a document without text, not an error."""
    assert read_all(b"", "a.txt").texts == []
    assert read_all(b"", None).losses == []

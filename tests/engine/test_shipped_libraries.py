"""Every example in every shipped library comes out as the library says."""

import pytest

import libraries
from engine.library import Library, compile_set, parse
from engine.library.selftest import self_test
from engine.text.screen import TextScreener
from tests.engine.kit import observe

SHIPPED = {name: parse(file.read_text("utf-8"), origin=f"{name}.toml") for name, file in libraries.shipped().items()}


def test_there_are_libraries() -> None:
    """A check over no libraries would prove nothing."""
    assert {"weapons", "drugs", "anonymity", "adult"} <= SHIPPED.keys()


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_examples_hold(name: str) -> None:
    """Hits fire, misses do not, and a file is named as its library."""
    library: Library = SHIPPED[name]
    result = self_test(library, together=SHIPPED.values())
    told = [f"{one.place} {one.term_id}: {one.text!r} {one.what}" for one in result.failures]
    assert not told
    assert result.examples or not library.terms
    assert library.library_id == name


# What officers reported (FIELD R1, R2): none of these is a capture, whatever libraries are loaded.
THESIS = [
    ("Trains to Essex, Sussex and Middlesex are late", "places that contain a word"),
    ("My solicitor has begun the claim", "words that contain a word"),
    ("A week in Torquay", "a town"),
    ("Night mum, love you xxx", "kisses"),
    ("see you at 7 xxx", "kisses"),
    ("Which model is the exhaust for?", "car parts"),
    ("Caught a carp at Gunthorpe", "fishing"),
]


@pytest.mark.parametrize(("text", "reason"), THESIS, ids=[reason for _, reason in THESIS])
def test_what_officers_suffered_from_does_not_fire(text: str, reason: str) -> None:
    """The words that drowned officers in false captures stay silent."""
    screener = TextScreener(compile_set(SHIPPED.values()))
    assert not screener.screen(observe(text)).findings, reason

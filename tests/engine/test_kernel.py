"""The compiled loops against their twins in numpy and against another matcher, on texts of every kind of character."""

import ctypes
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.library import LibrarySet, compile_set, parse
from engine.library.model import ALL_VIEWS
from engine.text import automaton, kernel
from engine.text.boundary import Collapsed
from engine.text.normalise import Normaliser, keep_all, keep_spaced
from engine.text.plain import KernelText, NumpyText, Pads, kernel_folder
from engine.text.scanner import Scanner
from engine.text.screen import TextScreener
from engine.text.views.sideways import SideViews
from tests.engine.kit import HEAD, observe, term

TERMS = ("gun", "weed", "tor browser", "strasse", "спайс", "нож", "escort", "sexy time", "pills", "añejo", "ﬁne")
LIBRARY = "".join(term(text, f'id = "t{index}"') for index, text in enumerate(TERMS))
PIECES = st.sampled_from(
    ["Gun", "w33d", "w e e d", "w-e e-d", "T0R browser", "TorBrowser", "#SexyTime", "Straße", "STRASSE", "w*ed",
     "s**y", "pppills", "ppills", "piills", "ww", "a b c d", "Wееd", "спайс", "НОЖ", "gun\u00ad", "g\u200bun", "ﬁne",
     "ﷺ", "ǅ", "İ", "\ud800", "😀", "e\u0301scort", "x86", "B2B", "@gun", "gun!", "$un", "  ", "\n\n", "…", "-",
     "\x01", "\0", "é", "ß"]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=4) | st.just(" "), max_size=60).map("".join) | st.text(max_size=200)


def library_set() -> LibrarySet:
    return compile_set([parse(HEAD + LIBRARY, origin="test.toml")])


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    """Return a scanner that uses the compiled loops; they are built where these tests run."""
    assert kernel.AVAILABLE, "the compiled loops were not built: is there a C compiler (gcc, libc6-dev)?"
    return Scanner(library_set().texts, keep_spaced, "kernel", ALL_VIEWS, compiled=True)


@settings(max_examples=400, deadline=None)
@given(text=TEXTS)
def test_both_fold_alike(scanner: Scanner, text: str) -> None:
    """The same view, and each byte of it comes from the same character."""
    numpy_text, kernel_text = NumpyText(text, scanner.normaliser), scanner.read(text)
    assert isinstance(kernel_text, KernelText)
    view = numpy_text.view if numpy_text.view.strip() else b" "
    assert kernel_text.view == view
    letters = [place for place in range(len(view)) if view[place] != 32]
    assert kernel_text.origins(letters) == numpy_text.origins(letters)
    kernel_text.close()


@settings(max_examples=400, deadline=None)
@given(text=TEXTS)
def test_both_find_the_same_through_views(scanner: Scanner, text: str) -> None:
    """Tokens that the compiled filter leaves out hold nothing; places and entries of the rest are equal."""
    side_views = SideViews(scanner, ALL_VIEWS)
    found = []
    for plain in (NumpyText(text, scanner.normaliser), scanner.read(text, scanner.filter_for(ALL_VIEWS))):
        hits = [*scanner.scan(text, plain), *side_views.find(text, plain, from_ocr=False, part=False)]
        found.append({(hit.start, hit.end, hit.entry.text.text, hit.entry.view) for hit in hits})
        plain.close()
    assert found[0] == found[1]


PATTERNS = st.lists(
    st.tuples(st.booleans(), st.text("ab ", min_size=1, max_size=12), st.booleans()), min_size=1, max_size=12
).map(
    lambda parts: sorted(
        {b" " * lead + " ".join(body.split()).encode() + b" " * trail for lead, body, trail in parts if body.strip()}
    )
)


@settings(max_examples=500, deadline=None)
@given(patterns=PATTERNS, text=st.text("ab ", max_size=60))
def test_the_dictionary_finds_what_an_automaton_finds(patterns: list[bytes], text: str) -> None:
    """Words, beginnings, ends, parts and phrases, few letters apart, so that they collide in every way."""
    view = b" " + b" ".join(text.encode().split()) + b" "
    expected = sorted(automaton.build(patterns, "pyahocorasick").find_overlapping(view)) if patterns else []
    assert sorted(map(tuple, automaton.build(patterns, "kernel").find_overlapping(view))) == expected


def test_more_matches_than_room_are_all_given() -> None:
    """The first room is small; a second call gets what did not fit."""
    view = b" " + b"aa " * 5000
    assert len(kernel.Dictionary([b" aa ", b"a"]).find(view)) == 15_000


def test_a_text_larger_than_any_room_before(scanner: Scanner) -> None:
    """Room is made as needed, also where each character folds to many."""
    text = "ﷺ" * 3000 + " gun"
    plain = scanner.read(text)
    (start, end, _, _), *others = plain.place(
        automaton.build([b" gun "], "kernel").find_overlapping(plain.view), Pads(*np.ones((2, 1), np.uint8))
    )
    assert (text[start:end], others) == ("gun", [])
    plain.close()


def test_threads_share_a_screener() -> None:
    """Memory in use belongs to one text: eight threads get what one gets."""
    screener, texts = TextScreener(library_set()), [f"{n} weed " * n + "gun" for n in range(200)]
    expected = [len(screener.hits(text)) for text in texts]
    results: list[list[int]] = [[] for _ in range(8)]

    def work(mine: list[int]) -> None:
        mine += [len(screener.hits(text)) for text in texts]

    threads = [threading.Thread(target=work, args=(mine,)) for mine in results]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 8


def test_without_the_library_everything_works() -> None:
    """Where nothing was built, numpy and another matcher do the work."""
    plain = TextScreener(library_set(), "pyahocorasick", compiled=False)
    assert [found.matched for found in plain.screen(observe("a gun, w33d and TorBrowser")).findings] == [
        "gun",
        "w33d",
        "TorBrowser",
    ]


def test_letters_that_fold_to_several_are_learned_a_block_at_a_time() -> None:
    """Of whatever block comes next, also where numpy met it before: all that were learned stay known."""
    normaliser = Normaliser(set(), keep_all)
    folder = kernel_folder(normaliser)
    texts = ["ﬁve straße", "ﷺ", "ĳs", "ﬁﬂ ĳ ß ﷺ"]
    normaliser.fold("ĳ")
    for text in texts:
        folding = folder.fold(text, None)
        assert folding.view == Collapsed(normaliser.fold(text).codes).view
        folding.close()


def test_the_library_says_its_version() -> None:
    """A library that was built from another source is not used."""
    assert ctypes.CDLL(kernel.LIBRARY._name).overt_kernel_version() == kernel.VERSION

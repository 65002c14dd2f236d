"""The engine against a slow second opinion, on texts of every kind of character: same places, whatever the matcher.

`OVERT_ORACLE_TEXTS=20000 pytest tests/engine/test_oracle.py` runs so many texts for each matcher (default 250).
"""

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.library import LibrarySet, compile_set, parse
from engine.text.automaton import BACK_ENDS
from engine.text.characters import fold_character
from engine.text.screen import TextScreener
from engine.verdict import Verdict
from tests.engine import oracle
from tests.engine.kit import HEAD, observe, screener_of, term

TEXTS = int(os.environ.get("OVERT_ORACLE_TEXTS", "250"))
LONG = TEXTS > 1000
THOROUGH = settings(
    max_examples=TEXTS,
    deadline=None,
    database=None,
    derandomize=not LONG,
    suppress_health_check=list(HealthCheck),
)
TERMS = [
    *((text, "word") for text in ("gun", "sex", "weed", "tor", "x", "ak47", "o2", "strasse", "peche", "fi", "ss")),
    *((text, "word") for text in ("tor browser", "hand gun", "dr no", "a b", "gun gun", "tor gun", "half 1 2")),
    *((text, "word") for text in ("нож", "пиво дай", "μαχαιρι", "سكين", "חרב", "총", "बम", "ԴՐԱՄ", "İz", "ǆ")),
    *((text, "prefix") for text in ("gunw", "es", "top g", "нар")),
    *((text, "suffix") for text in ("sex", "ing", "op gun", "ное")),
    *((text, "substring") for text in ("uns", "aa", "n g", "ож", "武器", "枪", "ナイフ", "ปืน", "🔫", "👊")),
]
LIBRARY = HEAD + "".join(
    term(text, f'id = "t{n}"', f'match = "{kind}"' if kind != "word" else "", "views = ['invisible', 'styled']")
    for n, (text, kind) in enumerate(TERMS)
)
SCREENERS: dict[str, TextScreener] = {}
COMPILED: list[LibrarySet] = []

SENTENCES = "Essex sexes gunwale begun stop guns wééd ножи 购买武器吗 买枪 ลูกปืน"
WORDS = [*(text for text, _ in TERMS), *SENTENCES.split(" ")]
# Deleted, expanding, separating, beyond the first plane, half a pair, and what folds in an unusual way.
ODD = [
    "\u200b", "\u00ad", "\u0301", "\u0336", "\ufe0f", "\u2060", "ß", "ﬁ", "ﬃ", "İ", "ǆ", "½", "㎏", "ﷺ", "Å",
    "ſ", "ŉ", "ΐ", "ﬗ", "😀", "👊🏽", "🇬🇧", "\ud800", "\udfff", "\U0010ffff", "\0", "\x7f", "\x85", "\xa0",
    "\u2028", "\u3000", "｡", "ｶﾞ", "한", "क्ष", "นั้น", "𝐠𝐮𝐧", "ⓖⓤⓝ", "ｇｕｎ", "🅶🆄🅽", "1", "٤", "Ⅳ", "_", "-", "'",
    ".", "ı", "ŋ", "Ꭰ", "ᲀ", "ẞ",
]  # fmt: skip
GAPS = [" ", "  ", "\n", "\n\n", "\t", "-", "_", "", "", ", ", ". ", "’", "\u200b", " \u0301 "]


def cased(word: str) -> st.SearchStrategy[str]:
    return st.sampled_from([word, word.upper(), word.title(), word.swapcase()])


CHARACTERS = st.characters() | st.characters(categories=["Cs"]) | st.characters(max_codepoint=0x24F)
PIECES = st.sampled_from(WORDS).flatmap(cased) | st.sampled_from(ODD) | st.text(CHARACTERS, max_size=4)
JOINED = st.lists(st.tuples(PIECES, st.sampled_from(GAPS)), max_size=25).map(
    lambda pairs: "".join(piece + gap for piece, gap in pairs)
)
# Long texts take another way through the engine: numpy instead of plain Python.
LENGTHENED = st.tuples(JOINED, st.integers(1, 40), st.sampled_from(GAPS)).map(lambda t: t[2].join([t[0]] * t[1]))
ANY_TEXT = JOINED | LENGTHENED


def screener(back_end: str) -> TextScreener:
    """Make the screener of one matcher, once."""
    if back_end not in SCREENERS:
        SCREENERS[back_end] = screener_of(compiled(), back_end)
    return SCREENERS[back_end]


def compiled() -> LibrarySet:
    if not COMPILED:
        COMPILED.append(compile_set([parse(LIBRARY, origin="test.toml")]))
    return COMPILED[0]


def found_by_engine(text: str, back_end: str) -> set[oracle.Found]:
    """Return the places of the plain reading: what views add has its own tests."""
    plain = [hit for hit in screener(back_end).hits(text) if hit.entry.view is None]
    return {oracle.Found(hit.start, hit.end, hit.entry.text.text) for hit in plain}


def test_every_character_counts_as_the_second_opinion_says() -> None:
    """Folding, over all of Unicode in the long form and over what is no ideograph in the short one."""
    codes = range(0x110000) if LONG else [*range(0x3400), *range(0xA000, 0x11000), *range(0x1D400, 0x20000)]
    wrong = [hex(code) for code in codes if fold_character(chr(code)) != oracle.letters(chr(code))]
    assert not wrong


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("back_end", sorted(BACK_ENDS))
def test_terms_stand_where_the_second_opinion_finds_them(back_end: str) -> None:
    """No place more, none less, and none moved by a character."""
    examined = 0

    @THOROUGH
    @given(ANY_TEXT)
    def check(text: str) -> None:
        nonlocal examined
        expected = oracle.find(text, TERMS)
        examined += len(expected)
        assert found_by_engine(text, back_end) == expected

    check()
    assert examined > TEXTS, "the texts hold too few terms to prove anything"


VIEWED = HEAD + "".join(
    term(text, f'id = "v{n}"', rule)
    for n, (text, rule) in enumerate(
        [
            ("weed", ""),
            ("sex", 'allow = ["sex education"]'),
            ("gun sale", ""),
            ("bomb", 'near = { any = ["make"], within = 4 }'),
            ("нож", ""),
            ("pills", 'score = { threshold = 2, weight = 1, words = { "buy" = 1, "sleeping" = -2 } }'),
            ("武器", ""),
            ("xxx", 'position = "not-sign-off"'),
            ("example.com", 'match = "domain"'),
        ]
    )
)
DISGUISED = [
    "w33d", "W.E.E.D", "w e e d", "weeeed", "wee\u0064", "w\u0435\u0435d", "w*ed", "deew", "#GunSale",
    "gun 5ale", "g u n s a l e", "make", "b0mb", "bornb", "Make a bomb", "wea-\npon", "we-\ned", "xxx",
    "xxx video", "sex education", "buy", "p1lls", "sleeping pills", "www.example.com/weed", "WEED-4471", "нoж",
    "сорт", "pilIs", "a b c w e e d", "w e e", "d", "\n\n", "\n \r\n", "\n", "\t", "weed", "bomb", "sex",
    "Gun\nsale", "e\u0301",
]  # fmt: skip
PARAGRAPHS = st.lists(
    st.tuples(st.sampled_from(DISGUISED) | PIECES, st.sampled_from([*GAPS, "\n\n", "\n\n\n"])), max_size=30
).map(lambda pairs: "".join(piece + gap for piece, gap in pairs))


def told(verdict: Verdict) -> list[tuple[object, ...]]:
    return sorted((*found[:11],) for found in verdict.findings) + sorted(
        (*held.finding[:11], held.reason, held.explanation) for held in verdict.suppressed
    )


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("source", ["typed", "ocr"])
def test_all_matchers_give_the_same_verdict(source: str) -> None:
    """With every view and rule on, the verdicts are equal, down to the sentences."""
    made = compile_set([parse(VIEWED, origin="test.toml")])
    first, *others = [screener_of(made, back_end) for back_end in sorted(BACK_ENDS)]
    fired = 0

    @THOROUGH
    @given(PARAGRAPHS)
    def check(text: str) -> None:
        nonlocal fired
        expected = told(first.screen(observe(text, source=source)))
        fired += len(expected)
        for other in others:
            assert told(other.screen(observe(text, source=source))) == expected

    check()
    assert fired > TEXTS, "the texts hold too few terms to prove anything"


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("source", ["typed", "ocr"])
def test_nobody_can_tell_that_a_long_text_is_read_in_pieces(source: str) -> None:
    """Pieces of any length give the verdict of the whole text, down to the sentences."""
    made = compile_set([parse(VIEWED, origin="test.toml")])
    whole = TextScreener(made)
    pieces = [TextScreener(made, chunk=size) for size in (1, 7, 40)]
    fired = 0

    @THOROUGH
    @given(PARAGRAPHS)
    def check(text: str) -> None:
        nonlocal fired
        expected = told(whole.screen(observe(text, source=source)))
        fired += len(expected)
        for piecewise in pieces:
            assert told(piecewise.screen(observe(text, source=source))) == expected

    check()
    assert fired > TEXTS, "the texts hold too few terms to prove anything"

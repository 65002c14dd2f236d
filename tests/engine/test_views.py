"""What each view reads that the plain text hides, what it must not read, and that a term can be without it."""

import pytest

from engine.library.model import View
from tests.engine.kit import fired, matches, observe, screener, term

WEED, SEX, PILLS, GUNS = term("weed"), term("sex"), term("pills"), term("gun sale")
FRAUD = term("fraud")

# view, library, text, the characters that it finds
FINDS = [
    (View.LEET, WEED, "w33d", "w33d"),
    (View.LEET, WEED, "SOME W33D!", "W33D"),
    (View.LEET, SEX, "$ex", "$ex"),
    (View.LEET, WEED, "@w33d", "w33d"),
    (View.LEET, PILLS, "p1lls", "p1lls"),
    (View.LEET, PILLS, "pi11s", "pi11s"),
    (View.LEET, PILLS, "p!lls", "p!lls"),
    (View.LEET, term("bomb"), "b0mb", "b0mb"),
    (View.LEET, term("kush"), "ku5h", "ku5h"),
    (View.LEET, GUNS, "gun 5ale", "gun 5ale"),
    (View.LEET, GUNS, "gun s4le", "gun s4le"),
    (View.SPACED, WEED, "w e e d", "w e e d"),
    (View.SPACED, WEED, "got W E E D here", "W E E D"),
    (View.SPACED, WEED, "I w e e d", "w e e d"),
    (View.SPACED, SEX, "s  e  x", "s  e  x"),
    (View.SPACED, WEED, "a b\n\nw e e d\n\nc d", "w e e d"),
    (View.DOTTED, WEED, "w.e.e.d", "w.e.e.d"),
    (View.DOTTED, WEED, "w-e-e-d", "w-e-e-d"),
    (View.DOTTED, WEED, "w_e_e_d", "w_e_e_d"),
    (View.DOTTED, WEED, "w*e*e*d", "w*e*e*d"),
    (View.REPEATED, WEED, "weeeed", "weeeed"),
    (View.REPEATED, PILLS, "ppillss", "ppillss"),
    (View.REPEATED, WEED, "WEEEEDDDD", "WEEEEDDDD"),
    (View.REPEATED, term("gun"), "guuuun", "guuuun"),
    (View.HOMOGLYPH, WEED, "w\u0435\u0435d", "w\u0435\u0435d"),
    (View.HOMOGLYPH, SEX, "\u0455\u0435\u0445", "\u0455\u0435\u0445"),
    (View.HOMOGLYPH, term("bomb"), "b\u03bfmb", "b\u03bfmb"),
    (View.HOMOGLYPH, term("нож", 'id = "a"'), "нoж", "нoж"),
    (View.CAMEL, GUNS, "gunSale", "gunSale"),
    (View.CAMEL, GUNS, "#GunSale", "GunSale"),
    (View.CAMEL, SEX, "hotSexVideo", "Sex"),
    (View.CAMEL, SEX, "HOTSexVideo", "Sex"),
    (View.MASK, WEED, "w*ed", "w*ed"),
    (View.MASK, SEX, "s#x", "s#x"),
    (View.MASK, PILLS, "p**ls", "p**ls"),
    (View.MASK, PILLS, "p1l*s", "p1l*s"),
    (View.MASK, SEX, "S%X", "S%X"),
    (View.REVERSED, WEED, "deew", "deew"),
]
# view, library, text in which the view must see nothing
LEAVES = [
    (View.LEET, term("on"), "0n", "too short to be a disguise"),
    (View.LEET, term("sat"), "5@7", "no letters at all"),
    (View.LEET, term("at"), "A2B", "a road number"),
    (View.LEET, FRAUD, "fr@udulent", "a longer word"),
    (View.LEET, term("sos"), "505", "digits only"),
    (View.LEET, GUNS, "gun 54735", "a number"),
    (View.SPACED, WEED, "w e e", "a part"),
    (View.SPACED, term("abc"), "x a b c y", "a short word inside a longer run"),
    (View.SPACED, WEED, "we ed", "not single letters"),
    (View.SPACED, WEED, "w e e\n\nd", "over a blank line"),
    (View.SPACED, WEED, "w\te\te\td", "over table cells"),
    (View.REPEATED, WEED, "wed", "fewer letters"),
    (View.REPEATED, term("bok"), "book", "an ordinary double letter"),
    (View.REPEATED, WEED, "weeeeding", "a longer word"),
    (View.HOMOGLYPH, WEED, "вред", "a word of the other language"),
    (View.HOMOGLYPH, term("cop"), "сорт", "a Russian word that begins alike"),
    (View.CAMEL, term("sex"), "MidDleSEx", "too short parts to be words"),
    (View.CAMEL, term("sex"), "Essex", "one capital at the start"),
    (View.MASK, WEED, "w***", "more hidden than shown"),
    (View.MASK, WEED, "*eed", "the first letter hidden"),
    (View.MASK, SEX, "a*b", "other letters"),
    (View.REVERSED, term("gun"), "nug", "too short"),
    (View.REVERSED, WEED, "deews", "a longer word"),
]
OCR_FINDS = [
    (View.OCR, term("bomb"), "bornb", "bornb"),
    (View.OCR, term("burn"), "bum", "bum"),
    (View.OCR, term("pills"), "pi1ls", "pi1ls"),
    (View.OCR, term("pills"), "pilIs", "pilIs"),
    (View.OCR, term("bomb"), "b0mb", "b0mb"),
    (View.OCR, term("modern"), "modem", "modem"),
    (View.OCR, term("deal"), "cleal", "cleal"),
    (View.HYPHEN, term("weapon"), "a wea-\npon", "wea-\npon"),
    (View.HYPHEN, term("weapon"), "a wea\u00ad\npon", "wea\u00ad\npon"),
    (View.HYPHEN, term("weapon"), "a wea-\n  pon here", "wea-\n  pon"),
    (View.HYPHEN, term("weapon"), "wea-pon", None),
]


def test_a_token_that_holds_the_separator_of_tokens(back_end: str) -> None:
    """A control character that joins tokens inside the engine is read like any other, however many tokens there are."""
    text = "\x01s3x w33d\x01 \x01 x\x01y1 a1b2 c3d4 e5f6 \x01\x01e5 \x01weed w33d"
    found = screener(WEED, back_end).screen(observe(text)).findings
    assert found[-1].matched == "w33d"


@pytest.mark.parametrize(("view", "library", "text", "found"), FINDS, ids=[f"{r[0]}: {r[2]}" for r in FINDS])
def test_a_view_reads_the_disguise(view: View, library: str, text: str, found: str, back_end: str) -> None:
    """With the view alone the characters are found, at their place; with all other views they are not."""
    alone = screener(library, back_end, frozenset({view})).screen(observe(text)).findings
    assert [(f.matched, text[f.start : f.end]) for f in alone] == [(found, found)]
    assert alone[0].rule.endswith(f", {view} view")
    assert not screener(library, back_end, frozenset()).screen(observe(text)).findings


@pytest.mark.parametrize(("view", "library", "text", "found"), FINDS, ids=[f"{r[0]}: {r[2]}" for r in FINDS])
def test_a_term_can_be_without_a_view(view: View, library: str, text: str, found: str) -> None:
    """`without` switches it off for the term, and for no other term of the library."""
    without = library + f'without = ["{view}"]\n'
    rules = {finding.rule for finding in screener(without).screen(observe(text)).findings}
    assert not any(rule.endswith(f", {view} view") for rule in rules)
    other = without + library.replace("[[term]]", '[[term]]\nid = "other"').replace('id = "a"\n', "")
    found_by = {f.term_id: f.matched for f in screener(other).screen(observe(text)).findings if str(view) in f.rule}
    assert found_by == {"other": found}


@pytest.mark.parametrize(("view", "library", "text", "why"), LEAVES, ids=[f"{r[0]}: {r[3]}" for r in LEAVES])
def test_a_view_leaves_alone(view: View, library: str, text: str, why: str) -> None:
    """No view, this one or another, makes a word of these."""
    assert not screener(library).screen(observe(text)).findings, f"{view}: {why}"


@pytest.mark.parametrize(("view", "library", "text", "found"), OCR_FINDS, ids=[repr(r[2]) for r in OCR_FINDS])
def test_errors_of_text_recognition_are_undone_only_there(
    view: View, library: str, text: str, found: str | None, back_end: str
) -> None:
    """`bornb` is a bomb when a machine read it from the screen, and nothing when a person typed it."""
    alone = screener(library, back_end, frozenset({view}))
    read = alone.screen(observe(text, source="ocr"))
    assert [f.matched for f in read.findings] == ([found] if found else [])
    assert not alone.screen(observe(text, source="typed")).findings


FOLDED = [("invisible", "we\u200bed"), ("invisible", "we\u00aded"), ("styled", "ｗｅｅｄ"), ("styled", "𝓌𝑒𝑒𝒹")]


@pytest.mark.parametrize(("view", "text"), FOLDED)
def test_what_folding_undoes_can_be_switched_off_too(view: str, text: str) -> None:
    """`invisible` and `styled` are part of the plain reading, yet a term can be without them."""
    assert matches(WEED, text) == [text]
    assert matches(WEED + f'without = ["{view}"]\n', text) == []


def test_an_accent_is_no_style() -> None:
    """A term without `styled` still ignores accents and capitals."""
    assert matches(WEED + 'without = ["styled"]\n', "Wéed") == ["Wéed"]


def test_every_view_has_an_example() -> None:
    """A view that nothing here shows would be untested."""
    shown = {row[0] for row in [*FINDS, *OCR_FINDS]} | {View(name) for name, _ in FOLDED}
    assert shown == set(View)


def test_the_same_place_is_told_once() -> None:
    """Where several views read the same word at the same place, one finding comes, the plain one first."""
    assert fired(screener(WEED).screen(observe("weed WEED"))) == [("weed", "word"), ("WEED", "word")]
    assert len(fired(screener(WEED).screen(observe("w33d w\u0435\u0435d", source="ocr")))) == 2


DISGUISED_RULES = [
    ("allow", term("gun", 'allow = ["glue gun"]'), "glue g*n", []),
    ("near", term("gun", 'near = { any = ["buy"] }'), "g*n", []),
    ("near holds", term("gun", 'near = { any = ["buy"] }'), "buy g*n", ["g*n"]),
    ("shape", term("kill"), "part no K1LL-0M", []),
    ("capitals and digits among small letters are a code", WEED, "take the W33D home", []),
    ("exact case means the plain text", term("ICE", 'case = "exact"'), "i c e", ["i c e"]),
]


@pytest.mark.parametrize(("why", "library", "text", "expected"), DISGUISED_RULES, ids=[r[0] for r in DISGUISED_RULES])
def test_rules_hold_for_disguises(why: str, library: str, text: str, expected: list[str]) -> None:
    """A view finds the word; whether it fires is decided as for any other."""
    assert matches(library, text) == expected, why

"""Words disguised at random places of random texts are found exactly there; what a view reads can be read so by eye."""

from collections.abc import Callable, Iterator

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.text.context import Outside
from engine.text.judge import Judge
from tests.engine.kit import observe, screener, term

MODERATE = settings(
    max_examples=300, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
WORDS = ["weed", "pistol", "ketamine", "bombs", "gunrunner", "sex"]
SCREENER = screener("".join(term(word) for word in WORDS))
# Common words, ends of sentences, other scripts, letters that fold to several or none, half a pair.
BENIGN = [
    "the", "car", "Müller", "straße", "(see", "page)", "done.", "now,", "да", "武", "😀", "it\u200bis", "ﬁne", "\ud800",
    "No.", "İ",
]  # fmt: skip
AROUND = st.lists(st.sampled_from(BENIGN), max_size=120).map(" ".join)
LEET = {"a": "@4", "e": "3", "i": "1!", "o": "0", "s": "5$", "t": "7", "l": "1"}
LOOKS = {"a": "а", "b": "Ь", "e": "е", "i": "і", "m": "м", "n": "п", "o": "о", "p": "р", "r": "г", "s": "ѕ", "t": "т"}
Draw = Callable[[st.SearchStrategy[str]], str]


def leet(word: str, draw: Draw) -> str:
    """Replace inner letters, at least two left as they are."""
    made = list(word)
    for place in range(1, len(word) - 1):
        if word[place] in LEET:
            made[place] = draw(st.sampled_from(LEET[word[place]]))
            break
    return "".join(made)


def spaced(word: str, draw: Draw) -> str:
    return draw(st.sampled_from([" ", "  ", ".", "-", "_", " . "])).join(word)


def repeated(word: str, draw: Draw) -> str:
    return word.replace(word[1], word[1] * int(draw(st.sampled_from("3456"))), 1)


def looks(word: str, draw: Draw) -> str:
    place = draw(st.sampled_from([letter for letter in word if letter in LOOKS]))
    return word.replace(place, LOOKS[place])


def masked(word: str, draw: Draw) -> str:
    return word[:1] + draw(st.sampled_from("*#%")) + word[2:]


def hidden(word: str, draw: Draw) -> str:
    return word[:1] + draw(st.sampled_from(["\u200b", "\u00ad", "\u2060\u200d", "\u0301"])) + word[1:]


def styled(word: str, draw: Draw) -> str:
    first = int(draw(st.sampled_from([str(code) for code in (0xFF41, 0x24D0, 0x1D41A, 0x1D5BA)])))
    return "".join(chr(first + ord(letter) - ord("a")) for letter in word)


def backwards(word: str, draw: Draw) -> str:
    del draw
    return word[::-1] if len(word) > 3 else word


DISGUISES = [leet, spaced, repeated, looks, masked, hidden, styled, backwards]


@st.composite
def disguised(draw: st.DrawFn) -> tuple[str, int, int, str]:
    """Make a text with one disguised word: text, start, end, and the word."""
    word = draw(st.sampled_from(WORDS))
    made = draw(st.sampled_from(DISGUISES))(word, draw)
    before, after = draw(AROUND), draw(AROUND)
    left = f"{before} - " if before else ""
    return f"{left}{made} - {after}", len(left), len(left) + len(made), word


@MODERATE
@given(disguised())
def test_a_disguised_word_is_found_exactly_where_it_is(case: tuple[str, int, int, str]) -> None:
    """Whatever stands around it, short or long, and whatever that folds to."""
    text, start, end, word = case
    found = [(f.start, f.end, f.term, f.matched) for f in SCREENER.screen(observe(text)).findings]
    assert found == [(start, end, word, text[start:end])]


def readings(char: str) -> Iterator[str]:
    """What a character can be read as by eye, an independent and generous list."""
    yield char.casefold()
    yield {"@": "a", "4": "a", "3": "e", "0": "o", "$": "s", "5": "s", "7": "t", "+": "t", "8": "b", "9": "g"}.get(
        char, ""
    )
    yield from {"1": "il", "!": "il", "|": "il", "2": "z"}.get(char, "")
    yield from (latin for latin, look in LOOKS.items() if look == char)


def can_be_read(written: str, word: str) -> bool:
    """Tell whether somebody can read these characters as the word: letter by letter, with repeats and separators."""
    reached = {0}
    for place, char in enumerate(written):
        following = {at + 1 for at in reached if at < len(word) and (word[at] in readings(char) or char in "*#%")}
        if place and (not char.isalnum() or char.casefold() in readings(written[place - 1])):
            following |= reached
        reached = following
    return len(word) in reached


MESS = st.text(alphabet=st.sampled_from("wWeEdD3@$1!05s sxXp.-_*#| \n\tіеоѕ\u200b"), max_size=60)


@MODERATE
@given(st.lists(MESS | disguised().map(lambda case: case[0]), max_size=12).map(" ".join))
def test_what_is_found_can_be_read_there(text: str) -> None:
    """Each finding's characters can be read as its word, and it begins and ends on characters of the word."""
    for finding in SCREENER.screen(observe(text)).findings:
        word = finding.term[::-1] if "reversed" in finding.rule else finding.term
        plain = "".join(char for char in finding.matched if char.isprintable() and char != "\u0301")
        if plain.isascii() or "homoglyph" in finding.rule:
            assert can_be_read(plain, word), (finding.matched, finding.rule)
        assert not finding.matched[:1].isspace()
        assert not finding.matched[-1:].isspace()


PLAIN = screener("".join(term(word) for word in WORDS) + term("gun", 'without = ["styled"]') + term("tor browser"))


@MODERATE
@given(
    st.lists(
        st.sampled_from([*WORDS, "gun", "ｇｕｎ", "tor", "browser"])
        | st.sampled_from(
            [
                " ",
                "\n",
                ". ",
                "-",
                "@",
                ".com",
                "/",
                "\u200b",
                "1",
                "A",
                "é",
                "\t",
                "(",
                ")",
                '"',
                "“",
                "\r\n",
                "\u2010",
                "\xad",
            ]
        ),
        max_size=150,
    ).map("".join)
)
def test_the_short_way_for_words_that_stand_clear_judges_as_the_long_one(text: str) -> None:
    """Words between white space are not looked at again; looked at, they would fire the same."""
    judge = Judge(text, Outside(), "", 1)
    for hit in PLAIN.hits(text):
        if hit.clear and hit.entry.plain:
            assert judge.finding(hit) == judge.judge(hit)

"""The library format: every mistake has its place, says what is wrong and what to do."""

import pytest

from engine.errors import LibraryError, SetError
from engine.library import compile_set, parse
from engine.library.model import ALL_VIEWS, Match, View
from engine.text.characters import fold, is_unspaced
from tests.engine.kit import HEAD, matches, term

GUN = term("gun")
AT = HEAD.count("\n") + 1  # the line on which the body begins

# what is wrong, body, line of the body, what the message says, what the hint says
BAD = [
    ("unknown key", term("gun", 'matsch = "word"'), 3, "unknown key `matsch`", "did you mean `match`?"),
    ("unknown value", term("gun", 'match = "wrod"'), 3, "`match` cannot be 'wrod'", "did you mean 'word'?"),
    ("unknown view", term("gun", 'views = ["leat"]'), 3, "cannot be 'leat'", "did you mean 'leet'?"),
    ("no text", "[[term]]\nseverity = 1\n", 1, "`text` is missing", "add `text = …`"),
    ("empty text", term(""), 2, "`text` is empty", "write something"),
    ("empty list of texts", "[[term]]\ntext = []\n", 2, "`text` is empty", "remove it or fill it"),
    ("text of a wrong type", "[[term]]\ntext = 5\n", 2, "`text` must be a list", "[brackets]"),
    ("long text", term("x" * 201), 2, "text of 201 characters", "at most 200"),
    ("severity too high", term("gun", "severity = 6"), 3, "whole number from 1 to 5", "6"),
    ("severity too low", term("gun", "severity = 0"), 3, "whole number from 1 to 5", "0"),
    ("severity true", term("gun", "severity = true"), 3, "whole number from 1 to 5", "True"),
    ("within too far", term("gun", 'near = { any = ["a"], within = 51 }'), 3, "from 1 to 50", "51"),
    ("context of nothing", term("gun", "near = { within = 5 }"), 3, "needs `any` or `all`", "list of contexts"),
    ("context of both", term("gun", 'near = { any = ["a"], all = ["b"] }'), 3, "and not both", "list of contexts"),
    ("not near all", term("gun", 'not-near = { all = ["b"] }'), 3, "takes `any` only", "one context for each"),
    ("views and without", term("gun", "views = []", "without = []"), 4, "cannot stand together", "keep one"),
    ("two terms alike", GUN + GUN, 3, "term id `gun` is taken by term 1", "give it its own"),
    ("no id possible", term("枪"), 2, "no id can be made", "give the term one"),
    ("bad id", term("gun", 'id = "The Gun"'), 3, "must be a-z, 0-9 and -", "at most 80"),
    ("no such profile", term("gun", 'like = "slang"'), 3, "no profile `slang`", "profiles: none"),
    ("score of nothing", term("gun", "score = { threshold = 2, words = {} }"), 3, "a table of words", "words = {"),
    (
        "useless score",
        term("gun", "score = { threshold = 1, weight = 1, words = { a = 1 } }"),
        3,
        "own weight",
        "raise",
    ),
    ("condition in a library", term("gun", 'condition = "4"'), 3, "have no condition", "per person"),
    (
        "examples expect nobody",
        '[[example]]\ntext = "a"\nexpect = [{ term = "gun" }]\n',
        3,
        "no term `gun`",
        "term's id",
    ),
    ("unknown table", "[weather]\n", 1, "unknown table `weather`", "known: "),
    ("not TOML", "[[term]\n", 1, "not TOML", "toml.io"),
    ("set of a wrong type", "[sets]\na = 5\n", 2, "must be a list", "[brackets]"),
    ("control character", '[[term]]\ntext = "\x01"\n', 2, "not TOML", "toml.io"),
]


@pytest.mark.parametrize(("body", "line", "what", "hint"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_mistake_is_told_with_its_place(body: str, line: int, what: str, hint: str) -> None:
    """File, line, column; what is wrong; what to do."""
    with pytest.raises(LibraryError) as caught:
        parse(HEAD + body, origin="bad.toml")
    assert str(caught.value).startswith(f"bad.toml:{AT + line - 1}:")
    assert what in caught.value.what
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    "key", ["id", "version", "title", "languages", "category", "severity", "licence", "source", "owner", "review"]
)
def test_every_fact_about_a_library_is_asked_for(key: str) -> None:
    """Nobody can leave out where words come from or who answers for them."""
    lines = [line for line in HEAD.splitlines() if not line.startswith(f"{key} =")]
    with pytest.raises(LibraryError, match=f"`{key}` is missing"):
        parse("\n".join(lines), origin="bad.toml")


@pytest.mark.parametrize("first", ["", 'format = "overt-library-2"', "format = 1"])
def test_another_format_is_refused(first: str) -> None:
    """The format name is asked for before anything else is believed."""
    with pytest.raises(LibraryError, match="must begin with format"):
        parse(HEAD.replace('format = "overt-library-1"', first), origin="bad.toml")


OTHER = HEAD.replace('id = "test"', 'id = "common"') + '[sets]\ndeal = ["buy"]\nround = ["@round"]\n'
REQUIRES = HEAD + 'requires = ["common"]\n'
UNFIT = [
    ("set that is nowhere", HEAD + term("gun", 'allow = ["@places"]'), "no set @places", "sets there: none"),
    (
        "set in a circle",
        HEAD + '[sets]\na = ["@b"]\nb = ["@a"]\n' + term("gun", 'allow = ["@a"]'),
        "contains itself",
        "take",
    ),
    ("set of a stranger", HEAD + term("gun", 'allow = ["@common:deal"]'), "is of another library", "requires"),
    ("no such set there", REQUIRES + term("gun", 'allow = ["@common:places"]'), "no set @common:places", "@deal"),
    ("nothing left", HEAD + term("...", 'id = "a"'), "nothing is left of this text", "letters, digits or emoji"),
    (
        "no rules of inflection",
        HEAD.replace('"en"', '"cy"') + term("gun", 'inflect = ["plural"]'),
        "no rules for",
        "forms",
    ),
]


@pytest.mark.parametrize(("text", "what", "hint"), [row[1:] for row in UNFIT], ids=[row[0] for row in UNFIT])
def test_what_does_not_fit_together_is_refused(text: str, what: str, hint: str) -> None:
    """Compiling tells the place too."""
    with pytest.raises(SetError, match=r"^bad\.toml:\d+:\d+: ") as caught:
        compile_set([parse(text, origin="bad.toml"), parse(OTHER, origin="common.toml")])
    assert what in caught.value.what
    assert hint in caught.value.hint


def test_a_library_that_is_missing_or_twice_is_refused() -> None:
    """A set is what it says it is."""
    with pytest.raises(SetError, match="required and missing"):
        compile_set([parse(REQUIRES, origin="test.toml")])
    with pytest.raises(SetError, match="is there twice"):
        compile_set([parse(HEAD, origin="one.toml"), parse(HEAD, origin="two.toml")])


def test_sets_of_another_library_are_found() -> None:
    """Places and words of dealing are written once for all libraries."""
    near = parse(REQUIRES + term("gun", 'near = { any = ["@common:deal"] }'), origin="test.toml")
    compiled = compile_set([near, parse(OTHER, origin="common.toml")])
    assert "buy" in compiled.texts[0].term.rules.needs[0].indexes[0].words


PROFILE = '[profile.slang]\nseverity = 4\ncategory = "slang"\nviews = ["leet"]\n'


def test_a_profile_gives_rules_and_the_term_has_the_last_word() -> None:
    """A term's own key replaces the profile's, and nothing else of it."""
    library = parse(HEAD + PROFILE + term("gun", 'like = "slang"', "severity = 1") + term("bomb"), origin="test.toml")
    gun, bomb = (text.term.rules for text in compile_set([library]).texts)
    assert (gun.severity, gun.category, gun.views) == (1, "slang", frozenset({View.LEET}))
    assert (bomb.severity, bomb.category, bomb.views) == (3, "test", ALL_VIEWS)


KINDS = [
    ("gun", Match.WORD),
    ("top gun", Match.PHRASE),
    ("枪", Match.SUBSTRING),
    ("top-gun", Match.PHRASE),
    ("🔫", Match.SUBSTRING),
]


@pytest.mark.parametrize(("text", "kind"), KINDS)
def test_the_kind_of_match_follows_the_text(text: str, kind: Match) -> None:
    """A word, a phrase where there is a space, a substring in scripts without spaces."""
    library = parse(HEAD + term(text, 'id = "a"'), origin="test.toml")
    assert [one.match for one in compile_set([library]).texts] == [kind]


def test_a_library_of_more_letters_than_codes_still_tells_them_apart(back_end: str) -> None:
    """400 letters share 128 codes: what matches by code only must not fire."""
    letters = [chr(code) for code in range(0x0370, 0x1100) if chr(code).isalpha() and fold(chr(code)) == chr(code)]
    letters = [letter for letter in letters if not is_unspaced(letter)][:400]
    assert len(letters) == 400
    body = "".join(term(letter * 3, f'id = "t{n}"', "views = []") for n, letter in enumerate(letters))
    text = " ".join(letter * 3 for letter in letters)
    assert matches(body, text, back_end=back_end) == text.split()


def test_compiling_is_the_same_in_any_order() -> None:
    """The digest names content, not the order in which files were found."""
    one, two = parse(HEAD + GUN, origin="a"), parse(OTHER, origin="b")
    assert compile_set([one, two]).digest == compile_set([two, one]).digest
    assert compile_set([one]).digest != compile_set([parse(HEAD + GUN + "\n", origin="a")]).digest

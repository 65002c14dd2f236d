"""What is changed for one person: conditions, drops, other weights, added terms, names of staff, the floor."""

import pytest

from engine.errors import LibraryError, SetError
from engine.library import Library, LibrarySet, compile_set, parse, parse_person
from engine.text.screen import TextScreener
from engine.verdict import Verdict
from tests.engine.kit import HEAD, fired, held_back, observe, term

BODY = (
    term("knife", "severity = 3", 'inflect = ["plural"]').replace('"knife"', '["knife", "blade"]')
    + term("gun", "severity = 2")
    + term("weed", 'score = { threshold = 3, weight = 1, words = { "buy" = 2, "bag" = 1 } }')
)
PERSON = """format = "overt-person-1"
[person]
case = "K-1"
version = "7"
"""
WATCHED = '[[library]]\nid = "test"\ncondition = "4"\n'


def library() -> Library:
    return parse(HEAD + BODY, origin="test.toml")


def for_person(changes: str) -> LibrarySet:
    return compile_set([library()], overrides=parse_person(PERSON + changes, origin="person.toml"))


def screen(changes: str, text: str) -> Verdict:
    return TextScreener(for_person(changes)).screen(observe(text))


DROP = '[[drop]]\nlibrary = "test"\nterm = "knife"\nwhy = "A carpet fitter."\n'
CHANGE = '[[change]]\nlibrary = "test"\nterm = "{}"\n{}\n'
CASES = [
    ("as in the library", "", "a knife, a blade", ["knife", "blade"]),
    ("a term dropped", DROP, "a knife, a blade, a gun", ["gun"]),
    ("its forms are dropped too", DROP, "knives", []),
    ("one text of a term dropped", DROP + 'text = "knife"\n', "knife knives blade", ["blade"]),
    ("threshold lowered", CHANGE.format("weed", "threshold = 1"), "weed", ["weed"]),
    ("threshold raised", CHANGE.format("weed", "threshold = 4"), "buy weed", []),
    ("weight raised", CHANGE.format("weed", "weight = 2"), "bag of weed", ["weed"]),
    ("a term added", '[[term]]\ntext = "old mill"\ncondition = "7"\n', "at the old mill", ["old mill"]),
    ("an added term has rules", '[[term]]\ntext = "old mill"\nallow = ["the old mill inn"]\n', "the old mill inn", []),
    ("a name of staff", '[staff]\nnames = ["Jane Q. Officer"]\n', "who is jane q officer", ["jane q officer"]),
    ("a part of the name", '[staff]\nnames = ["Jane Q. Officer"]\n', "jane officer", []),
]


@pytest.mark.parametrize(("changes", "text", "expected"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])
def test_changes_hold(changes: str, text: str, expected: list[str]) -> None:
    """Each kind of change changes what fires."""
    assert [matched for matched, _ in fired(screen(changes, text))] == expected


def test_severity_can_be_changed_for_a_person() -> None:
    """The index offence weighs more."""
    assert screen("", "a gun").severity == 2
    assert screen(CHANGE.format("gun", "severity = 5"), "a gun").severity == 5


CONDITIONS = [
    ("no order known", "", "a gun", None),
    ("of the library", WATCHED, "a gun", "4"),
    ("of the change", WATCHED + CHANGE.format("gun", 'condition = "4b"'), "a gun", "4b"),
    ("of the added term", WATCHED + '[[term]]\ntext = "mill"\ncondition = "7"\n', "the mill", "7"),
    ("of the staff", WATCHED + '[staff]\nnames = ["Jo Doe"]\ncondition = "safety"\n', "jo doe", "safety"),
]


@pytest.mark.parametrize(("changes", "text", "condition"), [r[1:] for r in CONDITIONS], ids=[r[0] for r in CONDITIONS])
def test_a_finding_names_the_condition_it_serves(changes: str, text: str, condition: str | None) -> None:
    """Each finding is tied to the numbered condition of the order."""
    assert [finding.condition for finding in screen(changes, text).findings] == [condition]


@pytest.mark.parametrize(("floor", "expected"), [(1, []), (2, []), (3, [("gun", "floor")]), (4, [("gun", "floor")])])
def test_the_floor_holds_back_what_is_below(floor: int, expected: list[tuple[str, str]]) -> None:
    """A finding of severity 2 under floors around it: listed, and not fired."""
    screener = TextScreener(
        compile_set([library()], overrides=parse_person(f"{PERSON}floor = {floor}\n", origin="person.toml"))
    )
    verdict = screener.screen(observe("a gun"))
    assert held_back(verdict) == expected
    assert len(verdict.findings) == (not expected)


def test_the_digest_tells_changes_apart() -> None:
    """Whoever reads a capture can tell which words were watched: any change is another set."""
    plain = compile_set([library()]).digest
    digests = {plain, for_person("").digest, for_person(DROP).digest, for_person(WATCHED).digest}
    assert len(digests) == 4
    assert for_person(DROP).digest == for_person(DROP).digest
    assert for_person(DROP).versions == {"test": "1"}


BAD = [
    (DROP.replace('"knife"', '"sword"'), SetError, "no term `sword` in library `test`"),
    (DROP.replace('"test"', '"other"'), SetError, "no term `knife` in library `other`"),
    (CHANGE.format("sword", "severity = 1"), SetError, "person.toml:7:8: no term `sword`"),
    (DROP + 'text = "Knife"\n', SetError, "person.toml:9:8: the term `knife` in library `test` has no such text"),
    (DROP + 'text = "knive"\n', SetError, "did you mean `knife`"),
    (DROP + 'text = "sword"\n', SetError, "write it as the library does"),
    (CHANGE.format("gun", "threshold = 1"), SetError, "`gun` in library `test` has no score to change"),
    (DROP.replace("why", "because"), LibraryError, "unknown key `because`"),
    (CHANGE.format("gun", "severity = 6"), LibraryError, "whole number from 1 to 5"),
    ("[staff]\nnames = []\n", LibraryError, "empty"),
    ("[staff]\nseverity = 4\n", LibraryError, "`names` is missing"),
    ('[[library]]\nid = "test"\n', LibraryError, "`condition` is missing"),
    ("[weather]\n", LibraryError, "unknown table `weather`"),
    ('drop = "all"\n', LibraryError, "unknown key `drop`"),
]


@pytest.mark.parametrize(("changes", "kind", "what"), BAD, ids=[row[2] for row in BAD])
def test_changes_of_nothing_are_refused(changes: str, kind: type[LibraryError], what: str) -> None:
    """A change that silently does nothing is how things slip: it is an error with its place."""
    with pytest.raises(kind, match=r"^person\.toml:\d+:\d+: ") as caught:
        for_person(changes)
    assert what in str(caught.value)


def test_names_of_staff_are_in_no_repr() -> None:
    """The name of an officer must not come into a log."""
    person = parse_person(PERSON + '[staff]\nnames = ["Zanzibar Doe"]\n', origin="person.toml")
    assert "Zanzibar" not in repr(person) + repr(compile_set([library()], overrides=person))

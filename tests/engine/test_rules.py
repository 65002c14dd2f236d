"""What decides when a term that stands in a text fires: allow, context, score, severity, position, shape."""

import pytest

from tests.engine.kit import fired, held_back, observe, screener, term

ALLOW = term("gun", 'allow = ["top gun", "glue gun", "jump the gun", "gun metal grey"]')
TITLES = term("gun", 'allow-titles = ["history of war"]', 'allow-domains = ["police.uk", "museum.example"]')
NEAR = term("gun", 'near = { any = ["buy", "for sale", "deal*"], within = 3 }')
ALL = term("gun", 'near = { all = ["buy", "cash"], within = 4 }')
TWO = term("gun", 'near = [{ any = ["buy"] }, { any = ["tonight"] }]')
BEFORE = term("gun", 'near = { any = ["buy"], within = 3, side = "before" }')
AFTER = term("gun", 'near = { any = ["licence"], within = 2, side = "after" }')
SAME_SENTENCE = term("gun", 'near = { any = ["buy"], sentence = true }')
NOT_NEAR = term("gun", 'not-near = { any = ["nail", "water"], within = 2 }')
SETS = '[sets]\ndeal = ["buy", "sell"]\nmoney = ["cash", "@deal"]\n'
NAMED = SETS + term("gun", 'near = { any = ["@money"], within = 3 }')
CHARACTERS = term("枪", 'id = "a"', 'near = { any = ["买"], chars = 3 }')
IN_TEXT = term("gun", 'near = { any = ["buy"], where = ["text"] }')

# reason, library, text, reason for which it is held back ("" where it fires)
ALLOWED = [
    ("inside the phrase", ALLOW, "watched Top Gun again", "allowed"),
    ("not inside it", ALLOW, "on top of the gun", ""),
    ("the phrase is part of longer words", ALLOW, "stop gun crime", ""),
    ("the phrase goes on after the term", ALLOW, "gun-metal grey paint", "allowed"),
    ("only the beginning of the phrase", ALLOW, "gun metal", ""),
    ("words on both sides missing", ALLOW, "jump to the gun", ""),
    ("three words", ALLOW, "don't jump the gun!", "allowed"),
    ("broken by the end of a sentence", ALLOW, "That one is the top. Gun for sale", ""),
    ("over a wrapped line", ALLOW, "we will all go and see the glue\ngun tomorrow", "allowed"),
    ("over an unrelated line", ALLOW, "Glue\nGun", ""),
]
CONTEXT = [
    ("near: there, before", NEAR, "buy a gun", ""),
    ("near: there, after", NEAR, "gun for sale", ""),
    ("near: at the last word of reach", NEAR, "buy one two gun", ""),
    ("near: one word too far", NEAR, "buy one two three gun", "context"),
    ("near: at the last word after", NEAR, "gun one two buy", ""),
    ("near: one word too far after", NEAR, "gun one two three buy", "context"),
    ("near: nowhere", NEAR, "a gun", "context"),
    ("near: a whole word only", NEAR, "a buyer with a gun", "context"),
    ("near: a prefix with a star", NEAR, "dealing in gun parts", ""),
    ("near: half of the phrase", NEAR, "gun sale", "context"),
    ("near: not over a blank line", NEAR, "buy\n\ngun", "context"),
    ("near: not over a cell", NEAR, "buy\tgun", "context"),
    ("near: not over an unrelated line", NEAR, "Buy\nGun", "context"),
    ("near: over a sentence unless it says otherwise", NEAR, "What to buy? Gun", ""),
    ("all: both there", ALL, "buy a gun with cash", ""),
    ("all: one there", ALL, "buy a gun", "context"),
    ("two contexts: both hold", TWO, "buy a gun tonight", ""),
    ("two contexts: one holds", TWO, "buy a gun tomorrow", "context"),
    ("before: there", BEFORE, "buy a gun", ""),
    ("before: on the other side", BEFORE, "gun to buy", "context"),
    ("after: there", AFTER, "gun licence", ""),
    ("after: on the other side", AFTER, "licence gun", "context"),
    ("sentence: the same", SAME_SENTENCE, "buy a gun.", ""),
    ("sentence: another", SAME_SENTENCE, "What to buy? Gun", "context"),
    ("not near: speaks against", NOT_NEAR, "a nail gun", "context"),
    ("not near: too far to speak", NOT_NEAR, "a nail and one gun", ""),
    ("not near: absent", NOT_NEAR, "a gun", ""),
    ("named set", NAMED, "gun for cash", ""),
    ("set inside a set", NAMED, "sell gun", ""),
    ("named set: absent", NAMED, "gun for free", "context"),
    ("characters: within reach", CHARACTERS, "买一把枪", ""),
    ("characters: out of reach", CHARACTERS, "买一把红色的枪", "context"),
]
SCORE = term(
    "weed", 'score = { threshold = 3, weight = 1, within = 5, words = { "buy" = 2, "bag" = 1, "garden" = -3 } }'
)
NO_WEIGHT = term("ice", 'score = { threshold = 2, words = { "gram" = 2 } }')
SCORES = [
    ("the word alone", SCORE, "weed", "weight"),
    ("enough", SCORE, "buy weed", ""),
    ("one short", SCORE, "a bag of weed", "weight"),
    ("two small ones", SCORE, "a bag of weed, buy", ""),
    ("the same word counts once", SCORE, "bag bag weed bag", "weight"),
    ("words that speak against", SCORE, "buy weed killer for the garden", "weight"),
    ("out of reach", SCORE, "buy one two three four five weed", "weight"),
    ("no weight of its own", NO_WEIGHT, "a gram of ice", ""),
    ("nothing", NO_WEIGHT, "ice", "weight"),
]
KISSES = term("xxx", 'position = "not-sign-off"')
POSITIONS = [
    ("kisses at the end", KISSES, "see you later xxx", "position"),
    ("kisses before a full stop", KISSES, "love you xxx!", "position"),
    ("kisses at the end of a line", KISSES, "night mum xxx\nsee you tomorrow", "position"),
    ("kisses from somebody", KISSES, "see you soon\nxxx from Jen", "position"),
    ("kisses and a name", KISSES, "see you soon xxx Jen", "position"),
    ("a word after it", KISSES, "xxx video", ""),
    ("words around it", KISSES, "the xxx film is on", ""),
    ("line-start: there", term("gun", 'position = "line-start"'), "hello\n- gun for you", ""),
    ("line-start: not there", term("gun", 'position = "line-start"'), "a gun", "position"),
    ("line-end: there", term("gun", 'position = "line-end"'), "a gun.\nyes", ""),
    ("line-end: not there", term("gun", 'position = "line-end"'), "a gun here", "position"),
    ("whole line: alone", term("gun", 'position = "whole-line"'), "yes\ngun!\nno", ""),
    ("whole line: with more", term("gun", 'position = "whole-line"'), "yes\ngun no", "position"),
]
KILL, KILL_ALSO = term("kill"), term("kill", 'also-in = ["url", "code", "email", "path", "host"]')
SHAPES = [
    ("product code", term("xxx"), "order XXX-4471 today", "shape"),
    ("code with small parts", KILL, "part KILL-0M/33", "shape"),
    ("web address", KILL, "https://shop.example/kill/bill", "shape"),
    ("www address", KILL, "www.kill-bill.example/x", "shape"),
    ("host name", KILL, "ping kill.example.com", "shape"),
    ("e-mail address", KILL, "write to kill.bill@example.com", "shape"),
    ("file path", KILL, "/usr/bin/kill/x", "shape"),
    ("Windows path", KILL, r"C:\tools\kill\x", "shape"),
    ("UUID", term("dead"), "id 0a1b2c3d-dead-4eef-8abc-0123456789ab", "shape"),
    ("base64", KILL, "key aGVsbG8+kill/d29ybGQ0QQ==", "shape"),
    ("version number", KILL, "release 10.2.kill", "shape"),
    ("words searched in an address", KILL, "https://search.example/?q=kill+bill", ""),
    ("name of a document", KILL, "/home/jo/kill.pdf", ""),
    ("hyphenated words are no code", KILL, "kill-switch", ""),
    ("the code is the term", term("AK-47"), "an AK-47", ""),
    ("capitals are no code", KILL, "I WILL KILL YOU", ""),
    ("also in addresses", KILL_ALSO, "https://shop.example/kill/bill", ""),
    ("also in codes", KILL_ALSO, "part KILL-0M/33", ""),
    ("also in e-mail", KILL_ALSO, "write to kill.bill@example.com", ""),
]
PIECES = [
    ("the rest of a broken word", term("sex"), "the county of Es-\nsex is flat", "piece"),
    ("the beginning of a broken word", term("gun"), "a boat's gun-\nwale", "piece"),
    ("a hyphen that hangs", term("gun"), "gun- and knife-crime", ""),
]
TABLE = [*ALLOWED, *CONTEXT, *SCORES, *POSITIONS, *SHAPES, *PIECES]


@pytest.mark.parametrize(("library", "text", "reason"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_rules_decide(library: str, text: str, reason: str) -> None:
    """The term stands in every text; it fires, or is held back for exactly this reason."""
    verdict = screener(library).screen(observe(text))
    assert [why for _, why in held_back(verdict)] == ([reason] if reason else [])
    assert len(fired(verdict)) == (0 if reason else 1)


WINDOWS = [
    ("a harmless title", TITLES, {"title": "A History of War - Reader"}, "allowed"),
    ("part of the title's words", TITLES, {"title": "The prehistory of wars"}, ""),
    ("a harmless site", TITLES, {"url": "https://www.police.uk/advice"}, "allowed"),
    ("a site that ends alike", TITLES, {"url": "https://notpolice.uk/"}, ""),
    ("a site named in the path", TITLES, {"url": "https://x.example/police.uk"}, ""),
    ("a site named as the user", TITLES, {"url": "https://police.uk@x.example/"}, ""),
    ("nothing is known", TITLES, {}, ""),
    ("context in the title", NEAR, {"title": "Buy and sell"}, ""),
    ("context in the address", NEAR, {"url": "https://x.example/buy/123"}, ""),
    ("context in neither", NEAR, {"title": "News", "url": "https://x.example/"}, "context"),
    ("context in the text only", IN_TEXT, {"title": "Buy and sell"}, "context"),
    ("score in the title", SCORE.replace("weed", "gun"), {"title": "buy online"}, ""),
]


@pytest.mark.parametrize(("library", "window", "reason"), [row[1:] for row in WINDOWS], ids=[r[0] for r in WINDOWS])
def test_the_window_counts(library: str, window: dict[str, str], reason: str) -> None:
    """Title and address are context, and can be harmless."""
    verdict = screener(library).screen(observe("a gun", **window))
    assert [why for _, why in held_back(verdict)] == ([reason] if reason else [])
    assert len(fired(verdict)) == (0 if reason else 1)


WHEN = term(
    "gun", "severity = 3", 'severity-when = [{ any = ["school"], severity = 5 }, { any = ["toy"], severity = 1 }]'
)
SEVERITIES = [("a gun", 3), ("a gun at school", 5), ("a toy gun", 1), ("a toy gun at school", 5)]


@pytest.mark.parametrize(("text", "severity"), SEVERITIES)
def test_severity_follows_context(text: str, severity: int) -> None:
    """The first context that holds decides."""
    verdict = screener(WHEN).screen(observe(text))
    assert verdict.severity == severity == verdict.findings[0].severity


def test_severity_is_the_highest_of_the_findings_and_0_of_none() -> None:
    """A verdict's severity, at its edges."""
    both = screener(term("gun", "severity = 2") + term("bomb", "severity = 5"))
    assert [both.screen(observe(text)).severity for text in ("a cup", "a gun", "a gun, a bomb")] == [0, 2, 5]


EXPLAINED = [
    (NEAR, "buy a gun", "“gun” matches the word “gun”: term gun of library test 1. Near it: buy."),
    (
        SCORE,
        "buy weed",
        "“weed” matches the word “weed”: term weed of library test 1. Evidence 3 of 3: buy +2.",
    ),
    (
        WHEN,
        "a toy gun",
        "“gun” matches the word “gun”: term gun of library test 1. Severity 1 because of: toy.",
    ),
    (
        term("gun", 'inflect = ["plural"]', 'why = "A firearm."'),
        "Guns",
        "“Guns” matches the word “guns”, a form of “gun”: term gun of library test 1. A firearm.",
    ),
]


@pytest.mark.parametrize(("library", "text", "sentence"), EXPLAINED)
def test_a_finding_explains_itself(library: str, text: str, sentence: str) -> None:
    """What matched, by which rule, in which library, with the evidence: word for word."""
    assert screener(library).screen(observe(text)).findings[0].explanation == sentence


HELD = [
    (ALLOW, "top gun", "It stands in the harmless phrase “top gun”."),
    (NEAR, "a gun", "None of these is within 3 words: buy, for sale, deal*."),
    (NOT_NEAR, "a nail gun", "Near it: nail."),
    (SCORE, "a bag of weed", "Evidence 2 of the 3 needed: bag +1."),
    (NO_WEIGHT, "ice", "Evidence 0 of the 2 needed, no such words near."),
    (KILL, "kill.bill@example.com", "It is part of an e-mail address."),
    (KISSES, "see you xxx", "It stands where the term does not count (not-sign-off)."),
]


@pytest.mark.parametrize(("library", "text", "sentence"), HELD)
def test_what_is_held_back_explains_itself(library: str, text: str, sentence: str) -> None:
    """The reason in one plain sentence: word for word."""
    assert screener(library).screen(observe(text)).suppressed[0].explanation == sentence


def test_nothing_observed_is_in_a_repr() -> None:
    """Logs and tracebacks print reprs; the words of the person must not be in them."""
    screening = screener(NEAR + term("bomb"))
    observation = observe("zanzibar gun, zanzibar bomb", title="zanzibar", url="https://zanzibar.example")
    verdict = screening.screen(observation)
    assert verdict.findings
    assert verdict.suppressed
    assert "zanzibar" not in repr(observation) + repr(verdict)
    assert "bomb”" not in repr(verdict)

"""How a text must stand: word, phrase, prefix, suffix, substring, domain, letter case, accents, forms. All matchers."""

import pytest

from tests.engine.kit import matches, observe, screener, term

SEX, GUN, KNIFE = term("sex"), term("gun"), term("knife", 'inflect = ["plural"]')

# reason, library, text, what fires
WORDS = [
    ("the whole text is the word", GUN, "gun", ["gun"]),
    ("between other words", GUN, "a gun here", ["gun"]),
    ("the rest of a word", SEX, "Essex", []),
    ("the beginning of a word", GUN, "gunwale", []),
    ("the inside of a word", GUN, "begunst", []),
    ("a town", GUN, "Gunthorpe", []),
    ("capitals", GUN, "GUN and Gun", ["GUN", "Gun"]),
    ("a digit beside it is part of the word", GUN, "gun4 4gun", []),
    ("a letter of another script beside it is part of the word", GUN, "gunд ñgun", []),
    ("an underscore separates", SEX, "sex_video", ["sex"]),
    ("a hyphen separates", GUN, "gun-running", ["gun"]),
    ("an apostrophe separates", GUN, "gun's and gun’s", ["gun", "gun"]),
    ("brackets and quotes separate", GUN, '("gun")', ["gun"]),
    ("an emoji separates", GUN, "gun🔫gun", ["gun", "gun"]),
    ("a full stop separates", GUN, "gun.", ["gun"]),
    ("every place counts", GUN, "gun gun\ngun", ["gun"] * 3),
    ("two terms that share one space", term("tor") + GUN, "tor gun", ["tor", "gun"]),
    ("nothing", GUN, "", []),
    ("white space only", GUN, " \n\t ", []),
]
PHRASES = [
    ("one space", term("tor browser"), "the tor browser", ["tor browser"]),
    ("many spaces", term("tor browser"), "tor   browser", ["tor   browser"]),
    ("a hyphen between", term("tor browser"), "Tor-Browser", ["Tor-Browser"]),
    ("a hyphen in the term", term("hand-gun"), "hand gun", ["hand gun"]),
    ("joined is another word", term("tor browser"), "torbrowser", []),
    ("a word between", term("tor browser"), "tor web browser", []),
    ("the other order", term("tor browser"), "browser tor", []),
    ("a part of the last word", term("tor browser"), "tor browsers", []),
    ("end of a sentence between", term("tor browser"), "climbed the tor. Browser was open", []),
    ("a table cell between", term("tor browser"), "tor\tbrowser", []),
    ("a bar between", term("tor browser"), "tor | browser", []),
    ("an unrelated line between", term("tor browser"), "Tor\nBrowser", []),
    ("a blank line between", term("tor browser"), "we climbed up to the high tor\n\nbrowser", []),
    ("a wrapped line between", term("tor browser"), "she told him to install the tor\nbrowser now", ["tor\nbrowser"]),
    ("an abbreviation is no end of a sentence", term("dr gun"), "see Dr. Gun", ["Dr. Gun"]),
    ("a number inside", term("ak 47"), "an AK-47 rifle", ["AK-47"]),
]
PARTS = [
    ("prefix: at the start", term("gun", 'match = "prefix"'), "gunwale begun", ["gun"]),
    ("prefix: not inside", term("gun", 'match = "prefix"'), "begun", []),
    ("suffix: at the end", term("gun", 'match = "suffix"'), "handgun gunwale", ["gun"]),
    ("suffix: not at the start", term("gun", 'match = "suffix"'), "gunwale", []),
    ("substring: anywhere", term("gun", 'match = "substring"'), "begunst gun", ["gun", "gun"]),
    ("substring: overlapping", term("aa", 'match = "substring"', "views = []"), "aaa", ["aa", "aa"]),
    ("an unspaced script needs no boundary", term("武器", 'id = "a"'), "购买武器吗", ["武器"]),
    ("kana", term("ナイフ", 'id = "a"'), "新しいナイフを買う", ["ナイフ"]),
    ("Thai", term("ปืน", 'id = "a"'), "ซื้อปืนที่นี่", ["ปืน"]),
    ("an emoji among letters", term("🔫", 'id = "a"'), "got a🔫b", ["🔫"]),
    ("an emoji in another skin colour", term("👊", 'id = "a"'), "👊🏽", ["👊"]),
    ("Cyrillic has boundaries", term("нож", 'id = "a"'), "ножницы и нож", ["нож"]),
    ("Arabic with points", term("سكين", 'id = "a"'), "هذا سِكِّين هنا", ["سِكِّين"]),
    ("Hangul has boundaries", term("총", 'id = "a"'), "총알 총", ["총"]),
    ("Devanagari vowels are letters", term("बम", 'id = "a"'), "बमी बम", ["बम"]),
]
SITE = term("example.com", 'match = "domain"')
DOMAINS = [
    ("alone", SITE, "see example.com now", ["example.com"]),
    ("a subdomain", SITE, "www.example.com", ["example.com"]),
    ("in an address", SITE, "https://m.example.com/page?x=1", ["example.com"]),
    ("at the end of a sentence", SITE, "He uses example.com.", ["example.com"]),
    ("another domain that ends alike", SITE, "notexample.com my-example.com", []),
    ("another domain that begins alike", SITE, "example.com.au example.community", []),
    ("the words apart", SITE, "an example com", []),
    ("an e-mail address", SITE, "me@example.com", []),
    ("a top-level domain", term(".xxx", 'match = "domain"'), "videos.xxx/new", ["xxx"]),
    ("a top-level domain inside", term(".xxx", 'match = "domain"'), "videos.xxx.com", []),
    ("kisses are no domain", term(".xxx", 'match = "domain"'), "See you there. xxx", []),
]
EXACT, ACCENTS = 'case = "exact"', 'accents = "exact"'
WRITTEN = [
    ("exact case fires", term("ICE", EXACT), "ICE raid", ["ICE"]),
    ("exact case does not", term("ICE", EXACT), "ice and Ice", []),
    ("exact small letters", term("tor", EXACT), "TOR tor", ["tor"]),
    ("exact mixed case", term("ToR", EXACT), "TOR ToR Tor", ["ToR"]),
    ("exact case lets accents be", term("Péché", EXACT), "Peche peche", ["Peche"]),
    ("accents are folded by default", term("péché", 'id = "a"'), "peche PÉCHÉ", ["peche", "PÉCHÉ"]),
    ("the text has accents, the term none", term("weed"), "wéèd", ["wéèd"]),
    ("exact accents fire", term("péché", ACCENTS), "péché", ["péché"]),
    ("exact accents do not", term("péché", ACCENTS), "peche", []),
    ("exact accents let the case be", term("péché", ACCENTS), "PÉCHÉ", ["PÉCHÉ"]),
    ("a letter that becomes two", term("strasse"), "große Straße", ["Straße"]),
    ("a ligature", term("fire"), "ﬁre", ["ﬁre"]),
    ("combining accents", term("weed"), "we\u0301ed", ["we\u0301ed"]),
    ("a capital that becomes two code points", term("istanbul"), "İstanbul", ["İstanbul"]),
    ("full width", term("weed"), "ｗｅｅｄ", ["ｗｅｅｄ"]),
    ("mathematical letters", term("weed"), "𝐰𝐞𝐞𝐝", ["𝐰𝐞𝐞𝐝"]),
    ("letters in circles", term("weed"), "ⓦⓔⓔⓓ", ["ⓦⓔⓔⓓ"]),
    ("zero-width characters", term("weed"), "w\u200be\u200de\u2060d", ["w\u200be\u200de\u2060d"]),
    ("soft hyphens", term("weed"), "we\u00aded", ["we\u00aded"]),
    ("a stroked letter", term("lodz"), "Łódź", ["Łódź"]),
    ("digits of another script", term("ak47"), "ak٤٧", ["ak٤٧"]),
]
FORMS = [
    ("irregular plural", KNIFE, "two knives", ["knives"]),
    ("the word itself", KNIFE, "a knife", ["knife"]),
    ("no other form", KNIFE, "knifes knifing", []),
    ("y", term("party", 'inflect = ["plural"]'), "parties partys", ["parties"]),
    ("ch", term("punch", 'inflect = ["plural"]'), "punches punchs", ["punches"]),
    ("doubling", term("drug", 'inflect = ["verb"]'), "drugs drugged drugging druged", ["drugs", "drugged", "drugging"]),
    ("silent e", term("smoke", 'inflect = ["verb"]'), "smoked smoking smokeing", ["smoked", "smoking"]),
    ("irregular past", term("shoot", 'inflect = ["verb"]'), "shot shooted shooting", ["shot", "shooting"]),
    ("doer", term("kill", 'inflect = ["agent"]'), "a killer, killers", ["killer", "killers"]),
    ("last word of a phrase", term("hand gun", 'inflect = ["plural"]'), "hand guns hands gun", ["hand guns"]),
    ("first word of a phrase", term("burn down", 'inflect = ["verb"]'), "burning down", ["burning down"]),
    ("forms as they are listed", term("gun", 'forms = ["gat"]'), "a gat, gats", ["gat"]),
]
TABLE = [*WORDS, *PHRASES, *PARTS, *DOMAINS, *WRITTEN, *FORMS]


@pytest.mark.parametrize(("library", "text", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_what_stands_as_the_term_says_fires(library: str, text: str, expected: list[str], back_end: str) -> None:
    """Boundaries, phrases, parts of words, domains, spelling and forms."""
    assert matches(library, text, back_end=back_end) == expected


def test_places_are_those_of_the_original_characters(back_end: str) -> None:
    """Offsets count code points of the text as it was given, whatever folding made of it."""
    text = "ß ﬁ\u200b İ 😀 GU\u00adN, straße"
    findings = screener(GUN + term("strasse"), back_end).screen(observe(text)).findings
    assert [(text[f.start : f.end], f.matched) for f in findings] == [("GU\u00adN", "GU\u00adN"), ("straße", "straße")]
    assert [f.start for f in findings] == [9, 15]

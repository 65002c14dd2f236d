"""Regular inflected forms, so that a library lists `gun` and means *guns* too. A compiled set lists every form."""

import re
from collections.abc import Callable, Iterable

from engine.library.model import Inflection

VOWELS = "aeiou"
# English nouns whose plural is not made by the rules below.
IRREGULAR = {
    "man": "men", "woman": "women", "child": "children", "foot": "feet", "tooth": "teeth", "person": "people",
    "mouse": "mice", "goose": "geese", "knife": "knives", "life": "lives", "wife": "wives", "thief": "thieves",
    "leaf": "leaves", "half": "halves", "loaf": "loaves", "shelf": "shelves", "wolf": "wolves", "calf": "calves",
}  # fmt: skip
# English verbs of more than one syllable whose last consonant doubles.
DOUBLING = ("traffic", "kidnap", "handicap", "worship", "program", "unwrap", "unzip", "bootleg", "catfish")
PAST = {
    "shoot": ("shot",), "steal": ("stole", "stolen"), "sell": ("sold",), "buy": ("bought",), "deal": ("dealt",),
    "hide": ("hid", "hidden"), "fight": ("fought",), "strike": ("struck",), "beat": ("beaten",), "bet": (), "cut": (),
    "hit": (), "hurt": (), "slit": (), "spread": (), "burn": ("burnt",), "hang": ("hung",), "stick": ("stuck",),
    "drive": ("drove", "driven"), "drink": ("drank", "drunk"), "smoke": ("smoked",), "wear": ("wore", "worn"),
    "make": ("made",), "take": ("took", "taken"), "blow": ("blew", "blown"), "throw": ("threw", "thrown"),
    "give": ("gave", "given"), "get": ("got",), "meet": ("met",), "send": ("sent",), "build": ("built",),
    "slay": ("slew", "slain"),
}  # fmt: skip


def plural_en(word: str) -> list[str]:
    """Return the regular English plural: knife → knives, party → parties, box → boxes."""
    for singular, many in IRREGULAR.items():
        if word == singular or (word.endswith(singular) and len(singular) > 3):
            return [word[: -len(singular)] + many]
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return [word + "es"]
    if word.endswith("y") and word[-2:-1] not in VOWELS:
        return [word[:-1] + "ies"]
    return [word + "s"]


def verb_en(word: str) -> list[str]:
    """Return third person, past and -ing of an English verb: drug → drugs, drugged, drugging."""
    stem = _stem_en(word)
    if word in PAST:
        past = list(PAST[word])
    elif word.endswith("e"):
        past = [word + "d"]
    elif word.endswith("y") and word[-2:-1] not in VOWELS:
        past = [word[:-1] + "ied"]
    else:
        past = [stem + "ed"]
    return [*plural_en_regular(word), *past, stem + "ing"]


def plural_en_regular(word: str) -> list[str]:
    """The -s of verbs: as the plural, but knife is not irregular here."""
    if word.endswith(("s", "x", "z", "ch", "sh", "o")):
        return [word + "es"]
    if word.endswith("y") and word[-2:-1] not in VOWELS:
        return [word[:-1] + "ies"]
    return [word + "s"]


def agent_en(word: str) -> list[str]:
    """Return the doer, one and many: kill → killer, killers."""
    stem = word[:-1] + "i" if word.endswith("y") and word[-2:-1] not in VOWELS else _stem_en(word)
    return [stem + "er", stem + "ers"]


def _stem_en(word: str) -> str:
    """Return what -ing is added to: drug → drugg, smoke → smok, panic → panick."""
    if word.endswith("e") and not word.endswith(("ee", "oe", "ye")):
        return word[:-1]
    if word.endswith("ic"):
        return word + "k"
    short = re.fullmatch(r"[^aeiou]*(?:qu)?[aeiou][bdgklmnprtvz]", word)
    return word + word[-1] if short or word in DOUBLING else word


def plural_es(word: str) -> list[str]:
    """Return the regular Spanish plural."""
    if word.endswith("z"):
        return [word[:-1] + "ces"]
    return [word + ("s" if word[-1] in "aeiouáéó" else "es")]


def plural_fr(word: str) -> list[str]:
    """Return the regular French plural."""
    if word.endswith(("s", "x", "z")):
        return []
    if word.endswith(("eau", "au", "eu")):
        return [word + "x"]
    return [word[:-1] + "ux" if word.endswith("al") else word + "s"]


Rule = Callable[[str], list[str]]
RULES: dict[tuple[str, Inflection], Rule] = {
    ("en", Inflection.PLURAL): plural_en,
    ("en", Inflection.VERB): verb_en,
    ("en", Inflection.AGENT): agent_en,
    ("es", Inflection.PLURAL): plural_es,
    ("fr", Inflection.PLURAL): plural_fr,
}


def inflections(text: str, kinds: Iterable[Inflection], language: str) -> list[str]:
    """Return the forms of a text, without the text itself. Raises KeyError (language, kind) where there is no rule."""
    forms: list[str] = []
    for kind in sorted(kinds):
        rule = RULES[language.partition("-")[0], kind]
        words = text.split()
        place = len(words) - 1 if kind is Inflection.PLURAL else 0
        forms += [" ".join([*words[:place], form, *words[place + 1 :]]) for form in rule(words[place].lower())]
    return [form for form in dict.fromkeys(forms) if form != text]

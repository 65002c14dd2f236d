"""Letters of another script that look like those of the word: `wееd` with Cyrillic е.

The table lists letters of the common scripts by the plain letter that they are mistaken for. Forms that folding already
handles (accents, full-width, mathematical) are not in it.
"""

from collections.abc import Iterator

from engine.library.model import View
from engine.text.characters import FOLD
from engine.text.views.reading import Reading

LOOK_ALIKES = {
    "a": "аАαΑɑᴀꭺᎪⲁⲀꓮӑ",
    "b": "ВвЬьЪъΒβƅʙᏴᏼⲂꓐҍбЂ",
    "c": "сСϲϹᴄⲥⲤꓚᏟҫҪⅽ",
    "d": "ԁԀժᎠꓓᴅɗⅾđ",
    "e": "еЕεΕҽҼᴇⲉⲈꓰᎬɛєЄәэЭ",
    "f": "ϝϜғҒƒſꓝꜰքḟ",
    "g": "ɡɢցԌԍᏀꓖɠ",
    "h": "һҺНнΗհʜᎻⲎꓧңҥ",
    "i": "іІιΙıɩɪᎥⲒӏйїЇίϊ",
    "j": "јЈϳᴊᎫꓙյ",
    "k": "кКκΚᴋᏦⲕⲔꓗқҡҝ",
    "l": "ⅼӀʟᏞⳑꓡιլŀ",
    "m": "мМΜᴍᎷⲘꓟⅿӎ",
    "n": "пПΝηոռᴎⲚꓠɴնйԥ",
    "o": "оОοΟσօՕᴏⲟⲞꓳөՓфδ",
    "p": "рРρΡᴘᏢⲣⲢꓑҏϸ",
    "q": "ԛԚգզʠ",
    "r": "гГᴦʀꭇᎡꓣɼяЯѓ",
    "s": "ѕЅꜱʂᏚꓢՏટ",
    "t": "тТτΤᴛᎢⲦꓔҭţ",
    "u": "υսՍᴜꓴцџʋύü",
    "v": "ѵѴνᴠᏙꓦⅴט",
    "w": "ԝԜшШωщᴡᎳꓪѡա",
    "x": "хХχΧᚷⲭⲬꓫⅹҳӽ",
    "y": "уУΥγүҮʏᎩⲨꓬӯў",
    "z": "ᴢΖᏃꓜʐժҙзЗ",
}
TO_LATIN = {char: letter for letter, chars in LOOK_ALIKES.items() for char in chars if not char.isascii()}
TO_CYRILLIC = dict(zip("abcehikmoptxyr3", "авсеніkмортхуг3", strict=True)) | {
    "k": "к",
    "3": "з",
    "0": "о",
    "u": "и",
    "n": "п",
}
TO_GREEK = dict(zip("abeihkmnoptuxyvw", "αβειηκμνορτυχγνω", strict=True))


def read(token: str) -> Iterator[Reading]:
    """Read a token as Latin, and one that mixes scripts also as Cyrillic and as Greek."""
    if token.isascii():
        return
    yield _reading(token, TO_LATIN)
    if any("a" <= char.lower() <= "z" for char in token):
        if any("\u0400" <= char <= "\u04ff" for char in token):
            yield _reading(token, TO_CYRILLIC)
        if any("\u0370" <= char <= "\u03ff" for char in token):
            yield _reading(token, TO_GREEK)


def _reading(token: str, table: dict[str, str]) -> Reading:
    folded: list[str] = []
    origins: list[int] = []
    for index, char in enumerate(token):
        plain = FOLD[ord(char)]
        letters = table.get(char) or "".join(table.get(letter, letter) for letter in plain)
        folded += letters
        origins += [index] * len(letters)
    return Reading("".join(folded), origins, View.HOMOGLYPH)

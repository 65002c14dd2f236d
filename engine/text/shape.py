"""Things made of letters that are not words: product codes, addresses, paths, keys. Terms do not fire inside them."""

import re

from engine.library.model import Shape

OPENING = "([{<\"'“‘«„*_~`"
CLOSING = ")]}>\"'”’»*_~`,.;:!?…"
LONGEST = 2048
USUAL = 40
"""Characters beside a match that are looked at first."""

URL = re.compile(r"[a-z][a-z0-9+.-]{1,20}://|www\.", re.IGNORECASE)
EMAIL = re.compile(r"[^\s@]+@[\w-]+(?:\.[\w-]+)+$")
HOST = re.compile(
    r"(?:[a-z0-9_-]{1,63}\.)+(?:com|net|org|info|biz|edu|gov|mil|int|io|ai|app|dev|xyz|top|site|online|shop|club|xxx|onion|"
    r"uk|ie|eu|us|ca|au|nz|de|fr|es|it|nl|be|ch|at|pl|ro|cz|hu|ru|ua|cn|jp|kr|in|pk|br|mx|za|se|no|dk|fi|pt|gr|tr|co|tv|cc|ws|to|ly|gg)"
    r"(?::\d+)?(?:[/?#].*)?$",
    re.IGNORECASE,
)
PATH = re.compile(r"(?:~|\.{1,2})?/[\w.~+-]+/|(?:~|\.{1,2})/|[A-Za-z]:[\\/]|\\\\|[\w.-]+\\[\w.-]+\\")
FILE = re.compile(
    r"\.(?:pdf|docx?|odt|rtf|txt|jpe?g|png|gif|webp|heic|mp[34]|avi|mov|mkv|webm|wav|zip|rar|7z|html?)$", re.IGNORECASE
)
UUID = re.compile(r"\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?$", re.IGNORECASE)
UUID_LENGTH, KEY_LENGTH = 36, 16
NUMBERED = re.compile(r"\d{1,3}\.\d{1,3}\.[\w.]+$")
KEY = re.compile(r"(?=[^\s]*\d)(?=[^\s]*[a-z])(?=[^\s]*[A-Z])[A-Za-z0-9+/_-]{16,}={0,2}$")
CAPITALS = re.compile(r"(?=.*\d)[A-Z0-9]+(?:[-/_.#][A-Z0-9]+)*$")
SEARCHED = re.compile(r"[?&](?:q|query|search|search_query|p|text|s|k|keywords?|term|wd)=([^&#]*)", re.IGNORECASE)
WORD_BEFORE = re.compile(r"([^\W\d_]+)[^\w\n]*$")
WORD_AFTER = re.compile(r"[^\w\n]*([^\W\d_]+)")


def chunk_around(text: str, start: int, end: int) -> tuple[int, int]:
    """Return start and end of what stands around a match without white space, less brackets and punctuation."""
    before, after = _beside(text, start, end, USUAL)
    if len(before) == USUAL or len(after) == USUAL:
        before, after = _beside(text, start, end, LONGEST)
    return start - len(before.lstrip(OPENING)), end + len(after.rstrip(CLOSING))


def _beside(text: str, start: int, end: int, reach: int) -> tuple[str, str]:
    before, after = text[max(0, start - reach) : start], text[end : end + reach]
    before = before.rsplit(None, 1)[-1] if before and not before[-1].isspace() else ""
    after = after.split(None, 1)[0] if after and not after[0].isspace() else ""
    return before, after


def shape_of(text: str, start: int, end: int, *, disguised: bool) -> Shape | None:
    """Return the shape that the match stands in, or `None` for words. `disguised`: read through digits or symbols."""
    first, last = chunk_around(text, start, end)
    whole = first == start and last == end
    if whole and not disguised:
        return None
    chunk = text[first:last]
    shape = _shape(text, first, last, whole=whole)
    if shape in (Shape.URL, Shape.HOST) and _is_searched(chunk, start - first):
        return None
    return None if shape is Shape.PATH and _names_file(chunk, start - first) else shape


def _shape(text: str, first: int, last: int, *, whole: bool) -> Shape | None:
    chunk = text[first:last]
    if chunk.isalpha() or (last - first < UUID_LENGTH and chunk.replace("-", "").replace("'", "").isalpha()):
        return None
    # Each expression needs a character that most chunks have not, and looking for that is quicker.
    dotted, sloping = "." in chunk, "/" in chunk or "\\" in chunk
    if (dotted or sloping) and URL.match(chunk):
        return Shape.URL
    if dotted and "@" in chunk and EMAIL.match(chunk):
        return Shape.EMAIL
    if sloping and PATH.match(chunk):
        return Shape.PATH
    if _is_code(text, first, last, whole=whole):
        return Shape.CODE
    return Shape.HOST if dotted and HOST.match(chunk) and not _is_dotted(chunk) else None


def _is_searched(url: str, offset: int) -> bool:
    """The words of a search in a URL are words that somebody typed."""
    return any(found.start(1) <= offset < found.end(1) for found in SEARCHED.finditer(url))


def _names_file(path: str, offset: int) -> bool:
    """The name of a document or picture says something; the folders on the way to it do not."""
    return bool(FILE.search(path)) and offset > max(path.rfind("/"), path.rfind("\\"))


def _is_dotted(chunk: str) -> bool:
    """`s.e.x` and the like are letters with dots, not a host."""
    return all(len(part) == 1 for part in chunk.split(".")[:-1])


def _is_code(text: str, first: int, last: int, *, whole: bool) -> bool:
    chunk = text[first:last]
    if (last - first >= UUID_LENGTH and UUID.match(chunk)) or (chunk[0].isdigit() and NUMBERED.match(chunk)):
        return True
    if last - first >= KEY_LENGTH and KEY.match(chunk):
        return True
    if chunk.upper() != chunk or not CAPITALS.match(chunk):
        return False
    return not (whole and chunk.isalnum() and _is_shouted(text, first, last))


def _is_shouted(text: str, first: int, last: int) -> bool:
    """Capitals and digits among words in capitals are a loud word; among small letters they are a code."""
    before = WORD_BEFORE.search(text, max(0, first - 40), first)
    after = WORD_AFTER.match(text, last, last + 40)
    beside = [found.group(1) for found in (before, after) if found]
    return bool(beside) and all(word.isupper() for word in beside)

"""Read the lists of SquidGuard and its like: sites (`domains`), pages (`urls`), and expressions for addresses."""

import re
from collections.abc import Iterator

from overt.library_import.entry import Entry, Refused, Row

HOST = re.compile(r"\.?[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")
ADDRESS = re.compile(r"[0-9.]+|\[?[0-9a-f:]+:[0-9a-f:.]*\]?")
EDGE = r"\[[^\]]+\]"
START = re.compile(rf"^(?:\((?:\^\|)?{EDGE}(?:\|\^)?\)|{EDGE}|\^|\\b)")
END = re.compile(rf"(?:\((?:\$\|)?{EDGE}(?:\|\$)?\)|{EDGE}|\$|\\b)$")
CHOICE = re.compile(r"\((?:\?:)?([^()]*)\)|([^()]*)")
WORD = re.compile(r"[\w -]+")
IN_ADDRESSES = ("url", "host")
MATCHES = {(True, True): None, (True, False): "prefix", (False, True): "suffix", (False, False): "substring"}
"""How a word matches, by whether the expression asks for an edge before and after it."""


def sites(text: str) -> Iterator[Row]:
    """Yield a domain a line. Pages and addresses in numbers cannot be said in a library, which knows sites."""
    for number, said in _lines(text):
        host = said.lower().removeprefix("http://").removeprefix("https://").rstrip("/")
        if "/" in host:
            yield Refused(number, "is one page of a site: a library knows whole sites")
        elif ADDRESS.fullmatch(host):
            yield Refused(number, "is an address in numbers: a library knows names of sites")
        elif HOST.fullmatch(host):
            yield Entry(number, host.removeprefix("www."), match="domain")
        else:
            yield Refused(number, "is no name of a site")


def expressions(text: str) -> Iterator[Row]:
    """Yield the words of each expression that is a choice of words, perhaps with edges: `(^|[-/_.])(casino|poker)`."""
    for number, said in _lines(text):
        yield from _expression(number, said)


def _expression(number: int, said: str) -> Iterator[Row]:
    body, starts = START.subn("", said, count=1)
    body, ends = END.subn("", body, count=1)
    choice = CHOICE.fullmatch(body)
    words = (choice.group(1) or choice.group(2) or "").split("|") if choice is not None else []
    if not words or not all(WORD.fullmatch(word) for word in words):
        yield Refused(number, "is more than a choice of words: write the words out")
        return
    match = MATCHES[bool(starts), bool(ends)]
    for word in words:
        yield Entry(number, " ".join(word.split()), match=match, also_in=IN_ADDRESSES)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        said = line.strip()
        if said and not said.startswith("#"):
            yield number, said

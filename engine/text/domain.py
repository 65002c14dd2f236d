"""Terms that are domains: `example.com` also in `www.example.com/page`, `.xxx` in `videos.xxx`."""

from engine.text.shape import NUMBERED, chunk_around

HOST_CHARACTERS = frozenset("-_")


def stands(text: str, start: int, end: int, domain: str) -> bool:
    """Tell whether text[start:end] is the domain, or the end of a host that belongs to it."""
    if domain.startswith("."):
        if start < 2 or text[start - 1] != "." or not text[start - 2].isalnum():
            return False
    elif text[start:end].casefold() != domain.casefold() or (start and text[start - 1] in "@-_"):
        return False
    first, last = chunk_around(text, start, end)
    if NUMBERED.match(text, first, last):
        return False
    following = text[end : end + 2]
    if following[:1] in HOST_CHARACTERS:
        return False
    return not (following[:1] == "." and following[1:].isalnum())

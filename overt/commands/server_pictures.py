"""What `overt server authority issue` is told about pictures, as terms of the authority."""

from collections.abc import Sequence
from enum import Enum
from typing import NoReturn, TypeVar

import typer

from evidence.pictures import Act, Hashes, PictureTerms, Prefilter
from overt.exits import BAD_INPUT

FORM = "ID=N[,count|capture[,PERCENT]]"
PERCENT = 24
"""The threshold where none is given."""
_Choice = TypeVar("_Choice", bound=Enum)


def picture_terms(hashes: str, prefilters: Sequence[str]) -> PictureTerms | None:
    """Return the terms; None for the default, which an authority need not spell out. Stops on a wrong word."""
    terms = PictureTerms(_choice(Hashes, hashes, "--picture-hashes"), tuple(_prefilter(word) for word in prefilters))
    return None if terms == PictureTerms() else terms


def _prefilter(word: str) -> Prefilter:
    name, equals, rest = word.partition("=")
    condition, _, how = rest.partition(",")
    act, _, percent = how.partition(",")
    if not (name and equals and condition) or (percent and not percent.isdecimal()):
        _stop(f"{word!r} is not of the form --prefilter {FORM}")
    return Prefilter(name, _choice(Act, act or Act.COUNT.value, "--prefilter"), int(percent or PERCENT), condition)


def _choice(kind: type[_Choice], word: str, option: str) -> _Choice:
    try:
        return kind(word)
    except ValueError:
        return _stop(f"{option}: {word!r} is none of {', '.join(str(one.value) for one in kind)}")


def _stop(says: str) -> NoReturn:
    typer.echo(f"Error: {says}", err=True)
    raise typer.Exit(BAD_INPUT)

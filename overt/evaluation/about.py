"""What an evaluation was of."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class About:
    """What was evaluated with what. `finished` is False after Ctrl-C: the report is of a part, and says so."""

    corpus: tuple[str, ...]
    versions: Mapping[str, str]
    digest: str
    seconds: float
    finished: bool
    views: bool = True
    meaning: bool = False
    through_screen: bool = False

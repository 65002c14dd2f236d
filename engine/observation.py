"""What was seen: a piece of text or a picture, with where it came from."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum


class Provenance(IntEnum):
    """How the person stood to what was seen, weakest first. Typed words say more about intent than an advert does."""

    BACKGROUND = 1
    VISIBLE_WINDOW = 2
    FOCUSED_WINDOW = 3
    OPENED = 4
    PASTED = 5
    TYPED = 6


@dataclass(frozen=True, slots=True)
class Context:
    """Where an observation was made. `None` means unknown, not empty."""

    app: str | None = field(default=None, repr=False)
    title: str | None = field(default=None, repr=False)
    url: str | None = field(default=None, repr=False)
    account: str | None = None
    monitor: int | None = None
    private_window: bool = False
    """Whether it was in a private window of a browser, as far as anybody says."""


@dataclass(frozen=True, slots=True)
class TextObservation:
    """A text that was seen. `source` names the adapter (`ocr`, `window-title`, `accessibility`, `typed`, `file`, …)."""

    text: str = field(repr=False)
    provenance: Provenance
    source: str
    observed_at: datetime
    context: Context = Context()

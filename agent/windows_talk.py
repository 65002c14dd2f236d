"""How the notice and the badge, each a process of its own, speak with the agent: JSON lines on the standard streams.

They end when the agent ends: their standard input closes then.
"""

import json
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, TextIO

NOTICE_TITLE = "Overt: acceptable use"
BADGE_TITLE = "Overt badge"
PERSON_TITLE = "Overt: what is monitored here"


@dataclass(frozen=True, slots=True)
class Announcement:
    """What the person is told: all of it comes from the signed authority."""

    notice: str
    case: str
    issued_by: str
    contact: str
    until: str
    """A date and time as people write it."""
    watched: str
    """The kinds of source, in words."""

    def to_line(self) -> bytes:
        """Return the line a window process reads when it starts."""
        return json.dumps(asdict(self)).encode() + b"\n"


def read_announcement(stream: TextIO) -> Announcement:
    """Read what is to be shown."""
    return Announcement(**json.loads(stream.readline()))


def say(message: Mapping[str, Any]) -> None:
    """Tell the agent something; the agent being gone is no error here."""
    try:
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        pass


@dataclass(slots=True)
class Heard:
    """What the agent has said to a window since it was opened."""

    gone: threading.Event = field(default_factory=threading.Event)
    """Set when the agent closes our input."""
    said: dict[str, Any] = field(default_factory=dict)
    """The newest value of everything that was told."""
    pulses: int = 0
    """How often the window was asked to change some pixels."""


def listen() -> Heard:
    """Listen to the agent until it is gone."""
    heard = Heard()

    def take() -> None:
        for line in sys.stdin:
            told = json.loads(line)
            heard.pulses += bool(told.pop("pulse", False))
            heard.said.update(told)  # the same object: others look at it
        heard.gone.set()

    threading.Thread(target=take, daemon=True).start()
    return heard

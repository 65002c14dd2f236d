"""What a signature is, and what it is compared with: traces that a program leaves on a device."""

import datetime
from dataclasses import dataclass, field
from enum import StrEnum

from engine.library.places import Path


class Where(StrEnum):
    """Where a trace was seen."""

    PROCESS = "process"
    """Name of a running program's file, without folder and `.exe`."""
    PATH = "path"
    """Its whole path."""
    ARGUMENT = "argument"
    """A word of its command line."""
    TITLE = "title"
    """Title of a window."""
    PACKAGE = "package"
    """Name of an installed package."""
    INTERFACE = "interface"
    """Name of a network interface."""
    PORT = "port"
    """Number of a port that a program of this device listens on."""


class Category(StrEnum):
    """What the thing is for."""

    ANONYMITY = "anonymity"
    VPN = "vpn"
    PROXY = "proxy"
    VIRTUAL_MACHINE = "virtual-machine"
    REMOTE_DESKTOP = "remote-desktop"
    NESTED_SCREEN = "nested-screen"
    WIPING = "wiping"
    HIDING = "hiding"
    DEBUGGER = "debugger"
    PRIVATE_BROWSING = "private-browsing"
    SECOND_SYSTEM = "second-system"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Trace:
    """Something that was seen. `program` says whose argument it is, and is empty for the rest."""

    where: Where
    value: str = field(repr=False)
    program: str = ""

    def __str__(self) -> str:
        """Spell it as examples do."""
        return f"{self.where}: {self.program} {self.value}" if self.program else f"{self.where}: {self.value}"


@dataclass(frozen=True, slots=True)
class TraceExample:
    """A trace in an example, and where it stands in the file."""

    trace: Trace
    path: Path


@dataclass(frozen=True, slots=True)
class Signature:
    """One thing to recognise: any of its patterns is enough. `of` names the programs that arguments belong to."""

    signature_id: str
    category: Category
    says: str
    severity: int
    patterns: dict[Where, tuple[str, ...]]
    of: tuple[str, ...]
    hits: tuple[TraceExample, ...]
    misses: tuple[TraceExample, ...]
    path: Path


@dataclass(frozen=True, slots=True)
class SignatureFile:
    """One file of signatures."""

    file_id: str
    version: str
    title: str
    review: datetime.date
    licence: str
    source: str
    signatures: tuple[Signature, ...]
    origin: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignatureMatch:
    """A signature that was recognised, and by which pattern."""

    signature: Signature
    where: Where
    pattern: str

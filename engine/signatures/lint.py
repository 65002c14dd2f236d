"""Checks a file of signatures for what its author would want to know: failing examples, patterns too wide."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from engine.errors import Place
from engine.library.places import Path, Places, find_places
from engine.signatures.match import SignatureSet, normal
from engine.signatures.model import Signature, SignatureFile, Trace, Where

SHORTEST = 3
"""Letters that a pattern must say besides its wildcards; shorter ones meet by chance."""
# What is on ordinary devices and must never be a sign of anything.
EVERYDAY = {
    Where.PROCESS: [
        "systemd", "bash", "sh", "zsh", "python3", "python", "node", "java", "chrome", "chromium", "firefox", "msedge",
        "safari", "explorer", "svchost", "lsass", "winlogon", "finder", "windowserver", "launchd", "gnome-shell",
        "plasmashell", "xorg", "xwayland", "dbus-daemon", "pipewire", "networkmanager", "soffice.bin", "winword",
        "excel", "outlook", "teams", "slack", "zoom", "spotify", "vlc", "steam", "code", "notepad", "calc", "cupsd",
        "thunderbird", "nautilus", "dolphin", "gedit", "evince", "sshd", "cron", "onedrive", "dropbox", "discord",
    ],
    Where.PATH: ["/usr/bin/bash", "/usr/lib/firefox/firefox", "C:/Windows/explorer.exe", "/usr/lib/chromium/chromium"],
    Where.TITLE: [
        "Mozilla Firefox",
        "New Tab - Google Chrome",
        "Inbox - Outlook",
        "BBC News - Mozilla Firefox",
        "Essex solicitors - Google Search - Chromium",
        "Private property law - Wikipedia",
        "Terminal",
    ],
    Where.PACKAGE: ["bash", "firefox-esr", "libreoffice-core", "python3", "openssh-client"],
    Where.INTERFACE: ["lo", "eth0", "enp3s0", "wlan0", "wlp2s0", "docker0", "Ethernet", "Wi-Fi", "en0"],
    Where.PORT: ["22", "53", "80", "443", "631", "5353", "8080"],
    Where.ARGUMENT: ["--type=renderer", "--help", "-c"],
}  # fmt: skip


class SignatureCode(StrEnum):
    """Stable names of what can be wrong. docs/evasion-signatures.md explains each."""

    EXAMPLE_FAILS = "S101"
    NO_HIT = "S102"
    NO_MISS = "S103"
    UNTRIED = "S104"
    TOO_SHORT = "S201"
    EVERYDAY = "S202"
    TWICE = "S203"
    NOT_NORMAL = "S204"
    REVIEW_OVERDUE = "S301"

    @property
    def slug(self) -> str:
        """The name, for people: `example-fails`."""
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True)
class SignatureProblem:
    """One thing that is wrong: where, what, and what to do."""

    code: SignatureCode
    place: Place
    signature_id: str
    what: str
    fix: str


def lint_signatures(file: SignatureFile, today: datetime.date) -> list[SignatureProblem]:
    """Return what is wrong with a file, in the order of the file."""
    places = find_places(file.origin, file.text)
    found = [
        *_about(file, places, today),
        *(problem for one in file.signatures for problem in _examples(one, file, places)),
        *(problem for one in file.signatures for problem in _patterns(one, file, places)),
        *_twice(file, places),
    ]
    return sorted(found, key=lambda one: (one.place.line, one.place.column, one.code))


def _about(file: SignatureFile, places: Places, today: datetime.date) -> Iterator[SignatureProblem]:
    if file.review < today:
        place = places.of(("signatures", "review"))
        what = f"The review was due on {file.review}: programs get new names."
        yield SignatureProblem(SignatureCode.REVIEW_OVERDUE, place, "", what, "look through it and set a new date")


def _examples(one: Signature, file: SignatureFile, places: Places) -> Iterator[SignatureProblem]:
    alone = SignatureSet([_only(file, one)])

    def problem(code: SignatureCode, path: Path, what: str, fix: str) -> SignatureProblem:
        return SignatureProblem(code, places.of(path), one.signature_id, what, fix)

    for example in one.hits:
        if not alone.match(example.trace):
            yield problem(SignatureCode.EXAMPLE_FAILS, example.path, "This hit is not recognised.", "mend the pattern")
    for example in one.misses:
        if alone.match(example.trace):
            yield problem(SignatureCode.EXAMPLE_FAILS, example.path, "This miss is recognised.", "narrow the pattern")
    if not one.hits:
        yield problem(SignatureCode.NO_HIT, one.path, "No example shows that it works.", 'add hit = ["process: …"]')
    if not one.misses:
        yield problem(SignatureCode.NO_MISS, one.path, "No example shows its limits.", 'add miss = ["process: …"]')
    for where in one.patterns:
        if one.hits and where not in {example.trace.where for example in one.hits}:
            what = f"No hit tries its patterns for {where}."
            yield problem(SignatureCode.UNTRIED, (*one.path, where.value), what, f'add a hit "{where}: …"')


def _patterns(one: Signature, file: SignatureFile, places: Places) -> Iterator[SignatureProblem]:
    alone = SignatureSet([_only(file, one)])
    for where, patterns in one.patterns.items():
        for index, pattern in enumerate(patterns):
            place = places.of((*one.path, where.value, index))
            said = len(pattern.replace("*", "").replace("?", ""))
            if said < SHORTEST and where not in (Where.PORT, Where.INTERFACE, Where.ARGUMENT):
                what = f"“{pattern}” says {said} letters: it will meet something harmless."
                yield SignatureProblem(SignatureCode.TOO_SHORT, place, one.signature_id, what, "use the path as well")
            if pattern != normal(where, pattern):
                what = f"“{pattern}” is compared as “{normal(where, pattern)}”."
                yield SignatureProblem(SignatureCode.NOT_NORMAL, place, one.signature_id, what, "write it so")
        for value in EVERYDAY[where]:
            trace = Trace(where, value, one.of[0] if where is Where.ARGUMENT else "")
            if alone.match(trace):
                place = places.of((*one.path, where.value))
                what = f"It takes “{value}”, which is on every device, for a sign."
                yield SignatureProblem(SignatureCode.EVERYDAY, place, one.signature_id, what, "narrow the pattern")


def _twice(file: SignatureFile, places: Places) -> Iterator[SignatureProblem]:
    seen: dict[tuple[Where, str, tuple[str, ...]], str] = {}
    for one in file.signatures:
        for where, patterns in one.patterns.items():
            for index, pattern in enumerate(patterns):
                key = (where, normal(where, pattern), one.of if where is Where.ARGUMENT else ())
                if key in seen:
                    place = places.of((*one.path, where.value, index))
                    what = f"“{pattern}” stands in {seen[key]} already: both would be told."
                    yield SignatureProblem(SignatureCode.TWICE, place, one.signature_id, what, "keep one of them")
                seen.setdefault(key, one.signature_id)


def _only(file: SignatureFile, one: Signature) -> SignatureFile:
    about = (file.file_id, file.version, file.title, file.review, file.licence, file.source)
    return SignatureFile(*about, (one,), file.origin, file.text)

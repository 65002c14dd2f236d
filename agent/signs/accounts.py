"""Accounts of this device for people: a new one is a place that is not watched."""

import sys
from collections.abc import Iterator
from pathlib import Path

from agent.signs.changes import ListWatcher
from agent.signs.sign import Sign

FIRST, LAST = 1000, 59_999
"""User ids of people on Linux (login.defs: UID_MIN, UID_MAX)."""
PASSWD = Path("/etc/passwd")
_NO_LOGIN = ("nologin", "false")


def account_watcher() -> ListWatcher[str]:
    """Watch the list of accounts."""
    return ListWatcher(people, came=_came, went=_went, pause=5.0)


def people() -> Iterator[str]:
    """Yield the names of accounts that people log in with."""
    if sys.platform == "linux":
        yield from people_of(PASSWD.read_text(encoding="utf-8", errors="replace"))


def people_of(passwd: str) -> Iterator[str]:
    """Yield the names of people in a passwd file (five colons, user id third, shell last)."""
    for line in passwd.splitlines():
        fields = line.split(":")
        person = len(fields) == 7 and fields[2].isdigit() and FIRST <= int(fields[2]) <= LAST
        if person and not fields[6].endswith(_NO_LOGIN):
            yield fields[0]


def _came(name: str) -> Sign:
    text = "An account was added to this device. It is not watched unless the authority names it."
    return Sign("account-added", text, {"account": name}, 2)


def _went(name: str) -> Sign:
    return Sign("account-removed", "An account of this device was removed.", {"account": name}, 1)

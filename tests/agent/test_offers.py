"""Which sources each system offers: every one that can be permitted, and where there is none it says why."""

import sys
from pathlib import Path

import pytest

from agent.errors import PlatformError
from agent.platforms.offers import Provided, offers
from agent.ports import Scene, Source
from agent.roster import Roster
from evidence.sources import SOURCES
from tests.agent.test_roster import HandClock
from tests.waiting import PATIENCE, wait_until

NOWHERE = Scene.nowhere()


@pytest.mark.parametrize("system", ["linux", "win32", "darwin"])
def test_each_source_that_is_offered_can_be_permitted(monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    """By the names that an authority and the notice use, each once, on every system."""
    monkeypatch.setattr(sys, "platform", system)
    names = [one.permission for one in offers()]
    assert sorted([*names, "screen-text", "window-title", "screen-picture"]) == sorted(SOURCES)


@pytest.mark.parametrize(
    ("system", "wayland", "permission", "why"),
    [
        ("win32", "", "notifications", "package identity"),
        ("darwin", "", "notifications", "notifications of others"),
        ("linux", "wayland-0", "typed-text", "Wayland"),
        ("linux", "wayland-0", "clipboard", "Wayland"),
    ],
)
def test_a_source_that_a_system_has_none_of_says_why(
    monkeypatch: pytest.MonkeyPatch, system: str, wayland: str, permission: str, why: str
) -> None:
    """Where an authority names it: once in the record, and in what coverage and status tell of its health."""
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setenv("WAYLAND_DISPLAY", wayland)
    told: list[tuple[str, str]] = []
    clock = HandClock()
    roster = Roster(offers(), permission.__eq__, tell=lambda event, text, _: told.append((event, text)), clock=clock)
    for _ in range(3):
        assert roster.poll(NOWHERE) == []
        clock.wait(3600)
    assert [event for event, _ in told] == ["source-failed"]
    assert why in told[0][1]
    assert why in roster.health[permission].reason
    assert not roster.health[permission].works


@pytest.mark.parametrize(
    ("system", "permission", "missing"),
    [
        ("win32", "typed-text", "UI Automation"),
        ("win32", "clipboard", "not Windows"),
        ("win32", "neighbours", "not Windows"),
        ("darwin", "typed-text", "frameworks of macOS"),
        ("darwin", "clipboard", "frameworks of macOS"),
        ("darwin", "neighbours", "cannot be asked for"),
    ],
)
def test_each_system_starts_its_own_adapter(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, system: str, permission: str, missing: str
) -> None:
    """Here, where that system's libraries are missing, it gets as far as saying so."""
    monkeypatch.setattr(sys, "platform", system)
    (offer,) = [one for one in offers(Provided(folder=tmp_path)) if one.permission == permission]
    source = offer.start()
    try:
        assert missing in failure(source)
    finally:
        source.close()


def failure(source: Source) -> str:
    """Return why a source that works in a thread of its own failed."""
    said = ""

    def fails() -> bool:
        nonlocal said
        try:
            source.poll(NOWHERE)
        except PlatformError as problem:
            said = str(problem)
        return bool(said)

    assert wait_until(fails, PATIENCE), "it did not say what is missing"
    return said

"""Puts together what keeps the agent honest: coverage of each second, and watchers for tampering and evasion."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import agent
from agent import run_of_system
from agent.clock import SystemClock, boot_id
from agent.coverage_keeper import Before, CoverageKeeper
from agent.guard import Guard, GuardParts
from agent.platforms import open_session
from agent.ports import Notice, Windows
from agent.recorder import Recorder
from agent.screen_facts import JudgedScreen
from agent.signs.accounts import account_watcher
from agent.signs.displays import display_watcher
from agent.signs.files import FilesBelow, FileWatcher, Group
from agent.signs.media import media_watcher
from agent.signs.network import InterfaceWatcher, PortWatcher, ReachWatcher
from agent.signs.packages import PackageWatcher
from agent.signs.programs import ProgramWatcher
from agent.signs.recognise import Recogniser
from agent.signs.sign import Watcher
from agent.signs.titles import TitleWatcher
from agent.signs.tracer import TracerWatcher
from agent.state import StateFolder
from agent.upload import Delivered

HOSTS = Path("/etc/hosts")
PACKAGES = ("agent", "engine", "evidence", "overt", "libraries")


def make_guard(
    state: StateFolder,
    clock: SystemClock,
    recorder: Recorder,
    screen: JudgedScreen,
    windows: Windows,
    notice: Notice,
    delivery: Callable[[], Delivered],
    recogniser: Recogniser,
    told_titles: Callable[[], frozenset[str]],
    *,
    cut_off: bool,
) -> Guard:
    """Return the guard of this run; `told_titles` gives what accessibility calls the windows; `cut_off` says whether
    the run before did not end by itself."""
    before = Before(boot_id(), cut_off, run_of_system.boot_time(), run_of_system.login_time())
    keeper = CoverageKeeper(state, recorder, before, clock.now())
    watchers = [*_recognising(recogniser, windows, told_titles), *_comparing(state, screen), ReachWatcher(delivery)]
    return Guard(GuardParts(clock, recorder, keeper, open_session(), screen, notice, watchers))


def _recognising(
    recogniser: Recogniser, windows: Windows, told_titles: Callable[[], frozenset[str]]
) -> Iterator[Watcher]:
    yield ProgramWatcher(recogniser)
    yield TitleWatcher(recogniser, windows, told_titles)
    yield PackageWatcher(recogniser)
    yield InterfaceWatcher(recogniser)
    yield PortWatcher(recogniser)


def _comparing(state: StateFolder, screen: JudgedScreen) -> Iterator[Watcher]:
    yield display_watcher(lambda: screen.facts)
    yield media_watcher()
    yield account_watcher()
    yield FileWatcher(file_groups(state))
    if sys.platform == "linux":
        yield TracerWatcher()


def file_groups(state: StateFolder) -> tuple[Group, ...]:
    """Return the files that nobody should change while the agent runs."""
    program = Path(agent.__file__).parent.parent
    return (
        Group(
            "agent-files-changed", "Files of the agent's program were changed.", 4,
            FilesBelow((program / package for package in PACKAGES), (".py", ".toml")), program,
        ),
        Group(
            "agent-settings-changed", "Files of the agent's enrolment were changed or removed.", 4,
            lambda: (state.enrolment_file, state.device_key_file, state.ca_file, state.updates / "root.json"),
            state.root,
        ),
        Group(
            "hosts-changed", "The list of hosts was changed: names may lead to other computers now.", 2,
            lambda: (HOSTS,), HOSTS.parent,
        ),
    )  # fmt: skip

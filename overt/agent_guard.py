"""Puts together what keeps the agent honest: coverage of each second, and watchers for tampering and evasion."""

from agent import run_of_system
from agent.clock import SystemClock, boot_id
from agent.coverage_keeper import Before, CoverageKeeper
from agent.guard import Guard, GuardParts
from agent.platforms import open_session
from agent.ports import Notice
from agent.recorder import Recorder
from agent.screen_facts import JudgedScreen
from agent.state import StateFolder


def make_guard(
    state: StateFolder, clock: SystemClock, recorder: Recorder, screen: JudgedScreen, notice: Notice, *, cut_off: bool
) -> Guard:
    """Return the guard of this run; `cut_off` says whether the run before did not end by itself."""
    before = Before(boot_id(), cut_off, run_of_system.boot_time(), run_of_system.login_time())
    keeper = CoverageKeeper(state.coverage_file, recorder, before, clock.now())
    return Guard(GuardParts(clock, recorder, keeper, open_session(), screen, notice, ()))

"""Takes a folder of screenshots the way that the screen takes, for evaluation. Imported once permission was checked."""

from collections.abc import Callable
from pathlib import Path

from agent.exclusions import Exclusions
from agent.platforms.untitled import UntitledWindows
from agent.reading import Reader
from agent.replay import pictures_in, replay
from agent.state import Status
from evidence.header import Origin
from overt.agent_assembly import Assembly
from overt.agent_run import Agent

FLUSH_PATIENCE = 10.0


def replay_folder(agent: Agent, folder: Path, tell: Callable[[str], None]) -> int:
    """Take each picture through the pipeline and deliver what was captured; return how many. `tell` hears of each."""
    pictures = pictures_in(folder)
    made = Assembly(agent, Origin.REPLAY)
    pipeline = made.pipeline(Exclusions(made.in_use.policy.excluded, UntitledWindows()))
    sight = made.pictures(pipeline)
    uploader, reader = made.uploader(), Reader()
    uploader.start()
    try:
        for one in replay(pictures, reader, pipeline, made.recorder, lambda: agent.clock.stopped, sight):
            tell(f"{one.name}: {one.problem or ('captured' if one.captured else 'no capture')}")
    finally:
        reader.close()
        if sight is not None:
            sight.close()
        uploader.finish(FLUSH_PATIENCE)
        captures, waiting = pipeline.counts.captures, len(made.spool) + made.recorder.waiting
        status = Status(
            "stopped", "the replay is over", captures=captures, spooled=waiting,
            delivered=uploader.state.count, last_report=uploader.state.last,
        )  # fmt: skip
        agent.state.write_status(made.updates.standing(status))
    return pipeline.counts.captures

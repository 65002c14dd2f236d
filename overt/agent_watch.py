"""Puts together what watches the screen. Imported once the permission was checked: all of it sees the screen."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from getpass import getuser

from agent import handover
from agent.clock import boot_id
from agent.errors import PlatformError
from agent.exclusions import Exclusions
from agent.frames_around import FramesAround
from agent.known_files import KnownFilePipeline
from agent.notice import WindowNotice
from agent.picture_decide import PictureDecider
from agent.picture_source import PictureSource
from agent.pipeline import Pipeline
from agent.platforms import accessible_text, open_screen, open_windows
from agent.platforms.offers import Provided, offers
from agent.ports import Windows
from agent.reading import Reader
from agent.roster import Roster
from agent.screen_facts import JudgedScreen
from agent.screen_text import ScreenText
from agent.service import FLUSH_PATIENCE, Parts, Service
from agent.state import write_replaced
from agent.watch import Watch
from agent.windows_talk import Announcement
from evidence.authority import Authority
from evidence.header import Origin
from evidence.sources import SOURCES
from overt.agent_assembly import Assembly
from overt.agent_files import DeviceFiles
from overt.agent_guard import make_guard
from overt.agent_run import Agent
from overt.agent_updates import Prepared
from overt.agent_upkeep import make_upkeep

AGAIN = 3600.0
"""Seconds after which it is told again why the agent cannot begin."""
READING_ENDED = (
    "The process that reads the screen's pixels ended or did not answer, by itself or by somebody's hand; it is "
    "started again. What it was reading is not known."
)


def announcement(authority: Authority) -> Announcement:
    """Return what the person is told, out of the authority's own words."""
    terms = authority.terms
    return Announcement(
        notice=terms.notice,
        case=terms.case,
        issued_by=terms.issued_by,
        contact=terms.contact,
        until=f"{terms.not_after.astimezone():%d %B %Y, %H:%M}",
        watched="; ".join(SOURCES.get(source, source) for source in terms.sources),
    )


@dataclass(frozen=True, slots=True)
class _View:
    """What the world is seen through, and what of it is left out."""

    screen: JudgedScreen
    windows: Windows
    notice: WindowNotice
    exclusions: Exclusions
    around: FramesAround


def make_service(agent: Agent) -> Service:
    """Open the screen, show the notice; return the agent's life, not begun yet. Raises PlatformError, EngineError."""
    made = Assembly(agent, Origin.SCREEN)
    handover.untold(agent.state, made.recorder.event)
    with _told(made):
        view = _open(made)
    pipeline = made.pipeline(view.exclusions, view.around)
    pictures = made.pictures(pipeline, view.around)
    known, files = DeviceFiles(made.in_use.pictures), _known_files(made, view, pipeline)
    roster = _roster(made, pipeline, known, pictures=pictures is not None)
    text = _screen_text(made, view, pipeline, pictures)
    watch = Watch(
        view.screen, view.windows, view.notice, text, roster, view.exclusions, pipeline, pictures, view.around, files
    )
    uploader, recogniser, private = made.uploader(), made.recogniser, made.private
    cut_off = agent.state.begin_run(boot_id())

    def apply(new: Prepared) -> None:  # holds nothing of the set in use now, which may be large
        pipeline.use(new.screener, new.policy, new.fetched.version)
        recogniser.use(new.signatures)
        known.use(new.pictures)
        files.use(new.policy)
        if pictures is not None:
            pictures.use(new.pictures.screener, new.policy)

    upkeep = make_upkeep(agent.state, agent.enrolment, agent.transport, made.recorder, made.updates, apply)
    guard = make_guard(
        agent.state, agent.clock, made.recorder, view.screen, view.windows, view.notice, lambda: uploader.state,
        recogniser, lambda: private.titles, cut_off=cut_off is not None,
    )  # fmt: skip
    parts = Parts(
        agent.state, agent.authority, agent.still_valid, view.notice, watch, pipeline, made.recorder, made.spool,
        uploader, agent.clock, guard, upkeep, cut_off, boot_id(), made.updates.standing,
    )  # fmt: skip
    return Service(parts)


@contextmanager
def _told(made: Assembly) -> Iterator[None]:
    """Say in the record, and deliver it, why the agent cannot begin: a service tries again and again, and only news is
    told, or the same after an hour."""
    file = made.agent.state.not_started_file
    try:
        yield
    except PlatformError as problem:
        why = str(problem)
        if not file.exists() or file.read_text("utf-8") != why or time.time() - file.stat().st_mtime > AGAIN:
            made.recorder.event("agent-not-started", f"The agent cannot begin. {why}", severity=2)
            uploader = made.uploader()
            uploader.start()
            uploader.finish(FLUSH_PATIENCE)
            write_replaced(file, why.encode())
        raise
    file.unlink(missing_ok=True)


def _open(made: Assembly) -> _View:
    screen, windows, policy = JudgedScreen(open_screen()), open_windows(), made.in_use.policy
    exclusions = Exclusions(policy.excluded, windows)
    around = FramesAround(made.recorder, policy, exclusions, windows, made.agent.clock)
    return _View(screen, windows, WindowNotice(announcement(made.agent.authority)), exclusions, around)


def _known_files(made: Assembly, view: _View, pipeline: Pipeline) -> KnownFilePipeline:
    decider = PictureDecider(made.in_use.policy, entropy=secrets.token_bytes, budget=made.budget)
    return KnownFilePipeline(
        made.agent.authority, decider, made.recorder, pipeline.counts, exclusions=view.exclusions, account=getuser(),
        clock=made.agent.clock, around=view.around,
    )  # fmt: skip


def _roster(made: Assembly, pipeline: Pipeline, known: DeviceFiles, *, pictures: bool) -> Roster:
    agent = made.agent
    provided = Provided(known, agent.state.root, boot_id(), agent.enrolment.case, pictures)
    return Roster(offers(provided), pipeline.allows, tell=made.recorder.event, clock=agent.clock)


def _screen_text(made: Assembly, view: _View, pipeline: Pipeline, pictures: PictureSource | None) -> ScreenText:
    clock = made.agent.clock
    tree = accessible_text(tell=made.recorder.event, clock=clock)
    see = (lambda *_: None) if pictures is None else pictures.see
    return ScreenText(_reader(made), tree, view.windows, view.exclusions, pipeline, clock, see)


def _reader(made: Assembly) -> Reader:
    """Return the OCR process; another engine than the policy's is told."""
    wanted, tell = made.in_use.policy.reading_engine, made.recorder.event
    reader = Reader(wanted, ended=lambda: tell("reading-ended", READING_ENDED, severity=2))
    if reader.engine != wanted:
        details = {"asked": wanted, "used": reader.engine}
        tell("reading-engine-missing", "The policy's OCR engine is not installed here.", details)
    return reader

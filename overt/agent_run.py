"""Puts the agent together for `overt agent run`. The order is the point: permission first, capture libraries after."""

import random
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from agent import handover, permission
from agent.ballast import Ballast
from agent.budget import Budget
from agent.clock import SystemClock, boot_id
from agent.errors import AgentError, HandoverRefusedError, NoAuthorityError
from agent.recorder import Origins, Recorder
from agent.spool import Spool
from agent.state import StateFolder, Status
from agent.transport import HttpTransport
from agent.upload import Uploader
from agent.windows_talk import Announcement
from evidence.authority import Authority
from evidence.header import Origin
from evidence.keys import verifying_key
from evidence.sources import SOURCES
from overt import __version__
from overt.agent_move import make_movement

if TYPE_CHECKING:
    from agent.exclusions import Exclusions
    from agent.frames_around import FramesAround
    from agent.known_files import KnownFilePipeline
    from agent.picture_source import PictureSource
    from agent.pipeline import Pipeline
    from agent.policy import Policy
    from agent.private_windows import PrivateWindows
    from agent.reading import Reader
    from agent.roster import Roster
    from agent.signs.recognise import Recogniser
    from engine.library.compiled import LibrarySet
    from overt.agent_files import DeviceFiles
    from overt.agent_pictures import DevicePictures
    from overt.agent_updates import AgentUpdates, Prepared


def announcement(authority: Authority) -> Announcement:
    """Return what the person is told, out of the authority's own words."""
    terms = authority.terms
    return Announcement(
        notice=terms.notice,
        case=terms.case,
        issued_by=terms.issued_by,
        contact=terms.contact,
        until=f"{terms.not_after.astimezone():%d %B %Y, %H:%M}",
        watched=", ".join(SOURCES.get(source, source) for source in terms.sources),
    )


@contextmanager
def only_agent(state: StateFolder) -> Iterator[None]:
    """Hold the state folder: two agents would give one number to two records."""
    lock = FileLock(state.root / "agent.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise AgentError(f"An agent runs already with {state.root}.", hint="See it with: overt agent status") from None
    try:
        yield
    finally:
        lock.release()


class Agent:
    """An enrolled agent with its permission checked."""

    def __init__(self, root: Path, clock: SystemClock) -> None:
        """Ask for the newest authority and check it; raises NotEnrolledError or NoAuthorityError."""
        self.state = StateFolder(root)
        self.clock = clock
        handover.complete(self.state)
        self._connect()
        if self._moved():
            self._transport.close()
            self._connect()
        self.authority = self._check()
        self.ended: NoAuthorityError | None = None
        """Why the authority no longer permits what it did, where that is why `watch_screen` returned."""

    def _connect(self) -> None:
        self._enrolment = self.state.enrolment()
        self._key = self.state.device_key()
        self._transport = HttpTransport(
            self._enrolment.server,
            self.state.ca_file,
            device=self._enrolment.device,
            device_key=self._key,
            entropy=secrets.token_bytes,
        )

    def _moved(self) -> bool:
        """Follow a hand-over that waits: the authority of the server before may be over by now."""
        try:
            found = make_movement(self.state, self._transport).ask()
        except HandoverRefusedError:
            return False  # told when there is a record to tell it in
        return found is not None and handover.complete(self.state)

    def _still_valid(self) -> Authority:
        return permission.check(self.state, now=datetime.now(UTC), account=getuser())

    def _check(self) -> Authority:
        problem = permission.refresh(self.state, self._transport)
        try:
            return self._still_valid()
        except NoAuthorityError as refused:
            if problem:
                raise type(refused)(
                    f"{refused} A newer one could not be fetched: {problem}.", hint=refused.hint
                ) from None
            raise

    def libraries(self) -> "LibrarySet":
        """Compile the word libraries that the authority names; raises EngineError."""
        from overt.agent_pictures import words_of  # noqa: PLC0415  (permission came first)

        update = self.updates.in_use()
        return update.compile(words_of(self.state.root, self.authority, update))

    @cached_property
    def updates(self) -> "AgentUpdates":
        """Signed sets of libraries."""
        from agent.updates import Updates  # noqa: PLC0415  (permission came first)
        from overt.agent_updates import AgentUpdates  # noqa: PLC0415

        return AgentUpdates(Updates(self.state.updates, self._transport.fetch_update), self.state.root, self.authority)

    @cached_property
    def pictures(self) -> "DevicePictures":
        """What the authority permits for pictures; raises EngineError."""
        from overt.agent_pictures import find  # noqa: PLC0415  (permission came first)

        return find(self.state.root, self.authority, self.updates.in_use())

    @cached_property
    def device_files(self) -> "DeviceFiles":
        """The sets of hashes that files on media are compared with."""
        from overt.agent_files import DeviceFiles  # noqa: PLC0415  (permission came first)

        return DeviceFiles(self.pictures)

    @cached_property
    def recogniser(self) -> "Recogniser":
        """What recognises signs of evasion, by the signatures in use."""
        from agent.signs.recognise import Recogniser  # noqa: PLC0415  (permission came first)

        return Recogniser(self.updates.in_use().signatures())

    @cached_property
    def private_windows(self) -> "PrivateWindows":
        """What knows which windows are private ones of a browser."""
        from agent.private_windows import PrivateWindows  # noqa: PLC0415  (permission came first)

        return PrivateWindows(self.recogniser.is_private)

    def watch_screen(self) -> str:
        """Show the notice and watch the screen until the end; return why it ended."""
        from agent.exclusions import Exclusions  # noqa: PLC0415
        from agent.frames_around import FramesAround  # noqa: PLC0415
        from agent.notice import WindowNotice  # noqa: PLC0415  (all of these see the screen: permission came first)
        from agent.platforms import accessible_text, open_screen, open_windows  # noqa: PLC0415
        from agent.screen_facts import JudgedScreen  # noqa: PLC0415
        from agent.screen_text import ScreenText  # noqa: PLC0415
        from agent.service import Parts, Service  # noqa: PLC0415
        from agent.watch import Watch  # noqa: PLC0415
        from overt.agent_guard import make_guard  # noqa: PLC0415
        from overt.agent_upkeep import make_upkeep  # noqa: PLC0415

        libraries = self.libraries()
        spool = Spool(self.state.spool, verifying_key(self._key))
        recorder = self._recorder(spool, libraries, Origin.SCREEN)
        handover.untold(self.state, recorder.event)
        screen, windows = JudgedScreen(open_screen()), open_windows()
        policy = self.policy()
        exclusions = Exclusions(policy.excluded, windows)
        around = FramesAround(recorder, policy, exclusions, windows, self.clock)
        budget = Budget()
        pipeline = self._pipeline(libraries, recorder, policy, exclusions, budget, around)
        pictures = self._pictures(recorder, pipeline, policy, budget, around)
        notice = WindowNotice(announcement(self.authority))
        files = self._known_files(recorder, pipeline, policy, exclusions, budget, around)
        roster = self._roster(recorder, pipeline, pictures=pictures is not None)
        tree = accessible_text(tell=recorder.event, clock=self.clock)
        see = (lambda *_: None) if pictures is None else pictures.see
        text = ScreenText(_reader(policy, recorder), tree, windows, exclusions, pipeline, self.clock, see)
        watch = Watch(screen, windows, notice, text, roster, exclusions, pipeline, pictures, around, files)
        uploader = self._uploader(spool)
        cut_off = self.state.begin_run(boot_id())

        def apply(new: "Prepared") -> None:
            pipeline.use(new.screener, new.policy, new.fetched.version)
            self.recogniser.use(new.signatures)
            self.device_files.use(new.pictures)
            files.use(new.policy)
            if pictures is not None:
                pictures.use(new.pictures.screener, new.policy)

        upkeep = make_upkeep(self.state, self._enrolment, self._transport, recorder, self.updates, apply)
        guard = make_guard(
            self.state, self.clock, recorder, screen, windows, notice, lambda: uploader.state, self.recogniser,
            lambda: self.private_windows.titles, cut_off=cut_off is not None,
        )  # fmt: skip
        parts = Parts(
            self.state, self.authority, self._still_valid, notice, watch, pipeline, recorder, spool, uploader,
            self.clock, guard, upkeep, cut_off, boot_id(),
        )  # fmt: skip
        service = Service(parts)
        reason = service.run()
        self.ended = service.ended
        return reason

    def replay(self, folder: Path, tell: Callable[[str], None]) -> int:
        """Take a folder of screenshots through the pipeline; return how many were captured."""
        from agent.exclusions import Exclusions  # noqa: PLC0415
        from agent.platforms.untitled import UntitledWindows  # noqa: PLC0415
        from agent.reading import Reader  # noqa: PLC0415
        from agent.replay import pictures_in, replay  # noqa: PLC0415

        pictures = pictures_in(folder)
        libraries = self.libraries()
        spool = Spool(self.state.spool, verifying_key(self._key))
        recorder = self._recorder(spool, libraries, Origin.REPLAY)
        policy = self.policy()
        exclusions, budget = Exclusions(policy.excluded, UntitledWindows()), Budget()
        pipeline = self._pipeline(libraries, recorder, policy, exclusions, budget)
        sight = self._pictures(recorder, pipeline, policy, budget)
        uploader = self._uploader(spool)
        reader = Reader()
        uploader.start()
        try:
            for one in replay(pictures, reader, pipeline, recorder, lambda: self.clock.stopped, sight):
                tell(f"{one.name}: {one.problem or ('captured' if one.captured else 'no capture')}")
        finally:
            reader.close()
            if sight is not None:
                sight.close()
            uploader.finish(10.0)
            counts = pipeline.counts
            status = Status(
                "stopped", "the replay is over", captures=counts.captures, spooled=len(spool) + recorder.waiting,
                delivered=uploader.state.count, last_report=uploader.state.last,
            )  # fmt: skip
            self.state.write_status(status)
        return counts.captures

    def _recorder(self, spool: Spool, libraries: "LibrarySet", origin: Origin) -> Recorder:
        digest = self.pictures.digest(libraries.digest)
        origins = Origins(self._enrolment.device, boot_id(), __version__, digest, origin)
        return Recorder(
            self.authority,
            origins,
            spool,
            device_key=self._key,
            clock=self.clock,
            entropy=secrets.token_bytes,
            ballast=Ballast(self.state.spool),
        )

    def policy(self) -> "Policy":
        """Return the rules of the case: the authority's, else those of the published set; raises PolicyError."""
        from agent.policy import parse_policy  # noqa: PLC0415

        text = self.authority.terms.policy
        return self.updates.in_use().policy() if text is None else parse_policy(text)

    def _pipeline(
        self,
        libraries: "LibrarySet",
        recorder: Recorder,
        policy: "Policy",
        exclusions: "Exclusions",
        budget: Budget,
        around: "FramesAround | None" = None,
    ) -> "Pipeline":
        from agent.decide import Decider  # noqa: PLC0415
        from agent.pipeline import Pipeline  # noqa: PLC0415
        from engine.text.screen import TextScreener  # noqa: PLC0415

        return Pipeline(
            self.authority, TextScreener(libraries), Decider(policy, entropy=secrets.token_bytes, budget=budget),
            recorder, policy=policy, exclusions=exclusions, account=getuser(), clock=self.clock,
            version=self.updates.in_use().version, around=around, private=self.private_windows,
        )  # fmt: skip

    def _roster(self, recorder: Recorder, pipeline: "Pipeline", *, pictures: bool) -> "Roster":
        from agent.platforms.offers import Provided, offers  # noqa: PLC0415
        from agent.roster import Roster  # noqa: PLC0415

        provided = Provided(self.device_files, self.state.root, boot_id(), self._enrolment.case, pictures)
        return Roster(offers(provided), pipeline.allows, tell=recorder.event, clock=self.clock)

    def _known_files(
        self,
        recorder: Recorder,
        pipeline: "Pipeline",
        policy: "Policy",
        exclusions: "Exclusions",
        budget: Budget,
        around: "FramesAround",
    ) -> "KnownFilePipeline":
        from agent.known_files import KnownFilePipeline  # noqa: PLC0415
        from agent.picture_decide import PictureDecider  # noqa: PLC0415

        decider = PictureDecider(policy, entropy=secrets.token_bytes, budget=budget)
        return KnownFilePipeline(
            self.authority, decider, recorder, pipeline.counts, exclusions=exclusions, account=getuser(),
            clock=self.clock, around=around,
        )  # fmt: skip

    def _pictures(
        self,
        recorder: Recorder,
        pipeline: "Pipeline",
        policy: "Policy",
        budget: Budget,
        around: "FramesAround | None" = None,
    ) -> "PictureSource | None":
        from overt.agent_pictures import source  # noqa: PLC0415

        return source(
            self.pictures,
            self.authority,
            recorder,
            pipeline.counts,
            account=getuser(),
            clock=self.clock,
            entropy=secrets.token_bytes,
            policy=policy,
            budget=budget,
            around=around,
            private=self.private_windows,
        )

    def _uploader(self, spool: Spool) -> Uploader:
        spread = random.SystemRandom()
        return Uploader(
            spool,
            self._transport,
            self.clock,
            device=self._enrolment.device,
            receipt_key=bytes.fromhex(self._enrolment.receipt_key),
            jitter=lambda upper: spread.uniform(0.0, upper),
        )


def _reader(policy: "Policy", recorder: Recorder) -> "Reader":
    """Return the OCR process; another engine than the policy's is told."""
    from agent.reading import Reader  # noqa: PLC0415  (permission came first)

    reader = Reader(policy.reading_engine)
    if reader.engine != policy.reading_engine:
        details = {"asked": policy.reading_engine, "used": reader.engine}
        recorder.event("reading-engine-missing", "The policy's OCR engine is not installed here.", details)
    return reader

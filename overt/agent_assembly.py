"""What watching the screen and replaying pictures are both made of. Made only for an agent that may watch."""

import random
import secrets
from getpass import getuser
from typing import TYPE_CHECKING

from agent.ballast import Ballast
from agent.budget import Budget
from agent.clock import boot_id
from agent.decide import Decider
from agent.exclusions import Exclusions
from agent.frames_around import FramesAround
from agent.picture_source import PictureSource
from agent.pipeline import Pipeline
from agent.private_windows import PrivateWindows
from agent.recorder import Origins, Recorder
from agent.signs.recognise import Recogniser
from agent.spool import Spool
from agent.updates import Updates
from agent.upload import Uploader
from engine.text.screen import TextScreener
from evidence.header import Origin
from evidence.keys import verifying_key
from overt import __version__
from overt.agent_pictures import source
from overt.agent_updates import AgentUpdates

if TYPE_CHECKING:
    from overt.agent_run import Agent


class Assembly:
    """Libraries, recorder and pipeline of one run."""

    def __init__(self, agent: "Agent", origin: Origin) -> None:
        """Begin with the libraries that this device has, and say what had to be put aside. Raises EngineError."""
        self.agent = agent
        updates = Updates(agent.state.updates, agent.transport.fetch_update)
        self.updates = AgentUpdates(updates, agent.state.root, agent.authority)
        self.in_use = self.updates.begin()
        self.spool = Spool(agent.state.spool, verifying_key(agent.key))
        self.recorder = self._recorder(origin)
        self.updates.tell_begin(self.recorder)
        self.recogniser = Recogniser(self.in_use.signatures)
        self.private = PrivateWindows(self.recogniser.is_private)
        self.budget = Budget()

    def pipeline(self, exclusions: Exclusions, around: FramesAround | None = None) -> Pipeline:
        """Return the way of texts; `around` gives the frames before and after a capture."""
        policy = self.in_use.policy
        decider = Decider(policy, entropy=secrets.token_bytes, budget=self.budget)
        return Pipeline(
            self.agent.authority, TextScreener(self.in_use.words), decider, self.recorder, policy=policy,
            exclusions=exclusions, account=getuser(), clock=self.agent.clock, version=self.in_use.update.version,
            around=around, private=self.private,
        )  # fmt: skip

    def pictures(self, pipeline: Pipeline, around: FramesAround | None = None) -> PictureSource | None:
        """Return the way of pictures, which shares budget and counts; None where the authority does not permit it."""
        return source(
            self.in_use.pictures, self.agent.authority, self.recorder, pipeline.counts, account=getuser(),
            clock=self.agent.clock, entropy=secrets.token_bytes, policy=self.in_use.policy, budget=self.budget,
            around=around, private=self.private,
        )  # fmt: skip

    def uploader(self) -> Uploader:
        """Return what delivers the records."""
        spread = random.SystemRandom()
        return Uploader(
            self.spool, self.agent.transport, self.agent.clock, device=self.agent.enrolment.device,
            receipt_key=bytes.fromhex(self.agent.enrolment.receipt_key),
            jitter=lambda upper: spread.uniform(0.0, upper),
        )  # fmt: skip

    def _recorder(self, origin: Origin) -> Recorder:
        digest = self.in_use.pictures.digest(self.in_use.words.digest)
        origins = Origins(self.agent.enrolment.device, boot_id(), __version__, digest, origin)
        return Recorder(
            self.agent.authority, origins, self.spool, device_key=self.agent.key, clock=self.agent.clock,
            entropy=secrets.token_bytes, ballast=Ballast(self.agent.state.spool),
        )  # fmt: skip

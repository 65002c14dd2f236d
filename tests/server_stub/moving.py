"""Two agencies' servers, and a device of the first one: what a transfer needs, all of it real."""

import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path

from click.testing import Result
from typer.testing import CliRunner

from agent import handover, permission
from agent.ballast import Ballast
from agent.clock import SystemClock
from agent.enrol import enrol
from agent.handover import Movement
from agent.recorder import Origins, Recorder
from agent.spool import Spool
from agent.state import StateFolder
from agent.transport import HttpTransport
from agent.upload import Uploader
from evidence.keys import verifying_key
from overt.agent_move import make_movement
from overt.cli import app
from server_stub.server import entropy
from tests.console.browser import running
from tests.console.site import PASSPHRASE, CaseSite

RECEIVER = "lee"


def overt(*words: object) -> Result:
    """Run a command that has to succeed."""
    done = CliRunner().invoke(app, list(map(str, words)))
    assert done.exit_code == 0, f"{done.output} {done.exception!r}"
    return done


def told(*words: object) -> dict[str, object]:
    """Run a command, and return what it tells a program."""
    return dict(json.loads(overt(*words, "--json").output))


def refused(*words: object, code: int = 2) -> str:
    """Run a command that has to be refused; return what it said."""
    done = CliRunner().invoke(app, list(map(str, words)))
    assert done.exit_code == code, done.output
    return done.output


class Agency:
    """A server's folder, with the words of commands about it."""

    def __init__(self, site: CaseSite) -> None:
        self.site = site
        self.data = ("--data", site.folder.root)
        self.offline = ("--offline", site.folder.root.with_name("offline"))
        self.passphrase = site.folder.root.with_name("passphrase")
        self.passphrase.write_text(PASSPHRASE)
        self.computers: list[Computer] = []
        self.unlocked = ("--passphrase-file", self.passphrase)


class Agencies:
    """The giving and the receiving agency."""

    def __init__(self, root: Path, here: Agency, there: Agency) -> None:
        self.root = root
        self.here = here
        self.there = there
        self.case = here.site.case
        self.invitation = root / "invitation.json"
        self.parcel = root / "parcel"

    def invite(self) -> str:
        """Invite on the receiving side; return the fingerprint that is read out."""
        there = self.there
        done = told(
            "server", "case", "transfer", "invite", "--officer", RECEIVER, "--out", self.invitation, *there.data
        )
        return str(done["fingerprint"])

    def give_words(self, fingerprint: str, *more: object) -> Sequence[object]:
        """Return the words of the command that gives the case."""
        here = self.here
        return (
            "server", "case", "transfer", "give", self.case, "--invitation", self.invitation,
            "--fingerprint", fingerprint, "--by", "kim", "--to", self.parcel, *here.data, *here.offline,
            *here.unlocked, *more,
        )  # fmt: skip

    def give(self) -> str:
        """Invite and give; return the parcel's fingerprint."""
        return str(told(*self.give_words(self.invite()))["fingerprint"])

    def accept_words(self, fingerprint: str, *more: object) -> Sequence[object]:
        """Return the words of the command that accepts the parcel."""
        words = ("server", "case", "transfer", "accept", self.parcel, "--fingerprint", fingerprint)
        return (*words, *self.there.data, *more)

    def renew(self, device: str) -> None:
        """Issue an authority of the receiving server on the terms of before."""
        there = self.there
        overt("server", "authority", "renew", "--device", device, "--days", 30, *there.data, *there.offline)


class Computer:
    """A device with the agent's own parts: enrolled, with an authority, a spool, an uploader. No screen."""

    def __init__(self, root: Path, agency: Agency) -> None:
        self.state = StateFolder(root)
        code = told("server", "device", "code", "--case", agency.site.case, *agency.data)["enrolment"]
        enrol(str(code), self.state, entropy=secrets.token_bytes)
        self.device = self.state.enrolment().device
        self.transport: HttpTransport | None = None
        agency.computers.append(self)
        overt(
            "server", "authority", "issue", *agency.data, *agency.offline, "--device", self.device, "--account",
            getuser(), "--condition", "3=No weapons.", "--library", "weapons=3", "--days", 30,
        )  # fmt: skip
        self.start()

    def start(self) -> None:
        """Start, or start again: everything is read from the folder anew, as the agent does it."""
        self.close()
        handover.complete(self.state)
        enrolment, key = self.state.enrolment(), self.state.device_key()
        self.transport = HttpTransport(
            enrolment.server, self.state.ca_file, device=self.device, device_key=key, entropy=secrets.token_bytes
        )
        self.problem = permission.refresh(self.state, self.transport)
        authority = self.authority = permission.check(self.state, now=datetime.now(UTC), account=getuser())
        self.spool = Spool(self.state.spool, verifying_key(key))
        origins = Origins(self.device, "boot-1", "0.0.0", "0" * 64)
        self.recorder = Recorder(
            authority, origins, self.spool, device_key=key, clock=SystemClock(), entropy=secrets.token_bytes,
            ballast=Ballast(self.state.spool, 2**16),
        )  # fmt: skip
        self.uploader = Uploader(
            self.spool, self.transport, SystemClock(), device=self.device,
            receipt_key=bytes.fromhex(enrolment.receipt_key), jitter=lambda upper: upper,
        )  # fmt: skip
        handover.untold(self.state, self.recorder.event)

    @property
    def movement(self) -> Movement:
        """What looks for a hand-over."""
        return make_movement(self.state, self.transport)

    def close(self) -> None:
        """Give the connection back."""
        if self.transport is not None:
            self.transport.close()

    def deliver(self) -> None:
        """Deliver everything; raises DeliveryError."""
        while self.uploader.deliver_next():
            pass


@contextmanager
def two_agencies(root: Path, *, database: str = "") -> Iterator[Agencies]:
    """Make two servers and run them both; the receiving one on `database`, the giving one on a file."""
    with ExitStack() as stack:
        agencies = []
        for name, kept in (("here", ""), ("there", database)):
            site = stack.enter_context(closing(CaseSite(root / name, database=kept)))
            agencies.append(Agency(site))
        there = agencies[1].site
        there.server.officers.add(RECEIVER, PASSPHRASE, now=datetime.now(UTC), entropy=entropy)
        for agency in agencies:
            stack.enter_context(running(agency.site))
        yield Agencies(root, *agencies)
        for computer in agencies[0].computers:
            computer.close()

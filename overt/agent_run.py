"""An enrolled agent and its permission, for `overt agent run`. What sees the screen is imported only after it."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path

from filelock import FileLock, Timeout

from agent import handover, permission
from agent.clock import SystemClock
from agent.errors import AgentError, HandoverRefusedError, NoAuthorityError
from agent.state import StateFolder
from agent.transport import HttpTransport
from evidence.authority import Authority
from overt.agent_move import make_movement


@contextmanager
def only_agent(state: StateFolder) -> Iterator[None]:
    """Hold the state folder: two agents would give one number to two records."""
    lock = FileLock(state.root / "agent.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise AgentError(
            f"An agent runs already with {state.root}.",
            hint="See it with: overt agent status. Ctrl-C in its terminal ends it, or the service that started it.",
        ) from None
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
            self.transport.close()
            self._connect()
        self.authority = self._check()
        self.ended: NoAuthorityError | None = None
        """Why the authority no longer permits what it did, where that is why `watch_screen` returned."""

    def _connect(self) -> None:
        self.enrolment = self.state.enrolment()
        self.key = self.state.device_key()
        self.transport = HttpTransport(
            self.enrolment.server,
            self.state.ca_file,
            device=self.enrolment.device,
            device_key=self.key,
            entropy=secrets.token_bytes,
        )

    def _moved(self) -> bool:
        """Follow a hand-over that waits: the authority of the server before may be over by now."""
        try:
            found = make_movement(self.state, self.transport).ask()
        except HandoverRefusedError:
            return False  # told when there is a record to tell it in
        return found is not None and handover.complete(self.state)

    def close(self) -> None:
        """Give the connection to the server back."""
        self.transport.close()

    def still_valid(self) -> Authority:
        """Return the authority as it lies on this device; raises NoAuthorityError."""
        return permission.check(self.state, now=datetime.now(UTC), account=getuser())

    def _check(self) -> Authority:
        problem = permission.refresh(self.state, self.transport)
        try:
            return self.still_valid()
        except NoAuthorityError as refused:
            if problem:
                raise type(refused)(
                    f"{refused} A newer one could not be fetched: {problem}.", hint=refused.hint
                ) from None
            raise

    def watch_screen(self, shown: Callable[[], object] = lambda: None) -> str:
        """Show the notice and watch the screen until the end; return why it ended. `shown` hears of the notice."""
        from overt.agent_watch import make_service  # noqa: PLC0415  (it sees the screen: permission came first)

        service = make_service(self)
        shown()
        reason = service.run()
        self.ended = service.ended
        return reason

    def replay(self, folder: Path, tell: Callable[[str], None]) -> int:
        """Take a folder of screenshots through the pipeline; return how many were captured."""
        from overt.agent_replay import replay_folder  # noqa: PLC0415  (it reads pictures: permission came first)

        return replay_folder(self, folder, tell)

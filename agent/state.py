"""The agent's state folder: the device's key, what was pinned at enrolment, the authority, the status for others."""

import json
import os
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.errors import NotEnrolledError
from evidence.keys import load_signing_key

ENROLMENT = "enrolment.json"
"""Name of the file whose presence means that this computer has joined a case."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What was agreed when the device joined, and is believed from then on."""

    device: str
    case: str
    server: str
    """Address, `https://HOST:PORT`."""
    issuer_key: str
    """The issuer's verifying key, hex."""
    receipt_key: str
    """The key that checks the server's receipts, hex."""


@dataclass(frozen=True, slots=True)
class Status:
    """What the agent says of itself, for the person, the officer and programs. Nothing that was observed is in it."""

    state: str
    reason: str = ""
    badge: bool = False
    captures: int = 0
    spooled: int = 0
    delivered: int = 0
    last_report: str | None = None
    authority_until: str | None = None
    libraries: int = 0
    """Version of the published set that is in use; 0: the libraries that came with the agent."""
    asked: str | None = None
    """When the server was asked for newer libraries the last time."""
    libraries_problem: str = ""
    """Why the newest libraries are not in use; empty where they are."""
    troubles: tuple[str, ...] = ()
    """Sources that are permitted and cannot see now, each with the reason, in words."""
    process: int = field(default_factory=os.getpid)


@dataclass(frozen=True, slots=True)
class StateFolder:
    """Paths inside the state folder, and how they are read and written."""

    root: Path

    @property
    def device_key_file(self) -> Path:
        """The device's signing key, 32 raw bytes, or the word that the system's key store has it."""
        return self.root / "device.key"

    @property
    def enrolment_file(self) -> Path:
        """What was agreed at enrolment."""
        return self.root / ENROLMENT

    @property
    def ca_file(self) -> Path:
        """The certificate authority that was pinned."""
        return self.root / "ca.pem"

    @property
    def authority_file(self) -> Path:
        """The authority as it was signed."""
        return self.root / "authority.json"

    @property
    def withdrawal_file(self) -> Path:
        """The signed word that the authority ended before its time, where there is one."""
        return self.root / "withdrawal.json"

    @property
    def clock_file(self) -> Path:
        """The latest time that was ever seen."""
        return self.root / "latest-time"

    @property
    def status_file(self) -> Path:
        """The status."""
        return self.root / "status.json"

    @property
    def handovers(self) -> Path:
        """Signed hand-overs that were followed, oldest first, and the one that is being followed."""
        return self.root / "handovers"

    @property
    def notes(self) -> Path:
        """Notes of the person that are not sealed yet."""
        return self.root / "notes"

    @property
    def checkpoints(self) -> Path:
        """Copies of the server's checkpoints, for the person and the defence."""
        return self.root / "checkpoints"

    @property
    def updates(self) -> Path:
        """Signed sets of libraries, and the root that was pinned for them."""
        return self.root / "updates"

    @property
    def ask_file(self) -> Path:
        """Laid down where the agent shall ask the server at once for what is new, not at the next minute."""
        return self.root / "ask-now"

    @property
    def running_file(self) -> Path:
        """There while the agent runs; found at the next start where it did not end by itself. Holds the boot's name."""
        return self.root / "running"

    @property
    def coverage_file(self) -> Path:
        """Minutes that are in no coverage record yet, and sums of each day."""
        return self.root / "coverage.json"

    @property
    def not_started_file(self) -> Path:
        """Why the agent could not begin the last time it tried, where that is told in the record already."""
        return self.root / "not-started"

    @property
    def day_file(self) -> Path:
        """The coverage records of the last day, one a line, for the person to read."""
        return self.root / "coverage-day.jsonl"

    @property
    def spool(self) -> Path:
        """Sealed records that the server has not signed for yet."""
        return self.root / "spool"

    def enrolment(self) -> Enrolment:
        """Return what was agreed at enrolment.

        Raises:
            NotEnrolledError: this computer has not joined a case.
        """
        try:
            found = json.loads(self.enrolment_file.read_text(encoding="utf-8"))
            return Enrolment(**found)
        except FileNotFoundError:
            raise NotEnrolledError(
                f"This computer has not joined a case: nothing is enrolled in {self.root}.",
                hint="Ask the officer for an enrolment string, then: overt agent enrol STRING",
            ) from None
        except (ValueError, TypeError):
            raise NotEnrolledError(
                f"{self.enrolment_file} is damaged.", hint="Enrol again with a new string from the officer."
            ) from None

    def device_key(self) -> Ed25519PrivateKey:
        """Return the device's signing key; raises NotEnrolledError."""
        from agent import key_store  # noqa: PLC0415  (it writes files by what stands here)

        return load_signing_key(key_store.load(self.device_key_file))

    def latest_time(self, now: datetime) -> datetime:
        """Return the latest time that there is reason to believe: a clock that was turned back revives nothing."""
        try:
            remembered = datetime.fromisoformat(self.clock_file.read_text(encoding="ascii").strip())
        except (FileNotFoundError, ValueError):
            return now
        return max(now, remembered)

    def remember_time(self, now: datetime) -> None:
        """Keep the latest time."""
        write_replaced(self.clock_file, self.latest_time(now).astimezone(UTC).isoformat().encode())

    def begin_run(self, boot: str) -> str | None:
        """Mark that the agent runs. Return the boot of the run before where that one was cut off, else None."""
        try:
            before = self.running_file.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            before = None
        write_replaced(self.running_file, boot.encode(), durable=True)
        return before

    def end_run(self) -> None:
        """Mark that the agent ended by itself."""
        self.running_file.unlink(missing_ok=True)

    def write_status(self, status: Status) -> None:
        """Publish the status, whole or not at all."""
        write_replaced(self.status_file, json.dumps(asdict(status)).encode())

    def status(self) -> Status | None:
        """Return the last status; None where there is none that can be read."""
        try:
            return Status(**json.loads(self.status_file.read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None


def write_replaced(path: Path, data: bytes, *, durable: bool = False) -> None:
    """Replace a small private file in one step; `durable` waits until it outlives a power cut."""
    temporary = path.with_name(path.name + ".part")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    temporary.replace(path)
    if durable:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames and deletions in a folder durable."""
    if os.name == "nt":  # folders cannot be opened there; the rename itself is journalled
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

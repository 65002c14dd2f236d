"""Keeps copies of the server's checkpoints on the device, for the person and the defence.

Each checkpoint fixes every record that the server received so far. A new one is kept only with a proof that it goes on
from the one before: a server that dropped or changed a record cannot give that proof, and the record says so.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.errors import DeliveryError
from agent.ports import FetchedCheckpoint, Transport
from agent.state import write_replaced
from agent.upkeep import Consequence
from evidence.checkpoint import SERVER_NAME, Checkpoint, NamedKey, verify_checkpoint
from evidence.errors import CheckpointError, EvidenceError
from evidence.merkle import check_consistency

SUFFIX = ".checkpoint"


@dataclass(frozen=True, slots=True)
class Kept:
    """The newest checkpoint that is kept, and its file."""

    checkpoint: Checkpoint
    file: Path


class Witness:
    """The copies of one device."""

    def __init__(self, folder: Path, *, device: str, receipt_key: bytes, former: Sequence[bytes] = ()) -> None:
        """Keep them in a folder; `receipt_key` is the key of the server that the device reports to.

        `former` are the keys of those that it reported to before: what the new one signs goes on from theirs.
        """
        self._folder = folder
        self._device = device
        self._signer = NamedKey(SERVER_NAME, receipt_key)
        self._former = [NamedKey(SERVER_NAME, key) for key in former]
        self._told = ""

    def newest(self) -> Kept | None:
        """Return the newest copy; None where there is none. A damaged copy is passed over."""
        for file in sorted(self._folder.glob(f"*{SUFFIX}"), reverse=True):
            for signer in (self._signer, *self._former):
                try:
                    return Kept(verify_checkpoint(file.read_bytes(), signer), file)
                except (EvidenceError, OSError):
                    continue
        return None

    def keep(self, found: FetchedCheckpoint) -> Path | None:
        """Keep a checkpoint that goes on from the newest; return its file, None where it is the one that is kept.

        Raises EvidenceError for another device's, one that is not signed, or one that does not go on from it.
        """
        checkpoint = verify_checkpoint(found.note, self._signer)
        if checkpoint.origin != self._device:
            raise CheckpointError(f"a checkpoint of {checkpoint.origin}, not of this device")
        before = self.newest()
        if before is not None:
            old = before.checkpoint
            check_consistency(old.size, checkpoint.size, old.root, checkpoint.root, found.proof)
            if old.size == checkpoint.size:
                return None
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = self._folder / f"{checkpoint.size:016d}{SUFFIX}"
        write_replaced(file, found.note, durable=True)
        return file

    def ask(self, transport: Transport) -> str:
        """Fetch the newest checkpoint and keep it. Return what does not hold, once; empty where nothing is wrong."""
        kept = self.newest()
        try:
            found = transport.fetch_checkpoint(0 if kept is None else kept.checkpoint.size)
            if found is not None:
                self.keep(found)
        except (DeliveryError, OSError):
            return ""  # the network, or the disk: asked again
        except EvidenceError as problem:
            news = "" if str(problem) == self._told else str(problem)
            self._told = str(problem)
            return news
        return ""


def task(witness: Witness, transport: Transport, tell: Callable[[str], None]) -> Iterator[Consequence]:
    """Ask once; what does not hold is told in the agent's own thread."""
    problem = witness.ask(transport)
    if problem:
        yield lambda: tell(problem)

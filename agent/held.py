"""A sealed record on the disk that is not in the chain yet: it may still be sealed anew, with more in it.

It lies beside the spool, durable like every record. Found at a start, it takes its place if that is still free: then
the agent was cut off before it was put there.
"""

import contextlib
from pathlib import Path

from agent.errors import SpoolError
from agent.state import write_replaced
from evidence import envelope
from evidence.envelope import ParsedHead
from evidence.errors import EvidenceError


class HeldFile:
    """The one record that waits."""

    def __init__(self, folder: Path, device_key: bytes) -> None:
        """Take the spool's folder, and the key that every record must be signed by."""
        self._file, self._device_key = folder / "held.record", device_key
        self._there = True

    def write(self, data: bytes) -> bool:
        """Put a record there durably; return False where the disk does not take it."""
        try:
            self._there = True
            write_replaced(self._file, data, durable=True)
        except OSError:
            self.remove()
            return False
        return True

    def read(self) -> tuple[bytes, ParsedHead] | None:
        """Return the record that is there, whole and signed; None where there is none. Raises SpoolError."""
        try:
            data = self._file.read_bytes()
            head = envelope.parse(data)
            envelope.verify(head, self._device_key)
            envelope.verify_parts(head, data)
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise SpoolError(
                f"{self._file} cannot be read: {problem.strerror}", hint="Look after this disk, then start again."
            ) from problem
        except EvidenceError:  # kept for whoever looks after the disk; it is written at once, so this is rare
            self._file.replace(self._file.with_suffix(".damaged"))
            return None
        return data, head

    def remove(self) -> None:
        """Remove it, where there is one. What a disk does not let go is tried again with the next record.

        Until then it does no harm: the number in it is used, so no later run takes it in.
        """
        if self._there:
            with contextlib.suppress(OSError):
                self._file.unlink(missing_ok=True)
                self._there = False

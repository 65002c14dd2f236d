"""The person's own dated notes ("my brother used the laptop"): laid into the state folder, sealed by the running agent.

A note lies there readable until the agent takes it, a moment later, or at its next start.
"""

import time
from pathlib import Path

from agent.recorder import Recorder
from agent.state import write_replaced

LONGEST = 5000
"""Characters of a note."""
_SUFFIX = ".note"


def leave(folder: Path, text: str) -> None:
    """Lay a note down durably. Raises ValueError for an empty or too long one."""
    if not 0 < len(text.strip()) <= LONGEST:
        raise ValueError(f"a note has 1 to {LONGEST} characters")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_replaced(folder / f"{time.time_ns()}{_SUFFIX}", text.strip().encode("utf-8", "replace"), durable=True)


def take(folder: Path, recorder: Recorder) -> int:
    """Seal every note that lies there, oldest first, and remove it once it is in the chain; return how many."""
    if not folder.exists():
        return 0
    taken = 0
    for path in sorted(folder.glob(f"*{_SUFFIX}")):
        if not recorder.note(path.read_text(encoding="utf-8", errors="replace")[:LONGEST]):
            break  # the disk takes nothing now: the note stays where it is
        path.unlink()
        taken += 1
    return taken

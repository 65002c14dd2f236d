"""Whether any process was made since the last look: one number of the system, instead of the table of all processes."""

from pathlib import Path

_LOAD = Path("/proc/loadavg")


def newest_process() -> int | None:
    """Return the number of the process that was made last (proc(5): the fifth field of /proc/loadavg).

    Threads count as well, so it changes more often than it must. None where the system does not tell.
    """
    try:
        return int(_LOAD.read_text(encoding="ascii").split()[4])
    except (OSError, ValueError, IndexError):
        return None

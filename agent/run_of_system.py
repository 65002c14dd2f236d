"""When this run of the system began, when its user logged in, and whether it is ending just now."""

import subprocess
import sys
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path

import psutil

_SYSTEMD = Path("/run/systemd/system")
_PATIENCE = 2.0


def boot_time() -> datetime:
    """Return when the system was started."""
    return datetime.fromtimestamp(psutil.boot_time(), UTC)


def login_time() -> datetime | None:
    """Return when this account logged in first since the system was started; None where the system does not tell."""
    began = psutil.boot_time()
    try:
        times = [one.started for one in psutil.users() if one.name == getuser() and one.started >= began]
    except (OSError, RuntimeError):  # a system without a list of users
        return None
    return datetime.fromtimestamp(min(times), UTC) if times else None


def is_ending() -> bool:
    """Return whether the system is shutting down. Where it does not tell: no."""
    if sys.platform != "linux" or not _SYSTEMD.exists():
        return False
    command = ["systemctl", "is-system-running"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_PATIENCE)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.stdout.strip() == "stopping"

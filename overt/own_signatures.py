"""What tells this agent: names, paths, window titles and hashes, published so that safety scanners can recognise it.

Whoever finds these on a device where no authority was shown and acknowledged has found a misuse.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import agent
from agent.windows_talk import BADGE_TITLE, NOTICE_TITLE
from overt import __version__
from overt.service_files import LABEL, SUPERVISOR, SUPERVISOR_LABEL, WORKER

FORMAT = "overt-own-signatures-1"
PACKAGES = ("agent", "engine", "evidence", "overt", "libraries")


def own_signatures() -> dict[str, Any]:
    """Return everything that tells an installation of this version."""
    root = Path(agent.__file__).parent.parent
    return {
        "format": FORMAT,
        "name": "Overt",
        "version": __version__,
        "purpose": "Monitors a device openly, under a signed authority, with a notice and a badge. Never covertly.",
        "commands": ["overt agent run", "overt agent supervise"],
        "command_lines": [
            "-m overt agent run",
            "-m overt agent supervise",
            "-m agent.notice_window",
            "-m agent.badge_window",
            "-m agent.reading_worker",
        ],
        "services": {
            "systemd": [WORKER, SUPERVISOR],
            "launchd": [LABEL, SUPERVISOR_LABEL],
            "windows": ["Overt\\Agent", "OvertSupervisor"],
        },
        "window_titles": [NOTICE_TITLE, BADGE_TITLE],
        "state_folders": {
            "linux": "~/.local/state/overt",
            "macos": "~/Library/Application Support/overt",
            "windows": "%LOCALAPPDATA%\\overt",
        },
        "state_files": [
            "device.key",
            "enrolment.json",
            "authority.json",
            "ca.pem",
            "coverage.json",
            "spool/records/*.ovt",
        ],
        "receipt": "~/overt-receipt-DEVICE.txt",
        "python_distribution": "overt",
        "sha256": dict(_hashes(root)),
    }


def _hashes(root: Path) -> Iterator[tuple[str, str]]:
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*")):
            if path.suffix in (".py", ".toml") and path.is_file():
                yield path.relative_to(root).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()

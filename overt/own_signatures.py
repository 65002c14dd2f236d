"""What tells this agent: names, paths, window titles and hashes, published so that safety scanners can recognise it.

Whoever finds these on a device where no authority was shown and acknowledged has found a misuse.
All but version and hashes stands in docs/agent-signatures.json.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import agent
from agent.state import StateFolder
from agent.windows_talk import BADGE_TITLE, NOTICE_TITLE, PERSON_TITLE
from overt import __version__
from overt.service_files import DESKTOP, LABEL, SUPERVISOR, SUPERVISOR_LABEL, WORKER

FORMAT = "overt-own-signatures-1"
HASHED = (".py", ".toml", ".so", ".dll", ".dylib")
PACKAGES = ("agent", "engine", "evidence", "overt", "libraries")


_STATE = StateFolder(Path("state"))
_STATE_FILES = (
    _STATE.device_key_file, _STATE.enrolment_file, _STATE.authority_file, _STATE.ca_file, _STATE.status_file,
    _STATE.coverage_file, _STATE.day_file, _STATE.clock_file,
)  # fmt: skip


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
            "xdg_autostart": [DESKTOP],
            "systemd": [WORKER, SUPERVISOR],
            "launchd": [LABEL, SUPERVISOR_LABEL],
            "windows": ["Overt\\Agent", "OvertSupervisor"],
        },
        "window_titles": [NOTICE_TITLE, BADGE_TITLE, PERSON_TITLE],
        "state_folders": {
            "linux": "~/.local/state/overt",
            "macos": "~/Library/Application Support/overt",
            "windows": "%LOCALAPPDATA%\\overt",
        },
        "state_files": [
            *(_within(path) for path in _STATE_FILES),
            "spool/records/*.ovt",
        ],
        "receipt": "~/overt-receipt-DEVICE.txt",
        "python_distribution": "overt",
        "sha256": dict(_hashes(root)),
    }


def _within(path: Path) -> str:
    return path.relative_to(_STATE.root).as_posix()


def _hashes(root: Path) -> Iterator[tuple[str, str]]:
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*")):
            if path.suffix in HASHED and path.is_file():
                yield path.relative_to(root).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()

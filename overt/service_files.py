"""Service definitions: what starts the agent with each session and keeps it running, for systemd, launchd and Windows.

A supervisor of the system sees to it that a worker runs in each session that is to be watched; the worker runs in the
session, because only there is a screen. Limits are written into the definitions, so that anybody can read them.
"""

import os
import plistlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape  # it writes, and reads no XML  # nosec B406

from agent.errors import PlatformError
from agent.state import ENROLMENT

WORKER = "overt-agent.service"
SUPERVISOR = "overt-supervisor.service"
DESKTOP = "overt-agent.desktop"
LABEL = "org.overt.agent"
SUPERVISOR_LABEL = "org.overt.supervisor"
WATCHDOG = 60
"""Seconds without a sign of life after which the worker is started anew."""
MEMORY_MB = 700
PROCESSOR_PERCENT = 60
SYSTEM = Path("/etc/systemd")
BOOTED = Path("/run/systemd/system")
"""There where systemd runs the system (sd_booted(3)); its commands may lie on systems that it does not run."""
_PATIENCE = 30
_CONDITION = "ConditionPathExists="


@dataclass(frozen=True, slots=True)
class Plan:
    """What the services start, and for whom."""

    python: str
    state: Path
    account: str

    @property
    def worker(self) -> tuple[str, ...]:
        """Return the worker's command."""
        return (self.python, "-m", "overt", "agent", "run", "--state", str(self.state))

    @property
    def supervisor(self) -> tuple[str, ...]:
        """Return the supervisor's command."""
        return (self.python, "-m", "overt", "agent", "supervise", "--account", self.account)


def definitions(plan: Plan) -> Mapping[str, str]:
    """Return every definition by the path that it is to lie at, below the root of its system."""
    return {
        f"systemd/user/{WORKER}": worker_unit(plan),
        f"systemd/system/{SUPERVISOR}": supervisor_unit(plan),
        f"xdg/autostart/{DESKTOP}": desktop_entry(plan),
        f"launchd/LaunchAgents/{LABEL}.plist": launch_agent(plan),
        f"launchd/LaunchDaemons/{SUPERVISOR_LABEL}.plist": launch_daemon(plan),
        "windows/overt-agent.xml": scheduled_task(plan),
        "windows/overt-supervisor.cmd": windows_service(plan),
    }


def worker_unit(plan: Plan) -> str:
    """Return the systemd unit of the worker, for the user's own manager."""
    return f"""[Unit]
Description=Overt: this session is monitored openly, under a recorded authority
PartOf=graphical-session.target
After=graphical-session.target
StartLimitIntervalSec=0
# Where the agent was removed, nothing is started.
{_CONDITION}{_path(plan.state / ENROLMENT)}

[Service]
Type=notify
ExecStart={_quoted(plan.worker)}
Restart=always
RestartSec=5
# 2: no authority, or nothing enrolled. Starting again would not help.
RestartPreventExitStatus=2
WatchdogSec={WATCHDOG}
TimeoutStartSec=120
MemoryMax={MEMORY_MB}M
CPUQuota={PROCESSOR_PERCENT}%
TasksMax=96
Nice=5
UMask=0077
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native

[Install]
WantedBy=graphical-session.target
"""


def supervisor_unit(plan: Plan) -> str:
    """Return the systemd unit of the supervisor, for the system's manager."""
    return f"""[Unit]
Description=Overt: keeps the monitoring of {plan.account} running, openly, under a recorded authority
After=systemd-logind.service

[Service]
Type=notify
ExecStart={_quoted(plan.supervisor)}
Restart=always
RestartSec=5
WatchdogSec={WATCHDOG}
MemoryMax=150M
CPUQuota=10%
TasksMax=16
UMask=0077
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
PrivateNetwork=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RestrictAddressFamilies=AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
CapabilityBoundingSet=

[Install]
WantedBy=multi-user.target
"""


def desktop_entry(plan: Plan) -> str:
    """Return the entry that starts the worker with a desktop session (XDG autostart), where there is no systemd."""
    return f"""[Desktop Entry]
Type=Application
Name=Overt
Comment=This session is monitored openly, under a recorded authority
Exec={_of_desktop(plan.worker)}
Terminal=false
"""


def launch_agent(plan: Plan) -> str:
    """Return the launchd definition of the worker (macOS; not yet run)."""
    return _plist(
        {
            "Label": LABEL,
            "ProgramArguments": list(plan.worker),
            "LimitLoadToSessionType": "Aqua",
            "RunAtLoad": True,
            "KeepAlive": {"SuccessfulExit": False},
            "ThrottleInterval": 5,
            "ProcessType": "Background",
            "Umask": 0o077,
            "HardResourceLimits": {"ResidentSetSize": MEMORY_MB * 2**20},
        }
    )


def launch_daemon(plan: Plan) -> str:
    """Return the launchd definition of the supervisor (macOS; not yet run)."""
    return _plist(
        {
            "Label": SUPERVISOR_LABEL,
            "ProgramArguments": list(plan.supervisor),
            "RunAtLoad": True,
            "KeepAlive": True,
            "ThrottleInterval": 5,
            "ProcessType": "Background",
        }
    )


def scheduled_task(plan: Plan) -> str:
    """Return the task that starts the worker at log-on (Windows; not yet run): services see no desktop there."""
    program, *arguments = plan.worker
    return f"""<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.4" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>Overt: this session is monitored openly, under a recorded authority</Description>
  </RegistrationInfo>
  <Triggers>
    <LogonTrigger><Enabled>true</Enabled><UserId>{escape(plan.account)}</UserId></LogonTrigger>
    <SessionStateChangeTrigger><StateChange>SessionUnlock</StateChange></SessionStateChangeTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>{escape(plan.account)}</UserId>
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure><Interval>PT1M</Interval><Count>999</Count></RestartOnFailure>
    <Hidden>false</Hidden>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{escape(program)}</Command>
      <Arguments>{escape(subprocess.list2cmdline(arguments))}</Arguments>
    </Exec>
  </Actions>
</Task>
"""


def windows_service(plan: Plan) -> str:
    """Return the commands that make and remove the supervisor's service (Windows; not yet run)."""
    command = subprocess.list2cmdline(plan.supervisor).replace('"', '\\"')
    return f"""@echo off
rem Makes the service of the supervisor. To remove it: sc.exe stop OvertSupervisor, then sc.exe delete OvertSupervisor
sc.exe create OvertSupervisor binPath= "{command}" start= auto DisplayName= "Overt supervisor"
sc.exe failure OvertSupervisor reset= 86400 actions= restart/5000/restart/10000/restart/60000
sc.exe description OvertSupervisor "Keeps Overt running: this device is monitored openly, under a recorded authority"
schtasks.exe /Create /TN Overt\\Agent /XML "%~dp0overt-agent.xml" /F
"""


def install_service(plan: Plan) -> list[Path]:
    """Write the definitions of this system and start them; return the files. Raises PlatformError.

    What was written is removed again where it cannot be started.
    """
    if sys.platform != "linux" or shutil.which("systemctl") is None or not BOOTED.is_dir():
        raise PlatformError(
            "Services can be installed by this command only where systemd runs the system; it does not here.",
            hint="Write the definitions with --into FOLDER, and install them with the system's own tools. On Linux "
            f"without systemd: copy xdg/autostart/{DESKTOP} from that folder into ~/.config/autostart.",
        )
    written = []
    for path, text in _places(plan).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        written.append(path)
    try:
        for command in _starting():
            _run(command)
    except PlatformError:
        remove_service()
        raise
    if _as_administrator():  # an account that is not logged in has no manager to tell
        _run(["systemctl", f"--machine={plan.account}@.host", "--user", "daemon-reload"], needed=False)
    return written


def installed_files() -> list[Path]:
    """Return the definitions that lie on this system."""
    return [folder / name for folder, name in _known() if (folder / name).exists()]


def undeletable() -> list[Path]:
    """Return the definitions that lie here and that this account may not delete: an administrator's."""
    return [path for path in installed_files() if not os.access(path.parent, os.W_OK)]


def enrolment_served() -> Path | None:
    """Return the enrolment that an installed worker is started for; None where none is installed."""
    for path in installed_files():
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith(_CONDITION):
                return Path(line.removeprefix(_CONDITION).replace("%%", "%"))
    return None


def stop_service() -> None:
    """Stop what is installed; nothing where nothing is."""
    for path in installed_files():
        _run(["systemctl", *_manager_of(path), "stop", path.name], needed=False)


def remove_service() -> list[Path]:
    """Stop, disable and delete what is installed and this account may delete; return the files."""
    kept = undeletable()
    removed = [path for path in installed_files() if path not in kept]
    for path in removed:
        _run(["systemctl", *_manager_of(path), "stop", path.name], needed=False)
    for path in removed:
        for link in path.parent.glob(f"*.wants/{path.name}"):  # what enabling made, whether a manager runs or not
            link.unlink()
        manager = _manager_of(path)
        path.unlink()
        _run(["systemctl", *manager, "daemon-reload"], needed=False)
        _remove_empty(path.parent)
    return removed


def _manager_of(path: Path) -> list[str]:
    """Return how the manager that runs a definition is spoken to: the system's, or that of an account."""
    if path.parent == SYSTEM / "system":
        return []
    served = enrolment_served() if _as_administrator() and path.parent == SYSTEM / "user" else None
    with suppress(OSError, KeyError):
        if served is not None:
            return [f"--machine={served.parent.owner()}@.host", "--user"]
    return ["--user"]


def _remove_empty(folder: Path) -> None:
    """Remove the folders that enabling and installing made, where nothing else lies in them."""
    for one in (*folder.glob("*.wants"), *((folder, folder.parent) if folder == _user_folder() else ())):
        with suppress(OSError):
            one.rmdir()


def _places(plan: Plan) -> dict[Path, str]:
    if not _as_administrator():
        return {_user_folder() / WORKER: worker_unit(plan)}
    return {SYSTEM / "user" / WORKER: worker_unit(plan), SYSTEM / "system" / SUPERVISOR: supervisor_unit(plan)}


def _known() -> Iterator[tuple[Path, str]]:
    yield SYSTEM / "system", SUPERVISOR  # first: while it runs it starts the worker again
    yield _user_folder(), WORKER
    yield SYSTEM / "user", WORKER


def _as_administrator() -> bool:
    return os.geteuid() == 0


def _user_folder() -> Path:
    return Path.home() / ".config" / "systemd" / "user"


def _starting() -> Iterator[list[str]]:
    if not _as_administrator():
        yield ["systemctl", "--user", "daemon-reload"]
        yield ["systemctl", "--user", "enable", "--now", WORKER]
        return
    yield ["systemctl", "daemon-reload"]
    yield ["systemctl", "--global", "enable", WORKER]
    yield ["systemctl", "enable", "--now", SUPERVISOR]


def _run(command: list[str], *, needed: bool = True) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_PATIENCE)
    except (OSError, subprocess.TimeoutExpired) as problem:
        if needed:
            raise PlatformError(f"{' '.join(command)}: {type(problem).__name__}") from None
        return
    if done.returncode and needed:
        said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise PlatformError(f"{' '.join(command)} failed: {said}", hint="Is systemd running here, and may you do this?")


def _quoted(command: tuple[str, ...]) -> str:
    """Spell a command as systemd reads it."""
    return " ".join('"' + word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%") + '"' for word in command)


def _path(path: Path) -> str:
    """Spell a path as systemd reads it where it takes the rest of a line."""
    return str(path).replace("%", "%%")


def _of_desktop(command: tuple[str, ...]) -> str:
    """Spell a command as desktop entries have it (Desktop Entry Specification, the Exec key)."""
    words = (re.sub(r'(["`$\\])', r"\\\1", word).replace("%", "%%") for word in command)
    return " ".join(f'"{word}"' for word in words).replace("\\", "\\\\")


def _plist(value: dict[str, object]) -> str:
    return plistlib.dumps(value, sort_keys=False).decode("utf-8")

"""What starts the agent: definitions that systemd itself verifies, a supervisor that backs off, signs of life."""

import configparser
import hashlib
import json
import plistlib
import re
import shlex
import shutil
import socket
import subprocess
import sys
import xml.etree.ElementTree as Xml
from pathlib import Path

import pytest

from agent import windows_talk
from agent.errors import PlatformError
from agent.sd_notify import ServiceManager
from agent.supervise import FIRST_WAIT, LONGEST_WAIT, Supervisor
from overt import service_files
from overt.own_signatures import own_signatures
from overt.service_files import SUPERVISOR, WATCHDOG, WORKER, Plan, definitions

ROOT = Path(__file__).parents[2]
PLAN = Plan(sys.executable, Path("/home/kim/My 100% state"), "kim")


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """Return a folder with every definition, written by the command."""
    command = [sys.executable, "-m", "overt", "agent", "install", "--into", str(tmp_path), "--account", "kim"]
    done = subprocess.run([*command, "--state", str(PLAN.state)], capture_output=True, text=True, check=True)
    assert done.stdout.count("written: ") == len(definitions(PLAN))
    return tmp_path


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a home folder on a system that systemd seems to run, whose places lie in a folder of ours."""
    for name in ("home/.config", "etc/user", "etc/system", "booted", "bin"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "bin/systemctl").write_text("#!/bin/sh\necho Failed to connect to bus >&2; exit 1\n")
    (tmp_path / "bin/systemctl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(service_files, "SYSTEM", tmp_path / "etc")
    monkeypatch.setattr(service_files, "BOOTED", tmp_path / "booted")
    return tmp_path


def below(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


@pytest.mark.parametrize("administrator", [True, False])
def test_what_cannot_be_started_is_not_left_behind(
    system: Path, monkeypatch: pytest.MonkeyPatch, administrator: bool
) -> None:
    """No manager answers, as for an account without a session: an error, and everything as it was before."""
    monkeypatch.setattr(service_files, "_as_administrator", lambda: administrator)
    before = below(system)
    with pytest.raises(PlatformError, match="failed"):
        service_files.install_service(PLAN)
    assert below(system) == before


def test_where_systemd_does_not_run_nothing_is_written(system: Path) -> None:
    """Its commands may lie there all the same; the error says what to do instead."""
    (system / "booted").rmdir()
    before = below(system)
    with pytest.raises(PlatformError) as refused:
        service_files.install_service(PLAN)
    assert "--into" in refused.value.hint
    assert "autostart" in refused.value.hint
    assert below(system) == before


@pytest.mark.parametrize("administrator", [True, False])
def test_what_was_installed_and_enabled_is_removed_whole(
    system: Path, monkeypatch: pytest.MonkeyPatch, administrator: bool
) -> None:
    """With the links that systemd makes as it enables a unit, and the folders that were made for it."""
    monkeypatch.setattr(service_files, "_as_administrator", lambda: administrator)
    before = below(system)
    folder = system / "etc/user" if administrator else system / "home/.config/systemd/user"
    for path, text in service_files._places(PLAN).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    wants = folder / "graphical-session.target.wants"
    wants.mkdir()
    (wants / WORKER).symlink_to(folder / WORKER)
    assert service_files.enrolment_served() == PLAN.state / "enrolment.json"
    assert len(service_files.remove_service()) == 1 + administrator
    assert below(system) == before


def test_a_desktop_without_systemd_starts_it(written: Path, tmp_path: Path) -> None:
    """The entry for autostart says the same command, as a desktop reads it."""
    entry = configparser.ConfigParser(interpolation=None)
    entry.read(written / "xdg/autostart/overt-agent.desktop")
    command = shlex.split(entry["Desktop Entry"]["Exec"].replace("%%", "%"))
    assert tuple(command) == PLAN.worker


def verify(unit: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", *words, str(unit)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin", **environment})


def test_systemd_verifies_both_units(written: Path, tmp_path: Path) -> None:
    """No unknown setting, no command that is not there; a damaged unit would be told."""
    system = verify(written / "systemd" / "system" / SUPERVISOR, "verify")
    assert (system.returncode, system.stderr) == (0, "")
    worker = tmp_path / WORKER
    # The same text as a unit of the system's manager: that of a user needs a session to be verified in.
    shutil.copy(written / "systemd" / "user" / WORKER, worker)
    text = worker.read_text().replace("graphical-session.target", "multi-user.target")
    worker.write_text(text)
    user = verify(worker, "verify")
    assert (user.returncode, user.stderr) == (0, "")
    worker.write_text(text.replace("WatchdogSec=", "WatchdogSecond="))
    assert "Unknown" in verify(worker, "verify").stderr


def test_the_supervisor_is_shut_in(written: Path) -> None:
    """systemd's own judgement of its exposure: at most 2 of 10."""
    judged = verify(written / "systemd" / "system" / SUPERVISOR, "security", "--offline=true", "--no-pager")
    found = re.search(r"exposure level for \S+: ([0-9.]+)", judged.stdout)
    assert found is not None, judged.stdout + judged.stderr
    assert float(found[1]) <= 2.0


def test_the_other_systems_read_theirs(written: Path) -> None:
    """launchd's property lists and the task's XML are well formed, run the same command, and hide nothing."""
    agent = plistlib.loads((written / "launchd" / "LaunchAgents" / "org.overt.agent.plist").read_bytes())
    assert agent["ProgramArguments"] == list(PLAN.worker)
    daemon = plistlib.loads((written / "launchd" / "LaunchDaemons" / "org.overt.supervisor.plist").read_bytes())
    assert daemon["ProgramArguments"] == list(PLAN.supervisor)
    text = (written / "windows" / "overt-agent.xml").read_text()
    task = Xml.fromstring(text.partition("?>")[2])
    name = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
    assert task.find(f"{name}Settings/{name}Hidden").text == "false"  # type: ignore[union-attr]
    assert "agent run" in task.find(f"{name}Actions/{name}Exec/{name}Arguments").text  # type: ignore[union-attr,operator]
    assert "sc.exe create OvertSupervisor" in (written / "windows" / "overt-supervisor.cmd").read_text()


class Commands:
    """Answers of the system's commands."""

    def __init__(self, *, session: bool, active: bool) -> None:
        self.session, self.active = session, active
        self.started = 0

    def __call__(self, command: list[str]) -> str:
        if command[:2] == ["loginctl", "list-sessions"]:
            return "     2 1000 kim  seat0 tty2\n    c1  120 gdm  seat0 tty1\n" if self.session else ""
        if command[0] == "loginctl":
            return "x11\n"
        if "is-active" in command:
            return "active\n" if self.active else "failed\n"
        self.started += 1
        return ""


def test_the_supervisor_starts_what_should_run_and_backs_off() -> None:
    """Nobody logged in: nothing. A worker that will not stay up: less and less often, and at once after it did."""
    clock = [0.0]
    commands = Commands(session=False, active=False)
    supervisor = Supervisor("kim", WORKER, ask=commands, now=lambda: clock[0])
    assert "no session" in supervisor.step()
    commands.session = True
    for second in range(3600):
        clock[0] = float(second)
        supervisor.step()
    doublings = [FIRST_WAIT * 2**n for n in range(20)]
    expected = sum(1 for n in range(20) if sum(doublings[:n]) < LONGEST_WAIT) + 3600 // LONGEST_WAIT
    assert 6 <= commands.started <= expected + 1
    commands.active = True
    assert "runs" in supervisor.step()
    commands.active, before = False, commands.started
    assert "was started" in supervisor.step()
    assert commands.started == before + 1
    other = Supervisor("sam", WORKER, ask=commands, now=lambda: 0.0)
    assert "no session" in other.step()


def test_signs_of_life_reach_systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ready once, alive often enough for the watchdog, stopping at the end; without systemd nothing happens."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listening.bind(str(tmp_path / "notify"))
    listening.settimeout(5)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    manager = ServiceManager()
    manager.ready()
    manager.alive("watching")
    manager.alive("watching")
    manager.stopping()
    said = [listening.recv(200).decode() for _ in range(3)]
    listening.close()
    assert said == ["READY=1", "WATCHDOG=1\nSTATUS=watching", "STOPPING=1"]
    manager.ready()  # nobody listens any more
    monkeypatch.delenv("NOTIFY_SOCKET")
    ServiceManager().ready()
    assert WATCHDOG >= 60, "the notice may take a while to come up"


def test_it_can_be_recognised() -> None:
    """The published signatures name what is really here: every module by its hash, every title."""
    found = own_signatures()
    for name, said in found["sha256"].items():
        assert said == hashlib.sha256((ROOT / name).read_bytes()).hexdigest()
    assert {path.relative_to(ROOT).as_posix() for path in (ROOT / "agent").rglob("*.py")} <= set(found["sha256"])
    compiled = [path.relative_to(ROOT).as_posix() for path in (ROOT / "engine/text").glob("libkernel.*")]
    assert set(compiled) <= set(found["sha256"])
    titles = {value for name, value in vars(windows_talk).items() if name.endswith("_TITLE")}
    assert titles == set(found["window_titles"])
    parts = {path.stem for path in (ROOT / "agent").glob("*.py") if "__main__" in path.read_text()}
    assert {f"-m agent.{part}" for part in parts} <= set(found["command_lines"])
    assert "enrolment.json" in found["state_files"]
    done = subprocess.run(
        [sys.executable, "-m", "overt", "agent", "signatures"], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == found
    published = json.loads((ROOT / "docs/agent-signatures.json").read_text())
    assert published == {name: said for name, said in found.items() if name not in {"sha256", "version"}}

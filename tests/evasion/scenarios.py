"""The scenarios: what somebody does to get out of sight, with the real thing, and which event must follow."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import xcffib
import xcffib.xproto as x

from agent.windows_talk import BADGE_TITLE
from overt.demo.browser import find_browser
from tests.evasion.stage import Stage

Act = Callable[[Stage], AbstractContextManager[None]]
TESTER = "overt-scenario"


@dataclass(frozen=True)
class Scenario:
    """One way out: what is done, what must stand in the ledger, and within how many seconds."""

    done: str
    act: Act
    event: str
    details: Mapping[str, str] = field(default_factory=dict)
    within: float = 10.0
    root: bool = False
    """Whether it needs administrator's rights."""
    short: bool = False
    """Whether `make test` plays it as well."""


def acting(act: Callable[[Stage], object]) -> Act:
    """Make a scenario of a plain function: what it starts ends with the scenario."""

    @contextmanager
    def play(stage: Stage) -> Iterator[None]:
        act(stage)
        yield

    return play


def command(*words: object) -> None:
    """Run a command of the system."""
    subprocess.run([str(one) for one in words], check=True, capture_output=True)


def pretend(name: str, folder: str = "bin") -> Act:
    """Run a harmless program under the name of another."""
    return acting(lambda stage: stage.pretend(name, folder))


def window(title: str) -> Act:
    """Open a window with a title."""
    return acting(lambda stage: stage.window(title))


def sign(signature: str, where: str) -> Mapping[str, str]:
    """Return the details of a recognised signature."""
    return {"signature": signature, "where": where}


# --- the agent itself


@contextmanager
def suspended(stage: Stage) -> Iterator[None]:
    os.kill(stage.agent.pid, signal.SIGSTOP)
    time.sleep(7)
    os.kill(stage.agent.pid, signal.SIGCONT)
    yield


@contextmanager
def killed(stage: Stage) -> Iterator[None]:
    stage.agent.kill()
    stage.agent.start()
    yield


@contextmanager
def stopped(stage: Stage) -> Iterator[None]:
    stage.agent.stop()
    yield
    stage.agent.start()


@contextmanager
def traced(stage: Stage) -> Iterator[None]:
    stage.start("strace", "-qq", "-e", "trace=none", "-p", stage.agent.pid)
    yield


def changing(path: Callable[[Stage], Path], text: bytes = b"\n# changed\n") -> Act:
    """Change a file, and put it back."""

    @contextmanager
    def play(stage: Stage) -> Iterator[None]:
        file = path(stage)
        before = file.read_bytes()
        file.write_bytes(before + text)
        yield
        file.write_bytes(before)

    return play


@contextmanager
def settings_removed(stage: Stage) -> Iterator[None]:
    file = stage.rig.state.enrolment_file
    kept = file.read_bytes()
    file.unlink()
    yield
    file.write_bytes(kept)


# --- notice and badge


def reading_killed(stage: Stage) -> None:
    stage.agent.child("agent.reading_worker").kill()


def badge_killed(stage: Stage) -> None:
    stage.agent.child("agent.badge_window").kill()


@contextmanager
def badge_frozen(stage: Stage) -> Iterator[None]:
    badge = stage.agent.child("agent.badge_window")
    badge.suspend()
    stage.window("cover", "1280x800+0+0", "bare")
    yield
    badge.resume()


def on_badge(change: Callable[[object, int], None]) -> Act:
    """Have a foreign program change the badge's window."""

    @contextmanager
    def play(stage: Stage) -> Iterator[None]:
        connection = xcffib.connect(display=stage.display.name)
        try:
            stage.agent.child("agent.badge_window").suspend()  # otherwise it puts itself right at once
            change(connection.core, _badge(connection))
            connection.flush()
            yield
            stage.agent.child("agent.badge_window").resume()
        finally:
            connection.disconnect()

    return play


def _badge(connection: xcffib.Connection) -> int:
    root = connection.get_setup().roots[0].root
    for child in connection.core.QueryTree(root).reply().children:
        with suppress(xcffib.XcffibException):  # another window was closed while we asked
            reply = connection.core.GetProperty(False, child, x.Atom.WM_NAME, x.GetPropertyType.Any, 0, 64).reply()
            if bytes(reply.value.buf()).decode("utf-8", "replace") == BADGE_TITLE:
                return int(child)
    raise AssertionError("the badge has no window")


# --- around the agent


@contextmanager
def second_monitor(stage: Stage) -> Iterator[None]:
    def xrandr(*words: str) -> None:
        subprocess.run(["xrandr", *words], check=True, capture_output=True, env=stage.display.environment())

    xrandr("--setmonitor", "left", "640/160x800/200+0+0", "screen")
    xrandr("--setmonitor", "right", "640/160x800/200+640+0", "none")
    yield
    xrandr("--delmonitor", "left")
    xrandr("--delmonitor", "right")


def mounting(make: Callable[[Path], list[str]]) -> Act:
    """Mount something at a folder that people reach."""

    @contextmanager
    def play(stage: Stage) -> Iterator[None]:
        place = Path("/mnt/overt-scenario")
        place.mkdir(exist_ok=True)
        command("mount", *make(stage.folder), place)
        try:
            yield
        finally:
            command("umount", place)
            place.rmdir()

    return play


def stick(folder: Path) -> list[str]:
    image = folder / "stick.img"
    with image.open("wb") as file:
        file.truncate(8 * 2**20)
    command("mkfs.ext4", "-q", image)
    return ["-o", "loop", str(image)]


@contextmanager
def new_account(_stage: Stage) -> Iterator[None]:
    command("useradd", "--no-create-home", "--shell", "/bin/bash", TESTER)
    try:
        yield
    finally:
        command("userdel", TESTER)


@contextmanager
def account_gone(stage: Stage) -> Iterator[None]:
    with new_account(stage):
        time.sleep(6)
    yield


def listening(port: int) -> Act:
    """Listen on a port of this device."""

    @contextmanager
    def play(_stage: Stage) -> Iterator[None]:
        with socket.create_server(("127.0.0.1", port)):
            yield

    return play


def interface(name: str, *how: str) -> Act:
    """Bring a network interface up."""

    @contextmanager
    def play(_stage: Stage) -> Iterator[None]:
        command("ip", *how)
        try:
            command("ip", "link", "set", name, "up")
            yield
        finally:
            command("ip", "link", "del", name)

    return play


@contextmanager
def package(stage: Stage) -> Iterator[None]:
    """Install a package of this name that holds nothing, with the system's own tool."""
    place = stage.folder / "package" / "DEBIAN"
    place.mkdir(parents=True)
    control = "Package: onionshare\nVersion: 0\nArchitecture: all\nMaintainer: nobody <n@example.org>\nDescription: x\n"
    (place / "control").write_text(control)
    command("dpkg-deb", "--build", place.parent, stage.folder / "empty.deb")
    command("dpkg", "--install", stage.folder / "empty.deb")
    try:
        yield
    finally:
        command("dpkg", "--purge", "onionshare")


def wipe(stage: Stage) -> None:
    """Wipe a file of harmless bytes, really."""
    file = stage.folder / "letter.txt"
    file.write_bytes(bytes(8 * 2**20))
    stage.start("shred", "-n", "400", file)


def private_window(stage: Stage) -> None:
    profile = stage.folder / "profile"
    stage.start(
        find_browser(), "--incognito", "--no-sandbox", "--no-first-run", f"--user-data-dir={profile}",
        "--window-size=500,300", "about:blank",
    )  # fmt: skip


def moved_away(core: object, badge: int) -> None:
    core.ConfigureWindow(badge, x.ConfigWindow.X | x.ConfigWindow.Y, [3000, 3000])  # type: ignore[attr-defined]


def unmapped(core: object, badge: int) -> None:
    core.UnmapWindow(badge)  # type: ignore[attr-defined]


def made_small(core: object, badge: int) -> None:
    core.ConfigureWindow(badge, x.ConfigWindow.Width | x.ConfigWindow.Height, [8, 8])  # type: ignore[attr-defined]


SCENARIOS = (
    # the agent
    Scenario("the agent is killed (kill -9) and comes back", killed, "agent-cut-off", within=40),
    Scenario("the agent is held still for 7 s (SIGSTOP)", suspended, "agent-suspended", within=5, short=True),
    Scenario("the agent is stopped (SIGTERM)", stopped, "agent-stopped", within=15),
    Scenario("strace is attached to the agent", traced, "debugger-attached", short=True),
    Scenario(
        "a module of the agent's program is changed",
        changing(lambda stage: stage.program / "agent" / "badge.py"), "agent-files-changed", short=True,
    ),
    Scenario(
        "the signatures of evasion are changed",
        changing(lambda stage: stage.program / "libraries" / "signatures" / "evasion.toml"), "agent-files-changed",
    ),
    Scenario(
        "the enrolment is deleted", settings_removed, "agent-settings-changed", {"first": "enrolment.json"}, short=True
    ),
    # the badge
    Scenario("the process that reads pixels is killed", acting(reading_killed), "reading-ended", within=5, short=True),
    Scenario("the badge is killed", acting(badge_killed), "badge-ended", within=5, short=True),
    Scenario("the badge is frozen (SIGSTOP) and covered by a window", badge_frozen, "badge-lost", within=5, short=True),
    Scenario(
        "a full-screen window that fights for the top covers the badge",
        acting(lambda stage: stage.window("cover", "1280x800+0+0", "bare")), "badge-lost", within=10,
    ),
    Scenario("a foreign program hides the badge's window", on_badge(unmapped), "badge-lost", within=5, short=True),
    Scenario("a foreign program moves the badge off the screen", on_badge(moved_away), "badge-lost", within=5),
    Scenario("a foreign program shrinks the badge to nothing", on_badge(made_small), "badge-lost", within=5),
    Scenario(
        "the server's pinned certificate is replaced",
        changing(lambda stage: stage.rig.state.ca_file), "agent-settings-changed",
        {"first": "ca.pem"},
    ),
    # another screen, another place, another account
    Scenario("a second monitor is added (xrandr)", second_monitor, "display-added", short=True),
    Scenario("a stick is mounted (ext4 image on a loop device)", mounting(stick), "media-inserted", root=True),
    Scenario(
        "a disk in memory is mounted",
        mounting(lambda _: ["-t", "tmpfs", "overt-scenario"]), "media-inserted", {"kind": "tmpfs"}, root=True,
    ),
    Scenario("an account is added (useradd)", new_account, "account-added", {"account": TESTER}, root=True),
    Scenario(
        "an account is removed (userdel)", account_gone, "account-removed", {"account": TESTER}, root=True
    ),
    Scenario(
        "the system's list of hosts is changed", changing(lambda _: Path("/etc/hosts")), "hosts-changed", root=True
    ),
    # programs
    Scenario("tor runs", pretend("tor"), "evasion-sign", sign("tor", "process"), short=True),
    Scenario(
        "Firefox runs from a folder of Tor Browser",
        pretend("firefox.real", "tor-browser/Browser"), "evasion-sign", sign("tor", "path"),
    ),
    Scenario("a program listens on Tor Browser's port", listening(9150), "evasion-sign", sign("tor", "port")),
    Scenario("I2P runs", pretend("i2pd"), "evasion-sign", sign("i2p-freenet", "process")),
    Scenario("OpenVPN runs", pretend("openvpn"), "evasion-sign", sign("vpn-program", "process")),
    Scenario(
        "a tunnel comes up (ip tuntap)",
        interface("tun77", "tuntap", "add", "dev", "tun77", "mode", "tun"), "evasion-sign",
        sign("vpn-program", "interface"), root=True,
    ),
    Scenario("Shadowsocks runs", pretend("ss-local"), "evasion-sign", sign("proxy-program", "process")),
    Scenario("a SOCKS proxy listens", listening(1080), "evasion-sign", sign("proxy-program", "port"), short=True),
    Scenario(
        "a virtual machine runs", pretend("qemu-system-x86_64"), "evasion-sign", sign("virtual-machine", "process")
    ),
    Scenario(
        "the window of a virtual machine opens",
        window("Win11 [Running] - Oracle VM VirtualBox"), "evasion-sign", sign("virtual-machine", "title"), short=True,
    ),
    Scenario("a remote desktop runs", pretend("anydesk"), "evasion-sign", sign("remote-desktop", "process")),
    Scenario("the port of VNC is listened on", listening(5900), "evasion-sign", sign("remote-desktop", "port")),
    Scenario(
        "a screen inside a window opens",
        window("Xephyr on :1.0 (ctrl+shift grabs mouse and keyboard)"), "evasion-sign", sign("nested-screen", "title"),
    ),
    Scenario("a file is wiped (shred)", acting(wipe), "evasion-sign", sign("wiping", "process"), short=True),
    Scenario("BleachBit's window opens", window("BleachBit"), "evasion-sign", sign("wiping", "title")),
    Scenario("VeraCrypt runs", pretend("veracrypt"), "evasion-sign", sign("encrypted-volume", "process")),
    Scenario("a tool of steganography runs", pretend("steghide"), "evasion-sign", sign("steganography", "process")),
    Scenario("a changer of file times runs", pretend("timestomp"), "evasion-sign", sign("anti-forensics", "process")),
    Scenario("a writer of live systems runs", pretend("balena-etcher"), "evasion-sign", sign("live-system", "process")),
    Scenario(
        "Chromium is opened with --incognito",
        acting(private_window), "evasion-sign", sign("private-browsing", "argument"), short=True,
    ),
    Scenario(
        "a private window of Firefox is shown",
        window("BBC News — Mozilla Firefox Private Browsing"), "evasion-sign", sign("private-browsing", "title"),
    ),
    Scenario(
        "a package for hidden services is installed (dpkg)",
        package, "evasion-sign", sign("tor", "package"), within=20, root=True,
    ),
)  # fmt: skip


# These need an agent of their own: a clock that can be set (libfaketime), or patience.


def clock_set(seconds: int) -> Act:
    """Set the clock that the agent sees."""

    @contextmanager
    def play(stage: Stage) -> Iterator[None]:
        (stage.folder / "clock").write_text(f"{seconds:+d}s\n")
        yield

    return play


CLOCKS = (
    Scenario("the clock is set forward by 20 minutes", clock_set(1200), "clock-moved", short=True),
    Scenario("the clock is set back by half an hour", clock_set(-600), "clock-moved"),
)
UNREACHABLE = Scenario("the network to the server is blocked", acting(lambda _: None), "server-unreachable", within=330)

